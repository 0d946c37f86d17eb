/*
 * meta: when metas are evaluated. A meta waits until all rules it names have run; how many it still
 * waits for is counted down, so a scan looks at each dependency once (Plugin/Check.pm
 * do_meta_tests, PerMsgStatus.pm rule_ready).
 */
#include "rules/trace.h"

static bool is_meta(const struct rule *rule)
{
	return rule->kind == RULE_META && rule->expr;
}

/* --- made when rules are loaded --------------------------------------------------------------- */

/* What stays when metas whose metas are all solved are taken away again and again. */
static const bool *find_cycles(struct arena *arena, const struct ruleset *ruleset,
			       const struct id_vec *dependants)
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
		const struct id_vec *waiting = &dependants[solved.items[i]];
		unsolved[solved.items[i]] = false;
		for (size_t j = 0; j < waiting->n; j++)
			if (--n_metas[waiting->items[j]] == 0)
				vec_push(arena, &solved, waiting->items[j]);
	}
	return unsolved;
}

static void add_dependants(struct arena *arena, const struct rule *meta, struct scan_tables *tables)
{
	const struct rule_vec *dependencies = expr_dependencies(meta->expr);
	for (size_t i = 0; i < dependencies->n; i++)
		vec_push(arena, &tables->dependants[dependencies->items[i]->id], meta->id);
}

void meta_tables_make(struct arena *arena, const struct ruleset *ruleset,
		      struct scan_tables *tables)
{
	size_t n = ruleset->rules.n;
	tables->dependants = ARENA_ARRAY(arena, struct id_vec, n + 1);
	tables->n_awaited = ARENA_ARRAY(arena, unsigned, n + 1);
	for (size_t id = 0; id < n; id++)
		if (is_meta(ruleset->rules.items[id]))
			add_dependants(arena, ruleset->rules.items[id], tables);
	tables->is_in_cycle = find_cycles(arena, ruleset, tables->dependants);
	for (size_t id = 0; id < n; id++) {
		const struct rule *rule = ruleset->rules.items[id];
		if (!is_meta(rule))
			continue;
		/* Names that no rule has, and "()", wait for the end: one that never comes before.
		 */
		tables->n_awaited[id] = (unsigned)expr_dependencies(rule->expr)->n +
					expr_has_unknown(rule->expr) + expr_is_empty(rule->expr);
		/* SpamAssassin forgets the dependencies of a cycle and evaluates it with what there
		 * is. */
		if (tables->is_in_cycle[id] || !tables->n_awaited[id])
			vec_push(arena, &tables->independent, (unsigned)id);
	}
}

/* --- during a scan ---------------------------------------------------------------------------- */

void meta_start(struct scan *scan)
{
	struct meta_run *run = &scan->metas;
	size_t n = scan->n_ids;
	run->values = ARENA_ARRAY(scan->arena, double, n);
	run->is_ready = ARENA_ARRAY(scan->arena, bool, n);
	run->n_awaited = ARENA_ARRAY(scan->arena, unsigned, n);
	memcpy(run->n_awaited, scan->tables->n_awaited,
	       scan->tables->n_rules * sizeof *run->n_awaited);
	for (size_t i = 0; i < scan->tables->independent.n; i++)
		vec_push(scan->arena, &run->queue, scan->tables->independent.items[i]);
}

void meta_id_ready(struct scan *scan, unsigned ready)
{
	struct meta_run *run = &scan->metas;
	if (run->is_ready[ready])
		return;
	run->is_ready[ready] = true;
	if (ready >= scan->tables->n_rules)
		return;
	const struct id_vec *waiting = &scan->tables->dependants[ready];
	for (size_t i = 0; i < waiting->n; i++) {
		unsigned id = waiting->items[i];
		if (--run->n_awaited[id] == 0 && !scan->tables->is_in_cycle[id])
			vec_push(scan->arena, &run->queue, id);
	}
}

void meta_rule_ready(struct scan *scan, const struct rule *rule)
{
	meta_id_ready(scan, rule->id);
}

static void evaluate(struct scan *scan, unsigned id)
{
	const struct rule *rule = scan->ruleset->rules.items[id];
	double value = expr_value(rule->expr, scan->metas.values);
	trace_meta(scan, rule, value);
	if (value != 0)
		scan_got_hit(scan, rule, value, "");
	else
		meta_rule_ready(scan, rule);
}

static void run_queue(struct scan *scan, bool with_score_only)
{
	struct id_vec *queue = &scan->metas.queue;
	for (size_t i = 0; i < queue->n; i++)
		if (!with_score_only ||
		    scan_rule_is_on(scan, scan->ruleset->rules.items[queue->items[i]]))
			evaluate(scan, queue->items[i]);
	queue->n = 0;
}

void meta_run_ready(struct scan *scan)
{
	if (!scan->timed_out && !scan->stopped)
		run_queue(scan, false);
}

static bool is_pending(const struct scan *scan, const struct rule *rule)
{
	return is_meta(rule) && !scan->metas.is_ready[rule->id] && scan_rule_is_on(scan, rule);
}

/* What a pending meta names and nobody ran counts 0 from now on. */
static void settle_dependencies(struct scan *scan, const struct rule *meta)
{
	const struct rule_vec *dependencies = expr_dependencies(meta->expr);
	for (size_t i = 0; i < dependencies->n; i++)
		if (!is_meta(dependencies->items[i]))
			meta_rule_ready(scan, dependencies->items[i]);
	if ((expr_has_unknown(meta->expr) || expr_is_empty(meta->expr)) &&
	    --scan->metas.n_awaited[meta->id] == 0)
		vec_push(scan->arena, &scan->metas.queue, meta->id);
}

void meta_finish(struct scan *scan)
{
	if (scan->timed_out || scan->stopped)
		return;
	for (size_t i = 0; i < scan->ruleset->rules.n; i++)
		if (is_pending(scan, scan->ruleset->rules.items[i]) &&
		    !scan->tables->is_in_cycle[scan->ruleset->rules.items[i]->id])
			settle_dependencies(scan, scan->ruleset->rules.items[i]);
	run_queue(scan, true);
}
