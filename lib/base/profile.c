/* profile: see profile.h. */
#include "lib/base/profile.h"

#include <time.h>

#include "lib/base/must.h"

struct profile *profile_running;

static int64_t now_ns(void)
{
	struct timespec now;

	must(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

struct profile *profile_new(struct arena *arena)
{
	struct profile *profile = ARENA_NEW(arena, struct profile);

	profile->arena = arena;
	return profile;
}

/* The time since the last switch is that of the stage. */
static void settle(struct profile *profile)
{
	int64_t at_ns = now_ns(), spent_ns = at_ns - profile->since_ns;

	profile->ns[profile->stage] += spent_ns;
	if (profile->function)
		profile->functions.items[profile->function - 1].ns += spent_ns;
	profile->since_ns = at_ns;
}

void profile_run(struct profile *profile)
{
	if (profile_running)
		settle(profile_running);
	profile_running = profile;
	if (!profile)
		return;
	profile->stage = PROFILE_OTHER;
	profile->function = 0;
	profile->since_ns = now_ns();
}

/* Names are those of the tables of functions: the same text has the same address. */
static size_t function_of(struct profile *profile, const char *name)
{
	struct profile_function function = {.name = name};

	for (size_t i = 0; i < profile->functions.n; i++)
		if (profile->functions.items[i].name == name)
			return i + 1;
	vec_push(profile->arena, &profile->functions, function);
	return profile->functions.n;
}

struct profile_mark profile_switch(enum profile_stage stage, const char *function)
{
	struct profile *profile = profile_running;
	struct profile_mark mark = {profile->stage, profile->function};
	size_t entered = function ? function_of(profile, function) : 0;

	settle(profile);
	profile->stage = stage;
	profile->function = entered;
	if (entered)
		profile->functions.items[entered - 1].n_calls++;
	return mark;
}

void profile_switch_back(struct profile_mark mark)
{
	settle(profile_running);
	profile_running->stage = mark.stage;
	profile_running->function = mark.function;
}

/* --- rules ------------------------------------------------------------------------------------ */

void profile_rule_start(unsigned id, struct str name)
{
	struct profile *profile = profile_running;
	struct profile_rule untried = {.name = STR_NONE};

	while (profile->rules.n <= id)
		vec_push(profile->arena, &profile->rules, untried);
	profile->rule = id;
	profile->rules.items[id].name = name;
	profile->rules.items[id].n_messages++;
	profile->rule_since_ns = now_ns();
}

void profile_rule_stop(size_t n_hits)
{
	struct profile *profile = profile_running;

	profile->rules.items[profile->rule].ns += now_ns() - profile->rule_since_ns;
	profile->rules.items[profile->rule].n_hits += n_hits;
}

void profile_rule_count(size_t n_bytes)
{
	struct profile *profile = profile_running;

	profile->rules.items[profile->rule].n_tries++;
	profile->rules.items[profile->rule].n_bytes += n_bytes;
}

const char *profile_stage_name(enum profile_stage stage)
{
	static const char *const names[PROFILE_STAGES] = {
		[PROFILE_OTHER] = "other",     [PROFILE_PARSE] = "parse",
		[PROFILE_HEADERS] = "headers", [PROFILE_RENDER] = "render",
		[PROFILE_URI] = "uri",         [PROFILE_PREFILTER] = "prefilter",
		[PROFILE_CONFIRM] = "confirm", [PROFILE_EVALS] = "evals",
		[PROFILE_METAS] = "metas",     [PROFILE_FINGERPRINTS] = "fingerprints",
		[PROFILE_REPLY] = "reply",
	};

	return names[stage];
}
