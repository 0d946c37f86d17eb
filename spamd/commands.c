/* commands: see commands.h. */
#include "spamd/commands.h"

#include <unistd.h>

#include "lib/base/log.h"
#include "lib/wire/reply.h"
#include "spamd/journey.h"
#include "spamd/users.h"

static void ping(struct session *session)
{
	struct buf reply;

	buf_init(&reply, session->scan);
	wire_reply_pong(&reply);
	session_send(session, buf_str(&reply));
}

/* The client has decided against a scan, its message is too large. It expects nothing. */
static void skip(struct session *session)
{
	log_info("spamd: skipped large message in %3.1f seconds", session_elapsed_s(session));
}

static bool tell_makes_sense(struct session *session)
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

/* There is nobody to learn or to report in this version: the honest answer is that nothing was set.
 */
static void tell(struct session *session)
{
	struct str body;
	struct buf reply;

	if (!users_enter(session) || !tell_makes_sense(session) ||
	    !session_read_body(session, &body) || !session_length_is_right(session))
		return;
	buf_init(&reply, session->scan);
	wire_reply_ok(&reply, "1.1");
	wire_reply_end(&reply);
	wire_reply_end(&reply); /* spamd sends the empty line twice */
	session_send(session, buf_str(&reply));
	log_info("spamd: Tell: Did nothing for %s:%d in %.1f seconds, %llu bytes", session->user,
		 (int)geteuid(), session_elapsed_s(session),
		 (unsigned long long)session->body_bytes);
}

static void (*const commands[])(struct session *session) = {
	[WIRE_VERB_CHECK] = journey_scan,
	[WIRE_VERB_SYMBOLS] = journey_scan,
	[WIRE_VERB_REPORT] = journey_scan,
	[WIRE_VERB_REPORT_IFSPAM] = journey_scan,
	[WIRE_VERB_PROCESS] = journey_scan,
	[WIRE_VERB_HEADERS] = journey_scan,
	[WIRE_VERB_TELL] = tell,
	[WIRE_VERB_PING] = ping,
	[WIRE_VERB_SKIP] = skip,
};

void command_run(struct session *session)
{
	commands[session->request.verb](session);
}
