/* scoreboard: the parent's table of children, in ascending order of process ids. */
#ifndef WHORL_SERVER_SCOREBOARD_H
#define WHORL_SERVER_SCOREBOARD_H

#include <stdint.h>
#include <sys/types.h>
#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/base/vec.h"
#include "lib/server/custody.h"

enum child_state {
	CHILD_STARTING,
	CHILD_IDLE,
	CHILD_BUSY,
	CHILD_RETIRED, /* told to go; not counted any more, takes no new connection */
};

struct child {
	pid_t pid;
	int fd; /* the parent's end of the channel, -1 when closed */
	enum child_state state;
	int64_t started_ms;
	bool has_spoken;         /* so it has come as far as to serve */
	int conn_fd;             /* a copy of the connection that it serves, -1: none */
	struct custody *custody; /* may be NULL */
	struct log_held held;    /* what it has not written yet */
	int64_t offered_ms;      /* when it was last given a connection; 0: it never was */
	bool is_given;    /* what it serves was given to it: it may be through without a word */
	unsigned n_turns; /* of custody, when it was given that */
	bool is_wanted;   /* it knows that it has to say so */
};
VEC_OF(child_vec, struct child);

struct scoreboard {
	struct arena *arena;
	struct child_vec children;
};

void scoreboard_init(struct scoreboard *board, struct arena *arena);
/* Valid until the next add or remove. */
struct child *scoreboard_add(struct scoreboard *board, pid_t pid, int fd);
struct child *scoreboard_find(struct scoreboard *board, pid_t pid);
/* Closes its channel and connection, and frees what was kept of it. */
void scoreboard_remove(struct scoreboard *board, pid_t pid);
/* In another process, after the fork: what belongs to all of them is closed and freed. */
void scoreboard_leave(const struct scoreboard *board);
/* Who takes the next connection, and who goes when there are too many; NULL without an idle child.
 */
struct child *scoreboard_lowest_idle(struct scoreboard *board);
struct child *scoreboard_highest_idle(struct scoreboard *board);
int scoreboard_count(const struct scoreboard *board, enum child_state state);
/* All but the retired. */
int scoreboard_serving(const struct scoreboard *board);
/* "IIB": one letter a child (SpamdForkScaling.pm adapt_num_children). */
void scoreboard_states(const struct scoreboard *board, struct buf *out);

#endif
