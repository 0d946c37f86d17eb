/* json: RFC 8259, and bytes of mail that are no UTF-8. */
#include "tests/unit/unit.h"

#include "lib/base/json.h"

static struct arena *arena;

static void nested(void **state)
{
	struct json json;
	struct buf out;

	(void)state;
	buf_init(&out, arena);
	json_init(&json, &out);
	json_open(&json, NULL, '{');
	json_string(&json, "a", STR_LIT("x\"\\\n\x01"));
	json_open(&json, "list", '[');
	json_number(&json, NULL, 1.5);
	json_bool(&json, NULL, false);
	json_close(&json, ']');
	json_number(&json, "none", 0.0 / 0.0);
	json_close(&json, '}');
	assert_string_equal(buf_cstr(&out), "{\"a\":\"x\\\"\\\\\\n\\u0001\",\"list\":[1.5,false],"
					    "\"none\":null}");
}

static void bytes(void **state)
{
	struct json json;
	struct buf out;

	(void)state;
	buf_init(&out, arena);
	json_init(&json, &out);
	json_string(&json, NULL, STR_LIT("\xc3\xbc\xfc"));
	assert_string_equal(buf_cstr(&out), "\"\xc3\xbc\\u00fc\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nested),
		cmocka_unit_test(bytes),
	};

	arena = arena_new("test", 0);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
