/* keywords_learn: directives about learning. What only the Bayes plugin reads is checked here and
 * kept as text. */
#include "rules/conf.h"
#include "rules/keywords.h"

#include <sys/stat.h>

#define AT(field) offsetof(struct settings, field)

static bool is_token_source(struct str word)
{
	static const char *const sources[] = {"header", "visible",  "invisible",
					      "uri",    "mimepart", NULL};
	for (const char *const *source = sources; *source; source++)
		if (str_eq_ci_c(word, *source))
			return true;
	return false;
}

static enum keyword_result parse_token_sources(struct keyword_line *line)
{
	for (struct str rest = line->value, word; str_word_next(&rest, &word);) {
		if (str_eq_ci_c(word, "none") || str_eq_ci_c(word, "noall") ||
		    str_eq_ci_c(word, "all"))
			continue;
		if (!is_token_source(word) &&
		    !(str_has_prefix_ci(word, "no") && is_token_source(str_from_at(word, 2))))
			return KEYWORD_INVALID_VALUE;
	}
	if (!line->value.len)
		return KEYWORD_MISSING_VALUE;
	value_append(line, "bayes_token_sources", line->value);
	return KEYWORD_OK;
}

static enum keyword_result parse_bayes_path(struct keyword_line *line)
{
	struct stat st;
	if (stat(arena_cstr(line->arena, line->value), &st) == 0 && S_ISDIR(st.st_mode))
		return KEYWORD_INVALID_VALUE;
	value_set(line, "bayes_path", line->value);
	return KEYWORD_OK;
}

/* 0?[0-7]{3}, kept with the 0 */
static enum keyword_result parse_bayes_file_mode(struct keyword_line *line)
{
	struct str v = line->value;
	for (size_t i = 0; i < v.len; i++)
		if (v.ptr[i] < '0' || v.ptr[i] > '7')
			return KEYWORD_INVALID_VALUE;
	if (v.len != 3 && !(v.len == 4 && v.ptr[0] == '0'))
		return KEYWORD_INVALID_VALUE;
	value_set(line, "bayes_file_mode",
		  arena_printf(line->arena, "%s%.*s", v.len == 3 ? "0" : "", STR_ARG(v)));
	return KEYWORD_OK;
}

static enum keyword_result parse_bayes_store_module(struct keyword_line *line)
{
	for (size_t i = 0; i < line->value.len; i++)
		if (!ascii_is_word((unsigned char)line->value.ptr[i]) && line->value.ptr[i] != ':')
			return KEYWORD_INVALID_VALUE;
	if (!line->value.len)
		return KEYWORD_INVALID_VALUE;
	value_set(line, "bayes_store_module", line->value);
	return KEYWORD_OK;
}

#define TEXT KEYWORD_IN_VALUES

const struct keyword_def keywords_learn[] = {
	{"use_learner", NULL, WHO_USER, KEYWORD_BOOL, AT(use_learner), NULL},
	{"use_bayes", NULL, WHO_USER, KEYWORD_BOOL, AT(use_bayes), NULL},
	{"use_bayes_rules", NULL, WHO_USER, KEYWORD_BOOL, AT(use_bayes_rules), NULL},
	{"bayes_auto_learn", NULL, WHO_USER, KEYWORD_BOOL, AT(bayes_auto_learn), NULL},
	{"bayes_learn_during_report", NULL, WHO_USER, KEYWORD_BOOL, AT(bayes_learn_during_report),
	 NULL},
	{"bayes_token_sources", NULL, WHO_USER, KEYWORD_CUSTOM, 0, parse_token_sources},
	{"bayes_ignore_header", NULL, WHO_USER, KEYWORD_STRINGLIST, TEXT, NULL},
	{"bayes_ignore_from", NULL, WHO_USER, KEYWORD_ADDRLIST, TEXT, NULL},
	{"bayes_ignore_to", NULL, WHO_USER, KEYWORD_ADDRLIST, TEXT, NULL},
	{"bayes_min_ham_num", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"bayes_min_spam_num", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"bayes_sql_override_username", NULL, WHO_USER, KEYWORD_STRING, TEXT, NULL},
	{"bayes_use_hapaxes", NULL, WHO_USER, KEYWORD_BOOL, TEXT, NULL},
	{"bayes_journal_max_size", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"bayes_expiry_max_db_size", NULL, WHO_USER, KEYWORD_NUMBER, TEXT, NULL},
	{"bayes_auto_expire", NULL, WHO_USER, KEYWORD_BOOL, TEXT, NULL},
	{"bayes_token_ttl", NULL, WHO_USER, KEYWORD_DURATION, TEXT, NULL},
	{"bayes_seen_ttl", NULL, WHO_USER, KEYWORD_DURATION, TEXT, NULL},
	{"bayes_learn_to_journal", NULL, WHO_USER, KEYWORD_BOOL, TEXT, NULL},
	{"bayes_path", NULL, WHO_ADMIN, KEYWORD_STRING, 0, parse_bayes_path},
	{"bayes_file_mode", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_bayes_file_mode},
	{"bayes_store_module", NULL, WHO_ADMIN, KEYWORD_CUSTOM, 0, parse_bayes_store_module},
	{"bayes_sql_dsn", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	{"bayes_sql_username", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	{"bayes_sql_password", NULL, WHO_ADMIN, KEYWORD_STRING, TEXT, NULL},
	{"bayes_sql_username_authorized", NULL, WHO_ADMIN, KEYWORD_BOOL, TEXT, NULL},
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};
