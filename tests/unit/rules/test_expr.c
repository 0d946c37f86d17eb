/*
 * expr: the values of expressions, as Perl 5.36 evaluates them (perl -e), by the tree and by
 * the words that scans read; that both agree for every assignment of small values, that what
 * is known while some values are not holds for all that these can be, and that an expression is 0
 * where one of its clauses is not met.
 */
#include "tests/unit/unit.h"

#include <math.h>

#include "lib/base/buf.h"
#include "lib/base/map.h"
#include "rules/expr_bounds.h"
#include "rules/expr_clauses.h"

enum { N_NAMES = 4, VALUES = 3, RULE_META_ID = N_NAMES };

/* A = 1, B = 0, C = 3, D = 2 */
static const double given[N_NAMES] = {1, 0, 3, 2};

static const struct {
	const char *text;
	double value;
} expectations[] = {
	{"A", 1},
	{"!A", 0},
	{"!B", 1},
	{"!!C", 1},
	{"-C", -3},
	{"+C", 3},
	{"7", 7},
	{"A && C", 3},
	{"A && B", 0},
	{"A && C && D", 2},
	{"(A || B) && C && D", 2},
	{"(B || B) && C", 0},
	{"C && (A || B) && (D || C)", 2},
	{"(A || B) && B", 0},
	{"A && B && C && D", 0},
	{"B || C", 3},
	{"C || B", 3},
	{"B || B || D", 2},
	{"A && (B || D) && !B", 1},
	{"(A && B) || (C && D)", 2},
	{"!(A && B) && !(B || B)", 1},
	{"A + B + C + D", 6},
	{"A + B + C + D > 5", 1},
	{"(A + C + D >= 6) && !B", 1},
	{"C - D - A", 0},
	{"C - (D - A)", 2},
	{"C * D + A", 7},
	{"A + C * D", 7},
	{"2 * (A + C) == 8", 1},
	{"C != 3", 0},
	{"D < C", 1},
	{"D <= 2", 1},
	{"C > 3", 0},
	{"C >= 3", 1},
	{"B ? C : D", 2},
	{"A ? C : D", 3},
	{"C / 2", 1.5},
	{"C ^ A", 2},
	{"(A < C) + (C > D) + (B == 0)", 3},
	{"A < C > B", 1},
	{"B && C || D", 2},
	{"B || C && D", 2},
	{"UNKNOWN || A", 1},
	{"rules_matching(*)", 6},
	{"rules_matching(A) + rules_matching(C)", 4},
};

struct world {
	struct arena *arena;
	struct rule rules[N_NAMES + 1];
	struct map *by_name;
};

static struct world *world_new(void)
{
	struct arena *arena = arena_new("test", 0);
	struct world *world = ARENA_NEW(arena, struct world);
	static const char *const names[N_NAMES] = {"A", "B", "C", "D"};

	world->arena = arena;
	world->by_name = map_new(arena);
	for (unsigned i = 0; i <= N_NAMES; i++) {
		struct rule *rule = &world->rules[i];
		rule->id = i;
		rule->kind = i < N_NAMES ? RULE_BODY : RULE_META;
		rule->name = str_from(i < N_NAMES ? names[i] : "META");
		map_put(world->by_name, rule->name, rule);
	}
	return world;
}

static struct expr_bounds_code *code_of(struct world *world, const char *text)
{
	struct rule *meta = &world->rules[RULE_META_ID];
	struct expr_bounds_code *code = expr_bounds_code_new(world->arena, N_NAMES + 1);

	assert_int_equal(expr_parse(world->arena, str_from(text), &meta->expr, NULL), STATUS_OK);
	expr_bind(world->arena, meta->expr, meta, world->by_name, false);
	expr_bounds_code_add(code, meta);
	return code;
}

/* A rule that is put off may come to anything from 0 to VALUES - 1. */
static void put_off_bounds(void *data, unsigned rule_id, struct expr_bounds *out)
{
	(void)data;
	*out = (struct expr_bounds){0, VALUES - 1, rule_id, 10 - (float)rule_id};
}

/* Bit i of unknown: rule i is put off. */
static struct expr_bounds bounds_by_code(const struct expr_bounds_code *code, const double *values,
					 unsigned unknown)
{
	bool is_open[N_NAMES + 1] = {false};
	uint8_t put_off[N_NAMES + 1] = {0};
	const struct expr_look look = {values, is_open, put_off, put_off_bounds, NULL};
	struct expr_bounds bounds;

	for (unsigned i = 0; i < N_NAMES; i++) {
		put_off[i] = unknown >> i & 1;
		is_open[i] = put_off[i] || values[i] != 0;
	}
	expr_bounds_of(code, RULE_META_ID, &look, &bounds);
	return bounds;
}

/* NaN: what it says is not looked into. */
static double value_by_code(const struct expr_bounds_code *code, const double *values)
{
	struct expr_bounds bounds = bounds_by_code(code, values, 0);
	return expr_bounds_are_exact(&bounds) ? bounds.low : NAN;
}

static void values_are_those_of_perl(void **state)
{
	(void)state;
	double values[N_NAMES + 1] = {0};
	memcpy(values, given, sizeof given);
	for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
		struct world *world = world_new();
		struct expr_bounds_code *code = code_of(world, expectations[i].text);
		double by_tree = expr_value(world->rules[RULE_META_ID].expr, values);
		double by_code = value_by_code(code, values);
		bool has_code = expr_has_bounds(world->rules[RULE_META_ID].expr);

		if (by_tree != expectations[i].value || has_code == isnan(by_code) ||
		    (has_code && by_code != by_tree))
			fail_msg("%s: %g by the tree, %g by the code", expectations[i].text,
				 by_tree, by_code);
		arena_free(world->arena);
	}
}

static void code_and_tree_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
		struct world *world = world_new();
		struct expr_bounds_code *code = code_of(world, expectations[i].text);
		bool has_code = expr_has_bounds(world->rules[RULE_META_ID].expr);

		for (int n = 0; has_code && n < VALUES * VALUES * VALUES * VALUES; n++) {
			double values[N_NAMES + 1] = {n % 3, n / 3 % 3, n / 9 % 3, n / 27 % 3};
			double by_tree = expr_value(world->rules[RULE_META_ID].expr, values);
			double by_code = value_by_code(code, values);
			if (by_tree != by_code)
				fail_msg("%s, assignment %d: %g by the tree, %g by the code",
					 expectations[i].text, n, by_tree, by_code);
		}
		arena_free(world->arena);
	}
}

static void deep_sums_are_right(void **state)
{
	(void)state;
	struct world *world = world_new();
	struct buf text;
	const double values[N_NAMES + 1] = {1, 0, 3, 2, 0};

	buf_init(&text, world->arena);
	for (int i = 0; i < 60; i++)
		buf_add_cstr(&text, "D - (A * ");
	buf_add_cstr(&text, "C");
	for (int i = 0; i < 60; i++)
		buf_add_char(&text, ')');
	struct expr_bounds_code *code = code_of(world, buf_cstr(&text));
	assert_true(value_by_code(code, values) == 3);
	arena_free(world->arena);
}

/* --- what is known while some rules have not been tried ---------------------------------------
 */

static void check_bounds(const struct expr_bounds_code *code, const struct expr *expr,
			 const char *text, int n, unsigned unknown)
{
	double values[N_NAMES + 1] = {n % 3, n / 3 % 3, n / 9 % 3, n / 27 % 3};
	struct expr_bounds bounds = bounds_by_code(code, values, unknown);
	double value = expr_value(expr, values);

	if (value < bounds.low || value > bounds.high)
		fail_msg("%s, assignment %d without %x: %g, not from %g to %g", text, n, unknown,
			 value, bounds.low, bounds.high);
	if (expr_bounds_are_exact(&bounds))
		return;
	if (bounds.next == EXPR_NO_RULE || !(unknown >> bounds.next & 1))
		fail_msg("%s, assignment %d without %x: nothing to go on with", text, n, unknown);
}

static void bounds_hold(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
		struct world *world = world_new();
		struct expr_bounds_code *code = code_of(world, expectations[i].text);
		const struct expr *expr = world->rules[RULE_META_ID].expr;

		for (int n = 0; expr_has_bounds(expr) && n < VALUES * VALUES * VALUES * VALUES; n++)
			for (unsigned unknown = 0; unknown < 1u << N_NAMES; unknown++)
				check_bounds(code, expr, expectations[i].text, n, unknown);
		arena_free(world->arena);
	}
}

/* Of A = 1, B = 0, C = 3, D = 2 some are unknown; what is worth trying next. */
static void bounds_decide(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned unknown;
		int next; /* id; -1: decided */
	} cases[] = {
		{"A && B", 1, -1},
		{"B && A", 1, -1},
		{"A && C", 1, 0},
		{"A || C", 4, -1},
		{"B || C", 4, 2},
		{"!(A && B)", 1, -1},
		{"A && D", 9, 3},
		{"(A || C) && B", 5, -1},
		{"(A || D) && (C || B)", 8, -1},
		{"A + B + D > 4", 1, -1},
		{"A + B + D > 3", 1, 0},
		{"A + B + D >= 2", 1, -1},
		{"(A > 5) || (D < 1)", 9, 3},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct world *world = world_new();
		struct expr_bounds_code *code = code_of(world, cases[i].text);
		struct expr_bounds bounds = bounds_by_code(code, given, cases[i].unknown);
		int next = bounds.next == EXPR_NO_RULE ? -1 : (int)bounds.next;

		if (expr_bounds_are_exact(&bounds) != (cases[i].next < 0) || next != cases[i].next)
			fail_msg("%s: from %g to %g", cases[i].text, bounds.low, bounds.high);
		arena_free(world->arena);
	}
}

/* --- what must have hit ----------------------------------------------------------------------- */

static bool is_met(const struct expr_clause *clause, const double *values)
{
	unsigned n = 0;
	for (size_t i = 0; i < clause->members.n; i++)
		n += values[clause->members.items[i]->id] != 0;
	return n >= clause->needs;
}

static bool all_are_met(const struct expr_clause_vec *clauses, const double *values)
{
	for (size_t i = 0; i < clauses->n; i++)
		if (!is_met(&clauses->items[i], values))
			return false;
	return true;
}

static const char *const conditions[] = {
	"A && (B || C) && B + C + D > 1",
	"(A && B) + (C && D) > 0",
	"A + B + C > 3",
	"A + A > 1",
	"A + A + B >= 3",
	"A + B == 2",
	"3 < A + B + C + D",
	"2 <= A + !B",
	"A * B - C",
	"-A && !C",
	"A > B",
	"A >= B",
	"A - B > 0",
	"A + 1 > 2",
	"(A || B && C) >= 1",
	"rules_matching(*) > 3",
	"A && 0",
	"2 > 1 && A",
	"(A > 1) + (B > 1) > 1",
	"!(A && B) && C",
};

/* most: of every rule. */
static void check_clauses(const char *text, int most)
{
	struct world *world = world_new();
	struct expr_clause_vec clauses = {0};
	double most_of[N_NAMES + 1];
	for (size_t i = 0; i <= N_NAMES; i++)
		most_of[i] = most;
	code_of(world, text);
	const struct expr *expr = world->rules[RULE_META_ID].expr;
	double highest = expr_clauses_find(world->arena, expr, most_of, &clauses);
	for (int n = 0; n < VALUES * VALUES * VALUES * VALUES; n++) {
		double values[N_NAMES + 1] = {n % 3, n / 3 % 3, n / 9 % 3, n / 27 % 3};
		bool is_possible = true;
		for (size_t i = 0; i < N_NAMES; i++)
			is_possible = is_possible && values[i] <= most;
		double value = expr_value(expr, values);
		if (is_possible &&
		    (value > highest || (value != 0 && !all_are_met(&clauses, values))))
			fail_msg("%s, assignment %d of at most %d: %g", text, n, most, value);
	}
	arena_free(world->arena);
}

static void clauses_must_be_met(void **state)
{
	(void)state;
	for (int most = 1; most < VALUES; most++) {
		for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++)
			check_clauses(expectations[i].text, most);
		for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
			check_clauses(conditions[i], most);
	}
}

/* Where each rule hits at most once. */
static void clauses_tell_how_many(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned needs[4]; /* of each clause */
	} cases[] = {
		{"A && !B && (C || D)", {1, 1}},
		{"A + B + C > 1", {2}},
		{"A + B + C >= 2 && D", {2, 1}},
		{"1 < A + B", {2}},
		{"A + !B > 1", {0}},
		{"A || !B", {0}},
		{"A + B + C == 3", {3}},
		{"(A && B) + (C && D) > 1", {1}},
	};
	const double most_of[N_NAMES + 1] = {1, 1, 1, 1, 1};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct world *world = world_new();
		struct expr_clause_vec clauses = {0};
		code_of(world, cases[i].text);
		expr_clauses_find(world->arena, world->rules[RULE_META_ID].expr, most_of, &clauses);
		for (size_t j = 0; j < 4; j++)
			if ((j < clauses.n ? clauses.items[j].needs : 0) != cases[i].needs[j])
				fail_msg("%s: clause %zu", cases[i].text, j);
		arena_free(world->arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_those_of_perl),
		cmocka_unit_test(code_and_tree_agree),
		cmocka_unit_test(deep_sums_are_right),
		cmocka_unit_test(bounds_hold),
		cmocka_unit_test(bounds_decide),
		cmocka_unit_test(clauses_must_be_met),
		cmocka_unit_test(clauses_tell_how_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
