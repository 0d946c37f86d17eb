/*
 * expr_bounds: see expr_bounds.h. Interval arithmetic over a tree that is written as words, a node
 * before its operands: the operation in the low bits, above them a rule's id, the index of a number
 * or, of what has operands, how many words it takes with them.
 */
#include "rules/expr_bounds.h"

#include <float.h>
#include <math.h>

#include "lib/base/must.h"
#include "rules/expr_node.h"

enum { OF_BITS = 5 };

#define ARGUMENT_MAX (UINT32_MAX >> OF_BITS)

enum kind {
	OF_RULE,
	OF_NOT_RULE,
	OF_NUMBER,
	OF_SUM, /* of any number of operands, like the next two */
	OF_ALL,
	OF_ANY,
	OF_NOT,
	OF_MINUS,
	OF_SUB, /* of two operands, and all below */
	OF_MUL,
	OF_LT,
	OF_LE,
	OF_GT,
	OF_GE,
	OF_EQ,
	OF_NE,
};

VEC_OF(word_vec, uint32_t);
VEC_OF(number_vec, double);

struct expr_bounds_code {
	struct arena *arena;
	uint32_t *starts; /* by rule id */
	struct word_vec words;
	struct number_vec numbers;
};

static enum kind kind_of(uint32_t word)
{
	return (enum kind)(word & ((1u << OF_BITS) - 1));
}

static uint32_t argument_of(uint32_t word)
{
	return word >> OF_BITS;
}

static const uint32_t *end_of(const uint32_t *at)
{
	return at + (kind_of(*at) <= OF_NUMBER ? 1 : argument_of(*at));
}

bool expr_has_bounds(const struct expr *expr)
{
	return expr->has_bounds;
}

/* --- making ----------------------------------------------------------------------------------- */

struct expr_bounds_code *expr_bounds_code_new(struct arena *arena, size_t n_rules)
{
	struct expr_bounds_code *code = ARENA_NEW(arena, struct expr_bounds_code);
	code->arena = arena;
	code->starts = ARENA_ARRAY(arena, uint32_t, n_rules + 1);
	return code;
}

static void put(struct expr_bounds_code *code, enum kind kind, size_t argument)
{
	must(argument <= ARGUMENT_MAX);
	vec_push(code->arena, &code->words, (uint32_t)kind | (uint32_t)argument << OF_BITS);
}

static void put_number(struct expr_bounds_code *code, double number)
{
	put(code, OF_NUMBER, code->numbers.n);
	vec_push(code->arena, &code->numbers, number);
}

static void put_node(struct expr_bounds_code *code, const struct node *node);

/* The operands of "a && b && c", and of "||". */
static void list_operands(struct arena *arena, const struct node *node, enum op op,
			  struct node_vec *out)
{
	if (node->op != op) {
		vec_push(arena, out, (struct node *)node);
		return;
	}
	list_operands(arena, node->a, op, out);
	list_operands(arena, node->b, op, out);
}

static bool is_about_one_rule(const struct node *node)
{
	const struct node *named = node->op == OP_NOT ? node->a : node;
	return named->op == OP_NAME && named->rule;
}

/* Those before the last. */
static size_t put_if(struct expr_bounds_code *code, const struct node_vec *operands,
		     bool of_one_rule)
{
	size_t n = 0;
	for (size_t i = 0; i + 1 < operands->n; i++)
		if (is_about_one_rule(operands->items[i]) == of_one_rule) {
			put_node(code, operands->items[i]);
			n++;
		}
	return n;
}

/* Its value is 0 or that of the last operand, so the order of the others does not matter: first
 * those that it takes no time to look at, and the last, too, where there is more before it. */
static void put_all(struct expr_bounds_code *code, const struct node_vec *operands)
{
	const struct node *last = operands->items[operands->n - 1];
	size_t n = put_if(code, operands, true);
	if (n + 1 < operands->n && is_about_one_rule(last))
		put_node(code, last);
	put_if(code, operands, false);
	put_node(code, last);
}

static void put_operands(struct expr_bounds_code *code, const struct node *node)
{
	struct node_vec operands = {0};
	if (node->op == OP_AND || node->op == OP_OR)
		list_operands(code->arena, node, node->op, &operands);
	if (node->op == OP_AND) {
		put_all(code, &operands);
		return;
	}
	for (size_t i = 0; i < operands.n; i++)
		put_node(code, operands.items[i]);
	for (size_t i = 0; i < node->matching.n; i++)
		put(code, OF_RULE, node->matching.items[i]->id);
	if (!operands.n && node->a)
		put_node(code, node->a);
	if (!operands.n && node->b)
		put_node(code, node->b);
}

/* "a + b + c", added in this order. */
static void put_terms(struct expr_bounds_code *code, const struct node *node)
{
	if (node->a->op == OP_ADD)
		put_terms(code, node->a);
	else
		put_node(code, node->a);
	put_node(code, node->b);
}

static enum kind kind_for(enum op op)
{
	static const enum kind kinds[] = {
		[OP_GLOB] = OF_SUM, [OP_NOT] = OF_NOT, [OP_MINUS] = OF_MINUS, [OP_MUL] = OF_MUL,
		[OP_ADD] = OF_SUM,  [OP_SUB] = OF_SUB, [OP_LT] = OF_LT,       [OP_LE] = OF_LE,
		[OP_GT] = OF_GT,    [OP_GE] = OF_GE,   [OP_EQ] = OF_EQ,       [OP_NE] = OF_NE,
		[OP_AND] = OF_ALL,  [OP_OR] = OF_ANY,  [OP_IF] = OF_RULE,
	};
	must(kinds[op] > OF_NUMBER);
	return kinds[op];
}

static void put_node(struct expr_bounds_code *code, const struct node *node)
{
	size_t start = code->words.n;
	while (node->op == OP_PLUS)
		node = node->a;
	if (is_about_one_rule(node)) {
		bool is_negated = node->op == OP_NOT;
		put(code, is_negated ? OF_NOT_RULE : OF_RULE,
		    is_negated ? node->a->rule->id : node->rule->id);
	} else if (node->op == OP_NUMBER || node->op == OP_NAME) {
		put_number(code, node->number);
	} else {
		put(code, kind_for(node->op), 0);
		if (node->op == OP_ADD)
			put_terms(code, node);
		else
			put_operands(code, node);
		size_t n_words = code->words.n - start;
		must(n_words <= ARGUMENT_MAX);
		code->words.items[start] |= (uint32_t)n_words << OF_BITS;
	}
}

void expr_bounds_code_add(struct expr_bounds_code *code, const struct rule *meta)
{
	const struct node *root = meta->expr->root;
	code->starts[meta->id] = (uint32_t)code->words.n;
	if (root && expr_has_bounds(meta->expr))
		put_node(code, root);
	else
		put_number(code, root ? NAN : 0);
}

/* --- what they come to ------------------------------------------------------------------------ */

struct walk {
	const struct expr_look *look;
	const double *numbers;
};

static void walk_node(const struct walk *walk, const uint32_t *at, struct expr_bounds *out);

static void come_to(struct expr_bounds *out, double value)
{
	*out = (struct expr_bounds){value, value, EXPR_NO_RULE, HUGE_VALF};
}

/* The cheaper of what could settle it and what could settle the other. */
static void think_of(struct expr_bounds *out, const struct expr_bounds *other)
{
	if (other->next_cost >= out->next_cost)
		return;
	out->next = other->next;
	out->next_cost = other->next_cost;
}

/* Keeps what could settle it. */
static void come_between(struct expr_bounds *out, double low, double high)
{
	bool is_known = !isnan(low) && !isnan(high);
	out->low = is_known ? low : -HUGE_VAL;
	out->high = is_known ? high : HUGE_VAL;
	if (expr_bounds_are_exact(out))
		come_to(out, low);
}

static void come_to_truth(struct expr_bounds *out, bool is_true, bool is_false)
{
	if (is_true || is_false)
		come_to(out, is_true);
	else
		come_between(out, 0, 1);
}

static bool is_0(const struct expr_bounds *bounds)
{
	return bounds->low == 0 && bounds->high == 0;
}

static bool is_not_0(const struct expr_bounds *bounds)
{
	return bounds->low > 0 || bounds->high < 0;
}

static void walk_rule(const struct walk *walk, unsigned id, struct expr_bounds *out)
{
	if (walk->look->put_off[id])
		walk->look->of_put_off(walk->look->data, id, out);
	else
		come_to(out, walk->look->values[id]);
}

/* Of most operands no more is known than that they are a rule that has not hit. */
static bool is_closed_rule(const struct walk *walk, uint32_t word)
{
	return kind_of(word) == OF_RULE && !walk->look->is_open[argument_of(word)];
}

static void walk_sum(const struct walk *walk, const uint32_t *at, const uint32_t *end,
		     struct expr_bounds *out)
{
	double low = 0, high = 0;
	struct expr_bounds one;
	come_to(out, 0);
	for (; at < end; at = end_of(at)) {
		if (is_closed_rule(walk, *at))
			continue;
		walk_node(walk, at, &one);
		think_of(out, &one);
		low += one.low;
		high += one.high;
	}
	come_between(out, low, high);
}

enum truth { IS_FALSE, IS_TRUE, IS_OPEN };

/* Without much ado where that is known. */
static enum truth truth_of(const struct walk *walk, const uint32_t *at, struct expr_bounds *next)
{
	uint32_t id = argument_of(*at);
	enum kind kind = kind_of(*at);
	if (kind <= OF_NOT_RULE && !walk->look->put_off[id])
		return walk->look->is_open[id] == (kind == OF_RULE) ? IS_TRUE : IS_FALSE;
	struct expr_bounds bounds;
	walk_node(walk, at, &bounds);
	if (is_0(&bounds))
		return IS_FALSE;
	if (is_not_0(&bounds))
		return IS_TRUE;
	think_of(next, &bounds);
	return IS_OPEN;
}

/* 0 when one of them is, else the last. */
static void walk_all(const struct walk *walk, const uint32_t *at, const uint32_t *end,
		     struct expr_bounds *out)
{
	struct expr_bounds next = {.next = EXPR_NO_RULE, .next_cost = HUGE_VALF};
	bool may_be_0 = false;
	for (; end_of(at) < end; at = end_of(at)) {
		enum truth truth = truth_of(walk, at, &next);
		may_be_0 |= truth == IS_OPEN;
		if (truth == IS_FALSE) {
			come_to(out, 0);
			return;
		}
	}
	walk_node(walk, at, out);
	if (!may_be_0 || is_0(out))
		return;
	if (is_not_0(out))
		out->next_cost = HUGE_VALF;
	think_of(out, &next);
	come_between(out, fmin(0, out->low), fmax(0, out->high));
}

/* The first that is not 0. */
static void walk_any(const struct walk *walk, const uint32_t *at, const uint32_t *end,
		     struct expr_bounds *out)
{
	struct expr_bounds b;
	come_to(out, 0);
	for (; at < end && !is_not_0(out); at = end_of(at)) {
		if (is_closed_rule(walk, *at))
			continue;
		walk_node(walk, at, &b);
		if (is_0(out)) {
			*out = b;
			continue;
		}
		/* one or the other */
		double low = out->low >= 0 && b.low > 0 ? DBL_MIN : fmin(out->low, b.low);
		think_of(out, &b);
		come_between(out, low, fmax(out->high, b.high));
	}
}

static void multiply(struct expr_bounds *a, const struct expr_bounds *b)
{
	const double corners[] = {a->low * b->low, a->low * b->high, a->high * b->low,
				  a->high * b->high};
	double low = corners[0], high = corners[0];
	for (size_t i = 0; i < sizeof corners / sizeof *corners; i++) {
		low = isnan(corners[i]) ? NAN : fmin(low, corners[i]);
		high = fmax(high, corners[i]);
		if (isnan(low))
			break;
	}
	come_between(a, low, high);
}

static void walk_two(const struct walk *walk, const uint32_t *at, struct expr_bounds *a)
{
	struct expr_bounds b;
	walk_node(walk, at + 1, a);
	walk_node(walk, end_of(at + 1), &b);
	bool apart = a->high < b.low || b.high < a->low;
	bool same = a->low == a->high && b.low == b.high && a->low == b.low;
	think_of(a, &b);
	switch (kind_of(*at)) {
	case OF_SUB:
		come_between(a, a->low - b.high, a->high - b.low);
		return;
	case OF_MUL:
		multiply(a, &b);
		return;
	case OF_LT:
		come_to_truth(a, a->high < b.low, a->low >= b.high);
		return;
	case OF_LE:
		come_to_truth(a, a->high <= b.low, a->low > b.high);
		return;
	case OF_GT:
		come_to_truth(a, a->low > b.high, a->high <= b.low);
		return;
	case OF_GE:
		come_to_truth(a, a->low >= b.high, a->high < b.low);
		return;
	case OF_EQ:
		come_to_truth(a, same, apart);
		return;
	default:
		come_to_truth(a, apart, same);
		return;
	}
}

static void walk_node(const struct walk *walk, const uint32_t *at, struct expr_bounds *out)
{
	uint32_t argument = argument_of(*at);
	switch (kind_of(*at)) {
	case OF_RULE:
		walk_rule(walk, argument, out);
		return;
	case OF_NUMBER:
		come_to(out, walk->numbers[argument]);
		return;
	case OF_SUM:
		walk_sum(walk, at + 1, at + argument, out);
		return;
	case OF_ALL:
		walk_all(walk, at + 1, at + argument, out);
		return;
	case OF_ANY:
		walk_any(walk, at + 1, at + argument, out);
		return;
	case OF_NOT_RULE:
		walk_rule(walk, argument, out);
		come_to_truth(out, is_0(out), is_not_0(out));
		return;
	case OF_NOT:
		walk_node(walk, at + 1, out);
		come_to_truth(out, is_0(out), is_not_0(out));
		return;
	case OF_MINUS:
		walk_node(walk, at + 1, out);
		come_between(out, -out->high, -out->low);
		return;
	default:
		walk_two(walk, at, out);
		return;
	}
}

void expr_bounds_of(const struct expr_bounds_code *code, unsigned meta_id,
		    const struct expr_look *look, struct expr_bounds *out)
{
	const struct walk walk = {look, code->numbers.items};
	walk_node(&walk, code->words.items + code->starts[meta_id], out);
}
