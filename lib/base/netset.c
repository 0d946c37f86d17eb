/*
 * netset: see netset.h. Matches SpamAssassin's NetSet.pm as it works without Net::Patricia: the
 * entries stand in order, the first that contains an address decides, and an entry that an earlier
 * one covers is not added.
 */
#include "lib/base/netset.h"

#include <arpa/inet.h>
#include <stdio.h>
#include "lib/base/log.h"
#include "lib/base/number.h"
#include "lib/base/vec.h"

enum {
	ADDRESS_BITS = 128,
	V4_PREFIX_BITS = 96, /* ::ffff:0:0/96 */
	/* Beyond so many entries SpamAssassin no longer looks whether one is covered already. */
	COVER_CHECK_MAX = 200,
};

static const uint8_t v4_mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

struct net {
	struct ip ip;
	unsigned prefix_bits; /* of 128 */
	bool is_excluded;
	struct str text; /* as written */
};
VEC_OF(net_vec, struct net);

struct netset {
	struct arena *arena;
	const char *name;
	struct net_vec nets;
};

/* --- addresses -------------------------------------------------------------------------------- */

static struct ip ip_from_v4(const uint8_t quad[4])
{
	struct ip ip = {.is_v4 = true};
	memcpy(ip.bytes, v4_mapped_prefix, sizeof v4_mapped_prefix);
	memcpy(ip.bytes + 12, quad, 4);
	return ip;
}

bool ip_parse(struct str text, struct ip *ip_out)
{
	char copy[INET6_ADDRSTRLEN + 1];
	if (text.len == 0 || text.len >= sizeof copy || memchr(text.ptr, '\0', text.len))
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';

	uint8_t bytes[16];
	if (inet_pton(AF_INET, copy, bytes) == 1) {
		*ip_out = ip_from_v4(bytes);
		return true;
	}
	if (inet_pton(AF_INET6, copy, bytes) != 1)
		return false;
	memcpy(ip_out->bytes, bytes, sizeof bytes);
	ip_out->is_v4 = memcmp(bytes, v4_mapped_prefix, sizeof v4_mapped_prefix) == 0;
	return true;
}

void ip_format(const struct ip *ip, char *out)
{
	if (ip->is_v4)
		inet_ntop(AF_INET, ip->bytes + 12, out, INET_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, ip->bytes, out, INET6_ADDRSTRLEN);
}

static bool same_prefix(const struct ip *a, const struct ip *b, unsigned bits)
{
	unsigned n_bytes = bits / 8, n_bits = bits % 8;
	if (memcmp(a->bytes, b->bytes, n_bytes) != 0)
		return false;
	return n_bits == 0 || (a->bytes[n_bytes] ^ b->bytes[n_bytes]) >> (8 - n_bits) == 0;
}

bool ip_is_private(const struct ip *ip)
{
	static const struct {
		uint8_t quad[4];
		unsigned bits;
	} v4_nets[] = {
		{{10, 0, 0, 0}, 8},     /* RFC 1918 */
		{{127, 0, 0, 0}, 8},    /* RFC 1122: this host */
		{{169, 254, 0, 0}, 16}, /* RFC 3927: link-local */
		{{172, 16, 0, 0}, 12},  /* RFC 1918 */
		{{192, 168, 0, 0}, 16}, /* RFC 1918 */
		{{100, 64, 0, 0}, 10},  /* RFC 6598: carrier-grade NAT */
	};
	static const struct ip v6_link_local = {.bytes = {0xFE, 0x80}};
	static const struct ip v6_loopback = {.bytes = {[15] = 1}};

	for (size_t i = 0; i < sizeof v4_nets / sizeof *v4_nets; i++) {
		struct ip net = ip_from_v4(v4_nets[i].quad);
		if (same_prefix(ip, &net, V4_PREFIX_BITS + v4_nets[i].bits))
			return true;
	}
	return same_prefix(ip, &v6_link_local, 10) || same_prefix(ip, &v6_loopback, ADDRESS_BITS);
}

/* --- entries ---------------------------------------------------------------------------------- */

/* One to four octets, with a final dot unless there are four; leading zeros are no matter. The
 * prefix is that of the octets given. */
static bool parse_octets(struct str text, struct ip *ip_out, unsigned *prefix_bits_out)
{
	uint8_t quad[4] = {0};
	unsigned n_octets = 0;
	bool final_dot = text.len && text.ptr[text.len - 1] == '.';
	struct str piece;
	while (str_split_next(&text, '.', &piece)) {
		uint64_t octet;
		if (n_octets == 4 || !number_u64(piece, &octet) || octet > 255)
			return false;
		quad[n_octets++] = (uint8_t)octet;
	}
	if (n_octets == 0 || (n_octets == 4 && final_dot))
		return false;
	*ip_out = ip_from_v4(quad);
	*prefix_bits_out = 8 * n_octets;
	return true;
}

/* "24", or "255.255.255.0" for IPv4, counted from the address's own first bit. */
static bool parse_mask(struct str text, bool is_v4, unsigned *bits_out)
{
	uint64_t bits;
	if (number_u64(text, &bits)) {
		*bits_out = (unsigned)bits;
		return bits <= (is_v4 ? 32 : ADDRESS_BITS);
	}
	struct ip mask;
	if (!is_v4 || !ip_parse(text, &mask) || !mask.is_v4)
		return false;
	uint32_t value = (uint32_t)mask.bytes[12] << 24 | (uint32_t)mask.bytes[13] << 16 |
			 (uint32_t)mask.bytes[14] << 8 | mask.bytes[15];
	unsigned n = 0;
	while (n < 32 && value & 0x80000000u >> n)
		n++;
	*bits_out = n;
	return n == 32 || (uint32_t)(value << n) == 0;
}

static struct str without_brackets_and_zone(struct str text)
{
	if (text.len >= 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
		text = str_sub(text, 1, text.len - 2);
	size_t zone = str_rfind_char(text, '%');
	return zone == STR_NOT_FOUND ? text : str_sub(text, 0, zone);
}

static bool looks_like_v4(struct str text)
{
	size_t i = 0;
	while (i < text.len && ascii_is_digit((unsigned char)text.ptr[i]))
		i++;
	return i > 0 && (i == text.len || text.ptr[i] == '.');
}

/* NetAddr::IP knows these for 0.0.0.0/0. */
static bool is_word_for_all(struct str entry)
{
	return str_eq_ci_c(entry, "any") || str_eq_ci_c(entry, "default");
}

/* [!] ADDRESS [/ MASK] */
static bool parse_entry(struct str entry, struct net *net_out)
{
	entry = str_trim(entry);
	net_out->is_excluded = str_has_prefix(entry, "!");
	if (net_out->is_excluded)
		entry = str_trim_left(str_from_at(entry, 1));

	size_t slash = str_find_char(entry, '/');
	struct str address = without_brackets_and_zone(str_sub(entry, 0, slash));
	bool is_v4 = looks_like_v4(address);
	net_out->prefix_bits = ADDRESS_BITS;
	if (is_word_for_all(entry)) {
		net_out->ip = (struct ip){0};
		net_out->prefix_bits = 0;
		return true;
	}
	if (is_v4) {
		if (!parse_octets(address, &net_out->ip, &net_out->prefix_bits))
			return false;
		net_out->prefix_bits += V4_PREFIX_BITS;
	} else if (!ip_parse(address, &net_out->ip)) {
		return false;
	}
	if (slash == STR_NOT_FOUND)
		return true;
	unsigned bits;
	if (!parse_mask(str_from_at(entry, slash + 1), is_v4, &bits))
		return false;
	net_out->prefix_bits = bits + (is_v4 ? V4_PREFIX_BITS : 0);
	return true;
}

/* --- the set ---------------------------------------------------------------------------------- */

struct netset *netset_new(struct arena *arena, const char *name)
{
	struct netset *set = ARENA_NEW(arena, struct netset);
	set->arena = arena;
	set->name = arena_cstr(arena, str_from(name));
	return set;
}

/* The first entry that contains the whole of the network. */
static const struct net *find_cover(const struct netset *set, const struct ip *ip,
				    unsigned prefix_bits)
{
	for (size_t i = 0; i < set->nets.n; i++) {
		const struct net *net = &set->nets.items[i];
		if (net->prefix_bits <= prefix_bits && same_prefix(&net->ip, ip, net->prefix_bits))
			return net;
	}
	return NULL;
}

/* As NetAddr::IP shows it: "10.0.0.0/8", "2001:DB8:0:0:0:0:0:0/32". */
static struct str net_text(struct arena *arena, const struct net *net)
{
	const uint8_t *b = net->ip.bytes;
	if (net->ip.is_v4 && net->prefix_bits >= V4_PREFIX_BITS)
		return arena_printf(arena, "%u.%u.%u.%u/%u", b[12], b[13], b[14], b[15],
				    net->prefix_bits - V4_PREFIX_BITS);
	unsigned g[8];
	for (size_t i = 0; i < 8; i++)
		g[i] = (unsigned)b[2 * i] << 8 | b[2 * i + 1];
	return arena_printf(arena, "%X:%X:%X:%X:%X:%X:%X:%X/%u", g[0], g[1], g[2], g[3], g[4], g[5],
			    g[6], g[7], net->prefix_bits);
}

static void add_net(struct netset *set, struct net net, struct str text)
{
	const struct net *cover = NULL;
	if (set->nets.n < COVER_CHECK_MAX)
		cover = find_cover(set, &net.ip, net.prefix_bits);
	if (cover) {
		log_warn("netset: cannot %s %.*s as it has already been %s",
			 net.is_excluded ? "exclude" : "include",
			 STR_ARG(net_text(set->arena, &net)),
			 cover->is_excluded ? "excluded" : "included");
		return;
	}
	net.text = arena_str(set->arena, text);
	vec_push(set->arena, &set->nets, net);
}

/* --- ranges ----------------------------------------------------------------------------------- */

static bool has_bit(const struct ip *ip, unsigned bit)
{
	return ip->bytes[bit / 8] >> (7 - bit % 8) & 1;
}

/* How many bits at the end of the address, at most `most`, are all value. */
static unsigned tail_length(const struct ip *ip, bool value, unsigned most)
{
	unsigned n = 0;
	while (n < most && has_bit(ip, ADDRESS_BITS - 1 - n) == value)
		n++;
	return n;
}

/* The last address of the network of this many host bits that begins at ip. */
static struct ip last_of(struct ip ip, unsigned host_bits)
{
	for (unsigned n = 0; n < host_bits; n++) {
		unsigned bit = ADDRESS_BITS - 1 - n;
		ip.bytes[bit / 8] |= (uint8_t)(1u << (7 - bit % 8));
	}
	return ip;
}

/* The address behind ip; false behind the last of all. */
static bool next_ip(struct ip *ip)
{
	for (size_t i = sizeof ip->bytes; i-- > 0;)
		if (++ip->bytes[i])
			return true;
	return false;
}

static int compare_ips(const struct ip *a, const struct ip *b)
{
	return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

/* FIRST-LAST becomes the fewest networks that cover it and nothing else. */
static enum status add_range(struct netset *set, struct str entry, size_t dash, struct why *why)
{
	struct str head = str_trim(str_sub(entry, 0, dash));
	struct net net = {.is_excluded = str_has_prefix(head, "!")};
	struct ip first, last;
	if (net.is_excluded)
		head = str_trim_left(str_from_at(head, 1));
	if (!ip_parse(head, &first) || !ip_parse(str_trim(str_from_at(entry, dash + 1)), &last) ||
	    first.is_v4 != last.is_v4 || compare_ips(&first, &last) > 0)
		return why_set(why, STATUS_INVALID, "netset: illegal IP range '%.*s'",
			       STR_ARG(entry));
	unsigned most = first.is_v4 ? ADDRESS_BITS - V4_PREFIX_BITS : ADDRESS_BITS;
	bool more = true;
	while (more && compare_ips(&first, &last) <= 0) {
		unsigned host_bits = tail_length(&first, false, most);
		struct ip end = last_of(first, host_bits);
		while (compare_ips(&end, &last) > 0)
			end = last_of(first, --host_bits);
		net.ip = first;
		net.prefix_bits = ADDRESS_BITS - host_bits;
		add_net(set, net, net_text(set->arena, &net));
		first = end;
		more = next_ip(&first);
	}
	return STATUS_OK;
}

/* "10.*", "10.0.0.1,": SpamAssassin says so in a word of its own. */
static bool is_spoilt_v4(struct str entry)
{
	struct str address = str_sub(entry, 0, str_find_char(entry, '/'));
	for (size_t i = 0; i < address.len; i++)
		if (!ascii_is_digit((unsigned char)address.ptr[i]) && address.ptr[i] != '.')
			return looks_like_v4(address);
	return false;
}

enum status netset_add(struct netset *set, struct str entry, struct why *why)
{
	struct net net;
	size_t dash = str_find_char(entry, '-');
	if (dash != STR_NOT_FOUND && str_find_char(entry, '%') == STR_NOT_FOUND)
		return add_range(set, entry, dash, why);
	if (!parse_entry(entry, &net))
		return why_set(why, STATUS_INVALID, "netset: illegal IP%s address given: '%.*s'",
			       is_spoilt_v4(entry) ? "v4" : "", STR_ARG(entry));
	add_net(set, net, entry);
	return STATUS_OK;
}

bool netset_contains(const struct netset *set, const struct ip *ip)
{
	const struct net *net = find_cover(set, ip, ADDRESS_BITS);
	return net && !net->is_excluded;
}

void netset_keep_contained(struct netset *set, const struct netset *container, struct arena *arena,
			   struct str_vec *dropped_out)
{
	size_t n_kept = 0;
	for (size_t i = 0; i < set->nets.n; i++) {
		struct net net = set->nets.items[i];
		const struct net *cover = find_cover(container, &net.ip, net.prefix_bits);
		if (net.is_excluded || (cover && !cover->is_excluded))
			set->nets.items[n_kept++] = net;
		else
			vec_push(arena, dropped_out, arena_str(arena, net.text));
	}
	set->nets.n = n_kept;
}

size_t netset_count(const struct netset *set)
{
	return set->nets.n;
}

void netset_clear(struct netset *set)
{
	set->nets.n = 0;
}

struct netset *netset_copy(struct arena *arena, const struct netset *set)
{
	struct netset *copy = netset_new(arena, set->name);
	for (size_t i = 0; i < set->nets.n; i++)
		vec_push(arena, &copy->nets, set->nets.items[i]);
	return copy;
}
