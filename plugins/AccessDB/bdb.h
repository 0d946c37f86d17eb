/* bdb: a reader of Berkeley DB hash files as makemap(8) and postmap(1) write them (versions 7 to
 * 10, no encryption, no partitions). It trusts nothing in the file: every offset is checked, every
 * chain of pages is bounded. */
#ifndef WHORL_PLUGINS_BDB_H
#define WHORL_PLUGINS_BDB_H

#include <stdint.h>
#include "lib/base/arena.h"
#include "lib/base/why.h"

struct bdb {
	int fd;
	uint32_t page_bytes, n_pages;
	bool is_swapped;    /* written on a machine of the other byte order */
	bool is_hash_known; /* the file's hash function is ours: one bucket is enough */
	uint32_t max_bucket, high_mask, low_mask;
	uint32_t spares[32];
	unsigned char *page; /* of page_bytes, the one read last */
};

/* Opens path for reading. STATUS_INVALID: no such hash file. The pages' buffer is in arena; end
 * with bdb_close(). */
enum status bdb_open(struct arena *arena, const char *path, struct bdb *bdb_out, struct why *why);
void bdb_close(struct bdb *bdb);
/* The value of key, in arena; ptr NULL when there is none, or it cannot be read. */
struct str bdb_find(struct arena *arena, struct bdb *bdb, struct str key);

#endif
