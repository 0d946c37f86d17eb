/*
 * profile: where the time of scans goes, by stage. Off unless a profile is running; then each
 * switch from stage to stage reads the clock once, and time counts for the stage it is spent in,
 * not for those around it. One per process (like the log sink), because the stages are many calls
 * below who asks.
 */
#ifndef WHORL_BASE_PROFILE_H
#define WHORL_BASE_PROFILE_H

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

struct profile {
	int64_t ns[PROFILE_STAGES];
	struct profile_function_vec functions;
	/* private */
	struct arena *arena;
	enum profile_stage stage;
	size_t function; /* index + 1; 0: none */
	int64_t since_ns;
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

#endif
