/*
 * match: the regex rules of one priority (Plugin/Check.pm do_head_tests, do_body_tests,
 * do_uri_tests, do_rawbody_tests, do_full_tests). See scanning.h.
 *
 * A rule stops at its first match; a `multiple` one goes on through all lines as Perl's //g does,
 * up to its max_hits.
 */
#include "lib/base/log.h"
#include "lib/base/profile.h"
#include "lib/message/charset.h"
#include "rules/front.h"
#include "rules/trace.h"

/* A `multiple` rule without max_hits on hostile mail: nobody counts further than this. */
enum { HITS_MAX = 100000 };

enum { TRY_NS = 100 }; /* before the first byte is looked at */

struct matcher {
	struct scan *scan;
	const struct rule *rule;
	const struct regex *regex;
	const char *area;
	bool is_wide; /* regex is for characters; what the prefilter knows is of bytes */
	unsigned n_hits;
	unsigned n_tries;
	struct captures captures;
};

enum { TRIES_PER_LOOK = 8 }; /* one may take as long as regex_match_limit lets it */

/* Time is up. The clock is looked at now and then only. */
static bool is_late(struct matcher *matcher)
{
	return ++matcher->n_tries % TRIES_PER_LOOK == 0 && scan_is_out_of_time(matcher->scan);
}

static bool is_multiple(const struct matcher *matcher)
{
	return matcher->rule->flags & RULE_MULTIPLE;
}

static bool is_done(const struct matcher *matcher)
{
	unsigned max = matcher->rule->max_hits;
	if (!is_multiple(matcher))
		return matcher->n_hits > 0;
	return matcher->n_hits >= (max ? max : HITS_MAX);
}

static void count_hit(struct matcher *matcher, const struct regex_match *match)
{
	matcher->n_hits++;
	if (match)
		capture_add(matcher->scan, &matcher->captures, matcher->regex, match);
	scan_got_hit(matcher->scan, matcher->rule, 1, matcher->area);
	trace_match(matcher->scan, matcher->rule, match ? match->group[0] : STR_NONE,
		    !match && !matcher->rule->exists);
}

struct found_match {
	struct regex_span span;
	struct regex_match *groups; /* NULL: nobody wants them */
};

/* Where a match may begin. */
struct range {
	size_t from, to;
};
static const struct range anywhere = {0, SIZE_MAX}, nowhere = {1, 0};

static size_t bytes_in(struct str text, struct range range)
{
	size_t to = range.to < text.len ? range.to : text.len;

	return range.from < to ? to - range.from : 0;
}

/* The places of the range at which a match of the rule can begin. */
static struct range shortened(const struct matcher *matcher, struct str text, struct range range)
{
	size_t width = matcher->rule->pattern->width_min;
	if (matcher->scan->tables->mode != PREFILTER_ON || !width || matcher->is_wide)
		return range;
	if (text.len < width)
		return nowhere;
	if (range.to > text.len - width)
		range.to = text.len - width;
	return range;
}

/* One call of the regex: the groups only when somebody wants them. */
static enum regex_result try(const struct matcher *matcher, struct str text, struct range range,
			     bool was_empty, struct found_match *found)
{
	if (!found->groups && !is_multiple(matcher))
		return regex_exec_between(matcher->regex, text, range.from, range.to, was_empty,
					  NULL);
	if (!found->groups)
		return regex_find_between(matcher->regex, text, range.from, range.to, was_empty,
					  &found->span);
	enum regex_result result = regex_exec_between(matcher->regex, text, range.from, range.to,
						      was_empty, found->groups);
	found->span = (struct regex_span){found->groups->start, found->groups->end};
	return result;
}

/* What the front says need not be confirmed. */
static bool is_certain(const struct matcher *matcher, const struct front_place *place,
		       const struct found_match *found)
{
	return !found->groups && (is_multiple(matcher) ? place->is_end_known : place->is_match);
}

/* The next match in the range; with a front each place in turn that it lets through. */
static enum regex_result find(struct matcher *matcher, struct str text, struct range range,
			      bool was_empty, struct found_match *found)
{
	const struct front *front = matcher->rule->pattern->front;
	if (!front || matcher->is_wide || matcher->scan->tables->mode != PREFILTER_ON)
		return try(matcher, text, range, was_empty, found);
	for (size_t at = range.from; at <= range.to && at <= text.len;
	     at = front_behind(front, text, at)) {
		struct front_place place = front_next(front, text, at, range.to);
		at = place.at;
		if (at > range.to || at > text.len || is_late(matcher))
			break;
		found->span = (struct regex_span){at, place.end};
		if (is_certain(matcher, &place, found))
			return REGEX_MATCH;
		enum regex_result result =
			try(matcher, text, (struct range){at, place.is_unknown ? range.to : at},
			    was_empty && at == range.from, found);
		if (result != REGEX_NO_MATCH || place.is_unknown)
			return result;
	}
	return REGEX_NO_MATCH;
}

/* Somebody wants to know of each. */
static bool hits_are_heard(const struct matcher *matcher, const struct found_match *found)
{
	const struct extension *extension = matcher->scan->ruleset->extension;
	return found->groups || (extension && extension->rule_hit);
}

static void match_all(struct matcher *matcher, struct str text, struct range range,
		      struct found_match *found)
{
	bool was_empty = false, are_heard = hits_are_heard(matcher, found);
	unsigned n_before = matcher->n_hits;
	while (!is_done(matcher) && find(matcher, text, range, was_empty, found) == REGEX_MATCH) {
		if (are_heard)
			count_hit(matcher, found->groups);
		else
			matcher->n_hits++;
		was_empty = found->span.end == found->span.start;
		range.from = found->span.end;
	}
	if (!are_heard)
		scan_got_hits(matcher->scan, matcher->rule, matcher->n_hits - n_before,
			      matcher->area);
}

static void match_text(struct matcher *matcher, struct str text, struct range range)
{
	struct regex_match groups;
	bool wants_groups = matcher->rule->flags & RULE_IS_CAPTURE || matcher->scan->traces_rules;
	struct found_match found = {.groups = wants_groups ? &groups : NULL};
	range = shortened(matcher, text, range);
	if (range.from > range.to)
		return;
	profile_try(bytes_in(text, range));
	if (is_multiple(matcher))
		match_all(matcher, text, range, &found);
	else if (find(matcher, text, range, false, &found) == REGEX_MATCH)
		count_hit(matcher, found.groups);
}

/* False: the rule cannot run, for want of a tag. It then does not count as having run. */
static bool start(struct matcher *matcher, struct scan *scan, const struct rule *rule,
		  const char *area, bool has_text, bool will_match)
{
	*matcher = (struct matcher){.scan = scan, .rule = rule, .area = area};
	if (rule->exists || capture_regex(scan, rule, has_text, will_match, &matcher->regex))
		return true;
	meta_rule_late(scan, rule->id);
	return false;
}

/* --- what the prefilter says -------------------------------------------------------------------
 */

/* Which texts of the view the rule is worth trying on. */
static struct place_list worth_trying(const struct candidates *candidates, const struct rule *rule)
{
	if (!candidates)
		return (struct place_list){true, NULL, 0};
	return candidates_of(candidates, rule->id, rule->pattern);
}

/* What the front says of a text is what the regex finds there first. match NULL: nothing. */
static bool front_agrees(const struct front *front, struct str text,
			 const struct regex_match *match)
{
	bool is_exact = front->automaton && front->automaton->is_exact;
	size_t from = is_exact || !match ? 0 : match->start;
	struct front_place place = front_next(front, text, from, text.len);
	bool has_place = place.at <= text.len;

	if (!match)
		return !has_place || !place.is_match;
	if (!has_place || place.at > match->start)
		return false;
	return place.at == match->start ? !place.is_end_known || place.end == match->end
					: !place.is_match;
}

/* What a match that is not expected says: it is our bug. */
static void check_expected(const struct matcher *matcher, const struct place_list *worth,
			   size_t line, struct str text)
{
	const struct pattern *pattern = matcher->rule->pattern;
	struct regex_match match;
	enum regex_result result = regex_exec(matcher->regex, text, 0, &match);
	bool is_match = result == REGEX_MATCH;
	if (result == REGEX_LIMIT)
		return;
	if (pattern->front && !front_agrees(pattern->front, text, is_match ? &match : NULL))
		log_error("prefilter: the front of rule %.*s is wrong about text %zu",
			  STR_ARG(matcher->rule->name), line);
	if (!is_match)
		return;
	bool is_listed = worth->all || place_list_has(worth, line, match.start);
	bool is_long = text.len - match.start >= pattern->width_min;
	if (!is_listed || !is_long)
		log_error(
			"prefilter: rule %.*s matches text %zu at %zu, which was not worth trying",
			STR_ARG(matcher->rule->name), line, match.start);
}

static void try_all(struct matcher *matcher, const struct str *lines, size_t first, size_t n,
		    const struct place_list *worth)
{
	for (size_t i = first; i < n && !is_done(matcher) && !is_late(matcher); i++) {
		if (matcher->scan->tables->mode == PREFILTER_CHECK)
			check_expected(matcher, worth, i, lines[i]);
		match_text(matcher, lines[i], anywhere);
	}
}

static void try_worth(struct matcher *matcher, const struct str *lines, size_t first, size_t n,
		      const struct place_list *worth)
{
	if (worth->all || matcher->scan->tables->mode != PREFILTER_ON) {
		try_all(matcher, lines, first, n, worth);
		return;
	}
	for (size_t i = 0; i < worth->n && !is_done(matcher) && !is_late(matcher); i++) {
		const struct place *place = &worth->places[i];
		if (place->line >= first)
			match_text(matcher, lines[place->line],
				   (struct range){place->from, place->to});
	}
}

static bool will_try(const struct scan *scan, const struct place_list *worth, size_t n_texts)
{
	return n_texts && (worth->all || worth->n || scan->tables->mode != PREFILTER_ON);
}

/* Rules that need not be looked at; NULL: all must be. */
static const uint8_t *excluded_by(const struct scan *scan, const struct candidates *candidates)
{
	return scan->tables->mode == PREFILTER_ON ? candidates_excluded(candidates) : NULL;
}

/* --- headers ---------------------------------------------------------------------------------- */

/* "!~" of a `multiple` rule: Perl would go on for ever but for max_hits. */
static void count_negated(struct matcher *matcher)
{
	unsigned n = is_multiple(matcher) && matcher->rule->max_hits ? matcher->rule->max_hits : 1;
	while (n--)
		count_hit(matcher, NULL);
}

static bool matches_value(struct matcher *matcher, const struct str *values, uint32_t at,
			  const struct place_list *worth)
{
	enum prefilter_mode mode = matcher->scan->tables->mode;
	if (mode == PREFILTER_CHECK)
		check_expected(matcher, worth, at, values[at]);
	profile_try(values[at].len);
	if (worth->all || mode != PREFILTER_ON)
		return regex_test(matcher->regex, values[at]);
	return worth->n && regex_exec_between(matcher->regex, values[at], worth->places->from,
					      worth->places->to, false, NULL) == REGEX_MATCH;
}

static void match_value(struct matcher *matcher, const struct str *values, uint32_t at,
			const struct place_list *worth)
{
	if (matcher->rule->negate) {
		if (!matches_value(matcher, values, at, worth))
			count_negated(matcher);
		return;
	}
	try_worth(matcher, values, at, at + 1, worth);
}

static void match_unset(struct matcher *matcher)
{
	const struct rule *rule = matcher->rule;
	struct str text = rule->has_if_unset ? rule->if_unset : STR_LIT("");
	if (!rule->negate)
		match_text(matcher, text, anywhere);
	else if (!regex_test(matcher->regex, text))
		count_negated(matcher);
}

static const struct header_values *header_values_of(struct scan *scan)
{
	const struct scan_tables *tables = scan->tables;
	if (scan->header_values)
		return scan->header_values;
	struct header_values *values = ARENA_NEW(scan->arena, struct header_values);
	values->text = ARENA_ARRAY(scan->arena, struct str, tables->headers.n + 1);
	values->is_set = ARENA_ARRAY(scan->arena, bool, tables->headers.n + 1);
	for (size_t i = 0; i < tables->headers.n; i++)
		values->is_set[i] =
			mail_header(scan->arena, scan->mail, &tables->headers.items[i]->header,
				    &values->text[i]);
	values->candidates = prefilter_scan(scan->arena, tables->prefilters[VIEW_HEADER],
					    values->text, tables->headers.n);
	scan->header_values = values;
	return values;
}

static void match_header(struct scan *scan, const struct rule *rule,
			 const struct header_values *values)
{
	struct matcher matcher;
	uint32_t at = scan->tables->header_of[rule->id];
	bool is_set = values->is_set[at];
	if (!is_set && !rule->exists && scan->tables->unset_is_miss[rule->id])
		return;
	struct place_list worth = {true, NULL, 0};
	if (is_set && !rule->exists)
		worth = worth_trying(values->candidates, rule);
	if (!start(&matcher, scan, rule, "", true, true))
		return;
	if (rule->exists) {
		if (is_set != rule->negate)
			count_hit(&matcher, NULL);
		return;
	}
	profile_enter_rule(rule->id, rule->name);
	if (is_set)
		match_value(&matcher, values->text, at, &worth);
	else
		match_unset(&matcher);
	profile_leave_rule(matcher.n_hits);
	capture_publish(scan, &matcher.captures);
}

void match_headers(struct scan *scan, const struct rule_vec *rules, const struct rule_id_vec *ids)
{
	for (size_t i = 0; i < rules->n; i++) {
		const struct header_values *values = header_values_of(scan);
		const uint8_t *excluded = excluded_by(scan, values->candidates);
		if ((excluded && excluded[ids->items[i]]) || later_put_off(scan, ids->items[i]))
			continue;
		if (scan_is_out_of_time(scan))
			return;
		else
			match_header(scan, rules->items[i], values);
	}
}

/* --- lines ------------------------------------------------------------------------------------ */

/* What `uri` rules see: URIs from HTML that are not ASCII are characters to Perl, all others bytes.
 */
struct uri_texts {
	struct str_vec octets, characters;
};

static const struct uri_texts *uri_texts_of(struct scan *scan)
{
	const struct uri_list *uris = mail_uris(scan->mail);
	if (scan->uri_texts)
		return scan->uri_texts;
	struct uri_texts *texts = ARENA_NEW(scan->arena, struct uri_texts);
	for (size_t i = 0; i < uris->cleaned.n; i++) {
		struct str text = uris->cleaned.items[i];
		bool is_wide = uris->cleaned_is_wide.items[i] && str_has_8bit(text) &&
			       charset_is_strict_utf8(text);
		vec_push(scan->arena, is_wide ? &texts->characters : &texts->octets, text);
	}
	scan->uri_texts = texts;
	return texts;
}

static bool has_characters(struct scan *scan, enum rule_view view)
{
	return view == VIEW_URI && uri_texts_of(scan)->characters.n > 0;
}

/* Nothing is known beforehand of where in them a rule may match. */
static void try_characters(struct matcher *matcher)
{
	const struct str_vec *texts = &uri_texts_of(matcher->scan)->characters;
	if (matcher->rule->pattern->wide)
		matcher->regex = matcher->rule->pattern->wide;
	matcher->is_wide = true;
	for (size_t i = 0; i < texts->n && !is_done(matcher); i++)
		match_text(matcher, texts->items[i], anywhere);
}

static struct str_vec lines_of(struct scan *scan, enum rule_view view, struct str *full)
{
	switch (view) {
	case VIEW_BODY:
		return mail_views(scan->mail)->body;
	case VIEW_RAWBODY:
		return *mail_rawbody(scan->mail);
	case VIEW_URI:
		return uri_texts_of(scan)->octets;
	default:
		*full = scan->mail->message->pristine;
		return (struct str_vec){full, 1, 1};
	}
}

static const char *area_of(enum rule_view view)
{
	static const char *const areas[VIEW_COUNT] = {
		[VIEW_HEADER] = "",       [VIEW_BODY] = "BODY: ", [VIEW_URI] = "URI: ",
		[VIEW_RAWBODY] = "RAW: ", [VIEW_FULL] = "FULL: ",
	};
	return areas[view];
}

static const struct candidates *candidates_for(struct scan *scan, enum rule_view view,
					       const struct str_vec *lines)
{
	const struct prefilter *prefilter = scan->tables->prefilters[view];
	if (!scan->candidates[view] && prefilter)
		scan->candidates[view] =
			prefilter_scan(scan->arena, prefilter, lines->items, lines->n);
	return scan->candidates[view];
}

static void match_on_lines(struct scan *scan, const struct rule *rule, const struct str_vec *lines,
			   const struct candidates *candidates, const char *area)
{
	struct matcher matcher;
	struct place_list worth = worth_trying(candidates, rule);
	bool is_mixed = has_characters(scan, rule->view);
	if (!start(&matcher, scan, rule, area, lines->n > 0 || is_mixed,
		   will_try(scan, &worth, lines->n) || is_mixed))
		return;
	size_t skipped = rule->flags & RULE_NOSUBJECT && rule->view == VIEW_BODY;
	profile_enter_rule(rule->id, rule->name);
	try_worth(&matcher, lines->items, skipped, lines->n, &worth);
	if (is_mixed)
		try_characters(&matcher);
	profile_leave_rule(matcher.n_hits);
	capture_publish(scan, &matcher.captures);
}

void match_lines(struct scan *scan, const struct rule_vec *rules, const struct rule_id_vec *ids,
		 enum rule_view view)
{
	struct str full;
	if (!rules->n)
		return;
	const struct str_vec lines = lines_of(scan, view, &full);
	const struct candidates *candidates = candidates_for(scan, view, &lines);
	const uint8_t *excluded = has_characters(scan, view) ? NULL : excluded_by(scan, candidates);
	for (size_t i = 0; i < rules->n; i++) {
		if ((excluded && excluded[ids->items[i]]) || later_put_off(scan, ids->items[i]))
			continue;
		if (scan_is_out_of_time(scan))
			return;
		else
			match_on_lines(scan, rules->items[i], &lines, candidates, area_of(view));
	}
}

/* --- one rule --------------------------------------------------------------------------------- */

void match_rule(struct scan *scan, const struct rule *rule)
{
	struct str full;
	if (rule->view == VIEW_HEADER) {
		match_header(scan, rule, header_values_of(scan));
		return;
	}
	const struct str_vec lines = lines_of(scan, rule->view, &full);
	match_on_lines(scan, rule, &lines, candidates_for(scan, rule->view, &lines),
		       area_of(rule->view));
}

static size_t bytes_of_all(struct scan *scan, enum rule_view view, const struct str_vec *lines)
{
	size_t n_bytes = 0;
	if (scan->view_bytes[view])
		return scan->view_bytes[view];
	for (size_t i = 0; i < lines->n; i++)
		n_bytes += lines->items[i].len + 1;
	scan->view_bytes[view] = n_bytes;
	return n_bytes;
}

double match_cost(struct scan *scan, const struct rule *rule)
{
	struct str full;
	size_t n_bytes = 0, n_tries = 1;
	if (rule->view == VIEW_HEADER) {
		const struct header_values *values = header_values_of(scan);
		n_bytes = values->text[scan->tables->header_of[rule->id]].len;
	} else {
		const struct str_vec lines = lines_of(scan, rule->view, &full);
		struct place_list worth =
			worth_trying(candidates_for(scan, rule->view, &lines), rule);
		n_tries = worth.all ? lines.n : worth.n;
		n_bytes = worth.all ? bytes_of_all(scan, rule->view, &lines) : 0;
		for (size_t i = 0; i < worth.n; i++)
			n_bytes +=
				bytes_in(lines.items[worth.places[i].line],
					 (struct range){worth.places[i].from, worth.places[i].to});
	}
	return (double)n_tries * TRY_NS + (double)n_bytes * rule->pattern->try_byte_ns;
}
