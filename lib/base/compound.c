/* compound: see compound.h. */
#include "lib/base/compound.h"

#include <stdint.h>

#include "lib/base/buf.h"

enum {
	HEADER_BYTES = 512,
	ENTRY_BYTES = 128,
	MINI_BYTES = 64,
	HEADER_FATS = 109, /* numbers of FAT sectors that the header holds */
	TYPE_STREAM = 2,
	TYPE_ROOT = 5,
	CHUNK_BYTES = 4096, /* of a Visual Basic module, unpacked */
};

static const uint32_t sector_max = 0xfffffffa; /* above: marks, no sectors */

struct reader {
	struct arena *arena;
	struct str data;
	size_t sector_bytes;
	struct str fat, mini_fat, mini; /* tables of 32-bit numbers; the stream of short streams */
	uint32_t mini_cutoff;
};

static uint32_t number(struct str s, size_t at, unsigned n_bytes)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < n_bytes && at + i < s.len; i++)
		value |= (uint32_t)(unsigned char)s.ptr[at + i] << 8 * i;
	return value;
}

bool compound_is(struct str data)
{
	return data.len >= HEADER_BYTES &&
	       memcmp(data.ptr, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) == 0;
}

static struct str sector(const struct reader *r, uint32_t n)
{
	return n < sector_max ? str_sub(r->data, ((size_t)n + 1) * r->sector_bytes, r->sector_bytes)
			      : STR_NONE;
}

/* The bytes of a chain of sectors; it ends with the file's size whatever the table says. */
static struct str read_chain(struct reader *r, uint32_t n, size_t max_bytes)
{
	struct buf out;

	buf_init(&out, r->arena);
	max_bytes = max_bytes < r->data.len ? max_bytes : r->data.len;
	while (out.len < max_bytes) {
		struct str bytes = sector(r, n);

		if (!bytes.len)
			break;
		buf_add_str(&out, str_sub(bytes, 0, max_bytes - out.len));
		if ((size_t)n * 4 + 4 > r->fat.len)
			break;
		n = number(r->fat, (size_t)n * 4, 4);
	}
	return buf_str(&out);
}

static struct str read_mini_chain(struct reader *r, uint32_t n, size_t max_bytes)
{
	struct buf out;

	buf_init(&out, r->arena);
	max_bytes = max_bytes < r->mini.len ? max_bytes : r->mini.len;
	while (out.len < max_bytes && n < sector_max) {
		struct str bytes = str_sub(r->mini, (size_t)n * MINI_BYTES, MINI_BYTES);

		if (!bytes.len)
			break;
		buf_add_str(&out, str_sub(bytes, 0, max_bytes - out.len));
		if ((size_t)n * 4 + 4 > r->mini_fat.len)
			break;
		n = number(r->mini_fat, (size_t)n * 4, 4);
	}
	return buf_str(&out);
}

/* The header names the first sectors of the table, a chain of sectors the others. */
static void read_fat(struct reader *r)
{
	struct buf fat;
	uint32_t next = number(r->data, 68, 4);
	size_t n_sectors = r->data.len / r->sector_bytes, a_sector = r->sector_bytes / 4 - 1;

	buf_init(&fat, r->arena);
	for (size_t i = 0; i < HEADER_FATS && fat.len < 4 * n_sectors; i++)
		buf_add_str(&fat, sector(r, number(r->data, 76 + 4 * i, 4)));
	for (size_t k = 0; k < n_sectors && fat.len < 4 * n_sectors; k++) {
		struct str list = sector(r, next);

		if (list.len < r->sector_bytes)
			break;
		for (size_t i = 0; i < a_sector && fat.len < 4 * n_sectors; i++)
			buf_add_str(&fat, sector(r, number(list, 4 * i, 4)));
		next = number(list, 4 * a_sector, 4);
	}
	r->fat = buf_str(&fat);
}

static struct str entry_name(struct arena *arena, struct str entry)
{
	size_t len = number(entry, 64, 2);
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i + 2 < len && i < 64; i += 2) {
		uint32_t c = number(entry, i, 2);

		buf_add_char(&out, c < 0x80 ? (char)c : '?');
	}
	return buf_str(&out);
}

static void read_stream(struct reader *r, struct str entry, struct compound_stream_vec *out)
{
	size_t bytes = number(entry, 120, 4);
	uint32_t first = number(entry, 116, 4);
	struct compound_stream stream = {.name = entry_name(r->arena, entry)};

	if (!bytes || bytes > COMPOUND_STREAM_BYTES_MAX)
		return;
	stream.contents = bytes < r->mini_cutoff ? read_mini_chain(r, first, bytes)
						 : read_chain(r, first, bytes);
	if (stream.contents.len)
		vec_push(r->arena, out, stream);
}

bool compound_read(struct arena *arena, struct str data, struct compound_stream_vec *out)
{
	struct reader r = {.arena = arena, .data = data};
	size_t total = 0;

	if (!compound_is(data))
		return false;
	r.sector_bytes = number(data, 30, 2) == 12 ? 4096 : 512;
	r.mini_cutoff = number(data, 56, 4);
	read_fat(&r);
	struct str directory =
		read_chain(&r, number(data, 48, 4), (size_t)COMPOUND_STREAMS_MAX * ENTRY_BYTES);
	if (directory.len >= ENTRY_BYTES && directory.ptr[66] == TYPE_ROOT)
		r.mini = read_chain(&r, number(directory, 116, 4), number(directory, 120, 4));
	r.mini_fat = read_chain(&r, number(data, 60, 4), data.len);
	/* streams may share sectors: all together are no more than some times the file */
	for (size_t at = 0; at + ENTRY_BYTES <= directory.len && total <= 4 * data.len;
	     at += ENTRY_BYTES) {
		size_t n = out->n;

		if (directory.ptr[at + 66] == TYPE_STREAM)
			read_stream(&r, str_sub(directory, at, ENTRY_BYTES), out);
		if (out->n > n)
			total += out->items[n].contents.len;
	}
	return true;
}

/* --- Visual Basic --- */

/* Bits of a copy's offset: as many as the place in the chunk needs, 4 to 12. */
static unsigned offset_bits(size_t place)
{
	unsigned bits = 4;

	while (bits < 12 && ((size_t)1 << bits) < place)
		bits++;
	return bits;
}

/* One token behind a flag: a copy of what stands before. False at a fault. */
static bool add_copy(struct buf *out, size_t chunk_start, uint32_t token)
{
	unsigned bits = offset_bits(out->len - chunk_start);
	size_t length = (token & (0xffffu >> bits)) + 3, offset = (token >> (16 - bits)) + 1;

	if (offset > out->len - chunk_start)
		return false;
	for (; length > 0 && out->len - chunk_start < CHUNK_BYTES; length--)
		buf_add_char(out, out->ptr[out->len - offset]);
	return true;
}

static bool unpack_chunk(struct str packed, struct buf *out)
{
	size_t start = out->len, at = 0;

	while (at < packed.len) {
		unsigned flags = (unsigned char)packed.ptr[at++];

		for (unsigned i = 0; i < 8 && at < packed.len; i++, flags >>= 1) {
			if (!(flags & 1)) {
				buf_add_char(out, packed.ptr[at++]);
				continue;
			}
			if (at + 2 > packed.len || !add_copy(out, start, number(packed, at, 2)))
				return false;
			at += 2;
		}
		if (out->len - start >= CHUNK_BYTES)
			break;
	}
	return true;
}

struct str compound_unpack(struct arena *arena, struct str packed, size_t max_bytes)
{
	struct buf out;
	size_t at = 1; /* behind the signature */

	buf_init(&out, arena);
	while (at + 2 <= packed.len && out.len < max_bytes) {
		uint32_t head = number(packed, at, 2);
		size_t bytes = (head & 0xfff) + 1;
		struct str chunk = str_sub(packed, at + 2, bytes);

		if ((head >> 12 & 7) != 3)
			break;
		if (!(head & 0x8000))
			buf_add_str(&out, chunk);
		else if (!unpack_chunk(chunk, &out))
			break;
		at += 2 + bytes;
	}
	return str_sub(buf_str(&out), 0, max_bytes);
}

struct str compound_macro(struct arena *arena, struct str stream, size_t max_bytes)
{
	/* a module's text begins with "Attribute VB_Name": packed, with a flag of 0 before it */
	size_t at = str_find(stream, str_make("\0Attribut", 9));

	if (at == STR_NOT_FOUND || at < 3 || stream.ptr[at - 3] != 1)
		return STR_NONE;
	return compound_unpack(arena, str_from_at(stream, at - 3), max_bytes);
}
