/* sign: RFC 8032, section 7.1, test 2; files of keys. */
#include "tests/unit/unit.h"

#include <unistd.h>

#include "lib/base/sign.h"

/* The secret key of that test as OpenSSL writes it: the 32 bytes behind a fixed PKCS #8 head
 * (RFC 8410, section 7). */
static const char pem[] = "-----BEGIN PRIVATE KEY-----\n"
			  "MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
			  "-----END PRIVATE KEY-----\n";
static const unsigned char public_key[SIGN_PUBLIC_BYTES] = {
	0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7, 0x0a,
	0xa7, 0x4d, 0x1b, 0x7e, 0xbc, 0x9c, 0x98, 0x2c, 0xcf, 0x2e, 0xc4,
	0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4, 0x66, 0x0c};
static const unsigned char signature[SIGN_BYTES] = {
	0x92, 0xa0, 0x09, 0xa9, 0xf0, 0xd4, 0xca, 0xb8, 0x72, 0x0e, 0x82, 0x0b, 0x5f,
	0x64, 0x25, 0x40, 0xa2, 0xb2, 0x7b, 0x54, 0x16, 0x50, 0x3f, 0x8f, 0xb3, 0x76,
	0x22, 0x23, 0xeb, 0xdb, 0x69, 0xda, 0x08, 0x5a, 0xc1, 0xe4, 0x3e, 0x15, 0x99,
	0x6e, 0x45, 0x8f, 0x36, 0x13, 0xd0, 0xf1, 0x1d, 0x8c, 0x38, 0x7b, 0x2e, 0xae,
	0xb4, 0x30, 0x2a, 0xee, 0xb0, 0x0d, 0x29, 0x16, 0x12, 0xbb, 0x0c, 0x00};

static void published(void **state)
{
	struct arena *arena = arena_new("test", 0);
	unsigned char out[SIGN_BYTES];
	char path[] = "/tmp/whorl-unit-XXXXXX";
	struct sign_key *key;
	struct why why;
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, pem, sizeof pem - 1), sizeof pem - 1);
	close(fd);
	assert_int_equal(sign_key_read(arena, path, &key, &why), STATUS_OK);
	unlink(path);
	sign_key_public(key, out);
	assert_memory_equal(out, public_key, sizeof public_key);
	sign_make(key, STR_LIT("\x72"), out);
	assert_memory_equal(out, signature, sizeof signature);
	assert_true(sign_verify(public_key, STR_LIT("\x72"), signature));
	assert_false(sign_verify(public_key, STR_LIT("\x73"), signature));
	out[5] ^= 1;
	assert_false(sign_verify(public_key, STR_LIT("\x72"), out));
	arena_free(arena);
}

static void files(void **state)
{
	struct arena *arena = arena_new("test", 0);
	unsigned char one[SIGN_PUBLIC_BYTES], other[SIGN_PUBLIC_BYTES];
	char folder[] = "/tmp/whorl-unit-XXXXXX";
	struct sign_key *key = sign_key_new(arena), *again;
	struct why why;

	(void)state;
	assert_non_null(mkdtemp(folder));
	const char *path = arena_printf(arena, "%s/key", folder).ptr;
	assert_int_equal(sign_key_read(arena, path, &again, &why), STATUS_NOT_FOUND);
	assert_int_equal(sign_key_write(key, path, &why), STATUS_OK);
	assert_int_equal(sign_key_write(key, path, &why), STATUS_REFUSED);
	assert_int_equal(sign_key_read(arena, path, &again, &why), STATUS_OK);
	sign_key_public(key, one);
	sign_key_public(again, other);
	assert_memory_equal(one, other, sizeof one);
	assert_int_equal(truncate(path, 60), 0);
	assert_int_equal(sign_key_read(arena, path, &again, &why), STATUS_INVALID);
	unlink(path);
	rmdir(folder);
	arena_free(arena);
}

UNIT_MAIN(cmocka_unit_test(published), cmocka_unit_test(files))
