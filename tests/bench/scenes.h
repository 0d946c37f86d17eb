/*
 * scenes: rows of tests/bench/trust: a simulated world (world.h), the constants of the fold in it,
 * and what came of it over several seeds, run by several processes.
 */
#ifndef WHORL_TESTS_BENCH_SCENES_H
#define WHORL_TESTS_BENCH_SCENES_H

#include "tests/bench/world.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

enum { SCENES_MAX = 1024 };

/* How the world is unless told: rates and shares, hours until all have got a newsletter. */
extern const double scene_report_rate, scene_trap_share, scene_letter_hours,
	scene_long_letter_hours;
extern const unsigned scene_n_admins;

/* One row: a world and its scores by seed. */
struct scene {
	struct world_settings world;
	struct trust_constants constants;
	struct world_score *scores;
};

struct bench {
	unsigned n_seeds, from, n_jobs, only; /* only: hostile per cent; 0: all */
	bool is_sweep, is_assumptions, is_traced;
	struct scene scenes[SCENES_MAX];
	size_t n;
	struct world_score *scores; /* shared by the jobs */
};

/* All else is as it is unless told. */
struct scene *scenes_add(struct bench *bench, double share, enum layout layout, enum tactic tactic,
			 int sleep_days, const struct trust_constants *constants);
void scenes_run(struct bench *bench);

struct figures {
	double blocked, awake_blocked, published, minutes; /* shares in % */
	unsigned ham_blocked, new_blocked, ham;            /* of all seeds */
	unsigned worlds;                                   /* in which any was blocked */
	double ham_lost;                                   /* deliveries, % */
};
struct figures scenes_figures(const struct bench *bench, const struct scene *scene);

void sweep_run(struct bench *bench); /* sweep.c */

#endif
