/* digest: message digests (OpenSSL EVP; the only file that includes it for digests). */
#ifndef WHORL_BASE_DIGEST_H
#define WHORL_BASE_DIGEST_H

#include <stdint.h>
#include "lib/base/arena.h"

enum digest_kind { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256 };
enum { DIGEST_MAX_BYTES = 32 };

/* Returns the digest's length in bytes. */
size_t digest_bytes(enum digest_kind kind, struct str data, unsigned char out[DIGEST_MAX_BYTES]);
/* Lower-case hex, NUL-terminated; out needs 2 * length + 1 (65 is always enough). */
void digest_hex(enum digest_kind kind, struct str data, char *out);

/* SipHash-2-4 with a secret key: 64 bits that say nothing of what went in to those without the key.
 * Lives in the arena, freed with it. */
struct keyed_hash;
enum { KEYED_HASH_KEY_BYTES = 16 };
struct keyed_hash *keyed_hash_new(struct arena *arena,
				  const unsigned char key[KEYED_HASH_KEY_BYTES]);
uint64_t keyed_hash(struct keyed_hash *hash, const void *data, size_t len);

#endif
