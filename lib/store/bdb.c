/* bdb: see bdb.h. The layout is that of Berkeley DB's hash access method (dbinc/db_page.h): page 0
 * tells the table's size; bucket n begins at page n + spares[log2(n + 1)]; a page holds an index of
 * offsets at its front and items, key and value by turns, that grow from its end. */
#include "lib/store/bdb.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	HASH_MAGIC = 0x061561,
	VERSION_OLDEST = 7, /* of those whose buckets we can find; older ones are looked through */
	VERSION_NEWEST = 10,
	META_BYTES = 224,
	META_BYTES_MIN = 72,
	PAGE_BYTES_MIN = 512,
	PAGE_BYTES_MAX = 65536,
	PAGE_HEAD_BYTES = 26,
	PAGE_NEXT_AT = 16,
	PAGE_ENTRIES_AT = 20,
	PAGE_DATA_BYTES_AT = 22,
	PAGE_TYPE_AT = 25,
	PAGE_TYPE_UNSORTED = 2,
	PAGE_TYPE_OVERFLOW = 7,
	PAGE_TYPE_META = 8,
	PAGE_TYPE_HASH = 13,
	ITEM_DATA = 1,
	ITEM_DUPLICATES = 2,
	ITEM_OFF_PAGE = 3,
	ITEM_OFF_PAGE_BYTES = 12,
	CHAIN_PAGES_MAX = 10000,
	VALUE_BYTES_MAX = 1 << 20,
};

static uint32_t get32(const struct bdb *bdb, const unsigned char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof value);
	return bdb->is_swapped ? __builtin_bswap32(value) : value;
}

static uint16_t get16(const struct bdb *bdb, const unsigned char *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof value);
	return bdb->is_swapped ? __builtin_bswap16(value) : value;
}

/* FNV-1 from 0, the default of version 8 and later. */
static uint32_t hash_of(struct str key)
{
	uint32_t hash = 0;

	for (size_t i = 0; i < key.len; i++)
		hash = (hash * 16777619U) ^ (unsigned char)key.ptr[i];
	return hash;
}

/* --- opening ---------------------------------------------------------------------------------- */

/* The file keeps its hash function's value of these bytes. */
static bool is_our_hash(uint32_t check)
{
	return check == hash_of(str_make("%$sniglet^&", 12));
}

/* Where buckets are, of files that say it as we know it. */
static void read_buckets(struct bdb *bdb, const unsigned char *meta)
{
	uint32_t version = get32(bdb, meta + 16);

	bdb->max_bucket = get32(bdb, meta + 72);
	bdb->high_mask = get32(bdb, meta + 76);
	bdb->low_mask = get32(bdb, meta + 80);
	for (unsigned i = 0; i < 32; i++)
		bdb->spares[i] = get32(bdb, meta + 96 + (size_t)i * 4);
	bdb->is_hash_known = version >= VERSION_OLDEST && version <= VERSION_NEWEST &&
			     meta[PAGE_TYPE_AT] == PAGE_TYPE_META &&
			     is_our_hash(get32(bdb, meta + 92));
}

static bool read_meta(struct bdb *bdb, const unsigned char *meta, size_t n)
{
	uint32_t magic;

	if (n < META_BYTES_MIN)
		return false;
	memcpy(&magic, meta + 12, sizeof magic);
	bdb->is_swapped = magic == __builtin_bswap32(HASH_MAGIC);
	bdb->page_bytes = get32(bdb, meta + 20);
	if (n == META_BYTES)
		read_buckets(bdb, meta);
	/* Byte 24 names the cipher, where there is one. */
	return get32(bdb, meta + 12) == HASH_MAGIC && meta[24] == 0 &&
	       bdb->page_bytes >= PAGE_BYTES_MIN && bdb->page_bytes <= PAGE_BYTES_MAX &&
	       (bdb->page_bytes & (bdb->page_bytes - 1)) == 0;
}

enum status bdb_open(struct arena *arena, const char *path, struct bdb *bdb_out, struct why *why)
{
	unsigned char meta[META_BYTES] = {0};
	struct stat st;
	ssize_t n;

	*bdb_out =
		(struct bdb){.arena = arena, .fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
	if (bdb_out->fd < 0)
		return why_errno(why, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO,
				 "cannot open %s", path);
	n = pread(bdb_out->fd, meta, sizeof meta, 0);
	if (n < 0 || fstat(bdb_out->fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    !read_meta(bdb_out, meta, (size_t)n)) {
		bdb_close(bdb_out);
		return why_set(why, STATUS_INVALID, "%s: not a Berkeley DB hash file", path);
	}
	bdb_out->n_pages = (uint32_t)(st.st_size / bdb_out->page_bytes);
	bdb_out->page = arena_alloc(arena, bdb_out->page_bytes);
	bdb_out->overflow = arena_alloc(arena, bdb_out->page_bytes);
	return STATUS_OK;
}

void bdb_close(struct bdb *bdb)
{
	if (bdb->fd >= 0)
		close(bdb->fd);
	bdb->fd = -1;
}

/* --- pages ------------------------------------------------------------------------------------ */

static bool read_page(struct bdb *bdb, uint32_t number, unsigned char *page)
{
	off_t at = (off_t)number * bdb->page_bytes;

	return number && number < bdb->n_pages &&
	       pread(bdb->fd, page, bdb->page_bytes, at) == (ssize_t)bdb->page_bytes;
}

static bool holds_items(const struct bdb *bdb)
{
	unsigned type = bdb->page[PAGE_TYPE_AT];

	return type == PAGE_TYPE_HASH || type == PAGE_TYPE_UNSORTED;
}

/* Items of the page in the buffer; more than it has room for is a lie. */
static unsigned count_items(struct bdb *bdb)
{
	unsigned n = get16(bdb, bdb->page + PAGE_ENTRIES_AT);

	if (n <= (bdb->page_bytes - PAGE_HEAD_BYTES) / 2)
		return n;
	bdb->n_damaged++;
	return 0;
}

/* Item i of the page in the buffer, its type byte first; ptr NULL when the page lies. */
static struct str item_at(const struct bdb *bdb, unsigned i)
{
	size_t index = PAGE_HEAD_BYTES + (size_t)i * 2;
	size_t begin, end = bdb->page_bytes;

	if (index + 2 > bdb->page_bytes)
		return STR_NONE;
	begin = get16(bdb, bdb->page + index);
	if (i)
		end = get16(bdb, bdb->page + index - 2);
	if (begin < index + 2 || begin >= end || end > bdb->page_bytes)
		return STR_NONE;
	return str_make((const char *)bdb->page + begin, end - begin);
}

/* What is too long for its page, from a chain of pages of its own. */
static struct str read_overflow(struct bdb *bdb, struct str item)
{
	const unsigned char *head = (const unsigned char *)item.ptr;
	uint32_t number, left;
	char *value;
	size_t len = 0;

	if (item.len < ITEM_OFF_PAGE_BYTES)
		return STR_NONE;
	number = get32(bdb, head + 4);
	left = get32(bdb, head + 8);
	if (left > VALUE_BYTES_MAX || left / bdb->page_bytes > bdb->n_pages)
		return STR_NONE;
	value = arena_alloc(bdb->arena, left + 1);
	while (left && read_page(bdb, number, bdb->overflow) &&
	       bdb->overflow[PAGE_TYPE_AT] == PAGE_TYPE_OVERFLOW) {
		uint32_t here = get16(bdb, bdb->overflow + PAGE_DATA_BYTES_AT);

		if (!here || here > left || here > bdb->page_bytes - PAGE_HEAD_BYTES)
			return STR_NONE;
		memcpy(value + len, bdb->overflow + PAGE_HEAD_BYTES, here);
		len += here;
		left -= here;
		number = get32(bdb, bdb->overflow + PAGE_NEXT_AT);
	}
	return left ? STR_NONE : str_make(value, len);
}

/* The first of several values: its length stands before it. */
static struct str first_duplicate(const struct bdb *bdb, struct str item)
{
	size_t len;

	if (item.len < 3)
		return STR_NONE;
	len = get16(bdb, (const unsigned char *)item.ptr + 1);
	return len > item.len - 3 ? STR_NONE : str_sub(item, 3, len);
}

/* Good as long as the page is; ptr NULL when it cannot be read. */
static struct str text_of(struct bdb *bdb, struct str item)
{
	switch (item.len ? item.ptr[0] : 0) {
	case ITEM_DATA:
		return str_from_at(item, 1);
	case ITEM_DUPLICATES:
		return first_duplicate(bdb, item);
	case ITEM_OFF_PAGE:
		return read_overflow(bdb, item);
	default:
		return STR_NONE;
	}
}

/* --- looking up ------------------------------------------------------------------------------- */

/* Keys beyond a page's size are not looked at. */
static bool find_in_page(struct bdb *bdb, struct str key, struct str *value_out)
{
	unsigned n = holds_items(bdb) ? count_items(bdb) : 0;

	for (unsigned i = 0; i + 1 < n; i += 2) {
		struct str item = item_at(bdb, i);

		if (!item.ptr)
			return false;
		if (item.ptr[0] == ITEM_DATA && str_eq(str_from_at(item, 1), key)) {
			struct str value = text_of(bdb, item_at(bdb, i + 1));

			if (value.ptr)
				*value_out = arena_str(bdb->arena, value);
			return true;
		}
	}
	return false;
}

static uint32_t bucket_page(const struct bdb *bdb, uint32_t bucket)
{
	unsigned log2 = 0;

	while (log2 < 31 && ((uint64_t)1 << log2) < (uint64_t)bucket + 1)
		log2++;
	return bucket + bdb->spares[log2];
}

static uint32_t bucket_of(const struct bdb *bdb, struct str key)
{
	uint32_t hash = hash_of(key), bucket = hash & bdb->high_mask;

	return bucket > bdb->max_bucket ? bucket & bdb->low_mask : bucket;
}

/* With a hash function that we don't know every page may hold the key. */
static struct str find_anywhere(struct bdb *bdb, struct str key)
{
	struct str value = STR_NONE;

	for (uint32_t number = 1; number < bdb->n_pages; number++)
		if (read_page(bdb, number, bdb->page) && find_in_page(bdb, key, &value))
			break;
	return value;
}

struct str bdb_find(struct bdb *bdb, struct str key)
{
	struct str value = STR_NONE;
	uint32_t number;

	if (!bdb->is_hash_known)
		return find_anywhere(bdb, key);
	number = bucket_page(bdb, bucket_of(bdb, key));
	for (unsigned n = 0; n < CHAIN_PAGES_MAX && read_page(bdb, number, bdb->page); n++) {
		if (find_in_page(bdb, key, &value))
			break;
		number = get32(bdb, bdb->page + PAGE_NEXT_AT);
	}
	return value;
}

/* --- all of it -------------------------------------------------------------------------------- */

/* False when visit() has had enough. */
static bool walk_page(struct bdb *bdb, bool (*visit)(void *data, struct str key, struct str value),
		      void *data)
{
	unsigned n = count_items(bdb);

	for (unsigned i = 0; i + 1 < n; i += 2) {
		struct str key = text_of(bdb, item_at(bdb, i));
		struct str value = text_of(bdb, item_at(bdb, i + 1));

		if (!key.ptr || !value.ptr)
			bdb->n_damaged++;
		else if (!visit(data, key, value))
			return false;
	}
	return true;
}

/* Pages are looked through one after the other, buckets don't matter. */
void bdb_walk(struct bdb *bdb, bool (*visit)(void *data, struct str key, struct str value),
	      void *data)
{
	for (uint32_t number = 1; number < bdb->n_pages; number++)
		if (read_page(bdb, number, bdb->page) && holds_items(bdb) &&
		    !walk_page(bdb, visit, data))
			break;
}

enum status bdb_read(struct arena *scratch, const char *path,
		     bool (*visit)(void *data, struct str key, struct str value), void *data,
		     size_t *n_damaged_out, struct why *why)
{
	struct bdb bdb;

	*n_damaged_out = 0;
	if (bdb_open(scratch, path, &bdb, why) != STATUS_OK)
		return why->status;
	bdb_walk(&bdb, visit, data);
	*n_damaged_out = bdb.n_damaged;
	bdb_close(&bdb);
	return STATUS_OK;
}
