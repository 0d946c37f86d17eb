/* WelcomeListSubject: subjects that are always or never welcome (SpamAssassin's
 * Plugin/WelcomeListSubject.pm). A glob may stand anywhere in the subject. */
#include "lib/base/buf.h"
#include "plugins/args.h"

VEC_OF(glob_vec, struct regex *);

struct subject_conf {
	struct glob_vec welcome, block;
};

/* --- configuration --- */

static struct str glob_to_pattern(struct arena *arena, struct str glob)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < glob.len; i++) {
		char c = glob.ptr[i];

		if (c == '*' && i + 1 < glob.len && glob.ptr[i + 1] == '*')
			continue;
		if (c == '*')
			buf_add_cstr(&out, ".*");
		else if (c == '?')
			buf_add_char(&out, '.');
		else
			regex_quote(&out, str_make(&c, 1));
	}
	return buf_str(&out);
}

static enum keyword_result add_subject(struct keyword_line *line)
{
	struct subject_conf *conf = line->target;
	struct str glob = arena_lower(line->arena, line->value);
	struct regex *regex;

	if (regex_compile(line->arena, glob_to_pattern(line->arena, glob), 0, &regex, &line->why) !=
	    STATUS_OK)
		return KEYWORD_INVALID_VALUE;
	if (str_eq_c(line->keyword, "welcomelist_subject") ||
	    str_eq_c(line->keyword, "whitelist_subject"))
		vec_push(line->arena, &conf->welcome, regex);
	else
		vec_push(line->arena, &conf->block, regex);
	return KEYWORD_OK;
}

static const struct keyword_def keywords[] = {
	{"welcomelist_subject", "whitelist_subject", WHO_USER, KEYWORD_CUSTOM, 0, add_subject},
	{"blocklist_subject", "blacklist_subject", WHO_USER, KEYWORD_CUSTOM, 0, add_subject},
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};

/* --- eval functions --- */

static bool any_matches(struct scan *scan, const struct glob_vec *globs)
{
	struct str subject = scan_header(scan, "Subject");

	if (!subject.len || !globs->n)
		return false;
	subject = arena_lower(scan_arena(scan), subject);
	for (size_t i = 0; i < globs->n; i++)
		if (regex_test(globs->items[i], subject))
			return true;
	return false;
}

static int check_subject_in_welcomelist(struct scan *scan, const struct eval_call *call)
{
	const struct subject_conf *conf = scan_plugin_conf(scan, call->plugin);

	return any_matches(scan, &conf->welcome);
}

static int check_subject_in_blocklist(struct scan *scan, const struct eval_call *call)
{
	const struct subject_conf *conf = scan_plugin_conf(scan, call->plugin);

	return any_matches(scan, &conf->block);
}

static const struct eval_def evals[] = {
	{"check_subject_in_blacklist", NULL, check_subject_in_blocklist},
	{"check_subject_in_blocklist", NULL, check_subject_in_blocklist},
	{"check_subject_in_welcomelist", NULL, check_subject_in_welcomelist},
	{"check_subject_in_whitelist", NULL, check_subject_in_welcomelist},
	{NULL, NULL, NULL},
};

const struct plugin_def plugin_welcomelistsubject = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::WelcomeListSubject",
	.evals = evals,
	.keywords = keywords,
	.conf_bytes = sizeof(struct subject_conf),
};
