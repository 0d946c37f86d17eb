/*
 * later: sub-rules that wait until somebody asks. Most of a rule set's regexes and metas are
 * sub-rules, and most metas are decided by a few of those that they name. So a sub-rule whose turn
 * has come counts as having run, but is tried only when a meta cannot do without it, when a plugin
 * or a reader of the result asks, or when the text that it is for is about to change. What it finds
 * then is what it would have found in its turn. See scanning.h.
 */
#include <math.h>

#include "lib/base/profile.h"
#include "rules/expr_bounds.h"
#include "rules/trace.h"

enum {
	PUT_OFF = 1,
	BEING_TRIED = 2,
	METAS_DEEP_MAX = 32, /* metas that wait for metas that wait */
	LOOKS_MAX = 5000,    /* at rules, in finding what a meta still needs */
	CHEAP_NS = 600,      /* a rule is tried rather than looked at again and again */
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
	tables->view_of = ARENA_ARRAY(arena, uint8_t, ruleset->rules.n + 1);
	for (size_t i = 0; i < ruleset->rules.n; i++) {
		const struct rule *rule = ruleset->rules.items[i];
		tables->may_wait[i] = regex_may_wait(rule) || eval_may_wait(rule);
		tables->view_of[i] = rule->kind == RULE_EVAL ? VIEW_COUNT : (uint8_t)rule->view;
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
	scan->n_put_off[scan->tables->view_of[id]]++;
	meta_open(scan, id);
	return true;
}

/* --- trying ----------------------------------------------------------------------------------- */

static void come_to(struct scan *scan, const struct rule *meta, double value)
{
	scan->metas.put_off[meta->id] = BEING_TRIED;
	if (value != 0)
		scan_got_hit(scan, meta, value, "");
	scan->metas.put_off[meta->id] = 0;
	scan->n_put_off[scan->tables->view_of[meta->id]]--;
}

static void try_now(struct scan *scan, const struct rule *rule)
{
	struct profile_mark mark = profile_enter(PROFILE_CONFIRM);
	scan->metas.put_off[rule->id] = BEING_TRIED;
	if (rule->kind == RULE_EVAL)
		scan_run_eval(scan, rule);
	else
		match_rule(scan, rule);
	scan->metas.put_off[rule->id] = 0;
	scan->n_put_off[scan->tables->view_of[rule->id]]--;
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
		uint8_t of_rule = scan->tables->view_of[id];
		if (!n_put_off[view] && !n_put_off[VIEW_COUNT])
			break;
		if (scan->metas.put_off[id] && (of_rule == view || of_rule == VIEW_COUNT))
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
	unsigned n_looks;
};

static struct expr_bounds exactly(const struct scan *scan, const struct rule *rule)
{
	double value = scan->metas.values[rule->id];
	return (struct expr_bounds){value, value, NULL, HUGE_VAL};
}

static float cost_of(struct scan *scan, const struct rule *rule)
{
	float *known = &scan->metas.costs[rule->id];
	if (*known == 0)
		*known = rule->kind == RULE_EVAL ? (float)rule->eval->waits_ns
						 : (float)match_cost(scan, rule);
	return *known;
}

static struct expr_bounds of_other(struct scan *scan, const struct rule *rule)
{
	return (struct expr_bounds){0, scan->tables->most[rule->id], rule, cost_of(scan, rule)};
}

static struct expr_bounds of_rule(void *data, const struct rule *rule);

/* A hit of less than 0 counts 1 (scan_got_hit()). */
static struct expr_bounds of_meta(struct look *look, const struct rule *rule)
{
	struct expr_bounds bounds = expr_bounds_of(rule->expr, of_rule, look);
	if (expr_bounds_are_exact(&bounds)) {
		come_to(look->scan, rule, bounds.low);
		return exactly(look->scan, rule);
	}
	if (bounds.low < 0)
		bounds.low = 0;
	if (bounds.high < 1)
		bounds.high = 1;
	return bounds;
}

static struct expr_bounds of_rule(void *data, const struct rule *rule)
{
	struct look *look = data;
	if (!look->scan->metas.put_off[rule->id])
		return exactly(look->scan, rule);
	if (++look->n_looks > LOOKS_MAX)
		return (struct expr_bounds){-HUGE_VAL, HUGE_VAL, NULL, HUGE_VAL};
	return rule->kind == RULE_META ? of_meta(look, rule) : of_other(look->scan, rule);
}

static bool value_now(const struct scan *scan, unsigned id, double *value_out, unsigned *needs_out)
{
	return expr_code_value(scan->tables->code, id, scan->metas.values, scan->metas.put_off,
			       value_out, needs_out);
}

static double value_of_all(struct scan *scan, const struct rule *meta)
{
	const struct rule_vec *dependencies = expr_dependencies(meta->expr);
	double value = 0;
	unsigned needs;
	for (size_t i = 0; i < dependencies->n; i++)
		later_settle(scan, dependencies->items[i]->id);
	return value_now(scan, meta->id, &value, &needs) ? value : 0;
}

/* By what takes no longer than to find out whether it is needed. */
static bool settle_cheaply(struct scan *scan, unsigned id)
{
	const struct rule *rule = scan->ruleset->rules.items[id];
	double value;
	unsigned needs;
	if (scan_is_late(scan) || (rule->kind != RULE_META && cost_of(scan, rule) > CHEAP_NS))
		return false;
	if (rule->kind != RULE_META) {
		later_settle(scan, id);
		return true;
	}
	while (!value_now(scan, id, &value, &needs))
		if (!settle_cheaply(scan, needs))
			return false;
	come_to(scan, rule, value);
	return true;
}

/* The cheapest of the rules that could decide it. True: none need be tried. */
static bool is_decided(struct scan *scan, const struct rule *meta, double *value_out,
		       const struct rule **next_out)
{
	struct look look = {scan, 0};
	*next_out = NULL;
	if (!expr_has_bounds(meta->expr))
		return false;
	struct expr_bounds bounds = expr_bounds_of(meta->expr, of_rule, &look);
	*value_out = bounds.low;
	*next_out = bounds.next;
	return expr_bounds_are_exact(&bounds);
}

bool later_meta_value(struct scan *scan, unsigned id, double *value_out)
{
	const struct rule *meta = scan->ruleset->rules.items[id], *next;
	unsigned needs;
	if (value_now(scan, id, value_out, &needs))
		return true;
	do {
		if (settle_cheaply(scan, needs))
			continue;
		if (is_decided(scan, meta, value_out, &next))
			break;
		if (!next || scan_is_late(scan)) {
			*value_out = value_of_all(scan, meta);
			break;
		}
		later_settle(scan, next->id);
	} while (!value_now(scan, id, value_out, &needs));
	return !scan_is_late(scan);
}
