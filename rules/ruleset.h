/*
 * ruleset: what loading makes and scanning reads. Frozen: nothing in it changes after
 * ruleset_load(), so children share it.
 */
#ifndef WHORL_RULES_RULESET_H
#define WHORL_RULES_RULESET_H

#include "rules/extension.h"
#include "rules/settings.h"

enum { SCORE_SET_NONE = 0, SCORE_SET_NET = 1, SCORE_SET_BAYES = 2, SCORE_SET_BOTH = 3 };

/* Rules of one priority, by view, in SpamAssassin's order within (score-less and score-0 rules
 * already left out). */
VEC_OF(rule_id_vec, unsigned);
/* An eval rule, with what it takes to run it in one place. */
struct planned_eval {
	int (*run)(struct scan *scan, const struct eval_call *call);
	const struct eval_call *call;
	unsigned id;
};
VEC_OF(planned_eval_vec, struct planned_eval);
struct plan_step {
	int priority;
	char name[24]; /* for timing */
	struct rule_vec regex_rules[VIEW_COUNT];
	struct rule_id_vec regex_ids[VIEW_COUNT]; /* the same rules: most are passed over, and their
						     memory is better left alone */
	struct rule_vec eval_rules[VIEW_COUNT];
	struct planned_eval_vec evals[VIEW_COUNT]; /* the same rules */
};
VEC_OF(plan_step_vec, struct plan_step);

struct plan {
	struct plan_step_vec steps; /* ascending priority */
	struct rule_vec
		metas; /* in an order in which dependencies come first where there is no cycle */
	struct rule_vec captures; /* rules whose named groups publish tags */
	struct rule_vec
		rbl_rules; /* RULE_IS_RBL, run when look-ups are launched; empty without network */
	struct planned_eval_vec rbl_evals; /* the same rules */
	bool *has_points;                  /* by rule id: the score is not 0 */
};

struct prefs;

struct ruleset {
	struct arena *keep;
	struct rule_vec rules;     /* index = id; also rules that never run */
	const struct map *by_name; /* name → struct rule * */
	struct settings settings;
	const struct registry *registry;
	struct uri_settings uri_settings;
	struct message_settings message_settings;
	struct trust_settings trust_settings;
	struct rule_vec
		meta_order; /* all metas, dependencies first; what is in a cycle comes last */
	const struct plan *plans[4]; /* by score set */
	const struct extension *extension;
	bool local_tests_only, lint;
	int score_set; /* in force without Bayes: SCORE_SET_NONE or SCORE_SET_NET */
	const struct dictionary
		*dictionary;      /* words and classes known after loading, for user preferences */
	struct str rules_version; /* _RULESVERSION_: update versions, comma-joined */
	size_t n_unavailable;     /* rules whose eval function nobody has */
	struct str unavailable_text;      /* "check_rbl (14), ..." for the one summary line */
	struct str rules_path, site_path; /* where they were read from */
	struct str_vec files;             /* in order of reading */
	struct map *skipped; /* rule name → struct skipped_rule *: only defined where a condition
				is false */
	const struct prefs *prefs;        /* nobody's: ruleset_prefs() */
	const struct scan_tables *tables; /* rules/scan.h; NULL in a user's own copy */
};

struct skipped_rule {
	struct conf_position where;
	struct str condition; /* "if VERSION", "ifplugin plugin (X)"; empty: another version is
				 required */
	unsigned condition_line;
};

/* Was the plugin class loaded, whether the host has it or it is only known? */
bool ruleset_has_class(const struct ruleset *ruleset, const char *class_name);
struct rule *ruleset_find(const struct ruleset *ruleset, struct str name);

/* What one request scans with: the rule set's own values, or a user's copy (user_prefs). */
struct prefs {
	const struct ruleset *ruleset;
	const struct settings *settings;
	const struct map
		*scores; /* rule name → double[4] * where the user changed them; NULL: none */
	const struct map *describes; /* rule name → struct str * likewise */
	const struct plan *plan;
	int score_set;
	void *plugin_confs; /* extension->conf_copy, or NULL for the shared ones */
	/* How mail is read: the rule set's, or of the user's own settings. */
	const struct message_settings *message_settings;
	const struct trust_settings *trust_settings;
	const struct uri_settings *uri_settings;
};

/* The shared preferences of the rule set (nobody's user_prefs). */
const struct prefs *ruleset_prefs(const struct ruleset *ruleset);
/* Read lines in user mode over base; result in scan. Diagnostics are logged, never fatal. */
const struct prefs *prefs_read(struct arena *scan, const struct prefs *base, struct str text,
			       const char *name);
double prefs_points(const struct prefs *prefs, const struct rule *rule);
struct str prefs_describe(const struct prefs *prefs, const struct rule *rule);
/* The same preferences with another score set (Bayes became usable); in scan. */
const struct prefs *prefs_with_score_set(struct arena *scan, const struct prefs *prefs,
					 int score_set);

#endif
