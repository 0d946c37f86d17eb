/*
 * expr: see expr.h. Text → tokens → tree; the tree is evaluated by walking it.
 *
 * The lexer is as forgiving as SpamAssassin's: characters that begin no token are skipped, and what
 * is glued together of digits, signs and dots is one token, which then must be a plain number or at
 * most two signs.
 */
#include "rules/expr_node.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include "lib/base/must.h"
#include "lib/base/number.h"

enum { NAME_MAX_BYTES = 128, DEPTH_MAX = 200, TOKENS_MAX = 20000, SHOWN_BYTES = 100 };

/* --- tokens ----------------------------------------------------------------------------------- */

enum token_kind { TOKEN_NUMBER, TOKEN_NAME, TOKEN_GLOB, TOKEN_OP };

struct token {
	enum token_kind kind;
	struct str text; /* of a glob: the glob */
	double number;
};
VEC_OF(token_vec, struct token);

static bool is_number_char(char c)
{
	return c == '-' || c == '+' || c == '.' || ascii_is_digit((unsigned char)c);
}

static size_t operator_length(struct str s)
{
	static const char *const operators[] = {"||", "&&", ">=", "<=", "==", "!=", "(", ")",
						"^",  "!",  ">",  "<",  "*",  "/",  "?", ":"};
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
		if (str_has_prefix(s, operators[i]))
			return strlen(operators[i]);
	return 0;
}

static bool is_rule_name(struct str s)
{
	if (!s.len || s.len > NAME_MAX_BYTES || ascii_is_digit((unsigned char)s.ptr[0]))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!ascii_is_word((unsigned char)s.ptr[i]))
			return false;
	return true;
}

/* "rules_matching(GLOB)" at the start of s: its length, or 0. */
static size_t glob_length(struct str s, struct str *glob_out)
{
	static const char call[] = "rules_matching(";
	if (!str_has_prefix(s, call))
		return 0;
	size_t at = sizeof call - 1;
	while (at < s.len && ascii_is_space((unsigned char)s.ptr[at]))
		at++;
	size_t from = at;
	while (at < s.len &&
	       (ascii_is_word((unsigned char)s.ptr[at]) || s.ptr[at] == '*' || s.ptr[at] == '?'))
		at++;
	*glob_out = str_sub(s, from, at - from);
	while (at < s.len && ascii_is_space((unsigned char)s.ptr[at]))
		at++;
	bool ok = glob_out->len && glob_out->len <= NAME_MAX_BYTES &&
		  !ascii_is_digit((unsigned char)glob_out->ptr[0]);
	return ok && at < s.len && s.ptr[at] == ')' ? at + 1 : 0;
}

/* Decimal, or octal as Perl reads a literal with a leading zero. */
static bool read_literal(struct str text, double *number_out)
{
	size_t dot = str_find_char(text, '.');
	struct str whole = str_sub(text, 0, dot), fraction = str_from_at(text, dot);
	uint64_t octal;
	if (!whole.len || !ascii_is_digit((unsigned char)whole.ptr[0]) || fraction.len == 1)
		return false;
	if (whole.len > 1 && whole.ptr[0] == '0') {
		if (fraction.len || !number_octal(whole, &octal))
			return false;
		*number_out = (double)octal;
		return true;
	}
	return number_decimal(text, number_out);
}

static enum status bad_token(struct str token, struct why *why)
{
	return why_set(why, STATUS_INVALID, "invalid meta token: %.*s",
		       STR_ARG(str_sub(token, 0, SHOWN_BYTES)));
}

/* A run of digits, signs and dots: a number, or one sign, or two. */
static enum status push_number_run(struct arena *arena, struct token_vec *tokens, struct str run,
				   struct why *why)
{
	struct token token = {TOKEN_NUMBER, run, 0};
	if (ascii_is_digit((unsigned char)run.ptr[0])) {
		if (!read_literal(run, &token.number))
			return bad_token(run, why);
		vec_push(arena, tokens, token);
		return STATUS_OK;
	}
	if (run.len > 2)
		return bad_token(run, why);
	if (run.len == 2 && ascii_is_digit((unsigned char)run.ptr[1]))
		return bad_token(run, why);
	if (run.len == 2 && (run.ptr[0] == run.ptr[1] || str_find_char(run, '.') != STR_NOT_FOUND))
		return why_set(why, STATUS_INVALID,
			       "invalid expression: syntax error"); /* -- changes a constant */
	for (size_t i = 0; i < run.len; i++) {
		token.kind = TOKEN_OP;
		token.text = str_sub(run, i, 1);
		vec_push(arena, tokens, token);
	}
	return STATUS_OK;
}

static enum status push_name(struct arena *arena, struct token_vec *tokens, struct str name,
			     struct why *why)
{
	if (!is_rule_name(name))
		return bad_token(name, why);
	struct token token = {TOKEN_NAME, name, 0};
	vec_push(arena, tokens, token);
	return STATUS_OK;
}

static size_t run_length(struct str s, bool is_name)
{
	size_t n = 0;
	while (n < s.len &&
	       (is_name ? ascii_is_word((unsigned char)s.ptr[n]) || (n && s.ptr[n] == ':')
			: is_number_char(s.ptr[n])))
		n++;
	return n;
}

static enum status next_token(struct arena *arena, struct token_vec *tokens, struct str *rest,
			      bool after_name, struct why *why)
{
	struct token token = {TOKEN_GLOB, STR_NONE, 0};
	enum status status = STATUS_OK;
	size_t n = after_name ? 0 : glob_length(*rest, &token.text);
	if (n) {
		vec_push(arena, tokens, token);
	} else if (is_number_char(rest->ptr[0])) {
		n = run_length(*rest, false);
		status = push_number_run(arena, tokens, str_sub(*rest, 0, n), why);
	} else if (ascii_is_word((unsigned char)rest->ptr[0])) {
		n = run_length(*rest, true);
		status = push_name(arena, tokens, str_sub(*rest, 0, n), why);
	} else if ((n = operator_length(*rest)) != 0) {
		token = (struct token){TOKEN_OP, str_sub(*rest, 0, n), 0};
		vec_push(arena, tokens, token);
	}
	*rest = str_from_at(*rest, n ? n : 1);
	return status;
}

static enum status lex(struct arena *arena, struct str text, struct token_vec *tokens,
		       struct why *why)
{
	static const char *const forbidden[] = {"::", "->", "$", "@", "%", ";", "{", "}"};
	for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
		if (str_contains(text, forbidden[i]))
			return why_set(why, STATUS_INVALID,
				       "invalid meta rule: \"%s\" is not allowed", forbidden[i]);
	struct str rest = text;
	while (rest.len) {
		bool after_name = rest.ptr > text.ptr && ascii_is_word((unsigned char)rest.ptr[-1]);
		enum status status = next_token(arena, tokens, &rest, after_name, why);
		if (status != STATUS_OK)
			return status;
		if (tokens->n > TOKENS_MAX)
			return why_set(why, STATUS_INVALID, "meta rule of more than %d tokens",
				       TOKENS_MAX);
	}
	return STATUS_OK;
}

/* --- tokens → tree ---------------------------------------------------------------------------- */

struct parser {
	struct arena *arena;
	struct expr *expr;
	struct token_vec tokens;
	size_t at;
	unsigned depth;
	bool failed;
};

static const struct binary_rank {
	unsigned n;
	struct {
		const char *text;
		enum op op;
	} ops[4];
	bool chains; /* a < b < c means a < b && b < c */
} ranks[] = {
	/* loosest first */
	{1, {{"||", OP_OR}}, false},
	{1, {{"&&", OP_AND}}, false},
	{1, {{"^", OP_XOR}}, false},
	{2, {{"==", OP_EQ}, {"!=", OP_NE}}, true},
	{4, {{"<=", OP_LE}, {">=", OP_GE}, {"<", OP_LT}, {">", OP_GT}}, true},
	{3, {{"+", OP_ADD}, {"-", OP_SUB}, {".", OP_JOIN}}, false},
	{2, {{"*", OP_MUL}, {"/", OP_DIV}}, false},
};
enum { N_RANKS = sizeof ranks / sizeof *ranks };

static struct node *new_node(struct parser *parser, enum op op, struct node *a, struct node *b)
{
	struct node *node = ARENA_NEW(parser->arena, struct node);
	node->op = op;
	node->a = a;
	node->b = b;
	return node;
}

static struct node *fail(struct parser *parser)
{
	parser->failed = true;
	return new_node(parser, OP_NUMBER, NULL, NULL);
}

static bool take_op(struct parser *parser, const char *text)
{
	if (parser->at >= parser->tokens.n)
		return false;
	const struct token *token = &parser->tokens.items[parser->at];
	if (token->kind != TOKEN_OP || !str_eq_c(token->text, text))
		return false;
	parser->at++;
	return true;
}

static struct node *parse_ternary(struct parser *parser);

static struct node *parse_leaf(struct parser *parser)
{
	if (parser->at >= parser->tokens.n)
		return fail(parser);
	const struct token *token = &parser->tokens.items[parser->at++];
	if (token->kind == TOKEN_OP)
		return fail(parser);
	struct node *node = new_node(parser, OP_NUMBER, NULL, NULL);
	node->number = token->number;
	node->name = token->text;
	if (token->kind == TOKEN_NUMBER)
		return node;
	node->op = token->kind == TOKEN_NAME ? OP_NAME : OP_GLOB;
	vec_push(parser->arena, &parser->expr->leaves, node);
	if (node->op == OP_NAME && !str_eq_c(node->name, "local_tests_only") &&
	    !str_vec_has(&parser->expr->names, node->name))
		vec_push(parser->arena, &parser->expr->names, node->name);
	return node;
}

static struct node *parse_unary(struct parser *parser)
{
	static const struct {
		const char *text;
		enum op op;
	} prefixes[] = {{"!", OP_NOT}, {"-", OP_MINUS}, {"+", OP_PLUS}};
	if (parser->failed || ++parser->depth > DEPTH_MAX)
		return fail(parser);
	struct node *node = NULL;
	for (size_t i = 0; !node && i < sizeof prefixes / sizeof *prefixes; i++)
		if (take_op(parser, prefixes[i].text))
			node = new_node(parser, prefixes[i].op, parse_unary(parser), NULL);
	if (!node && take_op(parser, "(")) {
		if (take_op(parser, ")")) { /* the empty list counts 0 */
			node = new_node(parser, OP_NUMBER, NULL, NULL);
		} else {
			node = parse_ternary(parser);
			if (!take_op(parser, ")"))
				fail(parser);
		}
	}
	if (!node)
		node = parse_leaf(parser);
	parser->depth--;
	return node;
}

static bool take_rank(struct parser *parser, const struct binary_rank *rank, enum op *op_out)
{
	for (unsigned i = 0; i < rank->n; i++) {
		*op_out = rank->ops[i].op;
		if (take_op(parser, rank->ops[i].text))
			return true;
	}
	return false;
}

static struct node *parse_binary(struct parser *parser, unsigned rank)
{
	if (rank == N_RANKS)
		return parse_unary(parser);
	struct node *left = parse_binary(parser, rank + 1);
	enum op op;
	for (bool again = false; !parser->failed && take_rank(parser, &ranks[rank], &op);
	     again = true) {
		left = new_node(parser, op, left, parse_binary(parser, rank + 1));
		left->chained = again && ranks[rank].chains;
	}
	return left;
}

static struct node *parse_ternary(struct parser *parser)
{
	if (parser->failed || ++parser->depth > DEPTH_MAX)
		return fail(parser);
	struct node *node = parse_binary(parser, 0);
	if (take_op(parser, "?")) {
		struct node *yes = parse_ternary(parser);
		if (!take_op(parser, ":"))
			fail(parser);
		struct node *no = parse_ternary(parser);
		node = new_node(parser, OP_IF, node, yes);
		node->c = no;
	}
	parser->depth--;
	return node;
}

/* --- value ------------------------------------------------------------------------------------ */

struct run {
	const double *values; /* NULL while the rule is checked: all names are 0 */
	bool divided_by_zero;
};

static double value_of(struct run *run, const struct node *node);

static double leaf_value(const struct run *run, const struct node *node)
{
	double sum = 0;
	if (node->op == OP_NUMBER)
		return node->number;
	if (!run->values)
		return 0;
	if (node->op == OP_NAME)
		return node->rule ? run->values[node->rule->id] : node->number;
	for (size_t i = 0; i < node->matching.n; i++)
		sum += run->values[node->matching.items[i]->id];
	return sum;
}

static double divide(struct run *run, double a, double b)
{
	if (b != 0)
		return a / b;
	run->divided_by_zero = true;
	return 0;
}

/* Perl's integers: towards zero, negative ones wrap. */
static uint64_t to_bits(double number)
{
	if (number >= 18446744073709551615.0)
		return UINT64_MAX;
	if (number <= -9223372036854775808.0)
		return (uint64_t)INT64_MIN;
	return number < 0 ? (uint64_t)(int64_t)number : (uint64_t)number;
}

static bool compare(enum op op, double a, double b)
{
	switch (op) {
	case OP_LT:
		return a < b;
	case OP_LE:
		return a <= b;
	case OP_GT:
		return a > b;
	case OP_GE:
		return a >= b;
	case OP_EQ:
		return a == b;
	default:
		return a != b;
	}
}

/* a < b < c: left is the node of a < b, whose right side is also our left. */
static double comparison_value(struct run *run, const struct node *node)
{
	double b = value_of(run, node->b);
	if (!node->chained)
		return compare(node->op, value_of(run, node->a), b);
	return value_of(run, node->a) != 0 && compare(node->op, value_of(run, node->a->b), b);
}

/* "1" . "0" is 10, as Perl writes and reads numbers. */
static double join(double a, double b)
{
	char digits[64];
	int len = snprintf(digits, sizeof digits, "%.15g%.15g", a, b);
	return number_perl(str_make(digits, (size_t)len));
}

static double value_of(struct run *run, const struct node *node)
{
	double a;
	switch (node->op) {
	case OP_NUMBER:
	case OP_NAME:
	case OP_GLOB:
		return leaf_value(run, node);
	case OP_NOT:
		return value_of(run, node->a) == 0;
	case OP_MINUS:
		return -value_of(run, node->a);
	case OP_PLUS:
		return value_of(run, node->a);
	case OP_MUL:
		return value_of(run, node->a) * value_of(run, node->b);
	case OP_DIV:
		return divide(run, value_of(run, node->a), value_of(run, node->b));
	case OP_ADD:
		return value_of(run, node->a) + value_of(run, node->b);
	case OP_SUB:
		return value_of(run, node->a) - value_of(run, node->b);
	case OP_JOIN:
		return join(value_of(run, node->a), value_of(run, node->b));
	case OP_XOR:
		return (double)(to_bits(value_of(run, node->a)) ^ to_bits(value_of(run, node->b)));
	case OP_AND:
		return (a = value_of(run, node->a)) != 0 ? value_of(run, node->b) : a;
	case OP_OR:
		return (a = value_of(run, node->a)) != 0 ? a : value_of(run, node->b);
	case OP_IF:
		return value_of(run, value_of(run, node->a) != 0 ? node->b : node->c);
	default:
		return comparison_value(run, node);
	}
}

double expr_value(const struct expr *expr, const double *values)
{
	struct run run = {values, false};
	if (!expr->root)
		return 0;
	double value = value_of(&run, expr->root);
	return run.divided_by_zero || isnan(value) ? 0 : value;
}

/* --- the parts that the loader calls ---------------------------------------------------------- */

static bool is_empty_parentheses(const struct token_vec *tokens)
{
	return tokens->n == 2 && str_eq_c(tokens->items[0].text, "(") &&
	       str_eq_c(tokens->items[1].text, ")");
}

/* Every name 0 must evaluate: what SpamAssassin tries before it accepts a meta. */
static enum status check_value(const struct expr *expr, struct str text, struct why *why)
{
	struct run run = {NULL, false};
	if (expr->root)
		value_of(&run, expr->root);
	if (!run.divided_by_zero)
		return STATUS_OK;
	return why_set(why, STATUS_INVALID,
		       "invalid expression: \"%.*s\": division by zero possible",
		       STR_ARG(str_sub(text, 0, SHOWN_BYTES)));
}

enum status expr_parse(struct arena *keep, struct str text, struct expr **expr_out, struct why *why)
{
	struct parser parser = {.arena = keep};
	text = arena_str(keep, text);
	enum status status = lex(keep, text, &parser.tokens, why);
	if (status != STATUS_OK)
		return status;
	parser.expr = ARENA_NEW(keep, struct expr);
	if (!is_empty_parentheses(&parser.tokens)) {
		parser.expr->root = parse_ternary(&parser);
		if (parser.failed || parser.at < parser.tokens.n)
			return why_set(why, STATUS_INVALID,
				       "invalid expression: \"%.*s\": syntax error",
				       STR_ARG(str_sub(text, 0, SHOWN_BYTES)));
	}
	*expr_out = parser.expr;
	return check_value(parser.expr, text, why);
}

const struct str_vec *expr_names(const struct expr *expr)
{
	return &expr->names;
}

bool expr_is_empty(const struct expr *expr)
{
	return !expr->root;
}

static void depend_on(struct arena *keep, struct expr *expr, struct rule *rule)
{
	for (size_t i = 0; i < expr->dependencies.n; i++)
		if (expr->dependencies.items[i] == rule)
			return;
	vec_push(keep, &expr->dependencies, rule);
}

/* Shell glob with * and ?, iterative, so that many stars cost little. */
static bool glob_matches(struct str glob, struct str name)
{
	size_t g = 0, n = 0, star = STR_NOT_FOUND, star_n = 0;
	while (n < name.len) {
		if (g < glob.len && glob.ptr[g] == '*') {
			star = g++;
			star_n = n;
		} else if (g < glob.len && (glob.ptr[g] == '?' || glob.ptr[g] == name.ptr[n])) {
			g++;
			n++;
		} else if (star != STR_NOT_FOUND) {
			g = star + 1;
			n = ++star_n;
		} else {
			return false;
		}
	}
	while (g < glob.len && glob.ptr[g] == '*')
		g++;
	return g == glob.len;
}

static void bind_glob(struct arena *keep, struct expr *expr, struct node *node,
		      const struct rule *self, const struct map *by_name)
{
	const struct map_entry *entry;
	node->matching = (struct rule_vec){0};
	for (size_t cursor = 0; (entry = map_next(by_name, &cursor)) != NULL;) {
		struct rule *rule = entry->value;
		if (rule == self || (rule->kind == RULE_EMPTY && !rule->has_score) ||
		    !glob_matches(node->name, rule->name))
			continue;
		vec_push(keep, &node->matching, rule);
		depend_on(keep, expr, rule);
	}
}

/* Of operations that expr_bounds.c knows only. */
static bool has_bounds(const struct node *node)
{
	if (!node)
		return true;
	if (node->op == OP_DIV || node->op == OP_JOIN || node->op == OP_XOR || node->op == OP_IF ||
	    node->chained)
		return false;
	return has_bounds(node->a) && has_bounds(node->b);
}

void expr_bind(struct arena *keep, struct expr *expr, const struct rule *self,
	       const struct map *by_name, bool local_tests_only)
{
	expr->dependencies = (struct rule_vec){0};
	expr->has_unknown = false;
	expr->has_bounds = has_bounds(expr->root);
	for (size_t i = 0; i < expr->leaves.n; i++) {
		struct node *node = expr->leaves.items[i];
		if (node->op == OP_GLOB) {
			bind_glob(keep, expr, node, self, by_name);
			continue;
		}
		if (str_eq_c(node->name, "local_tests_only")) {
			node->number = local_tests_only;
			continue;
		}
		struct rule *rule = map_find(by_name, node->name);
		node->rule = rule;
		if (rule)
			depend_on(keep, expr, rule);
		else
			expr->has_unknown = true;
	}
}

const struct rule_vec *expr_dependencies(const struct expr *expr)
{
	return &expr->dependencies;
}

bool expr_has_unknown(const struct expr *expr)
{
	return expr->has_unknown;
}
