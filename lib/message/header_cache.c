/*
 * header_cache: see header_cache.h. A few hundred rules ask for a few dozen headers, so that an
 * answer must cost less than what is asked of it: the hash of a name comes with its spec, and
 * whatever the code asks for by text is found by that text. Entries stand close together, in order
 * of insertion; a table of their numbers, open addressing with linear probing, finds them. Names
 * come from rules and code, not from mail, and need no keyed hash.
 */
#include "lib/message/header_cache.h"

enum { FIRST_SIZE = 512, KIND_TEXT = -1 };

struct slot {
	struct header_answer *answer; /* NULL: of a key that is looked for */
	struct str name;
	int kind;
	unsigned mods;
	uint32_t hash;
};

VEC_OF(slot_vec, struct slot);

struct header_cache {
	struct arena *scan;
	struct slot_vec slots;
	uint32_t *table; /* slot number + 1; 0 is free */
	size_t size;     /* of the table: a power of two */
	struct str_vec *lists[HEADER_LISTS];
};

uint32_t header_name_hash(struct str name)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (unsigned char)name.ptr[i]) * 16777619u;
	return hash;
}

struct header_cache *header_cache_new(struct arena *scan)
{
	struct header_cache *cache = ARENA_NEW(scan, struct header_cache);

	cache->scan = scan;
	cache->size = FIRST_SIZE;
	cache->table = ARENA_ARRAY(scan, uint32_t, cache->size);
	return cache;
}

void header_cache_clear(struct header_cache *cache)
{
	memset(cache->table, 0, cache->size * sizeof *cache->table);
	memset(cache->lists, 0, sizeof cache->lists);
	cache->slots.n = 0;
}

struct str_vec **header_cache_list(struct header_cache *cache, enum header_list list)
{
	return &cache->lists[list];
}

static uint32_t mix(uint32_t hash, int kind, unsigned mods)
{
	hash ^= ((unsigned)kind * 0x9e3779b1u) ^ (mods * 0x85ebca6bu);
	return hash ^ hash >> 15;
}

static bool same_key(const struct slot *slot, const struct slot *key)
{
	return slot->hash == key->hash && slot->kind == key->kind && slot->mods == key->mods &&
	       str_eq(slot->name, key->name);
}

/* Where in the table the key is, or would be. */
static uint32_t *place_of(const struct header_cache *cache, const struct slot *key)
{
	size_t mask = cache->size - 1;
	size_t at = key->hash & mask;

	while (cache->table[at] && !same_key(&cache->slots.items[cache->table[at] - 1], key))
		at = (at + 1) & mask;
	return &cache->table[at];
}

static struct header_answer *find(const struct header_cache *cache, struct slot key)
{
	uint32_t number = *place_of(cache, &key);

	return number ? cache->slots.items[number - 1].answer : NULL;
}

static void grow(struct header_cache *cache)
{
	cache->size *= 2;
	cache->table = ARENA_ARRAY(cache->scan, uint32_t, cache->size);
	for (size_t i = 0; i < cache->slots.n; i++)
		*place_of(cache, &cache->slots.items[i]) = (uint32_t)(i + 1);
}

static void put(struct header_cache *cache, struct slot entry)
{
	uint32_t *number = place_of(cache, &entry);

	if (*number) {
		cache->slots.items[*number - 1] = entry;
		return;
	}
	vec_push(cache->scan, &cache->slots, entry);
	*number = (uint32_t)cache->slots.n;
	if (cache->slots.n * 2 > cache->size)
		grow(cache);
}

static struct slot key_of(const struct header_spec *spec)
{
	return (struct slot){
		.name = spec->name,
		.kind = (int)spec->kind,
		.mods = spec->mods,
		.hash = mix(spec->name_hash, (int)spec->kind, spec->mods),
	};
}

static struct slot key_of_text(const char *text)
{
	struct str name = str_from(text);

	return (struct slot){
		.name = name, .kind = KIND_TEXT, .hash = mix(header_name_hash(name), KIND_TEXT, 0)};
}

struct header_answer *header_cache_find(const struct header_cache *cache,
					const struct header_spec *spec)
{
	return find(cache, key_of(spec));
}

struct header_answer *header_cache_find_text(const struct header_cache *cache, const char *text)
{
	return find(cache, key_of_text(text));
}

void header_cache_put(struct header_cache *cache, struct header_answer *answer)
{
	struct slot slot = key_of(&answer->spec);

	slot.answer = answer;
	put(cache, slot);
}

void header_cache_put_text(struct header_cache *cache, const char *text,
			   struct header_answer *answer)
{
	struct slot slot = key_of_text(text);

	slot.name = arena_str(cache->scan, slot.name);
	slot.answer = answer;
	put(cache, slot);
}
