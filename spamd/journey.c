/*
 * journey: the way of one request through the house. Each line takes what the line before has made,
 * and from then on that is const; rules and plugins only append hits, only the verdict adds points,
 * only the answer changes bytes of mail. All memory is the scan arena, gone when the session is
 * closed.
 */
#include "spamd/journey.h"

#include "lib/base/log.h"
#include "spamd/answer.h"
#include "spamd/commands.h"
#include "spamd/feedback.h"
#include "spamd/journal.h"
#include "spamd/users.h"

static void serve(struct session *session)
{
	if (session_read_head(session))
		command_run(session);
	if (session->service->args->timing)
		log_info("timing: %.*s", STR_ARG(timing_text(session->scan, session->timing)));
	session_close(session);
}

/* accept → request → (whoever knows the verb) */
void journey(struct service *service, const struct listener *listener, struct conn *conn)
{
	struct session session;

	log_hold();
	if (session_open(&session, service, listener, conn))
		serve(&session);
	log_release();
}

/* The same for one that has been in the waiting room, or in a child that was killed. */
void journey_resume(struct service *service, const struct parcel *parcel, struct conn *conn,
		    struct str bytes)
{
	struct session session;

	log_hold();
	if (session_reopen(&session, service, parcel, conn, bytes))
		serve(&session);
	log_release();
}

/* What the rules may know of the client, and how long they may take. */
static struct scan_options options_of(const struct session *session)
{
	return (struct scan_options){
		.deadline = scan_deadline(session->prefs, session->deadline),
		.client_host = str_from(session->client_host),
		.client_ip = str_from(session->conn->peer_ip),
		.user = session_owner(session),
		.state_dir = str_from(session->state_dir),
		.timing = session->timing,
	};
}

static struct verdict_env env_of(const struct session *session)
{
	return (struct verdict_env){
		.hostname = session->service->hostname,
		.timing = session->timing,
		.client_host = str_from(session->client_host),
		.client_ip = str_from(session->conn->peer_ip),
	};
}

/* The client gives the message on unmarked; nothing is lost. */
static void give_up(struct session *session)
{
	session_fault(session, WIRE_TEMPFAIL, STR_LIT("scan needs more memory than it is allowed"));
}

/* The message's keys, to be counted by the reputation helper. */
static void show(struct session *session, struct scan *scanned)
{
	const struct service *service = session->service;
	const struct fingerprint_set *set = service->glimpses ? fingerprint_of(scanned) : NULL;
	struct glimpse glimpse = {0};

	if (!set)
		return;
	glimpse.mark = seen_mark(feedback_reporter(&service->config.reputation,
						   str_from(session->user), service->hostname)
					 .group);
	for (size_t i = 0; i < set->keys.n && glimpse.n_keys < GLIMPSE_KEYS_MAX; i++) {
		const struct fingerprint *print = &set->keys.items[i];

		/* of these nobody asks: the one changes by the day, the other is in every mail */
		if (print->algorithm == FINGERPRINT_EPH || print->algorithm == FINGERPRINT_HDR)
			continue;
		glimpse.algorithms[glimpse.n_keys] = print->algorithm;
		glimpse.keys[glimpse.n_keys++] = print->key;
	}
	if (glimpse.n_keys)
		glimpses_put(service->glimpses, &glimpse);
}

/* body → message → views → scan → hits → verdict → reply → after */
void journey_scan(struct session *session)
{
	struct arena *scan = session->scan;
	struct str body;

	if (!users_enter(session) || !session_read_body(session, &body))
		return;
	const struct prefs *prefs = session->prefs;
	const struct scan_options options = options_of(session);
	const struct verdict_env env = env_of(session);
	int64_t began_us = timing_begin();
	struct message *message = message_parse(scan, body, prefs->message_settings);
	journal_begin(session, message);
	if (!session_length_is_right(session))
		return;
	scan_message_parsed(scan, prefs, message, &options);
	struct mail *mail =
		mail_make_until(scan, message, prefs->message_settings, prefs->trust_settings,
				prefs->uri_settings, options.deadline);
	timing_end(session->timing, "parse", began_us);
	struct scan *scanned = scan_run(scan, prefs, mail, &options);
	const struct verdict *verdict = verdict_make(scan, scanned, &env);
	struct str reply = answer_make(scan, &session->request, verdict);
	if (arena_exhausted(scan)) {
		give_up(session);
		return;
	}
	session_send(session, reply);
	journal_result(session, verdict);
	log_release();
	metrics_scan(session->service->metrics, verdict->is_spam, session_elapsed_s(session));
	show(session, scanned);
	scan_stage(scanned, STAGE_AFTER, verdict->points, verdict->is_spam);
	autolearn_run(verdict, scanned);
}
