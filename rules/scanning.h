/* scanning: a scan under way; private to the files that run rules (scan.c, match.c, meta.c,
 * capture.c, tables.c). */
#ifndef WHORL_RULES_SCANNING_H
#define WHORL_RULES_SCANNING_H

#include <stdint.h>
#include "rules/expr_bounds.h"
#include "rules/prefilter.h"
#include "rules/scan.h"

/* What has no text of its own, besides rules of each view. */
enum waiting { WAITING_EVALS = VIEW_COUNT, WAITING_METAS, WAITING_KINDS };

/* Rule ids that plugins may add to a scan beyond those of the rule set (TIME_LIMIT_EXCEEDED). */
enum { SCAN_EXTRA_RULES = 4 };

VEC_OF(id_vec, unsigned);

/* What a process keeps from message to message; see capture.c. */
struct kept_patterns {
	struct arena *arena;     /* NULL until there is one */
	const struct regex **of; /* by rule id */
};

/* Lists of ids by id: that of i is items[at[i]] up to items[at[i + 1]]. */
struct id_lists {
	uint32_t *at;
	unsigned *items;
};

struct scan_tables {
	size_t n_rules;
	/* metas */
	struct id_lists dependants;      /* by rule id: the metas that name it */
	struct id_lists awaited;         /* by meta id: the rules that it names */
	bool *waits_for_end;             /* by meta id: one that it names never runs */
	uint32_t *leaves_at;             /* index in metas → where in leaves its own begin */
	unsigned *leaves;                /* ids of what metas name that are no metas */
	struct id_vec metas;             /* all of them */
	struct expr_bounds_code *bounds; /* what they say */
	struct id_vec independent; /* metas to evaluate after the first priority: nothing to wait
				      for, or in a cycle */
	/* a meta is 0 while one of its clauses is not met (expr_clauses.h) */
	struct id_lists clauses; /* by rule id: clauses that it is a member of */
	unsigned *clause_meta;   /* by clause: whose it is */
	int16_t *clause_lacks;   /* by clause: members that it needs */
	size_t n_clauses;
	uint16_t *n_unmet; /* by meta id: how many it has */
	double *most;      /* by rule id: its highest value, if a plugin does not set another */
	const bool *is_in_cycle;
	const struct schedule *schedules[4]; /* of the rule set's plans; NULL: not shared */
	enum prefilter_mode mode;
	struct prefilter *prefilters[VIEW_COUNT];
	/* headers that rules read, each told by one of the rules */
	struct rule_vec headers;
	uint32_t *header_of;        /* rule id → index in headers */
	bool *unset_is_miss;        /* by rule id: no hit where the header is missing */
	struct kept_patterns *kept; /* each child has its own copy */
	bool *may_wait;             /* by rule id: see later.c */
	uint8_t *waits_among;       /* by rule id: the rule's view, or one of enum waiting */
};

/*
 * Turns of a plan: of each step the look-ups that are launched before it, its groups, and the metas
 * that are evaluated behind it; then the same for the end, when what has not run counts as if.
 */
#define TURN_NEVER UINT32_MAX
struct schedule {
	size_t n_steps;
	struct id_vec *metas; /* by step, in order; those of the end behind them */
	uint32_t *turn_of;    /* by rule id */
};

/* Metas of one scan (meta.c). */
struct meta_run {
	double *values; /* by rule id; 0: no hit */
	const struct schedule *schedule;
	uint32_t turn;         /* that runs; everything before it has, unless improvises */
	bool improvises;       /* something has not run in its turn: state tells what has run */
	uint8_t *state;        /* by rule id; see meta.c */
	struct id_vec held;    /* metas to look at again */
	bool is_ending;        /* what has not run yet never will */
	bool *is_open;         /* by rule id: not known to be 0: it has hit, or is put off */
	uint16_t *n_unmet;     /* by meta id: clauses; not 0: its value is 0 */
	int16_t *clause_lacks; /* by clause: open members that are missing; below 0: it has more
				  than it needs */
	bool breaks_bounds;    /* a plugin gave a rule a value that it could not come to */
	uint8_t *put_off;      /* by rule id: ready, but not tried yet (later.c) */
	float *costs;          /* by rule id: of trying what is put off; 0: not known */
};

struct plugin_slot {
	const void *plugin;
	void *value;
	struct plugin_slot *next;
};

struct pending_note {
	const struct rule *rule;
	struct str text;
};
VEC_OF(pending_note_vec, struct pending_note);

/* Of one mail, by index in scan_tables.headers. */
struct header_values {
	struct str *text;
	bool *is_set;
	const struct candidates *candidates;
};

struct scan {
	struct arena *arena;
	const struct prefs *prefs;
	const struct ruleset *ruleset;
	const struct scan_tables *tables;
	struct mail *mail;
	struct scan_options options;
	struct deadline deadline;
	bool timed_out, stopped, runs_rules;
	bool spf_passed;
	struct str spf_sender;
	bool traces_rules, traces_all_rules, traces_checks; /* trace.c */
	struct str_vec log_items;
	double points; /* so far, without sub-rules */
	struct hits hits;
	size_t view_bytes[VIEW_COUNT]; /* of all texts, about; 0: not known */
	bool puts_off;                 /* sub-rules wait until somebody asks */
	unsigned n_put_off[WAITING_KINDS];
	uint32_t *hit_at; /* rule id → index in hits.list + 1, or 0; not set while its value is 0 */
	size_t n_ids, n_extra;
	struct meta_run metas;
	struct map *tag_functions; /* likewise → struct tag_function *; NULL: none */
	struct map *tags;          /* name in capitals → struct str_vec * */
	struct plugin_slot *slots;
	struct pending_note_vec notes;
	struct uri_texts *uri_texts;                     /* match.c */
	const struct candidates *candidates[VIEW_COUNT]; /* which rules are worth trying where;
							    NULL: not asked yet */
	const struct header_values *header_values;       /* NULL: not asked yet */
	double correction;
	const struct learn_points *learn_points; /* learn_points.c; NULL: nobody has asked */
};

/* --- scan.c --- */
/* One hit of value (PerMsgStatus.pm got_hit): ignored when the score is 0, or when it has hit and
 * is not `multiple`. */
void scan_got_hit(struct scan *scan, const struct rule *rule, double value, const char *area);
/* n hits of 1 of a `multiple` rule; no plugin hears of each. */
void scan_got_hits(struct scan *scan, const struct rule *rule, unsigned n, const char *area);
/* With points of the hit's own instead of the rule's. */
void scan_got_hit_scored(struct scan *scan, const struct rule *rule, double value, const char *area,
			 double points);
bool scan_is_out_of_time(struct scan *scan);
void scan_run_eval(struct scan *scan, const struct rule *rule);
/* NULL: none yet. */
struct hit *scan_hit_of(const struct scan *scan, unsigned rule_id);
/* The step before which look-ups start; the number of steps: behind all, or never. */
size_t scan_launch_step(const struct plan *plan);
enum group_kind { GROUP_REGEXES, GROUP_EVALS };
enum { SCAN_GROUPS = 10 };
/* The groups of one priority, in the order they run. */
extern const struct scan_group {
	enum group_kind kind;
	enum rule_view view;
} scan_groups[SCAN_GROUPS];
const struct rule_vec *scan_group_rules(const struct plan_step *step,
					const struct scan_group *group);
enum { TURNS_OF_STEP = SCAN_GROUPS + 2 };
static inline uint32_t turn_of_launch(size_t nth_step)
{
	return (uint32_t)nth_step * TURNS_OF_STEP;
}
static inline uint32_t turn_of_group(size_t nth_step, size_t group)
{
	return (uint32_t)(nth_step * TURNS_OF_STEP + 1 + group);
}
static inline uint32_t turn_of_metas(size_t nth_step)
{
	return turn_of_group(nth_step, SCAN_GROUPS);
}
/* Its score is not 0. Only for rules of the rule set. */
bool scan_rule_is_on(const struct scan *scan, unsigned id);

/* --- match_tables.c --- */
void match_tables_make(struct arena *arena, const struct ruleset *ruleset,
		       struct scan_tables *tables);

/* --- match.c: the regex rules of one priority --- */
void match_headers(struct scan *scan, const struct rule_vec *rules, const struct rule_id_vec *ids);
void match_lines(struct scan *scan, const struct rule_vec *rules, const struct rule_id_vec *ids,
		 enum rule_view view);
/* One rule with a regex, on its own. */
void match_rule(struct scan *scan, const struct rule *rule);
/* What that will take, in nanoseconds, more or less. */
double match_cost(struct scan *scan, const struct rule *rule);

/* --- later.c: sub-rules that are tried only when somebody asks --- */
void later_tables_make(struct arena *arena, const struct ruleset *ruleset,
		       struct scan_tables *tables);
void later_start(struct scan *scan);
/* The rule's turn has come: false when it must run now. */
bool later_put_off(struct scan *scan, unsigned id);
/* Try it now if it was put off. */
void later_settle(struct scan *scan, unsigned id);
/* The texts of the view are about to change. */
void later_settle_view(struct scan *scan, enum rule_view view);
/* Before the rule's value changes. */
void later_expect_hit(struct scan *scan, const struct rule *rule);
/* It is 0 whatever is tried, if it was put off. */
void later_give_up(struct scan *scan, unsigned meta_id);
/* Of a meta, with as few of what it names tried as possible. False: the time is over. */
bool later_meta_value(struct scan *scan, unsigned id, double *value_out);

/* --- meta_tables.c --- */
void meta_tables_make(struct arena *arena, const struct ruleset *ruleset,
		      struct scan_tables *tables);

/* --- schedule.c --- */
const struct schedule *schedule_make(struct arena *arena, const struct ruleset *ruleset,
				     const struct scan_tables *tables, const struct plan *plan);

/* --- meta.c --- */
void meta_start(struct scan *scan);
/* The rule has run, or counts as if. */
bool meta_is_ready(const struct scan *scan, unsigned id);
/* Before a hit of it counts, in its turn or not. */
void meta_rule_hits(struct scan *scan, unsigned id);
/* Its turn is over and it could not run. */
void meta_rule_late(struct scan *scan, unsigned id);
/* All rules of the turn have run. */
void meta_group_done(struct scan *scan, const struct rule_vec *rules);
/* The rule's value is no longer known to be 0: clauses that it is a member of may be met. */
void meta_open(struct scan *scan, unsigned id);
/* It is `value`. */
void meta_opened_to(struct scan *scan, unsigned id, double value);
/* It was put off and is 0: metas that cannot do without it are, too. */
void meta_close(struct scan *scan, unsigned id);
/* Too few rules have hit, or are put off, for it to be more than 0. */
static inline bool meta_is_resting(const struct scan *scan, unsigned id)
{
	return scan->metas.n_unmet[id] && !scan->metas.breaks_bounds && !scan->traces_rules &&
	       !scan->traces_all_rules;
}
/* Evaluate what is ready behind the nth step (Plugin/Check.pm do_meta_tests). */
void meta_run_step(struct scan *scan, size_t nth);
/* At the end: rules that never ran count 0, and whatever is left is evaluated. */
void meta_finish(struct scan *scan);

/* --- message_tags.c --- */
void scan_set_message_tags(struct scan *scan);

/* --- capture.c --- */
struct captures {
	struct map *values; /* group name → struct str_vec *; NULL: none yet */
};
void capture_add(struct scan *scan, struct captures *captures, const struct regex *regex,
		 const struct regex_match *match);
void capture_publish(struct scan *scan, const struct captures *captures);
/* The rule's regex for this message. False: the rule cannot run, for want of a tag. has_text: the
 * view has any; will_match: the regex will be tried on some, else *regex_out may be NULL. */
bool capture_regex(struct scan *scan, const struct rule *rule, bool has_text, bool will_match,
		   const struct regex **regex_out);

#endif
