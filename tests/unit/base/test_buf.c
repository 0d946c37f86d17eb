/* buf and vec: what grows. */
#include "tests/unit/unit.h"

#include "lib/base/buf.h"
#include "lib/base/vec.h"

static void on_malloc_and_on_an_arena(void **state)
{
	(void)state;
	struct arena *arena = arena_new("test", 0);
	for (int i = 0; i < 2; i++) {
		struct buf buf;
		buf_init(&buf, i ? arena : NULL);
		assert_string_equal(buf_cstr(&buf), "");
		assert_int_equal(buf_str(&buf).len, 0);
		for (int k = 0; k < 10000; k++) {
			buf_add_char(&buf, 'a');
			buf_add_cstr(&buf, "bc");
			buf_add_str(&buf, STR_NONE);
			buf_printf(&buf, "%s", "");
			buf_printf(&buf, "%03d", k % 1000);
		}
		assert_int_equal(buf.len, 60000);
		assert_memory_equal(buf.ptr + 59994, "abc999", 7);
		buf_truncate(&buf, 6);
		assert_string_equal(buf_cstr(&buf), "abc000");
		buf_truncate(&buf, 100);
		assert_int_equal(buf.len, 6);
		buf_clear(&buf);
		assert_string_equal(buf_cstr(&buf), "");
		buf_free(&buf);
		assert_null(buf.ptr);
		buf_clear(&buf);
	}
	arena_free(arena);
}

static void reserve_then_commit(void **state)
{
	(void)state;
	struct buf buf;
	buf_init(&buf, NULL);
	for (size_t n = 0; n < 300; n++) {
		memset(buf_reserve(&buf, n), 'x', n);
		buf_commit(&buf, n);
		assert_int_equal(buf_cstr(&buf)[buf.len], '\0');
	}
	assert_int_equal(buf.len, 299 * 300 / 2);
	buf_free(&buf);
}

static void long_formats(void **state)
{
	(void)state;
	struct buf buf;
	buf_init(&buf, NULL);
	buf_printf(&buf, "%063d", 1); /* with its NUL as long as the first room */
	assert_int_equal(buf.len, 63);
	buf_printf(&buf, "%05000d|", 2);
	assert_int_equal(buf.len, 5064);
	assert_memory_equal(buf.ptr + 5062, "2|", 3);
	buf_free(&buf);
}

/* Expected bytes: RFC 3629 section 3. */
static void utf8(void **state)
{
	(void)state;
	struct buf buf;
	buf_init(&buf, NULL);
	static const unsigned codepoints[] = {'A',    0x7F,    0x80,     0x7FF,    0x800,
					      0xFFFF, 0x10000, 0x10FFFF, 0x110000, 0xD800};
	for (size_t i = 0; i < sizeof codepoints / sizeof *codepoints; i++)
		buf_add_utf8(&buf, codepoints[i]);
	assert_str(buf_str(&buf), "A\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80"
				  "\xF4\x8F\xBF\xBF\xEF\xBF\xBD\xEF\xBF\xBD");
	buf_free(&buf);
}

VEC_OF(int_vec, int);

static void vectors_grow(void **state)
{
	(void)state;
	struct arena *arena = arena_new("test", 0);
	struct int_vec vec = {0};
	for (int i = 0; i < 10000; i++)
		vec_push(arena, &vec, i);
	assert_int_equal(vec.n, 10000);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(vec.items[i], i);
	arena_free(arena);
}

static void vectors_of_strings(void **state)
{
	(void)state;
	struct arena *arena = arena_new("test", 0);
	struct str_vec vec = {0};
	assert_str(str_vec_join(arena, &vec, ","), "");
	str_vec_sort(&vec);
	vec_push(arena, &vec, STR_LIT("b"));
	vec_push(arena, &vec, STR_LIT("a\xFF"));
	vec_push(arena, &vec, STR_LIT("B"));
	vec_push(arena, &vec, STR_LIT("a"));
	str_vec_sort(&vec);
	assert_str(str_vec_join(arena, &vec, ", "), "B, a, a\xFF, b");
	assert_true(str_vec_has(&vec, STR_LIT("a")));
	assert_false(str_vec_has(&vec, STR_LIT("A")));
	arena_free(arena);
}

UNIT_MAIN(cmocka_unit_test(on_malloc_and_on_an_arena), cmocka_unit_test(reserve_then_commit),
	  cmocka_unit_test(long_formats), cmocka_unit_test(utf8), cmocka_unit_test(vectors_grow),
	  cmocka_unit_test(vectors_of_strings))
