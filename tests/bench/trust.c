/*
 * trust: how the fold of reputation/ stands attacks, over simulated worlds (world.h), beside the
 * figures of the design.
 * usage: trust [--seeds N] [--jobs N] [--hostile PERCENT | --sweep | --assumptions]
 * --hostile shows only the rows of that share. --sweep tries the constants that matter over a grid
 * and prints the point to choose: the one that blocks the most spam among those that block no
 * newsletter (2 seeds unless told; else 20). --assumptions shows what becomes of the figures when
 * the world is another.
 */
#include <config.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/must.h"
#include "lib/base/number.h"
#include "tests/bench/world.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

enum { SCENES_MAX = 512, SEEDS_MAX = 200, JOBS_MAX = 64 };

static const double report_rate = 0.08, trap_share = 0.3, letter_hours = 3, long_letter_hours = 24;
static const unsigned n_admins = 5;
static const char *const layout_names[LAYOUTS] = {"own groups", "groups of one", "in all groups"};
static const char *const tactic_names[TACTICS] = {"few targets", "everything"};

/* One row: a world and its scores by seed. */
struct scene {
	struct world_settings world;
	struct trust_constants constants;
	struct world_score *scores;
};

struct bench {
	unsigned n_seeds, n_jobs, only; /* only: hostile per cent; 0: all */
	bool is_sweep, is_assumptions;
	struct scene scenes[SCENES_MAX];
	size_t n;
	struct world_score *scores; /* shared by the jobs */
};

static struct scene *add_scene(struct bench *bench, double share, enum layout layout,
			       enum tactic tactic, int sleep_days,
			       const struct trust_constants *constants)
{
	struct scene *scene = &bench->scenes[bench->n];

	must(bench->n < SCENES_MAX);
	scene->constants = *constants;
	scene->world = (struct world_settings){
		.hostile_share = share,
		.layout = layout,
		.tactic = tactic,
		.sleep_days = sleep_days,
		.report_rate = report_rate,
		.trap_share = trap_share,
		.n_admins = n_admins,
		.letter_hours = letter_hours,
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
		world.seed = 1 + i % bench->n_seeds;
		bench->scores[i] = world_run(&world);
	}
}

static void run_all(struct bench *bench)
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

/* --- figures of a row --- */

struct figures {
	double blocked, awake_blocked, published, minutes; /* shares in % */
	unsigned ham_blocked, new_blocked, ham;            /* of all seeds */
	double ham_lost;                                   /* deliveries, % */
};

static struct figures figures_of(const struct bench *bench, const struct scene *scene)
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

/* --- the table of attacks --- */

static void print_head(const struct bench *bench)
{
	printf("Forty days, 600 mailboxes, %u seeds; %.0f %% of spam deliveries reported, %.0f %% "
	       "of "
	       "spam campaigns reach a honeypot.\n"
	       "Design: 33-59 %% of spam deliveries blocked at a thin report rate, 0 %% of "
	       "newsletters at 0-50 %% hostile.\n"
	       "Asked for: 60 %% blocked without attackers, 50 %% with 30 %% of them, no "
	       "newsletter "
	       "blocked up to 30 %%.\n\n",
	       bench->n_seeds, 100 * report_rate, 100 * trap_share);
	printf("%-7s %-14s %-12s %5s | %9s %9s %9s %8s | %11s %11s %9s\n", "hostile", "attackers",
	       "attack on", "sleep", "spam", "from day", "campaigns", "minutes", "newsletters",
	       "of senders", "letters");
	printf("%-7s %-14s %-12s %5s | %9s %9s %9s %8s | %11s %11s %9s\n", "", "sit in", "", "days",
	       "blocked %", "15 on %", "publ. %", "to publ.", "blocked", "just met", "lost %");
}

static void print_scene(const struct bench *bench, const struct scene *scene)
{
	struct figures figures = figures_of(bench, scene);
	const struct world_settings *world = &scene->world;
	bool any = world->hostile_share > 0;

	printf("%5.0f %% %-14s %-12s %5d | %9.1f %9.1f %9.1f %8.0f | %4u / %-6u %4u %15.3f\n",
	       100 * world->hostile_share, any ? layout_names[world->layout] : "-",
	       any ? tactic_names[world->tactic] : "-", world->sleep_days, figures.blocked,
	       figures.awake_blocked, figures.published, figures.minutes, figures.ham_blocked,
	       figures.ham, figures.new_blocked, figures.ham_lost);
}

static void run_attacks(struct bench *bench)
{
	static const double shares[] = {0.1, 0.3, 0.5};

	add_scene(bench, 0, LAYOUT_OWN, TACTIC_FOCUS, 0, &trust_constants_default);
	for (size_t share = 0; share < sizeof shares / sizeof *shares; share++) {
		if (bench->only && lround(100 * shares[share]) != (long)bench->only)
			continue;
		for (int layout = 0; layout < LAYOUTS; layout++)
			for (int tactic = 0; tactic < TACTICS; tactic++)
				for (int sleep_days = 0; sleep_days <= 15; sleep_days += 15)
					add_scene(bench, shares[share], (enum layout)layout,
						  (enum tactic)tactic, sleep_days,
						  &trust_constants_default);
	}
	print_head(bench);
	run_all(bench);
	for (size_t i = 0; i < bench->n; i++)
		print_scene(bench, &bench->scenes[i]);
}

/* --- what is assumed --- */

static void set_traps(struct world_settings *world)
{
	world->trap_share = trap_share / 2;
}

static void set_admins(struct world_settings *world)
{
	world->n_admins = n_admins / 2;
}

static void set_reports(struct world_settings *world)
{
	world->report_rate = report_rate / 2;
}

static void set_letters(struct world_settings *world)
{
	world->letter_hours = long_letter_hours;
}

static void set_nothing(struct world_settings *world)
{
	(void)world;
}

static const struct assumption {
	const char *name;
	void (*set)(struct world_settings *world);
} assumptions[] = {
	{"as it is", set_nothing},
	{"half as many traps", set_traps},
	{"two administrators", set_admins},
	{"half as many reports", set_reports},
	{"newsletters take a day", set_letters},
};

static void run_assumptions(struct bench *bench)
{
	for (size_t i = 0; i < COUNT_OF(assumptions); i++) {
		size_t first = bench->n;

		add_scene(bench, 0, LAYOUT_OWN, TACTIC_FOCUS, 0, &trust_constants_default);
		for (int layout = 0; layout < LAYOUTS; layout++)
			for (int sleep_days = 0; sleep_days <= 15; sleep_days += 15)
				add_scene(bench, 0.3, (enum layout)layout, TACTIC_FOCUS, sleep_days,
					  &trust_constants_default);
		for (; first < bench->n; first++)
			assumptions[i].set(&bench->scenes[first].world);
	}
	print_head(bench);
	run_all(bench);
	for (size_t i = 0; i < bench->n; i++) {
		if (i % (bench->n / COUNT_OF(assumptions)) == 0)
			printf("%s\n", assumptions[i / (bench->n / COUNT_OF(assumptions))].name);
		print_scene(bench, &bench->scenes[i]);
	}
}

/* --- the sweep --- */

/* What is tried; the rest is as it is by default. A confidence of more than 0.25 is out of the
 * question: it would give a say after one agreement (0.25^(1/2) = 1/2). */
static const double confidences[] = {0.2, 0.24}, deviations[] = {2.5, 3.5}, strangers[] = {1, 0.5},
		    unconfirmed[] = {0, 0.2};
static const unsigned late_mins[] = {0, 5};

enum { SWEEP_SCENES = 5 };

static void add_point(struct bench *bench, const struct trust_constants *constants)
{
	add_scene(bench, 0, LAYOUT_OWN, TACTIC_FOCUS, 0, constants);
	add_scene(bench, 0.3, LAYOUT_OWN, TACTIC_FOCUS, 15, constants);
	add_scene(bench, 0.3, LAYOUT_INFILTRATED, TACTIC_SPREAD, 0, constants);
	add_scene(bench, 0.3, LAYOUT_INFILTRATED, TACTIC_FOCUS, 15, constants);
	add_scene(bench, 0.3, LAYOUT_OWN, TACTIC_FOCUS, 15, constants)->world.letter_hours =
		long_letter_hours;
}

/* Point number i of the grid. */
static struct trust_constants point_at(size_t i)
{
	struct trust_constants constants = trust_constants_default;

	constants.confidence = confidences[i % COUNT_OF(confidences)];
	i /= COUNT_OF(confidences);
	constants.share_deviations = deviations[i % COUNT_OF(deviations)];
	i /= COUNT_OF(deviations);
	constants.unproven_against_authority = strangers[i % COUNT_OF(strangers)];
	i /= COUNT_OF(strangers);
	constants.penalty_unconfirmed = unconfirmed[i % COUNT_OF(unconfirmed)];
	i /= COUNT_OF(unconfirmed);
	constants.late_min = late_mins[i];
	return constants;
}

static void add_grid(struct bench *bench)
{
	size_t n = COUNT_OF(confidences) * COUNT_OF(deviations) * COUNT_OF(strangers) *
		   COUNT_OF(unconfirmed) * COUNT_OF(late_mins);

	for (size_t i = 0; i < n; i++) {
		struct trust_constants constants = point_at(i);
		add_point(bench, &constants);
	}
}

static void print_point(const struct trust_constants *constants, const struct figures *figures)
{
	unsigned ham = 0;

	for (int i = 0; i < SWEEP_SCENES; i++)
		ham += figures[i].ham_blocked + figures[i].new_blocked;
	printf("%10.2f %10.1f %10.2f %11.1f %8u | %6.1f %6.1f %6.1f %6.1f %6.1f | %4u\n",
	       constants->confidence, constants->share_deviations,
	       constants->unproven_against_authority, constants->penalty_unconfirmed,
	       constants->late_min, figures[0].blocked, figures[1].blocked, figures[2].blocked,
	       figures[3].blocked, figures[4].blocked, ham);
}

/* Spam blocked over all scenes; -1 when a newsletter was blocked. */
static double worth_of(const struct figures *figures)
{
	double sum = 0;

	for (int i = 0; i < SWEEP_SCENES; i++) {
		if (figures[i].ham_blocked + figures[i].new_blocked)
			return -1;
		sum += figures[i].blocked;
	}
	return sum;
}

static void run_sweep(struct bench *bench)
{
	double best = -1;
	size_t best_at = 0;

	add_grid(bench);
	run_all(bench);
	printf("%10s %10s %10s %11s %8s | spam blocked %%: none, own 15, all 0, all 15, long | "
	       "newsletters\n",
	       "confidence", "deviations", "strangers", "unconfirmed", "late_min");
	for (size_t i = 0; i < bench->n; i += SWEEP_SCENES) {
		struct figures figures[SWEEP_SCENES];

		for (size_t k = 0; k < SWEEP_SCENES; k++)
			figures[k] = figures_of(bench, &bench->scenes[i + k]);
		print_point(&bench->scenes[i].constants, figures);
		if (worth_of(figures) > best) {
			best = worth_of(figures);
			best_at = i;
		}
	}
	const struct trust_constants *chosen = &bench->scenes[best_at].constants;
	if (best < 0)
		printf("\nno point without a blocked newsletter\n");
	else
		printf("\nchosen: confidence %.2f, share_deviations %.1f, "
		       "unproven_against_authority %.2f, "
		       "penalty_unconfirmed %.1f, late_min %u\n",
		       chosen->confidence, chosen->share_deviations,
		       chosen->unproven_against_authority, chosen->penalty_unconfirmed,
		       chosen->late_min);
}

/* --- the program --- */

static bool read_count(const char *text, unsigned max, unsigned *out)
{
	uint64_t value;

	if (!text || !number_u64(str_from(text), &value) || value < 1 || value > max)
		return false;
	*out = (unsigned)value;
	return true;
}

static bool read_args(struct bench *bench, char **argv)
{
	for (; *argv; argv++) {
		if (strcmp(*argv, "--sweep") == 0)
			bench->is_sweep = true;
		else if (strcmp(*argv, "--assumptions") == 0)
			bench->is_assumptions = true;
		else if (strcmp(*argv, "--seeds") == 0 &&
			 read_count(argv[1], SEEDS_MAX, &bench->n_seeds))
			argv++;
		else if (strcmp(*argv, "--jobs") == 0 &&
			 read_count(argv[1], JOBS_MAX, &bench->n_jobs))
			argv++;
		else if (strcmp(*argv, "--hostile") == 0 && read_count(argv[1], 50, &bench->only))
			argv++;
		else
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	static struct bench bench = {.n_jobs = 2};

	(void)argc;
	if (!read_args(&bench, argv + 1)) {
		fprintf(stderr,
			"usage: trust [--seeds N] [--jobs N] [--hostile PERCENT | --sweep | "
			"--assumptions]\n");
		return 64;
	}
	if (!bench.n_seeds)
		bench.n_seeds = bench.is_sweep ? 2 : 20;
	if (bench.is_sweep)
		run_sweep(&bench);
	else if (bench.is_assumptions)
		run_assumptions(&bench);
	else
		run_attacks(&bench);
	return 0;
}
