/*
 * rule_def: lines that define rules. Matches SpamAssassin's Conf.pm (header, body, uri, rawbody,
 * full, meta, reuse) and Conf/Parser.pm (add_test, is_meta_valid): a line that fails leaves an
 * earlier definition of the name as it was; one that succeeds replaces it, while score, describe,
 * tflags and priority belong to the name and stay.
 */
#include "rules/conf.h"
#include "rules/keywords.h"

#include "rules/expr.h"
#include "rules/pattern.h"
#include "rules/rule_def.h"

enum { CAPTURE_PRIORITY = -10000 };

/* --- names and notes
 * ----------------------------------------------------------------------------------- */

bool rule_name_is_valid(struct str name)
{
	if (!name.len || name.len > 128 || ascii_is_digit((unsigned char)name.ptr[0]))
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!ascii_is_word((unsigned char)name.ptr[i]))
			return false;
	return true;
}

bool text_has_word(struct str text, const char *word)
{
	size_t len = strlen(word);
	for (size_t at = 0; at + len <= text.len; at++) {
		if (memcmp(text.ptr + at, word, len) != 0)
			continue;
		bool starts = at == 0 || !ascii_is_word((unsigned char)text.ptr[at - 1]);
		bool ends =
			at + len == text.len || !ascii_is_word((unsigned char)text.ptr[at + len]);
		if (starts && ends)
			return true;
	}
	return false;
}

/* In user preferences notes start from what the shared rule set says. */
static void notes_from_shared(const struct conf *conf, struct rule_notes *notes)
{
	struct rule *rule = conf->ruleset ? ruleset_find(conf->ruleset, notes->name) : NULL;
	if (!conf->user_mode || !rule)
		return;
	memcpy(notes->scores, rule->scores, sizeof notes->scores);
	notes->has_score = true; /* defaults count as set, once loading is over */
	notes->describe = rule->describe;
	notes->tflags = rule->tflags;
	notes->priority = rule->priority;
	notes->has_priority = true;
	notes->rule = rule;
}

struct rule_notes *conf_notes(struct conf *conf, struct str name)
{
	struct rule_notes *notes = map_find(conf->notes, name);
	if (notes)
		return notes;
	notes = ARENA_NEW(conf->arena, struct rule_notes);
	notes->name = arena_str(conf->arena, name);
	notes_from_shared(conf, notes);
	map_put(conf->notes, notes->name, notes);
	return notes;
}

static bool name_is_accepted(struct conf *conf, struct str name)
{
	if (!rule_name_is_valid(name)) {
		conf_diag(conf, DIAG_LINT,
			  "config: error: rule '%.*s' has invalid characters (not Alphanumeric + "
			  "Underscore + "
			  "starting with a non-digit)",
			  STR_ARG(name));
		return false;
	}
	if (name.len > CONF_RULE_NAME_MAX) {
		conf_diag(conf, DIAG_LINT,
			  "config: error: rule '%.*s' is too long (recommended maximum length is "
			  "22 characters)",
			  STR_ARG(name));
		return false;
	}
	if (conf->lint && name.len > CONF_RULE_NAME_ADVISED && !str_has_prefix(name, "__") &&
	    !str_has_prefix(name, "T_"))
		conf_diag(conf, DIAG_LINT,
			  "config: warning: rule name '%.*s' is over 40 chars (recommended maximum "
			  "length is 22 "
			  "characters)",
			  STR_ARG(name));
	return true;
}

/* --- putting a definition in place
 * ------------------------------------------------------------------------ */

static unsigned name_flags(struct str name)
{
	return (str_has_prefix(name, "__") ? RULE_IS_SUBRULE : 0) |
	       (str_has_prefix(name, "T_") ? RULE_IS_TEST : 0);
}

/* The rule that a definition of this user or of the configuration may write to. */
static struct rule *writable_rule(struct conf *conf, struct rule_notes *notes)
{
	struct rule *rule = notes->rule;
	if (conf->user_mode) {
		conf_own_ruleset(conf);
		rule = ruleset_find(conf->ruleset, notes->name);
		if (rule && ruleset_find(conf->shared, notes->name) != rule)
			return rule; /* this user's already */
	} else if (rule) {
		return rule;
	}
	struct rule *fresh = ARENA_NEW(conf->arena, struct rule);
	if (rule) {
		*fresh = *rule;
		conf->ruleset->rules.items[fresh->id] = fresh;
	} else {
		fresh->name = notes->name;
		fresh->flags = name_flags(notes->name);
		fresh->id = (unsigned)conf->ruleset->rules.n;
		vec_push(conf->arena, &conf->ruleset->rules, fresh);
	}
	map_put((struct map *)(size_t)conf->ruleset->by_name, notes->name, fresh);
	notes->rule = fresh;
	return fresh;
}

struct rule *rule_put(struct conf *conf, struct str name, const struct rule *definition)
{
	return name_is_accepted(conf, name) ? rule_put_checked(conf, name, definition) : NULL;
}

struct rule *rule_put_checked(struct conf *conf, struct str name, const struct rule *definition)
{
	struct rule_notes *notes = conf_notes(conf, name);
	struct rule *rule = writable_rule(conf, notes);
	rule->kind = definition->kind;
	rule->view = definition->view;
	rule->where = conf_here(conf);
	rule->header = definition->header;
	rule->negate = definition->negate;
	rule->exists = definition->exists;
	rule->has_if_unset = definition->has_if_unset;
	rule->if_unset = definition->if_unset;
	rule->pattern = definition->pattern;
	rule->eval = definition->eval;
	if (rule->eval)
		rule->eval->rule = rule;
	rule->expr = definition->expr;
	rule->expr_text = definition->expr_text;
	rule->flags = (rule->flags & (RULE_IS_SUBRULE | RULE_IS_TEST)) | definition->flags |
		      (conf->user_mode ? RULE_PRIVILEGED_USER : 0u);
	if (definition->flags & RULE_IS_CAPTURE)
		notes->priority = CAPTURE_PRIORITY; /* before everything else */
	notes->has_priority = true;
	notes->touched_by_user = conf->user_mode;
	return rule;
}

/* --- regexes
 * ------------------------------------------------------------------------------------------------
 */

/* Does it capture into a tag? (?<NAME>...), (?P<NAME>...), (?'NAME'...) with a capital first. */
static bool publishes_tags(struct str re)
{
	for (size_t i = 0; i + 3 < re.len; i++) {
		if (re.ptr[i] != '(' || re.ptr[i + 1] != '?')
			continue;
		size_t at = i + 2 + (re.ptr[i + 2] == 'P');
		if (at + 1 < re.len && (re.ptr[at] == '<' || re.ptr[at] == '\'') &&
		    ascii_is_upper((unsigned char)re.ptr[at + 1]))
			return true;
	}
	return false;
}

static bool refuses_always_matching(const struct conf *conf)
{
	struct str value = settings_value(conf->settings, "ignore_always_matching_regexps");
	return conf->lint || str_eq_c(value, "1") || str_eq_ci_c(value, "yes");
}

static bool add_pattern(struct conf *conf, struct str name, struct str text,
			struct rule *definition)
{
	struct why why;
	if (publishes_tags(text))
		definition->flags |= RULE_IS_CAPTURE;
	if (pattern_parse(conf->arena, text, refuses_always_matching(conf), &definition->pattern,
			  &why) == STATUS_OK) {
		if (definition->view == VIEW_URI)
			pattern_match_characters(conf->arena, definition->pattern);
		return true;
	}
	conf_diag(conf, DIAG_LINT, "config: invalid regexp for %.*s '%.*s': %s", STR_ARG(name),
		  STR_ARG(text), why.text);
	return false;
}

static void define_regex(struct conf *conf, struct str name, struct str text, enum rule_kind kind,
			 enum rule_view view)
{
	struct rule definition = {.kind = kind, .view = view};
	if (name_is_accepted(conf, name) && add_pattern(conf, name, text, &definition))
		rule_put_checked(conf, name, &definition);
}

/* --- header lines
 * ---------------------------------------------------------------------------------------------- */

static size_t header_name_length(struct str s)
{
	size_t n = 0;
	while (n < s.len &&
	       (ascii_is_word((unsigned char)s.ptr[n]) || s.ptr[n] == '.' || s.ptr[n] == '-'))
		n++;
	return n;
}

/* ":", ":mod" or ":mod:mod" in lower case; its length. */
static size_t modifiers_length(struct str s)
{
	size_t at = 0;
	for (unsigned n_mods = 0; n_mods < 2 && at < s.len && s.ptr[at] == ':'; n_mods++) {
		size_t end = at + 1;
		while (end < s.len && ascii_is_lower((unsigned char)s.ptr[end]))
			end++;
		if (end == at + 1)
			return n_mods == 0 ? 1 : at;
		at = end;
	}
	return at;
}

struct header_line {
	struct str header, pattern;
	bool negate, has_if_unset;
	struct str if_unset;
};

/* NAME[:mod[:mod]] =~|!~ PATTERN */
static bool split_header_line(struct str text, struct header_line *out)
{
	size_t name_len = header_name_length(text);
	size_t len = name_len + modifiers_length(str_from_at(text, name_len));
	struct str rest = str_trim_left(str_from_at(text, len));
	bool matches = str_has_prefix(rest, "=~");
	out->negate = str_has_prefix(rest, "!~");
	out->header = str_sub(text, 0, len);
	if (len > name_len && text.ptr[len - 1] == ':')
		out->header.len--;
	out->pattern = str_trim_left(str_from_at(rest, 2));
	return name_len && (matches || out->negate) && out->pattern.len;
}

static bool modifiers_are_known(struct str header)
{
	static const char *const known[] = {"raw", "addr",  "name",  "host", "domain",
					    "ip",  "revip", "first", "last"};
	struct str piece;
	str_split_next(&header, ':', &piece);
	while (str_split_next(&header, ':', &piece)) {
		bool found = false;
		for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
			found = found || str_eq_c(piece, known[i]);
		if (!found)
			return false;
	}
	return true;
}

/* "PATTERN [if-unset: TEXT]" */
static void split_if_unset(struct header_line *line)
{
	struct str marker = STR_LIT("[if-unset:"), text = line->pattern;
	for (size_t at = 0, found; at < text.len; at += found + 1) {
		found = str_find(str_from_at(text, at), marker);
		if (found == STR_NOT_FOUND)
			return;
		size_t open = at + found, behind = open + marker.len;
		struct str rest = str_from_at(text, behind);
		struct str value = str_trim_left(str_sub(rest, 0, rest.len ? rest.len - 1 : 0));
		bool blanks = open > 0 && ascii_is_space((unsigned char)text.ptr[open - 1]) &&
			      rest.len && ascii_is_space((unsigned char)rest.ptr[0]);
		if (!blanks || rest.ptr[rest.len - 1] != ']' || !value.len)
			continue;
		line->has_if_unset = true;
		line->if_unset = value;
		line->pattern = str_trim_right(str_sub(text, 0, open));
		return;
	}
}

static void define_exists(struct conf *conf, struct str name, struct str header)
{
	struct rule definition = {.kind = RULE_HEADER, .view = VIEW_HEADER, .exists = true};
	size_t len = header_name_length(header);
	struct why why;
	if (!len || (len < header.len && !(len + 1 == header.len && header.ptr[len] == ':')) ||
	    header_spec_parse(conf->arena, str_sub(header, 0, len), &definition.header, &why) !=
		    STATUS_OK) {
		conf_diag(conf, DIAG_LINT, "config: invalid head test %.*s header: %.*s",
			  STR_ARG(name), STR_ARG(header));
		return;
	}
	rule_put_checked(conf, name, &definition);
}

static void define_header(struct conf *conf, struct str name, struct str text)
{
	struct header_line line = {0};
	struct why why;
	if (!name_is_accepted(conf, name))
		return;
	if (str_has_prefix(text, "exists:")) {
		define_exists(conf, name, str_from_at(text, 7));
		return;
	}
	if (!split_header_line(text, &line)) {
		conf_diag(conf, DIAG_LINT, "config: invalid head test %.*s: %.*s", STR_ARG(name),
			  STR_ARG(text));
		return;
	}
	struct rule definition = {.kind = RULE_HEADER, .view = VIEW_HEADER};
	if (!modifiers_are_known(line.header) ||
	    header_spec_parse(conf->arena, line.header, &definition.header, &why) != STATUS_OK) {
		conf_diag(conf, DIAG_LINT, "config: invalid header modifier for %.*s: %.*s",
			  STR_ARG(name), STR_ARG(line.header));
		return;
	}
	split_if_unset(&line);
	definition.negate = line.negate;
	definition.has_if_unset = line.has_if_unset;
	definition.if_unset = arena_str(conf->arena, line.if_unset);
	if (add_pattern(conf, name, line.pattern, &definition))
		rule_put_checked(conf, name, &definition);
}

/* --- eval lines
 * ----------------------------------------------------------------------------------------------------
 */

/* \w+\(.*\) */
static bool split_call(struct str text, struct str *function_out, struct str *args_out)
{
	size_t n = 0;
	while (n < text.len && ascii_is_word((unsigned char)text.ptr[n]))
		n++;
	if (!n || n + 1 >= text.len || text.ptr[n] != '(' || text.ptr[text.len - 1] != ')')
		return false;
	*function_out = str_sub(text, 0, n);
	*args_out = str_sub(text, n + 1, text.len - n - 2);
	return true;
}

static struct rule *put_eval(struct conf *conf, struct str name, enum rule_view view,
			     struct str function, struct str args, unsigned flags)
{
	struct eval_call *call = ARENA_NEW(conf->arena, struct eval_call);
	call->function = arena_str(conf->arena, function);
	call->args_text = arena_str(conf->arena, args);
	struct rule definition = {.kind = RULE_EVAL, .view = view, .eval = call, .flags = flags};
	return rule_put(conf, name, &definition);
}

void rule_define_eval(struct conf *conf, struct str name, enum rule_view view, struct str function,
		      struct str args)
{
	put_eval(conf, name, view, function, args, 0);
}

static enum keyword_result define_eval(struct conf *conf, struct str name, struct str call,
				       enum rule_view view)
{
	struct str function, args;
	if (!split_call(call, &function, &args))
		return KEYWORD_INVALID_VALUE;
	bool asks_dns = view == VIEW_HEADER && (str_has_prefix(function, "check_rbl") ||
						str_has_prefix(function, "check_dns"));
	put_eval(conf, name, view, function, args, asks_dns ? RULE_IS_RBL : 0);
	return KEYWORD_OK;
}

void rule_define_empty(struct conf *conf, struct str name)
{
	struct rule definition = {.kind = RULE_EMPTY};
	const struct rule_notes *notes = map_find(conf->notes, name);
	if (!(notes && notes->rule) && !ruleset_find(conf->ruleset, name))
		rule_put(conf, name, &definition);
}

struct rule *conf_add_eval_rule(struct keyword_line *line, struct str name, enum rule_view view,
				const struct eval_def *def, const void *plugin, void *data)
{
	struct rule *rule = put_eval(line->conf, name, view, str_from(def->name), STR_NONE, 0);
	if (!rule)
		return NULL;
	rule->eval->def = def;
	rule->eval->plugin = plugin;
	rule->eval->data = data;
	return rule;
}

void conf_define_eval_rule(struct keyword_line *line, struct str name, enum rule_view view,
			   const char *function)
{
	rule_define_eval(line->conf, name, view, str_from(function), STR_NONE);
}

void conf_add_empty_rule(struct keyword_line *line, struct str name)
{
	rule_define_empty(line->conf, name);
}

/* --- meta lines
 * --------------------------------------------------------------------------------------------------------
 */

/* What no token of a meta may contain, because Perl would read code. */
static bool looks_like_code(struct str text)
{
	if (str_contains(text, "::") || str_contains(text, "->"))
		return true;
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] && strchr("$@%;{}", text.ptr[i]))
			return true;
	return false;
}

/* Two stars with at most blanks between. */
static bool has_power_operator(struct str text)
{
	bool after_star = false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '*' && after_star)
			return true;
		after_star = text.ptr[i] == '*' ||
			     (after_star && ascii_is_space((unsigned char)text.ptr[i]));
	}
	return false;
}

/* expr's reasons in SpamAssassin's words: "invalid meta token: X" and "invalid expression: "TEXT":
 * what". */
static void refuse_meta(struct conf *conf, struct str name, struct str text, const struct why *why)
{
	struct str reason = str_from(why->text), token = STR_LIT("invalid meta token: ");
	size_t last = str_rfind_char(reason, ':');
	if (str_has_prefix(reason, token.ptr))
		conf_diag(conf, DIAG_LINT, "config: invalid meta %.*s token: %.*s", STR_ARG(name),
			  STR_ARG(str_from_at(reason, token.len)));
	else
		conf_diag(conf, DIAG_LINT,
			  "config: invalid expression for rule %.*s: \"%.*s\": %.*s", STR_ARG(name),
			  STR_ARG(text),
			  STR_ARG(str_trim(
				  str_from_at(reason, last == STR_NOT_FOUND ? 0 : last + 1))));
}

static void define_meta(struct conf *conf, struct str name, struct str text)
{
	struct rule definition = {.kind = RULE_META};
	struct why why;
	if (!name_is_accepted(conf, name))
		return;
	if (looks_like_code(text)) {
		conf_diag(conf, DIAG_WARN, "config: invalid meta %.*s rule: %.*s", STR_ARG(name),
			  STR_ARG(text));
		return;
	}
	definition.expr_text = arena_str(conf->arena, text);
	if (expr_parse(conf->arena, text, &definition.expr, &why) != STATUS_OK) {
		refuse_meta(conf, name, text, &why);
		return;
	}
	if (expr_is_empty(definition.expr)) /* no more than a name, hit by plugins */
		definition.kind = RULE_EMPTY;
	rule_put_checked(conf, name, &definition);
}

/* --- keywords
 * ------------------------------------------------------------------------------------------------------------
 */

/* NAME and what follows. */
static enum keyword_result split_name(struct keyword_line *line, struct str *name_out,
				      struct str *rest_out)
{
	struct str rest = line->value;
	if (!str_word_next(&rest, name_out) || !rest.len)
		return KEYWORD_INVALID_VALUE; /* as SpamAssassin: also when only the rest is missing
					       */
	*rest_out = str_trim_left(rest);
	return rest_out->len ? KEYWORD_OK : KEYWORD_MISSING_VALUE;
}

/* Name and text of a rule's line; false: *result_out is all there is to it. */
static bool rule_line(struct keyword_line *line, struct str *name_out, struct str *text_out,
		      enum keyword_result *result_out)
{
	*result_out = split_name(line, name_out, text_out);
	return *result_out == KEYWORD_OK && !line->conf->options->settings_only;
}

static enum keyword_result parse_header(struct keyword_line *line)
{
	struct str name, text;
	enum keyword_result result;
	if (!rule_line(line, &name, &text, &result))
		return result;
	if (str_has_prefix(text, "eval:"))
		return define_eval(line->conf, name, str_from_at(text, 5), VIEW_HEADER);
	if (str_has_prefix(text, "rbleval:"))
		return define_eval(line->conf, name, str_from_at(text, 8), VIEW_HEADER);
	define_header(line->conf, name, text);
	return KEYWORD_OK;
}

static enum keyword_result parse_view(struct keyword_line *line, enum rule_kind kind,
				      enum rule_view view)
{
	struct str name, text;
	enum keyword_result result;
	if (!rule_line(line, &name, &text, &result))
		return result;
	if (view != VIEW_URI && str_has_prefix(text, "eval:"))
		return define_eval(line->conf, name, str_from_at(text, 5), view);
	define_regex(line->conf, name, text, kind, view);
	return KEYWORD_OK;
}

static enum keyword_result parse_body(struct keyword_line *line)
{
	return parse_view(line, RULE_BODY, VIEW_BODY);
}

static enum keyword_result parse_rawbody(struct keyword_line *line)
{
	return parse_view(line, RULE_RAWBODY, VIEW_RAWBODY);
}

static enum keyword_result parse_full(struct keyword_line *line)
{
	return parse_view(line, RULE_FULL, VIEW_FULL);
}

static enum keyword_result parse_uri(struct keyword_line *line)
{
	return parse_view(line, RULE_URI, VIEW_URI);
}

static enum keyword_result parse_meta(struct keyword_line *line)
{
	struct str name, text;
	enum keyword_result result;
	if (!rule_line(line, &name, &text, &result))
		return result;
	if (has_power_operator(text)) {
		keyword_diag(line, DIAG_INFO,
			     "config: found invalid '**' or '* *' operator in meta command");
		return KEYWORD_INVALID_VALUE;
	}
	define_meta(line->conf, name, text);
	return KEYWORD_OK;
}

/* RULE [OLD ...]: makes the name known, so that scores for it are no surprise. */
static enum keyword_result parse_reuse(struct keyword_line *line)
{
	struct str rest = line->value, name;
	for (size_t i = 0; i < line->value.len; i++) {
		unsigned char c = (unsigned char)line->value.ptr[i];
		if (!ascii_is_word(c) && !ascii_is_space(c))
			rest = str_from_at(
				line->value,
				i + 1); /* what is before an odd character is overlooked */
	}
	if (!str_word_next(&rest, &name))
		return KEYWORD_INVALID_VALUE;
	rule_define_empty(line->conf, name);
	return KEYWORD_OK;
}

const struct keyword_def keywords_rules[] = {
	{"header", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_header},
	{"body", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_body},
	{"uri", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_uri},
	{"rawbody", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_rawbody},
	{"full", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_full},
	{"meta", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_meta},
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};

const struct keyword_def keyword_reuse = {"reuse",        NULL, WHO_PRIVILEGED,
					  KEYWORD_CUSTOM, 0,    parse_reuse};
