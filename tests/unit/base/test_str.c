/* str: views at their edges. */
#include "tests/unit/unit.h"

static void sub_views_are_clamped(void **state)
{
	(void)state;
	struct str s = STR_LIT("abcdef");
	assert_str(str_sub(s, 2, 2), "cd");
	assert_str(str_sub(s, 4, 99), "ef");
	assert_str(str_sub(s, 4, SIZE_MAX), "ef");
	assert_str(str_sub(s, 99, 1), "");
	assert_str(str_from_at(s, 6), "");
	assert_str(str_from_at(s, 5), "f");
	assert_str(str_sub(STR_NONE, 3, 3), "");
	assert_str(str_from_at(STR_NONE, 1), "");
}

static void comparison(void **state)
{
	(void)state;
	assert_true(str_eq(STR_NONE, STR_LIT("")));
	assert_false(str_eq(STR_LIT("a"), STR_LIT("a\0")));
	assert_true(str_eq(str_make("a\0b", 3), str_make("a\0b", 3)));
	assert_true(str_eq_ci_c(STR_LIT("SubJect"), "sUBjECT"));
	assert_false(str_eq_ci_c(STR_LIT("[@"), "{`")); /* 0x20 apart, but no letters */
	assert_false(str_eq_ci_c(STR_LIT("\xC4"), "\xE4"));
	assert_true(str_cmp(STR_LIT("ab"), STR_LIT("abc")) < 0);
	assert_true(str_cmp(STR_LIT("b"), STR_LIT("abc")) > 0);
	assert_true(str_cmp(STR_LIT("a\xFF"), STR_LIT("az")) > 0);
	assert_int_equal(str_cmp(STR_NONE, STR_LIT("")), 0);
	assert_int_equal(str_cmp_ci(STR_LIT("ABC"), STR_LIT("abc")), 0);
	assert_true(str_cmp_ci(STR_LIT("A"), STR_LIT("\xFF")) < 0);
}

static void prefixes_and_suffixes(void **state)
{
	(void)state;
	assert_true(str_has_prefix(STR_LIT("From: "), "From"));
	assert_false(str_has_prefix(STR_LIT("Fro"), "From"));
	assert_true(str_has_prefix(STR_NONE, ""));
	assert_true(str_has_prefix_ci(STR_LIT("FROM:"), "from"));
	assert_true(str_has_suffix_ci(STR_LIT("20_a.CF"), ".cf"));
	assert_true(str_has_suffix_ci(STR_NONE, ""));
	assert_false(str_has_suffix_ci(STR_LIT("cf"), ".cf"));
}

static void searching(void **state)
{
	(void)state;
	assert_int_equal(str_find(STR_LIT("abcabc"), STR_LIT("ca")), 2);
	assert_int_equal(str_find(STR_LIT("abc"), STR_LIT("")), 0);
	assert_int_equal(str_find(STR_LIT("abc"), STR_LIT("abcd")), STR_NOT_FOUND);
	assert_int_equal(str_find(STR_NONE, STR_LIT("a")), STR_NOT_FOUND);
	assert_int_equal(str_find(str_make("a\0b", 3), str_make("\0b", 2)), 1);
	assert_int_equal(str_find_ci(STR_LIT("xxConTent"), STR_LIT("cOnt")), 2);
	assert_int_equal(str_find_ci(STR_LIT("conten"), STR_LIT("tent")), STR_NOT_FOUND);
	assert_int_equal(str_find_ci(STR_LIT("abab"), STR_LIT("B")), 1);
	assert_int_equal(str_find_char(STR_LIT("a:b:c"), ':'), 1);
	assert_int_equal(str_rfind_char(STR_LIT("a:b:c"), ':'), 3);
	assert_int_equal(str_rfind_char(STR_NONE, ':'), STR_NOT_FOUND);
	assert_true(str_contains_ci(STR_LIT("Re: VIAGRA"), "viagra"));
	assert_false(str_contains(STR_LIT("Re: VIAGRA"), "viagra"));
}

static void trimming(void **state)
{
	(void)state;
	assert_str(str_trim(STR_LIT(" \t\r\n\v\fx y \n")), "x y");
	assert_str(str_trim(STR_LIT(" \t ")), "");
	assert_str(str_trim(STR_NONE), "");
	assert_str(str_trim_left(STR_LIT(" a ")), "a ");
	assert_str(str_trim_right(STR_LIT(" a ")), " a");
	assert_str(str_trim(STR_LIT("\xA0x\xA0")), "\xA0x\xA0"); /* no-break space is no ASCII */
}

static void splitting(void **state)
{
	(void)state;
	struct str rest = STR_LIT("a,,b,"), piece;
	assert_true(str_split_next(&rest, ',', &piece));
	assert_str(piece, "a");
	assert_true(str_split_next(&rest, ',', &piece));
	assert_str(piece, "");
	assert_true(str_split_next(&rest, ',', &piece));
	assert_str(piece, "b");
	assert_false(str_split_next(&rest, ',', &piece)); /* no empty piece behind the last comma */

	rest = STR_LIT(",");
	assert_true(str_split_next(&rest, ',', &piece));
	assert_str(piece, "");
	assert_false(str_split_next(&rest, ',', &piece));
	rest = STR_NONE;
	assert_false(str_split_next(&rest, ',', &piece));
}

static void words_and_lines(void **state)
{
	(void)state;
	struct str rest = STR_LIT("  one\t two  "), piece;
	assert_true(str_word_next(&rest, &piece));
	assert_str(piece, "one");
	assert_true(str_word_next(&rest, &piece));
	assert_str(piece, "two");
	assert_false(str_word_next(&rest, &piece));

	rest = STR_LIT("a\r\n\nb");
	assert_true(str_line_next(&rest, &piece));
	assert_str(piece, "a\r");
	assert_true(str_line_next(&rest, &piece));
	assert_str(piece, "");
	assert_true(str_line_next(&rest, &piece));
	assert_str(piece, "b");
	assert_false(str_line_next(&rest, &piece));
}

static void ascii_classes_agree_with_the_c_locale(void **state)
{
	(void)state;
	for (int i = 0; i < 256; i++) {
		unsigned char c = (unsigned char)i;
		bool upper = i >= 'A' && i <= 'Z', lower = i >= 'a' && i <= 'z';
		bool digit = i >= '0' && i <= '9';
		assert_int_equal(ascii_is_alpha(c), upper || lower);
		assert_int_equal(ascii_is_word(c), upper || lower || digit || i == '_');
		assert_int_equal(ascii_is_space(c), c && strchr(" \t\n\v\f\r", c) != NULL);
		assert_int_equal((unsigned char)ascii_lower((char)c), upper ? i + 32 : i);
		assert_int_equal((unsigned char)ascii_upper((char)c), lower ? i - 32 : i);
	}
}

static void bytes_change_to_lower_case_eight_at_a_time(void **state)
{
	char text[256 + 8], lower[sizeof text];

	(void)state;
	for (size_t shift = 0; shift < 8; shift++) {
		for (size_t i = 0; i < sizeof text; i++)
			text[i] = (char)(i + shift);
		memset(lower, 0, sizeof lower);
		str_lower_into(lower, str_make(text, 256 + shift));
		for (size_t i = 0; i < 256 + shift; i++)
			assert_int_equal(lower[i], ascii_lower(text[i]));
		assert_int_equal(lower[256 + shift], 0);
	}
}

static void long_needles_and_needles_that_almost_match(void **state)
{
	(void)state;
	assert_int_equal(str_find(STR_LIT("aaaaaaaaaaaaab"), STR_LIT("aab")), 11);
	assert_int_equal(str_find(STR_LIT("-0123456789abcdef0123456789abcdef"),
				  STR_LIT("f0123456789abcdef")),
			 16);
	assert_int_equal(str_find_ci(STR_LIT("eEeEeEeEeEeEeEeEeEeEx"), STR_LIT("EEX")), 18);
	assert_int_equal(str_find_ci(STR_LIT("================@"), STR_LIT("=@")), 15);
}

UNIT_MAIN(cmocka_unit_test(sub_views_are_clamped), cmocka_unit_test(comparison),
	  cmocka_unit_test(prefixes_and_suffixes), cmocka_unit_test(searching),
	  cmocka_unit_test(trimming), cmocka_unit_test(splitting),
	  cmocka_unit_test(words_and_lines),
	  cmocka_unit_test(bytes_change_to_lower_case_eight_at_a_time),
	  cmocka_unit_test(long_needles_and_needles_that_almost_match),
	  cmocka_unit_test(ascii_classes_agree_with_the_c_locale))
