/*
 * sign: ed25519 signatures (RFC 8032; OpenSSL EVP, the only file that includes it for them). Secret
 * keys are files as OpenSSL writes them (PKCS #8 in PEM).
 */
#ifndef WHORL_BASE_SIGN_H
#define WHORL_BASE_SIGN_H

#include "lib/base/arena.h"
#include "lib/base/why.h"

enum { SIGN_PUBLIC_BYTES = 32, SIGN_BYTES = 64 };

/* A secret key; wiped and freed with the arena. */
struct sign_key;

struct sign_key *sign_key_new(struct arena *arena);
/* STATUS_NOT_FOUND, STATUS_INVALID: no such key in the file. */
enum status sign_key_read(struct arena *arena, const char *path, struct sign_key **key_out,
			  struct why *why);
/* A new file that nobody else may read; STATUS_REFUSED when there is one of that name. */
enum status sign_key_write(const struct sign_key *key, const char *path, struct why *why);
void sign_key_public(const struct sign_key *key, unsigned char out[SIGN_PUBLIC_BYTES]);

void sign_make(const struct sign_key *key, struct str text, unsigned char out[SIGN_BYTES]);
bool sign_verify(const unsigned char public_key[SIGN_PUBLIC_BYTES], struct str text,
		 const unsigned char signature[SIGN_BYTES]);

#endif
