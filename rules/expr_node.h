/* expr_node: the tree of an expression; shared by expr.c, expr_bounds.c and
 * expr_clauses.c only. */
#ifndef WHORL_RULES_EXPR_NODE_H
#define WHORL_RULES_EXPR_NODE_H

#include "rules/expr.h"

enum op {
	OP_NUMBER,
	OP_NAME,
	OP_GLOB, /* rules_matching(): the sum of them */
	OP_NOT,
	OP_MINUS,
	OP_PLUS,
	OP_MUL,
	OP_DIV,
	OP_ADD,
	OP_SUB,
	OP_JOIN, /* Perl's string concatenation */
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_EQ,
	OP_NE,
	OP_XOR,
	OP_AND,
	OP_OR,
	OP_IF,
};

struct node {
	enum op op;
	double number;
	struct str name;          /* NAME, GLOB */
	const struct rule *rule;  /* NAME, bound */
	struct rule_vec matching; /* GLOB, bound */
	struct node *a, *b, *c;
	bool chained; /* comparison whose left side is a comparison of its rank: a < b < c */
};
VEC_OF(node_vec, struct node *);

struct expr {
	struct node *root; /* NULL: "()" */
	struct node_vec leaves;
	struct str_vec names;
	struct rule_vec dependencies;
	bool has_unknown;
	bool has_bounds; /* see expr_bounds.h */
};

#endif
