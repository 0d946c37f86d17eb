/*
 * netset: sets of IP networks with SpamAssassin's syntax (NetSet.pm): "10.", "192.168.1", CIDR,
 * "1.2.3.4", "[::1]", IPv6/len, FIRST-LAST, leading "!" for exclusion. The first entry that
 * contains the address decides, as in SpamAssassin without the optional Net::Patricia (with it the
 * most specific one would; where the specific entries stand first, as the manual advises, the two
 * agree). IPv4-mapped IPv6 is IPv4.
 */
#ifndef WHORL_BASE_NETSET_H
#define WHORL_BASE_NETSET_H

#include <stdint.h>
#include "lib/base/vec.h"
#include "lib/base/why.h"

struct ip {
	uint8_t bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
	bool is_v4;
};

/* Strict dotted quad or RFC 4291 text (no zone, no brackets). */
bool ip_parse(struct str text, struct ip *ip_out);
/* The canonical text; out >= 46 bytes. */
void ip_format(const struct ip *ip, char *out);
/* Loopback, private (RFC 1918), link-local, CGN (RFC 6598): SpamAssassin's IP_PRIVATE. */
bool ip_is_private(const struct ip *ip);

struct netset;

struct netset *netset_new(struct arena *arena, const char *name);
/* STATUS_INVALID with why for a malformed entry. One that an earlier entry covers already is no
 * error: it is left out, with a warning in the log. "any" and "default" are all addresses. */
enum status netset_add(struct netset *set, struct str entry, struct why *why);
bool netset_contains(const struct netset *set, const struct ip *ip);
/* Entries of set, exclusions apart, that no inclusion of container covers are taken out (NetSet.pm
 * contains_net); their texts go to dropped_out, in arena. */
void netset_keep_contained(struct netset *set, const struct netset *container, struct arena *arena,
			   struct str_vec *dropped_out);
size_t netset_count(const struct netset *set);
void netset_clear(struct netset *set);
struct netset *netset_copy(struct arena *arena, const struct netset *set);

#endif
