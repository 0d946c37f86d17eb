/* keyed_hash: the example of the paper (its appendix A), and OpenSSL's SipHash for all short
 * lengths and some long ones. */
#include "tests/unit/unit.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "lib/base/keyed_hash.h"

enum { SHORT_MAX = 100, LONG = 100003 };

static unsigned char key[KEYED_HASH_KEY_BYTES], data[LONG];

static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof key; i++)
		key[i] = (unsigned char)i;
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (unsigned char)(i < SHORT_MAX ? i : i * i >> 8 ^ i);
	return 0;
}

static void published(void **state)
{
	struct keyed_hash hash = keyed_hash_of(key);

	(void)state;
	assert_int_equal(keyed_hash(&hash, data, 15), UINT64_C(0xa129ca6149be45e5));
}

static uint64_t by_openssl(EVP_MAC_CTX *context, const unsigned char *bytes, size_t len)
{
	unsigned char out[8];
	uint64_t value = 0;
	size_t n = 0;

	assert_int_equal(EVP_MAC_init(context, NULL, 0, NULL), 1);
	assert_int_equal(EVP_MAC_update(context, bytes, len), 1);
	assert_int_equal(EVP_MAC_final(context, out, &n, sizeof out), 1);
	assert_int_equal(n, sizeof out);
	for (size_t i = 0; i < sizeof out; i++)
		value |= (uint64_t)out[i] << 8 * i;
	return value;
}

static void same_as_openssl(void **state)
{
	static const size_t lengths[] = {1000, 4096, 65537, LONG};
	size_t size = 8;
	OSSL_PARAM params[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
			       OSSL_PARAM_construct_end()};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
	EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);
	struct keyed_hash hash;

	(void)state;
	key[7] = 0xfe;
	key[15] = 0x80;
	hash = keyed_hash_of(key);
	assert_non_null(context);
	assert_int_equal(EVP_MAC_init(context, key, sizeof key, params), 1);
	for (size_t len = 0; len <= SHORT_MAX; len++)
		assert_int_equal(keyed_hash(&hash, data + len, len),
				 by_openssl(context, data + len, len));
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
		assert_int_equal(keyed_hash(&hash, data, lengths[i]),
				 by_openssl(context, data, lengths[i]));
	EVP_MAC_CTX_free(context);
	EVP_MAC_free(mac);
}

UNIT_MAIN(cmocka_unit_test_setup(published, set_up),
	  cmocka_unit_test_setup(same_as_openssl, set_up))
