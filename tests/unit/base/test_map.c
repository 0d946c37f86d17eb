/* map: order, replacement, removal, a hundred thousand keys. */
#include "tests/unit/unit.h"

#include "lib/base/map.h"

enum { MANY = 100 * 1000 };

static void *value_of(size_t i)
{
	return (void *)(i + 1);
}

static struct str key_of(struct arena *arena, size_t i)
{
	return arena_printf(arena, "key %zu", i * 2654435761u % MANY);
}

static void a_hundred_thousand_keys(void **state)
{
	(void)state;
	struct arena *arena = arena_new("test", 0);
	struct map *map = map_new(arena);
	for (size_t i = 0; i < MANY; i++)
		assert_true(map_put(map, arena_printf(arena, "%zu", i), value_of(i)));
	assert_int_equal(map_count(map), MANY);
	for (size_t i = 0; i < MANY; i++)
		assert_ptr_equal(map_find(map, arena_printf(arena, "%zu", i)), value_of(i));
	assert_null(map_find_c(map, "100000"));

	size_t cursor = 0, n = 0;
	const struct map_entry *entry;
	while ((entry = map_next(map, &cursor)))
		assert_ptr_equal(entry->value, value_of(n++));
	assert_int_equal(n, MANY);
	arena_free(arena);
}

static void replacing_keeps_the_place(void **state)
{
	(void)state;
	struct arena *arena = arena_new("test", 0);
	struct map *map = map_new(arena);
	char key[] = "first";
	assert_true(map_put(map, str_from(key), "1"));
	memset(key, 'x', 5); /* the map has a copy */
	assert_true(map_put(map, STR_LIT("second"), NULL));
	assert_false(map_put(map, STR_LIT("first"), "2"));
	assert_int_equal(map_count(map), 2);
	assert_true(map_has(map, STR_LIT("second")));
	assert_null(map_find_c(map, "second"));
	size_t cursor = 0;
	const struct map_entry *entry = map_next(map, &cursor);
	assert_str(entry->key, "first");
	assert_string_equal(entry->value, "2");
	arena_free(arena);
}

static void removing(void **state)
{
	(void)state;
	struct arena *arena = arena_new("test", 0);
	struct map *map = map_new(arena);
	assert_false(map_remove(map, STR_LIT("a")));
	/* Many rounds in a small map: places of removed keys are used again. */
	for (size_t i = 0; i < 20000; i++) {
		assert_true(map_put(map, key_of(arena, i), value_of(i)));
		if (i >= 10)
			assert_true(map_remove(map, key_of(arena, i - 10)));
		assert_int_equal(map_count(map), i < 10 ? i + 1 : 10);
	}
	for (size_t i = 19990; i < 20000; i++)
		assert_ptr_equal(map_find(map, key_of(arena, i)), value_of(i));
	assert_null(map_find(map, key_of(arena, 19989)));

	/* A key that comes back is the last in the order. */
	map_remove(map, key_of(arena, 19990));
	map_put(map, key_of(arena, 19990), NULL);
	size_t cursor = 0;
	struct str last = STR_NONE;
	const struct map_entry *entry;
	while ((entry = map_next(map, &cursor)))
		last = entry->key;
	assert_true(str_eq(last, key_of(arena, 19990)));

	map_clear(map);
	assert_int_equal(map_count(map), 0);
	assert_false(map_has(map, key_of(arena, 19995)));
	cursor = 0;
	assert_null(map_next(map, &cursor));
	assert_true(map_put(map, STR_LIT("again"), NULL));
	arena_free(arena);
}

static void case_is_ignored_where_asked(void **state)
{
	(void)state;
	struct arena *arena = arena_new("test", 0);
	struct map *map = map_new_ci(arena);
	assert_true(map_put(map, STR_LIT("Content-Transfer-Encoding"), "x"));
	assert_false(map_put(map, STR_LIT("content-transfer-encodinG"), "y"));
	assert_string_equal(map_find_c(map, "CONTENT-TRANSFER-ENCODING"), "y");
	assert_null(map_find_c(map, "CONTENT_TRANSFER-ENCODING"));
	map_put(map, STR_LIT("\xC4"), "z");
	assert_null(map_find_c(map, "\xE4"));

	struct map *copy = map_copy(arena, map);
	assert_string_equal(map_find_c(copy, "content-transfer-encoding"), "y");
	map_put(copy, STR_LIT("only here"), "w");
	assert_null(map_find_c(map, "only here"));
	arena_free(arena);
}

static void keys_that_are_kept_elsewhere(void **state)
{
	(void)state;
	struct arena *arena = arena_new("test", 0);
	struct map *map = map_new(arena);
	struct str mine = STR_LIT("mine");
	size_t cursor = 0;

	assert_true(map_put_kept(map, mine, "1"));
	assert_false(map_put_kept(map, arena_str(arena, mine), "2"));
	assert_false(map_put(map, arena_str(arena, mine), "3"));
	assert_string_equal(map_find(map, mine), "3");
	assert_ptr_equal(map_next(map, &cursor)->key.ptr, mine.ptr);
	arena_free(arena);
}

static void odd_keys(void **state)
{
	(void)state;
	struct arena *arena = arena_new("test", 0);
	struct map *map = map_new(arena);
	static const char zeros[40];
	for (size_t len = 0; len < 40; len++)
		assert_true(map_put(map, str_make(zeros, len), value_of(len)));
	for (size_t len = 0; len < 40; len++)
		assert_ptr_equal(map_find(map, str_make(zeros, len)), value_of(len));
	assert_ptr_equal(map_find(map, STR_NONE), value_of(0));
	arena_free(arena);
}

UNIT_MAIN(cmocka_unit_test(a_hundred_thousand_keys), cmocka_unit_test(replacing_keeps_the_place),
	  cmocka_unit_test(removing), cmocka_unit_test(case_is_ignored_where_asked),
	  cmocka_unit_test(odd_keys), cmocka_unit_test(keys_that_are_kept_elsewhere))
