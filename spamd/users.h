/*
 * users: whose mail it is. Decides by -u, -x, --default-user, the switches for
 * databases and virtual users, and the User field under which ids a
 * request runs and with which preferences (spamd: got_user_header, handle_user_setuid_basic,
 * do_user_handling; sa-surface 3.6).
 */
#ifndef WHORL_SPAMD_USERS_H
#define WHORL_SPAMD_USERS_H

#include "spamd/session.h"

/* Sets session->user, session->prefs and session->state_dir. False: serving on would be wrong. With
 * --paranoid or still being root it is logged and the client gets no word; when SQL preferences
 * cannot be read it gets an error. */
bool users_enter(struct session *session);
/* A child goes back to its own ids, which it does not do behind every request: before it does
 * something in its own name. One that cannot is ended. */
void users_step_back(struct service *service);

#endif
