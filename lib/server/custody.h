/*
 * custody: what a child is serving, kept where the child's death does not reach. The parent has a
 * copy of the connection (channel.h), and the two share a page that says how things stand and a
 * memory file with the bytes that have been read. When the child is killed before its answer has
 * begun, the parent gives both to the next child, and the client notices nothing. The parent never
 * looks at the bytes. A request that has ended DEATHS_MAX children is given to no other.
 */
#ifndef WHORL_SERVER_CUSTODY_H
#define WHORL_SERVER_CUSTODY_H

#include "lib/server/parcel.h"

enum { CUSTODY_DEATHS_MAX = 2 };

struct custody;

/* In the parent, before the fork; NULL: no memory, the child goes without. */
struct custody *custody_new(void);
/* Also in a process that has no part in it. NULL is nothing. */
void custody_free(struct custody *custody);

/* --- in the child; NULL is nothing everywhere ------------------------------------------------- */

/* A request begins: as parcel says, with nothing read. */
void custody_begin(struct custody *custody, const struct parcel *parcel);
/* What the parent offers is taken: what it said. custody is not NULL. */
void custody_go_into(struct custody *custody, struct parcel *parcel_out);
/* More is known of it. */
void custody_update(struct custody *custody, const struct parcel *parcel);
/* Around a call that takes bytes from the connection: killed in between, they are lost, and the
 * request with them. */
void custody_before_read(struct custody *custody);
void custody_after_read(struct custody *custody, struct str bytes);
/* From here on nobody else may answer: bytes go out, or somebody else has it. */
void custody_end(struct custody *custody);
/* It has come to nothing: as before custody_end(). */
void custody_go_on(struct custody *custody);
/* One more request is behind the child, and it is idle. True: the parent waits for that and has to
 * be woken; else it will see it. custody is not NULL. */
bool custody_be_through(struct custody *custody);

/* --- in the parent ---------------------------------------------------------------------------- */

/* A request begins, whose connection the parent has accepted; the child has not heard of it yet. */
void custody_offer(struct custody *custody, const struct parcel *parcel);
/* It has still not. */
bool custody_is_offered(const struct custody *custody);
/* How often the child has been through with a request. */
unsigned custody_turns(const struct custody *custody);
/* Whether to be woken when it is. To be called before a last look at custody_turns(). */
void custody_want_turns(struct custody *custody, bool wanted);

enum custody_fate {
	CUSTODY_GIVEN,  /* to the next child */
	CUSTODY_OVER,   /* the answer had begun */
	CUSTODY_LOST,   /* its bytes are not all here, or nobody could take it */
	CUSTODY_DEADLY, /* it has ended too many children */
};

/* The child is dead. conn_fd stays open here. */
enum custody_fate custody_give(struct custody *custody, int queue_fd, int conn_fd);

#endif
