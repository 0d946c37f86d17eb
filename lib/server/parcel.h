/*
 * parcel: a connection on its way from one process to another, with what has been read from it or
 * is still to be written. Over a SOCK_SEQPACKET pair that several processes read: each parcel
 * reaches one of them. The bytes travel in a memory file, so that their number does not matter.
 */
#ifndef WHORL_SERVER_PARCEL_H
#define WHORL_SERVER_PARCEL_H

#include <stdint.h>
#include "lib/base/buf.h"
#include "lib/net/tls.h"
#include "lib/base/why.h"

enum parcel_kind {
	PARCEL_TLS,     /* a client that wants TLS; nothing has been read */
	PARCEL_READ,    /* the request is not all there; bytes: what is */
	PARCEL_SEND,    /* the answer is not all sent; bytes: what is missing, which may be none */
	PARCEL_REQUEST, /* the request is all there, or will not come: to be served */
	PARCEL_TAUGHT,  /* a child is done with a lesson; the descriptor says nothing */
};

struct parcel {
	enum parcel_kind kind;
	int listener;       /* index of the one it came in by */
	bool is_let_in;     /* the client is one who may connect */
	bool has_line;      /* the first line is there, and deadline_ms is that of the rest */
	bool stays;         /* not to be given away again */
	bool is_lesson;     /* may wait, so that others need not; few at a time are served */
	int n_deaths;       /* of children that had it (custody.h) */
	int64_t started_us; /* when it was accepted */
	char host[ADDRESS_HOST_BYTES]; /* the client's name; "": not looked up yet */
	int64_t deadline_ms;           /* monotonic, as in struct deadline; 0: not decided yet */
	/* Of the client, where another process relays for it: with PARCEL_TLS, and when is_relayed.
	 */
	struct net_address peer;
	unsigned local_port;
	bool is_relayed;          /* the connection leads to a process that speaks TLS for us */
	char tls[TLS_TEXT_BYTES]; /* tls_describe() */
};

enum status parcel_pair(int *write_fd_out, int *read_fd_out, struct why *why);
/* False: not now (the queue is full) or never; the caller goes on itself. conn_fd stays open here.
 */
bool parcel_send(int fd, const struct parcel *parcel, int conn_fd, struct str bytes);
/* The same with the bytes in a memory file from its beginning, -1: none. It stays open here. */
bool parcel_send_file(int fd, const struct parcel *parcel, int conn_fd, int bytes_fd);
/* Without waiting. STATUS_TIMEOUT: there is none; STATUS_CLOSED; STATUS_IO. bytes are appended.
 * What comes may be from a child that has been taken over: strings end and lengths are right, but
 * whether there is such a listener is for the caller to see. */
enum status parcel_receive(int fd, struct parcel *parcel_out, int *conn_fd_out, struct buf *bytes,
			   struct why *why);

#endif
