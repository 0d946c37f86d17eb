/*
 * keyword: one line → its keyword → a typed value. The checks match SpamAssassin's set_*_value
 * functions (Conf/Parser.pm). Keywords are looked for among the core's, then the host's plugins',
 * then those of classes that SpamAssassin ships and the host has not, then with plugins that know
 * theirs by shape only.
 */
#include "rules/conf.h"
#include "rules/keywords.h"

#include <stdarg.h>
#include <stdio.h>
#include "lib/base/must.h"
#include "lib/base/number.h"

/* --- text shapes
 * ---------------------------------------------------------------------------------- */

bool text_is_digits(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!ascii_is_digit((unsigned char)s.ptr[i]))
			return false;
	return s.len > 0;
}

static size_t digits_length(struct str s)
{
	size_t n = 0;
	while (n < s.len && ascii_is_digit((unsigned char)s.ptr[n]))
		n++;
	return n;
}

/* Length of \d+(\.\d*)? at the beginning, 0 when there is none. */
static size_t number_length(struct str s)
{
	size_t n = digits_length(s);
	if (n && n < s.len && s.ptr[n] == '.')
		n += 1 + digits_length(str_from_at(s, n + 1));
	return n;
}

static bool has_sign(struct str s)
{
	return s.len && (s.ptr[0] == '+' || s.ptr[0] == '-');
}

bool text_is_number(struct str s)
{
	if (has_sign(s))
		s = str_from_at(s, 1);
	return s.len && number_length(s) == s.len;
}

/* \+?NUMBER with an optional unit behind; seconds. */
static bool text_to_duration(struct str s, double *seconds_out)
{
	static const char units[] = "smhdw";
	static const double unit_s[] = {1, 60, 3600, 86400, 604800};
	if (s.len && s.ptr[0] == '+')
		s = str_from_at(s, 1);
	size_t n = number_length(s);
	struct str unit = str_trim_left(str_from_at(s, n));
	if (!n || unit.len > 1 || (!unit.len && n < s.len))
		return false;
	double factor = 1;
	if (unit.len) {
		const char *at = strchr(units, ascii_lower(unit.ptr[0]));
		if (!at || !*at)
			return false;
		factor = unit_s[at - units];
	}
	*seconds_out = number_perl(str_sub(s, 0, n)) * factor;
	return true;
}

static bool text_to_bool(struct str s, bool *out)
{
	*out = str_eq_c(s, "1") || str_eq_ci_c(s, "yes");
	return *out || str_eq_c(s, "0") || str_eq_ci_c(s, "no");
}

/* --- values kept as text
 * ---------------------------------------------------------------------------- */

static void put_value(struct keyword_line *line, const char *name, struct str text)
{
	struct map *values = keyword_own_map(line, &line->conf->settings->values);
	struct str *value = ARENA_NEW(line->arena, struct str);
	*value = text;
	map_put(values, str_from(name), value);
}

void value_set(struct keyword_line *line, const char *name, struct str value)
{
	put_value(line, name, arena_str(line->arena, value));
}

void value_append(struct keyword_line *line, const char *name, struct str value)
{
	struct str old = settings_value(line->conf->settings, name);
	if (!old.ptr)
		value_set(line, name, value);
	else
		put_value(line, name,
			  arena_printf(line->arena, "%.*s\n%.*s", STR_ARG(old), STR_ARG(value)));
}

void value_clear(struct keyword_line *line, const char *name)
{
	map_remove(keyword_own_map(line, &line->conf->settings->values), str_from(name));
}

/* --- a user's own copies
 * ------------------------------------------------------------------------------ */

/* Has this user's configuration its own copy of what `slot` points to? Remembers that it has from
 * now on. */
static bool is_shared(struct keyword_line *line, const void *slot)
{
	struct conf *conf = line->conf;
	if (!conf->user_mode)
		return false;
	return map_put(conf->owned, str_make((const char *)&slot, sizeof slot), conf);
}

struct addr_list *keyword_own_addr_list(struct keyword_line *line, struct addr_list **list)
{
	if (!*list)
		*list = addr_list_new(line->arena);
	else if (is_shared(line, list))
		*list = addr_list_copy(line->arena, *list);
	return *list;
}

struct addr_rcvd_list *keyword_own_rcvd_list(struct keyword_line *line,
					     struct addr_rcvd_list **list)
{
	if (!*list)
		*list = addr_rcvd_list_new(line->arena);
	else if (is_shared(line, list))
		*list = addr_rcvd_list_copy(line->arena, *list);
	return *list;
}

struct map *keyword_own_map(struct keyword_line *line, struct map **map)
{
	if (!*map)
		*map = map_new(line->arena);
	else if (is_shared(line, map))
		*map = map_copy(line->arena, *map);
	return *map;
}

void keyword_own_strings(struct keyword_line *line, struct str_vec *vec)
{
	if (!is_shared(line, vec))
		return;
	struct str_vec shared = *vec;
	*vec = (struct str_vec){0};
	for (size_t i = 0; i < shared.n; i++)
		vec_push(line->arena, vec, shared.items[i]);
}

void keyword_diag(struct keyword_line *line, enum diag_level level, const char *format, ...)
{
	char text[4096];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	diag_add(line->conf->diags, level, line->where, "%s", text);
}

/* --- by type
 * -------------------------------------------------------------------------------------------- */

static void *slot_of(struct keyword_line *line, const struct keyword_def *def)
{
	must(line->target);
	return (char *)line->target + def->offset;
}

static void add_words(struct keyword_line *line, struct str_vec *vec)
{
	keyword_own_strings(line, vec);
	for (struct str rest = line->value, word; str_word_next(&rest, &word);)
		vec_push(line->arena, vec, arena_str(line->arena, word));
}

/* One enclosing pair of quotes goes; lines are added. */
static void append_template(struct keyword_line *line, struct str *text)
{
	struct str value = line->value;
	if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
		value = str_sub(value, 1, value.len - 2);
	*text = arena_printf(line->arena, "%.*s%.*s\n", STR_ARG(*text), STR_ARG(value));
}

/* "key rest" */
static bool has_key_and_rest(struct str value)
{
	struct str key;
	return str_word_next(&value, &key) && str_trim_left(value).len;
}

/* Is the value of the right shape for the type? */
static enum keyword_result check_value(enum keyword_type type, struct str value)
{
	bool truth;
	double seconds;
	if (type == KEYWORD_NOARGS)
		return value.len ? KEYWORD_INVALID_VALUE : KEYWORD_OK;
	if (type == KEYWORD_TEMPLATE || type == KEYWORD_CUSTOM)
		return KEYWORD_OK;
	if (!value.len || (type == KEYWORD_HASH && !has_key_and_rest(value)))
		return KEYWORD_MISSING_VALUE;
	bool valid = true;
	if (type == KEYWORD_BOOL)
		valid = text_to_bool(value, &truth);
	else if (type == KEYWORD_NUMBER)
		valid = text_is_number(value);
	else if (type == KEYWORD_DURATION)
		valid = text_to_duration(value, &seconds);
	return valid ? KEYWORD_OK : KEYWORD_INVALID_VALUE;
}

static void keep_as_text(struct keyword_line *line, const struct keyword_def *def)
{
	bool accumulates = def->type == KEYWORD_STRINGLIST || def->type == KEYWORD_ADDRLIST ||
			   def->type == KEYWORD_HASH || def->type == KEYWORD_TEMPLATE;
	if (accumulates)
		value_append(line, def->name, line->value);
	else
		value_set(line, def->name, line->value);
}

static void store_value(struct keyword_line *line, const struct keyword_def *def)
{
	void *slot = slot_of(line, def);
	switch (def->type) {
	case KEYWORD_BOOL:
		text_to_bool(line->value, slot);
		break;
	case KEYWORD_NUMBER:
		*(double *)slot = number_perl(line->value);
		break;
	case KEYWORD_DURATION:
		text_to_duration(line->value, slot);
		break;
	case KEYWORD_STRING:
		*(struct str *)slot = arena_str(line->arena, line->value);
		break;
	case KEYWORD_TEMPLATE:
		append_template(line, slot);
		break;
	case KEYWORD_STRINGLIST:
		add_words(line, slot);
		break;
	case KEYWORD_ADDRLIST:
		for (struct str rest = line->value, word; str_word_next(&rest, &word);)
			addr_list_add(keyword_own_addr_list(line, slot), word);
		break;
	default:
		break;
	}
}

enum keyword_result keyword_set(struct keyword_line *line, const struct keyword_def *def)
{
	if (def->type == KEYWORD_CUSTOM)
		return def->parse(line);
	enum keyword_result result = check_value(def->type, line->value);
	if (result != KEYWORD_OK)
		return result;
	if (def->parse)
		return def->parse(line);
	if (def->type == KEYWORD_NOARGS)
		return KEYWORD_OK;
	if (def->offset == KEYWORD_IN_VALUES)
		keep_as_text(line, def);
	else
		store_value(line, def);
	return KEYWORD_OK;
}

/* --- the core's words
 * --------------------------------------------------------------------------------------- */

void keyword_index(struct dictionary *dictionary, struct arena *arena)
{
	const struct keyword_def *const tables[] = {
		keywords_report, keywords_lists, keywords_network, keywords_learn,
		keywords_admin,  keywords_rules, keywords_scores};
	dictionary->core = map_new(arena);
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
		for (const struct keyword_def *def = tables[i]; def->name; def++) {
			map_put(dictionary->core, str_from(def->name), (void *)(size_t)def);
			if (def->alias)
				map_put(dictionary->core, str_from(def->alias),
					(void *)(size_t)def);
		}
}

/* --- dispatch
 * -------------------------------------------------------------------------------------------- */

static const struct keyword_def *find_core(struct conf *conf, struct keyword_line *line)
{
	line->target = conf->settings;
	return map_find(conf->dictionary->core, line->keyword);
}

/* In user preferences a plugin's keyword writes into the user's copy of its configuration. */
static const struct keyword_def *find_plugin_keyword(struct conf *conf, struct keyword_line *line)
{
	const struct extension *x = conf->extension;
	if (!x || !x->find_keyword)
		return NULL;
	if (!conf->user_mode)
		return x->find_keyword(x->host, line->keyword, &line->target);
	if (!x->conf_copy || !x->find_keyword_in)
		return NULL;
	if (!conf->plugin_confs)
		conf->plugin_confs = x->conf_copy(x->host, conf->arena);
	return x->find_keyword_in(x->host, conf->plugin_confs, line->keyword, &line->target);
}

/* Is the line's author allowed the word? The refusals are SpamAssassin's. */
static bool is_allowed(struct conf *conf, enum keyword_who who)
{
	if (!conf->user_mode || who == WHO_USER)
		return true;
	if (who == WHO_PRIVILEGED && conf->settings->allow_user_rules)
		return true;
	if (who == WHO_PRIVILEGED)
		conf_diag(conf, DIAG_INFO, "config: not parsing, 'allow_user_rules' is 0: %.*s",
			  STR_ARG(conf->line_text));
	else
		conf_diag(conf, DIAG_INFO, "config: not parsing, administrator setting: %.*s",
			  STR_ARG(conf->line_text));
	conf_fail_line(conf, NULL, NULL);
	return false;
}

static void report_result(struct conf *conf, struct keyword_line *line, enum keyword_result result)
{
	char message[256];
	switch (result) {
	case KEYWORD_OK:
		return;
	case KEYWORD_NOT_MINE:
		conf_fail_line(conf, line->keyword.ptr, NULL);
		return;
	case KEYWORD_INVALID_VALUE:
	case KEYWORD_MISSING_VALUE:
		snprintf(message, sizeof message, "config: %s '%.*s' value",
			 result == KEYWORD_INVALID_VALUE ? "invalid" : "missing",
			 STR_ARG(line->keyword));
		conf_fail_line(conf, line->keyword.ptr, message);
		return;
	}
}

static enum keyword_result try_unknown(struct conf *conf, struct keyword_line *line)
{
	const struct extension *x = conf->extension;
	enum keyword_result result;
	if (x && x->parse_unknown && x->parse_unknown(x->host, line, &result))
		return result;
	return shipped_parse_line(conf, line) ? KEYWORD_OK : KEYWORD_NOT_MINE;
}

void keyword_line(struct conf *conf, struct str key, struct str value)
{
	struct keyword_line line = {
		.conf = conf,
		.arena = conf->arena,
		.keyword = key,
		.value = value,
		.where = conf_here(conf),
		.from_user = conf->user_mode,
	};
	const struct keyword_def *def = find_core(conf, &line);
	if (!def)
		def = find_plugin_keyword(conf, &line);
	if (!def)
		def = map_find(conf->dictionary->shipped_words, key);
	if (!def) {
		report_result(conf, &line, try_unknown(conf, &line));
		return;
	}
	if (!is_allowed(conf, def->who))
		return;
	line.keyword = str_from(def->name);
	enum keyword_result result = keyword_set(&line, def);
	line.keyword = key;
	report_result(conf, &line, result);
}
