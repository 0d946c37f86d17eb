#include "spamc/result.h"

static struct str score_line(struct arena *arena, const struct wire_reply *head)
{
	return arena_printf(arena, "%.1f/%.1f\n", head->score, head->required);
}

/* Behind the first empty line; STR_NOT_FOUND without one. */
static size_t body_start(struct str message)
{
	for (size_t i = 0; i + 1 < message.len; i++) {
		size_t second = i + 1 + (message.ptr[i + 1] == '\r');

		if (message.ptr[i] == '\n' && second < message.len && message.ptr[second] == '\n')
			return second + 1;
	}
	return STR_NOT_FOUND;
}

/* The header came back; the body is the one we have. A message that has none is better whole. */
static struct str with_own_body(struct arena *arena, struct str header, struct str message)
{
	size_t start = body_start(message);
	struct buf out;

	if (start == STR_NOT_FOUND)
		return message;
	buf_init(&out, arena);
	buf_add_str(&out, header);
	buf_add_str(&out, str_from_at(message, start));
	return buf_str(&out);
}

/* What was asked for is what was done. */
static bool did(enum spamc_mode mode, const struct wire_reply *head)
{
	switch (mode) {
	case SPAMC_MODE_FORGET:
		return head->did_remove_local;
	case SPAMC_MODE_REPORT_SPAM:
		return head->did_set_remote;
	case SPAMC_MODE_REVOKE:
		return head->did_remove_remote;
	default:
		return head->did_set_local;
	}
}

/* The body of the answer behind the score, where that is asked for. */
static struct str scored_text(struct arena *arena, const struct spamc_args *args,
			      struct str message, const struct spamc_reply *reply)
{
	const struct wire_reply *head = &reply->head;
	struct buf out;

	buf_init(&out, arena);
	if (head->has_spam && ((args->asked & SPAMC_ASKED_REPORT) ||
			       (args->mode == SPAMC_MODE_REPORT_IFSPAM && head->is_spam)))
		buf_add_str(&out, score_line(arena, head));
	buf_add_str(&out, reply->body);
	if (args->asked & SPAMC_ASKED_HEADERS)
		return with_own_body(arena, buf_str(&out), message);
	return buf_str(&out);
}

struct str spamc_result_text(struct arena *arena, const struct spamc_args *args, struct str message,
			     const struct spamc_reply *reply)
{
	const struct wire_reply *head = &reply->head;

	switch (args->mode) {
	case SPAMC_MODE_CHECK:
		return score_line(arena, head);
	case SPAMC_MODE_PING:
		return arena_printf(arena, "SPAMD/%.*s %d\n", STR_ARG(head->version), head->code);
	case SPAMC_MODE_REPORT_SPAM:
	case SPAMC_MODE_REVOKE:
		return did(args->mode, head) ? STR_LIT("Message successfully reported/revoked\n")
					     : STR_LIT("Unable to report/revoke message\n");
	case SPAMC_MODE_LEARN_SPAM:
	case SPAMC_MODE_LEARN_HAM:
	case SPAMC_MODE_FORGET:
		return did(args->mode, head) ? STR_LIT("Message successfully un/learned\n")
					     : STR_LIT("Message was already un/learned\n");
	default:
		return scored_text(arena, args, message, reply);
	}
}
