/*
 * pairs: which bytes follow each other in a text, as a set of 256 bits that each stand for many
 * pairs. A text that lacks a pair of a literal has not the literal; asking that costs less than
 * looking for it, where many literals are looked for in one text. ASCII letters are of no case.
 */
#ifndef WHORL_BASE_PAIRS_H
#define WHORL_BASE_PAIRS_H

#include <stdint.h>

#include "lib/base/str.h"

struct pairs {
	uint64_t bits[4];
};

static inline unsigned pairs_number(const char *at)
{
	return ((((unsigned char)at[0] | 0x20u) * 37u) ^ ((unsigned char)at[1] | 0x20u)) & 255;
}

static inline struct pairs pairs_of(struct str text)
{
	struct pairs pairs = {{0}};

	for (size_t i = 0; i + 1 < text.len; i++) {
		unsigned number = pairs_number(text.ptr + i);
		pairs.bits[number >> 6] |= (uint64_t)1 << (number & 63);
	}
	return pairs;
}

/* False: the text that the set is of does not contain the literal, in any case of letters. */
static inline bool pairs_may_have(const struct pairs *pairs, struct str literal)
{
	for (size_t i = 0; i + 1 < literal.len; i++) {
		unsigned number = pairs_number(literal.ptr + i);
		if (!(pairs->bits[number >> 6] >> (number & 63) & 1))
			return false;
	}
	return true;
}

#endif
