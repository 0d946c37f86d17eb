/*
 * archives: what is packed in an attachment. A file is known by its length and its CRC-32, which
 * ZIP and gzip keep beside it: nothing is unpacked for it (but of a tar in gzip, which has none),
 * so that a bomb costs what its directory costs, and neither format, compression, order, names nor
 * a password change it. A file that is attached as it is has the same key as in an archive.
 */
#include "plugins/fingerprint/archives.h"

#include <stdlib.h>

#include "lib/base/inflate.h"
#include "lib/base/zip.h"
#include "plugins/fingerprint/limits.h"

enum {
	MEMBERS_MAX = 1000,
	ALL_BYTES_MIN = 1024,
	FILE_BYTES_MIN = 4096,
	TAR_BYTES_MAX = 16 * 1024 * 1024, /* that come out of a gzip stream */
	TAR_BLOCK = 512,
	GZIP_TRAILER = 8,
};

/* One member: bytes << 32 | CRC, so that they sort by size. */
VEC_OF(member_vec, uint64_t);

static bool add_file(struct fingerprint_run *run, unsigned part, uint64_t member)
{
	return (member >> 32) >= FILE_BYTES_MIN &&
	       fingerprint_add(run, FINGERPRINT_ATT, part, (unsigned)(member >> 42), &member,
			       sizeof member);
}

bool fingerprint_file(struct fingerprint_run *run, struct str data, unsigned part)
{
	return add_file(run, part, (uint64_t)data.len << 32 | data_crc(data));
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* A key of all members, and one of the largest, which another one added leaves as it is. Documents
 * that are archives have parts in common (themes, fonts) that say nothing. */
static size_t add_members(struct fingerprint_run *run, struct member_vec *members, unsigned part,
			  bool is_document)
{
	uint64_t bytes = 0;
	size_t n = 0;

	if (!members->n)
		return 0;
	qsort(members->items, members->n, sizeof *members->items, by_size);
	for (size_t i = 0; i < members->n; i++)
		bytes += members->items[i] >> 32;
	if (bytes >= ALL_BYTES_MIN)
		n += fingerprint_add(run, FINGERPRINT_ATT, part, (unsigned)(bytes / 1024),
				     members->items, members->n * sizeof *members->items);
	if (!is_document)
		n += add_file(run, part, members->items[members->n - 1]);
	return n;
}

/* --- ZIP --- */

static bool marks_document(struct str name)
{
	static const char *const names[] = {"[Content_Types].xml", "mimetype",
					    "META-INF/MANIFEST.MF"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_eq_ci_c(name, names[i]))
			return true;
	return false;
}

static size_t add_zip(struct fingerprint_run *run, struct str data, unsigned part)
{
	struct zip_entry_vec entries = {0};
	struct member_vec members = {0};
	bool is_document = false;

	if (zip_read(run->scan, data, &entries, NULL) != STATUS_OK)
		return 0;
	for (size_t i = 0; i < entries.n && i < MEMBERS_MAX; i++) {
		const struct zip_entry *entry = &entries.items[i];

		is_document |= marks_document(entry->name);
		if (entry->bytes && entry->crc) /* AES hides the CRC */
			vec_push(run->scan, &members, (uint64_t)entry->bytes << 32 | entry->crc);
	}
	return add_members(run, &members, part, is_document);
}

/* --- tar (POSIX ustar) and gzip (RFC 1952) --- */

/* Octal digits; false for a header that is none. */
static bool read_size(struct str field, size_t *out)
{
	size_t size = 0;

	field = str_trim(field);
	for (size_t i = 0; i < field.len && field.ptr[i]; i++) {
		if (field.ptr[i] < '0' || field.ptr[i] > '7')
			return false;
		size = size * 8 + (size_t)(field.ptr[i] - '0');
	}
	*out = size;
	return true;
}

static bool is_tar(struct str data)
{
	return data.len >= TAR_BLOCK && memcmp(data.ptr + 257, "ustar", 5) == 0;
}

static size_t add_tar(struct fingerprint_run *run, struct str data, unsigned part)
{
	struct member_vec members = {0};
	size_t size;

	for (size_t at = 0; members.n < MEMBERS_MAX && is_tar(str_from_at(data, at));) {
		char kind = data.ptr[at + 156];

		if (!read_size(str_sub(data, at + 124, 12), &size) || size > data.len)
			break;
		at += TAR_BLOCK;
		struct str contents = str_sub(data, at, size);
		if ((kind == '0' || kind == '\0') && size)
			vec_push(run->scan, &members,
				 (uint64_t)(uint32_t)size << 32 | data_crc(contents));
		at += (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
	}
	return add_members(run, &members, part, false);
}

static uint32_t u32(struct str data, size_t at)
{
	const unsigned char *p = (const unsigned char *)data.ptr + at;

	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* What it is the packing of, by its trailer; a tar in it, by its members. */
static size_t add_gzip(struct fingerprint_run *run, struct str data, unsigned part)
{
	struct buf unpacked;
	size_t trailer = data.len - GZIP_TRAILER, n;

	n = add_file(run, part, (uint64_t)u32(data, trailer + 4) << 32 | u32(data, trailer));
	buf_init(&unpacked, run->scan);
	if (gzip_inflate(str_sub(data, 0, LIMIT_PART_BYTES), TAR_BLOCK, &unpacked, NULL) !=
		    STATUS_TOO_LARGE ||
	    !is_tar(buf_str(&unpacked)) || !fingerprint_may_unpack(run, TAR_BYTES_MAX))
		return n;
	buf_clear(&unpacked);
	gzip_inflate(data, TAR_BYTES_MAX, &unpacked, NULL);
	run->n_unpacked += unpacked.len;
	return n + add_tar(run, buf_str(&unpacked), part);
}

size_t fingerprint_archive(struct fingerprint_run *run, struct str data, unsigned part)
{
	if (str_has_prefix(data, "PK\3\4"))
		return add_zip(run, data, part);
	if (str_has_prefix(data, "\x1f\x8b") && data.len > 2 * GZIP_TRAILER)
		return add_gzip(run, data, part);
	return is_tar(data) ? add_tar(run, data, part) : 0;
}
