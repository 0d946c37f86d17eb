/* edges: see edges.h. Shifts of negative numbers round down, as with every compiler we know. */
#include "lib/image/edges.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

enum {
	NEW_WEIGHT = 25, /* of the next pixel in the moving average, of 32 */
	OLD_WEIGHT = 7,
	KEPT_SHARE = 14, /* of a slope, as the next threshold, of 32 */
	SHIFT = 5,       /* those 32, and EDGE_UNIT */
	SLOPE_MIN = 4,
	FADE_WIDTHS = 8, /* of the last stripe, until the threshold is the least */
	ENDS_MAX = 2,
};

/* A place where the slope is at its steepest, or stays as it is. */
struct bend {
	int slope, now, before; /* now, before: by how much the slope changes there */
};

typedef int16_t shorts __attribute__((vector_size(EDGES_BLOCK * sizeof(int16_t))));
typedef uint16_t counts __attribute__((vector_size(EDGES_BLOCK * sizeof(int16_t))));
typedef signed char bytes __attribute__((vector_size(EDGES_BLOCK)));

/* --- slopes --- */

/* All pixels of the block are the one before it. */
static bool is_flat(const unsigned char *row, unsigned x)
{
	uint64_t same = row[x - 1] * UINT64_C(0x0101010101010101), block;

	memcpy(&block, row + x, sizeof block);
	return block == same;
}

/* out: from the first pixel on. */
static void find_slopes(const unsigned char *row, unsigned width, int16_t *out)
{
	int level = row[0];
	unsigned x = 1;

	out[0] = 0;
	while (x < width) {
		unsigned end = x + EDGES_BLOCK < width ? x + EDGES_BLOCK : width;

		if (!out[x - 1] && end == x + EDGES_BLOCK && is_flat(row, x) &&
		    level == (row[x] * NEW_WEIGHT + level * OLD_WEIGHT) >> SHIFT) {
			memset(out + x, 0, EDGES_BLOCK * sizeof *out);
			x = end;
		}
		for (; x < end; x++) {
			int next =
				(row[x] * NEW_WEIGHT - level + level * (OLD_WEIGHT + 1)) >> SHIFT;

			out[x] = (int16_t)(next - level);
			level = next;
		}
	}
	memset(out + width, 0, EDGES_BLOCK * sizeof *out);
}

void edges_init(struct edges *edges, const unsigned char *row, unsigned width)
{
	edges->n = width;
	edges->at = edges->block = edges->n_ends = 0;
	edges->candidates = 0;
	edges->steepest = 0;
	edges->threshold = SLOPE_MIN;
	edges->next = edges->last = edges->width = 0;
	edges->slopes[0] = edges->slopes[1] = 0;
	find_slopes(row, width, edges->slopes + 2);
}

/* --- bends --- */

static shorts load(const int16_t *at)
{
	shorts block;

	memcpy(&block, at, sizeof block);
	return block;
}

/* Not between -SLOPE_MIN and SLOPE_MIN. */
static shorts are_steep(shorts slopes)
{
	return (shorts)((counts)(slopes + (SLOPE_MIN - 1)) > 2 * (SLOPE_MIN - 1));
}

/* Pixels of a block that may be bends, by slopes from two pixels before it on. */
static uint64_t candidates_at(const int16_t *slopes)
{
	shorts s2 = load(slopes), s1 = load(slopes + 1), s0 = load(slopes + 2);
	shorts now = s0 - s1, before = s1 - s2;
	shorts turns = (now == 0) | (((now ^ before) < 0) & (before != 0));
	shorts found = turns & (are_steep(s1) | are_steep(s2));
	bytes each = __builtin_convertvector(found, bytes);
	uint64_t bits;

	memcpy(&bits, &each, sizeof bits);
	return le64toh(bits) & UINT64_C(0x0101010101010101);
}

/* By slopes from two pixels before it on; is that at the last pixel, or the one before in the same
 * direction, steep? */
static bool is_bend(const int16_t *slopes, struct bend *out)
{
	int s2 = slopes[0], s1 = slopes[1], s0 = slopes[2];

	*out = (struct bend){s1, s0 - s1, s1 - s2};
	if (abs(s1) < abs(s2) && (s1 >= 0) == (s2 >= 0))
		out->slope = s2;
	return abs(out->slope) >= SLOPE_MIN;
}

static bool next_bend(struct edges *edges, struct bend *out)
{
	for (;;) {
		for (; !edges->candidates; edges->block += EDGES_BLOCK) {
			if (edges->block >= edges->n)
				return false;
			edges->candidates = candidates_at(edges->slopes + edges->block);
		}
		edges->at = edges->block - EDGES_BLOCK +
			    (unsigned)__builtin_ctzll(edges->candidates) / 8;
		edges->candidates &= edges->candidates - 1;
		if (edges->at < edges->n && is_bend(edges->slopes + edges->at, out))
			return true;
	}
}

/* --- edges --- */

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
	unsigned x = edges->at;

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
