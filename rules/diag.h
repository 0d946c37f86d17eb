/*
 * diag: diagnostics about configuration: "file:line: what". Collected, so that --lint can count
 * them and the loader goes on.
 */
#ifndef WHORL_RULES_DIAG_H
#define WHORL_RULES_DIAG_H

#include "rules/rule.h"

enum diag_level {
	DIAG_LINT, /* counts in --lint (SpamAssassin's lint_warn or a failed line) */
	DIAG_WARN, /* said, does not count */
	DIAG_INFO,
};

struct diag {
	enum diag_level level;
	struct conf_position where;
	struct str text;
};
VEC_OF(diag_vec, struct diag);

struct diag_sink {
	struct arena *arena;
	struct diag_vec list;
	size_t n_lint;
};

void diag_add(struct diag_sink *sink, enum diag_level level, struct conf_position where,
	      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* text of any length, copied. */
void diag_add_text(struct diag_sink *sink, enum diag_level level, struct conf_position where,
		   struct str text);

#endif
