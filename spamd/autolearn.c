/* The autolearn decision of SpamAssassin's AutoLearnThreshold: thresholds and refusals over the
 * points of rules/learn_points.c. */
#include "lib/base/log.h"
#include "lib/base/number.h"
#include "rules/learner.h"
#include "spamd/verdict.h"

enum { REQUIRED_BUCKET_POINTS = 3, AUTOLEARN_FLAGS = LEARN_NO_RELEARN | LEARN_USE_IGNORES };

/* Without the plugin nothing ever decides to learn. */
static const char AUTOLEARN_CLASS[] = "Mail::SpamAssassin::Plugin::AutoLearnThreshold";

static double threshold(const struct settings *settings, const char *name, double fallback)
{
	const struct str *value = map_find_c(settings->values, name);
	double number = fallback;

	if (value)
		number_decimal(*value, &number);
	return number;
}

/* +1 would learn as spam, -1 as ham, 0 no. */
static int decide(const struct verdict *verdict, const struct learn_points *buckets)
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
 * what the classifier's store lets expect. */
static const char *prospect(struct verdict *verdict, struct scan *scan, int decision)
{
	verdict->learns = true;
	verdict->learns_as = decision > 0 ? LEARN_SPAM : LEARN_HAM;
	verdict->learn_flags = AUTOLEARN_FLAGS;
	if (!scan_would_learn(scan, verdict->learns_as, AUTOLEARN_FLAGS)) {
		verdict->learn_flags |= LEARN_NOT_CLASSIFIER;
		return "unavailable";
	}
	return decision > 0 ? "spam" : "ham";
}

void autolearn_run(const struct verdict *verdict, struct scan *scan)
{
	const struct prefs *prefs = verdict->prefs;
	struct why why = {0};

	if (verdict->learns && prefs_can_learn(prefs) &&
	    scan_learn(scan, verdict->learns_as, verdict->learn_flags, &why) == LEARN_FAILED &&
	    !(verdict->learn_flags & LEARN_NOT_CLASSIFIER))
		log_warn("learn: cannot autolearn: %s", why.text);
}

void autolearn_decide(struct arena *arena, struct verdict *verdict, struct scan *scan)
{
	const struct settings *settings = verdict->prefs->settings;
	const struct learn_points *buckets = scan_learn_points(scan);
	int decision;

	verdict->autolearn_points = buckets->points;
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
			   ? decide(verdict, buckets)
			   : 0;
	if (decision && is_no_error(verdict, decision))
		decision = 0;
	const char *status = decision ? prospect(verdict, scan, decision) : "no";
	/* The force field speaks only of what the thresholds let through. */
	if (decision && buckets->n_forced)
		verdict->autolearn =
			arena_printf(arena, "%s autolearn_force=yes (%.*s)", status,
				     STR_ARG(str_vec_join(arena, &buckets->forced, ",")));
	else
		verdict->autolearn = arena_printf(arena, "%s autolearn_force=no", status);
}
