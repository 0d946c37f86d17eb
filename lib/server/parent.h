/*
 * parent: what the files of the parent process share. prefork.c is its loop; children.c lets
 * children come and go, give.c finds a child for each connection that waits, scale.c decides how
 * many there should be.
 */
#ifndef WHORL_SERVER_PARENT_H
#define WHORL_SERVER_PARENT_H

#include "lib/server/channel.h"
#include "lib/server/prefork.h"
#include "lib/server/side.h"

enum {
	POLL_MS = 2000,           /* the parent looks around this often even when nothing happens */
	LOOK_MS = 100,            /* ... and while children serve, who may be through */
	ACCEPT_CONFIRM_MS = 5000, /* for a child to finish a word it has begun to say */
	RESPAWN_PAUSE_MS = 1000,  /* after a child that failed at once, and after a failed fork */
};

VEC_OF(pollfd_vec, struct pollfd);

struct prefork {
	const struct server_settings *settings;
	struct listener_vec *listeners;
	const struct server_app *app;
	struct arena *arena; /* of one turn of the loop */
	struct scoreboard board;
	struct pollfd_vec poll_fds;
	int64_t respawn_at_ms; /* no new child before this */
	int64_t look_at_ms;    /* at children that may be deaf */
	struct sides sides;
	bool overloaded; /* a connection waits, nobody is idle: do not look at listeners */
	size_t turn;     /* the listener to look at first */
};

/* --- children.c --- */

/* Process id, or 0 when that did not work now; the loop tries again. */
pid_t children_spawn(struct prefork *prefork);
/* Until there are as many as were started at first. */
void children_spawn_missing(struct prefork *prefork);
/* It finishes what it has begun, then goes. */
void children_retire(struct child *child);
/* Those that have ended; what they were serving goes to others (custody.h). */
void children_reap(struct prefork *prefork);

/* --- give.c --- */

/* What a child says, and the copy of its connection that may come with it. False: nothing, or it
 * will say nothing any more. */
bool give_hear(struct child *child, struct deadline deadline, enum channel_word *word_out);
/* It has no word to say for that when nobody waits for it (custody_be_through()). */
bool give_is_through(const struct child *child);
/* The connection that it has served is done with. */
void give_note_idle(struct child *child);
/* Before the parent sleeps: with a connection that waits it wants to hear who is through. False:
 * it waits for that, and somebody is already. */
bool give_sleep_well(struct prefork *prefork);
/*
 * The next connection goes to the idle child of the lowest number, which finds it in its message:
 * it need neither look for it nor tell of it. What the waiting room gives, and what a child without
 * custody gets, it takes itself. False: nobody is idle.
 */
bool give_next(struct prefork *prefork, bool room_waits);
bool give_room_waits(const struct prefork *prefork);
/* Who does not look at what it was given is no good any more; another gets it. */
void give_end_the_deaf(struct prefork *prefork);
/* What children have to say to the log, and have held for longer than a moment, is written. */
void give_show_lines(const struct prefork *prefork);

/* --- scale.c --- */

/* One more child. n_idle is for the log. */
void scale_grow(struct prefork *prefork, int n_idle);
/* One step at a time, as SpamAssassin does: no swarm of new children in a short rush. */
void scale_adapt(struct prefork *prefork);
void scale_log_states(struct prefork *prefork);

#endif
