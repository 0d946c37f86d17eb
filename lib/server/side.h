/*
 * side: processes beside the children: the waiting room, the helper, the
 * watcher. Each is made before the
 * children, and made anew when it dies. For prefork.c.
 */
#ifndef WHORL_SERVER_SIDE_H
#define WHORL_SERVER_SIDE_H

#include "lib/server/server.h"

struct side {
	const char *name;      /* in the log; NULL: not wanted */
	pid_t pid;             /* 0: not there now */
	int control_fd;        /* its other end sees when the parent is gone */
	int64_t respawn_at_ms; /* not before this */
};

enum side_id { SIDE_HELPER, SIDE_WATCHER, SIDE_ROOM, N_SIDES };

/* The ends of the waiting room's two queues: write, read. */
struct room_queues {
	int to_room[2], from_room[2];
};

struct sides {
	const struct server_settings *settings;
	const struct server_app *app;
	struct listener_vec *listeners;
	const struct scoreboard *board;
	struct side list[N_SIDES];
	struct room_queues room; /* with settings->has_room */
};

/* Which are wanted, and the queues of the room. */
enum status sides_open(struct sides *sides, struct why *why);
/* Those that are missing and may be made now. */
void sides_spawn(struct sides *sides);
/* One of them has ended? Another one is made after a pause. */
void sides_reap(struct sides *sides, pid_t pid, int wait_status);
bool sides_are_missing(const struct sides *sides);
/* A new room takes over; the old one goes on with the guests it has, and ends by itself. */
void sides_renew_room(struct sides *sides);
/* By SIGHUP: it reads its settings anew (signals_hear_reload()). */
void sides_reload_helper(const struct sides *sides);
/* They finish what the children have left to them and end by themselves; nobody waits. */
void sides_stop(struct sides *sides);
/* In another process, after the fork: what belongs to the parent goes. */
void sides_leave(const struct sides *sides);

#endif
