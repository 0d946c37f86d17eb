/* The same picture as PNG, JPEG and (larger, interlaced, fewer colours) GIF; inks.jpg is in CMYK,
 * and frames.gif has a blank frame first (both made of the JPEG by Pillow). */
#include "config.h"
#include "tests/unit/unit.h"

#include <math.h>

#include "lib/base/file.h"
#include "lib/base/inflate.h"
#include "lib/image/image.h"

enum { CELLS = 8 };

static struct str read_picture(struct arena *arena, const char *name)
{
	const char *srcdir = getenv("srcdir");
	struct str data;
	const char *path =
		arena_printf(arena, "%s/tests/unit/image/%s", srcdir ? srcdir : ".", name).ptr;

	assert_int_equal(file_read(arena, path, 1 << 20, &data, NULL), STATUS_OK);
	return data;
}

static void test_formats_agree(void **state)
{
	static const char *const names[] = {"picture.png", "picture.jpg", "picture.gif", "inks.jpg",
					    "frames.gif"};
	struct arena *arena = arena_new("test", 0);
	double cells[5][CELLS * CELLS];

	(void)state;
	for (int i = 0; i < 5; i++) {
		struct image image;

		assert_int_equal(image_decode(arena, read_picture(arena, names[i]), &image, NULL),
				 STATUS_OK);
		assert_int_equal(image.width, i == 2 ? 144 : 96);
		assert_int_equal(image.height, i == 2 ? 120 : 80);
		image_cells(&image, CELLS, CELLS, cells[i]);
	}
	for (int i = 0; i < CELLS * CELLS; i++) {
		assert_true(fabs(cells[0][i] - cells[1][i]) < 6);
		assert_true(fabs(cells[0][i] - cells[2][i]) < 12);
		assert_true(fabs(cells[0][i] - cells[3][i]) < 6);
		assert_true(fabs(cells[0][i] - cells[4][i]) < 12);
	}
	arena_free(arena);
}

/* Cut anywhere: an answer, and no more than that. */
static void test_cut_pictures(void **state)
{
	static const char *const names[] = {"picture.png", "picture.jpg", "picture.gif"};

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct arena *arena = arena_new("test", 0);
		struct str data = read_picture(arena, names[i]);

		for (size_t len = 0; len < data.len; len += 7) {
			struct image image;
			image_decode(arena, str_sub(data, 0, len), &image, NULL);
		}
		arena_free(arena);
	}
}

static void test_refused(void **state)
{
	struct arena *arena = arena_new("test", 0);
	struct image image;
	/* a GIF head that claims 65535 x 65535 */
	static const char huge[] =
		"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\xff\xff\xff\xff\0"
		"\2\2D\1\0;";

	(void)state;
	assert_int_equal(image_decode(arena, STR_LIT("BM1234"), &image, NULL), STATUS_UNSUPPORTED);
	assert_int_equal(image_decode(arena, str_make(huge, sizeof huge - 1), &image, NULL),
			 STATUS_TOO_LARGE);
	arena_free(arena);
}

/* A JPEG of some hundred scans over sixteen million pixels would take seconds. */
static void test_scans(void **state)
{
	struct arena *arena = arena_new("test", 0);
	struct str data = read_picture(arena, "picture.jpg");
	struct buf many;
	struct image image;

	(void)state;
	buf_init(&many, arena);
	buf_add_str(&many, data);
	char *size = many.ptr + str_find(buf_str(&many), STR_LIT("\xff\xc0")) + 5;
	memcpy(size, "\x0f\xa0\x0f\xa0", 4); /* 4000 x 4000 */
	assert_int_equal(image_decode(arena, buf_str(&many), &image, NULL), STATUS_OK);
	for (int i = 0; i < 20; i++)
		buf_add(&many, "\xff\xda\0\x08\1\1\0\0?\0", 10);
	assert_int_equal(image_decode(arena, buf_str(&many), &image, NULL), STATUS_TOO_LARGE);
	arena_free(arena);
}

/* Texts and profiles in a PNG are passed by: the picture is the same. */
static void test_png_extras(void **state)
{
	struct arena *arena = arena_new("test", 0);
	struct str data = read_picture(arena, "picture.png");
	struct buf zeros, packed, extra;
	struct image plain, image;

	(void)state;
	buf_init(&zeros, arena);
	buf_init(&packed, arena);
	buf_init(&extra, arena);
	memset(buf_reserve(&zeros, 4 << 20), 0, 4 << 20);
	buf_commit(&zeros, 4 << 20);
	zlib_deflate(buf_str(&zeros), &packed, NULL);
	buf_add_str(&packed, STR_LIT("and what is no part of it"));
	buf_add_str(&extra, str_sub(data, 0, 33)); /* signature and IHDR */
	size_t length = packed.len + 3;
	const char size[] = {0, (char)(length >> 16), (char)(length >> 8), (char)length};
	buf_add(&extra, size, 4);
	buf_add(&extra, "iCCPx\0\0", 7);
	buf_add_str(&extra, buf_str(&packed));
	buf_add(&extra, "\0\0\0\0", 4); /* a wrong CRC, too */
	buf_add_str(&extra, str_from_at(data, 33));
	assert_int_equal(image_decode(arena, data, &plain, NULL), STATUS_OK);
	assert_int_equal(image_decode(arena, buf_str(&extra), &image, NULL), STATUS_OK);
	assert_memory_equal(image.grey, plain.grey, plain.width * plain.height);
	arena_free(arena);
}

/* code.png was made by qrencode. */
static void test_code(void **state)
{
	struct arena *arena = arena_new("test", 0);
	struct str_vec codes = {0};
	struct image image;

	(void)state;
	assert_int_equal(image_decode(arena, read_picture(arena, "code.png"), &image, NULL),
			 STATUS_OK);
	image_codes(arena, &image, &codes);
#ifdef WITH_ZBAR
	assert_int_equal(codes.n, 1);
	assert_true(str_eq_c(codes.items[0], "https://code.example/pay/here"));
#else
	assert_int_equal(codes.n, 0);
#endif
	assert_int_equal(image_decode(arena, read_picture(arena, "picture.png"), &image, NULL),
			 STATUS_OK);
	codes.n = 0;
	image_codes(arena, &image, &codes);
	assert_int_equal(codes.n, 0);
	arena_free(arena);
}

/* image, each pixel times scale, turned by quarters, on a white page with such margins. */
static struct image place(struct arena *arena, const struct image *image, unsigned quarters,
			  unsigned scale, unsigned margin)
{
	unsigned side = image->width * scale;
	struct image page;

	assert_int_equal(image->width, image->height);
	assert_int_equal(image_make(arena, side + margin * 3, side + margin, &page, NULL),
			 STATUS_OK);
	memset(page.grey, 255, (size_t)page.width * page.height);
	for (unsigned y = 0; y < side; y++)
		for (unsigned x = 0; x < side; x++) {
			unsigned u = x / scale, v = y / scale, last = image->width - 1;

			for (unsigned i = 0; i < quarters; i++) {
				unsigned old = u;

				u = v;
				v = last - old;
			}
			page.grey[(size_t)(y + margin / 2) * page.width + x + margin] =
				image->grey[(size_t)v * image->width + u];
		}
	return page;
}

/* As it is, turned, on a page, large. */
static void test_code_anywhere(void **state)
{
	struct arena *arena = arena_new("test", 0);
	struct image image;

	(void)state;
	assert_int_equal(image_decode(arena, read_picture(arena, "code.png"), &image, NULL),
			 STATUS_OK);
	for (unsigned quarters = 0; quarters < 4; quarters++)
		for (unsigned scale = 1; scale < 5; scale += 3)
			for (unsigned margin = 0; margin < 700; margin += 233) {
				struct image page = place(arena, &image, quarters, scale, margin);
				struct str_vec codes = {0};

				image_codes(arena, &page, &codes);
#ifdef WITH_ZBAR
				assert_int_equal(codes.n, 1);
				assert_true(
					str_eq_c(codes.items[0], "https://code.example/pay/here"));
#else
				assert_int_equal(codes.n, 0);
#endif
			}
	arena_free(arena);
}

UNIT_MAIN(cmocka_unit_test(test_code_anywhere), cmocka_unit_test(test_code),
	  cmocka_unit_test(test_formats_agree), cmocka_unit_test(test_cut_pictures),
	  cmocka_unit_test(test_refused), cmocka_unit_test(test_scans),
	  cmocka_unit_test(test_png_extras))
