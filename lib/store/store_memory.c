/* store_memory: a store that ends with the process, for tests. A write transaction works on a copy.
 */
#include <stdlib.h>

#include "lib/base/must.h"
#include "lib/base/vec.h"
#include "lib/base/map.h"
#include "lib/store/store.h"

struct memory_store {
	struct store store;
	struct arena *arena;
	struct map *map;
};

struct memory_txn {
	struct store_txn txn;
	struct map *map;
	bool writable;
};

static void close_memory(struct store *store)
{
	struct memory_store *memory = (struct memory_store *)store;

	arena_free(memory->arena);
	free(memory);
}

static enum status begin(struct store *store, bool writable, struct deadline deadline,
			 struct store_txn **txn_out, struct why *why)
{
	struct memory_store *memory = (struct memory_store *)store;
	struct memory_txn *txn = calloc(1, sizeof *txn);

	(void)deadline;
	(void)why;
	must(txn);
	txn->txn.store = store;
	txn->writable = writable;
	txn->map = writable ? map_copy(memory->arena, memory->map) : memory->map;
	*txn_out = &txn->txn;
	return STATUS_OK;
}

static enum status commit(struct store_txn *base, struct why *why)
{
	struct memory_txn *txn = (struct memory_txn *)base;

	(void)why;
	((struct memory_store *)base->store)->map = txn->map;
	free(txn);
	return STATUS_OK;
}

static void abort_txn(struct store_txn *base)
{
	free(base);
}

static enum status get(struct store_txn *base, struct str key, struct str *value_out)
{
	const struct str *value = map_find(((struct memory_txn *)base)->map, key);

	if (!value)
		return STATUS_NOT_FOUND;
	*value_out = *value;
	return STATUS_OK;
}

static enum status put(struct store_txn *base, struct str key, struct str value, struct why *why)
{
	struct memory_txn *txn = (struct memory_txn *)base;
	struct arena *arena = ((struct memory_store *)base->store)->arena;
	struct str *copy = ARENA_NEW(arena, struct str);

	(void)why;
	must(txn->writable);
	*copy = arena_str(arena, value);
	map_put(txn->map, key, copy);
	return STATUS_OK;
}

static enum status del(struct store_txn *base, struct str key, struct why *why)
{
	(void)why;
	must(((struct memory_txn *)base)->writable);
	map_remove(((struct memory_txn *)base)->map, key);
	return STATUS_OK;
}

static enum status walk(struct store_txn *base, struct str from,
			bool (*visit)(void *data, struct str key, struct str value), void *data,
			struct why *why)
{
	struct memory_txn *txn = (struct memory_txn *)base;
	struct arena *arena = ((struct memory_store *)base->store)->arena;
	struct str_vec keys = {0};
	const struct map_entry *entry;
	size_t cursor = 0;

	(void)why;
	while ((entry = map_next(txn->map, &cursor)) != NULL)
		vec_push(arena, &keys, entry->key);
	str_vec_sort(&keys);
	for (size_t i = 0; i < keys.n; i++)
		if (str_cmp(keys.items[i], from) >= 0 &&
		    !visit(data, keys.items[i], *(struct str *)map_find(txn->map, keys.items[i])))
			break;
	return STATUS_OK;
}

static enum status wipe(struct store_txn *base, struct why *why)
{
	(void)why;
	map_clear(((struct memory_txn *)base)->map);
	return STATUS_OK;
}

static const struct store_def memory_def = {
	.close = close_memory,
	.begin = begin,
	.commit = commit,
	.abort = abort_txn,
	.get = get,
	.put = put,
	.remove = del,
	.walk = walk,
	.wipe = wipe,
};

struct store *store_open_memory(void)
{
	struct memory_store *memory = calloc(1, sizeof *memory);

	must(memory);
	memory->store.def = &memory_def;
	memory->arena = arena_new("store", 0);
	memory->map = map_new(memory->arena);
	return &memory->store;
}
