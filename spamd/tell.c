/* tell: see tell.h. */
#include "spamd/tell.h"

#include <pwd.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/wire/reply.h"
#include "rules/learner.h"
#include "spamd/clerk.h"
#include "spamd/unmark.h"
#include "spamd/users.h"

static bool makes_sense(struct session *session)
{
	const struct wire_request *request = &session->request;

	if (!session->service->args->allow_tell) {
		session_fault(
			session, WIRE_UNAVAILABLE,
			STR_LIT("TELL commands are not enabled, set the --allow-tell switch."));
		return false;
	}
	if (request->set_local && request->remove_local) {
		session_fault(
			session, WIRE_PROTOCOL,
			STR_LIT("Unable to set local and remove local in the same operation."));
		return false;
	}
	if (request->set_remote && request->remove_remote) {
		session_fault(
			session, WIRE_PROTOCOL,
			STR_LIT("Unable to set remote and remove remote in the same operation."));
		return false;
	}
	return true;
}

/* The account that the request runs as, when the client has named nobody. */
static struct str reporter_name(const struct session *session)
{
	const struct wire_request *request = &session->request;
	const struct passwd *entry;

	if (request->has_user && request->user.len > 0)
		return request->user;
	entry = getpwuid(geteuid());
	return entry ? arena_str(session->scan, str_from(entry->pw_name)) : STR_LIT("unknown");
}

/* The message as it was before a filter marked it. */
static struct mail *unmarked(struct session *session, struct str body,
			     const struct message_settings *settings)
{
	struct arena *scan = session->scan;
	const struct prefs *prefs = session->prefs;
	const struct scan_options options = {.deadline = session->deadline};
	struct message *message = unmark_parse(scan, body, prefs->settings, settings);

	scan_message_parsed(scan, prefs, message, &options);
	return mail_make(scan, message, settings, prefs->trust_settings, prefs->uri_settings);
}

/* Far enough for learners. */
static struct scan *prepare(struct session *session, struct str body)
{
	struct arena *scan = session->scan;
	struct message_settings *settings = ARENA_NEW(scan, struct message_settings);
	*settings = learner_message_settings(session->prefs);
	const struct scan_options options = {
		.deadline = session->deadline,
		.client_host = str_from(session->client_host),
		.client_ip = str_from(session->conn->peer_ip),
		.user = session_owner(session),
		.state_dir = str_from(session->state_dir),
		.timing = session->timing,
	};

	return scan_prepare(scan, session->prefs, unmarked(session, body, settings), &options);
}

static bool did(const char *what, enum learn_result result, const struct why *why)
{
	if (result == LEARN_FAILED)
		log_info("spamd: Tell: cannot %s: %s", what, why->text);
	return result == LEARN_DONE;
}

/* A learner that preferences switch off is not asked. */
static bool may_learn(const struct session *session)
{
	const struct settings *settings = session->prefs->settings;

	return settings->use_bayes && settings->bayes_learn_during_report &&
	       prefs_can_learn(session->prefs);
}

/* Fingerprints of the message, to the reputation helper. */
static bool report(struct session *session, int clerk_fd, struct str body, enum trust_kind kind)
{
	const struct prefs *prefs = session->prefs;
	const struct fingerprint_settings *settings =
		fingerprint_plugin_settings(session->service->rules.ruleset);
	struct str name = reporter_name(session);
	struct why why;

	if (clerk_fd < 0 || !settings)
		return false;
	if (clerk_report(clerk_fd, session->scan, settings,
			 unmarked(session, body, prefs->message_settings), name, kind,
			 &why) == STATUS_OK)
		return true;
	log_warn("spamd: Tell: cannot %s for %.*s: %s", kind == TRUST_SPAM ? "report" : "revoke",
		 STR_ARG(name), why.text);
	return false;
}

/* What was done with the message, here and in the network of reporters. */
struct done {
	bool local, remote;
};

static const char *places(struct done done)
{
	if (done.local && done.remote)
		return "local,remote";
	return done.local ? "local" : done.remote ? "remote" : NULL;
}

static void answer(struct session *session, struct done set, struct done removed)
{
	const char *set_at = places(set), *removed_at = places(removed);
	struct buf reply, text;

	buf_init(&reply, session->scan);
	buf_init(&text, session->scan);
	wire_reply_ok(&reply, "1.1");
	if (set_at) {
		buf_printf(&reply, "DidSet: %s\r\n", set_at);
		buf_printf(&text, " Setting %s ", set_at);
	}
	if (removed_at) {
		buf_printf(&reply, "DidRemove: %s\r\n", removed_at);
		buf_printf(&text, " Removing %s ", removed_at);
	}
	wire_reply_end(&reply);
	wire_reply_end(&reply); /* spamd sends the empty line twice */
	session_send(session, buf_str(&reply));
	log_info("spamd: Tell:%sfor %s:%d in %.1f seconds, %llu bytes",
		 text.len ? buf_cstr(&text) : " Did nothing ", session->user, (int)geteuid(),
		 session_elapsed_s(session), (unsigned long long)session->body_bytes);
}

static void learn(struct session *session, struct str body, bool *set, bool *removed)
{
	const struct wire_request *request = &session->request;
	enum learn_class as = str_eq_c(request->message_class, "spam") ? LEARN_SPAM : LEARN_HAM;
	struct scan *scan = prepare(session, body);
	struct why why = {.text = ""};

	if (request->set_local)
		*set = did("learn", scan_learn(scan, as, LEARN_USE_IGNORES, &why), &why);
	else
		*removed = did("forget", scan_forget(scan, &why), &why);
}

/* clerk_fd: to the reputation helper; -1: there is none. */
static void serve(struct session *session, int clerk_fd)
{
	const struct wire_request *request = &session->request;
	struct done set = {0}, removed = {0};
	struct str body;

	if (!users_enter(session) || !makes_sense(session) || !session_read_body(session, &body) ||
	    !session_length_is_right(session))
		return;
	log_release();
	if ((request->set_local || request->remove_local) && may_learn(session))
		learn(session, body, &set.local, &removed.local);
	if (request->set_remote)
		set.remote = report(session, clerk_fd, body, TRUST_SPAM);
	else if (request->remove_remote)
		removed.remote = report(session, clerk_fd, body, TRUST_REVOKE);
	answer(session, set, removed);
}

/* The helper is called before the child takes the ids of a user: it hears the service. */
void tell(struct session *session)
{
	const struct wire_request *request = &session->request;
	bool is_remote = request->set_remote || request->remove_remote;
	bool calls = is_remote && session->service->args->allow_tell;
	int clerk_fd;

	if (session->service->args->allow_tell && session_wait_for_turn(session))
		return;
	if (calls)
		users_step_back(session->service);
	clerk_fd = calls ? clerk_call(session->service) : -1;
	serve(session, clerk_fd);
	session_end_turn(session);
	if (clerk_fd >= 0)
		close(clerk_fd);
}
