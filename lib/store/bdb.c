/* bdb: see bdb.h. The layout is that of Berkeley DB's dbinc/db_page.h. */
#include "lib/store/bdb.h"

#include <stdint.h>

#include "lib/base/file.h"

enum {
	HASH_MAGIC = 0x061561,
	META_MAGIC_AT = 12,
	META_PAGE_BYTES_AT = 20,
	META_BYTES = 72,
	/* of any page */
	NEXT_AT = 16,
	ENTRIES_AT = 20,
	DATA_BYTES_AT = 22, /* of overflow pages */
	TYPE_AT = 25,
	HEADER_BYTES = 26,
	PAGE_HASH_UNSORTED = 2,
	PAGE_OVERFLOW = 7,
	PAGE_HASH = 13,
	/* of an item */
	ITEM_KEYDATA = 1,
	ITEM_OFFPAGE = 3,
	OFFPAGE_BYTES = 12,
};

struct bdb {
	struct arena *scratch;
	const unsigned char *bytes;
	size_t page_bytes, n_pages;
	bool swapped;
};

static uint32_t number_at(const struct bdb *bdb, const unsigned char *at, size_t n_bytes)
{
	uint32_t value = 0;

	for (size_t i = 0; i < n_bytes; i++)
		value = value << 8 | at[bdb->swapped ? i : n_bytes - 1 - i];
	return value;
}

static const unsigned char *page_at(const struct bdb *bdb, size_t number)
{
	return bdb->bytes + number * bdb->page_bytes;
}

/* A value on overflow pages of its own. */
static bool read_offpage(const struct bdb *bdb, const unsigned char *item, struct str *out)
{
	size_t page = number_at(bdb, item + 4, 4), total = number_at(bdb, item + 8, 4);
	char *text;
	size_t n = 0;

	if (total > bdb->page_bytes * bdb->n_pages)
		return false;
	text = arena_alloc(bdb->scratch, total + 1);
	for (size_t hops = 0; n < total && hops < bdb->n_pages; hops++) {
		const unsigned char *bytes = page_at(bdb, page);
		size_t len;

		if (page == 0 || page >= bdb->n_pages || bytes[TYPE_AT] != PAGE_OVERFLOW)
			return false;
		len = number_at(bdb, bytes + DATA_BYTES_AT, 2);
		if (len > bdb->page_bytes - HEADER_BYTES || len > total - n)
			return false;
		memcpy(text + n, bytes + HEADER_BYTES, len);
		n += len;
		page = number_at(bdb, bytes + NEXT_AT, 4);
	}
	*out = str_make(text, n);
	return n == total;
}

/* Items grow downwards from the page's end; the one before ends where this one begins. */
static bool read_item(const struct bdb *bdb, const unsigned char *page, size_t number,
		      struct str *out)
{
	size_t at = number_at(bdb, page + HEADER_BYTES + 2 * number, 2),
	       end = number ? number_at(bdb, page + HEADER_BYTES + 2 * (number - 1), 2)
			    : bdb->page_bytes;

	if (at < HEADER_BYTES || at >= end || end > bdb->page_bytes)
		return false;
	if (page[at] == ITEM_KEYDATA) {
		*out = str_make((const char *)page + at + 1, end - at - 1);
		return true;
	}
	return page[at] == ITEM_OFFPAGE && end - at >= OFFPAGE_BYTES &&
	       read_offpage(bdb, page + at, out);
}

/* False when visit() has had enough. */
static bool read_page(const struct bdb *bdb, const unsigned char *page,
		      bool (*visit)(void *data, struct str key, struct str value), void *data,
		      size_t *n_damaged)
{
	size_t n = number_at(bdb, page + ENTRIES_AT, 2);
	struct str key, value;

	if (n > (bdb->page_bytes - HEADER_BYTES) / 2) {
		++*n_damaged;
		return true;
	}
	for (size_t i = 0; i + 1 < n; i += 2) {
		if (!read_item(bdb, page, i, &key) || !read_item(bdb, page, i + 1, &value))
			++*n_damaged;
		else if (!visit(data, key, value))
			return false;
	}
	return true;
}

static bool read_meta(struct bdb *bdb, struct str file)
{
	bdb->bytes = (const unsigned char *)file.ptr;
	if (file.len < META_BYTES)
		return false;
	if (number_at(bdb, bdb->bytes + META_MAGIC_AT, 4) != HASH_MAGIC) {
		bdb->swapped = true;
		if (number_at(bdb, bdb->bytes + META_MAGIC_AT, 4) != HASH_MAGIC)
			return false;
	}
	bdb->page_bytes = number_at(bdb, bdb->bytes + META_PAGE_BYTES_AT, 4);
	if (bdb->page_bytes < 512 || bdb->page_bytes > 65536)
		return false;
	bdb->n_pages = file.len / bdb->page_bytes;
	return true;
}

enum status bdb_read(struct arena *scratch, const char *path,
		     bool (*visit)(void *data, struct str key, struct str value), void *data,
		     size_t *n_damaged_out, struct why *why)
{
	struct bdb bdb = {.scratch = scratch};
	struct str file;

	*n_damaged_out = 0;
	if (file_read(scratch, path, BDB_FILE_BYTES_MAX, &file, why) != STATUS_OK)
		return why->status;
	if (!read_meta(&bdb, file))
		return why_set(why, STATUS_INVALID, "%s: not a Berkeley DB hash file", path);
	for (size_t i = 1; i < bdb.n_pages; i++) {
		const unsigned char *page = page_at(&bdb, i);

		if ((page[TYPE_AT] == PAGE_HASH || page[TYPE_AT] == PAGE_HASH_UNSORTED) &&
		    !read_page(&bdb, page, visit, data, n_damaged_out))
			break;
	}
	return STATUS_OK;
}
