/*
 * meta: when metas are evaluated. A meta waits until all rules it names have run; how many it still
 * waits for is counted down, so a scan looks at each dependency once (Plugin/Check.pm
 * do_meta_tests, PerMsgStatus.pm rule_ready).
 */
#include "lib/base/must.h"
#include "lib/base/profile.h"
#include "rules/trace.h"

static bool is_meta(const struct rule *rule)
{
	return rule->kind == RULE_META && rule->expr;
}

/* --- made when rules are loaded --------------------------------------------------------------- */

/* What stays when metas whose metas are all solved are taken away again and again. */
static const bool *find_cycles(struct arena *arena, const struct ruleset *ruleset,
			       const struct scan_tables *tables)
{
	size_t n = ruleset->rules.n;
	bool *unsolved = ARENA_ARRAY(arena, bool, n + 1);
	unsigned *n_metas = ARENA_ARRAY(arena, unsigned, n + 1);
	struct id_vec solved = {0};
	for (size_t id = 0; id < n; id++) {
		const struct rule *rule = ruleset->rules.items[id];
		if (!is_meta(rule))
			continue;
		const struct rule_vec *dependencies = expr_dependencies(rule->expr);
		unsolved[id] = true;
		for (size_t i = 0; i < dependencies->n; i++)
			n_metas[id] += is_meta(dependencies->items[i]);
		if (!n_metas[id])
			vec_push(arena, &solved, (unsigned)id);
	}
	for (size_t i = 0; i < solved.n; i++) {
		unsigned id = solved.items[i];
		unsolved[id] = false;
		for (uint32_t at = tables->dependants_at[id]; at < tables->dependants_at[id + 1];
		     at++)
			if (--n_metas[tables->dependants[at]] == 0)
				vec_push(arena, &solved, tables->dependants[at]);
	}
	return unsolved;
}

/* One list of ids for all rules: counted, then filled from the back of each rule's part. */
static void list_dependants(struct arena *arena, const struct ruleset *ruleset,
			    struct scan_tables *tables)
{
	size_t n = ruleset->rules.n, n_all = 0;
	tables->dependants_at = ARENA_ARRAY(arena, uint32_t, n + 1);
	for (size_t i = 0; i < tables->metas.n; i++) {
		const struct rule *meta = ruleset->rules.items[tables->metas.items[i]];
		const struct rule_vec *dependencies = expr_dependencies(meta->expr);
		n_all += dependencies->n;
		for (size_t j = 0; j < dependencies->n; j++)
			tables->dependants_at[dependencies->items[j]->id]++;
	}
	must(n_all < UINT32_MAX);
	for (size_t id = 1; id <= n; id++)
		tables->dependants_at[id] += tables->dependants_at[id - 1];
	tables->dependants = ARENA_ARRAY(arena, unsigned, n_all + 1);
	for (size_t i = tables->metas.n; i-- > 0;) {
		const struct rule *meta = ruleset->rules.items[tables->metas.items[i]];
		const struct rule_vec *dependencies = expr_dependencies(meta->expr);
		for (size_t j = 0; j < dependencies->n; j++)
			tables->dependants[--tables->dependants_at[dependencies->items[j]->id]] =
				meta->id;
	}
}

/* What a pending meta names that is no meta. */
static void list_leaves(struct arena *arena, const struct ruleset *ruleset,
			struct scan_tables *tables)
{
	size_t n_all = 0;
	for (size_t i = 0; i < tables->metas.n; i++)
		n_all += expr_dependencies(ruleset->rules.items[tables->metas.items[i]]->expr)->n;
	tables->leaves = ARENA_ARRAY(arena, unsigned, n_all + 1);
	tables->leaves_at = ARENA_ARRAY(arena, uint32_t, tables->metas.n + 1);
	uint32_t n = 0;
	for (size_t i = 0; i < tables->metas.n; i++) {
		const struct rule *meta = ruleset->rules.items[tables->metas.items[i]];
		const struct rule_vec *dependencies = expr_dependencies(meta->expr);
		tables->leaves_at[i] = n;
		for (size_t j = 0; j < dependencies->n; j++)
			if (!is_meta(dependencies->items[j]))
				tables->leaves[n++] = dependencies->items[j]->id;
	}
	tables->leaves_at[tables->metas.n] = n;
}

static bool waits_for_end(const struct rule *meta)
{
	return expr_has_unknown(meta->expr) || expr_is_empty(meta->expr);
}

/* Most metas of most scans: they need not be evaluated. */
static void find_resting(struct arena *arena, size_t n, struct scan_tables *tables)
{
	const double *values = ARENA_ARRAY(arena, double, n + 1);
	const uint8_t *put_off = ARENA_ARRAY(arena, uint8_t, n + 1);
	tables->rests_at_0 = ARENA_ARRAY(arena, bool, n + 1);
	for (size_t i = 0; i < tables->metas.n; i++) {
		unsigned id = tables->metas.items[i], needs;
		double value;
		tables->rests_at_0[id] =
			expr_code_value(tables->code, id, values, put_off, &value, &needs) &&
			value == 0;
	}
}

void meta_tables_make(struct arena *arena, const struct ruleset *ruleset,
		      struct scan_tables *tables)
{
	size_t n = ruleset->rules.n;
	tables->n_awaited = ARENA_ARRAY(arena, unsigned, n + 1);
	tables->code = expr_code_new(arena, n);
	for (size_t id = 0; id < n; id++) {
		if (!is_meta(ruleset->rules.items[id]))
			continue;
		vec_push(arena, &tables->metas, (unsigned)id);
		expr_code_add(tables->code, ruleset->rules.items[id]);
	}
	find_resting(arena, n, tables);
	list_dependants(arena, ruleset, tables);
	list_leaves(arena, ruleset, tables);
	tables->waits_for_end = ARENA_ARRAY(arena, bool, n + 1);
	tables->is_in_cycle = find_cycles(arena, ruleset, tables);
	for (size_t i = 0; i < tables->metas.n; i++) {
		unsigned id = tables->metas.items[i];
		const struct rule *rule = ruleset->rules.items[id];
		/* Names that no rule has, and "()", wait for the end: one that never comes before.
		 */
		tables->waits_for_end[id] = waits_for_end(rule);
		tables->n_awaited[id] = (unsigned)expr_dependencies(rule->expr)->n +
					expr_has_unknown(rule->expr) + expr_is_empty(rule->expr);
		/* SpamAssassin forgets the dependencies of a cycle and evaluates it with what there
		 * is. */
		if (tables->is_in_cycle[id] || !tables->n_awaited[id])
			vec_push(arena, &tables->independent, id);
	}
}

/* --- during a scan ---------------------------------------------------------------------------- */

void meta_start(struct scan *scan)
{
	struct meta_run *run = &scan->metas;
	size_t n = scan->n_ids;
	run->values = ARENA_ARRAY(scan->arena, double, n);
	run->is_ready = ARENA_ARRAY(scan->arena, bool, n);
	run->is_stirred = ARENA_ARRAY(scan->arena, bool, n);
	run->n_awaited = ARENA_ARRAY(scan->arena, unsigned, n);
	memcpy(run->n_awaited, scan->tables->n_awaited,
	       scan->tables->n_rules * sizeof *run->n_awaited);
	for (size_t i = 0; i < scan->tables->independent.n; i++)
		vec_push(scan->arena, &run->queue, scan->tables->independent.items[i]);
}

void meta_stir(struct scan *scan, unsigned rule_id)
{
	const struct scan_tables *tables = scan->tables;
	if (rule_id >= tables->n_rules)
		return;
	uint32_t end = tables->dependants_at[rule_id + 1];
	for (uint32_t at = tables->dependants_at[rule_id]; at < end; at++)
		scan->metas.is_stirred[tables->dependants[at]] = true;
}

void meta_id_ready(struct scan *scan, unsigned rule_id)
{
	const struct scan_tables *tables = scan->tables;
	struct meta_run *run = &scan->metas;
	if (run->is_ready[rule_id])
		return;
	run->is_ready[rule_id] = true;
	if (rule_id >= tables->n_rules)
		return;
	uint32_t end = tables->dependants_at[rule_id + 1];
	for (uint32_t at = tables->dependants_at[rule_id]; at < end; at++) {
		unsigned id = tables->dependants[at];
		if (--run->n_awaited[id] == 0 && !tables->is_in_cycle[id])
			vec_push(scan->arena, &run->queue, id);
	}
}

void meta_rule_ready(struct scan *scan, const struct rule *rule)
{
	meta_id_ready(scan, rule->id);
}

static bool is_resting(const struct scan *scan, unsigned id)
{
	return scan->tables->rests_at_0[id] && !scan->metas.is_stirred[id] && !scan->traces_rules &&
	       !scan->traces_all_rules;
}

static void evaluate(struct scan *scan, unsigned id)
{
	if (is_resting(scan, id)) {
		meta_id_ready(scan, id);
		return;
	}
	if (later_put_off(scan, id))
		return;
	double value;
	if (!later_meta_value(scan, id, &value)) {
		(void)scan_is_out_of_time(scan);
		return;
	}
	if (scan->traces_rules || scan->traces_all_rules)
		trace_meta(scan, scan->ruleset->rules.items[id], value);
	if (value != 0)
		scan_got_hit(scan, scan->ruleset->rules.items[id], value, "");
	else
		meta_id_ready(scan, id);
}

static void run_queue(struct scan *scan, bool with_score_only)
{
	struct id_vec *queue = &scan->metas.queue;
	struct profile_mark mark = profile_enter(PROFILE_METAS);
	for (size_t i = 0; i < queue->n; i++)
		if (!with_score_only || scan_rule_is_on(scan, queue->items[i]))
			evaluate(scan, queue->items[i]);
	queue->n = 0;
	profile_leave(mark);
}

void meta_run_ready(struct scan *scan)
{
	if (!scan->timed_out && !scan->stopped)
		run_queue(scan, false);
}

static bool is_pending(const struct scan *scan, unsigned id)
{
	return !scan->metas.is_ready[id] && !scan->tables->is_in_cycle[id] &&
	       scan_rule_is_on(scan, id);
}

/* What a pending meta names and nobody ran counts 0 from now on. */
static void settle_leaves(struct scan *scan, size_t nth)
{
	const struct scan_tables *tables = scan->tables;
	unsigned meta_id = tables->metas.items[nth];
	for (uint32_t at = tables->leaves_at[nth]; at < tables->leaves_at[nth + 1]; at++)
		meta_id_ready(scan, tables->leaves[at]);
	if (tables->waits_for_end[meta_id] && --scan->metas.n_awaited[meta_id] == 0)
		vec_push(scan->arena, &scan->metas.queue, meta_id);
}

void meta_finish(struct scan *scan)
{
	if (scan->timed_out || scan->stopped)
		return;
	const struct id_vec *metas = &scan->tables->metas;
	for (size_t i = 0; i < metas->n; i++)
		if (is_pending(scan, metas->items[i]))
			settle_leaves(scan, i);
	run_queue(scan, true);
}
