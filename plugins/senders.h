/*
 * senders: what AWL and TxRep have in common: directives (one table for both in SpamAssassin) → the
 * list of senders they mean.
 */
#ifndef WHORL_PLUGINS_SENDERS_H
#define WHORL_PLUGINS_SENDERS_H

#include "lib/senders/senders.h"
#include "plugins/plugin.h"

/* Whose list, by which configuration; for a scan or a command. */
struct list_owner {
	struct arena *arena; /* of the message or the command */
	const struct prefs *prefs;
	struct str user, state_dir;
};

struct list_owner list_owner_of(struct scan *scan);
double list_number(const struct list_owner *owner, const char *directive, double fallback);
bool list_flag(const struct list_owner *owner, const char *directive, bool fallback);
struct str list_text(const struct list_owner *owner, const char *directive, const char *fallback);

/* factory: the directive that names SpamAssassin's module. STATUS_INVALID: it is that of SQL and
 * there is no user_awl_dsn. */
enum status list_options(const struct list_owner *owner, const char *factory,
			 struct senders_options *options_out, struct why *why);
/* Another file, or another user of the table: a path as directives have it. */
void list_options_move(const struct list_owner *owner, struct senders_options *options,
		       const char *path, const char *user);
/* As long as a scan may wait for another writer. */
struct deadline list_deadline(struct scan *scan);

#endif
