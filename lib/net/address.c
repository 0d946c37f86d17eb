/* address: see address.h */
#include "lib/net/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>
#include "lib/base/must.h"
#include "lib/base/number.h"

enum { PORT_MAX = 65535, SERVICE_BYTES = 64 };

/* --- ports ------------------------------------------------------------------------------------ */

static bool parse_port(struct str text, unsigned *port_out)
{
	uint64_t port;
	if (!number_u64(text, &port) || port > PORT_MAX)
		return false;
	*port_out = (unsigned)port;
	return true;
}

static bool find_service(struct str name, unsigned *port_out)
{
	char copy[SERVICE_BYTES];
	if (name.len >= sizeof copy)
		return false;
	memcpy(copy, name.ptr, name.len);
	copy[name.len] = '\0';
	const struct servent *service = getservbyname(copy, "tcp");
	if (!service)
		return false;
	*port_out = ntohs((uint16_t)service->s_port);
	return true;
}

/* --- where to listen -------------------------------------------------------------------------- */

static bool is_made_of(struct str s, const char *others)
{
	for (size_t i = 0; i < s.len; i++)
		if (!ascii_is_alnum((unsigned char)s.ptr[i]) && !strchr(others, s.ptr[i]))
			return false;
	return !s.len || !memchr(s.ptr, '\0', s.len);
}

/* Hex digits and at least two colons, perhaps a zone: an IPv6 address without brackets. */
static bool is_bare_ipv6(struct str text)
{
	size_t zone = str_find_char(text, '%');
	struct str address = str_sub(text, 0, zone);
	unsigned n_colons = 0;
	for (size_t i = 0; i < address.len; i++) {
		n_colons += address.ptr[i] == ':';
		if (address.ptr[i] != ':' && !ascii_is_digit((unsigned char)address.ptr[i]) &&
		    (ascii_lower(address.ptr[i]) < 'a' || ascii_lower(address.ptr[i]) > 'f'))
			return false;
	}
	return n_colons >= 2 &&
	       (zone == STR_NOT_FOUND || is_made_of(str_from_at(text, zone + 1), "._~-"));
}

/* Host and port of HOST, IP, "*", [IPV6], each with or without ":PORT". */
static bool split_listen_text(struct str text, struct listen_spec *spec, struct str *port_out)
{
	*port_out = STR_NONE;
	if (str_has_prefix(text, "[")) {
		size_t end = str_find_char(text, ']');
		if (end == STR_NOT_FOUND)
			return false;
		spec->host = str_sub(text, 1, end - 1);
		text = str_from_at(text, end + 1);
	} else if (is_bare_ipv6(text)) {
		spec->host = text;
		return true;
	} else {
		spec->host = str_sub(text, 0, str_find_char(text, ':'));
		text = str_from_at(text, spec->host.len);
		if (!str_eq_c(spec->host, "*") && !is_made_of(spec->host, "._-"))
			return false;
	}
	spec->has_port = text.len > 0;
	if (!spec->has_port)
		return true;
	*port_out = str_from_at(text, 1);
	return text.ptr[0] == ':' && is_made_of(*port_out, "-");
}

static enum status invalid(struct why *why, struct str text)
{
	return why_set(why, STATUS_INVALID, "Invalid socket specification syntax: %.*s",
		       STR_ARG(text));
}

/* Matches spamd's reading of --listen. */
enum status listen_spec_parse(struct arena *arena, struct str text, unsigned default_port,
			      enum net_family family, struct listen_spec *spec_out, struct why *why)
{
	struct listen_spec spec = {.port = default_port, .family = family};
	spec.text = arena_str(arena, text);
	text = spec.text.len ? spec.text : STR_LIT("*");
	spec.tls = str_has_prefix_ci(text, "ssl:");
	if (spec.tls)
		text = str_from_at(text, strlen("ssl:"));

	if (str_has_prefix(text, "/")) {
		spec.path = text;
		*spec_out = spec;
		return STATUS_OK;
	}
	struct str port;
	if (!split_listen_text(text, &spec, &port))
		return invalid(why, spec.text);
	if (port.len && !parse_port(port, &spec.port) && !find_service(port, &spec.port))
		return why_set(why, STATUS_INVALID, "invalid port: %.*s, socket: %.*s",
			       STR_ARG(port), STR_ARG(spec.text));
	if (spec.host.len == 0 || str_eq_c(spec.host, "0"))
		spec.host = STR_LIT("localhost");
	*spec_out = spec;
	return STATUS_OK;
}

bool address_split_host_port(struct str text, struct str *host_out, unsigned *port_out)
{
	struct listen_spec spec = {0};
	struct str port;
	*port_out = 0;
	if (!split_listen_text(text, &spec, &port))
		return false;
	*host_out = spec.host;
	return port.len == 0 ? !spec.has_port : parse_port(port, port_out);
}

/* --- resolving -------------------------------------------------------------------------------- */

static int socket_family(enum net_family family)
{
	switch (family) {
	case NET_FAMILY_IPV4:
		return AF_INET;
	case NET_FAMILY_IPV6:
		return AF_INET6;
	case NET_FAMILY_ANY:
		break;
	}
	return AF_UNSPEC;
}

static enum status resolve_failure(const char *host, int error, struct why *why)
{
	if (error == EAI_SYSTEM)
		return why_errno(why, STATUS_IO, "cannot resolve %s", host);
	enum status status = STATUS_IO;
	if (error == EAI_NONAME || error == EAI_NODATA || error == EAI_ADDRFAMILY)
		status = STATUS_NOT_FOUND;
	else if (error == EAI_AGAIN)
		status = STATUS_TIMEOUT;
	return why_set(why, status, "cannot resolve %s: %s", host, gai_strerror(error));
}

static bool has_address(const struct net_address_vec *addresses, const struct net_address *address)
{
	for (size_t i = 0; i < addresses->n; i++)
		if (addresses->items[i].len == address->len &&
		    memcmp(&addresses->items[i].storage, &address->storage, address->len) == 0)
			return true;
	return false;
}

enum status address_resolve(struct arena *arena, const char *host, unsigned port,
			    enum net_family family, struct net_address_vec *addresses_out,
			    struct why *why)
{
	struct addrinfo hints = {.ai_family = socket_family(family), .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	char service[16];
	snprintf(service, sizeof service, "%u", port);
	*addresses_out = (struct net_address_vec){0};
	int error = getaddrinfo(host, service, &hints, &found);
	if (error)
		return resolve_failure(host, error, why);
	for (const struct addrinfo *info = found; info; info = info->ai_next) {
		struct net_address address = {.len = info->ai_addrlen};
		if (info->ai_addrlen > sizeof address.storage)
			continue;
		memcpy(&address.storage, info->ai_addr, info->ai_addrlen);
		if (!has_address(addresses_out, &address))
			vec_push(arena, addresses_out, address);
	}
	freeaddrinfo(found);
	if (addresses_out->n == 0)
		return why_set(why, STATUS_NOT_FOUND, "%s has no address", host);
	return STATUS_OK;
}

enum status address_unix(struct str path, struct net_address *address_out, struct why *why)
{
	struct sockaddr_un *unix_address = (struct sockaddr_un *)&address_out->storage;
	*address_out = (struct net_address){0};
	if (path.len == 0 || path.len >= sizeof unix_address->sun_path)
		return why_set(why, STATUS_TOO_LARGE,
			       "path length for UNIX socket on %.*s exceeds system limit",
			       STR_ARG(path));
	unix_address->sun_family = AF_UNIX;
	memcpy(unix_address->sun_path, path.ptr, path.len);
	address_out->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.len + 1);
	return STATUS_OK;
}

/* --- text ------------------------------------------------------------------------------------- */

bool address_is_unix(const struct net_address *address)
{
	return address->storage.ss_family == AF_UNIX;
}

unsigned address_port(const struct net_address *address)
{
	if (address->storage.ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)&address->storage)->sin_port);
	if (address->storage.ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)&address->storage)->sin6_port);
	return 0;
}

static void format_v6(const struct in6_addr *v6, char *out)
{
	if (IN6_IS_ADDR_V4MAPPED(v6))
		inet_ntop(AF_INET, v6->s6_addr + 12, out, ADDRESS_TEXT_BYTES);
	else
		inet_ntop(AF_INET6, v6, out, ADDRESS_TEXT_BYTES);
}

void address_format(const struct net_address *address, char *out)
{
	const struct sockaddr_storage *storage = &address->storage;
	out[0] = '\0';
	if (storage->ss_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)storage)->sin_addr, out,
			  ADDRESS_TEXT_BYTES);
	else if (storage->ss_family == AF_INET6)
		format_v6(&((const struct sockaddr_in6 *)storage)->sin6_addr, out);
	else if (storage->ss_family == AF_UNIX)
		snprintf(out, ADDRESS_TEXT_BYTES, "%s",
			 ((const struct sockaddr_un *)storage)->sun_path);
}

void address_host_name(const struct net_address *address, char *out)
{
	if (address_is_unix(address) ||
	    getnameinfo((const struct sockaddr *)&address->storage, address->len, out,
			ADDRESS_HOST_BYTES, NULL, 0, NI_NAMEREQD) != 0)
		address_format(address, out);
}
