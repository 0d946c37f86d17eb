/* worker: the life of one child: take connections one at a time, end after max_conn_per_child. */
#ifndef WHORL_SERVER_WORKER_H
#define WHORL_SERVER_WORKER_H

#include "lib/server/server.h"

/* channel_fd: the child's end; from_room_fd: where parcels come, or -1; custody: may be NULL.
 * Returns the exit status. */
int worker_run(const struct server_settings *settings, const struct listener_vec *listeners,
	       const struct server_app *app, struct custody *custody, int channel_fd,
	       int from_room_fd);

#endif
