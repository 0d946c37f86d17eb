/*
 * expr_bounds: what expressions can still come to while some of the rules that they name have not
 * been tried. Where both bounds are the same the rest need not be. The expressions of all metas are
 * one array of words, since a scan looks at many of them, and again after each rule that it has
 * tried.
 */
#ifndef WHORL_RULES_EXPR_BOUNDS_H
#define WHORL_RULES_EXPR_BOUNDS_H

#include "rules/expr.h"

#define EXPR_NO_RULE (~0u)

struct expr_bounds {
	double low, high; /* the same: that is the value */
	/* Of the rules that could settle it the cheapest to try, by id; or EXPR_NO_RULE. */
	unsigned next;
	float next_cost; /* HUGE_VALF: there is none */
};

static inline bool expr_bounds_are_exact(const struct expr_bounds *bounds)
{
	return bounds->low == bounds->high;
}

struct expr_bounds_code;

/* What is known of rules, by id. */
struct expr_look {
	const double *values;
	const bool *is_open; /* false: its value is 0 */
	const uint8_t *put_off;
	/* What a rule comes to that is put off. */
	void (*of_put_off)(void *data, unsigned rule_id, struct expr_bounds *out);
	void *data;
};

/* After expr_bind: division, exclusive or, concatenation, "?:" and "a < b < c" are not looked into:
 * of an expression with one of these nothing is known. */
bool expr_has_bounds(const struct expr *expr);
struct expr_bounds_code *expr_bounds_code_new(struct arena *arena, size_t n_rules);
/* Once for each meta, after expr_bind(). */
void expr_bounds_code_add(struct expr_bounds_code *code, const struct rule *meta);
/* Of one without bounds: not exact, and no rule is next. */
void expr_bounds_of(const struct expr_bounds_code *code, unsigned meta_id,
		    const struct expr_look *look, struct expr_bounds *out);

#endif
