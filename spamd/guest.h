/*
 * guest: who is in the waiting room, and what its files share. room.c is the door, the loop and
 * what all guests have in common, relay.c is for those with TLS, whose sessions cannot move to
 * another process: a child gets one end of a socket pair for each, and what goes through it is
 * encrypted and decrypted here.
 */
#ifndef WHORL_SPAMD_GUEST_H
#define WHORL_SPAMD_GUEST_H

#include "lib/net/tls.h"
#include "lib/server/parcel.h"
#include "lib/wire/request.h"
#include "spamd/service.h"

enum guest_state {
	GUEST_SHAKES,  /* hands: TLS is being agreed upon */
	GUEST_READS,   /* the request is not all there */
	GUEST_WAITS,   /* it is, and no child is free */
	GUEST_RELAYED, /* a child serves it through us */
	GUEST_SENDS,   /* the rest of an answer is to be sent */
	GUEST_DRAINS,  /* all is sent, and the client has not closed */
	GUEST_GONE,    /* freed at the end of the turn */
};

struct guest {
	enum guest_state state;
	struct conn conn;
	struct parcel parcel; /* with the deadline */
	struct buf bytes;     /* read so far, or to be sent */
	size_t at;            /* used by the reader, or sent */
	size_t counted;       /* of the room's n_bytes */
	struct arena *arena;  /* of the reader; NULL until there is something to read */
	struct wire_request_reader reader;
	uint64_t wanted; /* of a request's bytes; 0: not known yet */
	bool ended;      /* the client has half-closed */
	/* relayed */
	int inner_fd;      /* the socket pair's end here, -1: none */
	struct buf inward; /* to the child */
	size_t inward_at;
	bool answered;                   /* the child has closed its end */
	unsigned watched, inner_watched; /* events asked for */
	struct guest *next, *previous;   /* in order of arrival */
};

struct room {
	const struct service *service;
	int inbox_fd, outbox_fd, control_fd, epoll_fd;
	struct guest *first, *last, *gone;
	size_t n_guests, n_guests_max, n_bytes;
	int n_lessons;          /* that children have at this moment */
	int64_t lessons_end_ms; /* then they are not counted any more */
	bool was_large;         /* memory to give back when all have gone */
	bool closing;           /* nobody comes in any more */
	bool stop;              /* and who is not being answered leaves */
};

/* --- room.c --- */

void guest_leave(struct room *room, struct guest *guest);
/* What the guest waits for now, as epoll's events of its connection and of inner_fd. */
void guest_watch(struct room *room, struct guest *guest, unsigned events, unsigned inner_events);
/* There may be something to read: until the request is complete. */
void guest_read(struct room *room, struct guest *guest);
/* Everything has been sent. */
void guest_all_sent(struct room *room, struct guest *guest);
/* These bytes are kept for it from now on instead of as many as before. */
void guest_count(struct room *room, struct guest *guest, size_t n_bytes);

/* --- relay.c --- */

void relay_begin(struct room *room, struct guest *guest);
void relay_shake(struct room *room, struct guest *guest);
/* False: no child can take it now. */
bool relay_give(struct room *room, struct guest *guest);
void relay_pump(struct room *room, struct guest *guest);

#endif
