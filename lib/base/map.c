/*
 * map: see map.h. The entries stand in an array in order of insertion; a table of their numbers,
 * open addressing with linear probing, finds them. A removed entry keeps its place as a tombstone
 * until the table is next rebuilt.
 */
#include "lib/base/map.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>
#include "lib/base/must.h"
#include "lib/base/vec.h"

enum { FIRST_TABLE_SIZE = 16 };

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

/* --- SipHash-1-3 with a key of this process, so that nobody can choose colliding keys --------- */

struct siphash {
	uint64_t v0, v1, v2, v3;
};

static uint64_t rotate(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static void siphash_round(struct siphash *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 = rotate(s->v0, 32) + s->v3;
	s->v2 += s->v1;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v2 = rotate(s->v2, 32);
}

static void siphash_word(struct siphash *s, uint64_t word)
{
	s->v3 ^= word;
	siphash_round(s);
	s->v0 ^= word;
}

/* The only state of its own that this module keeps: drawn once, shared by forked children. */
static const uint64_t *process_key(void)
{
	static uint64_t key[2];
	static bool is_drawn;
	if (!is_drawn) {
		must(getrandom(key, sizeof key, 0) == (ssize_t)sizeof key);
		is_drawn = true;
	}
	return key;
}

static uint64_t load_word(const char *ptr, size_t len, bool lower)
{
	unsigned char bytes[8] = {0};
	memcpy(bytes, ptr, len);
	if (lower)
		for (size_t i = 0; i < len; i++)
			bytes[i] = (unsigned char)ascii_lower((char)bytes[i]);
	uint64_t word;
	memcpy(&word, bytes, sizeof word);
	return word;
}

static uint32_t hash_key(const struct map *map, struct str key)
{
	const uint64_t *k = process_key();
	struct siphash s = {k[0] ^ 0x736f6d6570736575, k[1] ^ 0x646f72616e646f6d,
			    k[0] ^ 0x6c7967656e657261, k[1] ^ 0x7465646279746573};
	size_t at = 0;
	for (; key.len - at >= 8; at += 8)
		siphash_word(&s, load_word(key.ptr + at, 8, map->ignores_case));
	uint64_t tail = at < key.len ? load_word(key.ptr + at, key.len - at, map->ignores_case) : 0;
	siphash_word(&s, tail | (uint64_t)key.len << 56);
	s.v2 ^= 0xff;
	for (int i = 0; i < 3; i++)
		siphash_round(&s);
	uint64_t hash = s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
	return (uint32_t)(hash ^ hash >> 32);
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
