/* Reuse: network results of an earlier run (SpamAssassin's Plugin/Reuse.pm). Only mass-check hands
 * such results in, so in a server the plugin merely lets rules be known by name, and runs no others
 * when told so. */
#include "lib/base/map.h"
#include "plugins/plugin.h"

struct reuse_conf {
	struct map *rules; /* names that may be reused */
	bool only;
};

static void conf_init(void *data, struct arena *keep)
{
	struct reuse_conf *conf = data;

	conf->rules = map_new(keep);
}

/* A rule's name, by RULENAME_RE: a letter or "_" first, then word characters. */
static bool is_name(struct str word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!ascii_is_word((unsigned char)word.ptr[i]))
			return false;
	return word.len && !ascii_is_digit((unsigned char)word.ptr[0]);
}

/* reuse NAME [FORMER_NAME...] */
static enum keyword_result reuse(struct keyword_line *line)
{
	struct reuse_conf *conf = line->target;
	struct str name = STR_NONE;

	for (struct str rest = line->value, word; str_word_next(&rest, &word);) {
		if (!is_name(word))
			return KEYWORD_INVALID_VALUE;
		name = name.ptr ? name : word;
	}
	if (!name.ptr)
		return KEYWORD_INVALID_VALUE;
	if (line->from_user)
		return KEYWORD_OK;
	map_put(conf->rules, name, conf);
	conf_add_empty_rule(line, name);
	return KEYWORD_OK;
}

static const struct keyword_def keywords[] = {
	{"reuse", NULL, WHO_USER, KEYWORD_CUSTOM, 0, reuse},
	{"run_reuse_tests_only", NULL, WHO_USER, KEYWORD_BOOL, offsetof(struct reuse_conf, only),
	 NULL},
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};

/* Rules marked `net` count as reused without a line of their own. */
static enum status config_read(void *data, struct conf *reader, struct ruleset *ruleset,
			       struct arena *keep, struct why *why)
{
	const struct reuse_conf *conf = data;

	(void)reader;
	(void)keep;
	(void)why;
	for (size_t i = 0; conf->only && i < ruleset->rules.n; i++) {
		struct rule *rule = ruleset->rules.items[i];

		if (!(rule->flags & RULE_NET) && !map_has(conf->rules, rule->name))
			memset(rule->scores, 0, sizeof rule->scores);
	}
	return STATUS_OK;
}

const struct plugin_def plugin_reuse = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::Reuse",
	.keywords = keywords,
	.conf_bytes = sizeof(struct reuse_conf),
	.conf_init = conf_init,
	.config_read = config_read,
};
