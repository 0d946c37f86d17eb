/*
 * map: string keys → pointers, in an arena. Remembers the order of insertion, which is also the
 * order of iteration. Keys are copied into the arena. Hashing is seeded per process.
 */
#ifndef WHORL_BASE_MAP_H
#define WHORL_BASE_MAP_H

#include "lib/base/arena.h"

struct map;

struct map_entry {
	struct str key;
	void *value;
};

struct map *map_new(struct arena *arena);
struct map *map_new_ci(struct arena *arena); /* ASCII case ignored in keys */
/* The value, or NULL. Use map_has() where NULL is a value. */
void *map_find(const struct map *map, struct str key);
void *map_find_c(const struct map *map, const char *key);
bool map_has(const struct map *map, struct str key);
/* Insert or replace; true when the key is new. */
bool map_put(struct map *map, struct str key, void *value);
/* The same without a copy of the key, which lives as long as the map and does not change. */
bool map_put_kept(struct map *map, struct str key, void *value);
bool map_remove(struct map *map, struct str key);
void map_clear(struct map *map);
size_t map_count(const struct map *map);
/* Start with *cursor 0; NULL at the end. Do not insert while iterating. */
const struct map_entry *map_next(const struct map *map, size_t *cursor);
/* A copy in another arena (values shared). */
struct map *map_copy(struct arena *arena, const struct map *map);

#endif
