/* session: see session.h. */
#include "spamd/session.h"

#include "lib/base/log.h"
#include "lib/base/inflate.h"
#include "lib/server/accounts.h"
#include "lib/wire/reply.h"

enum {
	READ_BYTES = 64 * 1024,
	HURRY = 10, /* so much less patience is there when others are in the queue already */
};

/* --- the waiting room --------------------------------------------------------------------------
 */

/* What is there is taken first, without a look at who else waits. */
static bool has_waited(struct deadline wait)
{
	return wait.at_ms != DEADLINE_NOW.at_ms;
}

/* How long to wait for the client now. */
static struct deadline patience(const struct session *session, struct deadline deadline)
{
	int patience_ms = session->service->config.patience_ms;

	log_flush();
	if (!session->may_leave)
		return deadline;
	if (service_is_in_demand(session->service))
		patience_ms = patience_ms / HURRY + 1;
	return deadline_earlier(deadline, deadline_in_ms(patience_ms));
}

/* Others are in the queue, and this client is slow: the room waits for it. */
static bool let_go(struct session *session, enum parcel_kind kind, struct deadline deadline,
		   struct str bytes)
{
	const struct service *service = session->service;
	const struct parcel parcel = session_parcel(session, kind, deadline);

	if (!session->may_leave || !service_is_in_demand(service))
		return false;
	custody_end(session->custody);
	if (!parcel_send(service->to_room_fd, &parcel, session->conn->fd, bytes)) {
		if (kind == PARCEL_READ)
			custody_go_on(session->custody);
		return false;
	}
	conn_close(session->conn);
	session->has_left = true;
	return true;
}

bool session_wait_for_turn(struct session *session)
{
	if (session->is_lesson || session->is_relayed)
		return false;
	session->is_lesson = true;
	if (let_go(session, PARCEL_READ, session->deadline, buf_str(&session->input)))
		return true;
	session->is_lesson = false;
	return false;
}

void session_end_turn(const struct session *session)
{
	static const struct parcel taught = {.kind = PARCEL_TAUGHT};
	int room_fd = session->service->to_room_fd;

	if (session->is_lesson && room_fd >= 0)
		parcel_send(room_fd, &taught, room_fd, STR_NONE);
}

/* Until the client has closed, in which case it has got the answer. */
static void linger(struct session *session)
{
	struct deadline deadline = deadline_in_ms(session->service->config.linger_ms + 1);
	char dropped[4096];
	struct deadline wait = DEADLINE_NOW;
	size_t n = 1;

	while (n > 0 && !deadline_passed(deadline)) {
		enum status status =
			conn_read(session->conn, dropped, sizeof dropped, &n, wait, NULL);
		if (status == STATUS_OK)
			continue;
		if (status != STATUS_TIMEOUT)
			break;
		if (has_waited(wait) && let_go(session, PARCEL_SEND, deadline, STR_NONE))
			return;
		wait = patience(session, deadline);
	}
	conn_close(session->conn);
}

void session_close(struct session *session)
{
	custody_end(session->custody);
	if (!session->has_left) {
		conn_half_close(session->conn);
		linger(session);
	}
	session_leave_watched(session->service);
	arena_reset(session->scan);
}

struct str session_owner(const struct session *session)
{
	if (session->owner)
		return str_from(session->owner);
	return session->request.has_user
		       ? str_from(session->user)
		       : accounts_own_name(session->service->accounts, session->scan);
}

double session_elapsed_s(const struct session *session)
{
	return (double)(clock_mono_us() - session->started_us) / 1e6;
}

/* --- sending -----------------------------------------------------------------------------------
 */

void session_send(struct session *session, struct str reply)
{
	struct deadline deadline = deadline_in_ms(session->service->config.send_timeout_ms);
	struct conn *conn = session->conn;
	enum status status;
	struct why why;

	custody_end(session->custody);
	for (struct deadline wait = DEADLINE_NOW;; wait = patience(session, deadline)) {
		int64_t before = conn->n_written_bytes;
		status = conn_write_last(conn, reply, wait, &why);
		reply = str_from_at(reply, (size_t)(conn->n_written_bytes - before));
		if (status != STATUS_TIMEOUT || deadline_passed(deadline) ||
		    (has_waited(wait) && let_go(session, PARCEL_SEND, deadline, reply)))
			break;
	}
	if (session->has_left)
		return;
	if (status != STATUS_OK)
		log_info("spamd: cannot send the answer: %s", why.text);
	conn_half_close(conn);
}

void session_fault(struct session *session, enum wire_code code, struct str text)
{
	static const char *const words[] = {
		[WIRE_PROTOCOL] = "bad protocol: header error",
		[WIRE_TIMEOUT] = "timeout",
		[WIRE_UNAVAILABLE] = "service unavailable",
		[WIRE_TEMPFAIL] = "temporary failure",
	};
	struct buf reply;

	buf_init(&reply, session->scan);
	wire_reply_fault(&reply, code, text);
	session_send(session, buf_str(&reply));
	metrics_fault(session->service->metrics, code);
	log_warn("spamd: %s: %.*s", words[code], STR_ARG(str_trim_right(text)));
}

static void timeout_fault(struct session *session)
{
	const struct args *args = session->service->args;
	enum wire_verb verb = session->request.verb;
	struct str text =
		verb == WIRE_VERB_NONE
			? arena_printf(session->scan,
				       "(%d second socket timeout reading input from client)",
				       args->timeout_tcp_s)
			: arena_printf(session->scan, "(%d second timeout while trying to %s)",
				       args->timeout_child_s, wire_verb_name(verb));

	session_fault(session, WIRE_TIMEOUT, text);
}

/* --- reading -----------------------------------------------------------------------------------
 */

static struct str unread(const struct session *session)
{
	return str_from_at(buf_str(&session->input), session->input_at);
}

/* What is taken from the connection is at once in custody too. */
static enum status read_kept(struct session *session, char *room, size_t *n_out,
			     struct deadline deadline, struct why *why)
{
	struct conn *conn = session->conn;

	if (!session->custody)
		return conn_read(conn, room, READ_BYTES, n_out, deadline, why);
	for (;;) {
		*n_out = 0;
		custody_before_read(session->custody);
		enum status status = conn_read(conn, room, READ_BYTES, n_out, DEADLINE_NOW, why);
		custody_after_read(session->custody, str_make(room, *n_out));
		if (status != STATUS_TIMEOUT || !has_waited(deadline))
			return status;
		status = conn_wait(conn, deadline, why);
		if (status != STATUS_OK)
			return status;
	}
}

/* As conn_read(), but STATUS_CLOSED and has_left when the room reads on. */
static enum status read_some(struct session *session, char *room, size_t *n_out, struct why *why)
{
	struct deadline wait = DEADLINE_NOW;

	for (;; wait = patience(session, session->deadline)) {
		enum status status = read_kept(session, room, n_out, wait, why);
		if (status != STATUS_TIMEOUT || deadline_passed(session->deadline))
			return status;
		if (has_waited(wait) &&
		    let_go(session, PARCEL_READ, session->deadline, buf_str(&session->input)))
			return STATUS_CLOSED;
	}
}

/* More bytes, or the end of the stream. False: that is all there will ever be, and it was said. */
static bool fill(struct session *session)
{
	struct why why;
	size_t n = 0;
	char *room = buf_reserve(&session->input, READ_BYTES);

	switch (read_some(session, room, &n, &why)) {
	case STATUS_OK:
		buf_commit(&session->input, n);
		session->input_ended = n == 0;
		return true;
	case STATUS_CLOSED: /* a client that is gone has sent all it wanted */
		session->input_ended = true;
		return !session->has_left;
	case STATUS_TIMEOUT:
		timeout_fault(session);
		return false;
	default:
		log_warn("spamd: %s", why.text);
		return false;
	}
}

static void tell_custody(const struct session *session)
{
	const struct parcel parcel = session_parcel(session, PARCEL_REQUEST, session->deadline);

	custody_update(session->custody, &parcel);
}

bool session_read_head(struct session *session)
{
	int timeout_ms = session->service->args->timeout_child_s * 1000;
	struct wire_request_reader reader;
	size_t used;

	wire_request_reader_init(&reader, session->scan);
	for (;;) {
		enum wire_progress progress =
			wire_request_read(&reader, unread(session), session->input_ended, &used);
		session->input_at += used;
		session->request = reader.request;
		switch (progress) {
		case WIRE_GOT_HEAD:
			return true;
		case WIRE_GOT_LINE:
			if (!session->has_line)
				session->deadline = deadline_in_ms(timeout_ms);
			session->has_line = true;
			tell_custody(session);
			break;
		case WIRE_FAULT:
			session_fault(session, WIRE_PROTOCOL, reader.fault);
			return false;
		case WIRE_MORE:
			if (!fill(session))
				return false;
			break;
		}
	}
}

/* --- the body ----------------------------------------------------------------------------------
 */

static bool too_large(struct session *session)
{
	struct str text = arena_printf(session->scan, "message larger than the limit of %zu bytes",
				       session->service->config.max_message_bytes);

	session_fault(session, WIRE_UNAVAILABLE, text);
	return false;
}

/* Until there are wanted bytes, or the end. */
static bool read_bytes(struct session *session, uint64_t wanted)
{
	size_t limit = session->service->config.max_message_bytes;

	if (wanted <= limit && unread(session).len < wanted)
		buf_reserve(&session->input, (size_t)wanted + READ_BYTES);
	while (unread(session).len < wanted && !session->input_ended) {
		if (unread(session).len > limit)
			return too_large(session);
		if (!fill(session))
			return false;
	}
	return unread(session).len > limit && wanted > limit ? too_large(session) : true;
}

/*
 * What spamd takes for the body's length: it reads lines until Content-length is reached, so that
 * more bytes than stated are a mismatch unless they begin a line. Only bytes that are here already
 * count, nothing is waited for; and a line end alone behind the body is what several clients add.
 */
static uint64_t counted_length(const struct session *session, struct str bytes)
{
	uint64_t stated = session->request.length;

	if (bytes.len <= stated || (stated > 0 && bytes.ptr[stated - 1] == '\n'))
		return bytes.len < stated ? bytes.len : stated;
	struct str excess = str_from_at(bytes, (size_t)stated);
	size_t newline = str_find_char(excess, '\n');
	if (str_eq_c(excess, "\r\n"))
		return stated;
	return stated + (newline == STR_NOT_FOUND ? excess.len : newline + 1);
}

static bool read_plain(struct session *session, struct str *body_out)
{
	const struct wire_request *request = &session->request;

	if (!read_bytes(session, request->has_length ? request->length : UINT64_MAX))
		return false;
	*body_out = unread(session);
	session->body_bytes =
		request->has_length ? counted_length(session, *body_out) : body_out->len;
	if (session->body_bytes < body_out->len)
		body_out->len = (size_t)session->body_bytes;
	return true;
}

static bool read_compressed(struct session *session, struct str *body_out)
{
	size_t limit = session->service->config.max_message_bytes;
	struct buf plain;
	struct why why;

	if (!session->request.has_length) {
		session_fault(session, WIRE_UNAVAILABLE,
			      STR_LIT("Compress requires Content-length header"));
		return false;
	}
	if (!read_bytes(session, session->request.length))
		return false;
	struct str data = str_sub(unread(session), 0, (size_t)session->request.length);
	buf_init(&plain, session->scan);
	enum status status = zlib_inflate(data, limit, &plain, &why);
	if (status == STATUS_TOO_LARGE)
		return too_large(session);
	if (status != STATUS_OK) {
		/* The line feed is spamd's: the text of a Perl exception. */
		session_fault(session, WIRE_UNAVAILABLE,
			      arena_printf(session->scan, "zlib: %s\n", why.text));
		return false;
	}
	*body_out = buf_str(&plain);
	session->body_bytes = plain.len;
	return true;
}

bool session_read_body(struct session *session, struct str *body_out)
{
	return session->request.zlib ? read_compressed(session, body_out)
				     : read_plain(session, body_out);
}

bool session_length_is_right(struct session *session)
{
	const struct wire_request *request = &session->request;

	if (!request->has_length || request->zlib || session->body_bytes == request->length)
		return true;
	session_fault(session, WIRE_PROTOCOL,
		      arena_printf(session->scan,
				   "(Content-Length mismatch: Expected %.*s bytes, got %llu bytes)",
				   STR_ARG(request->length_text),
				   (unsigned long long)session->body_bytes));
	return false;
}
