/* The autolearn decision of SpamAssassin's AutoLearnThreshold: points by bucket, thresholds,
 * refusals. */
#include <stdio.h>

#include "lib/base/log.h"
#include "lib/base/number.h"
#include "rules/expr.h"
#include "rules/learner.h"
#include "spamd/verdict.h"

enum bucket { BUCKET_NONE, BUCKET_HEAD, BUCKET_BODY };

struct buckets {
	double points, head, body, learned;
	unsigned n_forced;
	struct str_vec forced;
};

enum { REQUIRED_BUCKET_POINTS = 3, AUTOLEARN_FLAGS = LEARN_NO_RELEARN | LEARN_USE_IGNORES };

/* Without the plugin nothing ever decides to learn. */
static const char AUTOLEARN_CLASS[] = "Mail::SpamAssassin::Plugin::AutoLearnThreshold";

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

static double three_decimals(double value)
{
	char text[64];

	snprintf(text, sizeof text, "%.3f", value);
	number_decimal(str_from(text), &value);
	return value;
}

/* A meta's points are shared out by how many of its direct dependencies read headers and how many
 * the body. */
static void add_meta(const struct rule *rule, double points, struct buckets *buckets)
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
	buckets->head += three_decimals(points * n_head / (n_head + n_body));
	buckets->body += three_decimals(points * n_body / (n_head + n_body));
}

static void add_test(struct arena *arena, const struct verdict *verdict, const struct rule *rule,
		     struct buckets *buckets)
{
	double points = rule->scores[verdict->prefs->score_set & ~SCORE_SET_BAYES];
	enum bucket bucket = rule_bucket(rule);

	if (rule->flags & (RULE_NOAUTOLEARN | RULE_USERCONF))
		return;
	if (rule->flags & RULE_LEARN) {
		buckets->learned += prefs_points(verdict->prefs, rule);
		return;
	}
	if (rule->flags & RULE_AUTOLEARN_FORCE) {
		buckets->n_forced++;
		vec_push(arena, &buckets->forced, rule->name);
	}
	if (!(verdict->prefs->score_set & SCORE_SET_BAYES))
		points = prefs_points(verdict->prefs, rule);
	if (points == 0)
		return;
	if (rule->flags & RULE_AUTOLEARN_HEADER)
		bucket = BUCKET_HEAD;
	else if (rule->flags & RULE_AUTOLEARN_BODY)
		bucket = BUCKET_BODY;
	else if (rule->kind == RULE_META)
		add_meta(rule, points, buckets);
	if (bucket == BUCKET_HEAD)
		buckets->head += points;
	else if (bucket == BUCKET_BODY)
		buckets->body += points;
	buckets->points += points;
}

static double threshold(const struct settings *settings, const char *name, double fallback)
{
	const struct str *value = map_find_c(settings->values, name);
	double number = fallback;

	if (value)
		number_decimal(*value, &number);
	return number;
}

/* +1 would learn as spam, -1 as ham, 0 no. */
static int decide(const struct verdict *verdict, const struct buckets *buckets)
{
	const struct settings *settings = verdict->prefs->settings;
	double required = buckets->n_forced ? -99 : REQUIRED_BUCKET_POINTS;

	if (buckets->points < threshold(settings, "bayes_auto_learn_threshold_nonspam", 0.1))
		return buckets->learned > 1.0 || verdict->is_spam ? 0 : -1;
	if (buckets->points < threshold(settings, "bayes_auto_learn_threshold_spam", 12.0))
		return 0;
	if (buckets->body < required || buckets->head < required || buckets->learned < -1.0)
		return 0;
	return verdict->is_spam;
}

/* Whether the classifier said so already (bayes_auto_learn_on_error). */
static bool is_no_error(const struct verdict *verdict, int decision)
{
	const char *agreeing = decision > 0 ? "BAYES_99" : "BAYES_00";

	if (!threshold(verdict->prefs->settings, "bayes_auto_learn_on_error", 0))
		return false;
	for (size_t i = 0; i < verdict->tests.n; i++)
		if (str_eq_c(verdict->tests.items[i], agreeing))
			return true;
	return false;
}

/* The learning itself waits until the answer is out (autolearn_run); what is said of it here is
 * what the store lets expect. */
static const char *prospect(struct verdict *verdict, struct scan *scan, int decision)
{
	enum learn_class as = decision > 0 ? LEARN_SPAM : LEARN_HAM;

	if (!scan_would_learn(scan, as, AUTOLEARN_FLAGS))
		return "unavailable";
	verdict->learns = true;
	verdict->learns_as = as;
	return decision > 0 ? "spam" : "ham";
}

void autolearn_run(const struct verdict *verdict, struct scan *scan)
{
	struct why why = {0};

	if (verdict->learns &&
	    scan_learn(scan, verdict->learns_as, AUTOLEARN_FLAGS, &why) == LEARN_FAILED)
		log_warn("learn: cannot autolearn: %s", why.text);
}

void autolearn_decide(struct arena *arena, struct verdict *verdict, struct scan *scan)
{
	const struct settings *settings = verdict->prefs->settings;
	struct buckets buckets = {0};
	const struct hits *hits = scan_hits(verdict->scan);
	int decision;

	for (size_t i = 0; i < hits->list.n; i++)
		if (!(hits->list.items[i].rule->flags & RULE_IS_SUBRULE))
			for (unsigned n = 0; n < hits->list.items[i].copies; n++)
				add_test(arena, verdict, hits->list.items[i].rule, &buckets);
	buckets.points = three_decimals(buckets.points);
	verdict->autolearn_points = buckets.points;
	if (scan_is_late(verdict->scan)) {
		if (!scan_timed_out(verdict->scan))
			log_info("check: exceeded time limit, skipping auto-learning");
		verdict->autolearn = STR_LIT("unavailable");
		return;
	}
	if (!settings->bayes_auto_learn || !settings->use_bayes || verdict->env.no_autolearn ||
	    scan_was_stopped(verdict->scan)) {
		verdict->autolearn = STR_LIT("disabled");
		return;
	}
	decision = ruleset_has_class(verdict->prefs->ruleset, AUTOLEARN_CLASS)
			   ? decide(verdict, &buckets)
			   : 0;
	if (decision && is_no_error(verdict, decision))
		decision = 0;
	const char *status = decision ? prospect(verdict, scan, decision) : "no";
	/* The force field speaks only of what the thresholds let through. */
	if (decision && buckets.n_forced)
		verdict->autolearn =
			arena_printf(arena, "%s autolearn_force=yes (%.*s)", status,
				     STR_ARG(str_vec_join(arena, &buckets.forced, ",")));
	else
		verdict->autolearn = arena_printf(arena, "%s autolearn_force=no", status);
}
