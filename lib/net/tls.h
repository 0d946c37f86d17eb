/*
 * tls: encryption under a struct conn (OpenSSL's ssl; tls.c is the only file that knows it). A
 *context holds certificates and is made once; tls_accept() or tls_connect() put it under a
 *connection, and from then on conn_read(), conn_write_all(), conn_half_close(), conn_finish() and
 *conn_close() work as they do without, with the same deadlines and statuses:
 *	- the peer's close_notify is the end of the stream (n 0), and so is its end without one: who
 *	  must know whether the stream was cut short compares with a Content-length;
 *	- conn_half_close() sends close_notify; reading goes on;
 *	- conn_finish() takes in what the peer still sends, its close_notify too, so that no reset
 *	  destroys the answer.
 * TLS 1.2 and later. SIGPIPE never happens.
 */
#ifndef WHORL_NET_TLS_H
#define WHORL_NET_TLS_H

#include "lib/net/socket.h"

struct tls_context;

struct tls_settings {
	/* Own certificate (chain) and key, PEM. A server needs both; a client may have none. */
	const char *cert_file, *key_file;
	/* Whom to trust; both NULL: the system's store. */
	const char *ca_file, *ca_path;
	/* A server asks clients for a certificate and insists on a good one; a client insists on a
	 * good one of the server (and its name, when tls_connect() is given one). */
	bool verify;
};

enum { TLS_TEXT_BYTES = 96 };

/* STATUS_INVALID: a file is missing or not usable, why says which. Free with tls_context_free(). */
enum status tls_server_context(const struct tls_settings *settings,
			       struct tls_context **context_out, struct why *why);
enum status tls_client_context(const struct tls_settings *settings,
			       struct tls_context **context_out, struct why *why);
void tls_context_free(struct tls_context *context);

/*
 * The handshake. STATUS_TIMEOUT, STATUS_CLOSED, STATUS_INVALID (not TLS, or no common version),
 * STATUS_REFUSED (a certificate is missing or not trusted). After a failure only conn_finish() or
 * conn_close() make sense.
 */
enum status tls_accept(struct tls_context *context, struct conn *conn, struct deadline deadline,
		       struct why *why);
/*
 * The same for who must not wait: begin once, then step until it is not STATUS_TIMEOUT, each time
 * when tls_wants() has come true. With DEADLINE_NOW the other calls can be used so too.
 */
enum status tls_accept_begin(struct tls_context *context, struct conn *conn, struct why *why);
enum status tls_accept_step(struct conn *conn, struct why *why);
/* After a STATUS_TIMEOUT: POLLIN or POLLOUT. */
short tls_wants(const struct conn *conn);
/* host: the name that the certificate must be for, also sent as SNI; NULL: any. */
enum status tls_connect(struct tls_context *context, struct conn *conn, const char *host,
			struct deadline deadline, struct why *why);
/* "TLSv1.3/TLS_AES_256_GCM_SHA384"; "" without TLS. out >= TLS_TEXT_BYTES. */
void tls_describe(const struct conn *conn, char *out);
/* "OpenSSL 3.0.15 3 Sep 2024" */
const char *tls_library_version(void);

/* --- for socket.c: the same contracts as the conn_ calls --- */
enum status tls_read(struct conn *conn, char *data, size_t size_bytes, size_t *n_out,
		     struct deadline deadline, struct why *why);
enum status tls_write_all(struct conn *conn, struct str data, struct deadline deadline,
			  struct why *why);
void tls_half_close(struct conn *conn, struct deadline deadline);
void tls_free(struct conn *conn);

#endif
