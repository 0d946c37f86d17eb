/*
 * schedule: when each rule and meta of a plan has its turn, found by a rehearsal of a scan in which
 * nothing unusual happens. A meta comes behind the priority in which the last of the rules that it
 * names has run, in the order in which metas become ready (see meta.c).
 */
#include "rules/scanning.h"

struct rehearsal {
	struct arena *arena;
	const struct ruleset *ruleset;
	const struct scan_tables *tables;
	const struct plan *plan;
	struct schedule *schedule;
	bool *has_run;
	unsigned *n_awaited; /* by meta id: rules that have not run */
	struct id_vec *list; /* metas that have become ready join it */
};

static void run(struct rehearsal *rehearsal, unsigned id, uint32_t turn)
{
	const struct scan_tables *tables = rehearsal->tables;
	if (rehearsal->has_run[id])
		return;
	rehearsal->has_run[id] = true;
	rehearsal->schedule->turn_of[id] = turn;
	for (uint32_t at = tables->dependants.at[id]; at < tables->dependants.at[id + 1]; at++) {
		unsigned meta = tables->dependants.items[at];
		if (--rehearsal->n_awaited[meta] == 0 && !tables->is_in_cycle[meta] &&
		    !tables->waits_for_end[meta])
			vec_push(rehearsal->arena, rehearsal->list, meta);
	}
}

static void run_rules(struct rehearsal *rehearsal, const struct rule_vec *rules, uint32_t turn)
{
	for (size_t i = 0; i < rules->n; i++)
		run(rehearsal, rules->items[i]->id, turn);
}

/* They make others ready. */
static void run_metas(struct rehearsal *rehearsal, uint32_t turn, bool with_score_only)
{
	for (size_t i = 0; i < rehearsal->list->n; i++)
		if (!with_score_only || rehearsal->plan->has_points[rehearsal->list->items[i]])
			run(rehearsal, rehearsal->list->items[i], turn);
}

static void run_step(struct rehearsal *rehearsal, size_t nth)
{
	const struct plan_step *step = &rehearsal->plan->steps.items[nth];
	for (uint32_t i = 0; i < SCAN_GROUPS; i++)
		run_rules(rehearsal, scan_group_rules(step, &scan_groups[i]),
			  turn_of_group(nth, i));
	run_metas(rehearsal, turn_of_metas(nth), false);
}

/* What nobody ran counts as if, for metas that count. */
static void run_leaves(struct rehearsal *rehearsal, uint32_t turn)
{
	const struct scan_tables *tables = rehearsal->tables;
	for (size_t i = 0; i < tables->metas.n; i++) {
		unsigned id = tables->metas.items[i];
		if (rehearsal->has_run[id] || tables->is_in_cycle[id] ||
		    !rehearsal->plan->has_points[id])
			continue;
		for (uint32_t at = tables->leaves_at[i]; at < tables->leaves_at[i + 1]; at++)
			run(rehearsal, tables->leaves[at], turn);
		if (tables->waits_for_end[id] && rehearsal->n_awaited[id] == 0)
			vec_push(rehearsal->arena, rehearsal->list, id);
	}
}

static void start(struct rehearsal *rehearsal)
{
	const struct scan_tables *tables = rehearsal->tables;
	struct schedule *schedule = rehearsal->schedule;
	size_t n = tables->n_rules;
	rehearsal->has_run = ARENA_ARRAY(rehearsal->arena, bool, n + 1);
	rehearsal->n_awaited = ARENA_ARRAY(rehearsal->arena, unsigned, n + 1);
	schedule->metas = ARENA_ARRAY(rehearsal->arena, struct id_vec, schedule->n_steps + 1);
	schedule->turn_of = ARENA_ARRAY(rehearsal->arena, uint32_t, n + 1);
	memset(schedule->turn_of, 0xFF, n * sizeof *schedule->turn_of); /* TURN_NEVER */
	for (size_t i = 0; i < tables->metas.n; i++) {
		unsigned id = tables->metas.items[i];
		rehearsal->n_awaited[id] = tables->awaited.at[id + 1] - tables->awaited.at[id];
	}
	rehearsal->list = &schedule->metas[0];
	for (size_t i = 0; i < tables->independent.n; i++)
		vec_push(rehearsal->arena, rehearsal->list, tables->independent.items[i]);
}

const struct schedule *schedule_make(struct arena *arena, const struct ruleset *ruleset,
				     const struct scan_tables *tables, const struct plan *plan)
{
	struct schedule *schedule = ARENA_NEW(arena, struct schedule);
	struct rehearsal rehearsal = {arena, ruleset, tables, plan, schedule, NULL, NULL, NULL};
	schedule->n_steps = plan->steps.n;
	start(&rehearsal);
	size_t launch = scan_launch_step(plan);
	for (size_t i = 0; i < plan->steps.n; i++) {
		rehearsal.list = &schedule->metas[i];
		if (i == launch)
			run_rules(&rehearsal, &plan->rbl_rules, turn_of_launch(i));
		run_step(&rehearsal, i);
	}
	rehearsal.list = &schedule->metas[plan->steps.n];
	if (launch == plan->steps.n)
		run_rules(&rehearsal, &plan->rbl_rules, turn_of_launch(launch));
	run_leaves(&rehearsal, turn_of_group(plan->steps.n, 0));
	run_metas(&rehearsal, turn_of_metas(plan->steps.n), true);
	return schedule;
}
