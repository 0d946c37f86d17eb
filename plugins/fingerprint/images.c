/*
 * images: what a picture looks like: the signs of its 64 lowest frequencies (a perceptual hash,
 * Zauner 2010), of which each of eight keys takes 16 drawn by the network's key. A picture that was
 * resized, compressed again or sprinkled with noise keeps most of the bits, hence some of the keys;
 * several must agree.
 */
#include <math.h>
#include <stdlib.h>

#include "lib/image/image.h"
#include "plugins/fingerprint/fingerprint.h"
#include "plugins/fingerprint/limits.h"

enum {
	CELLS = 32,
	LOW = 8,
	BITS = LOW * LOW,
	BANDS = 8,
	BAND_BITS = 16,
	SIDE_MIN = 64,
	ASPECT_MAX = 10,
	CODE_PIXELS_MAX = 4 * 1024 * 1024,
	CODE_BYTES_MAX = 2048,
};

static const double deviation_min = 8; /* of the brightness: a flat picture tells nothing */

/* --- the 64 bits --- */

/* The lowest LOW x LOW coefficients of the two-dimensional discrete cosine transform. */
static void low_frequencies(const double *cells, double *out)
{
	double cosines[LOW][CELLS], rows[LOW][CELLS];

	for (int u = 0; u < LOW; u++)
		for (int x = 0; x < CELLS; x++)
			cosines[u][x] = cos(M_PI * (2 * x + 1) * (u + 1) / (2.0 * CELLS));
	for (int u = 0; u < LOW; u++)
		for (int y = 0; y < CELLS; y++) {
			rows[u][y] = 0;
			for (int x = 0; x < CELLS; x++)
				rows[u][y] += cells[y * CELLS + x] * cosines[u][x];
		}
	for (int v = 0; v < LOW; v++)
		for (int u = 0; u < LOW; u++) {
			double sum = 0;

			for (int y = 0; y < CELLS; y++)
				sum += rows[u][y] * cosines[v][y];
			out[v * LOW + u] = sum;
		}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static uint64_t bits_of(const double *coefficients)
{
	double sorted[BITS];
	uint64_t bits = 0;

	memcpy(sorted, coefficients, sizeof sorted);
	qsort(sorted, BITS, sizeof *sorted, by_value);
	double median = (sorted[BITS / 2 - 1] + sorted[BITS / 2]) / 2;
	for (int i = 0; i < BITS; i++)
		bits |= (uint64_t)(coefficients[i] > median) << i;
	return bits;
}

static double deviation(const double *cells)
{
	double sum = 0, squares = 0;

	for (int i = 0; i < CELLS * CELLS; i++) {
		sum += cells[i];
		squares += cells[i] * cells[i];
	}
	sum /= CELLS * CELLS;
	return sqrt(fmax(0, squares / (CELLS * CELLS) - sum * sum));
}

/* --- keys --- */

/* Which bits a band takes: drawn, so that nobody outside can aim at them. */
static uint64_t mask_of_band(const struct fingerprint_run *run, unsigned band)
{
	uint64_t mask = 0;
	unsigned n = 0;

	for (unsigned round = 0; n < BAND_BITS; round++) {
		uint64_t draw[3] = {FINGERPRINT_IMG, band, round};
		uint64_t bit = UINT64_C(1)
			       << (keyed_hash(&run->settings->hash, draw, sizeof draw) % BITS);

		n += !(mask & bit);
		mask |= bit;
	}
	return mask;
}

static void add_bands(struct fingerprint_run *run, uint64_t bits, unsigned part, unsigned strength)
{
	for (unsigned band = 0; band < BANDS; band++) {
		uint64_t data[2] = {band, bits & mask_of_band(run, band)};

		fingerprint_add(run, FINGERPRINT_IMG, part, strength, data, sizeof data);
	}
}

static const char *unfit(const struct image *image, const double *cells)
{
	unsigned longer = image->width > image->height ? image->width : image->height;
	unsigned shorter = image->width > image->height ? image->height : image->width;

	if (shorter < SIDE_MIN)
		return "picture smaller than 64 x 64";
	if (longer > ASPECT_MAX * shorter)
		return "picture more than ten times as long as wide";
	return deviation(cells) < deviation_min ? "picture without contrast" : NULL;
}

static void add_codes(struct fingerprint_run *run, const struct image *image)
{
	struct str_vec codes = {0};

	if (image->width < SIDE_MIN || image->height < SIDE_MIN ||
	    (uint64_t)image->width * image->height > CODE_PIXELS_MAX)
		return;
	image_codes(run->scan, image, &codes);
	for (size_t i = 0; i < codes.n; i++)
		fingerprint_link(run, str_sub(codes.items[i], 0, CODE_BYTES_MAX));
}

bool fingerprint_image(struct fingerprint_run *run, struct str data, unsigned part)
{
	double cells[CELLS * CELLS], coefficients[BITS];
	struct image image;
	struct why why;
	enum status status = image_decode(run->scan, data, &image, &why);

	if (status == STATUS_UNSUPPORTED)
		return false;
	if (status != STATUS_OK) {
		fingerprint_withhold(run, FINGERPRINT_IMG, part, "picture broken or too large");
		return true;
	}
	add_codes(run, &image);
	image_cells(&image, CELLS, CELLS, cells);
	const char *reason = unfit(&image, cells);
	if (reason) {
		fingerprint_withhold(run, FINGERPRINT_IMG, part, reason);
		return true;
	}
	low_frequencies(cells, coefficients);
	add_bands(run, bits_of(coefficients), part, image.width * image.height / 1024);
	return true;
}
