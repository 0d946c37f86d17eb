/*
 * scores: users' preferences in databases: user_scores_dsn and the directives beside it
 * (Conf/SQL.pm, Conf/LDAP.pm).
 */
#ifndef WHORL_SPAMD_SCORES_H
#define WHORL_SPAMD_SCORES_H

#include "spamd/session.h"

/* Rows over session->prefs. Without a DSN nothing is asked, and that is right. False: they could
 * not be read, it is logged. */
bool scores_read_sql(struct session *session, const char *user);
bool scores_read_ldap(struct session *session, const char *user);

/* The query with a "?" for each macro, and what to bind to them. _TABLE_ is the table's name. */
struct str scores_query(struct arena *arena, struct str custom, const char *user,
			struct str_vec *values_out);

#endif
