/* explanation: see explanation.h. Here: finding out. */
#include "whorl/explanation.h"

#include "rules/expr.h"
#include "rules/words.h"

enum {
	OPERAND_DEPTH_MAX = 8, /* of metas in metas */
	MATCHES_MAX = 10,      /* shown of a `multiple` rule */
	AROUND_BYTES = 40,     /* shown on either side of a match */
	HEADER_BYTES = 200,    /* shown of a header that did not match */
};

struct explainer {
	struct arena *arena;
	const struct engine *engine;
	const struct verdict *verdict;
	const struct mail *mail;
	unsigned depth;
};

/* --- what the rule says ----------------------------------------------------------------------- */

static const char *view_word(const struct rule *rule)
{
	static const char *const words[VIEW_COUNT] = {
		[VIEW_HEADER] = "header",   [VIEW_BODY] = "body", [VIEW_URI] = "uri",
		[VIEW_RAWBODY] = "rawbody", [VIEW_FULL] = "full",
	};
	return words[rule->view];
}

static struct str header_name(struct arena *arena, const struct header_spec *spec)
{
	static const struct {
		unsigned mod;
		const char *word;
	} mods[] = {
		{HEADER_RAW, "raw"},     {HEADER_ADDR, "addr"},     {HEADER_NAME, "name"},
		{HEADER_HOST, "host"},   {HEADER_DOMAIN, "domain"}, {HEADER_IP, "ip"},
		{HEADER_REVIP, "revip"}, {HEADER_FIRST, "first"},   {HEADER_LAST, "last"},
	};
	struct buf out;

	buf_init(&out, arena);
	buf_add_str(&out, spec->name);
	for (size_t i = 0; i < sizeof mods / sizeof *mods; i++)
		if (spec->mods & mods[i].mod)
			buf_printf(&out, ":%s", mods[i].word);
	return buf_str(&out);
}

static struct str definition(struct arena *arena, const struct rule *rule)
{
	const struct pattern *pattern = rule->pattern;

	if (rule->kind == RULE_META)
		return arena_printf(arena, "meta %.*s", STR_ARG(rule->expr_text));
	if (rule->kind == RULE_EVAL && rule->eval)
		return arena_printf(arena, "%s eval:%.*s(%.*s)", view_word(rule),
				    STR_ARG(rule->eval->function), STR_ARG(rule->eval->args_text));
	if (rule->exists)
		return arena_printf(arena, "header %sexists:%.*s", rule->negate ? "!" : "",
				    STR_ARG(header_name(arena, &rule->header)));
	if (!pattern)
		return STR_LIT("no definition");
	if (rule->kind == RULE_HEADER)
		return arena_printf(arena, "header %.*s %s /%.*s/%.*s",
				    STR_ARG(header_name(arena, &rule->header)),
				    rule->negate ? "!~" : "=~", STR_ARG(pattern->perl),
				    STR_ARG(pattern->flags));
	return arena_printf(arena, "%s /%.*s/%.*s", view_word(rule), STR_ARG(pattern->perl),
			    STR_ARG(pattern->flags));
}

/* --- what the regex saw ----------------------------------------------------------------------- */

static void add_match(struct explainer *explainer, struct explanation *out, size_t line,
		      struct str text, const struct regex_match *match)
{
	size_t from = match->start > AROUND_BYTES ? match->start - AROUND_BYTES : 0;
	struct explain_match found = {
		.line = line,
		.before = str_sub(text, from, match->start - from),
		.text = str_sub(text, match->start, match->end - match->start),
		.after = str_sub(text, match->end, AROUND_BYTES),
	};
	vec_push(explainer->arena, &out->matches, found);
}

static void match_line(struct explainer *explainer, struct explanation *out, size_t line,
		       struct str text)
{
	bool all = out->rule->flags & RULE_MULTIPLE, was_empty = false;
	struct regex_match match;
	size_t at = 0;

	while (out->matches.n < (all ? MATCHES_MAX : 1) &&
	       regex_exec_next(out->rule->pattern->regex, text, at, was_empty, &match) ==
		       REGEX_MATCH) {
		add_match(explainer, out, line, text, &match);
		was_empty = match.end == match.start;
		at = match.end;
	}
}

static void match_lines(struct explainer *explainer, struct explanation *out)
{
	const struct rule *rule = out->rule;
	const struct str_vec *lines = rule->view == VIEW_BODY ? &mail_views(explainer->mail)->body
				      : rule->view == VIEW_URI
					      ? &mail_uris(explainer->mail)->cleaned
					      : mail_rawbody(explainer->mail);
	struct str full = explainer->mail->message->pristine;
	struct str_vec one = {&full, 1, 1};

	if (rule->view == VIEW_FULL)
		lines = &one;
	out->looked_at = arena_printf(explainer->arena, "%zu %s of the message", lines->n,
				      rule->view == VIEW_URI    ? "links"
				      : rule->view == VIEW_FULL ? "text, all"
								: "paragraphs");
	if (rule->view == VIEW_FULL)
		out->looked_at = STR_LIT("the whole message as it came");
	for (size_t i = rule->flags & RULE_NOSUBJECT && rule->view == VIEW_BODY; i < lines->n; i++)
		match_line(explainer, out, i + 1, lines->items[i]);
}

static void match_header(struct explainer *explainer, struct explanation *out)
{
	const struct rule *rule = out->rule;
	struct str value = STR_NONE;
	bool is_set = mail_header(explainer->arena, explainer->mail, &rule->header, &value);

	if (!is_set && rule->has_if_unset)
		value = rule->if_unset;
	if (is_set)
		out->looked_at = arena_printf(explainer->arena, "%.*s: %.*s",
					      STR_ARG(header_name(explainer->arena, &rule->header)),
					      STR_ARG(str_sub(value, 0, HEADER_BYTES)));
	else
		out->looked_at =
			arena_printf(explainer->arena, "%.*s, which is not there%s%.*s",
				     STR_ARG(header_name(explainer->arena, &rule->header)),
				     rule->has_if_unset ? "; instead: " : "", STR_ARG(value));
	if (rule->pattern && rule->pattern->regex)
		match_line(explainer, out, 0, value);
}

/* What a plugin notes beside its rule, as reports show it. */
static struct str note_of(const struct explainer *explainer, const struct rule *rule)
{
	const struct hit_vec *hits = &scan_hits(explainer->verdict->scan)->list;

	for (size_t i = 0; i < hits->n; i++)
		if (hits->items[i].rule == rule)
			return str_trim(hits->items[i].note);
	return STR_NONE;
}

static void match(struct explainer *explainer, struct explanation *out)
{
	const struct rule *rule = out->rule;

	if (rule->kind == RULE_EVAL)
		out->looked_at = note_of(explainer, rule);
	else if (rule->kind == RULE_HEADER)
		match_header(explainer, out);
	else if (rule->kind != RULE_META && rule->pattern && rule->pattern->regex)
		match_lines(explainer, out);
}

/* --- why it was not run ----------------------------------------------------------------------- */

static struct str place(struct arena *arena, struct conf_position where)
{
	return where.file ? arena_printf(arena, "%s:%u", where.file, where.line)
			  : STR_LIT("built in");
}

static struct str why_unknown(struct explainer *explainer, struct str name)
{
	const struct skipped_rule *skipped = map_find(explainer->engine->ruleset->skipped, name);
	struct arena *arena = explainer->arena;

	if (!skipped)
		return STR_LIT("no rule of that name");
	if (!skipped->condition.len)
		return arena_printf(arena, "defined at %.*s, behind a require_version for another",
				    STR_ARG(place(arena, skipped->where)));
	return arena_printf(arena, "defined at %.*s, but the condition of line %u is false: %.*s",
			    STR_ARG(place(arena, skipped->where)), skipped->condition_line,
			    STR_ARG(skipped->condition));
}

/* What keeps an eval function from being called at all; ptr NULL: nothing. */
static struct str why_no_eval(struct explainer *explainer, const struct rule *rule)
{
	int set = explainer->verdict->prefs->score_set;

	if (!rule->eval || !rule->eval->def)
		return arena_printf(explainer->arena,
				    "no plugin that is loaded has the eval function %.*s",
				    STR_ARG(rule->eval ? rule->eval->function : STR_NONE));
	if (rule->flags & (RULE_NET | RULE_IS_RBL) && !(set & SCORE_SET_NET))
		return STR_LIT("it needs the network, and tests are local only (-L)");
	if (rule->flags & RULE_LEARN && !(set & SCORE_SET_BAYES))
		return STR_LIT("it needs what was learnt, and the classifier is not in use");
	return STR_NONE;
}

/* Everything else that is known beforehand. */
static struct str why_off(struct explainer *explainer, const struct rule *rule, double points)
{
	struct arena *arena = explainer->arena;

	if (rule->kind == RULE_EMPTY)
		return why_unknown(explainer, rule->name).len &&
				       map_find(explainer->engine->ruleset->skipped, rule->name)
			       ? why_unknown(explainer, rule->name)
			       : STR_LIT("it has no definition; it hits only when a plugin says "
					 "so");
	if (points == 0)
		return arena_printf(arena, "its score is 0 in score set %d (%.*s)",
				    explainer->verdict->prefs->score_set,
				    STR_ARG(place(arena, rule->score_where)));
	return rule->kind == RULE_EVAL ? why_no_eval(explainer, rule) : STR_NONE;
}

static struct str why_not_reached(struct explainer *explainer, const struct rule *rule)
{
	const struct scan *scan = explainer->verdict->scan;
	struct arena *arena = explainer->arena;

	if (scan_was_stopped(scan))
		return arena_printf(arena,
				    "the scan was stopped (shortcircuit) before it; priority %d",
				    rule->priority);
	if (scan_timed_out(scan))
		return STR_LIT("the time limit was reached before it");
	if (rule->pattern && rule->pattern->needs.n)
		return arena_printf(arena,
				    "no rule that hit gave the tag %.*s that its regex needs",
				    STR_ARG(rule->pattern->needs.items[0]));
	return rule->kind == RULE_META ? STR_LIT("what it depends on depends on it")
				       : STR_LIT("it was not reached");
}

/* --- metas ------------------------------------------------------------------------------------ */

static struct explanation *make(struct explainer *explainer, struct str name);

static size_t word_length(struct str text)
{
	size_t n = 0;

	while (n < text.len && ascii_is_word((unsigned char)text.ptr[n]))
		n++;
	return n;
}

/* The expression as written, each rule with its value behind: "A{1} && !B{0}". */
static struct str with_values(struct explainer *explainer, struct str text)
{
	struct buf out;

	buf_init(&out, explainer->arena);
	while (text.len) {
		size_t n = word_length(text);
		struct str word = str_sub(text, 0, n ? n : 1);
		const struct rule *rule = n ? ruleset_find(explainer->engine->ruleset, word) : NULL;
		buf_add_str(&out, word);
		if (rule)
			buf_printf(&out, "{%.15g}",
				   scan_rule_value(explainer->verdict->scan, rule));
		else if (n && !ascii_is_digit((unsigned char)word.ptr[0]) &&
			 !str_eq_c(word, "rules_matching") && !str_eq_c(word, "local_tests_only"))
			buf_add_cstr(&out, "{unknown}");
		text = str_from_at(text, word.len);
	}
	return buf_str(&out);
}

static void add_operands(struct explainer *explainer, struct explanation *out)
{
	const struct rule_vec *rules = expr_dependencies(out->rule->expr);
	const struct str_vec *names = expr_names(out->rule->expr);

	out->expression = with_values(explainer, out->rule->expr_text);
	if (explainer->depth >= OPERAND_DEPTH_MAX)
		return;
	explainer->depth++;
	for (size_t i = 0; i < rules->n; i++)
		vec_push(explainer->arena, &out->operands, make(explainer, rules->items[i]->name));
	for (size_t i = 0; i < names->n; i++)
		if (!ruleset_find(explainer->engine->ruleset, names->items[i]))
			vec_push(explainer->arena, &out->operands,
				 make(explainer, names->items[i]));
	explainer->depth--;
}

/* --- all of it -------------------------------------------------------------------------------- */

static bool is_users(const struct engine *engine, struct conf_position where)
{
	return engine->prefs_path && where.file && strcmp(where.file, engine->prefs_path) == 0;
}

static void find_state(struct explainer *explainer, struct explanation *out)
{
	const struct scan *scan = explainer->verdict->scan;
	const struct rule *rule = out->rule;

	out->value = scan_rule_value(scan, rule);
	out->points = prefs_points(explainer->verdict->prefs, rule);
	if (scan_hit_count(scan, rule) > 0) {
		out->state = EXPLAIN_HIT;
		return;
	}
	out->reason = why_off(explainer, rule, out->points);
	if (!out->reason.len && !scan_rule_has_run(scan, rule))
		out->reason = why_not_reached(explainer, rule);
	out->state = out->reason.len ? EXPLAIN_NOT_RUN : EXPLAIN_MISS;
}

static struct explanation *make(struct explainer *explainer, struct str name)
{
	struct explanation *out = ARENA_NEW(explainer->arena, struct explanation);

	out->name = name;
	out->rule = ruleset_find(explainer->engine->ruleset, name);
	out->score_set = explainer->verdict->prefs->score_set;
	if (!out->rule) {
		out->state = EXPLAIN_UNKNOWN;
		out->reason = why_unknown(explainer, name);
		return out;
	}
	find_state(explainer, out);
	out->score_is_users = is_users(explainer->engine, out->rule->score_where);
	out->definition = definition(explainer->arena, out->rule);
	if (out->state == EXPLAIN_HIT || out->state == EXPLAIN_MISS)
		match(explainer, out);
	if (out->rule->kind == RULE_META && out->rule->expr)
		add_operands(explainer, out);
	return out;
}

const struct explanation *explanation_make(const struct engine *engine,
					   const struct verdict *verdict, struct str name)
{
	struct explainer explainer = {
		.arena = engine->scan,
		.engine = engine,
		.verdict = verdict,
		.mail = scan_mail(verdict->scan),
	};

	return make(&explainer, name);
}
