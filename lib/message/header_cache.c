/*
 * header_cache: see header_cache.h. A few hundred rules ask for a few dozen headers, so that an
 * answer must cost less than what is asked of it: the hash of a name comes with its spec.
 * Entries stand close together, in order of insertion; a table of their numbers, open addressing
 * with linear probing, finds them. Names come from rules and code, not from mail, and need no keyed
 * hash.
 */
#include "lib/message/header_cache.h"

enum { FIRST_SIZE = 128 };

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
	bool knows_metadata;
	uint64_t metadata_bits;
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
	header_cache_forget_metadata(cache);
}

void header_cache_forget_metadata(struct header_cache *cache)
{
	cache->knows_metadata = false;
	cache->metadata_bits = 0;
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

struct header_answer *header_cache_find(const struct header_cache *cache,
					const struct header_spec *spec)
{
	return find(cache, key_of(spec));
}

void header_cache_put(struct header_cache *cache, struct header_answer *answer)
{
	struct slot slot = key_of(&answer->spec);

	slot.answer = answer;
	put(cache, slot);
}

static uint64_t bit_of(uint32_t name_hash)
{
	return (uint64_t)1 << (name_hash >> 8 & 63);
}

bool header_cache_may_be_metadata(struct header_cache *cache, const struct map *metadata,
				  const struct header_spec *spec)
{
	const struct map_entry *entry;

	for (size_t cursor = 0;
	     !cache->knows_metadata && (entry = map_next(metadata, &cursor)) != NULL;)
		cache->metadata_bits |= bit_of(header_name_hash(entry->key));
	cache->knows_metadata = true;
	return cache->metadata_bits & bit_of(spec->name_hash);
}
