/*
 * address: where to listen and whom to call. Parses specifications, asks the resolver, and writes
 * socket addresses as text. Opens no sockets.
 */
#ifndef WHORL_NET_ADDRESS_H
#define WHORL_NET_ADDRESS_H

#include <sys/socket.h>
#include "lib/base/vec.h"
#include "lib/base/why.h"

enum net_family { NET_FAMILY_ANY, NET_FAMILY_IPV4, NET_FAMILY_IPV6 };

enum {
	ADDRESS_TEXT_BYTES = 128, /* any address_format() result: a Unix path has 108 at most */
	ADDRESS_HOST_BYTES = 256, /* a host name */
};

/* One socket address, ready for bind(2) or connect(2). */
struct net_address {
	struct sockaddr_storage storage;
	socklen_t len;
};
VEC_OF(net_address_vec, struct net_address);

/*
 * One place to listen, as spamd's -i/--listen takes it (spamd: listen socket specifications):
 *	[ssl:][HOST|IP|*|[IPV6]][:PORT]    or    [ssl:]/absolute/unix/path
 * An empty text or host "*" is every address, an absent host (and "0", as spamd reads it) is
 * "localhost", which is ::1 and 127.0.0.1 without asking the resolver. PORT may be a service name.
 */
struct listen_spec {
	struct str text; /* as given, for messages */
	struct str path; /* Unix socket; empty for TCP */
	struct str host; /* without brackets; "*" for every address */
	unsigned port;   /* the default was filled in where has_port is false */
	bool has_port;
	bool tls; /* "ssl:" was in front */
	enum net_family family;
};

/* default_port is used when text has none. STATUS_INVALID: syntax or unknown service name. The
 * views live in the arena. */
enum status listen_spec_parse(struct arena *arena, struct str text, unsigned default_port,
			      enum net_family family, struct listen_spec *spec_out,
			      struct why *why);

/*
 * "HOST", "HOST:PORT", "[IPV6]", "[IPV6]:PORT", ":PORT", bare IPv6. Views into text; port_out is 0
 * when there is none. False for a malformed port or bracket.
 */
bool address_split_host_port(struct str text, struct str *host_out, unsigned *port_out);

/*
 * Every address of a host in the resolver's order, without doubles. STATUS_NOT_FOUND: the host does
 * not exist or has no address of this family; STATUS_TIMEOUT: the resolver asks to try again later;
 * STATUS_IO: anything else. getaddrinfo(3) knows no deadline: the resolver's own applies.
 */
enum status address_resolve(struct arena *arena, const char *host, unsigned port,
			    enum net_family family, struct net_address_vec *addresses_out,
			    struct why *why);

/* STATUS_TOO_LARGE: the path does not fit into a socket address. */
enum status address_unix(struct str path, struct net_address *address_out, struct why *why);

bool address_is_unix(const struct net_address *address);
/* Port in host order; 0 for a Unix socket. */
unsigned address_port(const struct net_address *address);
/* "127.0.0.1", "::1" (IPv4-mapped as IPv4), or the Unix path. out >= ADDRESS_TEXT_BYTES. */
void address_format(const struct net_address *address, char *out);
/*
 * Host name by reverse look-up; the address text when it has none. Asks the resolver, so it may
 * take as long as that does. out >= ADDRESS_HOST_BYTES.
 */
void address_host_name(const struct net_address *address, char *out);

#endif
