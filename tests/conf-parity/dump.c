/* dump: our side of tests/conf-parity/run; the output is described in tests/conf-parity/theirs. */
#include <stdio.h>
#include <stdlib.h>

#include "plugins/host.h"
#include "rules/expr.h"
#include "rules/load.h"
#include "rules/scanning.h"

static void print_clean(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		if (c == '\\' || c == '\t' || c == '\n')
			printf("\\%c", c == '\\' ? '\\' : c == '\t' ? 't' : 'n');
		else
			putchar(c);
	}
}

static void print_diags(const struct diag_sink *diags)
{
	for (size_t i = 0; i < diags->list.n; i++) {
		const struct diag *diag = &diags->list.items[i];
		if (diag->level != DIAG_LINT)
			continue;
		printf("D\t%s\t%u\t", diag->where.file ? diag->where.file : "-", diag->where.line);
		print_clean(diag->text);
		putchar('\n');
	}
}

static const char *kind_name(const struct rule *rule)
{
	static const char *const kinds[] = {"empty", "header", "body", "rawbody",
					    "full",  "uri",    "meta"};
	static const char *const evals[] = {"header-eval", "body-eval", "uri-eval", "rawbody-eval",
					    "full-eval"};
	return rule->kind == RULE_EVAL ? evals[rule->view] : kinds[rule->kind];
}

static int compare_rules(const void *a, const void *b)
{
	const struct rule *const *left = a, *const *right = b;
	return str_cmp((*left)->name, (*right)->name);
}

static void print_rule(struct arena *arena, const struct scan_tables *tables,
		       const struct rule *rule)
{
	struct str_vec names = {0};
	printf("R\t%.*s\t%s\t%d\t", STR_ARG(rule->name), kind_name(rule), rule->priority);
	for (int set = 0; set < 4; set++)
		printf("%s%.4f", set ? " " : "", rule->scores[set]);
	putchar('\t');
	print_clean(rule->tflags);
	putchar('\t');
	print_clean(rule->describe);
	putchar('\t');
	/* SpamAssassin forgets what metas in a cycle need. */
	if (rule->expr && !tables->is_in_cycle[rule->id]) {
		const struct str_vec *written = expr_names(rule->expr);
		const struct rule_vec *bound = expr_dependencies(rule->expr);
		for (size_t i = 0; i < written->n; i++)
			vec_push(arena, &names, written->items[i]);
		for (size_t i = 0; i < bound->n; i++)
			if (!str_vec_has(&names, bound->items[i]->name))
				vec_push(arena, &names, bound->items[i]->name);
		str_vec_sort(&names);
		print_clean(str_vec_join(arena, &names, " "));
	}
	putchar('\n');
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new("dump", 0);
	struct diag_sink diags = {.arena = arena};
	struct load_options options = {
		.rules_path = argc > 1 ? argv[1] : NULL,
		.site_path = argc > 2 ? argv[2] : NULL,
		.user_prefs = argc > 3 ? argv[3] : NULL,
		.local_tests_only = true,
		.lint = true,
	};
	struct ruleset *ruleset;
	struct why why;
	struct plugin_host *host = plugin_host_new(arena);
	if (ruleset_load(arena, &options, plugin_host_extension(host), &diags, &ruleset, &why) !=
	    STATUS_OK) {
		fprintf(stderr, "dump: %s\n", why.text);
		return 1;
	}
	print_diags(&diags);
	const struct scan_tables *tables = scan_tables_make(arena, ruleset, false);
	qsort(ruleset->rules.items, ruleset->rules.n, sizeof *ruleset->rules.items, compare_rules);
	for (size_t i = 0; i < ruleset->rules.n; i++)
		print_rule(arena, tables, ruleset->rules.items[i]);
	printf("N\t%zu\n", diags.n_lint);
	arena_free(arena);
	return 0;
}
