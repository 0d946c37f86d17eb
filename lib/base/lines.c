/* lines: see lines.h. */
#include "lib/base/lines.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	YIELDS = 50,     /* while the other is at them; then ... */
	WAITS_MS = 1000, /* ... so long, and no longer: it may be stopped */
};

struct lines {
	_Atomic bool is_taken;    /* somebody adds or writes */
	_Atomic uint32_t n_bytes; /* that are whole */
	char text[LINES_BYTES];
};

struct lines *lines_new(void)
{
	struct lines *lines = mmap(NULL, sizeof *lines, PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return lines == MAP_FAILED ? NULL : lines;
}

void lines_free(struct lines *lines)
{
	if (lines)
		munmap(lines, sizeof *lines);
}

/* The number may be what a child that has been taken over has made of it. */
static uint32_t waiting(const struct lines *lines)
{
	uint32_t n_bytes = atomic_load_explicit(&lines->n_bytes, memory_order_acquire);

	return n_bytes <= LINES_BYTES ? n_bytes : 0;
}

static bool try_take(struct lines *lines)
{
	return !atomic_exchange_explicit(&lines->is_taken, true, memory_order_acquire);
}

static bool take(struct lines *lines)
{
	for (int i = 0; i < YIELDS + WAITS_MS; i++) {
		if (try_take(lines))
			return true;
		if (i < YIELDS)
			sched_yield();
		else
			poll(NULL, 0, 1);
	}
	return false;
}

static void leave(struct lines *lines)
{
	atomic_store_explicit(&lines->is_taken, false, memory_order_release);
}

bool lines_add(struct lines *lines, const char *line, size_t n_bytes)
{
	bool has_room;

	if (!take(lines))
		return false;
	uint32_t at = waiting(lines);
	has_room = n_bytes <= LINES_BYTES - at;
	if (has_room) {
		memcpy(lines->text + at, line, n_bytes);
		atomic_store_explicit(&lines->n_bytes, at + (uint32_t)n_bytes,
				      memory_order_release);
	}
	leave(lines);
	return has_room;
}

static void write_all(struct lines *lines, int fd)
{
	uint32_t n_bytes = waiting(lines);
	ssize_t written;

	if (n_bytes == 0)
		return;
	do
		written = write(fd, lines->text, n_bytes);
	while (written < 0 && errno == EINTR);
	atomic_store_explicit(&lines->n_bytes, 0, memory_order_release);
}

void lines_write(struct lines *lines, int fd)
{
	if (waiting(lines) == 0 || !take(lines))
		return;
	write_all(lines, fd);
	leave(lines);
}

void lines_try_write(struct lines *lines, int fd)
{
	if (waiting(lines) == 0 || !try_take(lines))
		return;
	write_all(lines, fd);
	leave(lines);
}

void lines_write_left(struct lines *lines, int fd)
{
	write_all(lines, fd);
}
