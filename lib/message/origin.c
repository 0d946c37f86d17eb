/* origin: see origin.h. */
#include "lib/message/origin.h"

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/digest.h"
#include "lib/base/regex.h"

/* --- id by contents --------------------------------------------------------------------------- */

static struct str without_cr(struct arena *arena, struct str text)
{
	char *out = arena_alloc(arena, text.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] != '\r' || i + 1 == text.len || text.ptr[i + 1] != '\n')
			out[n++] = text.ptr[i];
	return str_make(out, n);
}

static void add_header_line(struct buf *out, const struct message *message, const char *name)
{
	struct str value = headers_last(message->headers, name);

	if (!value.ptr)
		return;
	buf_add_str(out, value);
	buf_add_char(out, '\n');
}

struct str message_generated_id(struct arena *arena, const struct message *message)
{
	struct str body = message->pristine_body;
	char digest[2 * DIGEST_MAX_BYTES + 1];
	struct buf text;

	if (message->line_end[0] == '\r')
		body = without_cr(arena, body);
	digest_hex(DIGEST_SHA1, body, digest);
	buf_init(&text, arena);
	add_header_line(&text, message, "To");
	buf_add_char(&text, 0);
	add_header_line(&text, message, "Date");
	buf_add_char(&text, 0);
	buf_add_cstr(&text, digest);
	digest_hex(DIGEST_SHA1, buf_str(&text), digest);
	return arena_printf(arena, "%s@sa_generated", digest);
}

/* --- time of arrival -------------------------------------------------------------------------- */

struct origin_patterns {
	struct regex *local_hop, *fetchmail_hop, *zone;
};

const struct origin_patterns *origin_patterns_new(struct arena *keep)
{
	struct origin_patterns *patterns = ARENA_NEW(keep, struct origin_patterns);

	patterns->local_hop = regex_must(
		keep,
		"qmail \\d+ invoked by uid \\d+|\\bfrom (?:localhost\\s|(?:\\S+ ){1,2}\\S*"
		"\\b127\\.0\\.0\\.1\\b)",
		0);
	patterns->fetchmail_hop =
		regex_must(keep, "\\bby localhost with \\w+ \\(fetchmail-[\\d.]+", 0);
	patterns->zone = regex_must(keep, "[-+]\\d{4}|\\b[A-Z]{2,4}\\b", 0);
	return patterns;
}

static bool first_date(const struct str_vec *texts, size_t from, int64_t *out)
{
	for (size_t i = from; i < texts->n; i++)
		if (date_parse(texts->items[i], out) && *out != 0)
			return true;
	return false;
}

static bool one_date(struct str text, int64_t *out)
{
	return date_parse(text, out) && *out != 0;
}

/* Values of the fields called name, for one date after the other. */
static void values_of(struct arena *scan, const struct str_vec *lines, const char *name,
		      struct str_vec *out)
{
	for (size_t i = 0; i < lines->n; i++)
		if (str_has_prefix_ci(lines->items[i], name))
			vec_push(scan, out, str_from_at(lines->items[i], strlen(name)));
}

/* "From address date" of a mailbox; its time is local when it names no zone. */
static bool mailbox_date(struct arena *scan, const struct origin_patterns *patterns,
			 struct str line, int64_t *out)
{
	time_t now = time(NULL);
	struct tm tm;
	long minutes;

	if (!line.len)
		return false;
	line = str_trim(str_from_at(line, sizeof "From " - 1));
	if (regex_test(patterns->zone, line) || !localtime_r(&now, &tm))
		return one_date(line, out);
	minutes = tm.tm_gmtoff / 60;
	return one_date(arena_printf(scan, "%.*s %+03ld%02ld", STR_ARG(line), minutes / 60,
				     minutes < 0 ? -minutes % 60 : minutes % 60),
			out);
}

static bool received_date(const struct origin_patterns *patterns, struct str_vec *received,
			  int64_t *out)
{
	struct str local = STR_NONE;
	size_t first = 0;

	if (received->n && regex_test(patterns->local_hop, received->items[0]))
		local = received->items[first++];
	if (first < received->n && regex_test(patterns->fetchmail_hop, received->items[first]))
		first++;
	else if (first) {
		local = STR_NONE;
		first = 0;
	}
	if (first < received->n && one_date(received->items[first++], out))
		return true;
	/* What is left is for the caller, behind the mailbox line. */
	if (local.ptr && one_date(local, out))
		return true;
	received->items += first;
	received->n -= first;
	return false;
}

int64_t mail_received_at_s(struct arena *scan, const struct origin_patterns *patterns,
			   const struct mail *mail)
{
	const struct str_vec *lines = mail_header_all_c(scan, mail, "ALL");
	struct str_vec received = {0}, resent = {0}, dates = {0};
	int64_t at = 0;

	values_of(scan, lines, "Received:", &received);
	if (received_date(patterns, &received, &at) ||
	    mailbox_date(scan, patterns, mail->message->mbox_line, &at) ||
	    first_date(&received, 0, &at))
		return at;
	values_of(scan, lines, "Resent-Date:", &resent);
	values_of(scan, lines, "Date:", &dates);
	if ((resent.n && one_date(resent.items[0], &at)) ||
	    (dates.n && one_date(dates.items[0], &at)))
		return at;
	return clock_wall_s();
}
