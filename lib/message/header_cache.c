/*
 * header_cache: see header_cache.h. A few hundred rules ask for a few dozen headers, so that an
 * answer must cost less than what is asked of it: the hash of a name comes with its spec, and
 * whatever the code asks for by text is found by that text. Open addressing with linear probing;
 * names come from rules and code, not from mail, and need no keyed hash.
 */
#include "lib/message/header_cache.h"

enum { FIRST_SIZE = 512, KIND_TEXT = -1 };

struct slot {
	struct header_answer *answer; /* NULL: free */
	struct str name;
	int kind;
	unsigned mods;
	uint32_t hash;
};

struct header_cache {
	struct arena *scan;
	struct slot *slots;
	size_t size, n; /* size: a power of two */
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
	cache->slots = ARENA_ARRAY(scan, struct slot, cache->size);
	return cache;
}

void header_cache_clear(struct header_cache *cache)
{
	memset(cache->slots, 0, cache->size * sizeof *cache->slots);
	memset(cache->lists, 0, sizeof cache->lists);
	cache->n = 0;
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

/* The slot of the key, or the free one where it would be. */
static struct slot *slot_of(const struct header_cache *cache, const struct slot *key)
{
	size_t mask = cache->size - 1;
	size_t at = key->hash & mask;

	for (; cache->slots[at].answer; at = (at + 1) & mask) {
		const struct slot *slot = &cache->slots[at];

		if (slot->hash == key->hash && slot->kind == key->kind && slot->mods == key->mods &&
		    str_eq(slot->name, key->name))
			break;
	}
	return &cache->slots[at];
}

static void grow(struct header_cache *cache)
{
	struct header_cache bigger = {.scan = cache->scan, .size = cache->size * 2};

	bigger.slots = ARENA_ARRAY(cache->scan, struct slot, bigger.size);
	for (size_t i = 0; i < cache->size; i++)
		if (cache->slots[i].answer)
			*slot_of(&bigger, &cache->slots[i]) = cache->slots[i];
	cache->slots = bigger.slots;
	cache->size = bigger.size;
}

static void put(struct header_cache *cache, struct slot entry)
{
	struct slot *slot = slot_of(cache, &entry);

	cache->n += !slot->answer;
	*slot = entry;
	if (cache->n * 2 > cache->size)
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
	struct slot key = key_of(spec);

	return slot_of(cache, &key)->answer;
}

struct header_answer *header_cache_find_text(const struct header_cache *cache, const char *text)
{
	struct slot key = key_of_text(text);

	return slot_of(cache, &key)->answer;
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
