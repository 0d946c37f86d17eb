/* json_read: values of RFC 8259, its own examples, and texts that are none. */
#include "tests/unit/unit.h"

#include "lib/base/json_read.h"

static struct arena *arena;

static bool is_json(struct str text)
{
	struct json_reader reader;

	json_read_init(&reader, arena, text);
	return json_read_skip(&reader) && json_read_end(&reader);
}

static void members(void **state)
{
	struct str text = STR_LIT(" { \"a\" : \"x\\\"\\u00fc\\ud83d\\ude00\\n\",\"skipped\":{\"b\":"
				  "[1,{}]}, \"list\": [1, -20], \"yes\":true,\"none\":null} ");
	struct str name, value = STR_NONE;
	struct json_reader reader;
	int64_t sum = 0, number;
	bool yes = false;

	(void)state;
	json_read_init(&reader, arena, text);
	assert_true(json_read_open(&reader, '{'));
	while (json_read_member(&reader, &name)) {
		if (str_eq_c(name, "a"))
			json_read_string(&reader, &value);
		else if (str_eq_c(name, "yes"))
			json_read_bool(&reader, &yes);
		else if (!str_eq_c(name, "list"))
			json_read_skip(&reader);
		else
			for (json_read_open(&reader, '[');
			     json_read_item(&reader) && json_read_i64(&reader, &number);)
				sum += number;
	}
	assert_true(json_read_end(&reader));
	assert_str(value, "x\"\xc3\xbc\xf0\x9f\x98\x80\n");
	assert_int_equal(sum, -19);
	assert_true(yes);
}

static void faults(void **state)
{
	static const char *const wrong[] = {
		"",         "{",       "[1,]",      "[1 2]",      "{\"a\" 1}",
		"{\"a\":}", "\"\\x\"", "\"\\u12\"", "\"a\nb\"",   "\"\xff\"",
		"tru",      "[1]]",    "{1:2}",     "{\"a\":1,}", "\"\\ud83d\\u0041\"",
		",",        "nulll",
	};
	static const char *const right[] = {
		"[]", "{}", "[[],{}]", "null", "-0.5e+3", "\"\"", "[{\"a\":[{}]},[[1]],2]"};
	char deep[300];

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (is_json(str_from(wrong[i])))
			fail_msg("%s", wrong[i]);
	for (size_t i = 0; i < sizeof right / sizeof *right; i++)
		if (!is_json(str_from(right[i])))
			fail_msg("%s", right[i]);
	memset(deep, '[', sizeof deep);
	assert_false(is_json(str_make(deep, sizeof deep)));
}

/* Once failed, nothing is read any more, and loops end. */
static void failed_for_good(void **state)
{
	struct json_reader reader;
	struct str name;

	(void)state;
	json_read_init(&reader, arena, STR_LIT("[1]"));
	assert_false(json_read_open(&reader, '{'));
	assert_false(json_read_member(&reader, &name));
	assert_false(json_read_item(&reader));
	assert_false(json_read_skip(&reader));
	assert_false(json_read_end(&reader));
}

static int begin(void **state)
{
	(void)state;
	arena = arena_new("test", 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(members), cmocka_unit_test(faults),
					   cmocka_unit_test(failed_for_good)};

	return cmocka_run_group_tests(tests, begin, end);
}
