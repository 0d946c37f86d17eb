/* digest: see digest.h */
#include "lib/base/digest.h"

#include <openssl/evp.h>
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
