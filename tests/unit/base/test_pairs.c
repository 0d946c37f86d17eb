/* pairs: a literal that a text has is never denied, one of other letters mostly is. */
#include "lib/base/pairs.h"

#include "tests/unit/unit.h"

static void what_is_there_is_not_denied(void **state)
{
	static const char text[] = "Content-Type: TEXT/Html; x=\xe9\xff_2@[]";
	struct str whole = str_make(text, sizeof text - 1);
	struct pairs pairs = pairs_of(whole);

	(void)state;
	for (size_t from = 0; from < whole.len; from++)
		for (size_t n = 0; from + n <= whole.len; n++) {
			char other[sizeof text];
			assert_true(pairs_may_have(&pairs, str_sub(whole, from, n)));
			for (size_t i = 0; i < n; i++)
				other[i] = n % 2 ? ascii_lower(text[from + i])
						 : ascii_upper(text[from + i]);
			assert_true(pairs_may_have(&pairs, str_make(other, n)));
		}
}

static void what_is_not_there_is_denied(void **state)
{
	struct pairs pairs = pairs_of(STR_LIT("text/html")), none = pairs_of(STR_LIT("t"));

	(void)state;
	assert_false(pairs_may_have(&pairs, STR_LIT("image/gif")));
	assert_false(pairs_may_have(&pairs, STR_LIT("texts")));
	assert_false(pairs_may_have(&none, STR_LIT("tt")));
	assert_true(pairs_may_have(&none, STR_LIT("x"))); /* one byte is no pair */
	assert_true(pairs_may_have(&none, STR_NONE));
}

UNIT_MAIN(cmocka_unit_test(what_is_there_is_not_denied),
	  cmocka_unit_test(what_is_not_there_is_denied))
