/* received_time: when a message came in: the date of the newest Received line that is not of this
 * machine itself, else of the next best. See bayes.h. */
#include "plugins/Bayes/bayes.h"

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
static bool mailbox_date(struct arena *scan, const struct token_patterns *patterns, struct str line,
			 int64_t *out)
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

static bool received_date(const struct token_patterns *patterns, struct str_vec *received,
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

int64_t bayes_received_at_s(struct arena *scan, const struct token_patterns *patterns,
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
