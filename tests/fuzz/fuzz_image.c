/* fuzz_image: any bytes are a picture: PNG, JPEG, GIF, cells, QR codes. */
#include "lib/image/image.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena *scan = arena_new("scan", 0);
	struct image image;
	double cells[32 * 32];
	struct str_vec codes = {0};

	if (image_decode(scan, str_make((const char *)data, size), &image, NULL) == STATUS_OK) {
		image_cells(&image, 32, 32, cells);
		/* large ones take seconds under the sanitizers */
		if ((size_t)image.width * image.height < 1 << 20)
			image_codes(scan, &image, &codes);
	}
	arena_free(scan);
	return 0;
}
