/* vec: see vec.h */
#include "lib/base/vec.h"

#include <stdint.h>
#include <stdlib.h>
#include "lib/base/buf.h"
#include "lib/base/must.h"

enum { FIRST_BYTES = 64 }; /* of the first items, if they are two at least */

void *vec_grow(struct arena *arena, void *items, size_t *cap, size_t item_bytes)
{
	size_t new_cap = *cap                           ? *cap * 2
			 : item_bytes * 2 < FIRST_BYTES ? FIRST_BYTES / item_bytes
							: 2;
	must(new_cap <= SIZE_MAX / 2 / item_bytes);
	items = arena_grow(arena, items, *cap * item_bytes, new_cap * item_bytes);
	*cap = new_cap;
	return items;
}

static int compare_strs(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

void str_vec_sort(struct str_vec *vec)
{
	if (vec->n > 1)
		qsort(vec->items, vec->n, sizeof *vec->items, compare_strs);
}

bool str_vec_has(const struct str_vec *vec, struct str s)
{
	for (size_t i = 0; i < vec->n; i++)
		if (str_eq(vec->items[i], s))
			return true;
	return false;
}

struct str str_vec_join(struct arena *arena, const struct str_vec *vec, const char *separator)
{
	struct buf joined;
	buf_init(&joined, arena);
	for (size_t i = 0; i < vec->n; i++) {
		if (i)
			buf_add_cstr(&joined, separator);
		buf_add_str(&joined, vec->items[i]);
	}
	return str_make(buf_cstr(&joined), joined.len);
}
