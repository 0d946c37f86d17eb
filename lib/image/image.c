/* image: see image.h. */
#include "lib/image/image.h"

enum status image_make(struct arena *arena, unsigned long width, unsigned long height,
		       struct image *image_out, struct why *why)
{
	if (!width || !height)
		return why_set(why, STATUS_INVALID, "picture without pixels");
	if (width > IMAGE_SIDE_MAX || height > IMAGE_SIDE_MAX || width * height > IMAGE_PIXELS_MAX)
		return why_set(why, STATUS_TOO_LARGE, "picture of %lu x %lu", width, height);
	*image_out = (struct image){(unsigned)width, (unsigned)height,
				    arena_alloc(arena, width * height)};
	return STATUS_OK;
}

enum status image_decode(struct arena *arena, struct str data, struct image *image_out,
			 struct why *why)
{
	if (str_has_prefix(data, "\x89PNG\r\n"))
		return image_decode_png(arena, data, image_out, why);
	if (str_has_prefix(data, "\xff\xd8\xff"))
		return image_decode_jpeg(arena, data, image_out, why);
	if (str_has_prefix(data, "GIF8"))
		return image_decode_gif(arena, data, image_out, why);
	return why_set(why, STATUS_UNSUPPORTED, "no picture of a known format");
}

/* --- cells --- */

/*
 * A cell begins and ends within pixels. Lengths are counted in such parts of a pixel that both it
 * and a cell are whole numbers of them: width cells to a row of image->width pixels means pixels
 * of width parts and cells of image->width parts. So all sums are exact.
 */
enum { BLOCK = 8, ROWS_MAX = 256 /* the sum of so many pixels has 16 bits */ };
typedef unsigned char bytes __attribute__((vector_size(BLOCK)));
typedef uint16_t numbers __attribute__((vector_size(BLOCK * sizeof(uint16_t))));

static void add_row(uint16_t *sums, const unsigned char *row, unsigned width)
{
	unsigned x = 0;

	for (; x + BLOCK <= width; x += BLOCK) {
		bytes pixels;
		numbers block;

		memcpy(&pixels, row + x, sizeof pixels);
		memcpy(&block, sums + x, sizeof block);
		block += __builtin_convertvector(pixels, numbers);
		memcpy(sums + x, &block, sizeof block);
	}
	for (; x < width; x++)
		sums[x] = (uint16_t)(sums[x] + row[x]);
}

/* Moves them to columns, each times parts. */
static void take_sums(uint16_t *sums, unsigned width, unsigned parts, uint32_t *columns)
{
	for (unsigned x = 0; x < width; x++)
		columns[x] += sums[x] * parts;
	memset(sums, 0, width * sizeof *sums);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Of each column the pixels between two places, each times the parts of it that are there. */
static void sum_rows(const struct image *image, unsigned parts, uint64_t from, uint64_t to,
		     uint32_t *columns)
{
	uint16_t whole[IMAGE_SIDE_MAX]; /* pixels */
	unsigned width = image->width, n_whole = 0;

	memset(columns, 0, width * sizeof *columns);
	memset(whole, 0, width * sizeof *whole);
	for (uint64_t y = from / parts; y * parts < to; y++) {
		const unsigned char *row = image->grey + y * width;
		unsigned n = (unsigned)(smaller(to, (y + 1) * parts) - larger(from, y * parts));

		if (n < parts) {
			for (unsigned x = 0; x < width; x++)
				columns[x] += row[x] * n;
			continue;
		}
		add_row(whole, row, width);
		if (++n_whole % ROWS_MAX == 0)
			take_sums(whole, width, parts, columns);
	}
	take_sums(whole, width, parts, columns);
}

/* The same across. */
static uint64_t sum_columns(const uint32_t *columns, unsigned parts, uint64_t from, uint64_t to)
{
	size_t x = from / parts, end = to / parts;
	uint64_t sum = 0, before = columns[x] * (from - x * parts);

	for (; x < end; x++)
		sum += columns[x];
	sum = sum * parts - before;
	return end * parts < to ? sum + columns[end] * (to - end * parts) : sum;
}

void image_cells(const struct image *image, unsigned width, unsigned height, double *out)
{
	double area = (double)image->width * image->height;
	uint32_t columns[IMAGE_SIDE_MAX];

	for (uint64_t row = 0; row < height; row++) {
		sum_rows(image, height, row * image->height, (row + 1) * image->height, columns);
		for (uint64_t column = 0; column < width; column++)
			*out++ = (double)sum_columns(columns, width, column * image->width,
						     (column + 1) * image->width) /
				 area;
	}
}
