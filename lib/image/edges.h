/*
 * edges: where the brightness in a row of pixels changes, found as the scanner of zbar 0.23 finds
 * them, number for number (tests/unit/image/test_edges.c compares them). It smooths the row, and
 * has an edge where the slope is steepest before it turns the other way, when it is steeper than a
 * threshold: a share of the last edge's slope, fading with the distance from there. zbar has to be
 * called for each pixel, which takes five times as long.
 */
#ifndef WHORL_IMAGE_EDGES_H
#define WHORL_IMAGE_EDGES_H

#include <stdbool.h>

enum { EDGE_UNIT = 32 /* of a pixel */, EDGE_ORIGIN = EDGE_UNIT + EDGE_UNIT / 2 };

struct edge {
	unsigned at;    /* in units; the row's beginning is EDGE_ORIGIN */
	unsigned width; /* from the edge before; of the first one 0 */
	bool is_bright; /* what begins there */
};

struct edges {
	const unsigned char *row;
	unsigned n, x;
	int level;     /* of the smoothed row */
	int slopes[2]; /* of it, at the last pixel and the one before */
	int steepest;  /* slope of the edge that has not turned yet */
	unsigned threshold, next, last, width;
	unsigned n_ends; /* edges told behind the last pixel */
};

void edges_init(struct edges *edges, const unsigned char *row, unsigned width);
/* The next edge, from the left; false behind the last. The row's end counts as one or two. */
bool edges_next(struct edges *edges, struct edge *out);

#endif
