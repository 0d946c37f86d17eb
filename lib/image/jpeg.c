/* The only file that knows libjpeg-turbo (its TurboJPEG interface, which reports errors as values).
 */
#include <turbojpeg.h>

#include "lib/base/span.h"
#include "lib/image/image.h"

/* Work that scans make: each may go over all pixels, and a file of some kilobytes has hundreds. */
enum { SCANNED_PIXELS_MAX = 256 * 1024 * 1024 };

/* Start-of-scan markers (T.81, B.1.1.2): in coded data FF is followed by 0 or a restart marker. */
static uint64_t count_scans(struct str data)
{
	uint64_t n = 0;

	for (size_t at = 0; (at = span_until_pair(data, at, "\xff\xff", 1, "\xda\xda")) < data.len;
	     at += 2)
		n++;
	return n;
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
