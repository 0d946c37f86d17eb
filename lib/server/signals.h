/*
 * signals: blocked all the time but while waiting, so that no code is ever interrupted in the
 * middle. Handlers only set a bit.
 */
#ifndef WHORL_SERVER_SIGNALS_H
#define WHORL_SERVER_SIGNALS_H

#include <poll.h>

enum signal_seen {
	SIGNAL_CHILD = 1 << 0,     /* SIGCHLD */
	SIGNAL_RELOAD = 1 << 1,    /* SIGHUP */
	SIGNAL_TERMINATE = 1 << 2, /* SIGTERM */
	SIGNAL_INTERRUPT = 1 << 3, /* SIGINT */
	SIGNAL_TRACE = 1 << 4,     /* SIGUSR2 */
	SIGNAL_STOP = SIGNAL_TERMINATE | SIGNAL_INTERRUPT,
};

void signals_setup_parent(void);
/* SIGHUP is the parent's alone: a child ignores it. */
void signals_setup_child(void);
/* Unless it has something to reload itself. */
void signals_hear_reload(void);
/* poll(2) that signals may end: -1 then. */
int signals_poll(struct pollfd *fds, unsigned n_fds, int timeout_ms);
/* Bits seen since the last call. */
unsigned signals_take(void);

#endif
