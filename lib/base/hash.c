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
