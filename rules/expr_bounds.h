/*
 * expr_bounds: what an expression can still come to while some of the rules that it names have not
 * been tried. Where both bounds are the same the rest need not be.
 */
#ifndef WHORL_RULES_EXPR_BOUNDS_H
#define WHORL_RULES_EXPR_BOUNDS_H

#include "rules/expr.h"

struct expr_bounds {
	double low, high; /* the same: that is the value */
	/* Of the rules that could settle it the cheapest to try; NULL: there is none. */
	const struct rule *next;
	double next_cost;
};

static inline bool expr_bounds_are_exact(const struct expr_bounds *bounds)
{
	return bounds->low == bounds->high;
}

/* What a rule comes to. */
typedef struct expr_bounds expr_rule_bounds_fn(void *data, const struct rule *rule);

/* After expr_bind: division, exclusive or, concatenation, "?:" and "a < b < c" are not looked into:
 * of an expression with one of these nothing is known. */
bool expr_has_bounds(const struct expr *expr);
struct expr_bounds expr_bounds_of(const struct expr *expr, expr_rule_bounds_fn *rule_bounds,
				  void *data);

#endif
