/*
 * plan: which rules run in a score set, and when. A rule whose score is 0 does not run; eval rules
 * marked net or learn not without network or Bayes either (Plugin/Check.pm run_eval_tests), while
 * other rules marked net do: they only read the mail.
 */
#include "rules/conf.h"

#include <stdio.h>
#include <stdlib.h>

static double score_of(const struct rule *rule, const struct map *scores, int score_set)
{
	const double *changed = scores ? map_find(scores, rule->name) : NULL;
	return changed ? changed[score_set] : rule->scores[score_set];
}

static bool runs(const struct rule *rule, int score_set)
{
	if (rule->kind != RULE_EVAL)
		return true;
	if (!rule->eval || !rule->eval->def)
		return false;
	if (rule->flags & (RULE_NET | RULE_IS_RBL) && !(score_set & SCORE_SET_NET))
		return false;
	return !(rule->flags & RULE_LEARN) || score_set & SCORE_SET_BAYES;
}

static int compare_ints(const void *a, const void *b)
{
	int left = *(const int *)a, right = *(const int *)b;
	return left < right ? -1 : left > right;
}

static void make_steps(struct arena *arena, const struct ruleset *ruleset, struct plan *plan)
{
	size_t n = ruleset->rules.n;
	int *priorities = ARENA_ARRAY(arena, int, n ? n : 1);
	for (size_t i = 0; i < n; i++)
		priorities[i] = ruleset->rules.items[i]->priority;
	qsort(priorities, n, sizeof *priorities, compare_ints);
	for (size_t i = 0; i < n; i++) {
		struct plan_step step = {.priority = priorities[i]};
		if (i > 0 && priorities[i] == priorities[i - 1])
			continue;
		snprintf(step.name, sizeof step.name, "tests_pri_%d", step.priority);
		vec_push(arena, &plan->steps, step);
	}
}

static struct plan_step *find_step(struct plan *plan, int priority)
{
	size_t low = 0, high = plan->steps.n;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (plan->steps.items[middle].priority < priority)
			low = middle + 1;
		else
			high = middle;
	}
	return &plan->steps.items[low];
}

static struct planned_eval planned(const struct rule *rule)
{
	return (struct planned_eval){rule->eval->def->run, rule->eval, rule->id};
}

static void add_rule(struct arena *arena, struct plan *plan, struct rule *rule)
{
	if (rule->kind == RULE_EMPTY || rule->kind == RULE_META)
		return;
	if (rule->flags & RULE_IS_CAPTURE)
		vec_push(arena, &plan->captures, rule);
	if (rule->flags & RULE_IS_RBL) {
		vec_push(arena, &plan->rbl_rules, rule);
		vec_push(arena, &plan->rbl_evals, planned(rule));
		return;
	}
	struct plan_step *step = find_step(plan, rule->priority);
	if (rule->kind == RULE_EVAL) {
		vec_push(arena, &step->eval_rules[rule->view], rule);
		vec_push(arena, &step->evals[rule->view], planned(rule));
		return;
	}
	vec_push(arena, &step->regex_rules[rule->view], rule);
	vec_push(arena, &step->regex_ids[rule->view], rule->id);
}

struct plan *plan_make(struct arena *arena, const struct ruleset *ruleset, const struct map *scores,
		       int score_set)
{
	struct plan *plan = ARENA_NEW(arena, struct plan);
	make_steps(arena, ruleset, plan);
	plan->has_points = ARENA_ARRAY(arena, bool, ruleset->rules.n + 1);
	for (size_t i = 0; i < ruleset->rules.n; i++) {
		struct rule *rule = ruleset->rules.items[i];
		plan->has_points[i] = score_of(rule, scores, score_set) != 0;
		if (plan->has_points[i] && runs(rule, score_set))
			add_rule(arena, plan, rule);
	}
	for (size_t i = 0; i < ruleset->meta_order.n; i++) {
		struct rule *rule = ruleset->meta_order.items[i];
		if (score_of(rule, scores, score_set) != 0)
			vec_push(arena, &plan->metas, rule);
	}
	return plan;
}
