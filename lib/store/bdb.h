/*
 * bdb: reads Berkeley DB hash files (versions 2 to 5.3: what Perl's DB_File, makemap(8) and
 * postmap(1) write) without their library. It trusts nothing in the file: every offset is checked,
 * every chain of pages is bounded. Never writes; takes no lock.
 */
#ifndef WHORL_STORE_BDB_H
#define WHORL_STORE_BDB_H

#include <stdint.h>
#include "lib/base/arena.h"
#include "lib/base/why.h"

struct bdb {
	struct arena *arena;
	int fd;
	uint32_t page_bytes, n_pages;
	bool is_swapped;    /* written on a machine of the other byte order */
	bool is_hash_known; /* the file's hash function is ours: one bucket is enough */
	uint32_t max_bucket, high_mask, low_mask;
	uint32_t spares[32];
	unsigned char *page, *overflow; /* of page_bytes, the ones read last */
	size_t n_damaged;               /* places that could not be read */
};

/* Opens path for reading. STATUS_NOT_FOUND, STATUS_IO, STATUS_INVALID: no such hash file. Buffers
 * are in arena; end with bdb_close(). */
enum status bdb_open(struct arena *arena, const char *path, struct bdb *bdb_out, struct why *why);
void bdb_close(struct bdb *bdb);
/* The value of key, in the arena; ptr NULL when there is none, or it cannot be read. */
struct str bdb_find(struct bdb *bdb, struct str key);
/* visit() gets each pair, in no order, until it says false; views are good for the call only. */
void bdb_walk(struct bdb *bdb, bool (*visit)(void *data, struct str key, struct str value),
	      void *data);
/* Open, walk, close. Damaged places are left out and counted in *n_damaged_out. */
enum status bdb_read(struct arena *scratch, const char *path,
		     bool (*visit)(void *data, struct str key, struct str value), void *data,
		     size_t *n_damaged_out, struct why *why);

#endif
