/* socket: connections; see socket.h. Listening is in listen.c. */
#include "lib/net/socket.h"

#include "lib/net/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum {
	/* A Unix socket whose queue is full refuses at once instead of making us wait. */
	UNIX_RETRY_MS = 10,
	DRAIN_BYTES = 16 * 1024,
	/* For close_notify to fit into the socket's buffer. */
	CLOSE_NOTIFY_MS = 1000,
};

/* --- waiting ---------------------------------------------------------------------------------- */

/* STATUS_OK: ready (or in error, which the next call will tell). */
static enum status wait_for(int fd, short events, struct deadline deadline, struct why *why)
{
	for (;;) {
		struct pollfd ready = {.fd = fd, .events = events};
		int n = poll(&ready, 1, deadline_left_ms(deadline));
		if (n > 0)
			return STATUS_OK;
		if (n == 0) {
			errno = ETIMEDOUT;
			return why_errno(why, STATUS_TIMEOUT, "waited too long");
		}
		if (errno != EINTR)
			return why_errno(why, STATUS_IO, "poll");
	}
}

/* Behind a call that would have blocked: there is no need to look again. */
static enum status wait_longer(int fd, short events, struct deadline deadline, struct why *why)
{
	if (deadline.at_ms == DEADLINE_NOW.at_ms)
		return why_set(why, STATUS_TIMEOUT, "waited too long");
	return wait_for(fd, events, deadline, why);
}

static bool would_block(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK;
}

static bool peer_is_gone(int error)
{
	return error == EPIPE || error == ECONNRESET || error == ENOTCONN || error == ECONNABORTED;
}

/* --- making connections ----------------------------------------------------------------------- */

static void fill_in_peer(struct conn *conn, int fd, const struct net_address *peer)
{
	*conn = (struct conn){.fd = fd, .peer = *peer};
	conn->is_unix = address_is_unix(peer);
	if (conn->is_unix) {
		snprintf(conn->peer_ip, sizeof conn->peer_ip, "127.0.0.1");
		return;
	}
	address_format(peer, conn->peer_ip);
	conn->peer_port = address_port(peer);
}

static void fill_in(struct conn *conn, int fd, const struct net_address *peer)
{
	struct net_address local = {.len = sizeof local.storage};
	int on = 1;

	fill_in_peer(conn, fd, peer);
	if (conn->is_unix)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (getsockname(fd, (struct sockaddr *)&local.storage, &local.len) == 0)
		conn->local_port = address_port(&local);
}

enum status net_accept(const struct listener *listener, struct conn *conn_out,
		       struct deadline deadline, struct why *why)
{
	for (;;) {
		struct net_address peer = {.len = sizeof peer.storage};
		int fd = accept4(listener->fd, (struct sockaddr *)&peer.storage, &peer.len,
				 SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0) {
			fill_in_peer(conn_out, fd, &peer);
			conn_out->local_port = listener->port;
			return STATUS_OK;
		}
		if (errno == EINTR || errno == ECONNABORTED)
			return why_errno(why, STATUS_CLOSED, "accept");
		if (!would_block(errno))
			return why_errno(why, STATUS_IO, "accept");
		struct pollfd ready = {.fd = listener->fd, .events = POLLIN};
		int n = poll(&ready, 1, deadline_left_ms(deadline));
		if (n == 0)
			return why_set(why, STATUS_TIMEOUT, "no connection came in");
		if (n < 0)
			return why_errno(why, errno == EINTR ? STATUS_CLOSED : STATUS_IO, "poll");
	}
}

static bool make_ours(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) >= 0 &&
	       fcntl(fd, F_SETFD, FD_CLOEXEC) >= 0;
}

enum status conn_adopt_as(int fd, const struct net_address *peer, unsigned local_port,
			  struct conn *conn_out, struct why *why)
{
	if (!make_ours(fd))
		return why_errno(why, STATUS_IO, "not a connected socket");
	fill_in(conn_out, fd, peer);
	conn_out->local_port = local_port;
	return STATUS_OK;
}

void conn_adopt_accepted(int fd, const struct net_address *peer, unsigned local_port,
			 struct conn *conn_out)
{
	fill_in_peer(conn_out, fd, peer);
	conn_out->local_port = local_port;
}

enum status conn_adopt(int fd, struct conn *conn_out, struct why *why)
{
	struct net_address peer = {.len = sizeof peer.storage};
	if (!make_ours(fd) || getpeername(fd, (struct sockaddr *)&peer.storage, &peer.len) < 0)
		return why_errno(why, STATUS_IO, "not a connected socket");
	fill_in(conn_out, fd, &peer);
	return STATUS_OK;
}

static enum status connect_failure(const struct net_address *address, int error, struct why *why)
{
	char text[ADDRESS_TEXT_BYTES];
	enum status status = STATUS_IO;
	if (error == ECONNREFUSED)
		status = STATUS_REFUSED;
	else if (error == ETIMEDOUT)
		status = STATUS_TIMEOUT;
	else if (error == ENOENT)
		status = STATUS_NOT_FOUND;
	address_format(address, text);
	errno = error;
	if (address_is_unix(address))
		return why_errno(why, status, "cannot connect to %s", text);
	return why_errno(why, status, "cannot connect to [%s]:%u", text, address_port(address));
}

/* 0 or an errno. */
static int connect_fd(int fd, const struct net_address *address, struct deadline deadline)
{
	int error = 0;
	socklen_t len = sizeof error;
	struct why why;
	while (connect(fd, (const struct sockaddr *)&address->storage, address->len) != 0) {
		if (errno == EISCONN)
			return 0;
		if (errno == EAGAIN && address_is_unix(address)) {
			if (deadline_passed(deadline))
				return ETIMEDOUT;
			poll(NULL, 0, UNIX_RETRY_MS);
			continue;
		}
		if (errno != EINPROGRESS && errno != EINTR && errno != EALREADY)
			return errno;
		if (wait_for(fd, POLLOUT, deadline, &why) != STATUS_OK)
			return why.saved_errno;
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
			return errno;
		return error;
	}
	return 0;
}

enum status net_connect_address(const struct net_address *address, struct deadline deadline,
				struct conn *conn_out, struct why *why)
{
	int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return connect_failure(address, errno, why);
	int error = connect_fd(fd, address, deadline);
	if (error) {
		close(fd);
		return connect_failure(address, error, why);
	}
	fill_in(conn_out, fd, address);
	return STATUS_OK;
}

enum status net_connect(const char *host, unsigned port, enum net_family family,
			struct deadline deadline, struct conn *conn_out, struct why *why)
{
	struct arena *scratch = arena_new("connect", 0);
	struct net_address_vec addresses;
	enum status status = address_resolve(scratch, host, port, family, &addresses, why);
	for (size_t i = 0; status == STATUS_OK && i < addresses.n; i++) {
		status = net_connect_address(&addresses.items[i], deadline, conn_out, why);
		if (status == STATUS_OK || deadline_passed(deadline))
			break;
		if (i + 1 < addresses.n)
			status = STATUS_OK; /* the next one may answer */
	}
	arena_free(scratch);
	return status;
}

/* --- reading and writing ---------------------------------------------------------------------- */

enum status conn_read(struct conn *conn, char *data, size_t size_bytes, size_t *n_out,
		      struct deadline deadline, struct why *why)
{
	if (conn->tls)
		return tls_read(conn, data, size_bytes, n_out, deadline, why);
	for (;;) {
		ssize_t n = recv(conn->fd, data, size_bytes, 0);
		if (n >= 0) {
			conn->n_read_bytes += n;
			*n_out = (size_t)n;
			return STATUS_OK;
		}
		if (errno == EINTR)
			continue;
		if (!would_block(errno))
			return why_errno(why, peer_is_gone(errno) ? STATUS_CLOSED : STATUS_IO,
					 "cannot read");
		enum status status = wait_longer(conn->fd, POLLIN, deadline, why);
		if (status != STATUS_OK)
			return status;
	}
}

enum status conn_wait(const struct conn *conn, struct deadline deadline, struct why *why)
{
	return wait_for(conn->fd, POLLIN, deadline, why);
}

static enum status write_with(struct conn *conn, struct str data, int flags,
			      struct deadline deadline, struct why *why)
{
	if (conn->tls)
		return tls_write_all(conn, data, deadline, why);
	while (data.len) {
		ssize_t n = send(conn->fd, data.ptr, data.len, MSG_NOSIGNAL | flags);
		if (n >= 0) {
			conn->n_written_bytes += n;
			data = str_from_at(data, (size_t)n);
			continue;
		}
		if (errno == EINTR)
			continue;
		if (!would_block(errno))
			return why_errno(why, peer_is_gone(errno) ? STATUS_CLOSED : STATUS_IO,
					 "cannot write");
		enum status status = wait_longer(conn->fd, POLLOUT, deadline, why);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

enum status conn_write_all(struct conn *conn, struct str data, struct deadline deadline,
			   struct why *why)
{
	return write_with(conn, data, 0, deadline, why);
}

enum status conn_write_last(struct conn *conn, struct str data, struct deadline deadline,
			    struct why *why)
{
	return write_with(conn, data, MSG_MORE, deadline, why);
}

/* --- the end ---------------------------------------------------------------------------------- */

void conn_half_close(struct conn *conn)
{
	if (conn->is_half_closed)
		return;
	conn->is_half_closed = true;
	if (conn->tls)
		tls_half_close(conn, deadline_in_ms(CLOSE_NOTIFY_MS));
	shutdown(conn->fd, SHUT_WR);
}

void conn_finish(struct conn *conn, int limit_ms)
{
	char dropped[DRAIN_BYTES];
	struct deadline deadline = deadline_in_ms(limit_ms > 0 ? limit_ms : 1);
	size_t n = 1;
	if (conn->fd < 0)
		return;
	conn_half_close(conn);
	while (n > 0 && !deadline_passed(deadline))
		if (conn_read(conn, dropped, sizeof dropped, &n, deadline, NULL) != STATUS_OK)
			break;
	conn_close(conn);
}

void conn_close(struct conn *conn)
{
	if (conn->tls)
		tls_free(conn);
	if (conn->fd >= 0)
		close(conn->fd);
	conn->fd = -1;
}

void conn_peer_name(const struct conn *conn, char *out)
{
	if (conn->is_unix)
		snprintf(out, ADDRESS_HOST_BYTES, "localhost");
	else
		address_host_name(&conn->peer, out);
}
