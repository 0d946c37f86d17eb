/* custody: see custody.h. */
#include "lib/server/custody.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROOM_BYTES = 1024 * 1024 }; /* the memory file is cut to this when it has grown beyond it */

enum state { NOTHING, OFFERED, KEPT, TORN, ENDED };

struct page {
	_Atomic int state;
	_Atomic uint64_t length; /* of the bytes in the file that count */
	_Atomic unsigned n_turns;
	_Atomic bool is_wanted; /* the parent sleeps till there is one more */
	struct parcel parcel;
};

struct custody {
	struct page *page;
	char *room; /* the beginning of the file, where nearly every request has room enough */
	int fd;
	uint64_t size; /* of the file, as the child knows it; less than ROOM_BYTES counts as that */
	bool broken;   /* the file could not be written: this request goes without */
};

static void *map(int fd, size_t size_bytes)
{
	int flags = MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0);
	void *memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, flags, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

struct custody *custody_new(void)
{
	struct custody *custody = calloc(1, sizeof *custody);

	if (!custody)
		return NULL;
	custody->page = map(-1, sizeof *custody->page);
	custody->fd = memfd_create("custody", MFD_CLOEXEC);
	if (custody->fd >= 0 && ftruncate(custody->fd, ROOM_BYTES) == 0)
		custody->room = map(custody->fd, ROOM_BYTES);
	if (custody->page && custody->room)
		return custody;
	custody_free(custody);
	return NULL;
}

void custody_free(struct custody *custody)
{
	if (!custody)
		return;
	if (custody->page)
		munmap(custody->page, sizeof *custody->page);
	if (custody->room)
		munmap(custody->room, ROOM_BYTES);
	if (custody->fd >= 0)
		close(custody->fd);
	free(custody);
}

/* --- in the child ------------------------------------------------------------------------------
 */

/* What fits into the room costs no system call. */
static bool write_at(struct custody *custody, struct str bytes, uint64_t at)
{
	if (at < ROOM_BYTES && bytes.len <= ROOM_BYTES - at) {
		if (bytes.len > 0)
			memcpy(custody->room + at, bytes.ptr, bytes.len);
		return true;
	}
	while (bytes.len > 0) {
		ssize_t n = pwrite(custody->fd, bytes.ptr, bytes.len, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes = str_from_at(bytes, (size_t)n);
		at += (uint64_t)n;
	}
	return true;
}

static void make_ready(struct custody *custody)
{
	custody->broken = false;
	if (custody->size > ROOM_BYTES && ftruncate(custody->fd, ROOM_BYTES) == 0)
		custody->size = ROOM_BYTES;
}

static void begin(struct custody *custody, const struct parcel *parcel, enum state state)
{
	custody->page->state = NOTHING;
	make_ready(custody);
	custody->page->length = 0;
	custody->page->parcel = *parcel;
	custody->page->state = (int)state;
}

void custody_begin(struct custody *custody, const struct parcel *parcel)
{
	if (custody)
		begin(custody, parcel, KEPT);
}

void custody_go_into(struct custody *custody, struct parcel *parcel_out)
{
	custody->page->state = KEPT;
	make_ready(custody);
	*parcel_out = custody->page->parcel;
}

void custody_update(struct custody *custody, const struct parcel *parcel)
{
	if (custody)
		custody->page->parcel = *parcel;
}

void custody_before_read(struct custody *custody)
{
	if (custody)
		custody->page->state = TORN;
}

void custody_after_read(struct custody *custody, struct str bytes)
{
	if (!custody || custody->broken)
		return;
	if (!write_at(custody, bytes, custody->page->length)) {
		custody->broken = true; /* stays torn */
		return;
	}
	custody->page->length += bytes.len;
	if (custody->page->length > custody->size)
		custody->size = custody->page->length;
	custody->page->state = KEPT;
}

void custody_end(struct custody *custody)
{
	if (custody)
		custody->page->state = ENDED;
}

void custody_go_on(struct custody *custody)
{
	if (custody)
		custody->page->state = custody->broken ? TORN : KEPT;
}

/* Either the parent, which looks behind its wish, sees the number, or the child sees the wish. */
bool custody_be_through(struct custody *custody)
{
	atomic_fetch_add(&custody->page->n_turns, 1);
	return atomic_load(&custody->page->is_wanted);
}

/* --- in the parent -----------------------------------------------------------------------------
 */

/* Bytes of an earlier, longer request go. */
static bool cut_to(int fd, uint64_t length)
{
	struct stat info;

	return fstat(fd, &info) == 0 && (uint64_t)info.st_size >= length &&
	       ftruncate(fd, (off_t)length) == 0;
}

void custody_offer(struct custody *custody, const struct parcel *parcel)
{
	begin(custody, parcel, OFFERED);
}

bool custody_is_offered(const struct custody *custody)
{
	return atomic_load(&custody->page->state) == OFFERED;
}

unsigned custody_turns(const struct custody *custody)
{
	return atomic_load(&custody->page->n_turns);
}

void custody_want_turns(struct custody *custody, bool wanted)
{
	atomic_store(&custody->page->is_wanted, wanted);
}

enum custody_fate custody_give(struct custody *custody, int queue_fd, int conn_fd)
{
	struct parcel parcel = custody->page->parcel;
	uint64_t length = custody->page->length;

	switch (atomic_load(&custody->page->state)) {
	case NOTHING:
	case TORN:
		return CUSTODY_LOST;
	case OFFERED:
	case KEPT:
		break;
	default:
		return CUSTODY_OVER;
	}
	if (++parcel.n_deaths >= CUSTODY_DEATHS_MAX)
		return CUSTODY_DEADLY;
	if (!cut_to(custody->fd, length))
		return CUSTODY_LOST;
	return parcel_send_file(queue_fd, &parcel, conn_fd, length > 0 ? custody->fd : -1)
		       ? CUSTODY_GIVEN
		       : CUSTODY_LOST;
}
