/*
 * transfer: base64 and quoted-printable as SpamAssassin undoes them (Util.pm base64_decode,
 * qp_decode); neither knows an error.
 */
#include "lib/message/mime_gmime.h"
#include "lib/message/parse.h"

static bool is_base64_char(unsigned char c)
{
	return ascii_is_alnum(c) || c == '+' || c == '/' || c == '=';
}

/* What is neither white space nor junk; *is_clean_out: there was no junk. */
static size_t keep_base64(char *to, struct str text, bool *is_clean_out)
{
	size_t n = 0;

	*is_clean_out = true;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (is_base64_char(c))
			to[n++] = (char)c;
		else if (!ascii_is_space(c))
			*is_clean_out = false;
	}
	return n;
}

/*
 * "=" at the end is padding. One further in stands for a digit: of value 0 when the text is clean
 * and of full length, else of value 63, which is what SpamAssassin's two decoders make of it.
 */
struct str base64_mail_decode(struct arena *scan, struct str text)
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

static int hex_value(char c)
{
	if (ascii_is_digit((unsigned char)c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind the newline at i ("\n" or "\r\n"), or 0 when there is none. */
static size_t behind_newline(struct str s, size_t i)
{
	if (i < s.len && s.ptr[i] == '\n')
		return i + 1;
	return i + 1 < s.len && s.ptr[i] == '\r' && s.ptr[i + 1] == '\n' ? i + 2 : 0;
}

/* Blanks before a line end go, and so do soft line breaks. */
static struct str join_soft_lines(struct arena *scan, struct str text)
{
	char *to = arena_alloc(scan, text.len + 1);
	size_t n = 0, i = 0, blank, next, joint = 0; /* up to joint the text before is final */

	while (i < text.len) {
		for (blank = i;
		     blank < text.len && (text.ptr[blank] == ' ' || text.ptr[blank] == '\t');)
			blank++;
		if (blank > i && !behind_newline(text, blank)) {
			memcpy(to + n, text.ptr + i, blank - i);
			n += blank - i;
		}
		i = blank;
		next = behind_newline(text, i);
		if (next && n > joint && to[n - 1] == '=') {
			joint = --n; /* soft: neither "=" nor the newline stays */
		} else if (next) {
			memcpy(to + n, text.ptr + i, next - i);
			n += next - i;
		} else if (i < text.len) {
			to[n++] = text.ptr[i++];
		}
		i = next ? next : i;
	}
	return str_make(to, n);
}

struct str qp_mail_decode(struct arena *scan, struct str text)
{
	struct str joined = join_soft_lines(scan, text);
	char *to = (char *)joined.ptr; /* ours; the decoded bytes never overtake */
	size_t n = 0;

	for (size_t i = 0; i < joined.len; i++) {
		int high = joined.ptr[i] == '=' && i + 2 < joined.len ? hex_value(joined.ptr[i + 1])
								      : -1;
		int low = high < 0 ? -1 : hex_value(joined.ptr[i + 2]);

		if (low < 0) {
			to[n++] = joined.ptr[i];
			continue;
		}
		to[n++] = (char)(high * 16 + low);
		i += 2;
	}
	return str_make(to, n);
}
