/* prefork: see prefork.h and server.h. */
#include "lib/server/prefork.h"

#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/title.h"
#include "lib/server/channel.h"
#include "lib/server/notify.h"
#include "lib/server/parcel.h"
#include "lib/server/pidfile.h"
#include "lib/server/side.h"
#include "lib/server/signals.h"
#include "lib/server/worker.h"

enum {
	POLL_MS = 2000,           /* the parent looks around this often even when nothing happens */
	ACCEPT_CONFIRM_MS = 5000, /* for an ordered child to say that it has accepted */
	TAKE_MS = 10000,          /* ... that it has looked at what it was given */
	QUICK_DEATH_MS = 2000,    /* a child that fails sooner than this, before it is ready, ... */
	REST_MS = 10000,          /* for a client to read what a killed child has sent */
	RESPAWN_PAUSE_MS = 1000,  /* ... is replaced only after a pause */
};

VEC_OF(pollfd_vec, struct pollfd);

struct prefork {
	const struct server_settings *settings;
	struct listener_vec *listeners;
	const struct server_app *app;
	struct arena *arena;
	struct scoreboard board;
	struct pollfd_vec poll_fds;
	int64_t respawn_at_ms; /* no new child before this */
	int64_t look_at_ms;    /* at children that may be deaf */
	struct sides sides;
	bool overloaded; /* a connection waits, nobody is idle: do not look at listeners */
	size_t turn;     /* the listener to look at first */
};

/* --- how many children -------------------------------------------------------------------------
 */

void server_settings_normalize(struct server_settings *settings)
{
	if (settings->max_children < 1)
		settings->max_children = 5;
	if (settings->max_conn_per_child < 1)
		settings->max_conn_per_child = 200;
	if (settings->min_children < 1)
		settings->min_children = 1;
	if (settings->min_spare < 0)
		settings->min_spare = 0;
	if (settings->min_spare > settings->max_children)
		settings->min_spare = settings->max_children - 1;
	if (settings->max_spare < settings->min_spare)
		settings->max_spare = settings->min_spare + 1;
}

int server_start_children(const struct server_settings *settings)
{
	int n = settings->max_children;

	if (settings->round_robin)
		return n;
	if (n > settings->max_spare)
		n = settings->max_spare;
	return n < settings->min_children ? settings->min_children : n;
}

enum prefork_step prefork_step(const struct server_settings *settings, int n_idle, int n_serving)
{
	if (n_idle < settings->min_spare)
		return n_serving < settings->max_children ? PREFORK_GROW : PREFORK_AT_LIMIT;
	if (n_idle > settings->max_spare && n_serving > settings->min_children)
		return PREFORK_SHRINK;
	return PREFORK_STAY;
}

/* --- one child ---------------------------------------------------------------------------------
 */

/* After the fork: what belongs to the parent and to its other processes goes. */
static _Noreturn void become_child(struct prefork *prefork, struct custody *custody, int parent_fd,
				   int channel_fd)
{
	close(parent_fd);
	sides_leave(&prefork->sides);
	title_set("spamd child");
	_exit(worker_run(prefork->settings, prefork->listeners, prefork->app, custody, channel_fd,
			 prefork->settings->has_room ? prefork->sides.room.from_room[1] : -1));
}

/* --- children ----------------------------------------------------------------------------------
 */

/* Process id, or 0 when that did not work now; the loop tries again. */
static pid_t spawn(struct prefork *prefork)
{
	int parent_fd, child_fd;
	struct why why;

	if (clock_mono_ms() < prefork->respawn_at_ms)
		return 0;
	if (channel_open(&parent_fd, &child_fd, &why) != STATUS_OK) {
		log_error("prefork: %s", why.text);
		return 0;
	}
	struct custody *custody = custody_new();
	pid_t pid = fork();
	if (pid == 0)
		become_child(prefork, custody, parent_fd, child_fd);
	close(child_fd);
	if (pid < 0) {
		close(parent_fd);
		custody_free(custody);
		log_error("spamd: fork failed");
		prefork->respawn_at_ms = clock_mono_ms() + RESPAWN_PAUSE_MS;
		return 0;
	}
	log_info("spamd: server successfully spawned child process, pid %ld", (long)pid);
	scoreboard_add(&prefork->board, pid, parent_fd)->custody = custody;
	return pid;
}

static void spawn_missing(struct prefork *prefork)
{
	int wanted = server_start_children(prefork->settings);

	for (int i = scoreboard_serving(&prefork->board); i < wanted; i++) {
		if (spawn(prefork) == 0)
			return;
	}
}

/* It finishes what it has begun, then goes. */
static void retire(struct child *child)
{
	child->state = CHILD_RETIRED;
	kill(child->pid, SIGTERM);
}

void prefork_exit_text(int wait_status, char *out, size_t size_bytes)
{
	static const struct {
		int signo;
		const char *name;
	} names[] = {{SIGHUP, "HANGUP"},
		     {SIGINT, "interrupted"},
		     {SIGABRT, "ABORTED"},
		     {SIGKILL, "KILLED"},
		     {SIGTERM, "TERMINATED"}};
	const char *name = "DIED";

	if (WIFEXITED(wait_status)) {
		snprintf(out, size_bytes, "exit %d", WEXITSTATUS(wait_status));
		return;
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (names[i].signo == WTERMSIG(wait_status))
			name = names[i].name;
	}
	snprintf(out, size_bytes, "%s, signal %d (%04x)", name, WTERMSIG(wait_status),
		 (unsigned)wait_status);
}

/* What a child says, and the copy of its connection that may come with it. */
static bool hear(struct child *child, struct deadline deadline, enum channel_word *word_out)
{
	int fd;

	if (channel_receive_fd(child->fd, deadline, word_out, &fd) != STATUS_OK)
		return false;
	if (child->conn_fd >= 0)
		close(child->conn_fd);
	child->conn_fd = fd;
	child->has_spoken = true;
	return true;
}

/* The child has died with a client. Nobody else may answer once an answer has begun; the room sees
 * to it that what there is of it arrives. */
static void save_client(struct prefork *prefork, struct child *child, int wait_status)
{
	const struct parcel rest = {.kind = PARCEL_SEND,
				    .deadline_ms = deadline_in_ms(REST_MS).at_ms};
	enum channel_word word;
	bool was_stuck = WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGALRM;

	/* What it has said last may be that it has one. */
	while (child->fd >= 0 && hear(child, DEADLINE_NOW, &word))
		continue;
	if (child->conn_fd < 0 || wait_status == 0 || !child->custody || was_stuck ||
	    !prefork->settings->has_room)
		return;
	switch (custody_give(child->custody, prefork->sides.room.from_room[0], child->conn_fd)) {
	case CUSTODY_GIVEN:
		log_info("spamd: what child [%ld] was serving goes to another", (long)child->pid);
		break;
	case CUSTODY_OVER:
		parcel_send_file(prefork->sides.room.to_room[0], &rest, child->conn_fd, -1);
		break;
	case CUSTODY_LOST:
		log_warn("spamd: child [%ld] has ended with its client's request",
			 (long)child->pid);
		break;
	case CUSTODY_DEADLY:
		log_error("spamd: child [%ld] is the second that one request has ended, its client "
			  "gets no answer",
			  (long)child->pid);
		break;
	}
}

static void reap(struct prefork *prefork)
{
	int wait_status;
	pid_t pid;

	while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0) {
		struct child *child = scoreboard_find(&prefork->board, pid);
		char text[64];
		if (!child) {
			sides_reap(&prefork->sides, pid, wait_status);
			continue;
		}
		save_client(prefork, child, wait_status);
		if (wait_status != 0 && !child->has_spoken &&
		    clock_mono_ms() - child->started_ms < QUICK_DEATH_MS)
			prefork->respawn_at_ms = clock_mono_ms() + RESPAWN_PAUSE_MS;
		scoreboard_remove(&prefork->board, pid);
		prefork_exit_text(wait_status, text, sizeof text);
		log_info("spamd: handled cleanup of child pid [%ld] due to SIGCHLD: %s", (long)pid,
			 text);
	}
}

/* --- scaling -----------------------------------------------------------------------------------
 */

/* Told to accept, a child answers that it is busy; one that does not is no good any more. */
static bool order_to_accept(struct child *child)
{
	enum channel_word word;

	if (channel_send(child->fd, CHANNEL_ACCEPT) &&
	    hear(child, deadline_in_ms(ACCEPT_CONFIRM_MS), &word) && word == CHANNEL_BUSY) {
		child->state = CHILD_BUSY;
		return true;
	}
	log_debug("prefork", "child %ld did not accept", (long)child->pid);
	retire(child);
	return false;
}

static bool order_somebody(struct prefork *prefork)
{
	struct child *child;

	while ((child = scoreboard_lowest_idle(&prefork->board)) != NULL) {
		if (order_to_accept(child))
			return true;
	}
	return false;
}

/* The connection is the child's; a copy stays here until it is idle again. */
static bool hand_over(struct child *child, const struct parcel *parcel, int conn_fd)
{
	custody_offer(child->custody, parcel);
	if (!channel_send_fd(child->fd, CHANNEL_SERVE, conn_fd))
		return false;
	if (child->conn_fd >= 0)
		close(child->conn_fd);
	child->conn_fd = conn_fd;
	child->state = CHILD_BUSY;
	child->offered_ms = clock_mono_ms();
	return true;
}

/* Who does not look at what it was given is no good any more; another gets it. */
static void end_the_deaf(struct prefork *prefork)
{
	int64_t now_ms = clock_mono_ms();

	if (now_ms < prefork->look_at_ms)
		return;
	prefork->look_at_ms = now_ms + POLL_MS;
	for (size_t i = 0; i < prefork->board.children.n; i++) {
		const struct child *child = &prefork->board.children.items[i];

		if (child->conn_fd < 0 || !child->custody || !child->offered_ms ||
		    now_ms - child->offered_ms < TAKE_MS || !custody_is_offered(child->custody))
			continue;
		log_warn("spamd: child [%ld] does not take the connection it was given",
			 (long)child->pid);
		kill(child->pid, SIGKILL);
	}
}

/* From a moving start: none starves. */
static bool accept_one(struct prefork *prefork, struct parcel *parcel_out, int *fd_out)
{
	size_t n = prefork->listeners->n;
	struct conn conn;
	struct why why;

	for (size_t i = 0; i < n; i++) {
		size_t at = (prefork->turn + i) % n;
		enum status status =
			net_accept(&prefork->listeners->items[at], &conn, DEADLINE_NOW, &why);

		if (status == STATUS_OK) {
			*parcel_out = (struct parcel){.kind = PARCEL_REQUEST,
						      .listener = (int)at,
						      .started_us = clock_mono_us(),
						      .peer = conn.peer,
						      .local_port = conn.local_port};
			*fd_out = conn.fd;
			prefork->turn = at + 1;
			return true;
		}
		if (status != STATUS_TIMEOUT && status != STATUS_CLOSED)
			log_warn("spamd: accept failed: %s", why.text);
	}
	return false;
}

/* All idle children have died. Who comes next takes it from the queue. */
static void keep_client(struct prefork *prefork, const struct parcel *parcel, int conn_fd)
{
	if (!prefork->settings->has_room ||
	    !parcel_send(prefork->sides.room.from_room[0], parcel, conn_fd, STR_NONE))
		log_warn("spamd: no child takes the connection");
	close(conn_fd);
}

/*
 * The next connection goes to the idle child of the lowest number, which finds it in its message:
 * it need neither look for it nor tell of it. What the waiting room gives, and what a child without
 * custody gets, it takes itself. False: nobody is idle.
 */
static bool serve_next(struct prefork *prefork, bool room_waits)
{
	struct child *child = scoreboard_lowest_idle(&prefork->board);
	struct parcel parcel;
	int conn_fd;

	if (!child || room_waits || !child->custody)
		return order_somebody(prefork);
	if (!accept_one(prefork, &parcel, &conn_fd))
		return true; /* it has gone away again */
	while ((child = scoreboard_lowest_idle(&prefork->board)) != NULL) {
		if (child->custody && hand_over(child, &parcel, conn_fd))
			return true;
		retire(child);
	}
	keep_client(prefork, &parcel, conn_fd);
	return false;
}

static bool room_waits(const struct prefork *prefork)
{
	struct pollfd queue = {.fd = prefork->sides.room.from_room[1], .events = POLLIN};

	return prefork->settings->has_room && poll(&queue, 1, 0) > 0;
}

static void grow(struct prefork *prefork, int n_idle)
{
	pid_t pid = spawn(prefork);

	if (pid != 0)
		log_info("prefork: adjust: %d idle children less than %d minimum idle children.  "
			 "Increasing spamd children: %ld started.",
			 n_idle, prefork->settings->min_spare, (long)pid);
}

static void shrink(struct prefork *prefork, int n_idle)
{
	struct child *child = scoreboard_highest_idle(&prefork->board);

	log_info("prefork: adjust: %d idle children more than %d maximum idle children. "
		 "Decreasing spamd children: %ld killed.",
		 n_idle, prefork->settings->max_spare, (long)child->pid);
	retire(child);
}

static void log_states(struct prefork *prefork)
{
	struct buf states;

	buf_init(&states, NULL);
	scoreboard_states(&prefork->board, &states);
	log_info("prefork: child states: %s", buf_cstr(&states));
	buf_free(&states);
}

/* One step at a time, as SpamAssassin does: no swarm of new children in a short rush. */
static void adapt(struct prefork *prefork)
{
	int n_idle = scoreboard_count(&prefork->board, CHILD_IDLE);

	log_states(prefork);
	switch (prefork_step(prefork->settings, n_idle, scoreboard_serving(&prefork->board))) {
	case PREFORK_GROW:
		grow(prefork, n_idle);
		break;
	case PREFORK_SHRINK:
		shrink(prefork, n_idle);
		break;
	case PREFORK_AT_LIMIT:
		log_info("prefork: server reached --max-children setting, consider raising it");
		break;
	case PREFORK_STAY:
		break;
	}
}

/* A waiting connection. SpamAssassin adds a child only when another reports; with all of them in
 * long scans nobody would, so there is a look here too. */
static void connection_waits(struct prefork *prefork, bool in_room)
{
	if (!serve_next(prefork, in_room))
		prefork->overloaded = true;
	int n_idle = scoreboard_count(&prefork->board, CHILD_IDLE);
	int n_coming = scoreboard_count(&prefork->board, CHILD_STARTING);
	if (prefork_step(prefork->settings, n_idle + n_coming,
			 scoreboard_serving(&prefork->board)) == PREFORK_GROW)
		grow(prefork, n_idle);
}

static void child_speaks(struct prefork *prefork, struct child *child)
{
	enum channel_word word;

	if (!hear(child, deadline_in_ms(ACCEPT_CONFIRM_MS), &word)) {
		close(child->fd); /* it ended; SIGCHLD brings the rest */
		child->fd = -1;
		child->state = CHILD_RETIRED;
		return;
	}
	if (child->state == CHILD_RETIRED || word == CHANNEL_HOLDS || word == CHANNEL_DONE)
		return;
	child->state = word == CHANNEL_IDLE ? CHILD_IDLE : CHILD_BUSY;
	if (word == CHANNEL_IDLE && prefork->overloaded)
		prefork->overloaded = !serve_next(prefork, room_waits(prefork));
	adapt(prefork);
}

/* --- the loop ----------------------------------------------------------------------------------
 */

static void watch(struct prefork *prefork, int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	vec_push(prefork->arena, &prefork->poll_fds, poll_fd);
}

static bool watches_listeners(const struct prefork *prefork)
{
	return !prefork->settings->round_robin && !prefork->overloaded;
}

/* Listeners in front when they are watched, then the channels in the scoreboard's order. */
static size_t watch_all(struct prefork *prefork)
{
	size_t n_listeners = watches_listeners(prefork) ? prefork->listeners->n : 0;

	prefork->poll_fds.n = 0;
	for (size_t i = 0; i < n_listeners; i++)
		watch(prefork, prefork->listeners->items[i].fd);
	if (n_listeners > 0 && prefork->settings->has_room) {
		watch(prefork, prefork->sides.room.from_room[1]); /* as good as a listener */
		n_listeners++;
	}
	for (size_t i = 0; i < prefork->board.children.n; i++)
		watch(prefork, prefork->board.children.items[i].fd); /* poll skips -1 */
	return n_listeners;
}

static bool any_ready(const struct prefork *prefork, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (prefork->poll_fds.items[i].revents != 0)
			return true;
	}
	return false;
}

/* Words first: who has become idle may take what waits. */
static void dispatch(struct prefork *prefork, size_t n_listeners)
{
	size_t n = prefork->poll_fds.n - n_listeners;
	struct child_vec speaking = {0};

	for (size_t i = 0; i < n; i++) {
		if (prefork->poll_fds.items[n_listeners + i].revents != 0)
			vec_push(prefork->arena, &speaking, prefork->board.children.items[i]);
	}
	for (size_t i = 0; i < speaking.n; i++) {
		struct child *child = scoreboard_find(&prefork->board, speaking.items[i].pid);
		if (child && child->fd >= 0)
			child_speaks(prefork, child);
	}
	if (any_ready(prefork, n_listeners))
		connection_waits(prefork, prefork->settings->has_room &&
						  prefork->poll_fds.items[n_listeners - 1].revents);
}

/* False: nothing has come; a signal or the time has ended it. */
static bool wait_and_dispatch(struct prefork *prefork)
{
	size_t n_listeners = watch_all(prefork);
	bool pauses =
		clock_mono_ms() < prefork->respawn_at_ms || sides_are_missing(&prefork->sides);
	int timeout_ms = pauses ? RESPAWN_PAUSE_MS / 4 : POLL_MS;

	if (signals_poll(prefork->poll_fds.items, (unsigned)prefork->poll_fds.n, timeout_ms) <= 0)
		return false;
	dispatch(prefork, n_listeners);
	return true;
}

static void write_pidfile(const struct server_settings *settings)
{
	struct why why;

	if (settings->pidfile && pidfile_write(settings->pidfile, &why) != STATUS_OK)
		log_warn("spamd: %s", why.text);
}

static void reload(struct prefork *prefork)
{
	struct why why;

	log_info("spamd: server hit by SIGHUP, restarting");
	notify_reloading();
	if (prefork->app->reload(prefork->app->data, &why) != STATUS_OK) {
		log_error("spamd: reload failed, going on as before: %s", why.text);
		notify_ready("running with the old configuration: the last reload failed");
		return;
	}
	for (size_t i = 0; i < prefork->board.children.n; i++) {
		if (prefork->board.children.items[i].state != CHILD_RETIRED)
			retire(&prefork->board.children.items[i]);
	}
	sides_reload_helper(&prefork->sides);
	/* SpamAssassin's restart writes the file anew; scripts wait for that. */
	write_pidfile(prefork->settings);
	if (prefork->settings->renews_room)
		sides_renew_room(&prefork->sides);
	prefork->app->ready(prefork->app->data);
	notify_ready("running, configuration reloaded");
}

static unsigned serve_until_stopped(struct prefork *prefork)
{
	bool is_quiet = true;

	for (;;) {
		unsigned seen = signals_take();
		notify_alive();
		if (seen & SIGNAL_STOP)
			return seen;
		if (seen & SIGNAL_RELOAD)
			reload(prefork);
		if (seen & SIGNAL_TRACE) {
			log_states(prefork);
			prefork->app->trace(prefork->app->data);
		}
		if (is_quiet || seen & SIGNAL_CHILD)
			reap(prefork);
		end_the_deaf(prefork);
		sides_spawn(&prefork->sides);
		spawn_missing(prefork);
		if (prefork->app->watch)
			prefork->app->watch(prefork->app->data, &prefork->board);
		is_quiet = !wait_and_dispatch(prefork);
		arena_reset(prefork->arena);
		prefork->poll_fds = (struct pollfd_vec){0};
	}
}

/* --- the end -----------------------------------------------------------------------------------
 */

/* Children hold the listeners too: without the shutdown the port would stay taken while one of them
 * finishes a scan. */
static void stop_listening(struct prefork *prefork)
{
	for (size_t i = 0; i < prefork->listeners->n; i++) {
		if (!prefork->listeners->items[i].is_inherited)
			shutdown(prefork->listeners->items[i].fd, SHUT_RDWR);
	}
	net_unlisten(prefork->listeners, true);
}

static void kill_all(const struct prefork *prefork, int signo)
{
	for (size_t i = 0; i < prefork->board.children.n; i++)
		kill(prefork->board.children.items[i].pid, signo);
}

/* A second signal means: now. */
static void end_children(struct prefork *prefork)
{
	struct deadline deadline = deadline_in_ms(prefork->settings->stop_grace_ms);

	kill_all(prefork, SIGTERM);
	reap(prefork);
	while (prefork->board.children.n > 0 && !deadline_passed(deadline)) {
		int left_ms = deadline_left_ms(deadline);
		signals_poll(NULL, 0, left_ms < POLL_MS ? left_ms : POLL_MS);
		if (signals_take() & SIGNAL_STOP)
			break;
		reap(prefork);
	}
	kill_all(prefork, SIGKILL);
	sides_stop(&prefork->sides);
}

static void stop(struct prefork *prefork, unsigned seen)
{
	struct why why;

	log_info("spamd: server killed by %s, shutting down",
		 seen & SIGNAL_TERMINATE ? "SIGTERM" : "SIGINT");
	notify_stopping();
	stop_listening(prefork);
	if (prefork->settings->pidfile &&
	    pidfile_remove(prefork->settings->pidfile, &why) != STATUS_OK)
		log_warn("spamd: %s", why.text);
	end_children(prefork);
}

int server_run(const struct server_settings *settings, struct listener_vec *listeners,
	       const struct server_app *app)
{
	struct arena *table = arena_new("scoreboard", 0), *turn = arena_new("parent", 0);
	struct prefork prefork = {
		.settings = settings, .listeners = listeners, .app = app, .arena = turn};
	struct why why;

	notify_open();
	scoreboard_init(&prefork.board, table);
	signals_setup_parent();
	prefork.sides = (struct sides){
		.settings = settings, .app = app, .listeners = listeners, .board = &prefork.board};
	if (sides_open(&prefork.sides, &why) != STATUS_OK) {
		log_error("spamd: %s", why.text);
		return 1;
	}
	write_pidfile(settings);
	app->ready(app->data);
	notify_ready("running");
	stop(&prefork, serve_until_stopped(&prefork));
	arena_free(turn);
	arena_free(table);
	return 0;
}
