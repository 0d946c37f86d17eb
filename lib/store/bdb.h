/*
 * bdb: reads the pairs out of a Berkeley DB hash file (versions 2 to 5.3, what Perl's DB_File
 * makes), without its library: pages are looked through one after the other, buckets don't matter.
 * Never writes.
 */
#ifndef WHORL_STORE_BDB_H
#define WHORL_STORE_BDB_H

#include "lib/base/arena.h"
#include "lib/base/why.h"

enum { BDB_FILE_BYTES_MAX = 1 << 30 };

/*
 * visit() gets each pair, in no order, until it says false; views are good for the call only.
 * STATUS_NOT_FOUND, STATUS_INVALID (not such a file; damaged pages are left out and counted in
 * *n_damaged_out). scratch holds the file meanwhile.
 */
enum status bdb_read(struct arena *scratch, const char *path,
		     bool (*visit)(void *data, struct str key, struct str value), void *data,
		     size_t *n_damaged_out, struct why *why);

#endif
