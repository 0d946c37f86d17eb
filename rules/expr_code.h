/*
 * expr_code: the expressions of all metas as one array of small instructions, so that a scan, which
 * evaluates each of them, reads a few kilobytes in a row instead of trees all over the memory.
 */
#ifndef WHORL_RULES_EXPR_CODE_H
#define WHORL_RULES_EXPR_CODE_H

#include "rules/expr.h"

struct expr_code;

struct expr_code *expr_code_new(struct arena *arena, size_t n_rules);
/* Once for each meta, after expr_bind(). */
void expr_code_add(struct expr_code *code, const struct rule *meta);
/* The same as expr_value() of the meta's expression. False: it takes the value of a rule that is
 * put off (by id), *needs_out. */
bool expr_code_value(const struct expr_code *code, unsigned meta_id, const double *values,
		     const uint8_t *put_off, double *value_out, unsigned *needs_out);

#endif
