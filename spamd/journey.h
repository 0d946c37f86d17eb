/* journey: one request from the first byte to the last. Open journey.c first. */
#ifndef WHORL_SPAMD_JOURNEY_H
#define WHORL_SPAMD_JOURNEY_H

#include "spamd/session.h"

/* Serve one connection; closes it. */
void journey(struct service *service, const struct listener *listener, struct conn *conn);
/* The verbs that score a message: from the body to the answer. */
void journey_resume(struct service *service, const struct parcel *parcel, struct conn *conn,
		    struct str bytes);
void journey_scan(struct session *session);

#endif
