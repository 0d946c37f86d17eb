/*
 * expr_clauses: what must have hit for an expression not to be 0. "A && (B || C) && D + E + F > 1"
 * needs A, one of B and C, and two of D, E and F. While one of these clauses is not met the
 * expression is 0, whatever else it names.
 */
#ifndef WHORL_RULES_EXPR_CLAUSES_H
#define WHORL_RULES_EXPR_CLAUSES_H

#include "lib/base/arena.h"
#include "rules/expr.h"

struct expr_clause {
	struct rule_vec members; /* each once */
	unsigned needs;          /* so many of them at least are not 0; more than there are: the
				    expression is always 0 */
};
VEC_OF(expr_clause_vec, struct expr_clause);

/* After expr_bind. most: by rule id, the highest value of a rule; none is below 0. Adds clauses to
 * *out, none where nothing is known; returns the highest value of the expression. */
double expr_clauses_find(struct arena *arena, const struct expr *expr, const double *most,
			 struct expr_clause_vec *out);

#endif
