/* entry: how a connection becomes a session: who it is, whether it may, who speaks TLS with it. See
 * session.h. */
#include <stdio.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/server/channel.h"
#include "spamd/session.h"

enum {
	WATCHDOG_SPARE_S = 120, /* a child that is still at one request so long after all its
				 * deadlines is stuck; SIGALRM ends it */
};

struct parcel session_parcel(const struct session *session, enum parcel_kind kind,
			     struct deadline deadline)
{
	const struct service *service = session->service;
	struct parcel parcel = {
		.kind = kind,
		.listener = (int)(session->listener - service->listeners.items),
		.is_let_in = session->is_let_in,
		.has_line = session->has_line,
		.stays = session->stays,
		.is_lesson = session->is_lesson,
		.n_deaths = session->n_deaths,
		.started_us = session->started_us,
		.deadline_ms = deadline.at_ms,
		.is_relayed = session->is_relayed,
		.peer = session->conn->peer,
		.local_port = session->conn->local_port,
	};

	if (session->client_host)
		snprintf(parcel.host, sizeof parcel.host, "%s", session->client_host);
	memcpy(parcel.tls, session->tls, sizeof parcel.tls);
	return parcel;
}

/* --- TLS ---------------------------------------------------------------------------------------
 */

/* A session under TLS cannot move from process to process, and no child should wait for a slow
 * client: so the room speaks it, and a child gets the request when it is there. */
static bool leave_to_room(struct session *session)
{
	const struct service *service = session->service;
	const struct parcel parcel = session_parcel(session, PARCEL_TLS, session->deadline);

	if (service->to_room_fd < 0)
		return false;
	custody_end(session->custody);
	if (!parcel_send(service->to_room_fd, &parcel, session->conn->fd, STR_NONE))
		return false;
	session->has_left = true;
	return true;
}

/* By the child itself. */
static bool start_tls(struct session *session)
{
	struct why why;

	custody_end(session->custody); /* nobody could go on with it */
	session->custody = NULL;
	session->may_leave = false;
	if (tls_accept(session->service->tls, session->conn, session->deadline, &why) ==
	    STATUS_OK) {
		tls_describe(session->conn, session->tls);
		return true;
	}
	log_info("spamd: accept_a_conn: %s [%s]:%u: %s", session->client_host,
		 session->conn->peer_ip, session->conn->peer_port, why.text);
	return false;
}

/* --- who may -----------------------------------------------------------------------------------
 */

static bool let_in(struct session *session)
{
	const struct conn *conn = session->conn;
	bool allowed = service_allows(session->service, conn);

	if (conn->is_unix) {
		log_info("spamd: got connection over %.*s", STR_ARG(session->listener->text));
		return true;
	}
	/* Only for those who may connect. */
	if (allowed && session->listener->tls && !session->is_relayed &&
	    (leave_to_room(session) || !start_tls(session)))
		return false;
	(allowed ? log_info : log_warn)("spamd: %sconnection from %s [%s]:%u to port %u, fd %d%s%s",
					allowed ? "" : "unauthorized ", session->client_host,
					conn->peer_ip, conn->peer_port, conn->local_port,
					session->listener->fd, session->tls[0] ? ", " : "",
					session->tls);
	if (!allowed)
		metrics_refusal(session->service->metrics);
	return allowed;
}

/* --- beginning ---------------------------------------------------------------------------------
 */

/* Not for each of many requests in one second. It runs on behind a request, until the child is idle
 * or serves the next. */
static void set_watchdog(const struct session *session)
{
	struct service *service = session->service;
	const struct args *args = service->args;
	int64_t now_s = session->started_us / 1000000;

	if (args->timeout_tcp_s <= 0 || args->timeout_child_s <= 0 || service->watched_s == now_s)
		return;
	alarm((unsigned)(args->timeout_tcp_s + args->timeout_child_s +
			 service->config.send_timeout_ms / 1000 + WATCHDOG_SPARE_S));
	service->watched_s = now_s;
}

void session_unwatch(struct service *service)
{
	if (service->watched_s)
		alarm(0);
	service->watched_s = 0;
}

void session_leave_watched(struct service *service)
{
	if (service->args->round_robin)
		session_unwatch(service);
}

static void start(struct session *session, struct service *service, const struct listener *listener,
		  struct conn *conn)
{
	*session = (struct session){
		.service = service,
		.scan = service->scan,
		.listener = listener,
		.conn = conn,
		.custody = service->custody,
		.started_us = clock_mono_us(),
		.user = "(unknown)",
		.deadline = deadline_in_ms(service->args->timeout_tcp_s * 1000),
		.prefs = ruleset_prefs(service->rules.ruleset),
		.timing = timing_new(service->scan),
		.may_leave = service->to_room_fd >= 0 && service->config.patience_ms > 0,
	};
	buf_init(&session->input, session->scan);
	set_watchdog(session);
}

/* So that another child can go on with it, should this one be killed. */
static void take_into_custody(struct session *session)
{
	const struct parcel parcel = session_parcel(session, PARCEL_REQUEST, session->deadline);

	custody_begin(session->custody, &parcel);
}

/* May take a while, when a name server has to be asked. */
static void name_client(struct session *session)
{
	const struct conn *conn = session->conn;

	if (!session->client_host)
		session->client_host = service_peer_name(session->service, conn);
	session->client_port = conn->is_unix ? session->listener->text
					     : arena_printf(session->scan, "%u", conn->peer_port);
}

static bool open_or_close(struct session *session)
{
	name_client(session);
	session->is_let_in = session->is_let_in || let_in(session);
	if (session->is_let_in) {
		const struct parcel parcel =
			session_parcel(session, PARCEL_REQUEST, session->deadline);
		custody_update(session->custody, &parcel);
		return true;
	}
	custody_end(session->custody);
	conn_close(session->conn);
	session_leave_watched(session->service);
	arena_reset(session->scan);
	return false;
}

bool session_open(struct session *session, struct service *service, const struct listener *listener,
		  struct conn *conn)
{
	start(session, service, listener, conn);
	take_into_custody(session);
	return open_or_close(session);
}

static void take_over(struct session *session, const struct parcel *parcel)
{
	session->started_us = parcel->started_us;
	if (parcel->deadline_ms > 0)
		session->deadline = (struct deadline){parcel->deadline_ms};
	session->is_let_in = parcel->is_let_in;
	session->has_line = parcel->has_line;
	session->stays = parcel->stays;
	session->is_lesson = parcel->is_lesson;
	session->may_leave = session->may_leave && !parcel->stays;
	session->n_deaths = parcel->n_deaths;
	session->is_relayed = parcel->is_relayed;
	memcpy(session->tls, parcel->tls, sizeof session->tls);
	if (parcel->host[0])
		session->client_host = arena_cstr(session->scan, str_from(parcel->host));
}

bool session_reopen(struct session *session, struct service *service, const struct parcel *parcel,
		    struct conn *conn, struct str bytes)
{
	start(session, service, &service->listeners.items[parcel->listener], conn);
	take_over(session, parcel);
	buf_add_str(&session->input, bytes);
	take_into_custody(session);
	custody_after_read(session->custody, bytes);
	channel_send_fd(service->channel_fd, CHANNEL_HOLDS, conn->fd);
	return open_or_close(session);
}
