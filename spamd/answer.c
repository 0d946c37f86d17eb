/* answer: see answer.h. */
#include "spamd/answer.h"

#include "lib/wire/reply.h"
#include "spamd/report.h"
#include "spamd/rewrite.h"

/* Versions from which on a reply's fields exist. */
#define VERSION_LENGTH     1.2 /* Content-length of PROCESS and HEADERS */
#define VERSION_ALL_FIELDS 1.3 /* Content-length and Spam together */

static void add_spam(struct buf *out, struct arena *arena, const struct wire_request *request,
		     const struct verdict *verdict)
{
	static const char *const words[2][2] = {{"False", "True"}, {"No", "Yes"}};

	wire_reply_spam(out, words[request->verb == WIRE_VERB_REPORT_IFSPAM][verdict->is_spam],
			verdict_score_text(arena, verdict), verdict_required_text(arena, verdict));
}

/* PROCESS, HEADERS. The oldest clients know no fields, not even the empty line behind them. */
static void add_mail(struct buf *out, struct arena *arena, const struct wire_request *request,
		     const struct verdict *verdict, struct str mail)
{
	bool has_fields = request->version >= VERSION_LENGTH;

	wire_reply_ok(out, has_fields ? "1.1" : "1.0");
	if (has_fields)
		wire_reply_length(out, mail.len);
	if (request->version >= VERSION_ALL_FIELDS)
		add_spam(out, arena, request, verdict);
	if (has_fields)
		wire_reply_end(out);
	buf_add_str(out, mail);
}

/* SYMBOLS, REPORT, REPORT_IFSPAM. */
static void add_text(struct buf *out, struct arena *arena, const struct wire_request *request,
		     const struct verdict *verdict, struct str text)
{
	wire_reply_ok(out, "1.1");
	if (request->version >= VERSION_ALL_FIELDS)
		wire_reply_length(out, text.len);
	add_spam(out, arena, request, verdict);
	wire_reply_end(out);
	buf_add_str(out, text);
}

static struct str symbols(struct arena *arena, const struct wire_request *request,
			  const struct verdict *verdict)
{
	struct str names = verdict_tests(arena, verdict, ",");

	return request->version < VERSION_ALL_FIELDS
		       ? arena_printf(arena, "%.*s\r\n", STR_ARG(names))
		       : names;
}

struct str answer_make(struct arena *arena, const struct wire_request *request,
		       const struct verdict *verdict)
{
	struct buf out;

	buf_init(&out, arena);
	switch (request->verb) {
	case WIRE_VERB_PROCESS:
		add_mail(&out, arena, request, verdict, rewrite_message(arena, verdict));
		break;
	case WIRE_VERB_HEADERS:
		add_mail(&out, arena, request, verdict, rewrite_headers(arena, verdict));
		break;
	case WIRE_VERB_SYMBOLS:
		add_text(&out, arena, request, verdict, symbols(arena, request, verdict));
		break;
	case WIRE_VERB_REPORT:
		add_text(&out, arena, request, verdict, report_make(arena, verdict));
		break;
	case WIRE_VERB_REPORT_IFSPAM:
		add_text(&out, arena, request, verdict,
			 verdict->is_spam ? report_make(arena, verdict) : STR_NONE);
		break;
	default: /* CHECK: the score and nothing else, whatever the version */
		wire_reply_ok(&out, "1.1");
		add_spam(&out, arena, request, verdict);
		wire_reply_end(&out);
		break;
	}
	return buf_str(&out);
}
