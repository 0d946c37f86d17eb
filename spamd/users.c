/* users: see users.h. */
#include "spamd/users.h"

#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/must.h"
#include "lib/server/privileges.h"

enum { PREFS_MAX_BYTES = 1024 * 1024 };

static void read_prefs(struct session *session, const char *home)
{
	struct why why;
	struct str text;
	struct str path = arena_printf(session->scan, "%s/.spamassassin/user_prefs", home);

	if (home[0] == '\0' || !file_exists(path.ptr))
		return;
	if (file_read(session->scan, path.ptr, PREFS_MAX_BYTES, &text, &why) != STATUS_OK)
		log_warn("spamd: %s", why.text);
	else
		session->prefs = prefs_read(session->scan, session->prefs, text, path.ptr);
}

/* The user is not there: the site's preferences do, unless that is too careless. */
static bool go_on_without(const struct session *session, const char *what, const char *user)
{
	bool paranoid = session->service->args->paranoid;

	(paranoid ? log_warn : log_info)("spamd: handle_user (%s) unable to find user: '%s'", what,
					 user);
	return !paranoid;
}

static bool become(const struct privileges *privileges)
{
	struct why why;

	if (privileges_become(privileges, &why) == STATUS_OK)
		return true;
	log_error("spamd: fatal error: setuid to %s failed: %s", privileges->user, why.text);
	return false;
}

/* The ids come from -u or from the User field, the preferences always from the User field. */
static bool enter_named(struct session *session)
{
	const struct service *service = session->service;
	const char *named = session->user;
	const char *runs_as = service->args->username ? service->args->username : named;
	struct privileges privileges;
	struct why why;

	if (privileges_find(runs_as, NULL, &privileges, &why) != STATUS_OK)
		return go_on_without(session, "getpwnam", runs_as);
	if (service->switches_user) {
		if (!become(&privileges))
			return false;
		log_info("spamd: setuid to %s succeeded", runs_as);
	}
	if (service->args->no_user_config)
		return true;
	if (strcmp(named, runs_as) != 0 &&
	    privileges_find(named, NULL, &privileges, &why) != STATUS_OK)
		return go_on_without(session, "userdir", named);
	read_prefs(session, privileges.home);
	return true;
}

static bool enter_default(const struct session *session)
{
	const char *user = session->service->args->default_user;
	struct privileges privileges;
	struct why why;

	if (session->service->args->paranoid) {
		log_warn("spamd: in paranoid mode, still running as root: closing connection");
		return false;
	}
	log_warn("spamd: still running as root: user not specified with -u, not found, or set to "
		 "root, "
		 "falling back to %s",
		 user);
	if (privileges_find(user, NULL, &privileges, &why) != STATUS_OK) {
		log_error("spamd: setuid to %s failed: %s", user, why.text);
		return false;
	}
	return become(&privileges);
}

bool users_enter(struct session *session)
{
	const struct wire_request *request = &session->request;

	if (request->has_user && request->user.len > 0 && !str_eq_c(request->user, "0")) {
		session->user = arena_cstr(session->scan, request->user);
		if (!enter_named(session))
			return false;
	}
	if (session->service->switches_user && geteuid() == 0 && !enter_default(session))
		return false;
	if (geteuid() == 0) {
		log_error("spamd: still running as root! dying");
		return false;
	}
	return true;
}

void users_leave(struct session *session)
{
	struct why why;

	if (!session->service->switches_user)
		return;
	if (privileges_restore(&why) != STATUS_OK)
		log_error("spamd: %s", why.text);
	must(geteuid() == getuid());
}
