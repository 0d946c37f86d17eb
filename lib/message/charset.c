/*
 * charset: bytes of a declared charset → UTF-8 with SpamAssassin's order of belief (Node.pm
 * _normalize): valid UTF-8 first, then what is declared, then Windows-1252.
 */
#include "lib/message/charset.h"
#include "lib/message/message.h"
#include "lib/message/parse.h"

/* GB18030, GB-18030, "GB 18030", each with an optional -20xx. */
static bool is_gb18030(struct str name)
{
	if (!str_has_prefix_ci(name, "gb"))
		return false;
	name = str_from_at(name, 2);
	if (name.len && (name.ptr[0] == ' ' || name.ptr[0] == '-'))
		name = str_from_at(name, 1);
	if (!str_has_prefix(name, "18030"))
		return false;
	name = str_from_at(name, 5);
	return name.len == 0 || (name.len == 5 && str_has_prefix(name, "-20") &&
				 ascii_is_digit((unsigned char)name.ptr[3]) &&
				 ascii_is_digit((unsigned char)name.ptr[4]));
}

static bool is_ascii_name(struct str name)
{
	return str_eq_ci_c(name, "us-ascii") || str_eq_ci_c(name, "ascii");
}

static size_t count_if(struct str text, bool (*is)(unsigned char c))
{
	size_t n = 0;

	while (n < text.len && is((unsigned char)text.ptr[n]))
		n++;
	return n;
}

/* "", "-1", "-15" */
static bool is_part_number(struct str tail)
{
	return tail.len == 0 || (tail.ptr[0] == '-' && (tail.len == 2 || tail.len == 3) &&
				 count_if(str_from_at(tail, 1), ascii_is_digit) == tail.len - 1);
}

static bool is_short_word(struct str tail)
{
	return (tail.len == 1 || tail.len == 2) && count_if(tail, ascii_is_alpha) == tail.len;
}

/* Names under which 7-bit text is plain ASCII, so that nothing need be decoded and Perl keeps
 * bytes. */
static bool is_ascii_superset(struct str name)
{
	static const char *const plain[] = {
		"us-ascii",
		"ascii",
		"iso646-us",
		"ansi_x3.4-1986",
		"ansi_x3.4-1968",
		"ansi x3.4-1986",
		"ansi x3.4-1968",
		"ansix3.4-1986",
		"ansix3.4-1968",
		"utf-8",
		"utf8",
		"big5",
		"gbk",
	};
	static const char *const iso[] = {"iso-8859", "iso 8859", "iso8859"};

	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (str_eq_ci_c(name, plain[i]))
			return true;
	for (size_t i = 0; i < sizeof iso / sizeof *iso; i++)
		if (str_has_prefix_ci(name, iso[i]) &&
		    is_part_number(str_from_at(name, strlen(iso[i]))))
			return true;
	if (str_has_prefix_ci(name, "windows-"))
		return name.len == 12 && count_if(str_from_at(name, 8), ascii_is_digit) == 4;
	if (str_has_prefix_ci(name, "koi8-"))
		return is_short_word(str_from_at(name, 5));
	if (str_has_prefix_ci(name, "euc-"))
		return is_short_word(str_from_at(name, 4));
	return is_gb18030(name);
}

static bool is_windows1252(struct str name)
{
	return str_eq_ci_c(name, "iso-8859-1") || str_eq_ci_c(name, "iso8859-1") ||
	       str_eq_ci_c(name, "windows-1252") || str_eq_ci_c(name, "cp1252");
}

static struct str encoding_of(struct arena *scan, struct str declared)
{
	struct str encoding;

	if (is_windows1252(declared))
		return STR_LIT("cp1252");
	if (str_eq_ci_c(declared, "utf-8") || str_eq_ci_c(declared, "utf8"))
		return STR_LIT("utf-8-strict");
	encoding = charset_resolve(scan, declared);
	return encoding.ptr || !is_gb18030(declared) ? encoding : STR_LIT("cp936");
}

/* "UTF16", "UTF-16LE", "UTF 16": all mean that the byte order is to be guessed. */
static bool is_utf16(struct str name)
{
	if (!str_has_prefix_ci(name, "utf"))
		return false;
	name = str_from_at(name, 3);
	if (name.len && (name.ptr[0] == ' ' || name.ptr[0] == '-'))
		name = str_from_at(name, 1);
	return str_has_prefix(name, "16");
}

static bool is_utf7(struct arena *scan, struct str name)
{
	return str_eq_c(charset_resolve(scan, name), "utf-7");
}

/* Is there a stretch of base64 in it? */
static bool utf7_shifts(struct str bytes)
{
	for (size_t i = 0; i + 1 < bytes.len; i++) {
		unsigned char next = (unsigned char)bytes.ptr[i + 1];

		if (bytes.ptr[i] == '+' && (ascii_is_alnum(next) || next == '+' || next == '/'))
			return true;
	}
	return false;
}

/* "+-" is a plus. */
static struct str utf7_pluses(struct arena *scan, struct str bytes)
{
	struct buf out;

	if (str_find_char(bytes, '+') == STR_NOT_FOUND)
		return bytes;
	buf_init(&out, scan);
	for (size_t i = 0; i < bytes.len; i++) {
		buf_add_char(&out, bytes.ptr[i]);
		if (bytes.ptr[i] == '+' && i + 1 < bytes.len && bytes.ptr[i + 1] == '-')
			i++;
	}
	return buf_str(&out);
}

static unsigned nibble_sum(struct str s, size_t i)
{
	unsigned char byte = i < s.len ? (unsigned char)s.ptr[i] : 0;

	return (byte >> 4) + (byte & 15u);
}

/* Which byte order text is likely to have (Node.pm detect_utf16); ptr NULL when there is no
 * telling. */
static struct str guess_utf16(struct str s)
{
	size_t little = 0, big = 0, even = 0, odd = 0;

	if (str_has_prefix(s, "\xff\xfe") || str_has_prefix(s, "\xfe\xff"))
		return STR_NONE;
	for (size_t i = 0; i < s.len; i += 2) {
		char next = i + 1 < s.len ? s.ptr[i + 1] : '\0';

		even += nibble_sum(s, i);
		odd += nibble_sum(s, i + 1);
		little += s.ptr[i] == ' ' && next == '\0';
		big += s.ptr[i] == '\0' && next == ' ';
	}
	little += even > odd * 4;
	big += odd * 4 > even;
	if (little == big)
		return STR_NONE;
	return little > big ? STR_LIT("utf-16le") : STR_LIT("utf-16be");
}

/* Decoding by what is declared; false when that is unknown or does not fit. */
static bool decode_declared(struct buf *out, struct str bytes, struct str declared, bool insist,
			    bool tried_utf8)
{
	enum charset_faults faults = insist ? CHARSET_FAULT_REPLACED : CHARSET_FAULT_FAILS;
	struct str encoding;

	if (is_ascii_name(declared) && !insist)
		return false;
	if (is_utf16(declared)) {
		encoding = guess_utf16(bytes);
		faults = CHARSET_FAULT_FAILS;
	} else {
		encoding = encoding_of(out->arena, declared);
		if (tried_utf8 && str_eq_c(encoding, "utf-8-strict"))
			return false;
	}
	return encoding.ptr && charset_decode(out, bytes, encoding, faults);
}

struct str charset_to_utf8(struct arena *scan, struct str bytes, struct str charset, bool insist,
			   bool *is_unicode_out)
{
	bool is_8bit = str_has_8bit(bytes), ignored;
	bool *is_unicode = is_unicode_out ? is_unicode_out : &ignored;
	struct buf out;

	*is_unicode = is_8bit;
	if (!is_8bit && is_ascii_superset(charset))
		return bytes;
	if (is_8bit && !insist && charset_is_strict_utf8(bytes))
		return bytes;
	buf_init(&out, scan);
	if (decode_declared(&out, bytes, charset, insist, is_8bit && !insist)) {
		if (insist && is_utf16(charset))
			return bytes; /* in encoded words SpamAssassin leaves UTF-16 as it is */
		if (!insist && is_utf7(scan, charset) && !utf7_shifts(bytes)) {
			*is_unicode = false; /* and 8-bit bytes in UTF-7 stay bytes */
			return utf7_pluses(scan, bytes);
		}
		*is_unicode = true;
		return buf_str(&out);
	}
	if (!is_8bit)
		return bytes;
	buf_clear(&out);
	buf_reserve(&out, bytes.len + bytes.len / 2);
	charset_decode(&out, bytes, STR_LIT("cp1252"), CHARSET_FAULT_REPLACED);
	return buf_str(&out);
}

/* --- as mail programs read it --- */

/* The byte order of a mark, of the name, or of what the text is likely to be. */
static struct str order_of_utf16(struct str bytes, struct str name)
{
	struct str guess = guess_utf16(bytes);

	if (str_has_prefix(bytes, "\xff\xfe"))
		return STR_LIT("utf-16le");
	if (str_has_prefix(bytes, "\xfe\xff"))
		return STR_LIT("utf-16be");
	if (str_has_suffix_ci(name, "le"))
		return STR_LIT("utf-16le");
	if (str_has_suffix_ci(name, "be") || !guess.ptr)
		return STR_LIT("utf-16be");
	return guess;
}

/* Encodings that SpamAssassin takes for none, or for another; ptr NULL for all others. */
static struct str misread(struct str bytes, struct str name)
{
	if (str_has_prefix_ci(name, "utf-32") || str_has_prefix_ci(name, "ucs-4"))
		return STR_NONE; /* its mark begins as the one of UTF-16 */
	if (is_utf16(name) || str_has_prefix(bytes, "\xff\xfe") ||
	    str_has_prefix(bytes, "\xfe\xff"))
		return order_of_utf16(bytes, name);
	if (str_eq_ci_c(name, "x-gbk"))
		return STR_LIT("cp936");
	return str_eq_ci_c(name, "hz-gb-2312") ? STR_LIT("hz") : STR_NONE;
}

bool charset_as_read(struct arena *scan, struct str bytes, struct str charset, struct str *out)
{
	struct str encoding = misread(bytes, charset);
	struct buf text;

	if (!encoding.ptr)
		return false;
	if (str_has_prefix(encoding, "utf-16") &&
	    (str_has_prefix(bytes, "\xff\xfe") || str_has_prefix(bytes, "\xfe\xff")))
		bytes = str_from_at(bytes, 2);
	buf_init(&text, scan);
	charset_decode(&text, bytes, encoding, CHARSET_FAULT_REPLACED);
	*out = buf_str(&text);
	return true;
}
