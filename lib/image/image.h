/*
 * image: pictures in mail → grey pixels. PNG, JPEG and GIF (the first frame that is not of one
 * colour), each by its own
 * library behind one file. A picture is refused before it is unpacked when its size in pixels is
 * beyond the limit.
 */
#ifndef WHORL_IMAGE_IMAGE_H
#define WHORL_IMAGE_IMAGE_H

#include <stdint.h>
#include "lib/base/vec.h"
#include "lib/base/why.h"

enum { IMAGE_SIDE_MAX = 8192, IMAGE_PIXELS_MAX = 16 * 1024 * 1024, IMAGE_CODES_MAX = 4 };

struct image {
	unsigned width, height;
	unsigned char *grey; /* width * height bytes, row by row; transparent is white */
};

/* STATUS_UNSUPPORTED: none of these formats; STATUS_TOO_LARGE; STATUS_INVALID: broken. In arena. */
enum status image_decode(struct arena *arena, struct str data, struct image *image_out,
			 struct why *why);
/* Mean brightness of each of width * height equal cells, pixels between two of them shared out. The
 * image must have a pixel. */
void image_cells(const struct image *image, unsigned width, unsigned height, double *out);

/* What the QR codes in it say (ISO 18004), by zbar when it was built with it; copies in arena. */
void image_codes(struct arena *arena, const struct image *image, struct str_vec *out);

/* --- the formats --- */

enum status image_decode_png(struct arena *arena, struct str data, struct image *image_out,
			     struct why *why);
enum status image_decode_jpeg(struct arena *arena, struct str data, struct image *image_out,
			      struct why *why);
enum status image_decode_gif(struct arena *arena, struct str data, struct image *image_out,
			     struct why *why);
/* Checks the size and makes room. */
enum status image_make(struct arena *arena, unsigned long width, unsigned long height,
		       struct image *image_out, struct why *why);
/* Rec. 601 */
static inline unsigned char image_grey(unsigned red, unsigned green, unsigned blue)
{
	return (unsigned char)((299 * red + 587 * green + 114 * blue) / 1000);
}

#endif
