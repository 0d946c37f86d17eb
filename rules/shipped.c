/*
 * shipped: plugin classes of SpamAssassin that our host has not, or not all of. `loadplugin` of one
 * succeeds, so that plugin() and can() are as rules expect; its directives are checked and kept as
 * text (settings_value() gives it to a plugin); its eval functions exist and never hit.
 */
#include "rules/shipped.h"

#include "lib/base/number.h"
#include "rules/conf.h"

/* --- classes
 * --------------------------------------------------------------------------------------------- */

static const struct shipped_class *find_class(struct str name)
{
	for (const struct shipped_class *c = shipped_classes; c->name; c++)
		if (str_eq_c(name, c->name))
			return c;
	return NULL;
}

static void *untyped(const void *pointer)
{
	return (void *)(size_t)pointer;
}

void shipped_note_types(struct conf *conf, struct str class_name)
{
	const struct shipped_class *c = find_class(class_name);
	for (const struct shipped_eval *e = c ? c->evals : NULL; e && e->name; e++)
		map_put(conf->dictionary->eval_types, str_from(e->name), untyped(e->type));
}

bool shipped_load(struct conf *conf, struct str class_name)
{
	const struct shipped_class *c = find_class(class_name);
	if (!c)
		return false;
	for (const struct shipped_eval *e = c->evals; e && e->name; e++)
		map_put(conf->dictionary->shipped_evals, str_from(e->name), untyped(c));
	for (const struct keyword_def *word = c->words; word && word->name; word++) {
		map_put(conf->dictionary->shipped_words, str_from(word->name), untyped(word));
		if (word->alias)
			map_put(conf->dictionary->shipped_words, str_from(word->alias),
				untyped(word));
	}
	return true;
}

bool shipped_has_method(struct str class_name, struct str method)
{
	const struct shipped_class *c = find_class(class_name);
	if (!c)
		return false;
	for (const char *const *name = c->methods; name && *name; name++)
		if (str_eq_c(method, *name))
			return true;
	for (const struct shipped_eval *e = c->evals; e && e->name; e++)
		if (str_eq_c(method, e->name))
			return true;
	return false;
}

const char *shipped_eval_type(const struct conf *conf, struct str function)
{
	return map_find(conf->dictionary->eval_types, function);
}

bool shipped_has_eval(const struct conf *conf, struct str function)
{
	return map_has(conf->dictionary->shipped_evals, function);
}

/* --- directives known by their shape
 * ------------------------------------------------------------------------ */

struct shape {
	const char *class_name, *prefix;
	bool is_whole; /* the prefix is the whole keyword */
};

static const struct shape shapes[] = {
	{"Mail::SpamAssassin::Plugin::FreeMail", "freemail_domains", true},
	{"Mail::SpamAssassin::Plugin::FreeMail", "freemail_welcomelist", true},
	{"Mail::SpamAssassin::Plugin::FreeMail", "freemail_whitelist", true},
};

bool shipped_parse_line(struct conf *conf, struct keyword_line *line)
{
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		const struct shape *shape = &shapes[i];
		bool fits = shape->is_whole ? str_eq_c(line->keyword, shape->prefix)
					    : str_has_prefix(line->keyword, shape->prefix);
		if (!fits || !map_has(conf->dictionary->classes, str_from(shape->class_name)))
			continue;
		/* Programs to run are the administrator's to name. */
		if (line->from_user && str_has_prefix(line->keyword, "extracttext_"))
			return false;
		value_append(line, arena_cstr(line->arena, line->keyword), line->value);
		return true;
	}
	return false;
}

/* --- directives
 * --------------------------------------------------------------------------------------------- */

static enum keyword_result keep(struct keyword_line *line)
{
	value_append(line, line->keyword.ptr, line->value);
	return KEYWORD_OK;
}

enum keyword_result parse_text(struct keyword_line *line)
{
	return keep(line);
}

enum keyword_result parse_nonempty(struct keyword_line *line)
{
	return line->value.len ? keep(line) : KEYWORD_MISSING_VALUE;
}

enum keyword_result parse_digits(struct keyword_line *line)
{
	return text_is_digits(line->value) ? keep(line) : KEYWORD_INVALID_VALUE;
}

static enum keyword_result keep_between(struct keyword_line *line, double low, double high)
{
	double number = number_perl(line->value);
	return number >= low && number <= high ? keep(line) : KEYWORD_INVALID_VALUE;
}

enum keyword_result parse_0_to_1(struct keyword_line *line)
{
	return keep_between(line, 0, 1);
}

enum keyword_result parse_07_to_1(struct keyword_line *line)
{
	return keep_between(line, 0.7, 1);
}

enum keyword_result parse_0_to_5(struct keyword_line *line)
{
	return keep_between(line, 0, 5);
}

enum keyword_result parse_0_to_10(struct keyword_line *line)
{
	return keep_between(line, 0, 10);
}

enum keyword_result parse_0_to_200(struct keyword_line *line)
{
	return keep_between(line, 0, 200);
}

enum keyword_result parse_0_to_10000(struct keyword_line *line)
{
	return keep_between(line, 0, 10000);
}

static enum keyword_result keep_digits_to(struct keyword_line *line, double high)
{
	if (!line->value.len)
		return KEYWORD_MISSING_VALUE;
	return text_is_digits(line->value) ? keep_between(line, 0, high) : KEYWORD_INVALID_VALUE;
}

enum keyword_result parse_v4_mask(struct keyword_line *line)
{
	return keep_digits_to(line, 32);
}

enum keyword_result parse_v6_mask(struct keyword_line *line)
{
	return keep_digits_to(line, 128);
}

enum keyword_result parse_0_to_2(struct keyword_line *line)
{
	if (line->value.len > 1)
		return KEYWORD_INVALID_VALUE;
	return keep_digits_to(line, 2);
}

enum keyword_result parse_file_mode(struct keyword_line *line)
{
	struct str v = line->value;
	uint64_t mode;
	if (!(v.len == 3 || (v.len == 4 && v.ptr[0] == '0')) || !number_octal(v, &mode))
		return KEYWORD_INVALID_VALUE;
	return keep(line);
}

static unsigned count_words(struct str s)
{
	unsigned n = 0;
	for (struct str word; str_word_next(&s, &word);)
		n++;
	return n;
}

enum keyword_result parse_one_or_two_words(struct keyword_line *line)
{
	unsigned n = count_words(line->value);
	if (!n)
		return KEYWORD_MISSING_VALUE;
	return n <= 2 ? keep(line) : KEYWORD_INVALID_VALUE;
}

enum keyword_result parse_one_or_two_numbers(struct keyword_line *line)
{
	for (struct str rest = line->value, word; str_word_next(&rest, &word);)
		if (!text_is_digits(word))
			return KEYWORD_INVALID_VALUE;
	return parse_one_or_two_words(line);
}

/* "(NAME) words" */
enum keyword_result parse_list_line(struct keyword_line *line)
{
	size_t close = str_find_char(line->value, ')');
	bool valid = str_has_prefix(line->value, "(") && close != STR_NOT_FOUND && close > 1 &&
		     count_words(str_from_at(line->value, close + 1)) > 0;
	return valid ? keep(line) : KEYWORD_MISSING_VALUE;
}

enum keyword_result parse_authres_networks(struct keyword_line *line)
{
	if (!line->value.len)
		return KEYWORD_MISSING_VALUE;
	bool valid = str_eq_c(line->value, "internal") || str_eq_c(line->value, "trusted") ||
		     str_eq_c(line->value, "all");
	return valid ? keep(line) : KEYWORD_INVALID_VALUE;
}

/* RULE ham|spam|on|off; the first two also make the rule early and keep it from learning. */
enum keyword_result parse_shortcircuit(struct keyword_line *line)
{
	struct str rest = line->value, rule, kind;
	if (!line->value.len)
		return KEYWORD_MISSING_VALUE;
	if (count_words(rest) != 2 || !str_word_next(&rest, &rule) || !str_word_next(&rest, &kind))
		return KEYWORD_INVALID_VALUE;
	if (str_eq_c(kind, "ham") || str_eq_c(kind, "spam")) {
		bool is_ham = str_eq_c(kind, "ham");
		struct rule_notes *notes = conf_notes(line->conf, rule);
		if (!notes->priority)
			notes->priority = -200;
		notes->has_priority = true;
		notes->tflags =
			arena_printf(line->arena, "%.*s%s%snoautolearn", STR_ARG(notes->tflags),
				     notes->tflags.len ? " " : "", is_ham ? "nice " : "");
	} else if (!str_eq_c(kind, "on") && !str_eq_c(kind, "off")) {
		return KEYWORD_INVALID_VALUE;
	}
	return keep(line);
}

static enum keyword_result keep_zone_line(struct keyword_line *line, unsigned low, unsigned high)
{
	struct str rest = line->value, rule;
	unsigned n = count_words(rest);
	if (!n)
		return KEYWORD_MISSING_VALUE;
	str_word_next(&rest, &rule);
	for (size_t i = 0; i < rule.len; i++)
		if (!ascii_is_word((unsigned char)rule.ptr[i]))
			return KEYWORD_INVALID_VALUE;
	return n >= low && n <= high ? keep(line) : KEYWORD_INVALID_VALUE;
}

enum keyword_result parse_zone(struct keyword_line *line)
{
	return keep_zone_line(line, 3, 3);
}

enum keyword_result parse_zone_subtest(struct keyword_line *line)
{
	return keep_zone_line(line, 4, 1000);
}

/* Something with a character on each side of an @, anywhere in the value. */
enum keyword_result parse_mail_address(struct keyword_line *line)
{
	struct str v = line->value;
	for (size_t i = 1; i + 1 < v.len; i++)
		if (v.ptr[i] == '@' && v.ptr[i - 1] != '<' && v.ptr[i + 1] != '>' &&
		    !ascii_is_space((unsigned char)v.ptr[i - 1]) &&
		    !ascii_is_space((unsigned char)v.ptr[i + 1]))
			return keep(line);
	return v.len ? KEYWORD_INVALID_VALUE : KEYWORD_MISSING_VALUE;
}

/* HOST:PORT, two to five digits */
enum keyword_result parse_host_and_port(struct keyword_line *line)
{
	size_t colon = str_rfind_char(line->value, ':');
	if (!line->value.len)
		return KEYWORD_MISSING_VALUE;
	if (colon == STR_NOT_FOUND || colon == 0 || count_words(line->value) != 1)
		return KEYWORD_INVALID_VALUE;
	struct str port = str_from_at(line->value, colon + 1);
	return text_is_digits(port) && port.len >= 2 && port.len <= 5 ? keep(line)
								      : KEYWORD_INVALID_VALUE;
}

enum keyword_result parse_uridnsbl_timeout(struct keyword_line *line)
{
	keyword_diag(line, DIAG_WARN,
		     "config: 'uridnsbl_timeout' is obsolete, use 'rbl_timeout' instead");
	return KEYWORD_OK;
}

/* DOMAIN ALIAS... */
enum keyword_result parse_domain_alias(struct keyword_line *line)
{
	if (!line->value.len)
		return KEYWORD_MISSING_VALUE;
	bool valid =
		count_words(line->value) >= 2 && str_find_char(line->value, '@') == STR_NOT_FOUND;
	return valid ? keep(line) : KEYWORD_INVALID_VALUE;
}

static bool is_adsp(struct str word)
{
	static const char *const words[] = {"nxdomain",   "unknown",    "all",        "discardable",
					    "custom_low", "custom_med", "custom_high"};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (str_eq_ci_c(word, words[i]))
			return true;
	return false;
}

/* [@]DOMAIN [PRACTICE] */
enum keyword_result parse_adsp_override(struct keyword_line *line)
{
	struct str rest = line->value, domain, practice;
	if (!line->value.len)
		return KEYWORD_MISSING_VALUE;
	if (str_has_prefix(rest, "@"))
		rest = str_trim_left(str_from_at(rest, 1));
	if (!str_word_next(&rest, &domain))
		return KEYWORD_INVALID_VALUE;
	for (size_t i = 0; i < domain.len; i++)
		if (!ascii_is_word((unsigned char)domain.ptr[i]) && !strchr("*.-", domain.ptr[i]))
			return KEYWORD_INVALID_VALUE;
	if (str_word_next(&rest, &practice) && (!is_adsp(practice) || str_trim(rest).len))
		return KEYWORD_INVALID_VALUE;
	return keep(line);
}

static bool is_tag_word(struct str word)
{
	return word.len > 2 && word.ptr[0] == '_' && word.ptr[word.len - 1] == '_';
}

/* ZONE [_TAG_ _TAG_] */
enum keyword_result parse_asn_zone(struct keyword_line *line)
{
	struct str rest = line->value, word;
	unsigned n = count_words(rest);
	if (!n)
		return KEYWORD_MISSING_VALUE;
	str_word_next(&rest, &word);
	while (str_word_next(&rest, &word))
		if (!is_tag_word(word))
			return KEYWORD_INVALID_VALUE;
	return n == 1 || n == 3 ? keep(line) : KEYWORD_INVALID_VALUE;
}

enum keyword_result parse_pyzor_max(struct keyword_line *line)
{
	keyword_diag(line, DIAG_WARN,
		     "deprecated setting used, change pyzor_max to pyzor_count_min");
	return parse_digits(line);
}

/* --- directives that define rules
 * ------------------------------------------------------------------------------ */

/* The first word when the line has at least n; empty otherwise. */
static struct str rule_of(struct keyword_line *line, unsigned n)
{
	struct str rest = line->value, rule = STR_NONE;
	if (count_words(rest) >= n)
		str_word_next(&rest, &rule);
	return rule;
}

static enum keyword_result keep_rule(struct keyword_line *line, unsigned n_words,
				     const char *function)
{
	struct str rule = rule_of(line, n_words);
	if (!line->value.len)
		return KEYWORD_MISSING_VALUE;
	if (!rule.len)
		return KEYWORD_INVALID_VALUE;
	if (function) {
		if (!line->from_user)
			map_put(line->conf->dictionary->shipped_evals, str_from(function),
				line->conf);
		rule_define_eval(line->conf, rule, VIEW_BODY, str_from(function), STR_NONE);
	} else {
		rule_define_empty(line->conf, rule);
	}
	return keep(line);
}

enum keyword_result parse_askdns(struct keyword_line *line)
{
	return keep_rule(line, 2, NULL);
}

enum keyword_result parse_mimeheader(struct keyword_line *line)
{
	if (!rule_name_is_valid(rule_of(line, 1)))
		return KEYWORD_INVALID_VALUE;
	return keep_rule(
		line, 3,
		arena_printf(line->arena, "_mimeheader_eval_%.*s", STR_ARG(rule_of(line, 1))).ptr);
}

enum keyword_result parse_uri_detail(struct keyword_line *line)
{
	return keep_rule(line, 3, "check_uri_detail");
}

/* URILocalBL gives its rules a priority. */
enum keyword_result parse_uri_block(struct keyword_line *line)
{
	struct str rule = rule_of(line, 2);
	if (!rule_name_is_valid(rule))
		return KEYWORD_INVALID_VALUE;
	enum keyword_result result = keep_rule(line, 2, "check_uri_local_bl");
	conf_notes(line->conf, rule)->priority = -100;
	return result;
}

enum keyword_result parse_reuse_word(struct keyword_line *line)
{
	return keep_rule(line, 1, NULL);
}
