/* worker: see worker.h. */
#include "lib/server/worker.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/server/channel.h"
#include "lib/server/signals.h"

enum {
	ACCEPT_MS = 500, /* an ordered child gives up when another process took the connection */
	IDLE_MS = 1000,  /* without a client, until the app may do what has waited */
	REFUSED_PAUSE_S = 1, /* before a child dies that could not drop privileges: no fork storm */
};

struct worker {
	const struct server_settings *settings;
	const struct listener_vec *listeners;
	const struct server_app *app;
	struct custody *custody;
	struct pollfd *poll_fds; /* one for each listener, the room and the channel behind them */
	unsigned n_listeners;
	int from_room_fd; /* -1: none, poll skips it */
	bool stop;
};

static void handle_signals(struct worker *worker)
{
	unsigned seen = signals_take();

	if (seen & SIGNAL_STOP)
		worker->stop = true;
	if (seen & SIGNAL_TRACE)
		worker->app->trace(worker->app->data);
}

static void be_idle(const struct worker *worker)
{
	if (worker->app->idle)
		worker->app->idle(worker->app->data);
}

/* An order, or the end. *conn_fd_out: the connection to serve; -1: any. */
static bool wait_for_order(struct worker *worker, int *conn_fd_out)
{
	struct pollfd *channel = &worker->poll_fds[worker->n_listeners + 1];
	enum channel_word word;
	int patience_ms = IDLE_MS;

	while (!worker->stop) {
		int ready = signals_poll(channel, 1, patience_ms);
		handle_signals(worker);
		if (ready == 0) {
			be_idle(worker);
			patience_ms = -1;
		}
		if (ready <= 0)
			continue;
		if (channel_receive_fd(channel->fd, DEADLINE_NEVER, &word, conn_fd_out) !=
		    STATUS_OK)
			return false; /* the parent is gone */
		if (word == CHANNEL_ACCEPT || (word == CHANNEL_SERVE && *conn_fd_out >= 0))
			return true;
	}
	return false;
}

/* The first listener from a moving start that has a connection waiting: none starves. */
static const struct listener *ready_listener(const struct worker *worker, unsigned turn)
{
	for (unsigned i = 0; i < worker->n_listeners; i++) {
		unsigned at = (turn + i) % worker->n_listeners;
		if (worker->poll_fds[at].revents != 0)
			return &worker->listeners->items[at];
	}
	return NULL;
}

/* With the channel, its end is noticed too (round robin, where no order comes). */
static const struct listener *wait_for_client(struct worker *worker, unsigned turn,
					      bool with_channel, struct deadline deadline,
					      bool *from_room_out)
{
	unsigned n_fds = worker->n_listeners + 1 + (with_channel ? 1 : 0);

	while (!worker->stop && !deadline_passed(deadline)) {
		int ready = signals_poll(worker->poll_fds, n_fds, deadline_left_ms(deadline));
		handle_signals(worker);
		if (ready <= 0)
			continue;
		if (worker->poll_fds[worker->n_listeners].revents != 0) {
			*from_room_out = true;
			return NULL;
		}
		if (with_channel && worker->poll_fds[worker->n_listeners + 1].revents != 0)
			worker->stop = true;
		else
			return ready_listener(worker, turn);
	}
	return NULL;
}

/* Nothing is read yet; the app says more of it. */
static void begin_custody(const struct worker *worker, const struct listener *listener)
{
	const struct parcel parcel = {
		.kind = PARCEL_REQUEST,
		.listener = (int)(listener - worker->listeners->items),
		.started_us = clock_mono_us(),
	};

	custody_begin(worker->custody, &parcel);
}

/* Who has not been told to accept says so only when there is something to keep. */
static bool say_taken(const struct worker *worker, int channel_fd, int conn_fd)
{
	bool alone = worker->settings->round_robin;

	if (alone)
		return conn_fd < 0 || channel_send_fd(channel_fd, CHANNEL_HOLDS, conn_fd);
	return channel_send_fd(channel_fd, CHANNEL_BUSY, conn_fd);
}

static void serve_one(struct worker *worker, unsigned turn, int channel_fd)
{
	bool alone = worker->settings->round_robin;
	struct deadline deadline = alone ? DEADLINE_NEVER : deadline_in_ms(ACCEPT_MS);
	bool from_room = false;
	const struct listener *listener =
		wait_for_client(worker, turn, alone, deadline, &from_room);
	struct conn conn = {.fd = -1};
	struct why why;
	enum status status = STATUS_TIMEOUT;

	if (listener)
		status = net_accept(listener, &conn, deadline_in_ms(ACCEPT_MS), &why);
	if (status == STATUS_OK)
		begin_custody(worker, listener);
	if (!say_taken(worker, channel_fd, conn.fd))
		worker->stop = true;
	if (from_room)
		worker->app->resume(worker->app->data, worker->from_room_fd);
	else if (status == STATUS_OK)
		worker->app->serve(worker->app->data, listener, &conn);
	else if (listener && status != STATUS_TIMEOUT && status != STATUS_CLOSED)
		log_warn("spamd: accept failed: %s", why.text);
	if (alone && !channel_send(channel_fd, CHANNEL_DONE))
		worker->stop = true;
}

/* The parent has accepted it, and holds a copy already. */
static void serve_given(struct worker *worker, int conn_fd)
{
	struct parcel parcel;
	struct conn conn;

	custody_go_into(worker->custody, &parcel);
	conn_adopt_accepted(conn_fd, &parcel.peer, parcel.local_port, &conn);
	worker->app->serve(worker->app->data, &worker->listeners->items[parcel.listener], &conn);
}

/* Behind a request that it was given the child says so only to a parent that waits for it: each
 * word is a process to be woken. */
static bool say_idle(const struct worker *worker, int channel_fd, bool was_given)
{
	if (was_given && !custody_be_through(worker->custody))
		return true;
	return channel_send(channel_fd, CHANNEL_IDLE);
}

static void serve_connections(struct worker *worker, int channel_fd)
{
	bool alone = worker->settings->round_robin, was_given = false;

	for (int i = 0; i < worker->settings->max_conn_per_child && !worker->stop; i++) {
		int conn_fd = -1;

		if (!alone &&
		    (!say_idle(worker, channel_fd, was_given) || !wait_for_order(worker, &conn_fd)))
			return;
		was_given = conn_fd >= 0;
		if (was_given)
			serve_given(worker, conn_fd);
		else
			serve_one(worker, (unsigned)i, channel_fd);
		handle_signals(worker);
	}
}

int worker_run(const struct server_settings *settings, const struct listener_vec *listeners,
	       const struct server_app *app, struct custody *custody, int channel_fd,
	       int from_room_fd)
{
	struct worker worker = {.settings = settings,
				.listeners = listeners,
				.app = app,
				.custody = custody,
				.n_listeners = (unsigned)listeners->n,
				.from_room_fd = from_room_fd};
	struct why why;

	signals_setup_child();
	if (settings->privileges && privileges_drop(settings->privileges, &why) != STATUS_OK) {
		log_error("spamd: %s", why.text);
		sleep(REFUSED_PAUSE_S);
		return 1;
	}
	app->use_custody(app->data, custody, channel_fd);
	if (app->child_start(app->data, &why) != STATUS_OK) {
		log_error("spamd: %s", why.text);
		sleep(REFUSED_PAUSE_S);
		return 1;
	}
	worker.poll_fds = calloc(worker.n_listeners + 2, sizeof *worker.poll_fds);
	if (!worker.poll_fds)
		return 1;
	for (unsigned i = 0; i < worker.n_listeners; i++)
		worker.poll_fds[i] =
			(struct pollfd){.fd = listeners->items[i].fd, .events = POLLIN};
	worker.poll_fds[worker.n_listeners] = (struct pollfd){.fd = from_room_fd, .events = POLLIN};
	worker.poll_fds[worker.n_listeners + 1] =
		(struct pollfd){.fd = channel_fd, .events = POLLIN};
	serve_connections(&worker, channel_fd);
	be_idle(&worker);
	free(worker.poll_fds);
	return 0;
}
