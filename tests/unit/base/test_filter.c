/* filter: programs that copy, fail, run on, print too much, do not exist. */
#include "tests/unit/unit.h"

#include "lib/base/arena.h"
#include "lib/base/filter.h"

static struct arena *arena;

static enum status run(const char *script, struct str input, int timeout_ms, size_t max_bytes,
		       struct str *out)
{
	const char *const argv[] = {"sh", "-c", script, NULL};

	return filter_run(arena, argv, input, deadline_in_ms(timeout_ms), max_bytes, out, NULL);
}

static void copies_more_than_a_pipe_holds(void **state)
{
	size_t n = 300000;
	char *bytes = arena_alloc(arena, n);
	struct str out;

	(void)state;
	memset(bytes, 'x', n);
	assert_int_equal(run("cat", str_make(bytes, n), 20000, 1 << 20, &out), STATUS_OK);
	assert_true(str_eq(out, str_make(bytes, n)));
	/* One that reads nothing is no fault. */
	assert_int_equal(run("echo y", str_make(bytes, n), 20000, 1 << 20, &out), STATUS_OK);
	assert_true(str_eq_c(out, "y\n"));
}

static void failures(void **state)
{
	const char *const argv[] = {"/no/such/program", NULL};
	struct str out;

	(void)state;
	assert_int_equal(run("exit 3", STR_NONE, 20000, 100, &out), STATUS_INVALID);
	assert_int_equal(run("sleep 60", STR_NONE, 50, 100, &out), STATUS_TIMEOUT);
	assert_int_equal(run("yes", STR_NONE, 20000, 1000, &out), STATUS_TOO_LARGE);
	assert_int_equal(filter_run(arena, argv, STR_NONE, deadline_in_ms(20000), 100, &out, NULL),
			 STATUS_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_more_than_a_pipe_holds),
		cmocka_unit_test(failures),
	};

	arena = arena_new("test", 0);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
