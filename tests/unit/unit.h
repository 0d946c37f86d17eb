/* unit: what every unit test includes: cmocka with what it needs, and assertions for our types. */
#ifndef WHORL_TESTS_UNIT_H
#define WHORL_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/arena.h"

#define assert_str(actual, expected)                                                               \
	unit_assert_str((actual), STR_LIT(expected), __FILE__, __LINE__)

static inline void unit_assert_str(struct str actual, struct str expected, const char *file,
				   int line)
{
	if (!str_eq(actual, expected)) {
		print_error("\"%.*s\" is not \"%.*s\"\n", STR_ARG(actual), STR_ARG(expected));
		_fail(file, line);
	}
}

/* The next of a row of numbers that is the same in each run, from 0 to below - 1; *state begins
 * with any number. (A linear congruential generator, of which the higher bits are taken.) */
static inline unsigned unit_draw(uint32_t *state, unsigned below)
{
	*state = *state * 1664525u + 1013904223u;
	return (*state >> 8) % below;
}

/* UNIT_MAIN(cmocka_unit_test(a), ...) is the whole of main().  */
#define UNIT_MAIN(...)                                                                             \
	int main(void)                                                                             \
	{                                                                                          \
		const struct CMUnitTest tests[] = {__VA_ARGS__};                                   \
		return cmocka_run_group_tests(tests, NULL, NULL);                                  \
	}

#endif
