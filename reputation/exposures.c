/* exposures: see exposures.h. A hash table of buckets that are full at WAYS keys. */
#include "reputation/exposures.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/must.h"

enum { SLOTS = 1 << 16, WAYS = 8, HEADER_BYTES = 4096, DAY_S = 86400 };

static const char magic[8] = "WHORLX2";

struct slot {
	uint64_t key;
	uint8_t algorithm; /* 0: empty */
	uint8_t unused[7];
	struct seen_tally tally;
};

struct exposures {
	void *map;
	struct slot *slots;
};

static const size_t file_bytes = HEADER_BYTES + SLOTS * sizeof(struct slot);

/* --- the file --- */

static void unmap(void *data)
{
	struct exposures *exposures = data;

	munmap(exposures->map, file_bytes);
}

static bool is_sound(int fd)
{
	char head[sizeof magic];
	struct stat info;

	return fstat(fd, &info) == 0 && info.st_size == (off_t)file_bytes &&
	       pread(fd, head, sizeof head, 0) == (ssize_t)sizeof head &&
	       memcmp(head, magic, sizeof magic) == 0;
}

/* A full disk must show now, not as a signal at a store into the map. */
static enum status make_anew(int fd, const char *path, struct why *why)
{
	int error = ftruncate(fd, 0) == 0 ? posix_fallocate(fd, 0, (off_t)file_bytes) : errno;

	if (!error && pwrite(fd, magic, sizeof magic, 0) != (ssize_t)sizeof magic)
		error = errno;
	errno = error;
	return error ? why_errno(why, STATUS_IO, "%s", path) : STATUS_OK;
}

static enum status map_fd(struct exposures *exposures, int fd, const char *path,
			  enum exposures_mode mode, struct why *why)
{
	int protection = mode == EXPOSURES_WRITE ? PROT_READ | PROT_WRITE : PROT_READ;

	if (!is_sound(fd)) {
		if (mode == EXPOSURES_READ)
			return why_set(why, STATUS_INVALID, "%s: no file of exposures", path);
		if (make_anew(fd, path, why) != STATUS_OK)
			return why->status;
	}
	exposures->map = mmap(NULL, file_bytes, protection, MAP_SHARED, fd, 0);
	if (exposures->map == MAP_FAILED)
		return why_errno(why, STATUS_IO, "%s", path);
	exposures->slots = (struct slot *)((char *)exposures->map + HEADER_BYTES);
	return STATUS_OK;
}

enum status exposures_open(struct arena *arena, const char *state, enum exposures_mode mode,
			   struct exposures **exposures_out, struct why *why)
{
	struct exposures *exposures = ARENA_NEW(arena, struct exposures);
	const char *path = arena_printf(arena, "%s/exposures", state).ptr;
	int flags = mode == EXPOSURES_WRITE ? O_RDWR | O_CREAT : O_RDONLY;
	int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0644);
	struct why here;

	if (fd < 0)
		return why_errno(why, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, "%s", path);
	enum status status = map_fd(exposures, fd, path, mode, why ? why : &here);
	close(fd);
	if (status != STATUS_OK)
		return status;
	arena_on_reset(arena, unmap, exposures);
	*exposures_out = exposures;
	return STATUS_OK;
}

/* --- keys --- */

static struct slot *bucket_of(const struct exposures *exposures, struct trust_key_id id)
{
	uint64_t mixed = (id.key ^ id.algorithm) * UINT64_C(0x9e3779b97f4a7c15);

	return exposures->slots + (mixed >> 32) % (SLOTS / WAYS) * WAYS;
}

void exposures_expect(const struct exposures *exposures, struct trust_key_id id)
{
	const struct slot *bucket = bucket_of(exposures, id);

	for (size_t i = 0; i < WAYS; i++)
		__builtin_prefetch(&bucket[i]);
}

static struct slot *find(const struct exposures *exposures, struct trust_key_id id)
{
	struct slot *bucket = bucket_of(exposures, id);

	for (size_t i = 0; i < WAYS; i++)
		if (bucket[i].key == id.key && bucket[i].algorithm == id.algorithm)
			return &bucket[i];
	return NULL;
}

/* What a slot is worth: its count, halved by each day since it last came. */
static uint32_t worth(const struct slot *slot, int64_t now_s)
{
	int64_t age = now_s / DAY_S - slot->tally.day;

	if (!slot->algorithm || age > 31)
		return 0;
	return age > 0 ? slot->tally.seen.n >> age : slot->tally.seen.n;
}

static struct slot *make_room(struct exposures *exposures, struct trust_key_id id, int64_t now_s)
{
	struct slot *bucket = bucket_of(exposures, id), *least = bucket;

	for (size_t i = 1; i < WAYS; i++)
		if (worth(&bucket[i], now_s) < worth(least, now_s))
			least = &bucket[i];
	memset(least, 0, sizeof *least);
	least->key = id.key;
	least->algorithm = id.algorithm;
	return least;
}

void exposures_add(struct exposures *exposures, struct trust_key_id id,
		   const struct seen_mail *mail)
{
	struct slot *slot = find(exposures, id);

	if (!slot)
		slot = make_room(exposures, id, mail->at_s);
	seen_add(&slot->tally, mail);
}

/* Another process may be writing: what is read is bounded again. */
struct seen exposures_at(const struct exposures *exposures, struct trust_key_id id, int64_t now_s)
{
	const struct slot *slot = find(exposures, id);
	struct seen_tally tally = {.day = 0};

	if (slot)
		tally = slot->tally;
	if (tally.seen.n_groups > SEEN_GROUPS_MAX)
		tally.seen.n_groups = SEEN_GROUPS_MAX;
	return seen_at(&tally, now_s);
}

struct seen *exposures_of(struct arena *arena, const struct exposures *exposures,
			  const struct trust_key_id *keys, size_t n, int64_t now_s)
{
	struct seen *seen = ARENA_ARRAY(arena, struct seen, n + 1);

	for (size_t i = 0; i < n; i++)
		seen[i] = exposures_at(exposures, keys[i], now_s);
	return seen;
}
