/* lines: see lines.h. */
#include "lib/base/lines.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct lines {
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

bool lines_add(struct lines *lines, const char *line, size_t n_bytes)
{
	uint32_t at = waiting(lines);

	if (n_bytes > LINES_BYTES - at)
		return false;
	memcpy(lines->text + at, line, n_bytes);
	atomic_store_explicit(&lines->n_bytes, at + (uint32_t)n_bytes, memory_order_release);
	return true;
}

void lines_write(struct lines *lines, int fd)
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
