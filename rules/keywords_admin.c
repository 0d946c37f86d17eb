/* keywords_admin: directives about plugins, compatibility, databases, limits and the engine. */
#include "rules/conf.h"
#include "rules/keywords.h"

#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "rules/pattern.h"

#define AT(field) offsetof(struct settings, field)
#define TEXT      KEYWORD_IN_VALUES

/* --- plugins
 * ------------------------------------------------------------------------------------------- */

/* "Class" or "Class file.pm" (or file.so) */
static bool split_plugin_line(struct str value, struct str *class_out, struct str *path_out)
{
	struct str more;
	*path_out = STR_NONE;
	if (!str_word_next(&value, class_out))
		return false;
	if (str_word_next(&value, path_out) &&
	    (str_word_next(&value, &more) ||
	     !(str_has_suffix_ci(*path_out, ".pm") || str_has_suffix_ci(*path_out, ".so"))))
		return false;
	unsigned n_parts = 0;
	for (struct str rest = *class_out, token; rest.len; n_parts++) {
		size_t n = 0;
		while (n < rest.len && ascii_is_word((unsigned char)rest.ptr[n]))
			n++;
		token = str_from_at(rest, n);
		if (!n || n_parts > 10 ||
		    (token.len && (!str_has_prefix(token, "::") || token.len == 2)))
			return false;
		rest = str_from_at(token, 2);
	}
	return n_parts > 0;
}

static enum load_plugin_result ask_host(struct conf *conf, struct str class_name, struct str path,
					struct why *why)
{
	const struct extension *x = conf->extension;
	if (!x || !x->load_plugin)
		return PLUGIN_UNKNOWN;
	return x->load_plugin(x->host, class_name, path, why);
}

static void load_plugin(struct keyword_line *line, struct str class_name, struct str path,
			bool silent)
{
	struct conf *conf = line->conf;
	struct why why = {STATUS_OK, 0, ""};
	if (str_eq_c(class_name, "Mail::SpamAssassin::Plugin::HashCash")) {
		keyword_diag(line, DIAG_WARN,
			     "plugin: %.*s is deprecated, remove loadplugin clause from your "
			     "configuration",
			     STR_ARG(class_name));
		return;
	}
	if (map_has(conf->dictionary->classes, class_name))
		return;
	if (path.len)
		path = conf_relative_path(conf, path);
	if (path.len)
		log_debug("plugin", "loading %.*s from %.*s", STR_ARG(class_name), STR_ARG(path));
	else
		log_debug("plugin", "loading %.*s from @INC", STR_ARG(class_name));
	bool loaded = ask_host(conf, class_name, path, &why) != PLUGIN_UNKNOWN;
	/* What a plugin of the host's leaves out of its class's words (those that need a network)
	 * is still checked. */
	if (!why.text[0])
		loaded |= shipped_load(conf, class_name);
	if (loaded) {
		map_put(conf->dictionary->classes, class_name, conf);
		shipped_note_types(conf, class_name);
	} else if (!silent) {
		keyword_diag(line, DIAG_WARN, "plugin: failed to load plugin %.*s: %s",
			     STR_ARG(path.len ? path : class_name),
			     why.text[0] ? why.text
					 : "not built in, and Perl source cannot be run");
	}
}

static enum keyword_result parse_plugin(struct keyword_line *line)
{
	struct str class_name, path;
	if (!line->value.len)
		return KEYWORD_MISSING_VALUE;
	if (!split_plugin_line(line->value, &class_name, &path))
		return KEYWORD_INVALID_VALUE;
	bool silent = str_eq_c(line->keyword, "tryplugin");
	load_plugin(line, silent ? class_name : conf_class_alias(class_name), path, silent);
	return KEYWORD_OK;
}

static enum keyword_result parse_enable_compat(struct keyword_line *line)
{
	struct str v = line->value;
	if (!v.len)
		return KEYWORD_MISSING_VALUE;
	for (size_t i = 0; i < v.len; i++)
		if (!ascii_is_word((unsigned char)v.ptr[i]) || v.len > 128)
			return KEYWORD_INVALID_VALUE;
	map_put(line->conf->dictionary->compat, v, line->conf);
	return KEYWORD_OK;
}

/* --- the engine
 * ------------------------------------------------------------------------------------------ */

static enum keyword_result parse_normalize_charset(struct keyword_line *line)
{
	static const struct keyword_def def = {"normalize_charset",   NULL, WHO_USER, KEYWORD_BOOL,
					       AT(normalize_charset), NULL};
	return keyword_set(line, &def);
}

static enum keyword_result parse_allow_user_rules(struct keyword_line *line)
{
	struct settings *settings = line->target;
	if (!line->value.len)
		return KEYWORD_MISSING_VALUE;
	if (!str_eq_c(line->value, "0") && !str_eq_c(line->value, "1"))
		return KEYWORD_INVALID_VALUE;
	settings->allow_user_rules = line->value.ptr[0] == '1';
	return KEYWORD_OK;
}

static enum keyword_result parse_redirector_pattern(struct keyword_line *line)
{
	struct settings *settings = line->target;
	struct pattern *pattern;
	struct why why;
	if (pattern_parse_plain(line->arena, line->value, &pattern, &why) != STATUS_OK) {
		keyword_diag(line, DIAG_INFO, "config: invalid redirector_pattern '%.*s': %s",
			     STR_ARG(line->value), why.text);
		return KEYWORD_INVALID_VALUE;
	}
	if (!line->from_user) /* the canonicaliser's patterns are the rule set's */
		vec_push(line->arena, &settings->redirectors,
			 ((struct uri_redirector){pattern->regex,
						  pattern_literal(line->arena, pattern)}));
	return KEYWORD_OK;
}

static enum keyword_result parse_lock_method(struct keyword_line *line)
{
	if (!str_eq_c(line->value, "nfssafe") && !str_eq_c(line->value, "flock") &&
	    !str_eq_c(line->value, "win32"))
		return KEYWORD_INVALID_VALUE;
	value_set(line, "lock_method", line->value);
	return KEYWORD_OK;
}

static bool has_tag(struct str tags, struct str tag)
{
	struct str piece;
	while (str_split_next(&tags, '-', &piece))
		if (str_eq(piece, tag))
			return true;
	return false;
}

/* Kept as it stands behind the version: "-foo-bar". */
static enum keyword_result parse_version_tag(struct keyword_line *line)
{
	struct str tag = arena_lower(line->arena, line->value);
	struct str before = settings_value(line->conf->settings, "version_tag");
	struct buf text;
	if (!line->value.len)
		return KEYWORD_MISSING_VALUE;
	buf_init(&text, line->arena);
	for (size_t i = 0; i < tag.len; i++) {
		unsigned char c = (unsigned char)tag.ptr[i];
		bool stays = ascii_is_lower(c) || ascii_is_digit(c) || c == '.';
		buf_add_char(&text, stays ? tag.ptr[i] : '_');
	}
	tag = buf_str(&text);
	if (!str_eq_c(tag, "0") && !has_tag(before, tag))
		value_set(line, "version_tag",
			  arena_printf(line->arena, "%.*s-%.*s", STR_ARG(before), STR_ARG(tag)));
	return KEYWORD_OK;
}

/* --- GeoDB
 * ------------------------------------------------------------------------------------------------
 */

static enum keyword_result parse_geodb_module(struct keyword_line *line)
{
	static const struct {
		const char *spelling, *module;
	} modules[] = {
		{"maxmind::db::reader", "geoip2"},
		{"geoip2::database::reader", "geoip2"},
		{"geoip2", "geoip2"},
		{"geo::ip", "geoip"},
		{"geoip", "geoip"},
		{"ip::country::db_file", "dbfile"},
		{"db_file", "dbfile"},
		{"ip::country::fast", "fast"},
		{"fast", "fast"},
	};
	for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++)
		if (str_eq_ci_c(line->value, modules[i].spelling)) {
			value_set(line, "geodb_module", str_from(modules[i].module));
			return KEYWORD_OK;
		}
	return KEYWORD_INVALID_VALUE;
}

/* The values that settings_geodb() reads, by kind of database. */
static const char *geodb_value_name(struct str kind)
{
	return str_eq_ci_c(kind, "country") ? "geodb_country"
	       : str_eq_ci_c(kind, "city")  ? "geodb_city"
	       : str_eq_ci_c(kind, "isp")   ? "geodb_isp"
					    : NULL;
}

static void clear_geodb_paths(struct keyword_line *line)
{
	value_clear(line, "geodb_country");
	value_clear(line, "geodb_city");
	value_clear(line, "geodb_isp");
}

/* KIND:PATH ...; what stands before a faulty word takes effect. */
static enum keyword_result parse_geodb_options(struct keyword_line *line)
{
	for (struct str rest = line->value, word; str_word_next(&rest, &word);) {
		size_t colon = str_find_char(word, ':');
		struct str kind = str_sub(word, 0, colon);
		const char *name = geodb_value_name(kind);
		if (str_eq_ci_c(kind, "reset"))
			clear_geodb_paths(line);
		else if (name)
			value_set(line, name,
				  colon == STR_NOT_FOUND ? STR_NONE : str_from_at(word, colon + 1));
		else
			return KEYWORD_INVALID_VALUE;
	}
	return KEYWORD_OK;
}

/* After "reset" no directory is searched, not even the usual ones: the value is empty, not absent.
 */
static enum keyword_result parse_geodb_search_path(struct keyword_line *line)
{
	if (!line->value.len)
		return KEYWORD_MISSING_VALUE;
	if (str_eq_c(line->value, "reset"))
		value_set(line, "geodb_search_path", STR_LIT(""));
	else
		value_append(line, "geodb_search_path", line->value);
	return KEYWORD_OK;
}

static enum keyword_result parse_old_geodb_type(struct keyword_line *line)
{
	const char *module = str_contains_ci(line->value, "geoip2") ? "geoip2"
			     : str_contains_ci(line->value, "geo")  ? "geoip"
			     : str_contains_ci(line->value, "fast") ? "fast"
								    : NULL;
	keyword_diag(line, DIAG_WARN,
		     "config: deprecated setting used, change country_db_type to geodb_module");
	if (!module)
		return KEYWORD_INVALID_VALUE;
	value_set(line, "geodb_module", str_from(module));
	return KEYWORD_OK;
}

static enum keyword_result parse_old_geodb_path(struct keyword_line *line)
{
	bool is_isp = str_eq_c(line->keyword, "uri_country_db_isp_path");
	keyword_diag(line, DIAG_WARN,
		     "config: deprecated setting used, change %.*s to geodb_options",
		     STR_ARG(line->keyword));
	if (!line->value.len)
		return KEYWORD_INVALID_VALUE;
	value_set(line, is_isp ? "geodb_isp" : "geodb_country", line->value);
	return KEYWORD_OK;
}

/* `test` lines are for the rules' own regression tests. */
static enum keyword_result parse_nothing(struct keyword_line *line)
{
	(void)line;
	return KEYWORD_OK;
}

const struct keyword_def keywords_admin[] = {
	{"loadplugin", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_plugin},
	{"tryplugin", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_plugin},
	{"enable_compat", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_enable_compat},
	{"version_tag", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_version_tag},
	{"test", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_nothing},
	{"ok_locales", NULL, WHO_USER, KEYWORD_STRING, AT(ok_locales), NULL},
	{"normalize_charset", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_normalize_charset},
	{"time_limit", NULL, WHO_USER, KEYWORD_DURATION, AT(time_limit_s), NULL},
	{"mbox_format_from_regex", NULL, WHO_USER, KEYWORD_STRING, AT(mbox_format_from_regex),
	 NULL},
	{"parse_dkim_uris", NULL, WHO_USER, KEYWORD_BOOL, AT(parse_dkim_uris), NULL},
	{"allow_user_rules", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, parse_allow_user_rules},
	{"redirector_pattern", NULL, WHO_PRIVILEGED, KEYWORD_STRINGLIST, 0,
	 parse_redirector_pattern},
	{"body_part_scan_size", NULL, WHO_ADMIN, KEYWORD_NUMBER, AT(body_part_scan_size), NULL},
	{"rawbody_part_scan_size", NULL, WHO_ADMIN, KEYWORD_NUMBER, AT(rawbody_part_scan_size),
	 NULL},
	{"ignore_always_matching_regexps", NULL, WHO_ADMIN, KEYWORD_BOOL, TEXT, NULL},
	{"lock_method", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_lock_method},
	{"user_scores_dsn", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	{"user_scores_sql_username", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	{"user_scores_sql_password", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	{"user_scores_sql_custom_query", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	{"user_scores_ldap_username", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	{"user_scores_ldap_password", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	{"user_scores_fallback_to_global", NULL, WHO_ADMIN, KEYWORD_BOOL, TEXT, NULL},
	{"geodb_module", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_geodb_module},
	{"geodb_options", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_geodb_options},
	{"geodb_search_path", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_geodb_search_path},
	{"country_db_type", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_old_geodb_type},
	{"country_db_path", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_old_geodb_path},
	{"uri_country_db_path", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_old_geodb_path},
	{"uri_country_db_isp_path", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_old_geodb_path},
	{"require_version", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_nothing},
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};
