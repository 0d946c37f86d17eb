/* tell: see tell.h. */
#include "spamd/tell.h"

#include <unistd.h>

#include "lib/base/log.h"
#include "lib/wire/reply.h"
#include "rules/learner.h"
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

/* The message as it was before a filter marked it, and far enough for learners. */
static struct scan *prepare(struct session *session, struct str body)
{
	struct arena *scan = session->scan;
	const struct prefs *prefs = session->prefs;
	struct message_settings *settings = ARENA_NEW(scan, struct message_settings);
	*settings = learner_message_settings(prefs);
	struct message *message = message_parse(scan, body, settings);
	const struct scan_options options = {
		.deadline = session->deadline,
		.client_host = str_from(session->client_host),
		.client_ip = str_from(session->conn->peer_ip),
		.user = str_from(session->user),
		.timing = session->timing,
	};

	if (headers_find(message->headers, STR_LIT("X-Spam-Checker-Version")))
		message = message_parse(scan, unmark_message(scan, message, prefs->settings),
					settings);
	struct mail *mail =
		mail_make(scan, message, settings, prefs->trust_settings, prefs->uri_settings);
	return scan_prepare(scan, prefs, mail, &options);
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
	const void *plugin;

	return settings->use_bayes && settings->bayes_learn_during_report &&
	       prefs_learner(session->prefs, &plugin) != NULL;
}

static void answer(struct session *session, bool set, bool removed)
{
	struct buf reply;

	buf_init(&reply, session->scan);
	wire_reply_ok(&reply, "1.1");
	if (set)
		buf_add_cstr(&reply, "DidSet: local\r\n");
	if (removed)
		buf_add_cstr(&reply, "DidRemove: local\r\n");
	wire_reply_end(&reply);
	wire_reply_end(&reply); /* spamd sends the empty line twice */
	session_send(session, buf_str(&reply));
	log_info("spamd: Tell:%s%s%sfor %s:%d in %.1f seconds, %llu bytes",
		 set ? " Setting local " : "", removed ? " Removing local " : "",
		 set || removed ? "" : " Did nothing ", session->user, (int)geteuid(),
		 session_elapsed_s(session), (unsigned long long)session->body_bytes);
}

void tell(struct session *session)
{
	const struct wire_request *request = &session->request;
	bool set = false, removed = false;
	struct why why = {.text = ""};
	struct str body;

	if (!users_enter(session) || !makes_sense(session) || !session_read_body(session, &body) ||
	    !session_length_is_right(session))
		return;
	if ((request->set_local || request->remove_local) && may_learn(session)) {
		struct scan *scan = prepare(session, body);
		enum learn_class as =
			str_eq_c(request->message_class, "spam") ? LEARN_SPAM : LEARN_HAM;
		if (request->set_local)
			set = did("learn", scan_learn(scan, as, 0, &why), &why);
		else
			removed = did("forget", scan_forget(scan, &why), &why);
	}
	answer(session, set, removed);
}
