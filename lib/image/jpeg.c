/* The only file that knows libjpeg-turbo (its TurboJPEG interface, which reports errors as values).
 */
#include <turbojpeg.h>

#include "lib/base/span.h"
#include "lib/image/image.h"

/* Work that scans make: each may go over all pixels, and a file of some kilobytes has hundreds. */
enum { SCANNED_PIXELS_MAX = 256 * 1024 * 1024, INKS_PIXELS_MAX = IMAGE_PIXELS_MAX / 4 };

/* Start-of-scan markers (T.81, B.1.1.2): in coded data FF is followed by 0 or a restart marker. */
static uint64_t count_scans(struct str data)
{
	uint64_t n = 0;

	for (size_t at = 0; (at = span_until_pair(data, at, "\xff\xff", 1, "\xda\xda")) < data.len;
	     at += 2)
		n++;
	return n;
}

/* The four inks as Adobe's programs store them, all of others do today: 255 is none of it. */
static enum status read_inks(struct arena *arena, tjhandle handle, struct str data,
			     struct image *image, struct why *why)
{
	size_t n = (size_t)image->width * image->height;
	unsigned char *inks;

	if (n > INKS_PIXELS_MAX)
		return why_set(why, STATUS_TOO_LARGE, "picture of too many pixels in four inks");
	inks = arena_alloc(arena, 4 * n);
	memset(inks, 255, 4 * n);
	if (tjDecompress2(handle, (const unsigned char *)data.ptr, data.len, inks,
			  (int)image->width, 0, (int)image->height, TJPF_CMYK,
			  TJFLAG_LIMITSCANS) != 0 &&
	    tjGetErrorCode(handle) == TJERR_FATAL)
		return why_set(why, STATUS_INVALID, "%s", tjGetErrorStr2(handle));
	for (size_t i = 0; i < n; i++) {
		const unsigned char *ink = inks + 4 * i;

		image->grey[i] = (unsigned char)(image_grey(ink[0], ink[1], ink[2]) * ink[3] / 255);
	}
	return STATUS_OK;
}

static enum status read_all(struct arena *arena, tjhandle handle, struct str data,
			    struct image *image_out, struct why *why)
{
	int width = 0, height = 0, subsampling, colours;
	const unsigned char *bytes = (const unsigned char *)data.ptr;

	if (tjDecompressHeader3(handle, bytes, data.len, &width, &height, &subsampling, &colours) !=
	    0)
		return why_set(why, STATUS_INVALID, "%s", tjGetErrorStr2(handle));
	enum status status =
		image_make(arena, (unsigned long)width, (unsigned long)height, image_out, why);
	if (status == STATUS_OK &&
	    count_scans(data) * (uint64_t)width * (uint64_t)height > SCANNED_PIXELS_MAX)
		status = why_set(why, STATUS_TOO_LARGE, "picture of too many scans");
	if (status != STATUS_OK)
		return status;
	if (colours == TJCS_CMYK || colours == TJCS_YCCK)
		return read_inks(arena, handle, data, image_out, why);
	if (tjDecompress2(handle, bytes, data.len, image_out->grey, width, 0, height, TJPF_GRAY,
			  TJFLAG_LIMITSCANS) != 0 &&
	    tjGetErrorCode(handle) == TJERR_FATAL)
		return why_set(why, STATUS_INVALID, "%s", tjGetErrorStr2(handle));
	return STATUS_OK;
}

enum status image_decode_jpeg(struct arena *arena, struct str data, struct image *image_out,
			      struct why *why)
{
	tjhandle handle = tjInitDecompress();

	if (!handle)
		return why_set(why, STATUS_NO_MEMORY, "%s", tjGetErrorStr2(NULL));
	enum status status = read_all(arena, handle, data, image_out, why);
	tjDestroy(handle);
	return status;
}
