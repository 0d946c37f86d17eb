/*
 * verdict: hits → points, spam or not, names in the order that headers and logs show. The only
 * place where points are added up (PerMsgStatus.pm check_timed, is_spam; sa-surface 3.3, 4.7).
 */
#ifndef WHORL_SPAMD_VERDICT_H
#define WHORL_SPAMD_VERDICT_H

#include "rules/learner.h"

/* What tags and headers tell of this server and its client; views live as long as the verdict. */
struct verdict_env {
	struct str hostname;   /* fully qualified, see host_name() */
	struct timing *timing; /* for _TIMING_; or NULL */
	struct str client_host,
		client_ip; /* _REMOTEHOSTNAME_, _REMOTEHOSTADDR_; empty: localhost, 127.0.0.1 */
	bool no_autolearn; /* this request never learns (test mode) */
};

struct verdict {
	const struct scan *scan;
	const struct prefs *prefs;
	struct verdict_env env;
	double points; /* rounded to three decimals */
	double required;
	bool is_spam;
	struct str_vec tests; /* scored hits in order of hitting, `multiple` ones repeated */
	struct str autolearn; /* "no autolearn_force=no", "disabled", "unavailable ..." */
	double autolearn_points;
	bool learns; /* autolearn_run() will */
	enum learn_class learns_as;
	unsigned learn_flags; /* enum learn_flag */
};

/* The result lives in arena, as the scan does. Runs the VERDICT stage's bookkeeping of nothing:
 * plugins are the caller's. */
struct verdict *verdict_make(struct arena *arena, struct scan *scan, const struct verdict_env *env);

/* "%2.1f" of the points as clients and tags show it: ham that rounds up to the threshold shows
 * threshold - 0.1 (Util.pm get_tag_value_for_score). In the arena. */
struct str verdict_score_text(struct arena *arena, const struct verdict *verdict);
/* Points of one copy of the hit. */
double verdict_hit_points(const struct prefs *prefs, const struct hit *hit);
struct str verdict_required_text(struct arena *arena, const struct verdict *verdict);
/* Names sorted bytewise, joined. */
struct str verdict_tests(struct arena *arena, const struct verdict *verdict, const char *separator);

/* Names of the "__" rules that hit, as in tests. Those that nobody needed are tried for it. */
struct str_vec verdict_subtests(struct arena *arena, const struct verdict *verdict);

/* Prefixes of the rules that hit (subjprefix), each once, each with a blank behind; empty when
 * there is none. */
struct str verdict_subjprefix(struct arena *arena, const struct verdict *verdict);

/* Fully qualified host name of this machine, asked once at start (Util.pm fq_hostname). */
struct str host_name(struct arena *keep);

/* Autolearn decision; fills verdict->autolearn and autolearn_points (Plugin/AutoLearnThreshold.pm).
 * "unavailable" where no learner is, or it knows the message already. */
void autolearn_decide(struct arena *arena, struct verdict *verdict, struct scan *scan);
/* Learns what was decided, when the answer is out. */
void autolearn_run(const struct verdict *verdict, struct scan *scan);

#endif
