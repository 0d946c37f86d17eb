/*
 * map: see map.h. The entries stand in an array in order of insertion; a table of their numbers,
 * open addressing with linear probing, finds them. A removed entry keeps its place as a tombstone
 * until the table is next rebuilt.
 */
#include "lib/base/map.h"

#include <stdint.h>
#include <stdlib.h>
#include "lib/base/hash.h"
#include "lib/base/must.h"
#include "lib/base/vec.h"

enum { FIRST_TABLE_SIZE = 16, PIECE_BYTES = 128 };

struct slot {
	struct map_entry entry;
	uint32_t hash;
	bool is_live;
};

VEC_OF(slot_vec, struct slot);

struct map {
	struct arena *arena;
	struct slot_vec slots;
	size_t n_live;
	uint32_t *table;   /* slot number + 1; 0 is free */
	size_t table_size; /* a power of two */
	bool ignores_case;
};

/* --- hashing ---------------------------------------------------------------------------------- */

static uint32_t fold(uint64_t hash)
{
	return (uint32_t)(hash ^ hash >> 32);
}

/* Of a key in lower case, piece by piece. */
static uint32_t hash_lower(struct str key)
{
	char lower[PIECE_BYTES];
	uint64_t hash = 0;
	for (size_t at = 0, n; at < key.len; at += n) {
		n = key.len - at < PIECE_BYTES ? key.len - at : PIECE_BYTES;
		str_lower_into(lower, str_make(key.ptr + at, n));
		hash = hash * 0x9e3779b97f4a7c15 + hash64_private(str_make(lower, n));
	}
	return fold(hash);
}

static uint32_t hash_key(const struct map *map, struct str key)
{
	return map->ignores_case ? hash_lower(key) : fold(hash64_private(key));
}

/* --- the table -------------------------------------------------------------------------------- */

struct map *map_new(struct arena *arena)
{
	struct map *map = ARENA_NEW(arena, struct map);
	map->arena = arena;
	return map;
}

struct map *map_new_ci(struct arena *arena)
{
	struct map *map = map_new(arena);
	map->ignores_case = true;
	return map;
}

static bool same_key(const struct map *map, const struct slot *slot, struct str key, uint32_t hash)
{
	if (!slot->is_live || slot->hash != hash)
		return false;
	return map->ignores_case ? str_eq_ci(slot->entry.key, key) : str_eq(slot->entry.key, key);
}

static struct slot *find_slot(const struct map *map, struct str key, uint32_t hash)
{
	if (map->table_size == 0)
		return NULL;
	size_t mask = map->table_size - 1;
	for (size_t i = hash & mask; map->table[i]; i = (i + 1) & mask) {
		struct slot *slot = &map->slots.items[map->table[i] - 1];
		if (same_key(map, slot, key, hash))
			return slot;
	}
	return NULL;
}

static void enter(struct map *map, size_t number)
{
	size_t mask = map->table_size - 1;
	size_t i = map->slots.items[number].hash & mask;
	while (map->table[i])
		i = (i + 1) & mask;
	map->table[i] = (uint32_t)(number + 1);
}

static void drop_dead_slots(struct map *map)
{
	size_t kept = 0;
	for (size_t i = 0; i < map->slots.n; i++)
		if (map->slots.items[i].is_live)
			map->slots.items[kept++] = map->slots.items[i];
	map->slots.n = kept;
}

/* Room for one more entry with a quarter of the table free. */
static void make_room(struct map *map)
{
	if (map->slots.n + 1 <= map->table_size / 4 * 3)
		return;
	drop_dead_slots(map);
	size_t size = map->table_size ? map->table_size : FIRST_TABLE_SIZE;
	while (map->slots.n + 1 > size / 2)
		size *= 2;
	must(size <= UINT32_MAX);
	if (size > map->table_size)
		map->table =
			arena_grow(map->arena, map->table, map->table_size * sizeof *map->table,
				   size * sizeof *map->table);
	map->table_size = size;
	memset(map->table, 0, size * sizeof *map->table);
	for (size_t i = 0; i < map->slots.n; i++)
		enter(map, i);
}

/* --- the interface ---------------------------------------------------------------------------- */

void *map_find(const struct map *map, struct str key)
{
	const struct slot *slot = find_slot(map, key, hash_key(map, key));
	return slot ? slot->entry.value : NULL;
}

void *map_find_c(const struct map *map, const char *key)
{
	return map_find(map, str_from(key));
}

bool map_has(const struct map *map, struct str key)
{
	return find_slot(map, key, hash_key(map, key)) != NULL;
}

static bool put(struct map *map, struct str key, void *value, bool is_kept)
{
	uint32_t hash = hash_key(map, key);
	struct slot *slot = find_slot(map, key, hash);
	if (slot) {
		slot->entry.value = value;
		return false;
	}
	make_room(map);
	struct slot added = {{is_kept ? key : arena_str(map->arena, key), value}, hash, true};
	vec_push(map->arena, &map->slots, added);
	enter(map, map->slots.n - 1);
	map->n_live++;
	return true;
}

bool map_put(struct map *map, struct str key, void *value)
{
	return put(map, key, value, false);
}

bool map_put_kept(struct map *map, struct str key, void *value)
{
	return put(map, key, value, true);
}

bool map_remove(struct map *map, struct str key)
{
	struct slot *slot = find_slot(map, key, hash_key(map, key));
	if (!slot)
		return false;
	slot->is_live = false;
	slot->entry.value = NULL;
	map->n_live--;
	return true;
}

void map_clear(struct map *map)
{
	map->slots.n = 0;
	map->n_live = 0;
	if (map->table_size)
		memset(map->table, 0, map->table_size * sizeof *map->table);
}

size_t map_count(const struct map *map)
{
	return map->n_live;
}

const struct map_entry *map_next(const struct map *map, size_t *cursor)
{
	while (*cursor < map->slots.n) {
		const struct slot *slot = &map->slots.items[(*cursor)++];
		if (slot->is_live)
			return &slot->entry;
	}
	return NULL;
}

struct map *map_copy(struct arena *arena, const struct map *map)
{
	struct map *copy = map->ignores_case ? map_new_ci(arena) : map_new(arena);
	size_t cursor = 0;
	const struct map_entry *entry;
	while ((entry = map_next(map, &cursor)))
		map_put(copy, entry->key, entry->value);
	return copy;
}
