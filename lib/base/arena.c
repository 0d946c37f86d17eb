/*
 * arena: see arena.h. Small objects are cut from blocks that grow geometrically; an object of
 * LARGE_BYTES or more is a block of its own, so that it can be grown by realloc(3) and given back
 * to the system at reset. The malloc twin makes every object a "large" one.
 */
#include "config.h"

#include "lib/base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include "lib/base/must.h"

enum {
	ALIGNMENT = 16,
	FIRST_BLOCK_BYTES = 16 * 1024,
	LAST_BLOCK_BYTES = 512 * 1024,
	LARGE_BYTES = 64 * 1024,
	KEEP_BYTES = 1024 * 1024, /* at reset */
	GIVE_BACK_BYTES = 4 * KEEP_BYTES,
	HUGE_PAGE_BYTES = 2 * 1024 * 1024,
	HOLE_BYTES = 1024, /* smaller ones are not worth being filled */
};

/* Cut into objects from the start. */
struct block {
	struct block *next;
	size_t size_bytes, used_bytes; /* of what follows the header */
	size_t unused;                 /* keeps the header a multiple of ALIGNMENT */
};

/* One object; all of them in a ring with the arena. */
struct large {
	struct large *next, *prev;
	size_t size_bytes;
	const struct arena *arena;
};

/* Where an object of a lasting arena was before it moved to grow. */
struct hole {
	struct hole *next;
	size_t size_bytes;
};

_Static_assert(sizeof(struct block) % ALIGNMENT == 0, "objects behind the header are aligned");
_Static_assert(sizeof(struct large) % ALIGNMENT == 0, "objects behind the header are aligned");

struct hook {
	struct hook *next;
	void (*fn)(void *data);
	void *data;
};

struct arena {
	char *name;
	size_t cap_bytes, used_bytes;
	size_t next_block_bytes;
	size_t large_bytes; /* objects of so many are a block of their own */
	bool is_twin, is_lasting;
	struct block *block; /* the newest first: objects come from it */
	struct block *spare; /* empty ones, kept by the last reset */
	char *newest;        /* the newest object of block; NULL after reset */
	struct large large;  /* head of the ring */
	struct hook *hooks;  /* the newest first */
	struct hole *holes;
};

static bool twin_wanted(void)
{
#ifdef ARENA_MALLOC
	return true;
#else
	const char *wanted = getenv("WHORL_ARENA_MALLOC");
	return wanted && wanted[0] && wanted[0] != '0';
#endif
}

static void *must_malloc(size_t size_bytes)
{
	void *memory = malloc(size_bytes);
	must(memory != NULL);
	return memory;
}

struct arena *arena_new(const char *name, size_t cap_bytes)
{
	struct arena *arena = calloc(1, sizeof *arena);
	must(arena != NULL);
	arena->name = strdup(name);
	must(arena->name != NULL);
	arena->cap_bytes = cap_bytes;
	arena->next_block_bytes = FIRST_BLOCK_BYTES;
	arena->large_bytes = LARGE_BYTES;
	arena->is_twin = twin_wanted();
	arena->large.next = arena->large.prev = &arena->large;
	return arena;
}

struct arena *arena_new_lasting(const char *name)
{
	struct arena *arena = arena_new(name, 0);
	arena->is_lasting = true;
	arena->large_bytes = HUGE_PAGE_BYTES / 2;
	return arena;
}

/* --- accounting ------------------------------------------------------------------------------- */

static void count_bytes(struct arena *arena, size_t size_bytes)
{
	arena->used_bytes += size_bytes;
	must(arena->cap_bytes == 0 || arena->used_bytes / 2 <= arena->cap_bytes);
}

static size_t round_up(size_t size_bytes)
{
	must(size_bytes < SIZE_MAX / 4);
	if (size_bytes == 0)
		return ALIGNMENT;
	return (size_bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

bool arena_exhausted(const struct arena *arena)
{
	return arena->cap_bytes && arena->used_bytes > arena->cap_bytes;
}

size_t arena_used_bytes(const struct arena *arena)
{
	return arena->used_bytes;
}

const char *arena_name(const struct arena *arena)
{
	return arena->name;
}

/* --- objects of their own --------------------------------------------------------------------- */

static void large_link(struct arena *arena, struct large *large)
{
	large->next = arena->large.next;
	large->prev = &arena->large;
	large->next->prev = large;
	large->prev->next = large;
}

static void large_unlink(struct large *large)
{
	large->next->prev = large->prev;
	large->prev->next = large->next;
}

static void *large_alloc(struct arena *arena, size_t size_bytes)
{
	struct large *large = must_malloc(sizeof *large + size_bytes);
	large->size_bytes = size_bytes;
	large->arena = arena;
	large_link(arena, large);
	count_bytes(arena, size_bytes);
	return large + 1;
}

static void *large_grow(struct arena *arena, void *data, size_t new_bytes)
{
	struct large *large = (struct large *)data - 1;
	must(large->arena == arena);
	if (new_bytes <= large->size_bytes)
		return data;
	count_bytes(arena, new_bytes - large->size_bytes);
	large_unlink(large);
	large = realloc(large, sizeof *large + new_bytes);
	must(large != NULL);
	large->size_bytes = new_bytes;
	large_link(arena, large);
	return large + 1;
}

/* --- objects in blocks ------------------------------------------------------------------------ */

static char *block_data(struct block *block)
{
	return (char *)(block + 1);
}

/* A whole page of the large kind, where the system has them. */
static struct block *new_lasting_block(void)
{
	struct block *block = aligned_alloc(HUGE_PAGE_BYTES, HUGE_PAGE_BYTES);
	must(block != NULL);
#ifdef MADV_HUGEPAGE
	(void)madvise(block, HUGE_PAGE_BYTES, MADV_HUGEPAGE);
#endif
	block->size_bytes = HUGE_PAGE_BYTES - sizeof *block;
	return block;
}

static void add_block(struct arena *arena)
{
	struct block *block = arena->spare;
	if (block) {
		arena->spare = block->next;
	} else if (arena->is_lasting) {
		block = new_lasting_block();
	} else {
		block = must_malloc(sizeof *block + arena->next_block_bytes);
		block->size_bytes = arena->next_block_bytes;
		if (arena->next_block_bytes < LAST_BLOCK_BYTES)
			arena->next_block_bytes *= 2;
	}
	block->used_bytes = 0;
	block->next = arena->block;
	arena->block = block;
}

static bool block_has_room(const struct block *block, size_t size_bytes)
{
	return block && block->size_bytes - block->used_bytes >= size_bytes;
}

static void add_hole(struct arena *arena, void *data, size_t size_bytes)
{
	struct hole *hole = data;
	if (!arena->is_lasting || size_bytes < HOLE_BYTES)
		return;
	*hole = (struct hole){arena->holes, size_bytes};
	arena->holes = hole;
}

/* The end of the first hole that is large enough; NULL: there is none. */
static void *fill_hole(struct arena *arena, size_t size_bytes)
{
	for (struct hole **at = &arena->holes; *at; at = &(*at)->next) {
		struct hole *hole = *at;
		if (hole->size_bytes < size_bytes + sizeof *hole)
			continue;
		hole->size_bytes -= size_bytes;
		if (hole->size_bytes < HOLE_BYTES)
			*at = hole->next;
		return (char *)hole + hole->size_bytes;
	}
	return NULL;
}

/* The newest block has room. */
static inline void *take(struct arena *arena, size_t size_bytes)
{
	struct block *block = arena->block;
	arena->newest = block_data(block) + block->used_bytes;
	block->used_bytes += size_bytes;
	count_bytes(arena, size_bytes);
	return arena->newest;
}

static void *block_alloc(struct arena *arena, size_t size_bytes)
{
	void *data = fill_hole(arena, size_bytes);
	if (data) {
		count_bytes(arena, size_bytes);
		return data;
	}
	/* A block has at least FIRST_BLOCK_BYTES; a larger object may pass over some spare ones. */
	while (!block_has_room(arena->block, size_bytes))
		add_block(arena);
	return take(arena, size_bytes);
}

static bool block_grow(struct arena *arena, const void *data, size_t old_bytes, size_t new_bytes)
{
	if (data != arena->newest || new_bytes >= arena->large_bytes)
		return false;
	struct block *block = arena->block;
	size_t start = (size_t)(arena->newest - block_data(block));
	must(block->used_bytes - start >= old_bytes);
	if (block->size_bytes - start < new_bytes)
		return false;
	if (start + new_bytes > block->used_bytes) {
		count_bytes(arena, start + new_bytes - block->used_bytes);
		block->used_bytes = start + new_bytes;
	}
	return true;
}

/* --- allocation ------------------------------------------------------------------------------- */

__attribute__((noinline)) static void *alloc_elsewhere(struct arena *arena, size_t size_bytes)
{
	if (arena->is_twin)
		return large_alloc(arena, size_bytes);
	size_bytes = round_up(size_bytes);
	if (size_bytes >= arena->large_bytes)
		return large_alloc(arena, size_bytes);
	return block_alloc(arena, size_bytes);
}

/* A scan asks two thousand times; mostly there is room, and then this is short. */
void *arena_alloc(struct arena *arena, size_t size_bytes)
{
	size_t rounded = size_bytes < LARGE_BYTES ? round_up(size_bytes) : LARGE_BYTES;
	if (rounded < LARGE_BYTES && !arena->is_twin && !arena->holes &&
	    block_has_room(arena->block, rounded))
		return take(arena, rounded);
	return alloc_elsewhere(arena, size_bytes);
}

void *arena_calloc(struct arena *arena, size_t count, size_t size_bytes)
{
	must(size_bytes == 0 || count <= SIZE_MAX / 4 / size_bytes);
	size_t total_bytes = count * size_bytes;
	return memset(arena_alloc(arena, total_bytes), 0, total_bytes);
}

void *arena_grow(struct arena *arena, void *data, size_t old_bytes, size_t new_bytes)
{
	if (!data)
		return arena_alloc(arena, new_bytes);
	if (arena->is_twin)
		return large_grow(arena, data, new_bytes);
	if (new_bytes <= old_bytes)
		return data;
	new_bytes = round_up(new_bytes);
	if (old_bytes >= arena->large_bytes)
		return large_grow(arena, data, new_bytes);
	if (block_grow(arena, data, old_bytes, new_bytes))
		return data;
	void *copy = arena_alloc(arena, new_bytes);
	memcpy(copy, data, old_bytes);
	add_hole(arena, data, round_up(old_bytes));
	return copy;
}

/* --- the end ---------------------------------------------------------------------------------- */

void arena_on_reset(struct arena *arena, void (*fn)(void *data), void *data)
{
	struct hook *hook = arena_alloc(arena, sizeof *hook);
	*hook = (struct hook){arena->hooks, fn, data};
	arena->hooks = hook;
}

static void run_hooks(struct arena *arena)
{
	while (arena->hooks) {
		struct hook *hook = arena->hooks;
		arena->hooks = hook->next;
		hook->fn(hook->data);
	}
}

static void free_large(struct arena *arena)
{
	struct large *large = arena->large.next;
	while (large != &arena->large) {
		struct large *next = large->next;
		free(large);
		large = next;
	}
	arena->large.next = arena->large.prev = &arena->large;
}

static void free_blocks(struct block *block)
{
	while (block) {
		struct block *next = block->next;
		free(block);
		block = next;
	}
}

void arena_reset(struct arena *arena)
{
	size_t used_bytes = arena->used_bytes;

	run_hooks(arena);
	free_large(arena);

	size_t kept_bytes = 0;
	for (const struct block *spare = arena->spare; spare; spare = spare->next)
		kept_bytes += spare->size_bytes;
	while (arena->block) {
		struct block *block = arena->block;
		arena->block = block->next;
		if (kept_bytes + block->size_bytes > KEEP_BYTES) {
			free(block);
			continue;
		}
		kept_bytes += block->size_bytes;
		block->next = arena->spare;
		arena->spare = block;
	}
	arena->newest = NULL;
	arena->holes = NULL;
	arena->used_bytes = 0;
	if (used_bytes >= GIVE_BACK_BYTES) /* a large message does not stay with the process */
		arena_trim();
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	run_hooks(arena);
	free_large(arena);
	free_blocks(arena->block);
	free_blocks(arena->spare);
	free(arena->name);
	free(arena);
}

void arena_trim(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

/* --- text ------------------------------------------------------------------------------------- */

struct str arena_str(struct arena *arena, struct str s)
{
	return str_make(arena_cstr(arena, s), s.len);
}

char *arena_cstr(struct arena *arena, struct str s)
{
	char *copy = arena_alloc(arena, s.len + 1);
	if (s.len)
		memcpy(copy, s.ptr, s.len);
	copy[s.len] = '\0';
	return copy;
}

struct str arena_printf(struct arena *arena, const char *format, ...)
{
	char first_try[256];
	va_list args;
	va_start(args, format);
	int len = vsnprintf(first_try, sizeof first_try, format, args);
	va_end(args);
	must(len >= 0);
	if ((size_t)len < sizeof first_try)
		return arena_str(arena, str_make(first_try, (size_t)len));

	char *text = arena_alloc(arena, (size_t)len + 1);
	va_start(args, format);
	vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return str_make(text, (size_t)len);
}

struct str arena_lower(struct arena *arena, struct str s)
{
	char *copy = arena_alloc(arena, s.len + 1);
	str_lower_into(copy, s);
	copy[s.len] = '\0';
	return str_make(copy, s.len);
}
