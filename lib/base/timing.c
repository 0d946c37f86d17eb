#include "lib/base/timing.h"

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/vec.h"

struct step {
	const char *name;
	int64_t us;
};
VEC_OF(step_vec, struct step);

struct timing {
	struct arena *arena;
	struct step_vec steps;
	int64_t first_us, last_us;
};

struct timing *timing_new(struct arena *arena)
{
	struct timing *timing = ARENA_NEW(arena, struct timing);

	timing->arena = arena;
	return timing;
}

int64_t timing_begin(void)
{
	return clock_mono_us();
}

void timing_end(struct timing *timing, const char *name, int64_t began_us)
{
	if (!timing)
		return;
	int64_t now_us = clock_mono_us();
	struct step step = {name, now_us - began_us};

	if (timing->steps.n == 0 || began_us < timing->first_us)
		timing->first_us = began_us;
	timing->last_us = now_us;
	for (size_t i = 0; i < timing->steps.n; i++) {
		if (strcmp(timing->steps.items[i].name, name) == 0) {
			timing->steps.items[i].us += step.us;
			return;
		}
	}
	vec_push(timing->arena, &timing->steps, step);
}

/* The digits of a duration are as many as tell something. */
static const char *format_of(int64_t us)
{
	return us >= 5000   ? "%s%s: %.0f (%.1f%%)"
	       : us >= 2000 ? "%s%s: %.1f (%.1f%%)"
			    : "%s%s: %.2f (%.1f%%)";
}

struct str timing_text(struct arena *arena, const struct timing *timing)
{
	struct buf out;

	buf_init(&out, arena);
	if (!timing)
		return STR_NONE;
	int64_t total_us = timing->last_us - timing->first_us;
	buf_printf(&out, "total %.0f ms - ", (double)total_us / 1000);
	for (size_t i = 0; i < timing->steps.n; i++) {
		const struct step *step = &timing->steps.items[i];
		double share =
			step->us >= total_us ? 100 : 100.0 * (double)step->us / (double)total_us;

		buf_printf(&out, format_of(step->us), i ? ", " : "", step->name,
			   (double)step->us / 1000, share);
	}
	return buf_str(&out);
}
