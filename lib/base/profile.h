/*
 * profile: where the time of scans goes, by stage. Off unless a profile is running; then each
 * switch from stage to stage reads the clock once, and time counts for the stage it is spent in,
 * not for those around it. One per process (like the log sink), because the stages are many calls
 * below who asks.
 */
#ifndef WHORL_BASE_PROFILE_H
#define WHORL_BASE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/vec.h"

enum profile_stage {
	PROFILE_OTHER, /* set-up, stages of plugins, the clock itself */
	PROFILE_PARSE,
	PROFILE_HEADERS, /* relays, senders */
	PROFILE_RENDER,
	PROFILE_URI,
	PROFILE_PREFILTER,
	PROFILE_CONFIRM,
	PROFILE_EVALS, /* the sum of all, see functions */
	PROFILE_METAS,
	PROFILE_FINGERPRINTS,
	PROFILE_REPLY,
	PROFILE_STAGES,
};

/* Of one eval function. */
struct profile_function {
	const char *name;
	int64_t ns;
	size_t n_calls;
};
VEC_OF(profile_function_vec, struct profile_function);

/* Of one rule's regex. */
struct profile_rule {
	struct str name; /* empty: was not tried */
	int64_t ns;
	size_t n_messages, n_tries, n_hits;
	size_t n_bytes; /* of text in which a match was allowed to begin */
};
VEC_OF(profile_rule_vec, struct profile_rule);

struct profile {
	int64_t ns[PROFILE_STAGES];
	struct profile_function_vec functions;
	bool counts_rules;             /* which takes time of its own, that counts for the stage */
	struct profile_rule_vec rules; /* by id */
	/* private */
	struct arena *arena;
	enum profile_stage stage;
	size_t function; /* index + 1; 0: none */
	int64_t since_ns, rule_since_ns;
	unsigned rule; /* that is being matched */
};

/* What was left, for profile_leave(). */
struct profile_mark {
	enum profile_stage stage;
	size_t function;
};

extern struct profile *profile_running; /* NULL: none */

struct profile *profile_new(struct arena *arena);
/* From now on time counts, for PROFILE_OTHER at first; NULL: no longer. */
void profile_run(struct profile *profile);
struct profile_mark profile_switch(enum profile_stage stage, const char *function);
void profile_switch_back(struct profile_mark mark);
void profile_rule_start(unsigned id, struct str name);
void profile_rule_stop(size_t n_hits);
void profile_rule_count(size_t n_bytes);
/* "parse", "confirm", ... */
const char *profile_stage_name(enum profile_stage stage);

static inline struct profile_mark profile_enter(enum profile_stage stage)
{
	return profile_running ? profile_switch(stage, NULL) : (struct profile_mark){0};
}
static inline struct profile_mark profile_enter_function(const char *name)
{
	return profile_running ? profile_switch(PROFILE_EVALS, name) : (struct profile_mark){0};
}
static inline void profile_leave(struct profile_mark mark)
{
	if (profile_running)
		profile_switch_back(mark);
}
/* Around the matching of a rule; ids are those of the rule set. */
static inline void profile_enter_rule(unsigned id, struct str name)
{
	if (profile_running && profile_running->counts_rules)
		profile_rule_start(id, name);
}
static inline void profile_leave_rule(size_t n_hits)
{
	if (profile_running && profile_running->counts_rules)
		profile_rule_stop(n_hits);
}
/* In between: its regex is tried on so much. */
static inline void profile_try(size_t n_bytes)
{
	if (profile_running && profile_running->counts_rules)
		profile_rule_count(n_bytes);
}

#endif
