/* lint: --lint, what is wrong with the configuration. */
#ifndef WHORL_SPAMD_LINT_H
#define WHORL_SPAMD_LINT_H

#include <stdio.h>
#include "rules/diag.h"

/* One line a diagnostic, then how many count. Returns the exit status: 1 when any does. */
int lint_report(const struct diag_sink *diags, FILE *out);

#endif
