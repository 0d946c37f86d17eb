/* heap: what goes in comes out in order, whatever was taken between. */
#include "tests/unit/unit.h"

#include "lib/base/heap.h"
#include "lib/base/vec.h"

struct item {
	uint32_t rank, number;
	char name[3]; /* an odd size */
};
VEC_OF(item_vec, struct item);

static bool is_before(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return x->rank != y->rank ? x->rank < y->rank : x->number < y->number;
}

static void add(struct arena *arena, struct item_vec *heap, uint32_t rank, uint32_t number)
{
	struct item item = {rank, number, {(char)rank, 'x', (char)number}};

	vec_push(arena, heap, item);
	heap_add(heap->items, heap->n, sizeof item, is_before);
}

static struct item take(struct item_vec *heap)
{
	struct item first;

	heap_take(heap->items, &heap->n, sizeof first, is_before, &first);
	assert_int_equal(first.name[0], (char)first.rank);
	assert_int_equal(first.name[2], (char)first.number);
	return first;
}

static void in_order(void **state)
{
	(void)state;
	struct arena *arena = arena_new("test", 0);
	struct item_vec heap = {0};

	for (uint32_t i = 0; i < 1000; i++)
		add(arena, &heap, i * 2654435761u % 100, i);
	struct item last = take(&heap);
	while (heap.n) {
		struct item item = take(&heap);
		assert_true(is_before(&last, &item));
		last = item;
	}
	arena_free(arena);
}

/* Against the least of a plain list. */
static void taken_between(void **state)
{
	(void)state;
	struct arena *arena = arena_new("test", 0);
	struct item_vec heap = {0};
	bool is_in[500] = {false};

	for (uint32_t i = 0; i < 500; i++) {
		add(arena, &heap, i * 40503u % 64, i);
		is_in[i] = true;
		if (i % 3)
			continue;
		struct item first = take(&heap);
		is_in[first.number] = false;
		for (uint32_t k = 0; k <= i; k++) {
			struct item other = {k * 40503u % 64, k, {0}};
			assert_false(is_in[k] && is_before(&other, &first));
		}
	}
	arena_free(arena);
}

static void one(void **state)
{
	(void)state;
	struct arena *arena = arena_new("test", 0);
	struct item_vec heap = {0};

	add(arena, &heap, 7, 1);
	assert_int_equal(take(&heap).rank, 7);
	assert_int_equal(heap.n, 0);
	arena_free(arena);
}

UNIT_MAIN(cmocka_unit_test(in_order), cmocka_unit_test(taken_between), cmocka_unit_test(one))
