/* sign: see sign.h. */
#include "lib/base/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/must.h"

struct sign_key {
	EVP_PKEY *secret;
};

static void free_key(void *data)
{
	EVP_PKEY_free(((struct sign_key *)data)->secret);
}

static struct sign_key *hold(struct arena *arena, EVP_PKEY *secret)
{
	struct sign_key *key = ARENA_NEW(arena, struct sign_key);

	key->secret = secret;
	arena_on_reset(arena, free_key, key);
	return key;
}

struct sign_key *sign_key_new(struct arena *arena)
{
	EVP_PKEY *secret = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	must(secret != NULL);
	return hold(arena, secret);
}

/* A key is never asked for a passphrase. */
static int no_passphrase(char *out, int size, int is_for_writing, void *data)
{
	(void)out, (void)size, (void)is_for_writing, (void)data;
	return -1;
}

enum status sign_key_read(struct arena *arena, const char *path, struct sign_key **key_out,
			  struct why *why)
{
	FILE *file = fopen(path, "re");
	EVP_PKEY *secret;

	if (!file)
		return why_errno(why, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, "%s", path);
	secret = PEM_read_PrivateKey(file, NULL, no_passphrase, NULL);
	fclose(file);
	if (!secret || EVP_PKEY_get_id(secret) != EVP_PKEY_ED25519) {
		EVP_PKEY_free(secret);
		return why_set(why, STATUS_INVALID, "%s: no ed25519 key", path);
	}
	*key_out = hold(arena, secret);
	return STATUS_OK;
}

enum status sign_key_write(const struct sign_key *key, const char *path, struct why *why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	bool ok;

	if (!file) {
		if (fd >= 0)
			close(fd);
		return why_errno(why, errno == EEXIST ? STATUS_REFUSED : STATUS_IO, "%s", path);
	}
	ok = PEM_write_PKCS8PrivateKey(file, key->secret, NULL, NULL, 0, NULL, NULL) == 1 &&
	     fflush(file) == 0 && fsync(fd) == 0;
	ok = fclose(file) == 0 && ok;
	if (ok)
		return STATUS_OK;
	why_errno(why, STATUS_IO, "%s", path);
	unlink(path);
	return STATUS_IO;
}

void sign_key_public(const struct sign_key *key, unsigned char out[SIGN_PUBLIC_BYTES])
{
	size_t len = SIGN_PUBLIC_BYTES;

	must(EVP_PKEY_get_raw_public_key(key->secret, out, &len) == 1 && len == SIGN_PUBLIC_BYTES);
}

void sign_make(const struct sign_key *key, struct str text, unsigned char out[SIGN_BYTES])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t len = SIGN_BYTES;

	must(context && EVP_DigestSignInit(context, NULL, NULL, NULL, key->secret) == 1);
	must(EVP_DigestSign(context, out, &len, (const unsigned char *)(text.ptr ? text.ptr : ""),
			    text.len) == 1 &&
	     len == SIGN_BYTES);
	EVP_MD_CTX_free(context);
}

bool sign_verify(const unsigned char public_key[SIGN_PUBLIC_BYTES], struct str text,
		 const unsigned char signature[SIGN_BYTES])
{
	EVP_PKEY *key =
		EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, SIGN_PUBLIC_BYTES);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool is_right;

	must(context != NULL);
	is_right =
		key && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
		EVP_DigestVerify(context, signature, SIGN_BYTES,
				 (const unsigned char *)(text.ptr ? text.ptr : ""), text.len) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return is_right;
}
