/*
 * privileges: the one place where users and groups are changed. Children drop theirs for good with
 * privileges_drop(); a child of a root daemon without -u serves each request with the effective ids
 * of the mail's user and takes its own back before it does anything else.
 */
#ifndef WHORL_SERVER_PRIVILEGES_H
#define WHORL_SERVER_PRIVILEGES_H

#include <sys/types.h>
#include "lib/base/str.h"
#include "lib/base/why.h"

enum { PRIVILEGES_NAME_BYTES = 64, PRIVILEGES_HOME_BYTES = 1024, PRIVILEGES_GROUPS_MAX = 64 };

struct privileges {
	uid_t uid;
	gid_t gid;
	char user[PRIVILEGES_NAME_BYTES];
	char home[PRIVILEGES_HOME_BYTES];
	int n_groups; /* 0: not known, they are looked up when they are needed */
	gid_t groups[PRIVILEGES_GROUPS_MAX];
};

/* From the password database. group NULL: the user's own. STATUS_NOT_FOUND: no such user or group;
 * STATUS_IO: the database cannot be read now. */
enum status privileges_find(const char *user, const char *group, struct privileges *out,
			    struct why *why);

/* All groups of the user, unless there are too many to keep. */
void privileges_find_groups(struct privileges *privileges);

/* Could we become this? STATUS_REFUSED for root, and for another user when we are not root. */
enum status privileges_check(const struct privileges *privileges, struct why *why);

/* Groups, gid, uid: real, effective and saved, verified, never to come back. */
enum status privileges_drop(const struct privileges *privileges, struct why *why);

/* Effective ids only, and back. Both verified; an error of restore is fatal to the caller. */
enum status privileges_become(const struct privileges *privileges, struct why *why);
enum status privileges_restore(struct why *why);

#endif
