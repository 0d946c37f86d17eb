/* expr_clauses: see expr_clauses.h. */
#include "rules/expr_clauses.h"

#include <math.h>
#include <stdlib.h>

#include "rules/expr_bounds.h"
#include "rules/expr_node.h"

#define NEVER 255u /* not 0 whatever hits; also the most that is counted */

/* Of a part of an expression. */
struct claim {
	unsigned needs; /* rules that are not 0, at least, for it not to be 0 */
	double most;
	bool may_be_negative;
};

struct finder {
	struct arena *arena;
	const double *most;
};

static const struct claim nothing_known = {0, HUGE_VAL, true};

static struct claim claim_of(const struct finder *finder, const struct node *node);

static unsigned fewer(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned more(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

static struct claim of_number(double number)
{
	return (struct claim){number == 0 ? NEVER : 0, number, number < 0};
}

static bool has_rule(const struct rule_vec *rules, const struct rule *rule)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rules->items[i] == rule)
			return true;
	return false;
}

/* --- sums of rules ---------------------------------------------------------------------------- */

static bool add_term(const struct finder *finder, struct rule *rule, struct rule_vec *terms)
{
	if (has_rule(terms, rule))
		return false;
	vec_push(finder->arena, terms, rule);
	return true;
}

/* False: it is more than a sum of rules, each once, and of numbers. */
static bool list_terms(const struct finder *finder, const struct node *node, struct rule_vec *terms,
		       double *constant)
{
	switch (node->op) {
	case OP_NUMBER:
		*constant += node->number;
		return true;
	case OP_NAME:
		if (node->rule)
			return add_term(finder, (struct rule *)node->rule, terms);
		*constant += node->number;
		return true;
	case OP_GLOB:
		for (size_t i = 0; i < node->matching.n; i++)
			if (!add_term(finder, node->matching.items[i], terms))
				return false;
		return true;
	case OP_PLUS:
		return list_terms(finder, node->a, terms, constant);
	case OP_ADD:
		return list_terms(finder, node->a, terms, constant) &&
		       list_terms(finder, node->b, terms, constant);
	default:
		return false;
	}
}

static int compare_falling(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;
	return left > right ? -1 : left < right;
}

/* How many terms of the sum it takes to come above the limit, or to it. */
static unsigned terms_to_pass(const struct finder *finder, const struct rule_vec *terms, double sum,
			      double limit, bool or_equal)
{
	double *most = ARENA_ARRAY(finder->arena, double, terms->n + 1);
	unsigned n = 0;
	for (size_t i = 0; i < terms->n; i++)
		most[i] = finder->most[terms->items[i]->id];
	qsort(most, terms->n, sizeof *most, compare_falling);
	while (or_equal ? sum < limit : sum <= limit) {
		if (n == terms->n)
			return NEVER;
		sum += most[n++];
	}
	return fewer(n, NEVER);
}

/* "sum > limit", or "sum >= limit". */
static struct claim of_passing(const struct finder *finder, const struct node *sum,
			       const struct node *limit, bool or_equal)
{
	struct claim a = claim_of(finder, sum), b = claim_of(finder, limit);
	struct claim claim = {0, 1, false};
	struct rule_vec terms = {0};
	double constant = 0;
	bool is_number = limit->op == OP_NUMBER;
	if (is_number && list_terms(finder, sum, &terms, &constant))
		claim.needs = terms_to_pass(finder, &terms, constant, limit->number, or_equal);
	else if (!b.may_be_negative && (!or_equal || (is_number && limit->number > 0)))
		claim.needs = a.needs;
	return claim;
}

static struct claim of_equality(const struct finder *finder, const struct node *node)
{
	struct claim claim = {0, 1, false};
	if (node->b->op == OP_NUMBER && node->b->number > 0)
		return of_passing(finder, node->a, node->b, true);
	return claim;
}

/* --- all others ------------------------------------------------------------------------------- */

static struct claim of_glob(const struct finder *finder, const struct node *node)
{
	struct claim claim = {node->matching.n ? 1 : NEVER, 0, false};
	for (size_t i = 0; i < node->matching.n; i++)
		claim.most += finder->most[node->matching.items[i]->id];
	return claim;
}

static struct claim of_arithmetic(const struct finder *finder, const struct node *node)
{
	struct claim a = claim_of(finder, node->a), b = claim_of(finder, node->b);
	bool may_be_negative = a.may_be_negative || b.may_be_negative || node->op == OP_SUB;
	struct claim claim = {fewer(a.needs, b.needs), HUGE_VAL, may_be_negative};
	if (node->op == OP_MUL)
		claim.needs = more(a.needs, b.needs);
	if (node->op == OP_ADD)
		claim.most = a.most + b.most;
	return claim;
}

/* The value of "a && b" and "a || b" is that of a or b. */
static struct claim of_either(const struct finder *finder, const struct node *node)
{
	struct claim a = claim_of(finder, node->a), b = claim_of(finder, node->b);
	bool is_and = node->op == OP_AND;
	return (struct claim){is_and ? more(a.needs, b.needs) : fewer(a.needs, b.needs),
			      fmax(a.most, b.most), a.may_be_negative || b.may_be_negative};
}

static struct claim claim_of(const struct finder *finder, const struct node *node)
{
	switch (node->op) {
	case OP_NUMBER:
		return of_number(node->number);
	case OP_NAME:
		return node->rule ? (struct claim){1, finder->most[node->rule->id], false}
				  : of_number(node->number);
	case OP_GLOB:
		return of_glob(finder, node);
	case OP_PLUS:
		return claim_of(finder, node->a);
	case OP_MINUS:
		return (struct claim){claim_of(finder, node->a).needs, HUGE_VAL, true};
	case OP_NOT:
	case OP_NE:
		return (struct claim){0, 1, false};
	case OP_ADD:
	case OP_SUB:
	case OP_MUL:
		return of_arithmetic(finder, node);
	case OP_AND:
	case OP_OR:
		return of_either(finder, node);
	case OP_GT:
	case OP_GE:
		return of_passing(finder, node->a, node->b, node->op == OP_GE);
	case OP_LT:
	case OP_LE:
		return of_passing(finder, node->b, node->a, node->op == OP_LE);
	case OP_EQ:
		return of_equality(finder, node);
	default:
		return nothing_known;
	}
}

static void list_rules(const struct finder *finder, const struct node *node, struct rule_vec *out)
{
	if (node->op == OP_NAME && node->rule && !has_rule(out, node->rule))
		vec_push(finder->arena, out, (struct rule *)node->rule);
	for (size_t i = 0; i < node->matching.n; i++)
		if (!has_rule(out, node->matching.items[i]))
			vec_push(finder->arena, out, node->matching.items[i]);
	if (node->a)
		list_rules(finder, node->a, out);
	if (node->b)
		list_rules(finder, node->b, out);
}

static void add_clauses(const struct finder *finder, const struct node *node,
			struct expr_clause_vec *out)
{
	if (node->op == OP_AND) {
		add_clauses(finder, node->a, out);
		add_clauses(finder, node->b, out);
		return;
	}
	struct expr_clause clause = {.needs = claim_of(finder, node).needs};
	if (!clause.needs)
		return;
	list_rules(finder, node, &clause.members);
	vec_push(finder->arena, out, clause);
}

double expr_clauses_find(struct arena *arena, const struct expr *expr, const double *most,
			 struct expr_clause_vec *out)
{
	const struct finder finder = {arena, most};
	if (!expr->root || !expr_has_bounds(expr))
		return HUGE_VAL;
	add_clauses(&finder, expr->root, out);
	return claim_of(&finder, expr->root).most;
}
