/*
 * trust: how the fold of reputation/ stands attacks, over simulated worlds (world.h), beside the
 * figures of the design.
 * usage: trust [--seeds N] [--from SEED] [--jobs N] [--trace]
 *	[--hostile PERCENT | --sweep | --assumptions]
 * --from: the first seed, 1 unless told. --trace prints of each newsletter that is blocked who
 * reported it. --hostile shows only the rows of that share. --sweep tries two values of each
 * constant that matters and prints which to choose (3 seeds unless told; else 20). --assumptions
 * shows what becomes of the figures when the world is another.
 */
#include <config.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/number.h"
#include "tests/bench/scenes.h"

enum { SEEDS_MAX = 200, FROM_MAX = 1000000, JOBS_MAX = 64 };

static const char *const layout_names[LAYOUTS] = {"own groups", "groups of one", "in all groups"};
static const char *const tactic_names[TACTICS] = {"few targets", "everything", "few, in turn"};

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
	       bench->n_seeds, 100 * scene_report_rate, 100 * scene_trap_share);
	printf("%-7s %-14s %-12s %5s | %9s %9s %9s %8s | %11s %11s %9s\n", "hostile", "attackers",
	       "attack on", "sleep", "spam", "from day", "campaigns", "minutes", "newsletters",
	       "of senders", "letters");
	printf("%-7s %-14s %-12s %5s | %9s %9s %9s %8s | %11s %11s %9s\n", "", "sit in", "", "days",
	       "blocked %", "15 on %", "publ. %", "to publ.", "blocked", "just met", "lost %");
}

static void print_scene(const struct bench *bench, const struct scene *scene)
{
	struct figures figures = scenes_figures(bench, scene);
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

	scenes_add(bench, 0, LAYOUT_OWN, TACTIC_FOCUS, 0, &trust_constants_default);
	for (size_t share = 0; share < sizeof shares / sizeof *shares; share++) {
		if (bench->only && lround(100 * shares[share]) != (long)bench->only)
			continue;
		for (int layout = 0; layout < LAYOUTS; layout++)
			for (int tactic = 0; tactic < TACTICS; tactic++)
				for (int sleep_days = 0; sleep_days <= 15; sleep_days += 15)
					scenes_add(bench, shares[share], (enum layout)layout,
						   (enum tactic)tactic, sleep_days,
						   &trust_constants_default);
	}
	print_head(bench);
	scenes_run(bench);
	for (size_t i = 0; i < bench->n; i++)
		print_scene(bench, &bench->scenes[i]);
}

/* --- what is assumed --- */

static void set_traps(struct world_settings *world)
{
	world->trap_share = scene_trap_share / 2;
}

static void set_admins(struct world_settings *world)
{
	world->n_admins = scene_n_admins / 2;
}

static void set_reports(struct world_settings *world)
{
	world->report_rate = scene_report_rate / 2;
}

static void set_letters(struct world_settings *world)
{
	world->letter_hours = scene_long_letter_hours;
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

		scenes_add(bench, 0, LAYOUT_OWN, TACTIC_FOCUS, 0, &trust_constants_default);
		for (int layout = 0; layout < LAYOUTS; layout++)
			for (int sleep_days = 0; sleep_days <= 15; sleep_days += 15)
				scenes_add(bench, 0.3, (enum layout)layout, TACTIC_FOCUS,
					   sleep_days, &trust_constants_default);
		for (; first < bench->n; first++)
			assumptions[i].set(&bench->scenes[first].world);
	}
	print_head(bench);
	scenes_run(bench);
	for (size_t i = 0; i < bench->n; i++) {
		if (i % (bench->n / COUNT_OF(assumptions)) == 0)
			printf("%s\n", assumptions[i / (bench->n / COUNT_OF(assumptions))].name);
		print_scene(bench, &bench->scenes[i]);
	}
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
		else if (strcmp(*argv, "--trace") == 0)
			bench->is_traced = true;
		else if (strcmp(*argv, "--from") == 0 &&
			 read_count(argv[1], FROM_MAX, &bench->from))
			argv++;
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
	static struct bench bench = {.n_jobs = 2, .from = 1};

	(void)argc;
	if (!read_args(&bench, argv + 1)) {
		fprintf(stderr, "usage: trust [--seeds N] [--from SEED] [--jobs N] [--trace] "
				"[--hostile PERCENT | --sweep | --assumptions]\n");
		return 64;
	}
	if (!bench.n_seeds)
		bench.n_seeds = bench.is_sweep ? 3 : 20;
	if (bench.is_sweep)
		sweep_run(&bench);
	else if (bench.is_assumptions)
		run_assumptions(&bench);
	else
		run_attacks(&bench);
	return 0;
}
