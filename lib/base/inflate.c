/* inflate: see inflate.h. */
#include "lib/base/inflate.h"

#define ZLIB_CONST
#include <zlib.h>

enum { CHUNK_BYTES = 64 * 1024, DEFLATE_LEVEL = 3 };

static enum status inflate_all(z_stream *stream, size_t max_bytes, struct buf *out, struct why *why)
{
	int result = Z_OK;

	while (result != Z_STREAM_END) {
		stream->next_out = (Bytef *)buf_reserve(out, CHUNK_BYTES);
		stream->avail_out = CHUNK_BYTES;
		result = inflate(stream, Z_NO_FLUSH);
		buf_commit(out, CHUNK_BYTES - stream->avail_out);
		if (out->len > max_bytes)
			return why_set(why, STATUS_TOO_LARGE, "more than %zu bytes inflated",
				       max_bytes);
		/* No progress is possible without more input: the stream is cut short. */
		if (result != Z_OK && result != Z_STREAM_END)
			return why_set(why, STATUS_INVALID, "failed to find end of zlib stream");
	}
	return STATUS_OK;
}

static enum status inflate_with(int window_bits, struct str data, size_t max_bytes, struct buf *out,
				struct why *why)
{
	z_stream stream = {0};

	if (data.len > 0x7fffffff)
		return why_set(why, STATUS_TOO_LARGE, "compressed data too large");
	stream.next_in = (const Bytef *)data.ptr;
	stream.avail_in = (uInt)data.len;
	if (inflateInit2(&stream, window_bits) != Z_OK)
		return why_set(why, STATUS_NO_MEMORY, "inflateInit failed");
	enum status status = inflate_all(&stream, max_bytes, out, why);
	inflateEnd(&stream);
	return status;
}

enum status zlib_inflate(struct str data, size_t max_bytes, struct buf *out, struct why *why)
{
	return inflate_with(MAX_WBITS, data, max_bytes, out, why);
}

enum status raw_inflate(struct str data, size_t max_bytes, struct buf *out, struct why *why)
{
	return inflate_with(-MAX_WBITS, data, max_bytes, out, why);
}

enum status gzip_inflate(struct str data, size_t max_bytes, struct buf *out, struct why *why)
{
	z_stream stream = {0};
	enum status status = STATUS_OK;

	if (data.len > 0x7fffffff)
		return why_set(why, STATUS_TOO_LARGE, "compressed data too large");
	stream.next_in = (const Bytef *)data.ptr;
	stream.avail_in = (uInt)data.len;
	if (inflateInit2(&stream, MAX_WBITS + 16) != Z_OK)
		return why_set(why, STATUS_NO_MEMORY, "inflateInit failed");
	do {
		status = inflate_all(&stream, max_bytes, out, why);
	} while (status == STATUS_OK && stream.avail_in > 2 && stream.next_in[0] == 0x1f &&
		 stream.next_in[1] == 0x8b && inflateReset(&stream) == Z_OK);
	inflateEnd(&stream);
	return status;
}

enum status zlib_deflate(struct str data, struct buf *out, struct why *why)
{
	if (data.len > 0x7fffffff)
		return why_set(why, STATUS_TOO_LARGE, "too much data to compress");
	uLongf bound = compressBound((uLong)data.len);
	Bytef *room = (Bytef *)buf_reserve(out, bound);
	if (compress2(room, &bound, (const Bytef *)data.ptr, (uLong)data.len, DEFLATE_LEVEL) !=
	    Z_OK)
		return why_set(why, STATUS_NO_MEMORY, "deflate failed");
	buf_commit(out, bound);
	return STATUS_OK;
}

uint32_t data_crc(struct str data)
{
	return (uint32_t)crc32_z(0, (const Bytef *)data.ptr, data.len);
}
