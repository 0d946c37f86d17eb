/*
 * span: how far a text goes on without certain bytes, sixteen bytes at a time. Offsets are into the
 * whole text; its length when nothing stops.
 */
#ifndef WHORL_BASE_SPAN_H
#define WHORL_BASE_SPAN_H

#include <stdint.h>

#include "lib/base/str.h"

/* Up to the first a or b from offset `at` on. */
size_t span_until_either(struct str s, size_t at, char a, char b);
/* Up to the first ASCII digit, a or b from offset `at` on. */
size_t span_until_digit(struct str s, size_t at, char a, char b);
/* Up to the first place from offset `at` on that has one of two bytes, and one of two others so far
 * behind it; s.len when there is none. */
size_t span_until_pair(struct str s, size_t at, const char first[2], size_t distance,
		       const char second[2]);
/* Up to the first byte beyond ASCII from offset `at` on. */
size_t span_ascii(struct str s, size_t at);
/* Up to the first byte that is not one of 20-7E, what ASCII prints, from offset `at` on. */
size_t span_printable(struct str s, size_t at);
/* Bytes that begin a character of UTF-8, or are none of it: all but 80-BF. */
size_t span_count_characters(struct str s);

/* How many bytes are from `from` to `to`, both with. */
size_t span_count_range(struct str s, unsigned char from, unsigned char to);

/* A set of bytes as a table, for the loops that look at each. */
struct byteset {
	bool has[256];
};

/* Up to the first byte of the set. */
static inline size_t span_until(struct str s, size_t at, const struct byteset *set)
{
	while (at < s.len && !set->has[(unsigned char)s.ptr[at]])
		at++;
	return at;
}

/* Up to the first byte that is not of the set. */
static inline size_t span_of(struct str s, size_t at, const struct byteset *set)
{
	while (at < s.len && set->has[(unsigned char)s.ptr[at]])
		at++;
	return at;
}

/* Table entries: white space as ascii_is_space(). */
#define BYTESET_SPACES                                                                             \
	[' '] = true, ['\t'] = true, ['\n'] = true, ['\v'] = true, ['\f'] = true, ['\r'] = true

#endif
