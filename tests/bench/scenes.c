/* scenes: see scenes.h. */
#include "tests/bench/scenes.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/must.h"

const double scene_report_rate = 0.08, scene_trap_share = 0.3, scene_letter_hours = 3,
	     scene_long_letter_hours = 24;
const unsigned scene_n_admins = 5;

struct scene *scenes_add(struct bench *bench, double share, enum layout layout, enum tactic tactic,
			 int sleep_days, const struct trust_constants *constants)
{
	struct scene *scene = &bench->scenes[bench->n];

	must(bench->n < SCENES_MAX);
	scene->constants = *constants;
	scene->world = (struct world_settings){
		.hostile_share = share,
		.layout = layout,
		.tactic = tactic,
		.sleep_days = sleep_days,
		.report_rate = scene_report_rate,
		.trap_share = scene_trap_share,
		.n_admins = scene_n_admins,
		.letter_hours = scene_letter_hours,
		.counts_exposures = true,
	};
	bench->n++;
	return scene;
}

/* --- running --- */

static void run_job(struct bench *bench, unsigned job)
{
	for (size_t i = job; i < bench->n * bench->n_seeds; i += bench->n_jobs) {
		struct scene *scene = &bench->scenes[i / bench->n_seeds];
		struct world_settings world = scene->world;

		world.constants = &scene->constants;
		world.seed = bench->from + i % bench->n_seeds;
		world.is_traced = bench->is_traced;
		bench->scores[i] = world_run(&world);
	}
}

void scenes_run(struct bench *bench)
{
	size_t bytes = (bench->n * bench->n_seeds + 1) * sizeof *bench->scores;

	bench->scores =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(bench->scores != MAP_FAILED);
	fflush(stdout);
	for (unsigned job = 0; job < bench->n_jobs; job++) {
		pid_t pid = fork();
		must(pid >= 0);
		if (!pid) {
			run_job(bench, job);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	for (size_t i = 0; i < bench->n; i++)
		bench->scenes[i].scores = bench->scores + i * bench->n_seeds;
}

struct figures scenes_figures(const struct bench *bench, const struct scene *scene)
{
	struct figures figures = {0};
	double lost = 0, letters = 0;

	for (unsigned i = 0; i < bench->n_seeds; i++) {
		const struct world_score *score = &scene->scores[i];

		figures.blocked += 100.0 * score->spam_blocked / score->spam_deliveries;
		figures.awake_blocked += 100.0 * score->awake_blocked / score->awake_deliveries;
		figures.published += 100.0 * score->spam_published / score->spam_campaigns;
		figures.minutes += score->minutes;
		figures.ham_blocked += score->ham_blocked - score->new_blocked;
		figures.new_blocked += score->new_blocked;
		figures.worlds += score->ham_blocked > 0;
		figures.ham += score->ham_campaigns;
		lost += score->ham_lost;
		letters += score->ham_deliveries;
	}
	figures.blocked /= bench->n_seeds;
	figures.awake_blocked /= bench->n_seeds;
	figures.published /= bench->n_seeds;
	figures.minutes /= bench->n_seeds;
	figures.ham_lost = 100 * lost / letters;
	return figures;
}
