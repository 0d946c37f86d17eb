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

static double mean(const struct image *image, unsigned x0, unsigned x1, unsigned y0, unsigned y1)
{
	uint64_t sum = 0;

	for (unsigned y = y0; y < y1; y++)
		for (unsigned x = x0; x < x1; x++)
			sum += image->grey[(size_t)y * image->width + x];
	return (double)sum / ((double)(x1 - x0) * (y1 - y0));
}

void image_cells(const struct image *image, unsigned width, unsigned height, double *out)
{
	for (unsigned row = 0; row < height; row++) {
		unsigned y0 = row * image->height / height, y1 = (row + 1) * image->height / height;

		for (unsigned column = 0; column < width; column++) {
			unsigned x0 = column * image->width / width;
			unsigned x1 = (column + 1) * image->width / width;

			*out++ = mean(image, x0, x1 > x0 ? x1 : x0 + 1, y0, y1 > y0 ? y1 : y0 + 1);
		}
	}
}
