/* commands: see commands.h. */
#include "spamd/commands.h"

#include <unistd.h>

#include "lib/base/log.h"
#include "lib/wire/reply.h"
#include "spamd/journey.h"
#include "spamd/tell.h"

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
