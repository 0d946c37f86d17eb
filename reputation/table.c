/* table: see table.h. */
#include "reputation/table.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/must.h"

enum { SLOTS_MIN = 1 << 12, HEADER_BYTES = 4096, STEPS = 1024 };

static const char magic[8] = "WHORLT1";

struct slot {
	_Atomic uint64_t key;   /* 0: empty */
	_Atomic uint64_t value; /* 0: removed */
};

struct header {
	char magic[8];
	uint64_t n_slots; /* a power of two */
	_Atomic uint64_t n_used, n_live;
	_Atomic uint32_t is_superseded;
};

struct table {
	struct arena *arena;
	const char *path, *path_aside;
	enum table_mode mode;
	struct header *header; /* NULL: nothing mapped */
	struct slot *slots;
	size_t map_bytes;
};

/* --- values --- */

static uint64_t pack(const struct table_value *value)
{
	int64_t steps = lround(fmax(-32, fmin(31.99, value->log_odds)) * STEPS);
	unsigned groups = value->groups > 15 ? 15 : value->groups;

	/* bit 63 is always set, so that no value is 0 */
	return UINT64_C(1) << 63 | (uint64_t)(uint16_t)steps | (uint64_t)value->algorithm << 16 |
	       (uint64_t)(value->state & 15) << 24 | (uint64_t)(value->class & 15) << 28 |
	       (uint64_t)groups << 32 | (uint64_t)value->has_honeypot << 36 |
	       (uint64_t)value->day << 40;
}

static struct table_value unpack(uint64_t bits)
{
	return (struct table_value){
		.log_odds = (double)(int16_t)(uint16_t)bits / STEPS,
		.algorithm = (uint8_t)(bits >> 16),
		.state = bits >> 24 & 15,
		.class = bits >> 28 & 15,
		.groups = bits >> 32 & 15,
		.has_honeypot = bits >> 36 & 1,
		.day = (uint16_t)(bits >> 40),
	};
}

/* 0 marks an empty slot. */
static uint64_t spelled(uint64_t key)
{
	return key ? key : 1;
}

/* --- the file --- */

static size_t bytes_for(uint64_t n_slots)
{
	return HEADER_BYTES + n_slots * sizeof(struct slot);
}

static void unmap(void *data)
{
	struct table *table = data;

	if (table->header)
		munmap(table->header, table->map_bytes);
	table->header = NULL;
}

static bool is_sound(const struct header *header, size_t file_bytes)
{
	return memcmp(header->magic, magic, sizeof magic) == 0 && header->n_slots >= SLOTS_MIN &&
	       (header->n_slots & (header->n_slots - 1)) == 0 &&
	       header->n_slots < UINT64_C(1) << 40 && bytes_for(header->n_slots) == file_bytes;
}

static enum status map_fd(struct table *table, int fd, struct why *why)
{
	struct stat info;

	if (fstat(fd, &info) != 0)
		return why_errno(why, STATUS_IO, "%s", table->path);
	if (info.st_size < HEADER_BYTES)
		return why_set(why, STATUS_INVALID, "%s: no table of fingerprints", table->path);
	int protection = table->mode == TABLE_WRITE ? PROT_READ | PROT_WRITE : PROT_READ;
	void *map = mmap(NULL, (size_t)info.st_size, protection, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return why_errno(why, STATUS_IO, "%s", table->path);
	if (!is_sound(map, (size_t)info.st_size)) {
		munmap(map, (size_t)info.st_size);
		return why_set(why, STATUS_INVALID, "%s: no table of fingerprints", table->path);
	}
	table->header = map;
	table->map_bytes = (size_t)info.st_size;
	table->slots = (struct slot *)((char *)map + HEADER_BYTES);
	return STATUS_OK;
}

static enum status map_path(struct table *table, struct why *why)
{
	int fd = open(table->path, (table->mode == TABLE_WRITE ? O_RDWR : O_RDONLY) | O_CLOEXEC);

	if (fd < 0)
		return why_errno(why, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, "%s",
				 table->path);
	enum status status = map_fd(table, fd, why);
	close(fd);
	return status;
}

/* An empty table of n_slots at path, mapped for writing into *table. */
static enum status create(struct table *table, const char *path, uint64_t n_slots, struct why *why)
{
	struct header header = {.n_slots = n_slots};
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	enum status status = STATUS_OK;

	memcpy(header.magic, magic, sizeof magic);
	if (fd < 0)
		return why_errno(why, STATUS_IO, "%s", path);
	/* a full disk must show now, not as a signal at a store into the map */
	int error = posix_fallocate(fd, 0, (off_t)bytes_for(n_slots));
	if (error) {
		errno = error;
		status = why_errno(why, STATUS_IO, "%s", path);
	} else if (pwrite(fd, &header, sizeof header, 0) != sizeof header) {
		status = why_errno(why, STATUS_IO, "%s", path);
	} else {
		status = map_fd(table, fd, why);
	}
	close(fd);
	if (status != STATUS_OK)
		unlink(path);
	return status;
}

enum status table_open(struct arena *arena, const char *path, enum table_mode mode,
		       struct table **table_out, struct why *why)
{
	struct table *table = ARENA_NEW(arena, struct table);

	table->arena = arena;
	table->path = arena_cstr(arena, str_from(path));
	table->path_aside = arena_printf(arena, "%s.new", path).ptr;
	table->mode = mode;
	enum status status = map_path(table, why);
	if (mode == TABLE_WRITE && (status == STATUS_NOT_FOUND || status == STATUS_INVALID))
		status = create(table, table->path, SLOTS_MIN, why);
	if (status != STATUS_OK)
		return status;
	arena_on_reset(arena, unmap, table);
	*table_out = table;
	return STATUS_OK;
}

/* --- look-ups --- */

/* The key's slot, or the empty one where it would stand. */
static struct slot *find_slot(const struct table *table, uint64_t key)
{
	uint64_t mask = table->header->n_slots - 1;

	for (uint64_t i = 0; i <= mask; i++) {
		struct slot *slot = &table->slots[(key + i) & mask];
		uint64_t found = atomic_load_explicit(&slot->key, memory_order_acquire);

		if (found == key || !found)
			return slot;
	}
	return NULL;
}

/* A table that the writer has replaced is mapped anew; while that fails the old one serves. */
void table_follow(struct table *table)
{
	struct table fresh = *table;

	if (!atomic_load_explicit(&table->header->is_superseded, memory_order_relaxed))
		return;
	if (map_path(&fresh, NULL) != STATUS_OK)
		return;
	unmap(table);
	*table = fresh;
}

bool table_find(struct table *table, uint64_t key, struct table_value *value_out)
{
	if (table->mode == TABLE_READ)
		table_follow(table);
	key = spelled(key);
	struct slot *slot = find_slot(table, key);
	if (!slot || atomic_load_explicit(&slot->key, memory_order_acquire) != key)
		return false;
	uint64_t bits = atomic_load_explicit(&slot->value, memory_order_acquire);
	if (!bits)
		return false;
	*value_out = unpack(bits);
	return true;
}

/* --- changes --- */

static void set_slot(struct table *table, uint64_t key, uint64_t bits)
{
	struct slot *slot = find_slot(table, key);

	must(slot != NULL);
	bool is_new = !atomic_load_explicit(&slot->key, memory_order_relaxed);
	bool was_live = !is_new && atomic_load_explicit(&slot->value, memory_order_relaxed);
	/* the value first: a reader that sees the key sees it too */
	atomic_store_explicit(&slot->value, bits, memory_order_release);
	atomic_store_explicit(&slot->key, key, memory_order_release);
	atomic_fetch_add(&table->header->n_used, is_new);
	if (bits && !was_live)
		atomic_fetch_add(&table->header->n_live, 1);
	if (!bits && was_live)
		atomic_fetch_sub(&table->header->n_live, 1);
}

/* Root may work on the table of another account, which has to go on with the new one. */
static enum status keep_owner(const char *path, const char *path_aside, struct why *why)
{
	struct stat info;

	if (geteuid() != 0 || stat(path, &info) != 0)
		return STATUS_OK;
	return lchown(path_aside, info.st_uid, info.st_gid) == 0
		       ? STATUS_OK
		       : why_errno(why, STATUS_IO, "%s", path_aside);
}

/* A table of n_slots with the live slots of this one (keep) or none, in its place. */
static enum status replace(struct table *table, uint64_t n_slots, bool keep, struct why *why)
{
	struct table fresh = *table;
	enum status status;

	fresh.header = NULL;
	status = create(&fresh, table->path_aside, n_slots, why);
	if (status != STATUS_OK)
		return status;
	for (uint64_t i = 0; keep && i < table->header->n_slots; i++) {
		uint64_t bits = atomic_load_explicit(&table->slots[i].value, memory_order_relaxed);

		if (bits)
			set_slot(&fresh, atomic_load(&table->slots[i].key), bits);
	}
	status = keep_owner(table->path, table->path_aside, why);
	if (status == STATUS_OK && rename(table->path_aside, table->path) != 0)
		status = why_errno(why, STATUS_IO, "%s", table->path);
	if (status != STATUS_OK) {
		unmap(&fresh);
		unlink(table->path_aside);
		return status;
	}
	atomic_store(&table->header->is_superseded, 1);
	unmap(table);
	*table = fresh;
	return STATUS_OK;
}

/* Twice the room, unless most of it is what was removed. */
static enum status grow(struct table *table, struct why *why)
{
	uint64_t n_slots = table->header->n_slots;

	while (atomic_load(&table->header->n_live) * 4 >= n_slots)
		n_slots *= 2;
	return replace(table, n_slots, true, why);
}

enum status table_clear(struct table *table, struct why *why)
{
	must(table->mode == TABLE_WRITE);
	return replace(table, SLOTS_MIN, false, why);
}

enum status table_put(struct table *table, uint64_t key, const struct table_value *value,
		      struct why *why)
{
	must(table->mode == TABLE_WRITE);
	if (atomic_load(&table->header->n_used) * 10 >= table->header->n_slots * 6) {
		enum status status = grow(table, why);
		if (status != STATUS_OK)
			return status;
	}
	set_slot(table, spelled(key), pack(value));
	return STATUS_OK;
}

void table_remove(struct table *table, uint64_t key)
{
	struct table_value value;

	must(table->mode == TABLE_WRITE);
	if (table_find(table, key, &value))
		set_slot(table, spelled(key), 0);
}

size_t table_count(const struct table *table)
{
	return (size_t)atomic_load(&table->header->n_live);
}

enum status table_adopt(struct arena *arena, const char *path, const char *path_aside,
			struct why *why)
{
	struct table *old = NULL;
	enum status status;

	/* without an old one there is nobody to tell */
	if (table_open(arena, path, TABLE_WRITE, &old, NULL) != STATUS_OK)
		old = NULL;
	status = keep_owner(path, path_aside, why);
	if (status != STATUS_OK)
		return status;
	if (rename(path_aside, path) != 0)
		return why_errno(why, STATUS_IO, "%s", path);
	if (old)
		atomic_store(&old->header->is_superseded, 1);
	return STATUS_OK;
}
