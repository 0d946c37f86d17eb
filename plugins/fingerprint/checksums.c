/* checksums: see checksums.h. */
#include "plugins/fingerprint/checksums.h"

#include <stdint.h>

#include "lib/base/digest.h"

enum { BITCOIN_BYTES = 25, CHECK_BYTES = 4 };

/* --- Base58Check --- */

static int base58_digit(char c)
{
	static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* bytes = bytes * 58 + digit; false when it no longer fits. */
static bool base58_push(unsigned char bytes[BITCOIN_BYTES], int digit)
{
	unsigned carry = (unsigned)digit;

	for (int i = BITCOIN_BYTES - 1; i >= 0; i--) {
		carry += bytes[i] * 58u;
		bytes[i] = (unsigned char)carry;
		carry >>= 8;
	}
	return carry == 0;
}

bool checksum_bitcoin(struct str word)
{
	unsigned char bytes[BITCOIN_BYTES] = {0}, once[DIGEST_MAX_BYTES], twice[DIGEST_MAX_BYTES];

	if (word.len < 26 || word.len > 35 || (word.ptr[0] != '1' && word.ptr[0] != '3'))
		return false;
	for (size_t i = 0; i < word.len; i++) {
		int digit = base58_digit(word.ptr[i]);

		if (digit < 0 || !base58_push(bytes, digit))
			return false;
	}
	digest_bytes(DIGEST_SHA256, str_make((const char *)bytes, BITCOIN_BYTES - CHECK_BYTES),
		     once);
	digest_bytes(DIGEST_SHA256, str_make((const char *)once, 32), twice);
	return memcmp(twice, bytes + BITCOIN_BYTES - CHECK_BYTES, CHECK_BYTES) == 0;
}

/* --- Bech32 --- */

static uint32_t bech32_push(uint32_t sum, unsigned value)
{
	static const uint32_t generators[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
					      0x2a1462b3};
	uint32_t top = sum >> 25;

	sum = (sum & 0x1ffffff) << 5 ^ value;
	for (int i = 0; i < 5; i++)
		if (top >> i & 1)
			sum ^= generators[i];
	return sum;
}

bool checksum_bech32(struct str word)
{
	static const char digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
	uint32_t sum = 1;

	if (word.len < 14 || word.len > 90 || !str_has_prefix_ci(word, "bc1"))
		return false;
	sum = bech32_push(bech32_push(sum, 'b' >> 5), 'c' >> 5);
	sum = bech32_push(bech32_push(bech32_push(sum, 0), 'b' & 31), 'c' & 31);
	for (size_t i = 3; i < word.len; i++) {
		char c = ascii_lower(word.ptr[i]);
		const char *at = c ? strchr(digits, c) : NULL;

		if (!at)
			return false;
		sum = bech32_push(sum, (unsigned)(at - digits));
	}
	return sum == 1 || sum == 0x2bc830a3;
}

/* --- others --- */

bool checksum_ethereum(struct str word)
{
	if (word.len != 42 || !str_has_prefix_ci(word, "0x"))
		return false;
	for (size_t i = 2; i < word.len; i++) {
		if (!ascii_is_hex((unsigned char)word.ptr[i]))
			return false;
	}
	return true;
}

bool checksum_iban(struct str word)
{
	unsigned remainder = 0;

	if (word.len < 15 || word.len > 34 || !ascii_is_upper((unsigned char)word.ptr[0]) ||
	    !ascii_is_upper((unsigned char)word.ptr[1]) ||
	    !ascii_is_digit((unsigned char)word.ptr[2]))
		return false;
	for (size_t i = 0; i < word.len; i++) {
		unsigned char c = (unsigned char)word.ptr[(i + 4) % word.len];

		if (ascii_is_digit(c))
			remainder = (remainder * 10 + (c - '0')) % 97;
		else if (ascii_is_upper(c))
			remainder = (remainder * 100 + (c - 'A' + 10u)) % 97;
		else
			return false;
	}
	return remainder == 1;
}
