/*
 * learn_points: the points that autolearning goes by, shared out to what the rules read
 * (PerMsgStatus.pm _get_autolearn_points). See learner.h.
 */
#include <math.h>

#include "lib/base/number.h"
#include "rules/expr.h"
#include "rules/learner.h"
#include "rules/scanning.h"

enum bucket { BUCKET_NONE, BUCKET_HEAD, BUCKET_BODY };

static enum bucket rule_bucket(const struct rule *rule)
{
	switch (rule->kind) {
	case RULE_HEADER:
		return BUCKET_HEAD;
	case RULE_BODY:
	case RULE_RAWBODY:
	case RULE_URI:
		return BUCKET_BODY;
	case RULE_EVAL:
		if (rule->view == VIEW_HEADER)
			return BUCKET_HEAD;
		return rule->view == VIEW_FULL ? BUCKET_NONE : BUCKET_BODY;
	default:
		return BUCKET_NONE;
	}
}

/* A meta's points are shared out by how many of its direct dependencies read headers and how many
 * the body. */
static void add_meta(const struct rule *rule, double points, struct learn_points *sums)
{
	const struct rule_vec *dependencies = rule->expr ? expr_dependencies(rule->expr) : NULL;
	unsigned n_head = 0, n_body = 0;

	if (!dependencies)
		return;
	for (size_t i = 0; i < dependencies->n; i++) {
		enum bucket bucket = rule_bucket(dependencies->items[i]);

		n_head += bucket == BUCKET_HEAD;
		n_body += bucket == BUCKET_BODY;
	}
	if (n_head + n_body == 0)
		return;
	sums->head += number_round(points * n_head / (n_head + n_body), 3);
	sums->body += number_round(points * n_body / (n_head + n_body), 3);
}

/* The hit's own points, or the rule's without the learner's part. */
static double points_of(const struct scan *scan, const struct hit *hit)
{
	struct prefs prefs = *scan->prefs;

	prefs.score_set &= ~SCORE_SET_BAYES;
	return isnan(hit->points_override) ? prefs_points(&prefs, hit->rule) : hit->points_override;
}

static void add_hit(const struct scan *scan, const struct hit *hit, struct learn_points *sums)
{
	const struct rule *rule = hit->rule;
	double points = points_of(scan, hit);
	enum bucket bucket = rule_bucket(rule);

	if (rule->flags & (RULE_NOAUTOLEARN | RULE_USERCONF))
		return;
	if (rule->flags & RULE_LEARN) {
		sums->learned += prefs_points(scan->prefs, rule);
		return;
	}
	if (rule->flags & RULE_AUTOLEARN_FORCE) {
		sums->n_forced++;
		vec_push(scan->arena, &sums->forced, rule->name);
	}
	if (points == 0)
		return;
	if (rule->flags & RULE_AUTOLEARN_HEADER)
		bucket = BUCKET_HEAD;
	else if (rule->flags & RULE_AUTOLEARN_BODY)
		bucket = BUCKET_BODY;
	else if (rule->kind == RULE_META)
		add_meta(rule, points, sums);
	if (bucket == BUCKET_HEAD)
		sums->head += points;
	else if (bucket == BUCKET_BODY)
		sums->body += points;
	sums->points += points;
}

const struct learn_points *scan_learn_points(struct scan *scan)
{
	struct learn_points *sums;

	if (scan->learn_points)
		return scan->learn_points;
	sums = ARENA_NEW(scan->arena, struct learn_points);
	for (size_t i = 0; i < scan->hits.list.n; i++) {
		const struct hit *hit = &scan->hits.list.items[i];

		for (unsigned n = 0; n < hit->copies; n++)
			if (!(hit->rule->flags & RULE_IS_SUBRULE))
				add_hit(scan, hit, sums);
	}
	sums->points = number_round(sums->points, 3);
	scan->learn_points = sums;
	return sums;
}
