/* keyed_hash: see keyed_hash.h. */
#include "lib/base/keyed_hash.h"

#include <endian.h>
#include <string.h>

enum { ROUNDS = 2, LAST_ROUNDS = 4, WORD_BYTES = 8 };

static uint64_t word_of(const unsigned char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof word);
	return le64toh(word);
}

/* Of less than eight bytes. */
static uint64_t rest_of(const unsigned char *bytes, size_t n)
{
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++)
		word |= (uint64_t)bytes[i] << 8 * i;
	return word;
}

static uint64_t turned(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

/* Its section 2.2: a round of additions, rotations and exclusive ors. */
static inline void mix(uint64_t v[4], int rounds)
{
	for (int i = 0; i < rounds; i++) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = turned(v[1], 13) ^ v[0];
		v[3] = turned(v[3], 16) ^ v[2];
		v[0] = turned(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = turned(v[1], 17) ^ v[2];
		v[3] = turned(v[3], 21) ^ v[0];
		v[2] = turned(v[2], 32);
	}
}

static inline void take(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	mix(v, ROUNDS);
	v[0] ^= word;
}

struct keyed_hash keyed_hash_of(const unsigned char key[KEYED_HASH_KEY_BYTES])
{
	return (struct keyed_hash){{word_of(key), word_of(key + WORD_BYTES)}};
}

uint64_t keyed_hash(const struct keyed_hash *hash, const void *data, size_t len)
{
	/* "somepseudorandomlygeneratedbytes" */
	uint64_t v[4] = {hash->key[0] ^ 0x736f6d6570736575, hash->key[1] ^ 0x646f72616e646f6d,
			 hash->key[0] ^ 0x6c7967656e657261, hash->key[1] ^ 0x7465646279746573};
	const unsigned char *bytes = data;
	size_t rest = len;

	for (; rest >= WORD_BYTES; rest -= WORD_BYTES, bytes += WORD_BYTES)
		take(v, word_of(bytes));
	take(v, rest_of(bytes, rest) | (uint64_t)len << 56);
	v[2] ^= 0xff;
	mix(v, LAST_ROUNDS);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
