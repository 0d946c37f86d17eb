/* The only file that knows libjpeg-turbo (its TurboJPEG interface, which reports errors as values).
 */
#include <turbojpeg.h>

#include "lib/image/image.h"

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
