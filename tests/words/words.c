/*
 * words: prints the words of the rule language as our tables have them, for the table in
 * doc/rule-language.md (scripts/rule-language):
 *	directive OWNER NAME ALIAS TYPE WHO (TYPE+: with a check of its own)
 *	eval OWNER NAME
 *	plugin OWNER NAME
 * OWNER is "core", "host" for a plugin of ours, "stub" for one that only loads, or "shipped" for a
 *class that only the tables know.
 */
#include <stdio.h>

#include "plugins/plugin.h"
#include "rules/keywords.h"
#include "rules/shipped.h"

static const char *const type_names[] = {
	[KEYWORD_CUSTOM] = "custom",
	[KEYWORD_BOOL] = "bool",
	[KEYWORD_NUMBER] = "number",
	[KEYWORD_DURATION] = "duration",
	[KEYWORD_STRING] = "string",
	[KEYWORD_TEMPLATE] = "template",
	[KEYWORD_STRINGLIST] = "stringlist",
	[KEYWORD_ADDRLIST] = "addrlist",
	[KEYWORD_HASH] = "hash",
	[KEYWORD_NOARGS] = "noargs",
};
static const char *const who_names[] = {
	[WHO_USER] = "user", [WHO_PRIVILEGED] = "privileged", [WHO_ADMIN] = "admin"};

static void print_words(const char *owner, const struct keyword_def *words)
{
	for (; words && words->name; words++)
		printf("directive\t%s\t%s\t%s\t%s%s\t%s\n", owner, words->name,
		       words->alias ? words->alias : "-", type_names[words->type],
		       words->parse ? "+" : "", who_names[words->who]);
}

static void print_core(void)
{
	const struct keyword_def *const tables[] = {
		keywords_report, keywords_lists, keywords_network, keywords_learn,
		keywords_admin,  keywords_rules, keywords_scores};

	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		print_words("core", tables[i]);
}

static bool does_something(const struct plugin_def *plugin)
{
	return plugin->evals || plugin->keywords || plugin->parse_line || plugin->config_read ||
	       plugin->enrich || plugin->launch || plugin->collect || plugin->adjust ||
	       plugin->verdict || plugin->after || plugin->hit || plugin->child_start ||
	       plugin->parsed;
}

static void print_host(void)
{
	for (const struct plugin_def *const *plugin = plugins_builtin; *plugin; plugin++) {
		const struct eval_def *eval = (*plugin)->evals;

		printf("plugin\t%s\t%s\n", does_something(*plugin) ? "host" : "stub",
		       (*plugin)->name);
		print_words("host", (*plugin)->keywords);
		for (; eval && eval->name; eval++)
			printf("eval\thost\t%s\n", eval->name);
	}
}

static void print_shipped(void)
{
	for (const struct shipped_class *class = shipped_classes; class->name; class ++) {
		const struct shipped_eval *eval = class->evals;

		printf("plugin\tshipped\t%s\n", class->name);
		print_words("shipped", class->words);
		for (; eval && eval->name; eval++)
			printf("eval\tshipped\t%s\n", eval->name);
	}
}

int main(void)
{
	print_core();
	print_host();
	print_shipped();
	return 0;
}
