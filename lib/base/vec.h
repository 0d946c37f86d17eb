/*
 * vec: typed arrays that grow in an arena.
 *	VEC_OF(rule_vec, struct rule *);          defines struct rule_vec { items, n, cap }
 *	vec_push(arena, &v, rule);                the element type is checked
 *	for (size_t i = 0; i < v.n; i++) ... v.items[i]
 */
#ifndef WHORL_BASE_VEC_H
#define WHORL_BASE_VEC_H

#include "lib/base/arena.h"

#define VEC_OF(name, type)                                                                         \
	struct name {                                                                              \
		type *items;                                                                       \
		size_t n, cap;                                                                     \
	}

void *vec_grow(struct arena *arena, void *items, size_t *cap, size_t item_bytes);

#define vec_push(arena, vec, value)                                                                \
	do {                                                                                       \
		if ((vec)->n == (vec)->cap)                                                        \
			(vec)->items = vec_grow((arena), (vec)->items, &(vec)->cap,                \
						sizeof *(vec)->items);                             \
		(vec)->items[(vec)->n++] = (value);                                                \
	} while (0)

VEC_OF(str_vec, struct str);

/* Sort bytewise ascending. */
void str_vec_sort(struct str_vec *vec);
bool str_vec_has(const struct str_vec *vec, struct str s);
/* Pieces joined by separator, in the arena. */
struct str str_vec_join(struct arena *arena, const struct str_vec *vec, const char *separator);

#endif
