/* helper: other programs, bounded. */
#include "lib/base/helper.h"

#include "tests/unit/unit.h"

static struct helper_result run(struct arena *arena, const char *script, int64_t timeout_ms,
				size_t max_bytes)
{
	struct str_vec argv = {0}, env = {0};
	struct helper_result result;
	struct why why;

	vec_push(arena, &argv, STR_LIT("/bin/sh"));
	vec_push(arena, &argv, STR_LIT("-c"));
	vec_push(arena, &argv, str_from(script));
	vec_push(arena, &env, STR_LIT("HELPER_TEST=of ours"));
	assert_int_equal(helper_run(arena, &argv, &env, deadline_in_ms(timeout_ms), max_bytes,
				    &result, &why),
			 STATUS_OK);
	return result;
}

static void output_and_exit_code(void **state)
{
	struct arena *arena = arena_new("test", 0);
	struct helper_result result = run(
		arena, "printf \"$HELPER_TEST\"; echo oops >&2; echo more >&2; exit 3", 20000, 100);

	(void)state;
	assert_true(str_eq_c(result.output, "of ours"));
	assert_true(str_eq_c(result.error_line, "oops"));
	assert_int_equal(result.exit_code, 3);
	assert_false(result.timed_out || result.was_cut);
	arena_free(arena);
}

/* The shell's own child is killed too: else the pipe would stay open. */
static void one_that_does_not_end(void **state)
{
	struct arena *arena = arena_new("test", 0);
	struct helper_result result = run(arena, "echo early; sleep 600 & wait", 300, 100);

	(void)state;
	assert_true(result.timed_out);
	assert_int_equal(result.exit_code, 128 + 9);
	arena_free(arena);
}

static void one_that_prints_too_much(void **state)
{
	struct arena *arena = arena_new("test", 0);
	struct helper_result result = run(arena, "yes", 20000, 10000);

	(void)state;
	assert_true(result.was_cut);
	assert_int_equal(result.output.len, 10000);
	arena_free(arena);
}

static void no_such_program(void **state)
{
	struct arena *arena = arena_new("test", 0);
	struct str_vec argv = {0}, env = {0};
	struct helper_result result;
	struct why why;

	(void)state;
	vec_push(arena, &argv, STR_LIT("/dev/null/program"));
	assert_int_equal(helper_run(arena, &argv, &env, deadline_in_ms(20000), 100, &result, &why),
			 STATUS_OK);
	assert_int_equal(result.exit_code, 127);
	arena_free(arena);
}

/* No descriptor but the three, and standard input is at its end. */
static void nothing_is_inherited(void **state)
{
	struct arena *arena = arena_new("test", 0);
	struct helper_result result = run(arena,
					  "cat; for fd in 3 4 5 6 7 8 9; do [ -e /proc/self/fd/$fd "
					  "] && echo $fd; done; exit 0",
					  20000, 1000);

	(void)state;
	assert_int_equal(result.exit_code, 0);
	assert_int_equal(result.output.len, 0);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_and_exit_code),     cmocka_unit_test(one_that_does_not_end),
		cmocka_unit_test(one_that_prints_too_much), cmocka_unit_test(no_such_program),
		cmocka_unit_test(nothing_is_inherited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
