/* sweep: which constants to choose; for tests/bench/trust. */
#include <math.h>
#include <stdio.h>

#include "tests/bench/scenes.h"

/* What is tried; the rest is as it is by default. Of the 256 points of the grid sixteen are run, so
 * chosen that each value meets each of any other two constants equally often, and that the effect
 * of one constant is not mistaken for that of a pair of others (a fractional factorial design of
 * resolution IV: Box, Hunter & Hunter, Statistics for Experimenters, chapter 6). */
enum dimension {
	CONFIDENCE, /* more than 0.25 would give a say after one agreement (0.25^(1/2) = 1/2) */
	DEVIATIONS,
	STRANGERS,
	UNCONFIRMED,
	LATE_HOURS,
	AUTHORITIES,
	SETTLE_HOURS,
	SLIPS,
	DIMENSIONS,
};

enum { VALUES_MAX = 2, SWEEP_SCENES = 5 };

static const struct axis {
	const char *name;
	double values[VALUES_MAX];
} axes[DIMENSIONS] = {
	[CONFIDENCE] = {"confidence", {0.2, 0.24}},
	[DEVIATIONS] = {"deviations", {3, 3.5}},
	[STRANGERS] = {"strangers", {1, 0.5}},
	[UNCONFIRMED] = {"unconfirmed", {0, 0.1}},
	[LATE_HOURS] = {"late", {4, 6}},
	[AUTHORITIES] = {"authorities", {1, 2}},
	[SETTLE_HOURS] = {"settle", {24, 36}},
	[SLIPS] = {"slips", {0.005, 0.015}},
};

enum { FREE_DIMENSIONS = 4, POINTS = 1 << FREE_DIMENSIONS };

/* 0 or 1: the first four are free, the others follow from them. */
static unsigned choice_at(size_t point, enum dimension dimension)
{
	static const unsigned parents[DIMENSIONS] = {1,         2,         4,         8,
						     1 | 2 | 4, 2 | 4 | 8, 1 | 4 | 8, 1 | 2 | 8};
	unsigned choice = 0;

	for (unsigned bits = (unsigned)point & parents[dimension]; bits; bits &= bits - 1)
		choice ^= 1;
	return choice;
}

static double value_at(size_t point, enum dimension dimension)
{
	return axes[dimension].values[choice_at(point, dimension)];
}

static struct trust_constants constants_at(size_t point)
{
	struct trust_constants constants = trust_constants_default;

	constants.confidence = value_at(point, CONFIDENCE);
	constants.share_deviations = value_at(point, DEVIATIONS);
	constants.unproven_against_authority = value_at(point, STRANGERS);
	constants.penalty_unconfirmed = value_at(point, UNCONFIRMED);
	constants.late_s = 3600 * value_at(point, LATE_HOURS);
	constants.authorities_min = (unsigned)value_at(point, AUTHORITIES);
	constants.settle_after_s = 3600 * value_at(point, SETTLE_HOURS);
	constants.slips = value_at(point, SLIPS);
	return constants;
}

static void add_point(struct bench *bench, size_t point)
{
	const struct trust_constants constants = constants_at(point);

	scenes_add(bench, 0, LAYOUT_OWN, TACTIC_FOCUS, 0, &constants);
	scenes_add(bench, 0.3, LAYOUT_INFILTRATED, TACTIC_IN_TURN, 0, &constants);
	scenes_add(bench, 0.3, LAYOUT_INFILTRATED, TACTIC_SPREAD, 0, &constants);
	scenes_add(bench, 0.3, LAYOUT_INFILTRATED, TACTIC_FOCUS, 15, &constants);
	scenes_add(bench, 0.3, LAYOUT_OWN, TACTIC_FOCUS, 15, &constants)->world.letter_hours =
		scene_long_letter_hours;
}

/* What came of a point of the grid. */
struct point {
	double blocked[SWEEP_SCENES], worth; /* worth: spam blocked over all scenes */
	unsigned newsletters, worlds;        /* worlds: in which any was blocked */
};

static struct point point_of(const struct bench *bench, size_t number)
{
	struct point point = {0};

	for (size_t i = 0; i < SWEEP_SCENES; i++) {
		struct figures figures =
			scenes_figures(bench, &bench->scenes[number * SWEEP_SCENES + i]);

		point.blocked[i] = figures.blocked;
		point.worth += figures.blocked / SWEEP_SCENES;
		point.newsletters += figures.ham_blocked + figures.new_blocked;
		point.worlds += figures.worlds;
	}
	return point;
}

/* What comes of each value over the points that have it. */
static struct point mean_of(const struct point *points, enum dimension dimension, unsigned choice)
{
	struct point mean = {0};

	for (size_t i = 0; i < POINTS; i++)
		if (choice_at(i, dimension) == choice) {
			mean.worth += points[i].worth * 2 / POINTS;
			mean.newsletters += points[i].newsletters;
			mean.worlds += points[i].worlds;
		}
	return mean;
}

/* Fewer newsletters, where that is more than chance (two deviations of a Poisson distribution);
 * else more spam. */
static unsigned better_of(const struct point means[VALUES_MAX])
{
	double a = means[0].worlds, b = means[1].worlds;

	if (fabs(a - b) > 2 * sqrt(a + b))
		return b < a;
	return means[1].worth > means[0].worth;
}

static void print_axis(const struct point *points, enum dimension dimension)
{
	struct point means[VALUES_MAX];

	for (unsigned choice = 0; choice < VALUES_MAX; choice++)
		means[choice] = mean_of(points, dimension, choice);
	for (unsigned choice = 0; choice < VALUES_MAX; choice++)
		printf("%-11s %6.4g: %5.2f %% blocked, %4u newsletters in %3u worlds%s\n",
		       axes[dimension].name, axes[dimension].values[choice], means[choice].worth,
		       means[choice].newsletters, means[choice].worlds,
		       better_of(means) == choice ? "  chosen" : "");
}

void sweep_run(struct bench *bench)
{
	static struct point points[POINTS];

	for (size_t i = 0; i < POINTS; i++)
		add_point(bench, i);
	scenes_run(bench);
	for (size_t i = 0; i < DIMENSIONS; i++)
		printf("%11s ", axes[i].name);
	printf("| spam blocked %%: none, turn 0, all 0, all 15, long; mean | newsletters\n");
	for (size_t i = 0; i < POINTS; i++) {
		points[i] = point_of(bench, i);
		for (size_t k = 0; k < DIMENSIONS; k++)
			printf("%11.4g ", value_at(i, (enum dimension)k));
		printf("|");
		for (size_t k = 0; k < SWEEP_SCENES; k++)
			printf(" %6.1f", points[i].blocked[k]);
		printf("; %6.2f | %4u in %u worlds\n", points[i].worth, points[i].newsletters,
		       points[i].worlds);
	}
	printf("\nover the points that have it:\n");
	for (int i = 0; i < DIMENSIONS; i++)
		print_axis(points, (enum dimension)i);
}
