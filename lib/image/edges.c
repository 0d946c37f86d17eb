/* edges: see edges.h. Shifts of negative numbers round down, as with every compiler we know. */
#include "lib/image/edges.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	NEW_WEIGHT = 25, /* of the next pixel in the moving average, of 32 */
	KEPT_SHARE = 14, /* of a slope, as the next threshold, of 32 */
	SHIFT = 5,       /* those 32, and EDGE_UNIT */
	SLOPE_MIN = 4,
	FADE_WIDTHS = 8, /* of the last stripe, until the threshold is the least */
	ENDS_MAX = 2,
	BLOCK = 8,
};

/* A place where the slope is at its steepest, or stays as it is. */
struct bend {
	int slope, now, before; /* now, before: by how much the slope changes there */
};

void edges_init(struct edges *edges, const unsigned char *row, unsigned width)
{
	*edges = (struct edges){
		.row = row, .n = width, .x = 1, .level = row[0], .threshold = SLOPE_MIN};
}

/* How many pixels behind x are like that one, by blocks. */
static unsigned flat_behind(const unsigned char *row, unsigned x, unsigned n)
{
	uint64_t same = row[x] * UINT64_C(0x0101010101010101), block;
	unsigned from = x + 1, at = from;

	for (; at + BLOCK <= n; at += BLOCK) {
		memcpy(&block, row + at, sizeof block);
		if (block != same)
			break;
	}
	return at - from;
}

/* Slopes s1, then s0 behind s2: is s1, or s2 before it in the same direction, steep, and a bend? */
static bool is_bend(int s0, int s1, int s2, struct bend *out)
{
	*out = (struct bend){s1, s0 - s1, s1 - s2};
	if (out->now && !(out->now > 0 ? out->before < 0 : out->before > 0))
		return false;
	if (abs(s1) < abs(s2) && (s1 >= 0) == (s2 >= 0))
		out->slope = s2;
	return abs(out->slope) >= SLOPE_MIN;
}

static bool is_steep(int slope)
{
	return slope >= SLOPE_MIN || slope <= -SLOPE_MIN;
}

/* The next bend; edges->x is the pixel behind that at which it shows. */
static bool next_bend(struct edges *edges, struct bend *out)
{
	const unsigned char *row = edges->row;
	unsigned x = edges->x, n = edges->n;
	int level = edges->level, s1 = edges->slopes[0], s2 = edges->slopes[1];
	bool found = false;

	while (x < n && !found) {
		int s0 = ((row[x] - level) * NEW_WEIGHT) >> SHIFT;

		if (is_steep(s1) || is_steep(s2))
			found = is_bend(s0, s1, s2, out);
		else if (!s0 && !s1 && !s2)
			x += flat_behind(row, x, n);
		level += s0;
		s2 = s1;
		s1 = s0;
		x++;
	}
	edges->x = x;
	edges->level = level;
	edges->slopes[0] = s1;
	edges->slopes[1] = s2;
	return found;
}

/* At pixel x. */
static unsigned threshold_at(struct edges *edges, unsigned x)
{
	if (edges->threshold > SLOPE_MIN && edges->width) {
		unsigned faded = edges->threshold * (x * EDGE_UNIT - edges->last) / edges->width /
				 FADE_WIDTHS;

		if (edges->threshold > faded + SLOPE_MIN)
			return edges->threshold - faded;
		edges->threshold = SLOPE_MIN;
	}
	return SLOPE_MIN;
}

/* The edge that was the steepest is one: the slope has turned. */
static void finish(struct edges *edges)
{
	if (!edges->steepest)
		edges->last = edges->next = EDGE_ORIGIN;
	else if (!edges->last)
		edges->last = edges->next;
	edges->width = edges->next - edges->last;
	edges->last = edges->next;
}

/* The bend at pixel x is the steepest by now. */
static void hold(struct edges *edges, const struct bend *bend, unsigned x)
{
	int change = bend->now - bend->before;
	unsigned threshold = ((unsigned)abs(bend->slope) * KEPT_SHARE + EDGE_UNIT / 2) >> SHIFT;

	edges->steepest = bend->slope;
	edges->threshold = threshold > SLOPE_MIN ? threshold : SLOPE_MIN;
	edges->next = x * EDGE_UNIT;
	if (!change)
		edges->next += EDGE_UNIT / 2;
	else /* where between the two pixels it was steepest */
		edges->next += (unsigned)(EDGE_UNIT -
					  (bend->now ? (bend->now * EDGE_UNIT + 1) / change : 0));
}

static bool take_bend(struct edges *edges, const struct bend *bend)
{
	unsigned x = edges->x - 1;

	if (threshold_at(edges, x) > (unsigned)abs(bend->slope))
		return false;
	bool turns = edges->steepest > 0 ? bend->slope < 0 : bend->slope > 0;
	if (turns)
		finish(edges);
	if (turns || abs(edges->steepest) < abs(bend->slope))
		hold(edges, bend, x);
	return turns;
}

/* The row's end ends the last stripe, and the edge before when it had not turned. */
static bool take_end(struct edges *edges)
{
	unsigned end = edges->n * EDGE_UNIT + EDGE_UNIT / 2;

	if (!edges->steepest || edges->n_ends++ == ENDS_MAX)
		return false;
	if (edges->next != end || edges->steepest > 0) {
		finish(edges);
		edges->next = end;
		edges->steepest = -edges->steepest;
	} else {
		edges->steepest = 0;
		edges->width = 0;
	}
	return true;
}

bool edges_next(struct edges *edges, struct edge *out)
{
	struct bend bend = {0};
	bool found = false;

	while (!found && next_bend(edges, &bend))
		found = take_bend(edges, &bend);
	if (!found && !take_end(edges))
		return false;
	*out = (struct edge){edges->last, edges->width, edges->steepest <= 0};
	return true;
}
