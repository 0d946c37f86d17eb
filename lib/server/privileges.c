/* privileges: see privileges.h. */
#include "lib/server/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

enum { DATABASE_BYTES = 16384 };

static enum status find_group(const char *group, gid_t *gid_out, struct why *why)
{
	char room[DATABASE_BYTES];
	struct group entry, *found = NULL;
	int error = getgrnam_r(group, &entry, room, sizeof room, &found);

	if (error != 0) {
		errno = error;
		return why_errno(why, STATUS_IO, "cannot look up group '%s'", group);
	}
	if (!found)
		return why_set(why, STATUS_NOT_FOUND, "no such group: '%s'", group);
	*gid_out = found->gr_gid;
	return STATUS_OK;
}

enum status privileges_find(const char *user, const char *group, struct privileges *out,
			    struct why *why)
{
	char room[DATABASE_BYTES];
	struct passwd entry, *found = NULL;
	int error = getpwnam_r(user, &entry, room, sizeof room, &found);

	if (error != 0 && error != ENOENT) {
		errno = error;
		return why_errno(why, STATUS_IO, "cannot look up user '%s'", user);
	}
	if (!found)
		return why_set(why, STATUS_NOT_FOUND, "no such user: '%s'", user);
	out->n_groups = 0;
	out->uid = found->pw_uid;
	out->gid = found->pw_gid;
	if (snprintf(out->user, sizeof out->user, "%s", found->pw_name) >= (int)sizeof out->user ||
	    snprintf(out->home, sizeof out->home, "%s", found->pw_dir) >= (int)sizeof out->home)
		return why_set(why, STATUS_TOO_LARGE, "entry of user '%s' is too long", user);
	return group ? find_group(group, &out->gid, why) : STATUS_OK;
}

void privileges_find_groups(struct privileges *privileges)
{
	int n = PRIVILEGES_GROUPS_MAX;

	if (getgrouplist(privileges->user, privileges->gid, privileges->groups, &n) < 0)
		n = 0;
	privileges->n_groups = n;
}

static int take_groups(const struct privileges *privileges)
{
	if (privileges->n_groups > 0)
		return setgroups((size_t)privileges->n_groups, privileges->groups);
	return initgroups(privileges->user, privileges->gid);
}

enum status privileges_check(const struct privileges *privileges, struct why *why)
{
	if (privileges->uid == 0)
		return why_set(why, STATUS_REFUSED,
			       "cannot run as nonexistent user or root with -u option");
	if (geteuid() != 0 && geteuid() != privileges->uid)
		return why_set(why, STATUS_REFUSED, "cannot become user '%s': not started as root",
			       privileges->user);
	return STATUS_OK;
}

static bool is_dropped(const struct privileges *privileges)
{
	uid_t real, effective, saved;
	gid_t real_group, effective_group, saved_group;

	if (getresuid(&real, &effective, &saved) != 0 ||
	    getresgid(&real_group, &effective_group, &saved_group) != 0)
		return false;
	return real == privileges->uid && effective == real && saved == real &&
	       real_group == privileges->gid && effective_group == real_group &&
	       saved_group == real_group && setuid(0) != 0;
}

enum status privileges_drop(const struct privileges *privileges, struct why *why)
{
	if (geteuid() == 0) {
		if (initgroups(privileges->user, privileges->gid) != 0)
			return why_errno(why, STATUS_IO, "initgroups %s", privileges->user);
		if (setresgid(privileges->gid, privileges->gid, privileges->gid) != 0)
			return why_errno(why, STATUS_IO, "setgid %d", (int)privileges->gid);
		if (setresuid(privileges->uid, privileges->uid, privileges->uid) != 0)
			return why_errno(why, STATUS_IO, "setuid %d", (int)privileges->uid);
		if (!is_dropped(privileges))
			return why_set(why, STATUS_REFUSED, "privileges of user '%s' did not take",
				       privileges->user);
	}
	return privileges_check(privileges, why);
}

enum status privileges_become(const struct privileges *privileges, struct why *why)
{
	if (take_groups(privileges) != 0)
		return why_errno(why, STATUS_IO, "initgroups %s", privileges->user);
	if (setegid(privileges->gid) != 0)
		return why_errno(why, STATUS_IO, "setegid %d", (int)privileges->gid);
	if (seteuid(privileges->uid) != 0)
		return why_errno(why, STATUS_IO, "seteuid %d", (int)privileges->uid);
	if (geteuid() != privileges->uid)
		return why_set(why, STATUS_REFUSED, "setuid to %s failed", privileges->user);
	return STATUS_OK;
}

enum status privileges_restore(struct why *why)
{
	uid_t own = getuid();

	if (geteuid() == own)
		return STATUS_OK;
	gid_t own_group = getgid();
	if (seteuid(own) != 0 || setegid(own_group) != 0 || setgroups(1, &own_group) != 0 ||
	    geteuid() != own)
		return why_errno(why, STATUS_REFUSED, "return setuid failed");
	return STATUS_OK;
}
