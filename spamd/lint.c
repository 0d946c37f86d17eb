/* lint: see lint.h. */
#include "spamd/lint.h"

int lint_report(const struct diag_sink *diags, FILE *out)
{
	for (size_t i = 0; i < diags->list.n; i++) {
		const struct diag *diag = &diags->list.items[i];
		if (diag->level == DIAG_INFO)
			continue;
		fprintf(out, "%s: ", diag->level == DIAG_LINT ? "lint" : "warn");
		if (diag->where.file)
			fprintf(out, "%s:%u: ", diag->where.file, diag->where.line);
		fprintf(out, "%.*s\n", STR_ARG(diag->text));
	}
	if (diags->n_lint > 0)
		fprintf(out, "lint: %zu issues detected, please fix them\n", diags->n_lint);
	return diags->n_lint > 0 ? 1 : 0;
}
