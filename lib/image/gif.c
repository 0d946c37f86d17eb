/* The only file that knows giflib. */
#include <gif_lib.h>

#include "lib/image/image.h"

enum { RECORDS_MAX = 1000, FRAMES_MAX = 8, WHITE = 255, INTERLACE_PASSES = 4 };

static int read_bytes(GifFileType *gif, GifByteType *out, int n)
{
	struct str *rest = gif->UserData;
	struct str piece = str_sub(*rest, 0, (size_t)n);

	if (piece.len)
		memcpy(out, piece.ptr, piece.len);
	*rest = str_from_at(*rest, piece.len);
	return (int)piece.len;
}

/* What a colour index looks like. */
static unsigned char shade(const ColorMapObject *colours, int index)
{
	if (!colours || index >= colours->ColorCount)
		return WHITE;
	const GifColorType *colour = &colours->Colors[index];
	return image_grey(colour->Red, colour->Green, colour->Blue);
}

/* Row y of the stored rows, in the order they stand in the file. */
static unsigned row_at(const GifImageDesc *frame, unsigned i)
{
	static const unsigned start[INTERLACE_PASSES] = {0, 4, 2, 1},
			      step[INTERLACE_PASSES] = {8, 8, 4, 2};
	unsigned height = (unsigned)frame->Height;

	if (!frame->Interlace)
		return i;
	for (unsigned pass = 0; pass < INTERLACE_PASSES; pass++) {
		unsigned n = start[pass] < height ? (height - start[pass] - 1) / step[pass] + 1 : 0;

		if (i < n)
			return start[pass] + i * step[pass];
		i -= n;
	}
	return 0;
}

/* A frame of one colour, as they stand before what is to be seen. */
static bool is_blank(const struct image *image)
{
	size_t n = (size_t)image->width * image->height;

	return n < 2 || memcmp(image->grey, image->grey + 1, n - 1) == 0;
}

/* Where the frame stands in the picture that is there, of which it replaces a part; NULL: nowhere.
 */
static unsigned char *place_in(const struct image *image, const GifImageDesc *frame)
{
	if (!image->grey || frame->Left < 0 || frame->Top < 0 ||
	    frame->Left + frame->Width > (int)image->width ||
	    frame->Top + frame->Height > (int)image->height)
		return NULL;
	return image->grey + (size_t)frame->Top * image->width + frame->Left;
}

/* A frame: a picture of its own, wherever on the canvas it stands, or a part of what is there. */
static enum status read_frame(struct arena *arena, GifFileType *gif, int transparent,
			      struct image *image, struct why *why)
{
	const GifImageDesc *frame = &gif->Image;
	const ColorMapObject *colours = frame->ColorMap ? frame->ColorMap : gif->SColorMap;
	unsigned char line[IMAGE_SIDE_MAX], *place = place_in(image, frame);
	enum status status = STATUS_OK;

	if (!place) {
		status = image_make(arena, (unsigned long)frame->Width,
				    (unsigned long)frame->Height, image, why);
		if (status != STATUS_OK)
			return status;
		memset(image->grey, WHITE, (size_t)image->width * image->height);
		place = image->grey;
	}
	for (unsigned i = 0; i < (unsigned)frame->Height; i++) {
		unsigned char *row = place + (size_t)row_at(frame, i) * image->width;

		if (DGifGetLine(gif, line, frame->Width) == GIF_ERROR)
			break; /* a cut picture shows what it has */
		for (unsigned x = 0; x < (unsigned)frame->Width; x++)
			if (line[x] != transparent)
				row[x] = shade(colours, line[x]);
	}
	return status;
}

/* An extension; *transparent_out is set when it names one. */
static bool skip_extension(GifFileType *gif, int *transparent_out)
{
	GifByteType *block;
	int code;

	if (DGifGetExtension(gif, &code, &block) == GIF_ERROR)
		return false;
	if (code == GRAPHICS_EXT_FUNC_CODE && block && block[0] >= 4 && (block[1] & 1))
		*transparent_out = block[4];
	for (int i = 0; block && i < RECORDS_MAX; i++)
		if (DGifGetExtensionNext(gif, &block) == GIF_ERROR)
			return false;
	return true;
}

static enum status read_all(struct arena *arena, GifFileType *gif, struct image *image_out,
			    struct why *why)
{
	int transparent = -1;
	unsigned n_frames = 0;
	uint64_t n_pixels = 0;

	*image_out = (struct image){0};
	for (int i = 0; i < RECORDS_MAX; i++) {
		enum status status;
		GifRecordType type;

		if (DGifGetRecordType(gif, &type) == GIF_ERROR || type == TERMINATE_RECORD_TYPE)
			break;
		if (type == EXTENSION_RECORD_TYPE && !skip_extension(gif, &transparent))
			break;
		if (type != IMAGE_DESC_RECORD_TYPE)
			continue;
		if (DGifGetImageDesc(gif) == GIF_ERROR) {
			why_set(why, STATUS_INVALID, "%s", GifErrorString(gif->Error));
			break;
		}
		status = read_frame(arena, gif, transparent, image_out, why);
		if (status != STATUS_OK)
			return status;
		n_pixels += (uint64_t)image_out->width * image_out->height;
		if (++n_frames == FRAMES_MAX || n_pixels > IMAGE_PIXELS_MAX || !is_blank(image_out))
			return STATUS_OK;
	}
	if (n_frames)
		return STATUS_OK;
	return why_set(why, STATUS_INVALID, "GIF without a picture");
}

enum status image_decode_gif(struct arena *arena, struct str data, struct image *image_out,
			     struct why *why)
{
	int error = 0;
	struct str rest = data;
	GifFileType *gif = DGifOpen(&rest, read_bytes, &error);

	if (!gif)
		return why_set(why, STATUS_INVALID, "%s", GifErrorString(error));
	enum status status = read_all(arena, gif, image_out, why);
	DGifCloseFile(gif, &error);
	return status;
}
