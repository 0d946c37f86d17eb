/* zip: see zip.h. */
#include "lib/base/zip.h"

#include <stdint.h>
#include "lib/base/inflate.h"

enum {
	END_BYTES = 22,
	ENTRY_BYTES = 46,
	LOCAL_BYTES = 30,
	COMMENT_MAX = 65535,
	FLAG_ENCRYPTED = 1,
	METHOD_STORED = 0,
	METHOD_DEFLATE = 8,
};

static uint32_t u16(struct str data, size_t at)
{
	return (uint32_t)((unsigned char)data.ptr[at] | (unsigned char)data.ptr[at + 1] << 8);
}

static uint32_t u32(struct str data, size_t at)
{
	return u16(data, at) | u16(data, at + 2) << 16;
}

/* The end record is the last of its signature. */
static size_t find_end(struct str data)
{
	static const char signature[] = "PK\5\6";
	size_t lowest;

	if (data.len < END_BYTES)
		return STR_NOT_FOUND;
	lowest = data.len > END_BYTES + COMMENT_MAX ? data.len - END_BYTES - COMMENT_MAX : 0;
	for (size_t at = data.len - END_BYTES + 1; at-- > lowest;)
		if (memcmp(data.ptr + at, signature, 4) == 0)
			return at;
	return STR_NOT_FOUND;
}

/* What lies behind the entry's local header. shift: bytes in front of the archive. */
static struct str packed_of(struct str data, size_t shift, size_t local, size_t length)
{
	size_t start = shift + local;

	if (start > data.len || data.len - start < LOCAL_BYTES ||
	    memcmp(data.ptr + start, "PK\3\4", 4) != 0)
		return STR_NONE;
	start += LOCAL_BYTES + u16(data, start + 26) + u16(data, start + 28);
	return start > data.len ? STR_NONE : str_sub(data, start, length);
}

/* The entry at *at, which moves behind it. */
static bool read_entry(struct str data, size_t shift, size_t *at, struct zip_entry *entry)
{
	size_t start = *at, name_bytes;

	if (start > data.len || data.len - start < ENTRY_BYTES ||
	    memcmp(data.ptr + start, "PK\1\2", 4) != 0)
		return false;
	name_bytes = u16(data, start + 28);
	*at = start + ENTRY_BYTES + name_bytes + u16(data, start + 30) + u16(data, start + 32);
	if (*at > data.len)
		return false;
	entry->name = str_sub(data, start + ENTRY_BYTES, name_bytes);
	entry->encrypted = u16(data, start + 8) & FLAG_ENCRYPTED;
	entry->method = u16(data, start + 10);
	entry->crc = u32(data, start + 16);
	entry->bytes = u32(data, start + 24);
	entry->packed = packed_of(data, shift, u32(data, start + 42), u32(data, start + 20));
	return true;
}

enum status zip_read(struct arena *arena, struct str data, struct zip_entry_vec *out,
		     struct why *why)
{
	size_t end = find_end(data), size, offset, at;
	struct zip_entry entry;

	if (end == STR_NOT_FOUND)
		return why_set(why, STATUS_INVALID, "no end of a central directory");
	size = u32(data, end + 12);
	offset = u32(data, end + 16);
	if (size > end)
		return why_set(why, STATUS_INVALID, "the central directory is cut");
	at = end - size;
	while (at < end && out->n < ZIP_ENTRIES_MAX &&
	       read_entry(data, end - size > offset ? end - size - offset : 0, &at, &entry))
		vec_push(arena, out, entry);
	return STATUS_OK;
}

enum status zip_contents(struct arena *arena, const struct zip_entry *entry, size_t max_bytes,
			 struct str *out, struct why *why)
{
	struct buf unpacked;
	enum status status;

	if (!entry->packed.ptr)
		return why_set(why, STATUS_INVALID, "the entry is outside of the archive");
	if (entry->encrypted)
		return why_set(why, STATUS_UNSUPPORTED, "the entry is encrypted");
	if (entry->method == METHOD_STORED) {
		*out = str_sub(entry->packed, 0, max_bytes);
		return STATUS_OK;
	}
	if (entry->method != METHOD_DEFLATE)
		return why_set(why, STATUS_UNSUPPORTED, "method %u", entry->method);
	buf_init(&unpacked, arena);
	status = raw_inflate(entry->packed, max_bytes, &unpacked, why);
	*out = buf_str(&unpacked);
	return status;
}
