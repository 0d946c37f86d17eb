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

#endif
