/* journal: see journal.h. */
#include "spamd/journal.h"

#include <stdio.h>

#include "lib/base/log.h"
#include "lib/base/number.h"

/* --- message ids -------------------------------------------------------------------------------
 */

/* Nested comments go from the inside out; what has no partner stays. */
static void remove_comments(struct arena *arena, struct str text, struct buf *out)
{
	struct {
		VEC_OF(, size_t) at;
	} open = {{NULL, 0, 0}};

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == ')' && open.at.n > 0) {
			buf_truncate(out, open.at.items[--open.at.n]);
			continue;
		}
		if (text.ptr[i] == '(')
			vec_push(arena, &open.at, out->len);
		buf_add_char(out, text.ptr[i]);
	}
}

static struct str collapse_blanks(struct arena *arena, struct str text)
{
	struct buf out;
	struct str word;

	buf_init(&out, arena);
	while (str_word_next(&text, &word)) {
		if (out.len > 0)
			buf_add_char(&out, ' ');
		buf_add_str(&out, word);
	}
	return buf_str(&out);
}

static struct str between_angles(struct str text)
{
	size_t open = str_find_char(text, '<');
	struct str rest = open == STR_NOT_FOUND ? STR_NONE : str_from_at(text, open + 1);
	size_t close = str_find_char(rest, '>');

	return close == STR_NOT_FOUND ? text : str_sub(rest, 0, close);
}

struct str journal_message_id(struct arena *arena, struct str raw)
{
	struct buf plain, out;

	buf_init(&plain, arena);
	remove_comments(arena, raw, &plain);
	struct str id = between_angles(collapse_blanks(arena, buf_str(&plain)));
	if (id.len == 0)
		return STR_NONE;
	buf_init(&out, arena);
	buf_add_char(&out, '<');
	for (size_t i = 0; i < id.len; i++) {
		char c = id.ptr[i];
		buf_add_char(&out, c > ' ' && c < 0x7f && c != '<' && c != '>' ? c : '?');
	}
	buf_add_char(&out, '>');
	return buf_str(&out);
}

static struct str id_of(struct arena *arena, const struct message *message, const char *name)
{
	const struct header_index *index = headers_find(message->headers, str_from(name));

	if (!index || index->at.n == 0)
		return STR_NONE;
	return journal_message_id(
		arena, message->headers->list.items[index->at.items[index->at.n - 1]].raw);
}

/* As one word of the result line. */
static struct str as_word(struct arena *arena, struct str id)
{
	char *copy = arena_cstr(arena, id);

	for (size_t i = 0; i < id.len; i++) {
		if ((unsigned char)copy[i] <= ' ' || copy[i] == ',')
			copy[i] = '_';
	}
	return str_make(copy, id.len);
}

static struct str or_unknown(struct str id)
{
	return id.len > 0 ? id : STR_LIT("(unknown)");
}

/* --- lines -------------------------------------------------------------------------------------
 */

void journal_begin(struct session *session, const struct message *message)
{
	struct str id = or_unknown(id_of(session->scan, message, "Message-Id"));
	struct str resent = id_of(session->scan, message, "Resent-Message-Id");

	snprintf(session->service->message_id, sizeof session->service->message_id, "%.*s",
		 STR_ARG(id));
	log_info("spamd: %s message %.*s%s%.*s for %s:%d",
		 session->request.verb == WIRE_VERB_PROCESS ? "processing" : "checking",
		 STR_ARG(id), resent.len > 0 ? " aka " : "", STR_ARG(resent), session->user,
		 (int)session->runs_as);
}

static void log_summary(const struct session *session, const struct verdict *verdict)
{
	struct arena *arena = session->scan;
	struct str score = verdict_score_text(arena, verdict);
	struct str required = verdict_required_text(arena, verdict);
	char seconds[NUMBER_FIXED_BYTES];

	number_format_fixed(session_elapsed_s(session), 1, seconds);
	log_info("spamd: %s (%.*s/%.*s) for %s:%d in %s seconds, %llu bytes.",
		 verdict->is_spam ? "identified spam" : "clean message", STR_ARG(score),
		 STR_ARG(required), session->user, (int)session->runs_as, seconds,
		 (unsigned long long)session->body_bytes);
}

void journal_result(const struct session *session, const struct verdict *verdict)
{
	struct arena *arena = session->scan;
	const struct message *message = scan_mail(verdict->scan)->message;
	struct str id = as_word(arena, or_unknown(id_of(arena, message, "Message-Id")));
	struct str resent = as_word(arena, id_of(arena, message, "Resent-Message-Id"));
	const struct str_vec *items = scan_log_items(verdict->scan);
	struct str more = str_vec_join(arena, items, ",");
	struct str tests = verdict_tests(arena, verdict, ",");
	struct str required = verdict_required_text(arena, verdict);
	char seconds[NUMBER_FIXED_BYTES];

	log_summary(session, verdict);
	number_format_fixed(session_elapsed_s(session), 1, seconds);
	log_info("spamd: result: %s %2d - %.*s scantime=%s,size=%llu,user=%s,uid=%d,"
		 "required_score=%.*s,rhost=%s,raddr=%s,rport=%.*s,mid=%.*s%s%.*s,autolearn=%.*s"
		 "%s%.*s",
		 verdict->is_spam ? "Y" : ".", (int)verdict->points, STR_ARG(tests), seconds,
		 (unsigned long long)session->body_bytes, session->user, (int)session->runs_as,
		 STR_ARG(required), session->client_host, session->conn->peer_ip,
		 STR_ARG(session->client_port), STR_ARG(id), resent.len > 0 ? ",rmid=" : "",
		 STR_ARG(resent), STR_ARG(verdict->autolearn), items->n ? "," : "", STR_ARG(more));
}
