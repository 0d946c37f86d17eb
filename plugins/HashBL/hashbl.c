/* HashBL: digests of addresses, URIs, texts and attachments in DNS lists (SpamAssassin's
 * Plugin/HashBL.pm). This build asks no DNS: directives and functions are known and checked, and
 * nothing hits, as with SpamAssassin's local tests. */
#include "plugins/plugin.h"

enum { ACL_NAME_MAX = 32 };

/* --- keywords --- */

static enum keyword_result nonempty(struct keyword_line *line)
{
	return line->value.len ? KEYWORD_OK : KEYWORD_MISSING_VALUE;
}

/* DOMAIN ALIAS... */
static enum keyword_result domain_alias(struct keyword_line *line)
{
	struct str rest = line->value, word;
	unsigned n = 0;

	if (!line->value.len)
		return KEYWORD_MISSING_VALUE;
	while (str_word_next(&rest, &word))
		n++;
	return n >= 2 && str_find_char(line->value, '@') == STR_NOT_FOUND ? KEYWORD_OK
									  : KEYWORD_INVALID_VALUE;
}

static enum keyword_result welcomelist(struct keyword_line *line)
{
	struct regex *regex;

	if (line->value.len &&
	    pattern_compile_bare(line->arena, line->value, 0, &regex, &line->why) != STATUS_OK)
		return KEYWORD_INVALID_VALUE;
	return KEYWORD_OK;
}

static enum keyword_result email_regex(struct keyword_line *line)
{
	return line->value.len ? welcomelist(line) : KEYWORD_MISSING_VALUE;
}

static const struct keyword_def keywords[] = {
	{"hashbl_email_domain_alias", NULL, WHO_USER, KEYWORD_CUSTOM, 0, domain_alias},
	{"hashbl_email_regex", NULL, WHO_USER, KEYWORD_CUSTOM, 0, email_regex},
	{"hashbl_email_welcomelist", "hashbl_email_whitelist", WHO_USER, KEYWORD_CUSTOM, 0,
	 welcomelist},
	{"hashbl_ignore", NULL, WHO_USER, KEYWORD_CUSTOM, 0, nonempty},
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};

/* hashbl_acl_NAME entry... */
static enum keyword_result parse_line(struct keyword_line *line)
{
	struct str name;

	if (!str_has_prefix(line->keyword, "hashbl_acl_"))
		return KEYWORD_NOT_MINE;
	name = str_from_at(line->keyword, sizeof "hashbl_acl_" - 1);
	if (!name.len || name.len > ACL_NAME_MAX)
		return KEYWORD_NOT_MINE;
	for (size_t i = 0; i < name.len; i++)
		if (!ascii_is_alnum((unsigned char)name.ptr[i]))
			return KEYWORD_NOT_MINE;
	return KEYWORD_OK;
}

/* --- eval functions --- */

static int silent(struct scan *scan, const struct eval_call *call)
{
	(void)scan;
	(void)call;
	return 0;
}

static const struct eval_def evals[] = {
	{"check_hashbl_attachments", NULL, silent}, {"check_hashbl_bodyre", NULL, silent},
	{"check_hashbl_emails", NULL, silent},      {"check_hashbl_tag", NULL, silent},
	{"check_hashbl_uris", NULL, silent},        {NULL, NULL, NULL},
};

const struct plugin_def plugin_hashbl = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::HashBL",
	.evals = evals,
	.keywords = keywords,
	.parse_line = parse_line,
};
