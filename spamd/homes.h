/*
 * homes: where a user's preferences and state are kept, and what is in the preferences. Names come
 * from clients and directories belong to users, so nothing is believed: a name never becomes more
 * than one component of a path, what lies in a home is opened with the ids of the request and never
 * as root, and a link out of a home is not followed for another than its owner.
 */
#ifndef WHORL_SPAMD_HOMES_H
#define WHORL_SPAMD_HOMES_H

#include "spamd/session.h"

/* HOME/.spamassassin/user_prefs over session->prefs; with -c it is created when it is not there
 * (spamd: handle_user_set_user_prefs). owner: whose home it is, (uid_t)-1 for a virtual user. */
void homes_read_prefs(struct session *session, const char *home, uid_t owner);
/* The folder that --virtual-config-dir means for a user: %u, %l, %d, %%, or %x (spamd:
 * handle_virtual_config_dir). */
const char *homes_virtual_dir(struct arena *arena, const char *pattern, const char *user);
/* DIR/user_prefs over session->prefs, if it is there. */
void homes_read_virtual(struct session *session, const char *user);
/* --vpopmail: vuserinfo, and when it does not know the name what valias says (spamd:
 * handle_user_vpopmail). vpopmail_home: of the user of -u. NULL: nobody there. */
const char *homes_vpopmail_dir(struct arena *arena, const char *vpopmail_home, const char *user);
/* HOME/.spamassassin, when it is missing (spamd: handle_user_setuid_with_sql). */
void homes_create_state_dir(const char *home, const char *user);

#endif
