/* encode: see encode.h */
#include "lib/base/encode.h"

#include <stdint.h>
#include "lib/base/span.h"

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* --- hex -------------------------------------------------------------------------------------- */

void encode_hex(struct buf *out, struct str bytes)
{
	static const char digits[] = "0123456789abcdef";
	buf_reserve(out, bytes.len * 2);
	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char byte = (unsigned char)bytes.ptr[i];
		buf_add_char(out, digits[byte >> 4]);
		buf_add_char(out, digits[byte & 15]);
	}
}

bool decode_hex(struct buf *out, struct str text)
{
	size_t before = out->len;
	for (size_t i = 0; i + 1 < text.len; i += 2) {
		int high = hex_value(text.ptr[i]), low = hex_value(text.ptr[i + 1]);
		if (high < 0 || low < 0) {
			buf_truncate(out, before);
			return false;
		}
		buf_add_char(out, (char)(high << 4 | low));
	}
	if (text.len % 2)
		buf_truncate(out, before);
	return text.len % 2 == 0;
}

/* --- base64 (RFC 4648 section 4) -------------------------------------------------------------- */

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void encode_base64(struct buf *out, struct str bytes)
{
	buf_reserve(out, bytes.len / 3 * 4 + 4);
	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t have = bytes.len - i < 3 ? bytes.len - i : 3;
		uint32_t group = 0;
		for (size_t k = 0; k < 3; k++)
			group = group << 8 | (k < have ? (unsigned char)bytes.ptr[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			buf_add_char(out,
				     k <= have ? base64_digits[group >> (18 - 6 * k) & 63] : '=');
	}
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four digits, of which the last n_padding are "="; bits that the padding cuts off must be 0. */
static bool decode_group(struct buf *out, const char *text, unsigned n_padding)
{
	uint32_t group = 0;
	for (unsigned k = 0; k < 4; k++) {
		int value = k < 4 - n_padding ? base64_value(text[k]) : 0;
		if (value < 0)
			return false;
		group = group << 6 | (uint32_t)value;
	}
	unsigned n_bytes = 3 - n_padding;
	if (group & ((1u << 8 * n_padding) - 1))
		return false;
	for (unsigned k = 0; k < n_bytes; k++)
		buf_add_char(out, (char)(group >> (16 - 8 * k) & 0xFF));
	return true;
}

bool decode_base64(struct buf *out, struct str text)
{
	size_t before = out->len;
	bool is_good = text.len % 4 == 0;
	for (size_t i = 0; is_good && i < text.len; i += 4) {
		unsigned n_padding = 0;
		if (i + 4 == text.len)
			n_padding = text.ptr[i + 3] != '=' ? 0 : text.ptr[i + 2] != '=' ? 1 : 2;
		is_good = decode_group(out, text.ptr + i, n_padding);
	}
	if (!is_good)
		buf_truncate(out, before);
	return is_good;
}

/* --- %XX (RFC 3986 section 2.1) --------------------------------------------------------------- */

void decode_percent(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		int high = -1, low = -1;
		if (text.ptr[i] == '%' && text.len - i > 2) {
			high = hex_value(text.ptr[i + 1]);
			low = hex_value(text.ptr[i + 2]);
		}
		if (high < 0 || low < 0) {
			buf_add_char(out, text.ptr[i]);
			continue;
		}
		buf_add_char(out, (char)(high << 4 | low));
		i += 2;
	}
}

/* --- UTF-8 (RFC 3629) ------------------------------------------------------------------------- */

unsigned utf8_decode(struct str s, unsigned *codepoint_out)
{
	static const unsigned smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	if (s.len == 0)
		return 0;
	unsigned char first = (unsigned char)s.ptr[0];
	unsigned len, codepoint;
	if (first < 0x80)
		len = 1, codepoint = first;
	else if (first >= 0xC2 && first <= 0xDF)
		len = 2, codepoint = first & 0x1F;
	else if ((first & 0xF0) == 0xE0)
		len = 3, codepoint = first & 0x0F;
	else if (first >= 0xF0 && first <= 0xF4)
		len = 4, codepoint = first & 0x07;
	else
		return 0;
	if (s.len < len)
		return 0;
	for (unsigned i = 1; i < len; i++) {
		if (((unsigned char)s.ptr[i] & 0xC0) != 0x80)
			return 0;
		codepoint = codepoint << 6 | ((unsigned char)s.ptr[i] & 0x3F);
	}
	if (codepoint < smallest[len] || codepoint > 0x10FFFF ||
	    (codepoint >= 0xD800 && codepoint <= 0xDFFF))
		return 0;
	if (codepoint_out)
		*codepoint_out = codepoint;
	return len;
}

bool utf8_is_valid(struct str s)
{
	for (size_t at = 0; (at = span_ascii(s, at)) < s.len;) {
		unsigned len = utf8_decode(str_from_at(s, at), NULL);
		if (len == 0)
			return false;
		at += len;
	}
	return true;
}
