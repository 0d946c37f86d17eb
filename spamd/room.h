/*
 * room: the waiting room. A child scans mail; it should not be kept waiting by a client that sends
 * or reads slowly while others queue. Such a connection is handed to this one process, which waits
 * for thousands of them at once: when a request is complete (or its time is over) it goes back to
 * the next free child, what is left of an answer is sent from here. What is to
 * be encrypted is encrypted here (relay.c), since a TLS session cannot move.
 */
#ifndef WHORL_SPAMD_ROOM_H
#define WHORL_SPAMD_ROOM_H

#include "spamd/service.h"

/* The process's life: parcels come in at inbox_fd, go out at outbox_fd. Ends after SIGTERM, when
 * the last answer is out, or when the parent is gone (control_fd ends). */
void room_run(const struct service *service, int inbox_fd, int outbox_fd, int control_fd);

#endif
