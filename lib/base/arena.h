/*
 * arena: memory of one lifetime. Three of them, told by the parameter's name: `keep` (the process:
 * rules, configuration), `worker` (one child), `scan` (one message, reset after the reply).
 * Nothing in an arena is freed singly. Allocation never fails towards the caller: past the soft cap
 * arena_exhausted() turns true and the caller of a stage gives the client a temporary failure; past
 * twice the soft cap, or when the system has no memory, the process dies through must().
 * With WHORL_ARENA_MALLOC=1 in the environment (or built with --enable-arena-malloc) every object
 * is a malloc of its own, so that the sanitizers and valgrind see its bounds. An object that grows
 * may move: the old bytes are gone then, and so are views of them. Memory is aligned for any
 * object. Not thread-safe.
 */
#ifndef WHORL_BASE_ARENA_H
#define WHORL_BASE_ARENA_H

#include "lib/base/str.h"

struct arena;

/* cap_bytes 0 means without a cap. Owned by the caller: arena_free(). */
struct arena *arena_new(const char *name, size_t cap_bytes);
/* For what is made once, and then read all the time: in huge pages of the system, if it has any, so
 * that the processor finds it without looking up where thousands of small ones are. Takes up to 2
 * MiB more. */
struct arena *arena_new_lasting(const char *name);
/* Forget all objects; keeps up to 1 MiB of blocks for the next use. */
void arena_reset(struct arena *arena);
void arena_free(struct arena *arena);
/* After much has been freed: what malloc(3) keeps goes back to the system. It takes milliseconds.
 */
void arena_trim(void);

/* Call fn(data) once, at the next reset or free, before the memory goes; the newest first. For
 * things that live outside of the arena but no longer than it (compiled regexes, descriptors). */
void arena_on_reset(struct arena *arena, void (*fn)(void *data), void *data);

void *arena_alloc(struct arena *arena, size_t size_bytes);
/* Zeroed; count * size_bytes is checked for overflow. */
void *arena_calloc(struct arena *arena, size_t count, size_t size_bytes);
/* A copy of old_bytes of data in room for new_bytes; in place when data is the newest object. */
void *arena_grow(struct arena *arena, void *data, size_t old_bytes, size_t new_bytes);

#define ARENA_NEW(arena, type)          ((type *)arena_calloc((arena), 1, sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_calloc((arena), (count), sizeof(type)))

/* Copies; both are NUL-terminated behind their length. */
struct str arena_str(struct arena *arena, struct str s);
char *arena_cstr(struct arena *arena, struct str s);
struct str arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
struct str arena_lower(struct arena *arena, struct str s); /* ASCII only */

bool arena_exhausted(const struct arena *arena);
size_t arena_used_bytes(const struct arena *arena);
const char *arena_name(const struct arena *arena);

#endif
