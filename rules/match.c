/*
 * match: the regex rules of one priority (Plugin/Check.pm do_head_tests, do_body_tests,
 * do_uri_tests, do_rawbody_tests, do_full_tests). See scanning.h.
 *
 * A rule stops at its first match; a `multiple` one goes on through all lines as Perl's //g does,
 * up to its max_hits.
 */
#include "rules/trace.h"

/* A `multiple` rule without max_hits on hostile mail: nobody counts further than this. */
enum { HITS_MAX = 100000 };

struct matcher {
	struct scan *scan;
	const struct rule *rule;
	const struct regex *regex;
	const char *area;
	unsigned n_hits;
	struct captures captures;
};

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

static void match_all(struct matcher *matcher, struct str text)
{
	struct regex_match match;
	size_t at = 0;
	bool was_empty = false;
	while (!is_done(matcher) &&
	       regex_exec_next(matcher->regex, text, at, was_empty, &match) == REGEX_MATCH) {
		count_hit(matcher, &match);
		was_empty = match.end == match.start;
		at = match.end;
	}
}

static void match_text(struct matcher *matcher, struct str text)
{
	struct regex_match match;
	if (is_multiple(matcher)) {
		match_all(matcher, text);
	} else if (!(matcher->rule->flags & RULE_IS_CAPTURE) && !matcher->scan->traces_rules) {
		if (regex_test(matcher->regex, text))
			count_hit(matcher, NULL);
	} else if (regex_exec(matcher->regex, text, 0, &match) == REGEX_MATCH) {
		count_hit(matcher, &match);
	}
}

/* False: the rule cannot run, for want of a tag. It then does not count as having run. */
static bool start(struct matcher *matcher, struct scan *scan, const struct rule *rule,
		  const char *area, bool has_text)
{
	*matcher = (struct matcher){.scan = scan, .rule = rule, .area = area};
	if (!rule->exists) {
		matcher->regex = capture_regex(scan, rule, has_text);
		if (!matcher->regex)
			return false;
	}
	meta_rule_ready(scan, rule);
	return true;
}

/* --- headers ---------------------------------------------------------------------------------- */

/* "!~" of a `multiple` rule: Perl would go on for ever but for max_hits. */
static void match_negated(struct matcher *matcher, struct str value)
{
	if (regex_test(matcher->regex, value))
		return;
	unsigned n = is_multiple(matcher) && matcher->rule->max_hits ? matcher->rule->max_hits : 1;
	while (n--)
		count_hit(matcher, NULL);
}

static void match_header(struct scan *scan, const struct rule *rule)
{
	struct matcher matcher;
	struct str value = STR_LIT("");
	if (!start(&matcher, scan, rule, "", true))
		return;
	bool is_set = mail_header(scan->arena, scan->mail, &rule->header, &value);
	if (!is_set && rule->has_if_unset)
		value = rule->if_unset;
	if (rule->exists) {
		if (is_set != rule->negate)
			count_hit(&matcher, NULL);
		return;
	}
	if (rule->negate)
		match_negated(&matcher, value);
	else
		match_text(&matcher, value);
	capture_publish(scan, &matcher.captures);
}

void match_headers(struct scan *scan, const struct rule_vec *rules)
{
	for (size_t i = 0; i < rules->n && !scan_is_out_of_time(scan); i++)
		match_header(scan, rules->items[i]);
}

/* --- lines ------------------------------------------------------------------------------------ */

static struct str_vec lines_of(const struct scan *scan, enum rule_view view, struct str *full)
{
	const struct views *views = scan->mail->views;
	switch (view) {
	case VIEW_BODY:
		return views->body;
	case VIEW_RAWBODY:
		return views->rawbody;
	case VIEW_URI:
		return scan->mail->uris->cleaned;
	default:
		*full = views->full;
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

static void match_rule(struct scan *scan, const struct rule *rule, const struct str_vec *lines,
		       const struct candidates *candidates, const char *area)
{
	struct matcher matcher;
	if (!start(&matcher, scan, rule, area, lines->n > 0))
		return;
	size_t skipped = rule->flags & RULE_NOSUBJECT && rule->view == VIEW_BODY;
	struct line_list worth = {true, NULL, 0};
	if (candidates && !rule->pattern->needs.n)
		worth = candidates_of(candidates, rule->id, rule->pattern);
	size_t n = worth.all ? lines->n : worth.n;
	for (size_t i = 0; i < n && !is_done(&matcher); i++) {
		size_t line = worth.all ? i : worth.lines[i];
		if (line >= skipped)
			match_text(&matcher, lines->items[line]);
	}
	capture_publish(scan, &matcher.captures);
}

void match_lines(struct scan *scan, const struct rule_vec *rules, enum rule_view view)
{
	struct str full;
	const struct str_vec lines = lines_of(scan, view, &full);
	if (!rules->n)
		return;
	const struct candidates *candidates = candidates_for(scan, view, &lines);
	for (size_t i = 0; i < rules->n && !scan_is_out_of_time(scan); i++)
		match_rule(scan, rules->items[i], &lines, candidates, area_of(view));
}
