/* The only file that knows libpng (its simplified interface, which reports errors as values). */
#include <png.h>

#include "lib/base/buf.h"
#include "lib/image/image.h"

enum { SIGNATURE_BYTES = 8, CHUNK_BYTES = 12 /* of a chunk without its data */ };

static size_t chunk_bytes(struct str data, size_t at)
{
	const unsigned char *p = (const unsigned char *)data.ptr + at;

	return CHUNK_BYTES +
	       ((size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | (size_t)p[3]);
}

/* Is it what tells how pixels look? Texts and colour profiles are left out: they may be unpacked to
 * any size. */
static bool is_wanted(struct str name)
{
	static const char *const names[] = {"IHDR", "PLTE", "IDAT", "IEND",
					    "tRNS", "gAMA", "cHRM", "sRGB"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_eq_c(name, names[i]))
			return true;
	return false;
}

/* The chunks that are wanted (PNG 1.2, section 3.2); a cut one as it is. */
static struct str without_extras(struct arena *arena, struct str data)
{
	struct buf out;

	buf_init(&out, arena);
	buf_reserve(&out, data.len);
	buf_add_str(&out, str_sub(data, 0, SIGNATURE_BYTES));
	for (size_t at = SIGNATURE_BYTES; at + CHUNK_BYTES <= data.len;) {
		size_t length = chunk_bytes(data, at);

		if (is_wanted(str_sub(data, at + 4, 4)))
			buf_add_str(&out, str_sub(data, at, length));
		at += length;
	}
	return buf_str(&out);
}

enum status image_decode_png(struct arena *arena, struct str data, struct image *image_out,
			     struct why *why)
{
	png_image png = {.version = PNG_IMAGE_VERSION};
	png_color white = {255, 255, 255};
	enum status status;

	data = without_extras(arena, data);
	if (!png_image_begin_read_from_memory(&png, data.ptr, data.len))
		return why_set(why, STATUS_INVALID, "%s", png.message);
	png.format = PNG_FORMAT_GRAY;
	status = image_make(arena, png.width, png.height, image_out, why);
	if (status == STATUS_OK && !png_image_finish_read(&png, &white, image_out->grey, 0, NULL))
		status = why_set(why, STATUS_INVALID, "%s", png.message);
	png_image_free(&png);
	return status;
}
