/*
 * table: what is known of keys, as a file that every process maps: one writer, any number of
 * readers, no lock and no system call on a look-up. An open-addressing hash table of 16-byte slots
 * (linear probing); keys are hashes already. The writer changes slots in place, so that readers see
 * a new verdict at once; a table that has grown is written aside and renamed, and readers map the
 * new one when they next look. The table can be made again from the ledger: it is not synced.
 */
#ifndef WHORL_REPUTATION_TABLE_H
#define WHORL_REPUTATION_TABLE_H

#include <stdint.h>
#include "lib/base/arena.h"
#include "lib/base/why.h"

struct table;

/* What a slot says of a key. */
struct table_value {
	double log_odds; /* clipped to +-32, in steps of 1/1024 */
	uint8_t algorithm, state, class;
	uint8_t groups; /* up to 15 */
	bool has_honeypot;
	uint16_t day; /* of the last report, since 1970 */
};

enum table_mode { TABLE_READ, TABLE_WRITE /* creates it when absent */ };

/* Unmapped with the arena. STATUS_NOT_FOUND, STATUS_INVALID (no table, or of another version),
 * STATUS_IO. */
enum status table_open(struct arena *arena, const char *path, enum table_mode mode,
		       struct table **table_out, struct why *why);
bool table_find(struct table *table, uint64_t key, struct table_value *value_out);
/* Replaces. */
enum status table_put(struct table *table, uint64_t key, const struct table_value *value,
		      struct why *why);
void table_remove(struct table *table, uint64_t key);
enum status table_clear(struct table *table, struct why *why);
size_t table_count(const struct table *table);
/* The table at path_aside in the place of the one at path; readers map it when they next look, a
 * writer at its next table_follow(). */
enum status table_adopt(struct arena *arena, const char *path, const char *path_aside,
			struct why *why);
void table_follow(struct table *table);

#endif
