/* charset and transfer decoding; what is expected comes from SpamAssassin 4.0.1 on Perl's
 * Encode 3.17. */
#include "lib/message/message.h"
#include "lib/message/parse.h"
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

#define BODY(bytes, charset) charset_to_utf8(scan, STR_LIT(bytes), STR_LIT(charset), false, NULL)
#define WORD(bytes, charset) charset_to_utf8(scan, STR_LIT(bytes), STR_LIT(charset), true, NULL)

static void utf8_is_believed_first(void **state)
{
	(void)state;
	bool is_unicode;

	assert_str(BODY("\xc3\xa9", "iso-8859-5"), "\xc3\xa9");
	assert_str(WORD("\xc3\xa9", "iso-8859-5"), "\xd0\xa3\xd0\x89");
	charset_to_utf8(scan, STR_LIT("plain"), STR_LIT("utf-8"), false, &is_unicode);
	assert_false(is_unicode);
	charset_to_utf8(scan, STR_LIT("\xe9"), STR_LIT("us-ascii"), false, &is_unicode);
	assert_true(is_unicode);
}

static void faults_of_utf8(void **state)
{
	(void)state;
	assert_str(WORD("a\xed\xa0\x80z", "utf-8"), "a\xef\xbf\xbdz"); /* surrogate: one fault */
	assert_str(WORD("\xef\xbf\xbe", "UTF8"), "\xef\xbf\xbd");      /* noncharacter */
	assert_str(WORD("\xe2\x82z", "utf-8"), "\xef\xbf\xbdz");
	assert_str(WORD("\xff\xfe", "utf-8"), "\xef\xbf\xbd\xef\xbf\xbd");
	assert_str(WORD("\x94\xe2\x82\xacz", "utf-8"), "\xef\xbf\xbdz"); /* a quirk of Perl 5.36 */
	/* In a body any fault leads on to Windows-1252. */
	assert_str(BODY("\xe2\x82z", "utf-8"), "\xc3\xa2\xe2\x80\x9az");
}

static void latin1_is_windows1252(void **state)
{
	(void)state;
	assert_str(BODY("\x80\x93", "ISO-8859-1"), "\xe2\x82\xac\xe2\x80\x9c");
	assert_str(WORD("\x81", "iso-8859-1"), "\xef\xbf\xbd");
	assert_str(BODY("\xe9", "x-unknown"), "\xc3\xa9");
	assert_str(WORD("\xe9", "x-unknown"), "\xc3\xa9");
	assert_str(WORD("\xe9", "us-ascii"), "\xef\xbf\xbd");
}

static void single_bytes(void **state)
{
	(void)state;
	assert_str(BODY("\xf0\xd2\xc9", "KOI8-R"), "\xd0\x9f\xd1\x80\xd0\xb8");
	assert_str(BODY("\xcf\xf0\xe8", "windows-1251"), "\xd0\x9f\xd1\x80\xd0\xb8");
	assert_str(BODY("\xcf\xf0\xe8", "CP-1251"), "\xd0\x9f\xd1\x80\xd0\xb8");
	assert_str(BODY("\xa1", "latin9"), "\xc2\xa1");
	assert_str(WORD("\xa4", "latin9"), "\xe2\x82\xac");
	assert_str(BODY("\xa1", "tis-620"), "\xe0\xb8\x81");
}

static void double_bytes(void **state)
{
	(void)state;
	assert_str(BODY("\xc4\xe3\xba\xc3", "gb2312"), "\xe4\xbd\xa0\xe5\xa5\xbd");
	assert_str(BODY("\x80", "gbk"), "\xe2\x82\xac");
	assert_str(BODY("\xa2\xe3", "gb18030"),
		   "\xee\x9d\xac"); /* read as GBK with its private area */
	assert_str(BODY("\xa7\x41", "big5"), "\xe4\xbd\xa0");
	assert_str(BODY("\x82\xb1~\\", "shift_jis"), "\xe3\x81\x93~\\");
	assert_str(BODY("\x87\x40", "cp932"), "\xe2\x91\xa0");
	assert_str(BODY("\xa4\xb3", "euc-jp"), "\xe3\x81\x93");
	assert_str(BODY("\xbe\xc8", "ks_c_5601-1987"), "\xec\x95\x88");
	assert_str(WORD("\xa4\xb3\xa4", "euc-jp"),
		   "\xe3\x81\x93"); /* half a character at the end goes */
	assert_str(WORD("\xa1\x20z", "euc-kr"), "\xef\xbf\xbd z");
}

static void shifting(void **state)
{
	(void)state;
	assert_str(BODY("\x1b$B$3\x1b(BA", "iso-2022-jp"), "\xe3\x81\x93"
							   "A");
	assert_str(BODY("\x1b$)C\x0e>H\x0f!", "iso-2022-kr"), "\xec\x95\x88!");
	assert_str(BODY("a~{D:~}b", "hz"), "a\xe6\x9a\xae"
					   "b");
	assert_str(BODY("1 +AGE-+-", "utf-7"), "1 a+");
	assert_str(BODY("\xff\0h\0i\0 \0", "utf-16"),
		   "\xc3\xbfhi "); /* byte order guessed from the blank */
}

static void base64(void **state)
{
	(void)state;
	assert_str(base64_mail_decode(scan, STR_LIT("aGVs\nbG8=\n")), "hello");
	assert_str(base64_mail_decode(scan, STR_LIT("aGVsbG8")), "hello");   /* no padding */
	assert_str(base64_mail_decode(scan, STR_LIT("aGVs!bG8*")), "hello"); /* junk */
	assert_str(base64_mail_decode(scan, STR_LIT("aGVsb")), "hel");
	assert_str(base64_mail_decode(scan, STR_LIT("YQ==Yg==")),
		   "a\0\0b"); /* "=" inside counts as zero */
	assert_str(base64_mail_decode(scan, STR_LIT("")), "");
}

/* What base64_mail_decode() says of "=", digit by digit. */
static struct str base64_slowly(struct str text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
	char kept[64];
	size_t n = 0, n_bits = 0, n_out = 0;
	bool clean = true;
	char *out = arena_alloc(scan, text.len + 1);
	unsigned bits = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (memchr(digits, text.ptr[i], 65))
			kept[n++] = text.ptr[i];
		else if (!ascii_is_space((unsigned char)text.ptr[i]))
			clean = false;
	}
	unsigned stray = clean && n % 4 == 0 ? 0 : 63;
	while (n && kept[n - 1] == '=')
		n--;
	for (size_t i = 0; i < n; i++) {
		size_t value = (size_t)((const char *)memchr(digits, kept[i], 65) - digits);
		bits = bits << 6 | (value == 64 ? stray : (unsigned)value);
		if ((n_bits += 6) >= 8)
			out[n_out++] = (char)(bits >> (n_bits -= 8));
	}
	return str_make(out, n_out);
}

static void base64_of_any_text(void **state)
{
	static const char alphabet[] = "AaZz09+/Qk3=\n =!";
	char text[48];
	uint32_t drawn = 1;

	(void)state;
	for (int i = 0; i < 50000; i++) {
		size_t n = unit_draw(&drawn, sizeof text);
		unsigned kinds = i % 3 == 0 ? 11 : i % 3 == 1 ? 14 : sizeof alphabet - 1;

		for (size_t at = 0; at < n; at++)
			text[at] = alphabet[unit_draw(&drawn, kinds)];
		struct str slowly = base64_slowly(str_make(text, n));
		struct str got = base64_mail_decode(scan, str_make(text, n));
		assert_int_equal(got.len, slowly.len);
		assert_memory_equal(got.ptr, slowly.ptr, got.len);
	}
}

static void quoted_printable(void **state)
{
	(void)state;
	assert_str(qp_mail_decode(scan, STR_LIT("a=3d=3Db")), "a==b");
	assert_str(qp_mail_decode(scan, STR_LIT("soft= \t\r\nline  \nend ")), "softline\nend ");
	assert_str(qp_mail_decode(scan, STR_LIT("=\n=ZZ=4")), "=ZZ=4");
	assert_str(qp_mail_decode(scan, STR_LIT("==\n41")), "A");
}

UNIT_MAIN(cmocka_unit_test_setup_teardown(utf8_is_believed_first, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(faults_of_utf8, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(latin1_is_windows1252, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(single_bytes, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(double_bytes, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(shifting, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(base64, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(base64_of_any_text, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(quoted_printable, set_up, tear_down))
