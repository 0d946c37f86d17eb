/*
 * edges: where the brightness in a row of pixels changes, found as the scanner of zbar 0.23 finds
 * them, number for number (tests/unit/image/test_edges.c compares them). It smooths the row, and
 * has an edge where the slope is steepest before it turns the other way, when it is steeper than a
 * threshold: a share of the last edge's slope, fading with the distance from there. zbar has to be
 * called for each pixel, which takes five times as long.
 */
#ifndef WHORL_IMAGE_EDGES_H
#define WHORL_IMAGE_EDGES_H

#include "lib/image/image.h"

enum {
	EDGE_UNIT = 32, /* of a pixel */
	EDGE_ORIGIN = EDGE_UNIT + EDGE_UNIT / 2,
	EDGES_BLOCK = 8, /* pixels that are looked at together */
};

struct edge {
	unsigned at;    /* in units; the row's beginning is EDGE_ORIGIN */
	unsigned width; /* from the edge before; of the first one 0 */
	bool is_bright; /* what begins there */
};

struct edges {
	unsigned n, at;      /* pixels; the last bend's */
	unsigned block;      /* first pixel behind the one looked at */
	uint64_t candidates; /* in that: a bit in the byte of each pixel that may be a bend */
	int steepest;        /* slope of the edge that has not turned yet */
	unsigned threshold, next, last, width;
	unsigned n_ends; /* edges told behind the last pixel */
	/* of the smoothed row, from two pixels before the first on to a block behind the last */
	int16_t slopes[2 + IMAGE_SIDE_MAX + EDGES_BLOCK];
};

/* Width: at least 1, at most IMAGE_SIDE_MAX. */
void edges_init(struct edges *edges, const unsigned char *row, unsigned width);
/* The next edge, from the left; false behind the last. The row's end counts as one or two. */
bool edges_next(struct edges *edges, struct edge *out);

#endif
