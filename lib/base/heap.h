/*
 * heap: a priority queue in an array: a binary heap, the first of its order in front. Over a vec:
 *	vec_push(arena, &due, item);
 *	heap_add(due.items, due.n, sizeof *due.items, is_before);
 *	heap_take(due.items, &due.n, sizeof *due.items, is_before, &first);
 * Of items that are equal in their order any may come first; who cares orders by their number, too.
 */
#ifndef WHORL_BASE_HEAP_H
#define WHORL_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>

typedef bool heap_order(const void *a, const void *b); /* a comes before b */

/* The last of n items, the rest of which are a heap, is put where it belongs. */
void heap_add(void *items, size_t n, size_t item_bytes, heap_order *is_before);
/* The first of *n items, of which there must be one, goes to first_out. */
void heap_take(void *items, size_t *n, size_t item_bytes, heap_order *is_before, void *first_out);

#endif
