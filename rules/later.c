/*
 * later: sub-rules that wait until somebody asks. Most of a rule set's regexes and metas are
 * sub-rules, and most metas are decided by a few of those that they name. So a sub-rule whose turn
 * has come counts as having run, but is tried only when a meta cannot do without it, when a plugin
 * or a reader of the result asks, or when the text that it is for is about to change. What it finds
 * then is what it would have found in its turn. See scanning.h.
 */
#include <math.h>

#include "lib/base/profile.h"
#include "rules/trace.h"

enum {
	PUT_OFF = 1,
	BEING_TRIED = 2,
	METAS_DEEP_MAX = 32, /* metas that wait for metas that wait */
	LOOKS_MAX = 5000,    /* at rules, in finding what a meta still needs */
};

/* --- made when rules are loaded --------------------------------------------------------------- */

static bool regex_may_wait(const struct rule *rule)
{
	return rule->flags & RULE_IS_SUBRULE && !(rule->flags & RULE_IS_CAPTURE) && rule->pattern &&
	       rule->pattern->regex && !rule->pattern->needs.n;
}

static bool eval_may_wait(const struct rule *rule)
{
	return rule->flags & RULE_IS_SUBRULE && rule->kind == RULE_EVAL && rule->eval->def &&
	       rule->eval->waits_ns;
}

static bool meta_may_wait(const struct scan_tables *tables, const struct rule *rule)
{
	return rule->flags & RULE_IS_SUBRULE && rule->kind == RULE_META && rule->expr &&
	       !tables->is_in_cycle[rule->id] && !expr_is_empty(rule->expr) &&
	       !expr_has_unknown(rule->expr) && expr_has_bounds(rule->expr);
}

/* Dependencies come first: how many metas that may wait lie below each other. */
static void add_meta(struct scan_tables *tables, const struct rule *rule, unsigned *depths)
{
	const struct rule_vec *dependencies = expr_dependencies(rule->expr);
	unsigned depth = 1;
	for (size_t i = 0; i < dependencies->n; i++)
		if (depths[dependencies->items[i]->id] >= depth)
			depth = depths[dependencies->items[i]->id] + 1;
	if (depth > METAS_DEEP_MAX)
		return;
	tables->may_wait[rule->id] = true;
	depths[rule->id] = depth;
}

void later_tables_make(struct arena *arena, const struct ruleset *ruleset,
		       struct scan_tables *tables)
{
	unsigned *depths = ARENA_ARRAY(arena, unsigned, ruleset->rules.n + 1);
	tables->may_wait = ARENA_ARRAY(arena, bool, ruleset->rules.n + 1);
	tables->waits_among = ARENA_ARRAY(arena, uint8_t, ruleset->rules.n + 1);
	for (size_t i = 0; i < ruleset->rules.n; i++) {
		const struct rule *rule = ruleset->rules.items[i];
		tables->may_wait[i] = regex_may_wait(rule) || eval_may_wait(rule);
		tables->waits_among[i] = rule->kind == RULE_EVAL   ? WAITING_EVALS
					 : rule->kind == RULE_META ? WAITING_METAS
								   : (uint8_t)rule->view;
	}
	for (size_t i = 0; i < ruleset->meta_order.n; i++)
		if (meta_may_wait(tables, ruleset->meta_order.items[i]))
			add_meta(tables, ruleset->meta_order.items[i], depths);
}

/* --- putting off ------------------------------------------------------------------------------ */

/* Prefixes of the subject stand in the order of hits. */
static bool subject_shows_subrules(const struct settings *settings)
{
	const struct map_entry *entry;
	for (size_t cursor = 0;
	     settings->subjprefix && (entry = map_next(settings->subjprefix, &cursor)) != NULL;)
		if (str_has_prefix(entry->key, "__"))
			return true;
	return false;
}

void later_start(struct scan *scan)
{
	const struct extension *extension = scan->ruleset->extension;
	bool is_watched = scan->traces_rules || scan->traces_all_rules || scan->traces_checks ||
			  (extension && extension->rule_hit) ||
			  subject_shows_subrules(scan->prefs->settings);
	scan->metas.put_off = ARENA_ARRAY(scan->arena, uint8_t, scan->n_ids);
	scan->metas.costs = arena_alloc(scan->arena, scan->n_ids * sizeof *scan->metas.costs);
	scan->puts_off = !is_watched && scan->tables->mode == PREFILTER_ON;
}

bool later_put_off(struct scan *scan, unsigned id)
{
	struct meta_run *run = &scan->metas;
	if (!scan->puts_off || id >= scan->tables->n_rules || !scan->tables->may_wait[id] ||
	    run->put_off[id] || run->values[id] != 0 || !scan_rule_is_on(scan, id))
		return false;
	run->put_off[id] = PUT_OFF;
	run->costs[id] = 0;
	scan->n_put_off[scan->tables->waits_among[id]]++;
	meta_open(scan, id);
	return true;
}

/* --- trying ----------------------------------------------------------------------------------- */

static void settled(struct scan *scan, unsigned id)
{
	scan->metas.put_off[id] = 0;
	scan->n_put_off[scan->tables->waits_among[id]]--;
	if (scan->metas.values[id] == 0)
		meta_close(scan, id);
}

static void come_to(struct scan *scan, const struct rule *meta, double value)
{
	scan->metas.put_off[meta->id] = BEING_TRIED;
	if (value != 0)
		scan_got_hit(scan, meta, value, "");
	settled(scan, meta->id);
}

void later_give_up(struct scan *scan, unsigned meta_id)
{
	if (scan->metas.put_off[meta_id] == PUT_OFF)
		settled(scan, meta_id);
}

static void try_now(struct scan *scan, const struct rule *rule)
{
	struct profile_mark mark = profile_enter(PROFILE_CONFIRM);
	scan->metas.put_off[rule->id] = BEING_TRIED;
	if (rule->kind == RULE_EVAL)
		scan_run_eval(scan, rule);
	else
		match_rule(scan, rule);
	settled(scan, rule->id);
	profile_leave(mark);
}

void later_settle(struct scan *scan, unsigned id)
{
	const struct rule *rule;
	if (id >= scan->tables->n_rules || scan->metas.put_off[id] != PUT_OFF || scan_is_late(scan))
		return;
	rule = scan->ruleset->rules.items[id];
	if (rule->kind != RULE_META) {
		try_now(scan, rule);
		return;
	}
	double value;
	if (later_meta_value(scan, id, &value) &&
	    scan->metas.put_off[id] == PUT_OFF) /* looking at it may have settled it */
		come_to(scan, rule, value);
}

/* Eval functions read what they like. */
void later_settle_view(struct scan *scan, enum rule_view view)
{
	const unsigned *n_put_off = scan->n_put_off;
	for (unsigned id = 0; id < scan->tables->n_rules; id++) {
		uint8_t among = scan->tables->waits_among[id];
		if (!n_put_off[view] && !n_put_off[WAITING_EVALS])
			break;
		if (scan->metas.put_off[id] && (among == view || among == WAITING_EVALS))
			later_settle(scan, id);
	}
}

void scan_settle(struct scan *scan)
{
	for (unsigned id = 0; scan->puts_off && id < scan->tables->n_rules; id++)
		later_settle(scan, id);
}

void later_expect_hit(struct scan *scan, const struct rule *rule)
{
	const struct scan_tables *tables = scan->tables;
	struct meta_run *run = &scan->metas;
	if (!scan->puts_off || rule->id >= tables->n_rules ||
	    (!run->put_off[rule->id] && !meta_is_ready(scan, rule->id)))
		return;
	later_settle(scan, rule->id);
	if (run->put_off[rule->id])
		return;
	/* What was put off would have seen the value before this hit. */
	for (uint32_t at = tables->dependants.at[rule->id];
	     at < tables->dependants.at[rule->id + 1]; at++)
		later_settle(scan, tables->dependants.items[at]);
}

/* --- what a meta cannot do without ------------------------------------------------------------ */

struct look {
	struct scan *scan;
	struct expr_look known;
	unsigned n_looks;
};

static float cost_of(struct scan *scan, unsigned id)
{
	const struct rule *rule = scan->ruleset->rules.items[id];
	return rule->kind == RULE_EVAL ? (float)rule->eval->waits_ns
				       : (float)match_cost(scan, rule);
}

static void of_regex_or_eval(struct scan *scan, unsigned id, struct expr_bounds *out)
{
	float *cost = &scan->metas.costs[id];
	if (*cost == 0)
		*cost = cost_of(scan, id);
	*out = (struct expr_bounds){0, scan->tables->most[id], id, *cost};
}

/* A hit of less than 0 counts 1 (scan_got_hit()). */
static void of_meta(struct look *look, unsigned id, struct expr_bounds *out)
{
	struct scan *scan = look->scan;
	expr_bounds_of(scan->tables->bounds, id, &look->known, out);
	if (!expr_bounds_are_exact(out)) {
		out->low = fmax(out->low, 0);
		out->high = fmax(out->high, 1);
		return;
	}
	if (scan->metas.put_off[id] == PUT_OFF) /* looking at it may have settled it */
		come_to(scan, scan->ruleset->rules.items[id], out->low);
	out->low = out->high = scan->metas.values[id];
}

static void of_put_off(void *data, unsigned id, struct expr_bounds *out)
{
	struct look *look = data;
	if (++look->n_looks > LOOKS_MAX)
		*out = (struct expr_bounds){-HUGE_VAL, HUGE_VAL, EXPR_NO_RULE, HUGE_VALF};
	else if (look->scan->tables->waits_among[id] == WAITING_METAS)
		of_meta(look, id, out);
	else
		of_regex_or_eval(look->scan, id, out);
}

/* What can be known of it, and the cheapest of the rules that could decide it. */
static void look_at(struct scan *scan, unsigned meta_id, struct expr_bounds *out)
{
	const struct meta_run *run = &scan->metas;
	struct look look = {.scan = scan};
	look.known = (struct expr_look){run->values, run->is_open, run->put_off, of_put_off, &look};
	expr_bounds_of(scan->tables->bounds, meta_id, &look.known, out);
}

/* False: the time is over before all are tried. */
static bool value_of_all(struct scan *scan, const struct expr *expr, double *value_out)
{
	const struct rule_vec *dependencies = expr_dependencies(expr);
	for (size_t i = 0; i < dependencies->n; i++) {
		later_settle(scan, dependencies->items[i]->id);
		if (scan->metas.put_off[dependencies->items[i]->id])
			return false;
	}
	*value_out = expr_value(expr, scan->metas.values);
	return true;
}

bool later_meta_value(struct scan *scan, unsigned id, double *value_out)
{
	bool has_tried = false;
	struct expr_bounds bounds;
	*value_out = 0;
	for (; !meta_is_resting(scan, id); has_tried = true) {
		look_at(scan, id, &bounds);
		if (expr_bounds_are_exact(&bounds)) {
			*value_out = bounds.low;
			break;
		}
		bool is_stuck = bounds.next == EXPR_NO_RULE ||
				scan->metas.put_off[bounds.next] != PUT_OFF || scan_is_late(scan);
		if (is_stuck)
			return value_of_all(scan, scan->ruleset->rules.items[id]->expr, value_out);
		later_settle(scan, bounds.next);
	}
	return !has_tried || !scan_is_late(scan);
}
