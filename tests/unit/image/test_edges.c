/* edges: a row whose edges can be told by looking, and those of zbar's scanner in rows of many
 * kinds. */
#include "config.h"
#include "tests/unit/unit.h"

#include "lib/image/edges.h"

enum { WIDTH_MAX = 1000 };

/* Stripes of 10, 20 and 30 pixels between white margins. */
static void stripes(void **state)
{
	static const unsigned ends[] = {10, 20, 40, 70, 100};
	static const bool is_bright[] = {false, true, false, true};
	unsigned char row[100];
	struct edges edges;
	struct edge edge;
	unsigned n = 0;

	(void)state;
	for (unsigned x = 0, stripe = 0; x < sizeof row; x++) {
		stripe += x == ends[stripe];
		row[x] = stripe % 2 ? 20 : 240;
	}
	edges_init(&edges, row, sizeof row);
	for (; edges_next(&edges, &edge) && n < 4; n++) {
		int apart = (int)(edge.at - EDGE_ORIGIN) - (int)(ends[n] * EDGE_UNIT);

		assert_in_range(apart + EDGE_UNIT, 0, 2 * EDGE_UNIT);
		assert_int_equal(edge.is_bright, is_bright[n]);
		assert_int_equal((edge.width + EDGE_UNIT / 2) / EDGE_UNIT,
				 n ? ends[n] - ends[n - 1] : 0);
	}
	assert_int_equal(n, 4);
}

static void nothing_to_see(void **state)
{
	static const unsigned char flat[50] = {0};
	struct edges edges;
	struct edge edge;

	(void)state;
	for (unsigned width = 1; width <= sizeof flat; width++) {
		edges_init(&edges, flat, width);
		assert_false(edges_next(&edges, &edge));
	}
}

#ifdef WITH_ZBAR
#include <zbar.h>

static uint32_t seed = 1;

static void compare(zbar_scanner_t *scanner, struct edges *edges)
{
	struct edge edge;

	assert_true(edges_next(edges, &edge));
	assert_int_equal(edge.width, zbar_scanner_get_width(scanner));
	assert_int_equal(edge.at - EDGE_ORIGIN, zbar_scanner_get_edge(scanner, 0, 5));
	assert_int_equal(edge.is_bright, zbar_scanner_get_color(scanner) == ZBAR_SPACE);
}

/* Noise; flat parts and slopes of any length and height; both; the same with few shades. */
static void draw_row(unsigned char *row, unsigned width, unsigned kind)
{
	unsigned length_max = 1 + unit_draw(&seed, unit_draw(&seed, 2) ? 6 : 60);
	int value = (int)unit_draw(&seed, 256), step = 0;

	for (unsigned x = 0, left = 0; x < width; x++, left--) {
		if (!left) {
			left = 1 + unit_draw(&seed, length_max);
			step = unit_draw(&seed, 3) ? 0 : (int)unit_draw(&seed, 41) - 20;
			value = (int)unit_draw(&seed, 256);
		}
		value = value + step < 0 ? 0 : value + step > 255 ? 255 : value + step;
		int kinds[] = {(int)unit_draw(&seed, 256), value,
			       value / 2 + (int)unit_draw(&seed, 8), value / 100 * 5};
		row[x] = (unsigned char)kinds[kind];
	}
}

static void same_as_zbar(void **state)
{
	unsigned char row[WIDTH_MAX];
	zbar_scanner_t *scanner = zbar_scanner_create(NULL);

	(void)state;
	for (unsigned i = 0; i < 4000; i++) {
		unsigned width = 1 + unit_draw(&seed, i % 2 ? 40 : WIDTH_MAX);
		struct edges edges;
		struct edge edge;

		draw_row(row, width, i / 2 % 4);
		edges_init(&edges, row, width);
		zbar_scanner_new_scan(scanner);
		for (unsigned x = 0; x < width; x++)
			if (zbar_scan_y(scanner, row[x]))
				compare(scanner, &edges);
		for (int end = 0; end < 2; end++)
			if (zbar_scanner_flush(scanner))
				compare(scanner, &edges);
		assert_false(edges_next(&edges, &edge));
	}
	zbar_scanner_destroy(scanner);
}
#else
static void same_as_zbar(void **state)
{
	(void)state;
	skip();
}
#endif

UNIT_MAIN(cmocka_unit_test(stripes), cmocka_unit_test(nothing_to_see),
	  cmocka_unit_test(same_as_zbar))
