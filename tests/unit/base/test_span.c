/* span: the same answer wherever the byte stands in a block of sixteen. */
#include "lib/base/span.h"

#include "tests/unit/unit.h"

enum { ROOM = 70 };

static void a_byte_stops_wherever_it_is(void **state)
{
	char text[ROOM];

	(void)state;
	for (size_t len = 0; len < ROOM; len++)
		for (size_t from = 0; from <= len; from++)
			for (size_t stop = from; stop <= len; stop++) {
				memset(text, 'x', sizeof text);
				text[stop] = stop % 2 ? '&' : '\xe2';
				struct str s = str_make(text, len);
				assert_int_equal(span_until_either(s, from, '&', '\xe2'), stop);
				assert_int_equal(span_until_digit(s, from, '&', '\xe2'), stop);
				text[stop] = (char)('0' + stop % 10);
				assert_int_equal(span_until_digit(s, from, '&', '\xe2'), stop);
				text[stop] = '\x80';
				assert_int_equal(span_ascii(s, from), stop);
				assert_int_equal(span_printable(s, from), stop);
				text[stop] = '\xff';
				assert_int_equal(span_ascii(s, from), stop);
				text[stop] = stop % 2 ? '\x7f' : '\x1f';
				assert_int_equal(span_printable(s, from), stop);
			}
}

static void bytes_beside_the_wanted_ones_do_not_stop(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char text[ROOM];
		memset(text, c, sizeof text);
		struct str s = str_make(text, sizeof text);
		bool stops = c == '<' || c == 0xa0;
		assert_int_equal(span_until_either(s, 0, '<', '\xa0'), stops ? 0 : ROOM);
		bool is_one = stops || (c >= '0' && c <= '9');
		assert_int_equal(span_until_digit(s, 0, '<', '\xa0'), is_one ? 0 : ROOM);
		assert_int_equal(span_ascii(s, 0), c < 0x80 ? ROOM : 0);
		assert_int_equal(span_printable(s, 0), c >= 0x20 && c < 0x7f ? ROOM : 0);
		assert_int_equal(span_count_range(s, '<', 0xa0), c >= '<' && c <= 0xa0 ? ROOM : 0);
		assert_int_equal(span_count_range(s, 0, 0xff), ROOM);
		assert_int_equal(span_count_characters(s), c >= 0x80 && c < 0xc0 ? 0 : ROOM);
	}
}

/* Each place is that of the first pair, whatever stands behind it. */
static void pairs_are_found_where_both_stand(void **state)
{
	char text[ROOM];

	(void)state;
	for (size_t distance = 0; distance < 40; distance++)
		for (size_t from = 0; from < ROOM; from += 5)
			for (size_t place = from; place < ROOM; place++) {
				bool fits = place + distance < ROOM;

				memset(text, 'x', sizeof text);
				text[place] = 'a';
				if (fits)
					text[place + distance] = distance ? 'B' : 'a';
				assert_int_equal(span_until_pair(str_make(text, ROOM), from, "aA",
								 distance, distance ? "bB" : "aA"),
						 fits ? place : ROOM);
				assert_int_equal(span_until_pair(str_make(text, ROOM), from, "aA",
								 distance, "cC"),
						 ROOM);
			}
	assert_int_equal(span_until_pair(STR_NONE, 0, "aA", 0, "bB"), 0);
}

static void characters_are_counted_by_their_first_byte(void **state)
{
	(void)state;
	/* U+00E4, U+20AC, U+1F600 */
	assert_int_equal(span_count_characters(STR_LIT("a\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80!")),
			 7);
	assert_int_equal(span_count_characters(STR_LIT("\x80\xbf\xc0\xff\x7f")), 3);
	assert_int_equal(span_count_characters(STR_NONE), 0);
}

/* More blocks than a lane can count to. */
static void ranges_are_counted_in_long_texts(void **state)
{
	enum { BYTES = 16 * 255 * 2 + 16 * 3 + 5 };
	char *text = malloc(BYTES);
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < BYTES; i++) {
		text[i] = i % 7 ? 'm' : 'M';
		n += i % 7 == 0;
	}
	assert_int_equal(span_count_range(str_make(text, BYTES), 'A', 'Z'), n);
	assert_int_equal(span_count_range(str_make(text, BYTES), 'm', 'm'), BYTES - n);
	assert_int_equal(span_count_range(STR_NONE, 'a', 'z'), 0);
	free(text);
}

static void sets(void **state)
{
	static const struct byteset blanks = {{BYTESET_SPACES}};

	(void)state;
	for (int c = 0; c < 256; c++)
		assert_int_equal(blanks.has[c], ascii_is_space((unsigned char)c));
	assert_int_equal(span_until(STR_LIT("ab\tc"), 1, &blanks), 2);
	assert_int_equal(span_until(STR_LIT("abc"), 1, &blanks), 3);
	assert_int_equal(span_of(STR_LIT(" \r\nc"), 0, &blanks), 3);
	assert_int_equal(span_of(STR_LIT("  "), 1, &blanks), 2);
}

UNIT_MAIN(cmocka_unit_test(a_byte_stops_wherever_it_is),
	  cmocka_unit_test(bytes_beside_the_wanted_ones_do_not_stop),
	  cmocka_unit_test(characters_are_counted_by_their_first_byte),
	  cmocka_unit_test(pairs_are_found_where_both_stand),
	  cmocka_unit_test(ranges_are_counted_in_long_texts), cmocka_unit_test(sets))
