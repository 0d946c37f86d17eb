/* The only file that knows libxxhash. */
#include "lib/base/hash.h"

#include <stdbool.h>
#include <sys/random.h>
#include "lib/base/must.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t hash64(const void *data, size_t len, uint64_t seed)
{
	return XXH3_64bits_withSeed(data, len, seed);
}

/* Inlined with all that it calls where the length is known: XXH3 has another way for each. */
static inline size_t shingles(const uint64_t *words, size_t n, size_t length, uint64_t seed,
			      uint64_t *out)
{
	size_t n_out = n < length ? 0 : n + 1 - length;

	for (size_t i = 0; i < n_out; i++)
		out[i] = XXH3_64bits_withSeed(words + i, length * sizeof *words, seed);
	return n_out;
}

__attribute__((flatten)) size_t hash64_shingles(const uint64_t *words, size_t n, size_t length,
						uint64_t seed, uint64_t *out)
{
	switch (length) {
	case 3:
		return shingles(words, n, 3, seed, out);
	case 4:
		return shingles(words, n, 4, seed, out);
	case 8:
		return shingles(words, n, 8, seed, out);
	case 12:
		return shingles(words, n, 12, seed, out);
	default:
		return shingles(words, n, length, seed, out);
	}
}

/* The only state that this module keeps: drawn once, shared by forked children. */
static const unsigned char *process_secret(void)
{
	static unsigned char secret[XXH3_SECRET_SIZE_MIN];
	static bool is_drawn;
	if (!is_drawn) {
		must(getrandom(secret, sizeof secret, 0) == (ssize_t)sizeof secret);
		is_drawn = true;
	}
	return secret;
}

uint64_t hash64_private(struct str s)
{
	return XXH3_64bits_withSecret(s.ptr, s.len, process_secret(), XXH3_SECRET_SIZE_MIN);
}
