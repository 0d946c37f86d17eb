/* tls: see tls.h. */
#include "lib/net/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

struct tls_context {
	SSL_CTX *ctx;
	BIO_METHOD *method; /* of a BIO that sends with MSG_NOSIGNAL */
	bool verify;
};

struct tls {
	SSL *ssl;
	int fd;
	short wants; /* POLLIN or POLLOUT, of the last call that could not go on */
	bool broken; /* a fatal error: nothing may be sent any more, not even close_notify */
	bool closed; /* close_notify is sent */
};

/* --- errors ----------------------------------------------------------------------------------- */

/* The first of OpenSSL's queue is the cause; the rest is emptied. */
static const char *library_error(char *out, size_t size_bytes)
{
	unsigned long code = ERR_get_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;
	snprintf(out, size_bytes, "%s", reason ? reason : "unknown error");
	ERR_clear_error();
	return out;
}

static enum status library_failure(struct why *why, enum status status, const char *what)
{
	char text[256];
	return why_set(why, status, "%s: %s", what, library_error(text, sizeof text));
}

/* --- a BIO over the socket -------------------------------------------------------------------- */

static int fd_of(BIO *bio)
{
	return ((const struct tls *)BIO_get_data(bio))->fd;
}

static bool is_temporary(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static int socket_write(BIO *bio, const char *data, int len)
{
	ssize_t n = send(fd_of(bio), data, (size_t)len, MSG_NOSIGNAL);
	BIO_clear_retry_flags(bio);
	if (n < 0 && is_temporary(errno))
		BIO_set_retry_write(bio);
	return (int)n;
}

static int socket_read(BIO *bio, char *data, int size)
{
	ssize_t n = recv(fd_of(bio), data, (size_t)size, 0);
	BIO_clear_retry_flags(bio);
	if (n < 0 && is_temporary(errno))
		BIO_set_retry_read(bio);
	if (n == 0)
		BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
	return (int)n;
}

static long socket_ctrl(BIO *bio, int command, long number, void *pointer)
{
	(void)number;
	(void)pointer;
	if (command == BIO_CTRL_EOF)
		return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
	return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *method_new(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "conn");
	if (method && BIO_meth_set_write(method, socket_write) == 1 &&
	    BIO_meth_set_read(method, socket_read) == 1 &&
	    BIO_meth_set_ctrl(method, socket_ctrl) == 1)
		return method;
	BIO_meth_free(method);
	return NULL;
}

/* --- contexts --------------------------------------------------------------------------------- */

static enum status load_own(SSL_CTX *ctx, const struct tls_settings *settings, struct why *why)
{
	char text[256];
	if (settings->cert_file &&
	    SSL_CTX_use_certificate_chain_file(ctx, settings->cert_file) != 1)
		return why_set(why, STATUS_INVALID, "cannot use the certificate %s: %s",
			       settings->cert_file, library_error(text, sizeof text));
	if (settings->key_file &&
	    SSL_CTX_use_PrivateKey_file(ctx, settings->key_file, SSL_FILETYPE_PEM) != 1)
		return why_set(why, STATUS_INVALID, "cannot use the private key %s: %s",
			       settings->key_file, library_error(text, sizeof text));
	if (settings->key_file && SSL_CTX_check_private_key(ctx) != 1)
		return why_set(why, STATUS_INVALID, "the private key %s does not belong to %s",
			       settings->key_file,
			       settings->cert_file ? settings->cert_file : "any certificate");
	return STATUS_OK;
}

static enum status load_trusted(SSL_CTX *ctx, const struct tls_settings *settings, struct why *why)
{
	char text[256];
	if (!settings->ca_file && !settings->ca_path) {
		if (settings->verify)
			SSL_CTX_set_default_verify_paths(ctx);
		return STATUS_OK;
	}
	if (SSL_CTX_load_verify_locations(ctx, settings->ca_file, settings->ca_path) != 1)
		return why_set(why, STATUS_INVALID, "cannot use the authorities in %s: %s",
			       settings->ca_file ? settings->ca_file : settings->ca_path,
			       library_error(text, sizeof text));
	return STATUS_OK;
}

static void set_options(SSL_CTX *ctx, bool is_server, const struct tls_settings *settings)
{
	int fail = is_server ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
	static const unsigned char name[] = "spamd";
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_verify(ctx, settings->verify ? SSL_VERIFY_PEER | fail : SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_session_id_context(ctx, name, sizeof name - 1);
}

static enum status context_new(const struct tls_settings *settings, bool is_server,
			       struct tls_context **context_out, struct why *why)
{
	struct tls_context *context = calloc(1, sizeof *context);
	if (!context)
		return why_set(why, STATUS_NO_MEMORY, "no memory for TLS");
	ERR_clear_error();
	context->verify = settings->verify;
	context->ctx = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
	context->method = method_new();
	if (!context->ctx || !context->method) {
		tls_context_free(context);
		return library_failure(why, STATUS_NO_MEMORY, "TLS");
	}
	set_options(context->ctx, is_server, settings);
	enum status status = load_own(context->ctx, settings, why);
	if (status == STATUS_OK)
		status = load_trusted(context->ctx, settings, why);
	if (status != STATUS_OK) {
		tls_context_free(context);
		return status;
	}
	*context_out = context;
	return STATUS_OK;
}

enum status tls_server_context(const struct tls_settings *settings,
			       struct tls_context **context_out, struct why *why)
{
	return context_new(settings, true, context_out, why);
}

enum status tls_client_context(const struct tls_settings *settings,
			       struct tls_context **context_out, struct why *why)
{
	return context_new(settings, false, context_out, why);
}

void tls_context_free(struct tls_context *context)
{
	if (!context)
		return;
	SSL_CTX_free(context->ctx);
	BIO_meth_free(context->method);
	free(context);
}

/* --- waiting ---------------------------------------------------------------------------------- */

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

static enum status fatal(struct tls *tls, struct why *why, const char *what)
{
	int saved_errno = errno;
	unsigned long code = ERR_peek_error();
	tls->broken = true;
	if (code) {
		bool trust = SSL_get_verify_result(tls->ssl) != X509_V_OK ||
			     ERR_GET_REASON(code) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE;
		return library_failure(why, trust ? STATUS_REFUSED : STATUS_INVALID, what);
	}
	errno = saved_errno ? saved_errno : ECONNRESET;
	return why_errno(why, errno == ECONNRESET || errno == EPIPE ? STATUS_CLOSED : STATUS_IO,
			 "%s", what);
}

/* A call of the library has returned result <= 0. STATUS_OK: call again. STATUS_CLOSED without a
 * broken connection: the peer has said that it sends no more. */
static enum status after(struct conn *conn, int result, struct deadline deadline, struct why *why,
			 const char *what)
{
	struct tls *tls = conn->tls;
	switch (SSL_get_error(tls->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		tls->wants = POLLIN;
		return wait_for(conn->fd, POLLIN, deadline, why);
	case SSL_ERROR_WANT_WRITE:
		tls->wants = POLLOUT;
		return wait_for(conn->fd, POLLOUT, deadline, why);
	case SSL_ERROR_ZERO_RETURN:
		return why_set(why, STATUS_CLOSED, "%s: closed by the peer", what);
	default:
		return fatal(tls, why, what);
	}
}

/* --- the handshake ---------------------------------------------------------------------------- */

static enum status tls_new(struct tls_context *context, struct conn *conn, struct why *why)
{
	struct tls *tls = calloc(1, sizeof *tls);
	if (!tls)
		return why_set(why, STATUS_NO_MEMORY, "no memory for TLS");
	ERR_clear_error();
	tls->ssl = SSL_new(context->ctx);
	BIO *bio = BIO_new(context->method);
	if (!tls->ssl || !bio) {
		SSL_free(tls->ssl);
		BIO_free(bio);
		free(tls);
		return library_failure(why, STATUS_NO_MEMORY, "TLS");
	}
	tls->fd = conn->fd;
	BIO_set_data(bio, tls);
	BIO_set_init(bio, 1);
	SSL_set_bio(tls->ssl, bio, bio);
	conn->tls = tls;
	return STATUS_OK;
}

static enum status handshake(struct conn *conn, int (*step)(SSL *), struct deadline deadline,
			     struct why *why)
{
	for (;;) {
		errno = 0;
		ERR_clear_error();
		int result = step(conn->tls->ssl);
		if (result == 1)
			return STATUS_OK;
		enum status status = after(conn, result, deadline, why, "TLS handshake");
		if (status != STATUS_OK) {
			conn->tls->broken = true;
			return status;
		}
	}
}

enum status tls_accept(struct tls_context *context, struct conn *conn, struct deadline deadline,
		       struct why *why)
{
	enum status status = tls_new(context, conn, why);
	return status == STATUS_OK ? handshake(conn, SSL_accept, deadline, why) : status;
}

enum status tls_accept_begin(struct tls_context *context, struct conn *conn, struct why *why)
{
	return tls_new(context, conn, why);
}

enum status tls_accept_step(struct conn *conn, struct why *why)
{
	enum status status = STATUS_OK;

	while (status == STATUS_OK) {
		errno = 0;
		ERR_clear_error();
		int result = SSL_accept(conn->tls->ssl);
		if (result == 1)
			return STATUS_OK;
		status = after(conn, result, DEADLINE_NOW, why, "TLS handshake");
	}
	if (status != STATUS_TIMEOUT)
		conn->tls->broken = true;
	return status;
}

short tls_wants(const struct conn *conn)
{
	return conn->tls->wants;
}

static bool is_address(const char *host)
{
	unsigned char room[sizeof(struct in6_addr)];
	return inet_pton(AF_INET, host, room) == 1 || inet_pton(AF_INET6, host, room) == 1;
}

static bool expect_host(SSL *ssl, const char *host, bool verify)
{
	if (is_address(host))
		return !verify || X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
	return SSL_set_tlsext_host_name(ssl, host) == 1 &&
	       (!verify || SSL_set1_host(ssl, host) == 1);
}

enum status tls_connect(struct tls_context *context, struct conn *conn, const char *host,
			struct deadline deadline, struct why *why)
{
	enum status status = tls_new(context, conn, why);
	if (status != STATUS_OK)
		return status;
	if (host && !expect_host(conn->tls->ssl, host, context->verify))
		return library_failure(why, STATUS_INVALID, "TLS host name");
	return handshake(conn, SSL_connect, deadline, why);
}

void tls_describe(const struct conn *conn, char *out)
{
	out[0] = '\0';
	if (conn->tls)
		snprintf(out, TLS_TEXT_BYTES, "%s/%s", SSL_get_version(conn->tls->ssl),
			 SSL_get_cipher_name(conn->tls->ssl));
}

const char *tls_library_version(void)
{
	return OpenSSL_version(OPENSSL_VERSION);
}

/* --- reading and writing ---------------------------------------------------------------------- */

enum status tls_read(struct conn *conn, char *data, size_t size_bytes, size_t *n_out,
		     struct deadline deadline, struct why *why)
{
	for (;;) {
		size_t n = 0;
		errno = 0;
		ERR_clear_error();
		int result = SSL_read_ex(conn->tls->ssl, data, size_bytes, &n);
		*n_out = n;
		if (result == 1) {
			conn->n_read_bytes += (int64_t)n;
			return STATUS_OK;
		}
		enum status status = after(conn, result, deadline, why, "cannot read");
		if (status == STATUS_CLOSED && !conn->tls->broken)
			return STATUS_OK; /* n is 0: the end of the stream */
		if (status != STATUS_OK)
			return status;
	}
}

enum status tls_write_all(struct conn *conn, struct str data, struct deadline deadline,
			  struct why *why)
{
	while (data.len) {
		size_t n = 0;
		errno = 0;
		ERR_clear_error();
		int result = SSL_write_ex(conn->tls->ssl, data.ptr, data.len, &n);
		if (result == 1) {
			conn->n_written_bytes += (int64_t)n;
			data = str_from_at(data, n);
			continue;
		}
		enum status status = after(conn, result, deadline, why, "cannot write");
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

/* --- the end ---------------------------------------------------------------------------------- */

void tls_half_close(struct conn *conn, struct deadline deadline)
{
	struct tls *tls = conn->tls;
	while (!tls->broken && !tls->closed && SSL_is_init_finished(tls->ssl)) {
		errno = 0;
		ERR_clear_error();
		int result = SSL_shutdown(tls->ssl);
		if (result >= 0)
			tls->closed = true;
		else if (after(conn, result, deadline, NULL, "cannot close") != STATUS_OK)
			return;
	}
}

void tls_free(struct conn *conn)
{
	SSL_free(conn->tls->ssl);
	free(conn->tls);
	conn->tls = NULL;
}
