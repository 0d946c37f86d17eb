/* The only file that knows zbar. Without it no code is ever found. */
#include "config.h"

#include "lib/image/image.h"

#ifdef WITH_ZBAR
#include <zbar.h>

/*
 * Scanning takes as long as the rest of a message with pictures. A code that a camera can read has
 * modules of three pixels and more, and in a large picture every other line and column crosses its
 * marks often enough.
 */
enum { LARGE_PIXELS = 400, DENSITY_LARGE = 2 };

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

void image_codes(struct arena *arena, const struct image *image, struct str_vec *out)
{
	zbar_image_scanner_t *scanner = zbar_image_scanner_create();
	zbar_image_t *picture = zbar_image_create();

	/* else it would tell the whole machine what it has read */
	zbar_image_scanner_request_dbus(scanner, 0);
	zbar_image_scanner_set_config(scanner, 0, ZBAR_CFG_ENABLE, 0);
	zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
	if (image->width >= LARGE_PIXELS || image->height >= LARGE_PIXELS) {
		zbar_image_scanner_set_config(scanner, 0, ZBAR_CFG_X_DENSITY, DENSITY_LARGE);
		zbar_image_scanner_set_config(scanner, 0, ZBAR_CFG_Y_DENSITY, DENSITY_LARGE);
	}
	zbar_image_set_format(picture, zbar_fourcc('Y', '8', '0', '0'));
	zbar_image_set_size(picture, image->width, image->height);
	zbar_image_set_data(picture, image->grey, (unsigned long)image->width * image->height,
			    NULL);
	if (zbar_scan_image(scanner, picture) > 0)
		collect(arena, picture, out);
	zbar_image_destroy(picture);
	zbar_image_scanner_destroy(scanner);
}
#else
void image_codes(struct arena *arena, const struct image *image, struct str_vec *out)
{
	(void)arena, (void)image, (void)out;
}
#endif
