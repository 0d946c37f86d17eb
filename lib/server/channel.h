/*
 * channel: words between parent and child, one byte each, over a socket pair. A child says what it
 * is doing, the parent says who serves. Either end sees the other's death as the end of the
 * stream.
 */
#ifndef WHORL_SERVER_CHANNEL_H
#define WHORL_SERVER_CHANNEL_H

#include "lib/base/clock.h"
#include "lib/base/why.h"

enum channel_word {
	CHANNEL_IDLE = 'I', /* child: give me something to do (custody_be_through() says it, too) */
	CHANNEL_BUSY = 'B', /* child: the connection is taken */
	CHANNEL_HOLDS = 'H',  /* child: this is the connection that I serve */
	CHANNEL_DONE = 'D',   /* child: it is not needed any more (when no CHANNEL_IDLE follows);
			       * parent to a side process: another one takes over */
	CHANNEL_ACCEPT = 'A', /* parent: take the next connection */
	CHANNEL_SAID = 'a',   /* never sent: a word that came too late to be news */
	CHANNEL_SERVE = 'S',  /* parent: serve this connection, of which custody tells the rest */
};

enum status channel_open(int *parent_fd_out, int *child_fd_out, struct why *why);
bool channel_send(int fd, enum channel_word word);
/* With a descriptor, which stays open here; -1: without. */
bool channel_send_fd(int fd, enum channel_word word, int passed_fd);
/* STATUS_OK and *word_out; STATUS_TIMEOUT; STATUS_CLOSED. Signals stay as they are blocked. */
enum status channel_receive(int fd, struct deadline deadline, enum channel_word *word_out);
/* *passed_fd_out: the caller's from now on; -1: the word came without. */
enum status channel_receive_fd(int fd, struct deadline deadline, enum channel_word *word_out,
			       int *passed_fd_out);

#endif
