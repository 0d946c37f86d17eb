/*
 * server: the preforking skeleton. The caller opens listeners and loads what it serves with, then
 * hands over a table of functions. The parent forks children, watches and scales them, and never
 * reads from a connection; a child takes connections one at a time.
 */
#ifndef WHORL_SERVER_SERVER_H
#define WHORL_SERVER_SERVER_H

#include "lib/net/socket.h"
#include "lib/server/confine.h"
#include "lib/server/custody.h"
#include "lib/server/privileges.h"
#include "lib/server/scoreboard.h"

/* What is served. data is passed to every call. */
struct server_app {
	void *data;
	/* In the child, once, privileges already dropped. STATUS other than OK ends the child. */
	enum status (*child_start)(void *data, struct why *why);
	/* In the child, before child_start: where it keeps what it serves (custody.h), and where
	 * to say (channel_send_fd CHANNEL_HOLDS) which connection that resume() has taken. custody
	 * may be NULL. */
	void (*use_custody)(void *data, struct custody *custody, int channel_fd);
	/* In the child: one connection from first to last byte. Must leave conn closed. */
	void (*serve)(void *data, const struct listener *listener, struct conn *conn);
	/* In the child: no connection has come for a while, or it is about to end. May be NULL. */
	void (*idle)(void *data);
	/* In the parent, on SIGHUP: build the new thing aside and swap it in. On failure the old
	 * one goes on serving. */
	enum status (*reload)(void *data, struct why *why);
	/* In the parent, when listening and loaded (also after a reload), before children are
	 * forked. */
	void (*ready)(void *data);
	/* In the parent, whenever it looks around: the children there are. May be NULL. */
	void (*watch)(void *data, const struct scoreboard *board);
	/* With settings->has_room. In the parent, before the first fork: where children send
	 * parcels (parcel.h) to the waiting room, and where they receive them. */
	void (*use_room)(void *data, int to_room_fd, int from_room_fd);
	/* In the room's process, privileges dropped: until SIGTERM or the end of control_fd. */
	void (*run_room)(void *data, int inbox_fd, int outbox_fd, int control_fd);
	/* With settings->helper_name. In a process of its own with the children's privileges, made
	 * before them and again when it dies: until SIGTERM or the end of control_fd. */
	void (*run_helper)(void *data, int control_fd);
	/* With settings->watcher_name. Likewise with the room's privileges; the listeners are there
	 * to be looked at. */
	void (*run_watcher)(void *data, int control_fd);
	/* In a child: something may have come from the room. */
	void (*resume)(void *data, int from_room_fd);
	/* SIGUSR2, in parent and children: say in the log what is going on. */
	void (*trace)(void *data);
};

struct server_settings {
	bool round_robin; /* children accept by themselves and all max_children are started */
	int min_children, max_children;
	int min_spare, max_spare; /* idle children; not with round_robin */
	int max_conn_per_child;
	int stop_grace_ms; /* after SIGTERM: for children to finish what they have started */
	const struct privileges *privileges; /* of the children; NULL: stay as we are */
	bool renews_room;                    /* a reload concerns it: a new one takes over */
	bool has_room; /* a process for connections that children should not wait for */
	const struct privileges *room_privileges; /* NULL: stay as we are */
	/* Of helper and room, which neither run programs nor become others; NULL: nothing is given
	 * up. Children confine themselves in child_start(). */
	const struct confinement *side_confinement;
	const char *helper_name;  /* a process that serves the children, for the log; NULL: none */
	const char *watcher_name; /* a process that tells others about the server; NULL: none */
	const char *pidfile;      /* NULL: none */
};

/*
 * Runs until SIGTERM or SIGINT and returns the process's exit status. Writes the pidfile before
 * ready(), removes it and Unix sockets at the end. In a child it does not return.
 */
int server_run(const struct server_settings *settings, struct listener_vec *listeners,
	       const struct server_app *app);

/* Bring numbers of children into a sensible relation (spamd: scaling parameters, sa-surface 1.1).
 */
void server_settings_normalize(struct server_settings *settings);
/* How many children are started at once, and never fewer kept. */
int server_start_children(const struct server_settings *settings);

#endif
