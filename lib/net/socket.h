/*
 * socket: listening, accepting, connecting, and reading and writing with deadlines. All descriptors
 * are close-on-exec. Connections are non-blocking; every call that may wait takes a deadline
 * (DEADLINE_NEVER to wait for ever). SIGPIPE never happens (MSG_NOSIGNAL).
 */
#ifndef WHORL_NET_SOCKET_H
#define WHORL_NET_SOCKET_H

#include <sys/types.h>
#include "lib/base/clock.h"
#include "lib/net/address.h"

/* --- listening -------------------------------------------------------------------------------- */

/* Owner and mode of a Unix socket (--socketowner, --socketgroup, --socketmode). */
struct unix_mode {
	mode_t mode; /* spamd's default: 0666 */
	uid_t owner; /* (uid_t)-1: leave */
	gid_t group; /* (gid_t)-1: leave */
};

struct listener {
	int fd;
	struct net_address address;
	struct str text; /* "127.0.0.1" or the Unix path */
	unsigned port;   /* 0 for a Unix socket */
	bool is_unix, tls;
	bool is_inherited; /* whoever opened it goes on with it (inherit.h) */
};
VEC_OF(listener_vec, struct listener);

enum { NET_BIND_TRIES = 10, NET_BIND_SLEEP_MS = 1000 };

/*
 * Open every address of the specification and append the listeners. tries and sleep_ms: as long as
 * none can be bound (spamd: NET_BIND_TRIES, one second apart). Some of several addresses failing is
 * a warning in the log, all of them failing is an error (saved_errno of the last; EADDRINUSE is
 * kept). STATUS_NOT_FOUND: the host has no address. A stale Unix socket is removed; a live one is
 * STATUS_REFUSED, "already running on PATH".
 * unix_mode may be NULL (0666). Strings live in the arena; descriptors until net_unlisten().
 */
enum status net_listen(struct arena *arena, const struct listen_spec *spec,
		       const struct unix_mode *unix_mode, int tries, int sleep_ms,
		       struct listener_vec *listeners, struct why *why);
/* Fill in address, text, port and is_unix of a listener from its descriptor. */
void listener_name(struct arena *arena, struct listener *listener);
/* Close; unlink says whether Unix sockets are removed too (only the parent does that; inherited
 * ones stay). */
void net_unlisten(struct listener_vec *listeners, bool unlink_paths);

/* --- connections ------------------------------------------------------------------------------ */

struct tls; /* tls.h */

struct conn {
	int fd;          /* -1 when closed */
	struct tls *tls; /* NULL: in the clear */
	bool is_unix;
	bool is_half_closed; /* by conn_half_close() */
	unsigned peer_port;
	unsigned local_port;
	char peer_ip[ADDRESS_TEXT_BYTES]; /* Unix: "127.0.0.1" (as spamd logs it) */
	struct net_address peer;
	int64_t n_read_bytes, n_written_bytes; /* so far */
};

/*
 * Take the next connection of a listener; waits until the deadline. STATUS_TIMEOUT also when
 * another process took it first and the deadline passes; STATUS_CLOSED when the client is already
 * gone again or a signal came in: look at your flags and call again.
 */
enum status net_accept(const struct listener *listener, struct conn *conn_out,
		       struct deadline deadline, struct why *why);
/* Adopt a connected stream socket (tests, socketpair): made non-blocking and close-on-exec. */
enum status conn_adopt(int fd, struct conn *conn_out, struct why *why);

/* The same for one that another process relays: the peer is the client's, not the relay's. */
enum status conn_adopt_as(int fd, const struct net_address *peer, unsigned local_port,
			  struct conn *conn_out, struct why *why);
/* For one that another process has got from net_accept(): there is nothing left to set. */
void conn_adopt_accepted(int fd, const struct net_address *peer, unsigned local_port,
			 struct conn *conn_out);

/*
 * Connect to one address. STATUS_REFUSED: connection refused; STATUS_TIMEOUT: the deadline passed
 * (saved_errno ETIMEDOUT); STATUS_NOT_FOUND: the Unix socket does not exist; STATUS_IO: the rest.
 * saved_errno has connect's errno in every case.
 */
enum status net_connect_address(const struct net_address *address, struct deadline deadline,
				struct conn *conn_out, struct why *why);
/*
 * Resolve and try each address in turn until one answers, the deadline being for all of them.
 * STATUS_NOT_FOUND with saved_errno 0: the host has no address; otherwise as for the last address.
 */
enum status net_connect(const char *host, unsigned port, enum net_family family,
			struct deadline deadline, struct conn *conn_out, struct why *why);

/*
 * Up to size_bytes as soon as some are there; *n_out 0 is the end of the stream. STATUS_TIMEOUT,
 * STATUS_CLOSED (reset by the peer), STATUS_IO.
 */
enum status conn_read(struct conn *conn, char *data, size_t size_bytes, size_t *n_out,
		      struct deadline deadline, struct why *why);
/* Until conn_read() would not have to wait; not for TLS. STATUS_TIMEOUT, STATUS_IO. */
enum status conn_wait(const struct conn *conn, struct deadline deadline, struct why *why);
/* All of it. STATUS_TIMEOUT, STATUS_CLOSED (the peer reads no more), STATUS_IO. */
enum status conn_write_all(struct conn *conn, struct str data, struct deadline deadline,
			   struct why *why);
/* The same of the last that is written: conn_half_close() follows, and what is still here then goes
 * in one packet with the end of the stream. */
enum status conn_write_last(struct conn *conn, struct str data, struct deadline deadline,
			    struct why *why);
/* "I have written everything": the peer sees the end of the stream, reading goes on. */
void conn_half_close(struct conn *conn);
/*
 * Close so that the peer gets everything written: half-close, read and drop what still comes until
 * the peer closes or limit_ms has passed, then close. (A close with unread input would send a
 * reset, which may destroy the answer on its way.)
 */
void conn_finish(struct conn *conn, int limit_ms);
/* Close at once. */
void conn_close(struct conn *conn);
/* The host name for the log: "localhost" for Unix sockets, else a reverse look-up, else the
 * address. out >= ADDRESS_HOST_BYTES. */
void conn_peer_name(const struct conn *conn, char *out);

#endif
