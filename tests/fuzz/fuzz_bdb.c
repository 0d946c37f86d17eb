/* Any bytes as a Berkeley DB file: walked through, and a key looked up. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/store/bdb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take(void *data, struct str key, struct str value)
{
	*(size_t *)data += key.len + value.len;
	return *(size_t *)data < 1 << 24;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new("fuzz", 0);
	int fd = memfd_create("bdb", MFD_CLOEXEC);
	size_t n_bytes = 0;
	char path[64];
	struct bdb bdb;

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (write(fd, data, size) == (ssize_t)size &&
	    bdb_open(arena, path, &bdb, NULL) == STATUS_OK) {
		bdb_walk(&bdb, take, &n_bytes);
		bdb_find(&bdb, STR_LIT("user@example.org|ip=none"));
		bdb_close(&bdb);
	}
	close(fd);
	arena_free(arena);
	return 0;
}
