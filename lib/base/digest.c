/* digest: see digest.h */
#include "lib/base/digest.h"

#include <openssl/evp.h>
#include "lib/base/must.h"

static const EVP_MD *find_algorithm(enum digest_kind kind)
{
	switch (kind) {
	case DIGEST_MD5:
		return EVP_md5();
	case DIGEST_SHA1:
		return EVP_sha1();
	case DIGEST_SHA256:
		return EVP_sha256();
	}
	return NULL;
}

size_t digest_bytes(enum digest_kind kind, struct str data, unsigned char out[DIGEST_MAX_BYTES])
{
	const EVP_MD *algorithm = find_algorithm(kind);
	unsigned len = 0;
	must(algorithm != NULL);
	must(EVP_Digest(data.ptr ? data.ptr : "", data.len, out, &len, algorithm, NULL) == 1);
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
