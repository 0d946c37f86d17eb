/* pictures: see pictures.h. */
#include "tests/bench/pictures.h"

#include <gif_lib.h>
#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <turbojpeg.h>

#include "lib/base/inflate.h"

enum { GIF_COLOURS = 64 };

const struct picture_mutation picture_mutations[] = {
	{"same pixels, PNG", 100, 0, 'p', 0, 95},
	{"GIF of 64 greys", 100, 0, 'g', 0, 95},
	{"JPEG quality 85", 100, 0, 'j', 85, 95},
	{"JPEG quality 40", 100, 0, 'j', 40, 95},
	{"half as large", 50, 0, 'p', 0, 95},
	{"75 %", 75, 0, 'p', 0, 95},
	{"150 %", 150, 0, 'p', 0, 95},
	{"noise sigma 8", 100, 8, 'p', 0, 95},
	{"50 %, quality 40", 50, 0, 'j', 40, 95},
	{"noise 8, quality 40", 100, 8, 'j', 40, 95},
	{NULL, 0, 0, 0, 0, 0},
};

/* --- pixels --- */

static struct image resize(struct arena *arena, const struct image *image, unsigned percent)
{
	struct image out = {.width = image->width * percent / 100,
			    .height = image->height * percent / 100};

	out.width = out.width ? out.width : 1;
	out.height = out.height ? out.height : 1;
	out.grey = arena_alloc(arena, (size_t)out.width * out.height);
	if (percent == 100) {
		memcpy(out.grey, image->grey, (size_t)out.width * out.height);
		return out;
	}
	/* bilinear, centre to centre; smaller: means of areas */
	if (percent < 100) {
		double *cells = ARENA_ARRAY(arena, double, (size_t)out.width *out.height);
		image_cells(image, out.width, out.height, cells);
		for (size_t i = 0; i < (size_t)out.width * out.height; i++)
			out.grey[i] = (unsigned char)lround(cells[i]);
		return out;
	}
	for (unsigned y = 0; y < out.height; y++)
		for (unsigned x = 0; x < out.width; x++) {
			double fx = fmax(0, (x + 0.5) * image->width / out.width - 0.5);
			double fy = fmax(0, (y + 0.5) * image->height / out.height - 0.5);
			unsigned x0 = (unsigned)fx, y0 = (unsigned)fy;
			unsigned x1 = x0 + 1 < image->width ? x0 + 1 : x0;
			unsigned y1 = y0 + 1 < image->height ? y0 + 1 : y0;
			const unsigned char *a = image->grey + (size_t)y0 * image->width;
			const unsigned char *b = image->grey + (size_t)y1 * image->width;
			double top = a[x0] + (fx - x0) * (a[x1] - a[x0]);
			double bottom = b[x0] + (fx - x0) * (b[x1] - b[x0]);
			out.grey[(size_t)y * out.width + x] =
				(unsigned char)lround(top + (fy - y0) * (bottom - top));
		}
	return out;
}

/* Box and Muller's normal deviate. */
static double normal(struct mutator *mutator)
{
	double u = (double)(mutator_random(mutator) % 1000000 + 1) / 1000001;
	double v = (double)(mutator_random(mutator) % 1000000) / 1000000;

	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

static void add_noise(struct mutator *mutator, struct image *image, unsigned sigma)
{
	for (size_t i = 0; sigma && i < (size_t)image->width * image->height; i++) {
		double value = image->grey[i] + sigma * normal(mutator);

		image->grey[i] = (unsigned char)fmin(255, fmax(0, lround(value)));
	}
}

/* --- formats --- */

static struct str write_png(struct arena *arena, const struct image *image)
{
	png_image png = {.version = PNG_IMAGE_VERSION,
			 .width = image->width,
			 .height = image->height,
			 .format = PNG_FORMAT_GRAY};
	png_alloc_size_t bytes = PNG_IMAGE_PNG_SIZE_MAX(png);
	char *out = arena_alloc(arena, bytes);

	if (!png_image_write_to_memory(&png, out, &bytes, 0, image->grey, 0, NULL))
		return STR_NONE;
	return str_make(out, bytes);
}

static struct str write_jpeg(struct arena *arena, const struct image *image, unsigned quality)
{
	tjhandle handle = tjInitCompress();
	unsigned char *bytes = NULL;
	unsigned long n = 0;
	struct str out = STR_NONE;

	if (handle && tjCompress2(handle, image->grey, (int)image->width, 0, (int)image->height,
				  TJPF_GRAY, &bytes, &n, TJSAMP_GRAY, (int)quality, 0) == 0)
		out = arena_str(arena, str_make((const char *)bytes, n));
	tjFree(bytes);
	if (handle)
		tjDestroy(handle);
	return out;
}

static int gif_write(GifFileType *gif, const GifByteType *bytes, int n)
{
	buf_add(gif->UserData, bytes, (size_t)n);
	return n;
}

static struct str write_gif(struct arena *arena, const struct image *image)
{
	GifColorType colours[GIF_COLOURS];
	struct buf out;
	int error, width = (int)image->width, height = (int)image->height;
	unsigned char *line = arena_alloc(arena, image->width);

	buf_init(&out, arena);
	for (int i = 0; i < GIF_COLOURS; i++)
		colours[i].Red = colours[i].Green = colours[i].Blue =
			(GifByteType)(i * 255 / (GIF_COLOURS - 1));
	GifFileType *gif = EGifOpen(&out, gif_write, &error);
	ColorMapObject *map = GifMakeMapObject(GIF_COLOURS, colours);
	bool ok = gif && map &&
		  EGifPutScreenDesc(gif, width, height, GIF_COLOURS, 0, map) == GIF_OK &&
		  EGifPutImageDesc(gif, 0, 0, width, height, false, NULL) == GIF_OK;
	for (int y = 0; ok && y < height; y++) {
		for (int x = 0; x < width; x++)
			line[x] =
				(unsigned char)(image->grey[(size_t)y * image->width + (size_t)x] *
						GIF_COLOURS / 256);
		ok = EGifPutLine(gif, line, width) == GIF_OK;
	}
	if (gif)
		EGifCloseFile(gif, &error);
	GifFreeMapObject(map);
	return ok ? buf_str(&out) : STR_NONE;
}

struct str picture_mutate(struct mutator *mutator, const struct image *image,
			  const struct picture_mutation *mutation)
{
	struct image out = resize(mutator->arena, image, mutation->size_percent);

	add_noise(mutator, &out, mutation->noise);
	if (mutation->format == 'j')
		return write_jpeg(mutator->arena, &out, mutation->quality);
	return mutation->format == 'g' ? write_gif(mutator->arena, &out)
				       : write_png(mutator->arena, &out);
}

/* --- archives (PKWARE APPNOTE 6.3) --- */

static uint32_t crc32_of(struct str data)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < data.len; i++) {
		crc ^= (unsigned char)data.ptr[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static void add_number(struct buf *out, uint32_t value, unsigned n_bytes)
{
	for (unsigned i = 0; i < n_bytes; i++)
		buf_add_char(out, (char)(value >> 8 * i & 0xff));
}

/* What the local header and the directory say alike: version to the lengths. */
static void add_member(struct buf *out, struct str contents, struct str packed, bool deflated,
		       size_t name_len)
{
	add_number(out, 20, 2);
	add_number(out, 0, 2);
	add_number(out, deflated ? 8 : 0, 2);
	add_number(out, 0x5a215a21, 4); /* when */
	add_number(out, crc32_of(contents), 4);
	add_number(out, (uint32_t)packed.len, 4);
	add_number(out, (uint32_t)contents.len, 4);
	add_number(out, (uint32_t)name_len, 2);
	add_number(out, 0, 2);
}

static struct str pack(struct arena *arena, struct str contents, bool deflated)
{
	struct buf out;
	struct why why;

	buf_init(&out, arena);
	if (!deflated || zlib_deflate(contents, &out, &why) != STATUS_OK || out.len < 6)
		return contents;
	return str_sub(buf_str(&out), 2, out.len - 6); /* without zlib's head and sum */
}

struct str archive_make(struct arena *arena, const struct str_vec *contents, bool deflated,
			bool reversed)
{
	struct buf out, directory;

	buf_init(&out, arena);
	buf_init(&directory, arena);
	for (size_t k = 0; k < contents->n; k++) {
		size_t i = reversed ? contents->n - 1 - k : k;
		struct str name = arena_printf(arena, "folder/member%zu.txt", i);
		struct str packed = pack(arena, contents->items[i], deflated);
		uint32_t offset = (uint32_t)out.len;

		buf_add_cstr(&out, "PK\3\4");
		add_member(&out, contents->items[i], packed, deflated, name.len);
		buf_add_str(&out, name);
		buf_add_str(&out, packed);
		buf_add_cstr(&directory, "PK\1\2");
		add_number(&directory, 20, 2);
		add_member(&directory, contents->items[i], packed, deflated, name.len);
		add_number(&directory, 0, 2 + 2 + 2 + 4); /* comment, disk, attributes */
		add_number(&directory, offset, 4);
		buf_add_str(&directory, name);
	}
	uint32_t start = (uint32_t)out.len;
	buf_add_str(&out, buf_str(&directory));
	buf_add_cstr(&out, "PK\5\6");
	add_number(&out, 0, 4);
	add_number(&out, (uint32_t)contents->n, 2);
	add_number(&out, (uint32_t)contents->n, 2);
	add_number(&out, (uint32_t)directory.len, 4);
	add_number(&out, start, 4);
	add_number(&out, 0, 2);
	return buf_str(&out);
}
