/*
 * expr_code: see expr_code.h. A machine of one accumulator and a stack for left sides. An
 * instruction is a word: the operation in the low bits, its argument above them. What is rare
 * (division, "?:", "a < b < c", concatenation, exclusive or) stays a tree.
 */
#include "rules/expr_code.h"

#include "lib/base/must.h"
#include "rules/expr_node.h"

enum { DO_BITS = 5, STACK_MAX = 32 };

#define ARGUMENT_MAX (UINT32_MAX >> DO_BITS)

enum instruction {
	DO_END,
	DO_RULE,     /* accumulator = value of the rule */
	DO_NOT_RULE, /* accumulator = the rule has not hit */
	DO_NUMBER,   /* of the table of numbers */
	DO_ADD_RULE, /* for sums of rules */
	DO_NOT,
	DO_MINUS,
	DO_JUMP_IF_0,
	DO_JUMP_UNLESS_0,
	DO_PUSH,
	DO_MUL, /* and all below: accumulator = what was pushed, operation, accumulator */
	DO_ADD,
	DO_SUB,
	DO_LT,
	DO_LE,
	DO_GT,
	DO_GE,
	DO_EQ,
	DO_NE,
	DO_TREE,
	DO_GIVE_UP_IF_0, /* of what is known of a rule: the value of all is 0 */
	DO_GIVE_UP_UNLESS_0,
};

VEC_OF(word_vec, uint32_t);
VEC_OF(number_vec, double);
VEC_OF(tree_vec, const struct expr *);

struct expr_code {
	struct arena *arena;
	uint32_t *starts; /* by rule id */
	struct word_vec words;
	struct number_vec numbers;
	struct tree_vec trees;
};

struct expr_code *expr_code_new(struct arena *arena, size_t n_rules)
{
	struct expr_code *code = ARENA_NEW(arena, struct expr_code);

	code->arena = arena;
	code->starts = ARENA_ARRAY(arena, uint32_t, n_rules + 1);
	vec_push(arena, &code->words, DO_END);
	return code;
}

/* --- making ----------------------------------------------------------------------------------- */

static size_t put(struct expr_code *code, enum instruction instruction, size_t argument)
{
	must(argument <= ARGUMENT_MAX);
	vec_push(code->arena, &code->words, (uint32_t)instruction | (uint32_t)argument << DO_BITS);
	return code->words.n - 1;
}

static void put_number(struct expr_code *code, double number)
{
	put(code, DO_NUMBER, code->numbers.n);
	vec_push(code->arena, &code->numbers, number);
}

/* Behind the jump at the offset. */
static void land_here(struct expr_code *code, size_t at)
{
	must(code->words.n <= ARGUMENT_MAX);
	code->words.items[at] = (code->words.items[at] & ((1u << DO_BITS) - 1)) |
				(uint32_t)code->words.n << DO_BITS;
}

static enum instruction binary_of(enum op op)
{
	switch (op) {
	case OP_MUL:
		return DO_MUL;
	case OP_ADD:
		return DO_ADD;
	case OP_SUB:
		return DO_SUB;
	case OP_LT:
		return DO_LT;
	case OP_LE:
		return DO_LE;
	case OP_GT:
		return DO_GT;
	case OP_GE:
		return DO_GE;
	case OP_EQ:
		return DO_EQ;
	case OP_NE:
		return DO_NE;
	default:
		return DO_TREE;
	}
}

static bool put_node(struct expr_code *code, const struct node *node, unsigned depth);

static void put_glob(struct expr_code *code, const struct node *node)
{
	put_number(code, 0);
	for (size_t i = 0; i < node->matching.n; i++)
		put(code, DO_ADD_RULE, node->matching.items[i]->id);
}

static bool put_not(struct expr_code *code, const struct node *node, unsigned depth)
{
	if (node->a->op == OP_NAME && node->a->rule) {
		put(code, DO_NOT_RULE, node->a->rule->id);
		return true;
	}
	if (!put_node(code, node->a, depth))
		return false;
	put(code, DO_NOT, 0);
	return true;
}

static bool put_either(struct expr_code *code, const struct node *node, enum instruction jump,
		       unsigned depth)
{
	if (!put_node(code, node->a, depth))
		return false;
	size_t at = put(code, jump, 0);
	if (!put_node(code, node->b, depth))
		return false;
	land_here(code, at);
	return true;
}

static bool put_binary(struct expr_code *code, const struct node *node, unsigned depth)
{
	enum instruction instruction = binary_of(node->op);

	if (instruction == DO_TREE || node->chained || depth >= STACK_MAX)
		return false;
	if (!put_node(code, node->a, depth))
		return false;
	put(code, DO_PUSH, 0);
	if (!put_node(code, node->b, depth + 1))
		return false;
	put(code, instruction, 0);
	return true;
}

/* depth: how much is on the stack. False: it has to stay a tree. */
static bool put_node(struct expr_code *code, const struct node *node, unsigned depth)
{
	switch (node->op) {
	case OP_NUMBER:
		put_number(code, node->number);
		return true;
	case OP_NAME:
		if (node->rule)
			put(code, DO_RULE, node->rule->id);
		else
			put_number(code, node->number);
		return true;
	case OP_GLOB:
		put_glob(code, node);
		return true;
	case OP_NOT:
		return put_not(code, node, depth);
	case OP_PLUS:
		return put_node(code, node->a, depth);
	case OP_MINUS:
		if (!put_node(code, node->a, depth))
			return false;
		put(code, DO_MINUS, 0);
		return true;
	case OP_AND:
		return put_either(code, node, DO_JUMP_IF_0, depth);
	case OP_OR:
		return put_either(code, node, DO_JUMP_UNLESS_0, depth);
	default:
		return put_binary(code, node, depth);
	}
}

/* "a && b && c": a jump to a jump that will be taken goes where that goes. */
static void thread_jumps(struct expr_code *code, size_t start)
{
	for (size_t at = code->words.n; at-- > start;) {
		uint32_t word = code->words.items[at], instruction = word & ((1u << DO_BITS) - 1);
		if (instruction != DO_JUMP_IF_0 && instruction != DO_JUMP_UNLESS_0)
			continue;
		uint32_t target = code->words.items[word >> DO_BITS];
		if ((target & ((1u << DO_BITS) - 1)) == instruction)
			code->words.items[at] = target;
	}
}

/* Of "A && !B && ..." any may decide it, while others are put off. */
static void put_guards(struct expr_code *code, const struct node *node)
{
	const struct node *negated = node->op == OP_NOT ? node->a : NULL;

	if (node->op == OP_AND) {
		put_guards(code, node->a);
		put_guards(code, node->b);
	} else if (node->op == OP_NAME && node->rule) {
		put(code, DO_GIVE_UP_IF_0, node->rule->id);
	} else if (negated && negated->op == OP_NAME && negated->rule) {
		put(code, DO_GIVE_UP_UNLESS_0, negated->rule->id);
	}
}

void expr_code_add(struct expr_code *code, const struct rule *meta)
{
	size_t start = code->words.n;

	code->starts[meta->id] = (uint32_t)start;
	if (meta->expr->root && meta->expr->root->op == OP_AND) {
		put_guards(code, meta->expr->root);
		start = code->words.n;
	}
	if (!meta->expr->root) {
		put_number(code, 0);
	} else if (!put_node(code, meta->expr->root, 0)) {
		code->words.n = start;
		put(code, DO_TREE, code->trees.n);
		vec_push(code->arena, &code->trees, meta->expr);
	}
	put(code, DO_END, 0);
	thread_jumps(code, start);
}

/* --- running ---------------------------------------------------------------------------------- */

static double combine(enum instruction instruction, double a, double b)
{
	switch (instruction) {
	case DO_MUL:
		return a * b;
	case DO_ADD:
		return a + b;
	case DO_SUB:
		return a - b;
	case DO_LT:
		return a < b;
	case DO_LE:
		return a <= b;
	case DO_GT:
		return a > b;
	case DO_GE:
		return a >= b;
	case DO_EQ:
		return a == b;
	default:
		return a != b;
	}
}

static bool names_put_off(const struct expr *expr, const uint8_t *put_off, unsigned *needs_out)
{
	const struct rule_vec *dependencies = expr_dependencies(expr);

	for (size_t i = 0; i < dependencies->n; i++)
		if (put_off[dependencies->items[i]->id]) {
			*needs_out = dependencies->items[i]->id;
			return true;
		}
	return false;
}

static bool is_about_rule(enum instruction instruction)
{
	return instruction == DO_RULE || instruction == DO_NOT_RULE || instruction == DO_ADD_RULE;
}

bool expr_code_value(const struct expr_code *code, unsigned meta_id, const double *values,
		     const uint8_t *put_off, double *value_out, unsigned *needs_out)
{
	const uint32_t *words = code->words.items, *at = words + code->starts[meta_id];
	double accumulator = 0, stack[STACK_MAX];
	unsigned depth = 0;

	for (;; at++) {
		uint32_t argument = *at >> DO_BITS;
		enum instruction instruction = *at & ((1u << DO_BITS) - 1);

		if (is_about_rule(instruction) && put_off[argument]) {
			*needs_out = argument;
			return false;
		}
		switch (instruction) {
		case DO_END:
			*value_out = accumulator != accumulator ? 0 : accumulator; /* NaN */
			return true;
		case DO_GIVE_UP_IF_0:
			if (put_off[argument] || values[argument] != 0)
				break;
			*value_out = 0;
			return true;
		case DO_GIVE_UP_UNLESS_0:
			if (put_off[argument] || values[argument] == 0)
				break;
			*value_out = 0;
			return true;
		case DO_RULE:
			accumulator = values[argument];
			break;
		case DO_NOT_RULE:
			accumulator = values[argument] == 0;
			break;
		case DO_NUMBER:
			accumulator = code->numbers.items[argument];
			break;
		case DO_ADD_RULE:
			accumulator += values[argument];
			break;
		case DO_NOT:
			accumulator = accumulator == 0;
			break;
		case DO_MINUS:
			accumulator = -accumulator;
			break;
		case DO_JUMP_IF_0:
			if (accumulator == 0)
				at = words + argument - 1;
			break;
		case DO_JUMP_UNLESS_0:
			if (accumulator != 0)
				at = words + argument - 1;
			break;
		case DO_PUSH:
			stack[depth++] = accumulator;
			break;
		case DO_TREE:
			if (names_put_off(code->trees.items[argument], put_off, needs_out))
				return false;
			*value_out = expr_value(code->trees.items[argument], values);
			return true;
		default:
			accumulator = combine(instruction, stack[--depth], accumulator);
			break;
		}
	}
}
