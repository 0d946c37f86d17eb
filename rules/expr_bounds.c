/* expr_bounds: see expr_bounds.h. Interval arithmetic over the tree. */
#include "rules/expr_bounds.h"

#include <float.h>
#include <math.h>

#include "rules/expr_node.h"

struct walk {
	expr_rule_bounds_fn *rule_bounds;
	void *data;
};

static struct expr_bounds bounds_of(const struct walk *walk, const struct node *node);

static struct expr_bounds exactly(double value)
{
	return (struct expr_bounds){.low = value, .high = value, .next_cost = HUGE_VAL};
}

/* The cheaper of what could settle one and what could settle the other. */
static struct expr_bounds between(double low, double high, const struct expr_bounds *a,
				  const struct expr_bounds *b)
{
	const struct expr_bounds *cheaper = b->next_cost < a->next_cost ? b : a;

	if (isnan(low) || isnan(high)) {
		low = -HUGE_VAL;
		high = HUGE_VAL;
	}
	if (low == high)
		return exactly(low);
	return (struct expr_bounds){low, high, cheaper->next, cheaper->next_cost};
}

static bool is_0(const struct expr_bounds *bounds)
{
	return bounds->low == 0 && bounds->high == 0;
}

static bool is_not_0(const struct expr_bounds *bounds)
{
	return bounds->low > 0 || bounds->high < 0;
}

static struct expr_bounds truth_of(bool is_true, bool is_false, const struct expr_bounds *a,
				   const struct expr_bounds *b)
{
	return is_true ? exactly(1) : is_false ? exactly(0) : between(0, 1, a, b);
}

/* a && b when `stop` is 0, a || b when it is not: a where that decides, else b. */
static struct expr_bounds of_either(const struct walk *walk, const struct node *node)
{
	struct expr_bounds a = bounds_of(walk, node->a);
	bool is_and = node->op == OP_AND;

	if (is_and ? is_0(&a) : is_not_0(&a))
		return a;
	struct expr_bounds b = bounds_of(walk, node->b);
	if (is_and ? is_not_0(&a) : is_0(&a))
		return b;
	if (is_and && is_0(&b))
		return b;
	if (is_and)
		return between(fmin(0, b.low), fmax(0, b.high), &a, is_not_0(&b) ? &a : &b);
	double low = a.low >= 0 && b.low > 0 ? DBL_MIN : fmin(a.low, b.low); /* one or the other */
	return between(low, fmax(a.high, b.high), &a, &b);
}

static struct expr_bounds product(const struct expr_bounds *a, const struct expr_bounds *b)
{
	const double corners[] = {a->low * b->low, a->low * b->high, a->high * b->low,
				  a->high * b->high};
	double low = corners[0], high = corners[0];

	for (size_t i = 0; i < sizeof corners / sizeof *corners; i++) {
		if (isnan(corners[i]))
			return between(NAN, NAN, a, b);
		low = fmin(low, corners[i]);
		high = fmax(high, corners[i]);
	}
	return between(low, high, a, b);
}

static struct expr_bounds of_binary(const struct walk *walk, const struct node *node)
{
	struct expr_bounds a = bounds_of(walk, node->a), b = bounds_of(walk, node->b);
	bool apart = a.high < b.low || b.high < a.low;
	bool same = a.low == a.high && b.low == b.high && a.low == b.low;

	switch (node->op) {
	case OP_ADD:
		return between(a.low + b.low, a.high + b.high, &a, &b);
	case OP_SUB:
		return between(a.low - b.high, a.high - b.low, &a, &b);
	case OP_MUL:
		return product(&a, &b);
	case OP_LT:
		return truth_of(a.high < b.low, a.low >= b.high, &a, &b);
	case OP_LE:
		return truth_of(a.high <= b.low, a.low > b.high, &a, &b);
	case OP_GT:
		return truth_of(a.low > b.high, a.high <= b.low, &a, &b);
	case OP_GE:
		return truth_of(a.low >= b.high, a.high < b.low, &a, &b);
	case OP_EQ:
		return truth_of(same, apart, &a, &b);
	case OP_NE:
		return truth_of(apart, same, &a, &b);
	default:
		return between(NAN, NAN, &a, &b);
	}
}

static struct expr_bounds of_glob(const struct walk *walk, const struct node *node)
{
	struct expr_bounds sum = exactly(0);

	for (size_t i = 0; i < node->matching.n; i++) {
		struct expr_bounds one = walk->rule_bounds(walk->data, node->matching.items[i]);
		sum = between(sum.low + one.low, sum.high + one.high, &sum, &one);
	}
	return sum;
}

static struct expr_bounds bounds_of(const struct walk *walk, const struct node *node)
{
	struct expr_bounds a;

	switch (node->op) {
	case OP_NUMBER:
		return exactly(node->number);
	case OP_NAME:
		return node->rule ? walk->rule_bounds(walk->data, node->rule)
				  : exactly(node->number);
	case OP_GLOB:
		return of_glob(walk, node);
	case OP_PLUS:
		return bounds_of(walk, node->a);
	case OP_MINUS:
		a = bounds_of(walk, node->a);
		return between(-a.high, -a.low, &a, &a);
	case OP_NOT:
		a = bounds_of(walk, node->a);
		return truth_of(is_0(&a), is_not_0(&a), &a, &a);
	case OP_AND:
	case OP_OR:
		return of_either(walk, node);
	default:
		return of_binary(walk, node);
	}
}

struct expr_bounds expr_bounds_of(const struct expr *expr, expr_rule_bounds_fn *rule_bounds,
				  void *data)
{
	struct walk walk = {rule_bounds, data};

	return expr->root ? bounds_of(&walk, expr->root) : exactly(0);
}

bool expr_has_bounds(const struct expr *expr)
{
	return expr->has_bounds;
}
