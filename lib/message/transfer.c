/*
 * transfer: base64 and quoted-printable as SpamAssassin undoes them (Util.pm base64_decode,
 * qp_decode); neither knows an error.
 */
#include <stdint.h>

#include "lib/base/span.h"
#include "lib/message/mime_gmime.h"
#include "lib/message/parse.h"

enum base64_kind { BASE64_JUNK, BASE64_DIGIT, BASE64_SPACE };

#define DIGITS_4(c)                                                                                \
	[c] = BASE64_DIGIT, [(c) + 1] = BASE64_DIGIT, [(c) + 2] = BASE64_DIGIT,                    \
	[(c) + 3] = BASE64_DIGIT
#define LETTERS_26(c)                                                                              \
	DIGITS_4(c), DIGITS_4((c) + 4), DIGITS_4((c) + 8), DIGITS_4((c) + 12), DIGITS_4((c) + 16), \
		DIGITS_4((c) + 20), [(c) + 24] = BASE64_DIGIT, [(c) + 25] = BASE64_DIGIT

static const unsigned char base64_kinds[256] = {
	LETTERS_26('A'),       LETTERS_26('a'),       DIGITS_4('0'),         DIGITS_4('4'),
	['8'] = BASE64_DIGIT,  ['9'] = BASE64_DIGIT,  ['+'] = BASE64_DIGIT,  ['/'] = BASE64_DIGIT,
	['='] = BASE64_DIGIT,  [' '] = BASE64_SPACE,  ['\t'] = BASE64_SPACE, ['\n'] = BASE64_SPACE,
	['\v'] = BASE64_SPACE, ['\f'] = BASE64_SPACE, ['\r'] = BASE64_SPACE,
};

/* What is neither white space nor junk; *is_clean_out: there was no junk. */
static size_t keep_base64(char *to, struct str text, bool *is_clean_out)
{
	size_t n = 0, n_junk = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned kind = base64_kinds[(unsigned char)text.ptr[i]];

		to[n] = text.ptr[i];
		n += kind == BASE64_DIGIT;
		n_junk += kind == BASE64_JUNK;
	}
	*is_clean_out = n_junk == 0;
	return n;
}

/* A digit's value where it stands first, second, third and last of four, or BASE64_BAD. */
enum { BASE64_BAD = 1 << 24 };
struct base64_values {
	uint32_t at[4][256];
};

static void base64_values_make(struct base64_values *values)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (int place = 0; place < 4; place++) {
		for (int c = 0; c < 256; c++)
			values->at[place][c] = BASE64_BAD;
		for (uint32_t value = 0; value < 64; value++)
			values->at[place][(unsigned char)digits[value]] = value
									  << (6 * (3 - place));
	}
}

static const struct base64_values *base64_values(void)
{
	static struct base64_values values;
	static bool made;

	if (!made)
		base64_values_make(&values);
	made = true;
	return &values;
}

static char *put_three(char *to, uint32_t bits)
{
	*to++ = (char)(bits >> 16);
	*to++ = (char)(bits >> 8);
	*to++ = (char)bits;
	return to;
}

/* As many digits as stand together, four at a time; their bytes go to `to`. */
static size_t decode_run(const struct base64_values *values, struct str text, size_t at, char **to)
{
	const unsigned char *in = (const unsigned char *)text.ptr;

	for (; at + 4 <= text.len; at += 4) {
		uint32_t bits = values->at[0][in[at]] | values->at[1][in[at + 1]] |
				values->at[2][in[at + 2]] | values->at[3][in[at + 3]];

		if (bits & BASE64_BAD)
			break;
		*to = put_three(*to, bits);
	}
	return at;
}

/* The usual: digits, white space, and "=" at the end only. False for anything else. */
static bool decode_plain(struct str text, char *out, size_t *n_out)
{
	const struct base64_values *values = base64_values();
	uint32_t bits = 0;
	unsigned n = 0; /* digits of the four begun */
	char *to = out;
	bool ended = false;

	for (size_t at = 0;; at++) {
		if (!n && !ended)
			at = decode_run(values, text, at, &to);
		if (at >= text.len)
			break;
		unsigned char c = (unsigned char)text.ptr[at];
		if (base64_kinds[c] == BASE64_SPACE)
			continue;
		if (base64_kinds[c] == BASE64_JUNK || (ended && c != '='))
			return false;
		ended = c == '=';
		if (ended)
			continue;
		bits |= values->at[n][c];
		if (++n == 4) {
			to = put_three(to, bits);
			n = bits = 0;
		}
	}
	if (n > 1) /* 12 or 18 bits are one byte or two */
		to = put_three(to, bits) - (4 - n);
	*n_out = (size_t)(to - out);
	return true;
}

/*
 * "=" at the end is padding. One further in stands for a digit: of value 0 when the text is clean
 * and of full length, else of value 63, which is what SpamAssassin's two decoders make of it.
 */
static struct str decode_strange(struct arena *scan, struct str text)
{
	char *digits = arena_alloc(scan, text.len + 4);
	struct buf out;
	bool is_clean;
	size_t n = keep_base64(digits, text, &is_clean);
	char stray = is_clean && n % 4 == 0 ? 'A' : '/';

	while (n && digits[n - 1] == '=')
		n--;
	for (char *at = digits; (at = memchr(at, '=', (size_t)(digits + n - at)));)
		*at = stray;
	if (n % 4 == 1)
		n--;
	while (n % 4)
		digits[n++] = '=';
	buf_init(&out, scan);
	gmime_base64_decode(&out, str_make(digits, n));
	return buf_str(&out);
}

struct str base64_mail_decode(struct arena *scan, struct str text)
{
	char *out = arena_alloc(scan, text.len / 4 * 3 + 4);
	size_t n;

	if (!decode_plain(text, out, &n))
		return decode_strange(scan, text);
	return str_make(out, n);
}

static int hex_value(char c)
{
	if (ascii_is_digit((unsigned char)c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The line's bytes without its end ("\n" or "\r\n") and the blanks before that. */
static size_t without_blanks(struct str line, size_t *end_bytes_out)
{
	size_t n = line.len - 1;

	if (n > 0 && line.ptr[n - 1] == '\r')
		n--;
	*end_bytes_out = line.len - n;
	while (n > 0 && (line.ptr[n - 1] == ' ' || line.ptr[n - 1] == '\t'))
		n--;
	return n;
}

/* Blanks before a line end go, and so do soft line breaks. */
static struct str join_soft_lines(struct arena *scan, struct str text)
{
	char *out = arena_alloc(scan, text.len + 1), *to = out;
	struct str line;
	size_t pos = 0;

	while (line_next(text, &pos, &line)) {
		size_t end_bytes = 0, n = line.len;

		if (line.ptr[n - 1] == '\n')
			n = without_blanks(line, &end_bytes);
		if (end_bytes && n > 0 && line.ptr[n - 1] == '=') {
			n--; /* soft: neither "=" nor the newline stays */
			end_bytes = 0;
		}
		to = mempcpy(to, line.ptr, n);
		to = mempcpy(to, line.ptr + line.len - end_bytes, end_bytes);
	}
	return str_make(out, (size_t)(to - out));
}

struct str qp_mail_decode(struct arena *scan, struct str text)
{
	struct str joined = join_soft_lines(scan, text);
	char *to = (char *)joined.ptr; /* ours; the decoded bytes never overtake */
	size_t n = 0, told = 0;

	for (size_t i = 0; (i = span_until_either(joined, i, '=', '=')) + 2 < joined.len; i++) {
		int high = hex_value(joined.ptr[i + 1]);
		int low = high < 0 ? -1 : hex_value(joined.ptr[i + 2]);

		if (low < 0)
			continue;
		memmove(to + n, joined.ptr + told, i - told);
		n += i - told;
		to[n++] = (char)(high * 16 + low);
		i += 2;
		told = i + 1;
	}
	memmove(to + n, joined.ptr + told, joined.len - told);
	return str_make(to, n + joined.len - told);
}
