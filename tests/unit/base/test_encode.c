/* encode and digest. Vectors: RFC 4648 section 10, RFC 3629, RFC 1321 A.5, FIPS 180-4. */
#include "tests/unit/unit.h"

#include "lib/base/digest.h"
#include "lib/base/encode.h"

static struct buf out;

static int set_up(void **state)
{
	(void)state;
	buf_init(&out, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	buf_free(&out);
	return 0;
}

static void hex(void **state)
{
	(void)state;
	encode_hex(&out, str_make("\0\x0f\xff", 3));
	assert_str(buf_str(&out), "000fff");
	buf_clear(&out);
	assert_true(decode_hex(&out, STR_LIT("000FfF")));
	assert_int_equal(out.len, 3);
	assert_memory_equal(out.ptr, "\0\x0f\xff", 3);
	assert_false(decode_hex(&out, STR_LIT("00f")));
	assert_false(decode_hex(&out, STR_LIT("00fg")));
	assert_int_equal(out.len, 3); /* what fails adds nothing */
}

static void base64(void **state)
{
	(void)state;
	static const char *const rows[][2] = {{"", ""},
					      {"f", "Zg=="},
					      {"fo", "Zm8="},
					      {"foo", "Zm9v"},
					      {"foob", "Zm9vYg=="},
					      {"fooba", "Zm9vYmE="},
					      {"foobar", "Zm9vYmFy"},
					      {"\xFB\xFF\xBF", "+/+/"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		buf_clear(&out);
		encode_base64(&out, str_from(rows[i][0]));
		assert_string_equal(buf_cstr(&out), rows[i][1]);
		buf_clear(&out);
		assert_true(decode_base64(&out, str_from(rows[i][1])));
		assert_string_equal(buf_cstr(&out), rows[i][0]);
	}
	static const char *const bad[] = {
		"Zg", "Zg=", "Zh==", "Zm9=", "=Zg=", "Z===", "Zg==Zg==", "Zm9v\n", "Zm-v", "===="};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		buf_clear(&out);
		assert_false(decode_base64(&out, str_from(bad[i])));
		assert_int_equal(out.len, 0);
	}
}

static void percent(void **state)
{
	(void)state;
	decode_percent(&out, STR_LIT("a%20b%2Fc%2fd%%41%4%zz%"));
	assert_str(buf_str(&out), "a b/c/d%A%4%zz%");
}

static void utf8(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		unsigned len, codepoint;
	} rows[] = {{"A", 1, 'A'},
		    {"\xC2\x80", 2, 0x80},
		    {"\xDF\xBF", 2, 0x7FF},
		    {"\xE0\xA0\x80", 3, 0x800},
		    {"\xED\x9F\xBF", 3, 0xD7FF},
		    {"\xEE\x80\x80", 3, 0xE000},
		    {"\xF0\x90\x80\x80", 4, 0x10000},
		    {"\xF4\x8F\xBF\xBF", 4, 0x10FFFF}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned codepoint = 0;
		assert_int_equal(utf8_decode(str_from(rows[i].bytes), &codepoint), rows[i].len);
		assert_int_equal(codepoint, rows[i].codepoint);
		assert_int_equal(utf8_decode(str_make(rows[i].bytes, rows[i].len - 1), NULL), 0);
		assert_true(utf8_is_valid(str_from(rows[i].bytes)));
	}
	static const char *const bad[] = {"\x80",
					  "\xC0\x80",
					  "\xC1\xBF",
					  "\xE0\x9F\xBF",
					  "\xED\xA0\x80",
					  "\xF0\x8F\xBF\xBF",
					  "\xF4\x90\x80\x80",
					  "\xF5\x80\x80\x80",
					  "\xFE",
					  "\xC3(",
					  "\xE2\x82(",
					  "\xFF"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(utf8_decode(str_from(bad[i]), NULL), 0);
		assert_false(utf8_is_valid(str_from(bad[i])));
	}
	assert_true(utf8_is_valid(STR_NONE));
	assert_true(utf8_is_valid(str_make("a\0\xC3\xA9", 4)));
	assert_false(utf8_is_valid(STR_LIT("abc\xC3")));
}

static void digests(void **state)
{
	(void)state;
	char hex_text[2 * DIGEST_MAX_BYTES + 1];
	digest_hex(DIGEST_MD5, STR_NONE, hex_text);
	assert_string_equal(hex_text, "d41d8cd98f00b204e9800998ecf8427e");
	digest_hex(DIGEST_MD5, STR_LIT("abc"), hex_text);
	assert_string_equal(hex_text, "900150983cd24fb0d6963f7d28e17f72");
	digest_hex(DIGEST_SHA1, STR_LIT("abc"), hex_text);
	assert_string_equal(hex_text, "a9993e364706816aba3e25717850c26c9cd0d89d");
	digest_hex(DIGEST_SHA256, STR_LIT("abc"), hex_text);
	assert_string_equal(hex_text,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	unsigned char bytes[DIGEST_MAX_BYTES];
	assert_int_equal(digest_bytes(DIGEST_SHA1, STR_LIT("abc"), bytes), 20);
	assert_int_equal(bytes[0], 0xa9);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNIT_MAIN(TEST(hex), TEST(base64), TEST(percent), TEST(utf8), TEST(digests))
