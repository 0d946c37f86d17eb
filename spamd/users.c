/* users: see users.h. */
#include "spamd/users.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/must.h"
#include "lib/server/accounts.h"
#include "spamd/homes.h"
#include "spamd/scores.h"

/* The user is not there: the site's preferences do, unless that is too careless. */
static bool go_on_without(const struct session *session, const char *what, const char *user)
{
	bool paranoid = session->service->args->paranoid;

	/* Perl dies of it, and the line about a death begins anew. */
	if (paranoid)
		log_warn("spamd: spamd: handle_user (%s) unable to find user: '%s'", what, user);
	else
		log_info("spamd: handle_user (%s) unable to find user: '%s'", what, user);
	return !paranoid;
}

/* All that is asked of the name service. */
static enum status find(const struct session *session, const char *user, struct privileges *out,
			struct why *why)
{
	return accounts_find(session->service->accounts, user, out, why);
}

/* --- ids ---------------------------------------------------------------------------------------
 */

/*
 * Changing them there and back is six system calls, of which each costs the kernel a copy of all
 * credentials. So a child keeps its user's until a request comes that is another's, until there is
 * something to do as itself, or until it has been idle for a while.
 */
void users_step_back(struct service *service)
{
	struct why why;

	if (!service->switches_user || !service->ids.user[0])
		return;
	service->ids.user[0] = '\0';
	if (privileges_restore(&why) == STATUS_OK)
		return;
	log_error("spamd: %s", why.text);
	must(false);
}

/* What has to be asked is asked as ever: by root. */
static bool will_take_same_ids(const struct session *session)
{
	const struct service *service = session->service;
	const struct args *args = service->args;
	const char *wanted = session->request.has_user
				     ? arena_cstr(session->scan, session->request.user)
				     : args->default_user;

	return strcmp(service->ids.user, wanted) == 0 && !args->sql_config && !args->ldap_config &&
	       !args->setuid_with_sql && !args->setuid_with_ldap &&
	       accounts_knows(service->accounts, wanted);
}

static bool has_taken(const struct service *service, const struct privileges *privileges)
{
	const struct privileges *ids = &service->ids;

	return strcmp(ids->user, privileges->user) == 0 && ids->uid == privileges->uid &&
	       ids->gid == privileges->gid && ids->n_groups > 0 &&
	       ids->n_groups == privileges->n_groups &&
	       memcmp(ids->groups, privileges->groups,
		      (size_t)ids->n_groups * sizeof *ids->groups) == 0;
}

static bool become(struct session *session, const struct privileges *privileges)
{
	struct service *service = session->service;
	struct why why;

	session->has_ids = true;
	if (has_taken(service, privileges))
		return true;
	users_step_back(service);
	service->ids = *privileges;
	if (privileges_become(privileges, &why) == STATUS_OK)
		return true;
	log_error("spamd: fatal error: setuid to %s failed: %s", privileges->user, why.text);
	return false;
}

/* As the request sees it: who has taken none yet is still itself. */
static uid_t effective(const struct session *session)
{
	return session->service->switches_user && !session->has_ids ? 0 : geteuid();
}

/* --- homes -------------------------------------------------------------------------------------
 */

/* Helper programs find their own configuration there (-H without a value). */
static void set_home(const struct session *session, const char *home)
{
	const char *wanted = session->service->args->helper_home_dir;

	if (wanted && wanted[0] == '\0')
		setenv("HOME", home, 1);
}

/* The preferences always come from whom the client names, whoever the ids belong to. */
static bool read_home(struct session *session, const struct privileges *runs_as, const char *named)
{
	struct privileges other;
	struct why why;

	if (strcmp(named, runs_as->user) == 0) {
		set_home(session, runs_as->home);
		if (geteuid() != 0) /* never as root: --default-user follows */
			homes_read_prefs(session, runs_as->home, runs_as->uid);
		return true;
	}
	if (session->service->args->vpopmail) {
		const char *home = homes_vpopmail_dir(session->scan, runs_as->home, named);
		if (!home)
			return go_on_without(session, "userdir", named);
		homes_read_prefs(session, home, geteuid());
		return true;
	}
	if (find(session, named, &other, &why) != STATUS_OK)
		return go_on_without(session, "userdir", named);
	homes_read_prefs(session, other.home, other.uid);
	return true;
}

/* The ids come from -u or from the User field. */
static bool enter_account(struct session *session, const char *named)
{
	const struct service *service = session->service;
	const char *runs_as = service->args->username ? service->args->username : named;
	struct privileges privileges;
	struct why why;

	if (find(session, runs_as, &privileges, &why) != STATUS_OK)
		return go_on_without(session, "getpwnam", runs_as);
	if (service->switches_user) {
		if (!become(session, &privileges))
			return false;
		log_info("spamd: setuid to %s succeeded", runs_as);
	}
	return service->args->no_user_config ? true : read_home(session, &privileges, named);
}

/* --- databases ---------------------------------------------------------------------------------
 */

static bool read_sql(struct session *session, const char *named)
{
	if (scores_read_sql(session, named))
		return true;
	session_fault(session, WIRE_UNAVAILABLE,
		      STR_LIT("Error fetching user preferences via SQL"));
	return false;
}

/* An LDAP server that does not answer is no reason to refuse: so does spamd. */
static bool read_ldap(struct session *session, const char *named)
{
	scores_read_ldap(session, named);
	return true;
}

/* --setuid-with-sql and --setuid-with-ldap: the account's ids and state, the database's words. */
static bool enter_account_with(struct session *session, const char *named, const char *kind,
			       const char *kind_text, bool (*read)(struct session *, const char *))
{
	const struct args *args = session->service->args;
	struct privileges privileges;
	struct why why;

	session->must_not_be_root = true;
	if (find(session, named, &privileges, &why) != STATUS_OK) {
		log_info("spamd: handle_user (%s) unable to find user: %s", kind, named);
		if (args->paranoid)
			return false;
		if (read == read_sql)
			session_fault(session, WIRE_UNAVAILABLE,
				      STR_LIT("Error fetching user preferences via SQL"));
		return read != read_sql;
	}
	if (session->service->switches_user) {
		if (!become(session, &privileges))
			return false;
		log_info("spamd: setuid to %s succeeded, reading scores from %s", named, kind_text);
	}
	session->state_dir = arena_printf(session->scan, "%s/.spamassassin", privileges.home).ptr;
	if (geteuid() != 0 && (args->helper_home_dir || read == read_ldap))
		homes_create_state_dir(privileges.home, named);
	return read(session, named);
}

/* --- which of them -----------------------------------------------------------------------------
 */

/* -x: the first of the databases that was asked for, or just the ids. */
static bool enter_without_home(struct session *session, const char *named)
{
	const struct args *args = session->service->args;

	if (args->sql_config)
		return read_sql(session, named);
	if (args->ldap_config)
		return read_ldap(session, named);
	if (args->virtual_config_dir) {
		homes_read_virtual(session, named);
		return true;
	}
	if (args->setuid_with_sql)
		return enter_account_with(session, named, "sql", "SQL", read_sql);
	if (args->setuid_with_ldap)
		return enter_account_with(session, named, "ldap", "LDAP", read_ldap);
	return enter_account(session, named);
}

static bool enter_named(struct session *session, const char *named)
{
	const struct args *args = session->service->args;

	if (args->no_user_config)
		return enter_without_home(session, named);
	if (!enter_account(session, named))
		return false;
	return args->sql_config ? read_sql(session, named) : true;
}

/* Nobody was named. */
static bool enter_nobody(struct session *session)
{
	const struct args *args = session->service->args;

	if (args->sql_config && !read_sql(session, "nobody"))
		return false;
	return args->ldap_config ? read_ldap(session, "nobody") : true;
}

static bool enter_default(struct session *session)
{
	const char *user = session->service->args->default_user;
	struct privileges privileges;
	struct why why;

	if (session->service->args->paranoid) {
		log_warn("spamd: spamd: in paranoid mode, still running as root: closing "
			 "connection");
		return false;
	}
	log_warn("spamd: still running as root: user not specified with -u, not found, or set to "
		 "root, "
		 "falling back to %s",
		 user);
	if (find(session, user, &privileges, &why) != STATUS_OK) {
		log_error("spamd: setuid to %s failed: %s", user, why.text);
		return false;
	}
	set_home(session, privileges.home);
	session->owner = user;
	session->state_dir = arena_printf(session->scan, "%s/.spamassassin", privileges.home).ptr;
	return become(session, &privileges);
}

/* With nobody's in particular, learning is kept in the home of the account that serves, whatever
 * HOME says: that may be root's, or what helper programs are to have. */
static void use_own_state(struct session *session)
{
	struct str own = accounts_own_name(session->service->accounts, session->scan);
	struct privileges account;
	struct why why;

	if (find(session, arena_cstr(session->scan, own), &account, &why) == STATUS_OK)
		session->state_dir =
			arena_printf(session->scan, "%s/.spamassassin", account.home).ptr;
}

static bool enter(struct session *session)
{
	const struct wire_request *request = &session->request;

	if (request->has_user) {
		const char *named = arena_cstr(session->scan, request->user);
		/* What Perl takes for false shows as no name at all. */
		if (named[0] != '\0' && strcmp(named, "0") != 0)
			session->user = named;
		if (!enter_named(session, named))
			return false;
	}
	bool guarded = session->service->switches_user || session->must_not_be_root;
	session->runs_as = effective(session);
	if (guarded && session->runs_as == 0) {
		if (!enter_default(session))
			return false;
		session->runs_as = effective(session);
	}
	if (!request->has_user && !enter_nobody(session))
		return false;
	if (session->runs_as == 0) {
		log_error("spamd: still running as root! dying");
		return false;
	}
	if (!session->state_dir)
		use_own_state(session);
	return true;
}

bool users_enter(struct session *session)
{
	if (!will_take_same_ids(session))
		users_step_back(session->service);
	if (enter(session))
		return true;
	users_step_back(session->service);
	return false;
}
