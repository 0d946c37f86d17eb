/* keys: addresses and networks as the lists have them. See senders.h. */
#include "lib/base/buf.h"
#include "lib/base/netset.h"
#include "lib/senders/senders.h"

enum { NETWORK_BYTES_MAX = 39 }; /* of the tables' column */

struct str sender_address(struct arena *arena, struct str address)
{
	char *text = arena_cstr(arena, arena_lower(arena, address));

	for (size_t i = 0; i < address.len; i++)
		if (text[i] == 0 || ascii_is_in(text[i], ";'\"!|"))
			text[i] = '_';
	return str_make(text, address.len);
}

static void keep_bits(uint8_t *bytes, unsigned n_bytes, unsigned n_bits)
{
	for (unsigned i = 0; i < n_bytes; i++) {
		unsigned left = n_bits > i * 8 ? n_bits - i * 8 : 0;

		if (left < 8)
			bytes[i] &= (uint8_t)(0xff00 >> left);
	}
}

/* Up to three octets of zero at the end don't count. */
static struct str v4_network(struct arena *arena, struct str text, const struct ip *ip,
			     unsigned bits)
{
	uint8_t octets[4];
	int n = 4;
	struct buf out;

	if (bits >= 32)
		return arena_str(arena, text);
	memcpy(octets, ip->bytes + 12, sizeof octets);
	keep_bits(octets, 4, bits);
	if (bits != 16)
		while (n > 1 && octets[n - 1] == 0)
			n--;
	else
		n = 2;
	buf_init(&out, arena);
	for (int i = 0; i < n; i++)
		buf_printf(&out, "%s%u", i ? "." : "", octets[i]);
	return buf_str(&out);
}

/* Eight groups; up to seven of zeroes at the end are "::". */
static struct str v6_network(struct arena *arena, const struct ip *ip, unsigned bits)
{
	uint8_t bytes[16];
	int n = 8;
	struct buf out;

	memcpy(bytes, ip->bytes, sizeof bytes);
	keep_bits(bytes, 16, bits);
	while (n > 1 && bytes[2 * n - 2] == 0 && bytes[2 * n - 1] == 0)
		n--;
	buf_init(&out, arena);
	for (int i = 0; i < n; i++)
		buf_printf(&out, "%s%02X%02X", i ? ":" : "", bytes[2 * i], bytes[2 * i + 1]);
	if (n < 8)
		buf_add_cstr(&out, "::");
	return str_sub(buf_str(&out), 0, NETWORK_BYTES_MAX);
}

struct str sender_network(struct arena *arena, struct str text, unsigned v4_bits, unsigned v6_bits)
{
	struct ip ip;

	if (!ip_parse(text, &ip))
		return STR_NONE;
	return str_find_char(text, ':') == STR_NOT_FOUND ? v4_network(arena, text, &ip, v4_bits)
							 : v6_network(arena, &ip, v6_bits);
}
