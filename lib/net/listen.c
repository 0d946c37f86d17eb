/* listen: the listening half of socket.h. Order and tolerance match spamd's server_sock_setup. */
#include "lib/net/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/base/file.h"
#include "lib/base/log.h"

/* --- one socket ------------------------------------------------------------------------------- */

/* A listening descriptor, or -1 with errno. */
static int open_socket(const struct net_address *address)
{
	int family = address->storage.ss_family;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	int on = 1;
	if (family != AF_UNIX)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	if (bind(fd, (const struct sockaddr *)&address->storage, address->len) == 0 &&
	    listen(fd, SOMAXCONN) == 0)
		return fd;
	int saved_errno = errno;
	close(fd);
	errno = saved_errno;
	return -1;
}

/* The system has chosen the port when it was 0. */
void listener_name(struct arena *arena, struct listener *listener)
{
	char text[ADDRESS_TEXT_BYTES];
	int on = 1;
	listener->address.len = sizeof listener->address.storage;
	getsockname(listener->fd, (struct sockaddr *)&listener->address.storage,
		    &listener->address.len);
	address_format(&listener->address, text);
	listener->text = arena_str(arena, str_from(text));
	listener->port = address_port(&listener->address);
	listener->is_unix = address_is_unix(&listener->address);
	/* what is accepted inherits this from the listener (tcp(7)) */
	if (!listener->is_unix)
		setsockopt(listener->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void add_listener(struct arena *arena, const struct listen_spec *spec, int fd,
			 struct listener_vec *listeners)
{
	struct listener listener = {.fd = fd, .tls = spec->tls};
	listener_name(arena, &listener);
	vec_push(arena, listeners, listener);
}

/* --- Unix sockets ----------------------------------------------------------------------------- */

/* Nothing there, or a stale socket, which goes away. */
static enum status clear_path(const char *path, const struct net_address *address, struct why *why)
{
	struct stat info;
	if (lstat(path, &info) != 0)
		return STATUS_OK;
	if (!S_ISSOCK(info.st_mode))
		return why_set(why, STATUS_REFUSED, "file %s exists but is no socket", path);
	struct conn conn;
	if (net_connect_address(address, deadline_in_ms(1000), &conn, NULL) == STATUS_OK) {
		conn_close(&conn);
		return why_set(why, STATUS_REFUSED, "already running on %s", path);
	}
	unlink(path);
	return STATUS_OK;
}

static enum status set_mode(const char *path, const struct unix_mode *mode, struct why *why)
{
	static const struct unix_mode usual = {0666, (uid_t)-1, (gid_t)-1};
	if (!mode)
		mode = &usual;
	if ((mode->owner != (uid_t)-1 || mode->group != (gid_t)-1) &&
	    chown(path, mode->owner, mode->group) != 0)
		return why_errno(why, STATUS_IO, "could not chown %s", path);
	if (chmod(path, mode->mode) != 0)
		return why_errno(why, STATUS_IO, "could not chmod %s", path);
	return STATUS_OK;
}

static enum status listen_unix(struct arena *arena, const struct listen_spec *spec,
			       const struct unix_mode *mode, struct listener_vec *listeners,
			       struct why *why)
{
	const char *path = arena_cstr(arena, spec->path);
	struct net_address address;
	enum status status = address_unix(spec->path, &address, why);
	if (status != STATUS_OK)
		return status;
	if (!file_is_dir(arena_cstr(arena, path_dir(spec->path))))
		return why_set(why, STATUS_NOT_FOUND, "directory for %s does not exist", path);
	status = clear_path(path, &address, why);
	if (status != STATUS_OK)
		return status;
	int fd = open_socket(&address);
	if (fd < 0)
		return why_errno(why, STATUS_IO, "could not create UNIX socket on %s", path);
	status = set_mode(path, mode, why);
	if (status != STATUS_OK) {
		close(fd);
		unlink(path);
		return status;
	}
	add_listener(arena, spec, fd, listeners);
	return STATUS_OK;
}

/* --- TCP -------------------------------------------------------------------------------------- */

/* The addresses of "localhost" and "*" are known without the resolver, IPv6 first. */
static enum status find_addresses(struct arena *arena, const struct listen_spec *spec,
				  struct net_address_vec *addresses, struct why *why)
{
	bool any = str_eq_c(spec->host, "*");
	if (!any && !str_eq_ci_c(spec->host, "localhost"))
		return address_resolve(arena, arena_cstr(arena, spec->host), spec->port,
				       spec->family, addresses, why);
	struct net_address_vec one;
	enum status status = STATUS_NOT_FOUND;
	if (spec->family != NET_FAMILY_IPV4) {
		status = address_resolve(arena, any ? "::" : "::1", spec->port, NET_FAMILY_IPV6,
					 &one, why);
		if (status == STATUS_OK)
			vec_push(arena, addresses, one.items[0]);
	}
	if (spec->family != NET_FAMILY_IPV6) {
		status = address_resolve(arena, any ? "0.0.0.0" : "127.0.0.1", spec->port,
					 NET_FAMILY_IPV4, &one, why);
		if (status == STATUS_OK)
			vec_push(arena, addresses, one.items[0]);
	}
	return addresses->n ? STATUS_OK : status;
}

/* *why starts out clear and is not NULL. */
static enum status listen_tcp(struct arena *arena, const struct listen_spec *spec,
			      struct listener_vec *listeners, struct why *why)
{
	struct net_address_vec addresses = {0};
	struct str_vec failures = {0};
	enum status status = find_addresses(arena, spec, &addresses, why);
	if (status != STATUS_OK)
		return status;
	size_t n_before = listeners->n;
	for (size_t i = 0; i < addresses.n; i++) {
		char text[ADDRESS_TEXT_BYTES];
		struct why failure;
		address_format(&addresses.items[i], text);
		int fd = open_socket(&addresses.items[i]);
		if (fd >= 0) {
			add_listener(arena, spec, fd, listeners);
			continue;
		}
		why_errno(&failure, STATUS_IO, "could not create socket on [%s]:%u", text,
			  spec->port);
		/* A machine without IPv6 is no reason to complain, unless nothing else is left. */
		if (failure.saved_errno != EAFNOSUPPORT || !why->saved_errno)
			*why = failure;
		if (failure.saved_errno != EAFNOSUPPORT)
			vec_push(arena, &failures, arena_str(arena, str_from(failure.text)));
	}
	if (listeners->n == n_before)
		return why->status;
	for (size_t i = 0; i < failures.n; i++)
		log_warn("spamd: %.*s", STR_ARG(failures.items[i]));
	return STATUS_OK;
}

/* --- the interface ---------------------------------------------------------------------------- */

enum status net_listen(struct arena *arena, const struct listen_spec *spec,
		       const struct unix_mode *unix_mode, int tries, int sleep_ms,
		       struct listener_vec *listeners, struct why *why)
{
	struct why here;
	for (int try = 1;; try++) {
		here = (struct why){0};
		enum status status = spec->path.len
					     ? listen_unix(arena, spec, unix_mode, listeners, &here)
					     : listen_tcp(arena, spec, listeners, &here);
		if (status == STATUS_OK)
			return STATUS_OK;
		if (try >= tries)
			break;
		log_warn("server socket setup failed, retry %d: spamd: %s", try, here.text);
		poll(NULL, 0, sleep_ms);
	}
	if (why)
		*why = here;
	return here.status;
}

void net_unlisten(struct listener_vec *listeners, bool unlink_paths)
{
	for (size_t i = 0; i < listeners->n; i++) {
		struct listener *listener = &listeners->items[i];
		if (listener->fd < 0)
			continue;
		close(listener->fd);
		listener->fd = -1;
		if (listener->is_unix && unlink_paths && !listener->is_inherited)
			unlink(listener->text.ptr);
	}
}
