/* The only file that knows zbar. Without it no code is ever found. */
#include "config.h"

#include "lib/image/image.h"

#ifdef WITH_ZBAR
#include <stdlib.h>
#include <zbar.h>

#include "lib/image/edges.h"

/*
 * Scanning takes as long as the rest of a message with pictures. A code that a camera can read has
 * modules of three pixels and more, and in a large picture every other line and column crosses its
 * marks often enough.
 */
enum { LARGE_PIXELS = 400, DENSITY_LARGE = 2 };

/* --- is there a code at all? --- */

/*
 * A code has finder patterns in three corners (ISO 18004, 6.3.3): every line through the middle of
 * one is dark, light, dark, light, dark as 1 : 1 : 3 : 1 : 1. zbar looks for such lines in all rows
 * and then in all columns, and needs three places in each with at least three of them below each
 * other. So a picture whose rows do not have three places needs not be looked at any further: that
 * saves the columns, half of the time. Edges are those of zbar's own scanner, in the rows and the
 * directions of zbar_scan_image(), and what is compared is no stricter than what zbar compares.
 */
enum {
	PRECISION = 2,   /* places are in quarters of a pixel, as zbar has them */
	TRACKS_MAX = 64, /* a row with more of them is left to zbar */
	PATTERNS = 3,
	LINES_MIN = 3,
	LINES_PER_LENGTH = 5, /* lines of a pattern are at least a fifth of its middle's length */
};

/* Lines below each other that are one pattern: where the middle, of three modules, was last. */
struct track {
	int y, from, to;
	int lines, length; /* of all of its lines */
};

struct finder {
	const struct image *image;
	struct track tracks[TRACKS_MAX];
	size_t n;
	unsigned patterns;  /* seen as yet */
	unsigned widths[5]; /* between the last six edges */
	unsigned lines;     /* in this row */
};

static bool is_pattern(const struct track *track)
{
	return track->lines >= LINES_MIN &&
	       track->lines * track->lines * (LINES_PER_LENGTH << PRECISION) >= track->length;
}

static void add_line(struct finder *finder, int y, int from, int to)
{
	bool known = false;

	for (size_t i = 0; i < finder->n;) {
		struct track *track = &finder->tracks[i];
		int apart = (track->to - track->from + 7) / 4;

		if (y - track->y > apart) {
			*track = finder->tracks[--finder->n];
			continue;
		}
		i++;
		if (y == track->y || abs(from - track->from) > apart || abs(to - track->to) > apart)
			continue;
		finder->patterns -= is_pattern(track);
		*track = (struct track){y, from, to, track->lines + 1, track->length + to - from};
		finder->patterns += is_pattern(track);
		known = true;
	}
	if (known)
		return;
	if (finder->n == TRACKS_MAX)
		finder->patterns += PATTERNS;
	else
		finder->tracks[finder->n++] = (struct track){y, from, to, 1, to - from};
}

/* Two neighbouring widths together are so many of the seven modules of the five, to one half. */
static bool are_modules(unsigned pair, unsigned total, unsigned modules)
{
	return 14 * pair + 1 >= (2 * modules - 1) * total &&
	       14 * pair + 1 < (2 * modules + 1) * total;
}

/* In quarters of a pixel. */
static int place_of(unsigned at)
{
	return (int)((at - EDGE_ORIGIN) / (EDGE_UNIT >> PRECISION));
}

static void add_edge(struct finder *finder, const struct edge *edge, unsigned y, bool backwards)
{
	unsigned *w = finder->widths, total = edge->width;

	for (int i = 0; i < 4; i++)
		total += w[i] = w[i + 1];
	w[4] = edge->width;
	if (!are_modules(w[3] + w[4], total, 2) || !are_modules(w[2] + w[3], total, 4) ||
	    !are_modules(w[1] + w[2], total, 4) || !are_modules(w[0] + w[1], total, 2) ||
	    !edge->is_bright)
		return;
	int to = place_of(edge->at - w[3] - w[4]), from = place_of(edge->at - w[2] - w[3] - w[4]);
	int end = (int)(finder->image->width << PRECISION), row = (int)(y << PRECISION);

	finder->lines++;
	if (backwards)
		add_line(finder, row, end - to, end - from);
	else
		add_line(finder, row, from, to);
}

static void turn(const unsigned char *row, unsigned width, unsigned char *out)
{
	unsigned x = 0;

	for (uint64_t block; x + sizeof block <= width; x += sizeof block) {
		memcpy(&block, row + width - x - sizeof block, sizeof block);
		block = __builtin_bswap64(block);
		memcpy(out + x, &block, sizeof block);
	}
	for (; x < width; x++)
		out[x] = row[width - 1 - x];
}

static void scan_row(struct finder *finder, unsigned y, bool backwards)
{
	unsigned width = finder->image->width;
	const unsigned char *row = finder->image->grey + (size_t)y * width;
	unsigned char turned[IMAGE_SIDE_MAX];
	struct edges edges;
	struct edge edge;

	if (backwards)
		turn(row, width, turned);
	memset(finder->widths, 0, sizeof finder->widths);
	finder->lines = 0;
	edges_init(&edges, backwards ? turned : row, width);
	while (edges_next(&edges, &edge))
		add_edge(finder, &edge, y, backwards);
}

static bool may_have_code(const struct image *image, unsigned density)
{
	struct finder finder = {.image = image};
	unsigned first = ((image->height - 1) % density + 1) / 2;
	const unsigned char *empty[2] = {NULL, NULL}; /* by direction: a row without any line */
	bool backwards = false;

	for (unsigned y = first; y < image->height && finder.patterns < PATTERNS; y += density) {
		const unsigned char *row = image->grey + (size_t)y * image->width;

		if (!empty[backwards] || memcmp(row, empty[backwards], image->width)) {
			scan_row(&finder, y, backwards);
			empty[backwards] = finder.lines ? NULL : row;
		}
		backwards = !backwards;
	}
	return finder.patterns >= PATTERNS;
}

/* --- what it says --- */

static void collect(struct arena *arena, const zbar_image_t *picture, struct str_vec *out)
{
	const zbar_symbol_t *symbol = zbar_image_first_symbol(picture);

	for (; symbol && out->n < IMAGE_CODES_MAX; symbol = zbar_symbol_next(symbol)) {
		struct str text =
			str_make(zbar_symbol_get_data(symbol), zbar_symbol_get_data_length(symbol));

		if (zbar_symbol_get_type(symbol) == ZBAR_QRCODE && text.len)
			vec_push(arena, out, arena_str(arena, text));
	}
}

static void scan(struct arena *arena, const struct image *image, int density, struct str_vec *out)
{
	zbar_image_scanner_t *scanner = zbar_image_scanner_create();
	zbar_image_t *picture = zbar_image_create();

	/* else it would tell the whole machine what it has read */
	zbar_image_scanner_request_dbus(scanner, 0);
	zbar_image_scanner_set_config(scanner, 0, ZBAR_CFG_ENABLE, 0);
	zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
	zbar_image_scanner_set_config(scanner, 0, ZBAR_CFG_X_DENSITY, density);
	zbar_image_scanner_set_config(scanner, 0, ZBAR_CFG_Y_DENSITY, density);
	zbar_image_set_format(picture, zbar_fourcc('Y', '8', '0', '0'));
	zbar_image_set_size(picture, image->width, image->height);
	zbar_image_set_data(picture, image->grey, (unsigned long)image->width * image->height,
			    NULL);
	if (zbar_scan_image(scanner, picture) > 0)
		collect(arena, picture, out);
	zbar_image_destroy(picture);
	zbar_image_scanner_destroy(scanner);
}

void image_codes(struct arena *arena, const struct image *image, struct str_vec *out)
{
	bool large = image->width >= LARGE_PIXELS || image->height >= LARGE_PIXELS;
	int density = large ? DENSITY_LARGE : 1;

	if (may_have_code(image, (unsigned)density))
		scan(arena, image, density, out);
}
#else
void image_codes(struct arena *arena, const struct image *image, struct str_vec *out)
{
	(void)arena, (void)image, (void)out;
}
#endif
