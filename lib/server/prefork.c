/* prefork: see prefork.h, server.h and, for what its files share, parent.h. */
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/server/notify.h"
#include "lib/server/parent.h"
#include "lib/server/pidfile.h"
#include "lib/server/signals.h"

/* --- what has come -----------------------------------------------------------------------------
 */

/* A waiting connection. SpamAssassin adds a child only when another reports; with all of them in
 * long scans nobody would, so there is a look here too. */
static void connection_waits(struct prefork *prefork, bool in_room)
{
	if (!give_next(prefork, in_room))
		prefork->overloaded = true;
	int n_idle = scoreboard_count(&prefork->board, CHILD_IDLE);
	int n_coming = scoreboard_count(&prefork->board, CHILD_STARTING);
	if (prefork_step(prefork->settings, n_idle + n_coming,
			 scoreboard_serving(&prefork->board)) == PREFORK_GROW)
		scale_grow(prefork, n_idle);
}

static void child_is_idle(struct prefork *prefork, struct child *child)
{
	give_note_idle(child);
	if (prefork->overloaded)
		prefork->overloaded = !give_next(prefork, give_room_waits(prefork));
	scale_adapt(prefork);
}

/* By number: the table may change under it. */
static void look_who_is_through(struct prefork *prefork)
{
	for (size_t i = 0; i < prefork->board.children.n; i++) {
		struct child *child = &prefork->board.children.items[i];

		if (child->state == CHILD_BUSY && give_is_through(child))
			child_is_idle(prefork, child);
	}
}

static void child_speaks(struct prefork *prefork, struct child *child)
{
	enum channel_word word;

	if (!give_hear(child, deadline_in_ms(ACCEPT_CONFIRM_MS), &word)) {
		close(child->fd); /* it ended; SIGCHLD brings the rest */
		child->fd = -1;
		child->state = CHILD_RETIRED;
		return;
	}
	if (child->state == CHILD_RETIRED || word == CHANNEL_HOLDS || word == CHANNEL_DONE ||
	    word == CHANNEL_SAID)
		return;
	if (word == CHANNEL_IDLE) {
		if (child->state != CHILD_IDLE)
			child_is_idle(prefork, child);
		return;
	}
	child->state = CHILD_BUSY;
	scale_adapt(prefork);
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
	look_who_is_through(prefork);
	for (size_t i = 0; i < speaking.n; i++) {
		struct child *child = scoreboard_find(&prefork->board, speaking.items[i].pid);
		if (child && child->fd >= 0)
			child_speaks(prefork, child);
	}
	if (any_ready(prefork, n_listeners))
		connection_waits(prefork, prefork->settings->has_room &&
						  prefork->poll_fds.items[n_listeners - 1].revents);
}

static int sleep_ms(struct prefork *prefork)
{
	if (!give_sleep_well(prefork))
		return 0;
	if (scoreboard_count(&prefork->board, CHILD_BUSY) > 0)
		return LOOK_MS;
	if (clock_mono_ms() < prefork->respawn_at_ms || sides_are_missing(&prefork->sides))
		return RESPAWN_PAUSE_MS / 4;
	return POLL_MS;
}

/* False: nothing has come; a signal or the time has ended it. */
static bool wait_and_dispatch(struct prefork *prefork)
{
	size_t n_listeners = watch_all(prefork);
	int ready = signals_poll(prefork->poll_fds.items, (unsigned)prefork->poll_fds.n,
				 sleep_ms(prefork));

	if (ready > 0)
		dispatch(prefork, n_listeners);
	else
		look_who_is_through(prefork);
	return ready > 0;
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
			children_retire(&prefork->board.children.items[i]);
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
			look_who_is_through(prefork);
			scale_log_states(prefork);
			prefork->app->trace(prefork->app->data);
		}
		if (is_quiet || seen & SIGNAL_CHILD)
			children_reap(prefork);
		give_end_the_deaf(prefork);
		give_show_lines(prefork);
		sides_spawn(&prefork->sides);
		children_spawn_missing(prefork);
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
	children_reap(prefork);
	while (prefork->board.children.n > 0 && !deadline_passed(deadline)) {
		int left_ms = deadline_left_ms(deadline);
		signals_poll(NULL, 0, left_ms < POLL_MS ? left_ms : POLL_MS);
		if (signals_take() & SIGNAL_STOP)
			break;
		children_reap(prefork);
	}
	kill_all(prefork, SIGKILL);
	for (size_t i = 0; i < prefork->board.children.n; i++)
		log_write_held(&prefork->board.children.items[i].held);
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
