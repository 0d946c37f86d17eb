/*
 * import: SpamAssassin's Berkeley DB files: two pairs an entry, "ADDRESS|ip=NETWORK" → count and
 * "ADDRESS|ip=NETWORK|totscore" → total, in any order. See senders.h.
 */
#include "lib/base/map.h"
#include "lib/base/number.h"
#include "lib/senders/senders.h"
#include "lib/store/bdb.h"

#define TOTAL_SUFFIX "|totscore"

struct import {
	struct arena *arena;
	struct map *entries; /* key → struct sender_entry * */
};

static struct sender_entry *entry_of(struct import *import, struct str key)
{
	struct sender_entry *entry = map_find(import->entries, key);

	if (!entry) {
		entry = ARENA_NEW(import->arena, struct sender_entry);
		map_put(import->entries, key, entry);
	}
	return entry;
}

static bool note_pair(void *data, struct str key, struct str value)
{
	struct import *import = data;
	size_t suffix = sizeof TOTAL_SUFFIX - 1;

	if (key.len > suffix && str_has_suffix_ci(key, TOTAL_SUFFIX))
		entry_of(import, str_sub(key, 0, key.len - suffix))->total = number_perl(value);
	else
		entry_of(import, key)->count = (int64_t)number_perl(value);
	return true;
}

/* Both halves there, and a key of the kind. */
static bool is_entry(struct str text, const struct sender_entry *entry, struct sender_key *key_out)
{
	size_t at = str_find(text, STR_LIT("|ip="));

	if (at == STR_NOT_FOUND || entry->count <= 0)
		return false;
	*key_out = (struct sender_key){str_sub(text, 0, at), str_from_at(text, at + 4), STR_NONE};
	return true;
}

enum status senders_import(struct arena *arena, struct senders *senders, const char *path,
			   size_t *n_out, struct why *why)
{
	struct import import = {arena, map_new(arena)};
	const struct map_entry *pair;
	struct sender_key key;
	size_t cursor = 0, n_damaged;

	*n_out = 0;
	if (bdb_read(arena, path, note_pair, &import, &n_damaged, why) != STATUS_OK)
		return why->status;
	if (n_damaged)
		return why_set(why, STATUS_INVALID, "%s: %zu places are damaged", path, n_damaged);
	while ((pair = map_next(import.entries, &cursor)) != NULL) {
		if (!is_entry(pair->key, pair->value, &key))
			continue;
		if (senders_put(senders, &key, pair->value, why) != STATUS_OK)
			return why->status;
		++*n_out;
	}
	return STATUS_OK;
}
