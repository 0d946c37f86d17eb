/* span: see span.h. Vectors are those of the compiler, so this is the same on every machine. */
#include "lib/base/span.h"

enum { BLOCK_BYTES = 16, ROUNDS_MAX = 255 };

typedef unsigned char block __attribute__((vector_size(BLOCK_BYTES)));
typedef uint64_t halves __attribute__((vector_size(BLOCK_BYTES)));

static block load(const char *at)
{
	block bytes;
	memcpy(&bytes, at, sizeof bytes);
	return bytes;
}

static bool is_zero(block bytes)
{
	halves words = (halves)bytes;
	return (words[0] | words[1]) == 0;
}

static block all_of(char c)
{
	unsigned char byte = (unsigned char)c;
	return (block){byte, byte, byte, byte, byte, byte, byte, byte,
		       byte, byte, byte, byte, byte, byte, byte, byte};
}

size_t span_until_either(struct str s, size_t at, char a, char b)
{
	const block as = all_of(a), bs = all_of(b);
	for (; at + BLOCK_BYTES <= s.len; at += BLOCK_BYTES) {
		block bytes = load(s.ptr + at);
		if (!is_zero((block)((bytes == as) | (bytes == bs))))
			break;
	}
	while (at < s.len && s.ptr[at] != a && s.ptr[at] != b)
		at++;
	return at;
}

size_t span_until_digit(struct str s, size_t at, char a, char b)
{
	const block as = all_of(a), bs = all_of(b), zero = all_of('0'), nine = all_of(9);
	for (; at + BLOCK_BYTES <= s.len; at += BLOCK_BYTES) {
		block bytes = load(s.ptr + at);
		if (!is_zero((block)((bytes == as) | (bytes == bs) | (bytes - zero <= nine))))
			break;
	}
	while (at < s.len && s.ptr[at] != a && s.ptr[at] != b &&
	       !ascii_is_digit((unsigned char)s.ptr[at]))
		at++;
	return at;
}

size_t span_until_pair(struct str s, size_t at, const char first[2], size_t distance,
		       const char second[2])
{
	const block a = all_of(first[0]), b = all_of(first[1]);
	const block c = all_of(second[0]), d = all_of(second[1]);
	size_t end = distance < s.len ? s.len - distance : 0;
	for (; at + BLOCK_BYTES <= end; at += BLOCK_BYTES) {
		block here = load(s.ptr + at), there = load(s.ptr + at + distance);
		block hits =
			(block)((here == a) | (here == b)) & (block)((there == c) | (there == d));
		if (!is_zero(hits))
			break;
	}
	for (; at < end; at++) {
		char here = s.ptr[at], there = s.ptr[at + distance];
		if ((here == first[0] || here == first[1]) &&
		    (there == second[0] || there == second[1]))
			return at;
	}
	return s.len;
}

size_t span_ascii(struct str s, size_t at)
{
	for (; at + BLOCK_BYTES <= s.len; at += BLOCK_BYTES)
		if (!is_zero(load(s.ptr + at) & all_of('\x80')))
			break;
	while (at < s.len && !((unsigned char)s.ptr[at] & 0x80))
		at++;
	return at;
}

size_t span_printable(struct str s, size_t at)
{
	const block space = all_of(' '), beyond = all_of('\x7f');
	for (; at + BLOCK_BYTES <= s.len; at += BLOCK_BYTES) {
		block bytes = load(s.ptr + at);
		if (!is_zero((block)((bytes < space) | (bytes >= beyond))))
			break;
	}
	while (at < s.len && (unsigned char)s.ptr[at] >= ' ' && (unsigned char)s.ptr[at] < 0x7f)
		at++;
	return at;
}

/* Each lane counts for itself until it could overflow. */
size_t span_count_range(struct str s, unsigned char from, unsigned char to)
{
	const block first = all_of((char)from), width = all_of((char)(to - from));
	size_t n = 0, at = 0;

	while (at + BLOCK_BYTES <= s.len) {
		block counts = {0};
		for (int i = 0; i < ROUNDS_MAX && at + BLOCK_BYTES <= s.len; i++) {
			counts -= (block)(load(s.ptr + at) - first <= width);
			at += BLOCK_BYTES;
		}
		for (int i = 0; i < BLOCK_BYTES; i++)
			n += counts[i];
	}
	for (; at < s.len; at++)
		n += (unsigned char)((unsigned char)s.ptr[at] - from) <= to - from;
	return n;
}

/* Of eight bytes each, those between 80 and BF have their highest bit set and the next one not. */
size_t span_count_characters(struct str s)
{
	size_t n = s.len, at = 0;
	for (uint64_t word; at + sizeof word <= s.len; at += sizeof word) {
		memcpy(&word, s.ptr + at, sizeof word);
		word = word & ~(word << 1) & 0x8080808080808080;
		n -= (size_t)((word >> 7) * 0x0101010101010101 >> 56);
	}
	for (; at < s.len; at++)
		n -= ((unsigned char)s.ptr[at] & 0xc0) == 0x80;
	return n;
}
