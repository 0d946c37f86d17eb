/* digest: see digest.h */
#include "lib/base/digest.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include "lib/base/must.h"

/* Found once in a process: looking an algorithm up costs more than the digest of a word. */
static EVP_MD_CTX *context_of(enum digest_kind kind)
{
	static const char *const names[] = {
		[DIGEST_MD5] = "MD5", [DIGEST_SHA1] = "SHA1", [DIGEST_SHA256] = "SHA256"};
	static EVP_MD_CTX *contexts[sizeof names / sizeof *names];

	if (!contexts[kind]) {
		EVP_MD *algorithm = EVP_MD_fetch(NULL, names[kind], NULL);
		contexts[kind] = EVP_MD_CTX_new();
		must(algorithm && contexts[kind] &&
		     EVP_DigestInit_ex(contexts[kind], algorithm, NULL) == 1);
		EVP_MD_free(algorithm);
	}
	return contexts[kind];
}

size_t digest_bytes(enum digest_kind kind, struct str data, unsigned char out[DIGEST_MAX_BYTES])
{
	EVP_MD_CTX *context = context_of(kind);
	unsigned len = 0;

	must(EVP_DigestInit_ex(context, NULL, NULL) == 1);
	must(EVP_DigestUpdate(context, data.ptr ? data.ptr : "", data.len) == 1);
	must(EVP_DigestFinal_ex(context, out, &len) == 1);
	return len;
}

void digest_hex(enum digest_kind kind, struct str data, char *out)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[DIGEST_MAX_BYTES];
	size_t len = digest_bytes(kind, data, bytes);
	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * len] = '\0';
}

/* --- keyed --- */

struct keyed_hash {
	EVP_MAC *mac;
	EVP_MAC_CTX *context;
};

static void keyed_hash_free(void *data)
{
	struct keyed_hash *hash = data;
	EVP_MAC_CTX_free(hash->context);
	EVP_MAC_free(hash->mac);
}

struct keyed_hash *keyed_hash_new(struct arena *arena,
				  const unsigned char key[KEYED_HASH_KEY_BYTES])
{
	struct keyed_hash *hash = ARENA_NEW(arena, struct keyed_hash);
	size_t size = sizeof(uint64_t);
	OSSL_PARAM params[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
			       OSSL_PARAM_construct_end()};
	hash->mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
	must(hash->mac != NULL);
	hash->context = EVP_MAC_CTX_new(hash->mac);
	must(hash->context != NULL);
	must(EVP_MAC_init(hash->context, key, KEYED_HASH_KEY_BYTES, params) == 1);
	arena_on_reset(arena, keyed_hash_free, hash);
	return hash;
}

uint64_t keyed_hash(struct keyed_hash *hash, const void *data, size_t len)
{
	uint64_t value = 0;
	size_t n = 0;
	must(EVP_MAC_init(hash->context, NULL, 0, NULL) == 1);
	must(EVP_MAC_update(hash->context, data, len) == 1);
	must(EVP_MAC_final(hash->context, (unsigned char *)&value, &n, sizeof value) == 1);
	must(n == sizeof value);
	return value;
}
