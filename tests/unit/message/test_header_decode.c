/* header_decode and date; what is expected comes from SpamAssassin 4.0.1. */
#include "lib/message/message.h"
#include "tests/unit/unit.h"

static struct arena *scan;

static int set_up(void **state)
{
	(void)state;
	scan = arena_new("scan", 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(scan);
	return 0;
}

#define DECODE(name, raw)                                                                          \
	header_decode(scan, STR_LIT(name), STR_LIT(raw), &message_settings_default)

static void unfolding(void **state)
{
	(void)state;
	assert_str(DECODE("subject", " a\n\t  b \n"), "a b");
	assert_str(DECODE("subject", " \n \n"), "");
	assert_str(DECODE("subject", "a\r\n b"), "a\r b"); /* CRs in heads with LF ends stay */
}

static void encoded_words(void **state)
{
	(void)state;
	assert_str(DECODE("subject", "=?utf-8?q?a_b=3D?= c"), "a b= c");
	assert_str(DECODE("subject", "=?UTF-8*en?B?w6k=?="), "\xc3\xa9");
	/* Blanks between words go; a character may be split between words of one charset. */
	assert_str(DECODE("subject", "=?utf-8?b?w6k=?=\n =?UTF-8?b?w6k=?= x"),
		   "\xc3\xa9\xc3\xa9 x");
	assert_str(DECODE("subject", "=?utf-8?q?=c3?= =?utf-8?q?=a9?="), "\xc3\xa9");
	assert_str(DECODE("subject", "=?utf-8?q?=c3?= =?latin1?q?=a9?="), "\xef\xbf\xbd\xc2\xa9");
	assert_str(DECODE("subject", "=?x?q?a b?=c=?"), "a bc=?");
	assert_str(DECODE("subject", "=?utf-8?x?a?= =?utf-8?q?a"), "=?utf-8?x?a?= =?utf-8?q?a");
}

static void structured_headers_are_left_alone(void **state)
{
	(void)state;
	assert_str(DECODE("received", "=?utf-8?q?a?="), "=?utf-8?q?a?=");
	assert_str(DECODE("List-Id", "=?utf-8?q?a?="), "=?utf-8?q?a?=");
	assert_str(DECODE("x-received", "=?utf-8?q?a?="), "a");
}

static void raw_8bit(void **state)
{
	(void)state;
	assert_str(DECODE("received", "\xe9"), "\xc3\xa9");
	assert_str(DECODE("subject", "\xc3\xa9 \xe2\x82\xac"), "\xc3\xa9 \xe2\x82\xac");
}

static int64_t date(const char *text)
{
	int64_t time = -1;

	return date_parse(str_from(text), &time) ? time : -1;
}

static void dates(void **state)
{
	(void)state;
	assert_int_equal(date("Mon, 01 Jan 2001 00:00:00 +0000"), 978307200);
	assert_int_equal(date("Mon,1 Jan 2001 01:00 +0100 (CET)"), 978307200);
	assert_int_equal(date("Mon Jan  1 00:00:00 2001"), 978307200);
	assert_int_equal(date("01 Jan 01 00:00:00 EST"), 978325200);
	assert_int_equal(date("01 Jan 101 00:00:00 GMT"), 978307200);
	assert_int_equal(date("from a by b; 31 Feb 2001 25:61:61 -0000"), 983491199);
	assert_int_equal(date("1 Jan 1970 00:00:00 +0500"), 0);
	assert_int_equal(date("1 Jan 2099 00:00:00 +0000"), 2114380800);
	assert_int_equal(date("0 Jan 2001 00:00:00 +0000"), -1);
	assert_int_equal(date("yesterday"), -1);
}

UNIT_MAIN(cmocka_unit_test_setup_teardown(unfolding, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(encoded_words, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(structured_headers_are_left_alone, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(raw_8bit, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(dates, set_up, tear_down))
