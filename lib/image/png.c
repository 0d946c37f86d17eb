/* The only file that knows libpng (its simplified interface, which reports errors as values). */
#include <png.h>

#include "lib/image/image.h"

enum status image_decode_png(struct arena *arena, struct str data, struct image *image_out,
			     struct why *why)
{
	png_image png = {.version = PNG_IMAGE_VERSION};
	png_color white = {255, 255, 255};
	enum status status;

	if (!png_image_begin_read_from_memory(&png, data.ptr, data.len))
		return why_set(why, STATUS_INVALID, "%s", png.message);
	png.format = PNG_FORMAT_GRAY;
	status = image_make(arena, png.width, png.height, image_out, why);
	if (status == STATUS_OK && !png_image_finish_read(&png, &white, image_out->grey, 0, NULL))
		status = why_set(why, STATUS_INVALID, "%s", png.message);
	png_image_free(&png);
	return status;
}
