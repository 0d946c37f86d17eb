/*
 * meta_tables: what is made for meta.c when rules are loaded: who names whom, which metas are in a
 * cycle, and what must have hit for a meta not to be 0.
 */
#include <math.h>

#include "lib/base/must.h"
#include "rules/expr_clauses.h"
#include "rules/scanning.h"

enum {
	CLAUSES_MAX = 1000,  /* of one meta; the rest is not looked at */
	MEMBERS_MAX = 30000, /* a clause of more is not looked at either; see clause_lacks */
};

struct pair {
	unsigned key, value;
};
VEC_OF(pair_vec, struct pair);

static bool is_meta(const struct rule *rule)
{
	return rule->kind == RULE_META && rule->expr;
}

/* Values by key, in the order of the pairs: counted, then filled from the back of each part. */
static struct id_lists lists_of(struct arena *arena, const struct pair_vec *pairs, size_t n_keys)
{
	struct id_lists lists;
	must(pairs->n < UINT32_MAX);
	lists.at = ARENA_ARRAY(arena, uint32_t, n_keys + 1);
	lists.items = ARENA_ARRAY(arena, unsigned, pairs->n + 1);
	for (size_t i = 0; i < pairs->n; i++)
		lists.at[pairs->items[i].key]++;
	for (size_t key = 1; key <= n_keys; key++)
		lists.at[key] += lists.at[key - 1];
	for (size_t i = pairs->n; i-- > 0;)
		lists.items[--lists.at[pairs->items[i].key]] = pairs->items[i].value;
	return lists;
}

static void list_dependencies(struct arena *arena, const struct ruleset *ruleset,
			      struct scan_tables *tables)
{
	struct pair_vec awaited = {0}, dependants = {0};
	for (size_t i = 0; i < tables->metas.n; i++) {
		unsigned id = tables->metas.items[i];
		const struct rule_vec *dependencies =
			expr_dependencies(ruleset->rules.items[id]->expr);
		for (size_t j = 0; j < dependencies->n; j++) {
			unsigned needed = dependencies->items[j]->id;
			vec_push(arena, &awaited, ((struct pair){id, needed}));
			vec_push(arena, &dependants, ((struct pair){needed, id}));
		}
	}
	tables->awaited = lists_of(arena, &awaited, tables->n_rules);
	tables->dependants = lists_of(arena, &dependants, tables->n_rules);
}

/* What stays when metas whose metas are all solved are taken away again and again. */
static const bool *find_cycles(struct arena *arena, const struct ruleset *ruleset,
			       const struct scan_tables *tables)
{
	size_t n = tables->n_rules;
	bool *unsolved = ARENA_ARRAY(arena, bool, n + 1);
	unsigned *n_metas = ARENA_ARRAY(arena, unsigned, n + 1);
	struct id_vec solved = {0};
	for (size_t i = 0; i < tables->metas.n; i++) {
		unsigned id = tables->metas.items[i];
		unsolved[id] = true;
		for (uint32_t at = tables->awaited.at[id]; at < tables->awaited.at[id + 1]; at++)
			n_metas[id] += is_meta(ruleset->rules.items[tables->awaited.items[at]]);
		if (!n_metas[id])
			vec_push(arena, &solved, id);
	}
	for (size_t i = 0; i < solved.n; i++) {
		const struct id_lists *dependants = &tables->dependants;
		unsigned id = solved.items[i];
		unsolved[id] = false;
		for (uint32_t at = dependants->at[id]; at < dependants->at[id + 1]; at++)
			if (--n_metas[dependants->items[at]] == 0)
				vec_push(arena, &solved, dependants->items[at]);
	}
	return unsolved;
}

/* What a pending meta names that is no meta. */
static void list_leaves(struct arena *arena, const struct ruleset *ruleset,
			struct scan_tables *tables)
{
	uint32_t n = 0;
	tables->leaves = ARENA_ARRAY(arena, unsigned, tables->awaited.at[tables->n_rules] + 1);
	tables->leaves_at = ARENA_ARRAY(arena, uint32_t, tables->metas.n + 1);
	for (size_t i = 0; i < tables->metas.n; i++) {
		unsigned id = tables->metas.items[i];
		tables->leaves_at[i] = n;
		for (uint32_t at = tables->awaited.at[id]; at < tables->awaited.at[id + 1]; at++)
			if (!is_meta(ruleset->rules.items[tables->awaited.items[at]]))
				tables->leaves[n++] = tables->awaited.items[at];
	}
	tables->leaves_at[tables->metas.n] = n;
}

/* --- what must have hit ----------------------------------------------------------------------- */

static double most_of(const struct rule *rule)
{
	bool has_regex = rule->kind != RULE_EMPTY && rule->kind != RULE_EVAL && !is_meta(rule);
	if (!has_regex)
		return HUGE_VAL;
	return !(rule->flags & RULE_MULTIPLE) ? 1 : rule->max_hits ? rule->max_hits : HUGE_VAL;
}

/* Of an expression that is not understood: something that it names. */
static struct expr_clause any_of(const struct rule *meta)
{
	return (struct expr_clause){*expr_dependencies(meta->expr), 1};
}

struct clauses {
	struct arena *arena;
	struct pair_vec members; /* rule, clause */
	struct id_vec metas;     /* by clause */
	VEC_OF(, int16_t) needs;
	const double *no_values; /* by rule id: 0 */
};

static void add_clauses(struct clauses *all, struct scan_tables *tables, const struct rule *meta)
{
	struct expr_clause_vec clauses = {0};
	double most = expr_clauses_find(all->arena, meta->expr, tables->most, &clauses);
	tables->most[meta->id] = most < 1 ? 1 : most; /* scan_got_hit() */
	if (!clauses.n && expr_value(meta->expr, all->no_values) == 0)
		vec_push(all->arena, &clauses, any_of(meta));
	for (size_t i = 0; i < clauses.n && i < CLAUSES_MAX; i++) {
		const struct expr_clause *clause = &clauses.items[i];
		if (clause->members.n > MEMBERS_MAX)
			continue;
		for (size_t j = 0; j < clause->members.n; j++)
			vec_push(all->arena, &all->members,
				 ((struct pair){clause->members.items[j]->id,
						(unsigned)all->metas.n}));
		vec_push(all->arena, &all->metas, meta->id);
		vec_push(all->arena, &all->needs, (int16_t)clause->needs);
		tables->n_unmet[meta->id]++;
	}
}

static void find_clauses(struct arena *arena, const struct ruleset *ruleset,
			 struct scan_tables *tables)
{
	struct clauses all = {.arena = arena};
	all.no_values = ARENA_ARRAY(arena, double, tables->n_rules + 1);
	tables->most = ARENA_ARRAY(arena, double, tables->n_rules + 1);
	tables->n_unmet = ARENA_ARRAY(arena, uint16_t, tables->n_rules + 1);
	for (size_t id = 0; id < tables->n_rules; id++)
		tables->most[id] = most_of(ruleset->rules.items[id]);
	for (size_t i = 0; i < ruleset->meta_order.n; i++)
		if (is_meta(ruleset->meta_order.items[i]))
			add_clauses(&all, tables, ruleset->meta_order.items[i]);
	tables->clauses = lists_of(arena, &all.members, tables->n_rules);
	tables->clause_meta = all.metas.items;
	tables->clause_lacks = all.needs.items;
	tables->n_clauses = all.metas.n;
}

void meta_tables_make(struct arena *arena, const struct ruleset *ruleset,
		      struct scan_tables *tables)
{
	size_t n = tables->n_rules;
	tables->bounds = expr_bounds_code_new(arena, n);
	for (size_t id = 0; id < n; id++) {
		if (!is_meta(ruleset->rules.items[id]))
			continue;
		vec_push(arena, &tables->metas, (unsigned)id);
		expr_bounds_code_add(tables->bounds, ruleset->rules.items[id]);
	}
	list_dependencies(arena, ruleset, tables);
	list_leaves(arena, ruleset, tables);
	tables->waits_for_end = ARENA_ARRAY(arena, bool, n + 1);
	tables->is_in_cycle = find_cycles(arena, ruleset, tables);
	for (size_t i = 0; i < tables->metas.n; i++) {
		unsigned id = tables->metas.items[i];
		const struct expr *expr = ruleset->rules.items[id]->expr;
		tables->waits_for_end[id] = expr_has_unknown(expr) || expr_is_empty(expr);
		/* SpamAssassin forgets the dependencies of a cycle and evaluates it with what there
		 * is. */
		if (tables->is_in_cycle[id] ||
		    (!expr_dependencies(expr)->n && !tables->waits_for_end[id]))
			vec_push(arena, &tables->independent, id);
	}
	find_clauses(arena, ruleset, tables);
}
