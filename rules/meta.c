/*
 * meta: when metas are evaluated. A meta waits until all rules it names have run (Plugin/Check.pm
 * do_meta_tests, PerMsgStatus.pm rule_ready). The schedule knows when that is. What waits for a
 * rule that could not run in its turn is left for the end. When a rule hits before its turn, or
 * after it, the scan improvises from then on: it keeps note of what has run, and looks at what each
 * meta still waits for.
 *
 * Most metas of most scans are 0 because of rules that have not hit (expr_clauses.h); these are not
 * evaluated.
 */
#include "lib/base/must.h"
#include "lib/base/profile.h"
#include "rules/trace.h"

/* Of a rule. */
enum {
	IS_READY = 1, /* while the scan improvises */
	IS_LATE = 2,  /* its turn is over and it has no answer; or the meta waits for such a rule */
	IS_HELD = 4,  /* a meta in meta_run.held */
	IS_EVALUATED = 8,
};

static void *copy_of(struct arena *arena, const void *data, size_t n_bytes)
{
	void *copy = arena_alloc(arena, n_bytes + 1);
	if (n_bytes) /* there is nothing of a configuration without rules */
		memcpy(copy, data, n_bytes);
	return copy;
}

void meta_start(struct scan *scan)
{
	struct meta_run *run = &scan->metas;
	const struct scan_tables *tables = scan->tables;
	run->values = ARENA_ARRAY(scan->arena, double, scan->n_ids);
	run->state = ARENA_ARRAY(scan->arena, uint8_t, scan->n_ids);
	run->is_open = ARENA_ARRAY(scan->arena, bool, scan->n_ids);
	run->n_unmet =
		copy_of(scan->arena, tables->n_unmet, tables->n_rules * sizeof *run->n_unmet);
	run->clause_lacks = copy_of(scan->arena, tables->clause_lacks,
				    tables->n_clauses * sizeof *run->clause_lacks);
	/* Nothing is left out: for comparison. */
	run->improvises = run->breaks_bounds = tables->mode != PREFILTER_ON;
}

void meta_open(struct scan *scan, unsigned rule_id)
{
	const struct scan_tables *tables = scan->tables;
	struct meta_run *run = &scan->metas;
	if (rule_id >= tables->n_rules || run->is_open[rule_id])
		return;
	run->is_open[rule_id] = true;
	uint32_t end = tables->clauses.at[rule_id + 1];
	for (uint32_t at = tables->clauses.at[rule_id]; at < end; at++) {
		unsigned clause = tables->clauses.items[at];
		if (--run->clause_lacks[clause] == 0)
			run->n_unmet[tables->clause_meta[clause]]--;
	}
}

void meta_close(struct scan *scan, unsigned rule_id)
{
	const struct scan_tables *tables = scan->tables;
	struct meta_run *run = &scan->metas;
	run->is_open[rule_id] = false;
	uint32_t end = tables->clauses.at[rule_id + 1];
	for (uint32_t at = tables->clauses.at[rule_id]; at < end; at++) {
		unsigned clause = tables->clauses.items[at], meta = tables->clause_meta[clause];
		if (run->clause_lacks[clause]++ == 0 && run->n_unmet[meta]++ == 0 &&
		    !run->breaks_bounds)
			later_give_up(scan, meta);
	}
}

void meta_opened_to(struct scan *scan, unsigned rule_id, double value)
{
	meta_open(scan, rule_id);
	if (rule_id < scan->tables->n_rules && value > scan->tables->most[rule_id])
		scan->metas.breaks_bounds = true;
}

/* --- what has run ----------------------------------------------------------------------------- */

static uint32_t turn_of(const struct scan *scan, unsigned rule_id)
{
	const struct schedule *schedule = scan->metas.schedule;
	return schedule ? schedule->turn_of[rule_id] : TURN_NEVER;
}

bool meta_is_ready(const struct scan *scan, unsigned rule_id)
{
	if (rule_id >= scan->tables->n_rules)
		return scan_hit_of(scan, rule_id) != NULL;
	return scan->metas.state[rule_id] & IS_READY ||
	       (!(scan->metas.state[rule_id] & IS_LATE) && !scan->metas.improvises &&
		turn_of(scan, rule_id) < scan->metas.turn);
}

static void improvise(struct scan *scan)
{
	struct meta_run *run = &scan->metas;
	for (unsigned id = 0; !run->improvises && id < scan->tables->n_rules; id++)
		if (meta_is_ready(scan, id))
			run->state[id] |= IS_READY | IS_EVALUATED;
	run->improvises = true;
}

static void hold(struct scan *scan, unsigned meta_id)
{
	if (scan->metas.state[meta_id] & (IS_HELD | IS_EVALUATED))
		return;
	scan->metas.state[meta_id] |= IS_HELD;
	vec_push(scan->arena, &scan->metas.held, meta_id);
}

static void note_ready(struct scan *scan, unsigned rule_id)
{
	const struct id_lists *dependants = &scan->tables->dependants;
	if (scan->metas.state[rule_id] & IS_READY)
		return;
	scan->metas.state[rule_id] |= IS_READY;
	for (uint32_t at = dependants->at[rule_id]; at < dependants->at[rule_id + 1]; at++)
		hold(scan, dependants->items[at]);
}

void meta_rule_hits(struct scan *scan, unsigned rule_id)
{
	if (rule_id >= scan->tables->n_rules || meta_is_ready(scan, rule_id) ||
	    (!scan->metas.improvises && turn_of(scan, rule_id) == scan->metas.turn))
		return;
	improvise(scan);
	note_ready(scan, rule_id);
}

void meta_rule_late(struct scan *scan, unsigned rule_id)
{
	const struct id_lists *dependants = &scan->tables->dependants;
	uint8_t *state = scan->metas.state;
	state[rule_id] |= IS_LATE;
	if (scan->metas.improvises)
		return;
	for (uint32_t at = dependants->at[rule_id]; at < dependants->at[rule_id + 1]; at++) {
		unsigned meta = dependants->items[at];
		if (state[meta] & IS_LATE || scan->tables->is_in_cycle[meta])
			continue;
		hold(scan, meta);
		meta_rule_late(scan, meta);
	}
}

void meta_group_done(struct scan *scan, const struct rule_vec *rules)
{
	for (size_t i = 0; scan->metas.improvises && i < rules->n; i++)
		if (!(scan->metas.state[rules->items[i]->id] & IS_LATE))
			note_ready(scan, rules->items[i]->id);
	scan->metas.turn++;
}

/* --- evaluating ------------------------------------------------------------------------------- */

static bool is_traced(const struct scan *scan)
{
	return scan->traces_rules || scan->traces_all_rules;
}

/* False: dependants wait for it, and will in vain. */
static bool evaluate(struct scan *scan, unsigned id)
{
	double value;
	if (meta_is_resting(scan, id) || later_put_off(scan, id))
		return true;
	if (!later_meta_value(scan, id, &value)) {
		(void)scan_is_out_of_time(scan);
		return false;
	}
	if (is_traced(scan))
		trace_meta(scan, scan->ruleset->rules.items[id], value);
	if (value != 0)
		scan_got_hit(scan, scan->ruleset->rules.items[id], value, "");
	return value == 0 || scan_rule_is_on(scan, id);
}

static bool all_are_ready(const struct scan *scan, unsigned meta_id)
{
	const struct scan_tables *tables = scan->tables;
	if (tables->is_in_cycle[meta_id])
		return true;
	for (uint32_t at = tables->awaited.at[meta_id]; at < tables->awaited.at[meta_id + 1]; at++)
		if (!meta_is_ready(scan, tables->awaited.items[at]))
			return false;
	return !tables->waits_for_end[meta_id] || scan->metas.is_ending;
}

static void evaluate_noting(struct scan *scan, unsigned id)
{
	scan->metas.state[id] |= IS_EVALUATED;
	if (!(scan->metas.is_ending && !scan_rule_is_on(scan, id)) && evaluate(scan, id))
		note_ready(scan, id);
}

/* All that can be evaluated; what one comes to may be what another waits for. */
static void run_held(struct scan *scan)
{
	struct id_vec *held = &scan->metas.held;
	bool goes_on = true;
	while (goes_on) {
		size_t n_left = 0;
		goes_on = false;
		for (size_t i = 0; i < held->n; i++) {
			unsigned id = held->items[i];
			if (!all_are_ready(scan, id)) {
				held->items[n_left++] = id;
			} else if (!(scan->metas.state[id] & IS_EVALUATED)) {
				evaluate_noting(scan, id);
				goes_on = true;
			}
		}
		held->n = n_left;
	}
}

/* The list is to be evaluated from the nth on. */
static void improvise_from(struct scan *scan, const struct id_vec *list, size_t nth)
{
	for (size_t i = 0; i < list->n; i++) {
		uint8_t *state = &scan->metas.state[list->items[i]];
		if (i < nth)
			*state |= *state & IS_LATE ? 0 : IS_READY | IS_EVALUATED;
		else if (!all_are_ready(scan, list->items[i]))
			hold(scan, list->items[i]);
		else if (!(*state & IS_EVALUATED))
			evaluate_noting(scan, list->items[i]);
	}
	run_held(scan);
}

static void run_list(struct scan *scan, const struct id_vec *list, uint32_t turn)
{
	struct meta_run *run = &scan->metas;
	struct profile_mark mark = profile_enter(PROFILE_METAS);
	size_t i = 0;
	run->turn = turn;
	for (; !run->improvises && i < list->n; i++) {
		unsigned id = list->items[i];
		if (meta_is_resting(scan, id) || run->state[id] & IS_LATE ||
		    (run->is_ending && !scan_rule_is_on(scan, id)) || evaluate(scan, id))
			continue;
		run->state[id] |= IS_EVALUATED;
		meta_rule_late(scan, id);
	}
	if (run->improvises)
		improvise_from(scan, list, i);
	run->turn++;
	if (run->is_ending)
		run_held(scan);
	profile_leave(mark);
}

void meta_run_step(struct scan *scan, size_t nth)
{
	if (!scan->timed_out && !scan->stopped)
		run_list(scan, &scan->metas.schedule->metas[nth], turn_of_metas(nth));
}

/* --- the end ---------------------------------------------------------------------------------- */

static bool is_pending(const struct scan *scan, unsigned id)
{
	return !(scan->metas.state[id] & IS_READY) && !scan->tables->is_in_cycle[id] &&
	       scan_rule_is_on(scan, id);
}

/* Rules that could not run in their turn count 0 from now on, for metas that count. */
static void settle_late(struct scan *scan)
{
	const struct id_lists *awaited = &scan->tables->awaited;
	for (size_t i = 0; i < scan->metas.held.n; i++) {
		unsigned id = scan->metas.held.items[i];
		for (uint32_t at = awaited->at[id];
		     scan_rule_is_on(scan, id) && at < awaited->at[id + 1]; at++)
			if (scan->ruleset->rules.items[awaited->items[at]]->kind != RULE_META)
				scan->metas.state[awaited->items[at]] &= (uint8_t)~IS_LATE;
	}
}

/* What a pending meta names and nobody ran counts 0 from now on. */
static void settle_leaves(struct scan *scan)
{
	const struct scan_tables *tables = scan->tables;
	for (size_t i = 0; i < tables->metas.n; i++) {
		if (!is_pending(scan, tables->metas.items[i]))
			continue;
		for (uint32_t at = tables->leaves_at[i]; at < tables->leaves_at[i + 1]; at++)
			note_ready(scan, tables->leaves[at]);
		if (tables->waits_for_end[tables->metas.items[i]])
			hold(scan, tables->metas.items[i]);
	}
}

void meta_finish(struct scan *scan)
{
	const struct schedule *schedule = scan->metas.schedule;
	if (scan->timed_out || scan->stopped)
		return;
	scan->metas.is_ending = true;
	if (scan->metas.improvises)
		settle_leaves(scan);
	else
		settle_late(scan);
	run_list(scan, &schedule->metas[schedule->n_steps], turn_of_metas(schedule->n_steps));
	scan->metas.turn = TURN_NEVER;
}
