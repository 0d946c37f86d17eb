/* image: see image.h. */
#include "lib/image/image.h"

#include <math.h>

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

/* Sum of the brightness between y0 and y1, x0 and x1; of pixels at the edge their share. */
static double sum_area(const struct image *image, double x0, double x1, double y0, double y1)
{
	double sum = 0;

	for (unsigned y = (unsigned)y0; y < image->height && y < y1; y++) {
		const unsigned char *row = image->grey + (size_t)y * image->width;
		double part = fmin(y + 1, y1) - fmax(y, y0), line = 0;
		unsigned first = (unsigned)x0, last = (unsigned)x1;

		line -= row[first] * (x0 - first);
		for (unsigned x = first; x < last; x++)
			line += row[x];
		if (last < image->width)
			line += row[last] * (x1 - last);
		sum += line * part;
	}
	return sum;
}

void image_cells(const struct image *image, unsigned width, unsigned height, double *out)
{
	double step_x = (double)image->width / width, step_y = (double)image->height / height;

	for (unsigned row = 0; row < height; row++)
		for (unsigned column = 0; column < width; column++)
			*out++ = sum_area(image, column * step_x,
					  fmin((column + 1) * step_x, image->width), row * step_y,
					  fmin((row + 1) * step_y, image->height)) /
				 (step_x * step_y);
}
