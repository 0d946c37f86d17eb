/*
 * daemon: into the background. The process that was started waits until the one in the background
 * says that it is ready, so that whoever started it may connect as soon as the command has
 * returned.
 */
#ifndef WHORL_SERVER_DAEMON_H
#define WHORL_SERVER_DAEMON_H

#include "lib/base/why.h"

struct daemon {
	int ready_fd; /* -1: not in the background, or already told */
};

enum { DAEMON_READY_MS = 180 * 1000 };

/*
 * Returns in the background process only: a session of its own, in "/", standard streams to
 * /dev/null. The foreground process exits with 0 when daemon_ready() was called, with 1 when the
 * background died or was silent for DAEMON_READY_MS.
 */
enum status daemon_start(struct daemon *daemon, struct why *why);
void daemon_ready(struct daemon *daemon);

#endif
