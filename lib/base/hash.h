/* hash: fast 64-bit hashes of bytes (libxxhash, XXH3). Not for secrets: keys that leave the process
 * go through keyed_hash() of keyed_hash.h. */
#ifndef WHORL_BASE_HASH_H
#define WHORL_BASE_HASH_H

#include <stdint.h>
#include "lib/base/str.h"

uint64_t hash64(const void *data, size_t len, uint64_t seed);
/* Of each length neighbours among n words, from the first on, what hash64() says of them. out has
 * room for n. Returns how many there are: n + 1 - length, or 0. */
size_t hash64_shingles(const uint64_t *words, size_t n, size_t length, uint64_t seed,
		       uint64_t *out);
/* By a secret that this process has drawn, so that nobody can choose texts that collide. */
uint64_t hash64_private(struct str s);

#endif
