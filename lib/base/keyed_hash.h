/*
 * keyed_hash: SipHash-2-4 (Aumasson, Bernstein 2012) with a secret key: 64 bits that say nothing of
 * what went in to those without the key. OpenSSL has it too, but takes six times as long for a few
 * words as the hash itself, and a message has a hundred keys.
 */
#ifndef WHORL_BASE_KEYED_HASH_H
#define WHORL_BASE_KEYED_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { KEYED_HASH_KEY_BYTES = 16 };

struct keyed_hash {
	uint64_t key[2];
};

struct keyed_hash keyed_hash_of(const unsigned char key[KEYED_HASH_KEY_BYTES]);
uint64_t keyed_hash(const struct keyed_hash *hash, const void *data, size_t len);

#endif
