/*
 * session: one client's connection: who it is, reading the request, sending the answer, ending in a
 * way that the answer arrives. Knows bytes and deadlines, nothing of mail.
 */
#ifndef WHORL_SPAMD_SESSION_H
#define WHORL_SPAMD_SESSION_H

#include "lib/base/timing.h"
#include "lib/server/parcel.h"
#include "lib/wire/request.h"
#include "rules/ruleset.h"
#include "spamd/service.h"

struct session {
	struct timing *timing; /* of this request */
	struct service *service;
	struct arena *scan;
	const struct listener *listener;
	struct conn *conn;
	char tls[TLS_TEXT_BYTES]; /* what is spoken; "": in the clear */
	const char *client_host;  /* name, or address where there is none */
	struct str client_port;   /* number, or the path of a Unix socket: rport= in the log */
	int64_t started_us;
	struct deadline deadline; /* of what is going on now */
	/* reading */
	struct buf input;
	struct custody *custody; /* NULL: nobody could go on with it (TLS) */
	bool is_let_in;          /* the client may connect */
	bool stays;              /* the waiting room has no place for it */
	int n_deaths;            /* of children that had it */
	bool is_lesson;          /* that has waited for its turn */
	bool is_relayed;         /* the waiting room speaks TLS for us */
	bool may_leave;          /* to the waiting room, when it is slow and others wait */
	bool has_line;           /* the first line is there, deadline is that of the rest */
	bool has_left;           /* the connection is there now */
	size_t input_at;         /* what is in front is used up */
	bool input_ended;        /* the client has half-closed */
	struct wire_request request;
	uint64_t body_bytes; /* received, after inflating: what a Content-length is compared with */
	/* users.h */
	const char *user; /* as the client gave it, "(unknown)" without; for the log */
	const struct prefs *prefs;
	const char *owner;     /* whose learning is used, when that is not user's; else NULL */
	const char *state_dir; /* where the user's learning is kept; NULL: nobody's in particular */
	bool must_not_be_root; /* the ids of a user were asked for */
	bool has_ids;          /* it has taken those of a user */
	uid_t runs_as; /* the effective id it is served with, once users_enter() is through */
};

/* --- entry.c --- */

/* False: nothing is left to do. The client may not connect, it has been logged and closed; or it
 * wants TLS, which the waiting room will speak with it. */
bool session_open(struct session *session, struct service *service, const struct listener *listener,
		  struct conn *conn);
/* One that has been elsewhere, in the waiting room or in a child that was killed, with what was
 * read of it. False as above. */
bool session_reopen(struct session *session, struct service *service, const struct parcel *parcel,
		    struct conn *conn, struct str bytes);
/* A child that is stuck in a request is ended by a watchdog, which runs on behind the request: not
 * when the child waits for the next without being called idle (--round-robin). */
void session_leave_watched(struct service *service);
/* Nobody comes: it is called off. */
void session_unwatch(struct service *service);
/* --- session.c --- */

/* While others are in the queue a lesson waits for its turn elsewhere: true, and nothing is left to
 * do. Few lessons at a time come back, so that many of them do not keep all children. */
bool session_wait_for_turn(struct session *session);
/* The next one may come. */
void session_end_turn(const struct session *session);

/* First line and fields. False: the client has its error message already. */
bool session_read_head(struct session *session);
/*
 * The message: Content-length bytes, or all until the client half-closes; inflated when compressed.
 * False as above. A body that has another length than stated is given nevertheless, as it is logged
 * first; see session_length_is_right().
 */
bool session_read_body(struct session *session, struct str *body_out);
/* False: the client has been told of the mismatch. */
bool session_length_is_right(struct session *session);

/* The whole answer in one write, and "nothing more from here". */
void session_send(struct session *session, struct str reply);
/* The one line of an error (sa-surface 3.5), which is logged too. */
void session_fault(struct session *session, enum wire_code code, struct str text);
/* Waits for the client to close, for a moment; frees all of the session's memory. */
void session_close(struct session *session);

/* How things stand, for another process to go on with it. */
struct parcel session_parcel(const struct session *session, enum parcel_kind kind,
			     struct deadline deadline);

/* Whose learning and histories a scan uses: the client's user, or the account the server acts as.
 */
struct str session_owner(const struct session *session);
double session_elapsed_s(const struct session *session);

#endif
