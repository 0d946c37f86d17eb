/* Date against Received (HeaderEval.pm _check_date_diff and neighbours). */
#include <stdlib.h>

#include "lib/base/clock.h"
#include "plugins/HeaderEval/headereval.h"

enum { YEAR_S = 31556952, OUTLOOK_FUDGE = 250, RECEIVED_MAX = 1000 };

/* Resent-Date goes before Date; the first value that is a date counts. */
static void find_date_header(struct scan *scan, struct headereval_facts *facts)
{
	static const char *const names[] = {"Resent-Date", "Date"};
	const struct headers *headers = scan_mail(scan)->message->headers;

	facts->has_date_header = true;
	for (size_t n = 0; n < 2 && !facts->date_header_known; n++) {
		const struct header_index *index = headers_find(headers, str_from(names[n]));

		for (size_t i = 0; index && i < index->at.n && !facts->date_header_known; i++)
			facts->date_header_known =
				date_parse(headers->list.items[index->at.items[i]].decoded,
					   &facts->date_header);
	}
}

static bool hop_time(struct scan *scan, const struct eval_call *call, struct str line,
		     int64_t *time_out)
{
	struct regex_match match;

	return headereval_finds(scan, call, PATTERN_DATE, line, &match) &&
	       date_parse(match.group[1], time_out);
}

/* The local deliveries on top, when fetchmail brought the mail, are not hops. */
static size_t skip_fetchmail(struct scan *scan, const struct eval_call *call,
			     const struct str_vec *lines)
{
	size_t local = headereval_finds(scan, call, PATTERN_LOCAL_HOP, lines->items[0], NULL) ||
		       headereval_finds(scan, call, PATTERN_QMAIL_UID, lines->items[0], NULL);

	if (local < lines->n &&
	    headereval_finds(scan, call, PATTERN_FETCHMAIL, lines->items[local], NULL))
		return local + 1;
	return 0;
}

static void note_fetchmail(struct scan *scan, const struct eval_call *call,
			   struct headereval_facts *facts, struct str line)
{
	int64_t time;

	if (!hop_time(scan, call, line, &time) || time > clock_wall_s())
		return;
	if (!facts->fetchmail_known || time > facts->fetchmail)
		facts->fetchmail = time;
	facts->fetchmail_known = true;
}

static void find_received(struct scan *scan, const struct eval_call *call,
			  struct headereval_facts *facts)
{
	struct str rest = scan_header(scan, "Received"), line;
	struct str_vec lines = {0};
	size_t first;

	facts->has_received = true;
	while (lines.n < RECEIVED_MAX && str_line_next(&rest, &line))
		if (str_trim(line).len)
			vec_push(scan_arena(scan), &lines, line);
	if (lines.n == 0)
		return;
	facts->received = ARENA_ARRAY(scan_arena(scan), int64_t, lines.n);
	first = skip_fetchmail(scan, call, &lines);
	for (size_t i = 0; i < first; i++)
		note_fetchmail(scan, call, facts, lines.items[i]);
	for (size_t i = first; i < lines.n; i++)
		if (hop_time(scan, call, lines.items[i], &facts->received[facts->n_received]))
			facts->n_received++;
}

/* Date minus the hop that is nearest to it. */
static void find_difference(struct headereval_facts *facts)
{
	size_t n = facts->n_received;

	facts->has_diff = true;
	if (!facts->date_header_known || n == 0)
		return;
	/* A first hop without any difference set the Date itself */
	if (n > 1 && facts->received[n - 1] == facts->date_header)
		n--;
	facts->date_diff = facts->date_header - facts->received[0];
	for (size_t i = 1; i < n; i++) {
		int64_t diff = facts->date_header - facts->received[i];

		if (llabs(diff) < llabs(facts->date_diff))
			facts->date_diff = diff;
	}
}

static const struct headereval_facts *dates_of(struct scan *scan, const struct eval_call *call)
{
	struct headereval_facts *facts = headereval_facts(scan, call);

	if (!facts->has_date_header)
		find_date_header(scan, facts);
	if (!facts->has_received)
		find_received(scan, call, facts);
	if (!facts->has_diff)
		find_difference(facts);
	return facts;
}

/* 'undef' is no bound, nothing is 0; the others are in units of unit_s. */
static bool within(const struct eval_call *call, double value_s, double unit_s)
{
	return (arg_is_undef(call, 0) || value_s >= unit_s * arg_number(call, 0)) &&
	       (arg_is_undef(call, 1) || value_s < unit_s * arg_number(call, 1));
}

int headereval_shifted_date(struct scan *scan, const struct eval_call *call)
{
	return within(call, (double)dates_of(scan, call)->date_diff, 3600);
}

static int newest_first(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* The median of what the headers say. */
static int64_t date_received(const struct headereval_facts *facts)
{
	int64_t dates[4];
	size_t n = 0;

	if (facts->date_header_known)
		dates[n++] = facts->date_header;
	if (facts->n_received)
		dates[n++] = facts->received[0];
	if (facts->fetchmail_known)
		dates[n++] = facts->fetchmail;
	if (facts->date_header_known && facts->n_received)
		dates[n++] = facts->date_header - facts->date_diff;
	if (n == 0)
		return 0;
	qsort(dates, n, sizeof *dates, newest_first);
	return dates[(n - 1) / 2];
}

int headereval_received_within_months(struct scan *scan, const struct eval_call *call)
{
	int64_t age_s = clock_wall_s() - date_received(dates_of(scan, call));

	/* Here nothing is no bound either */
	return (!arg_is_set(call, 0) || arg_is_undef(call, 0) ||
		(double)age_s >= YEAR_S / 12.0 * arg_number(call, 0)) &&
	       (!arg_is_set(call, 1) || arg_is_undef(call, 1) ||
		(double)age_s < YEAR_S / 12.0 * arg_number(call, 1));
}

/* Outlook writes half of a FILETIME into its Message-ID. */
static double outlook_time(struct str text)
{
	int64_t time = 0;

	if (!date_parse(text, &time))
		time = 0;
	return (double)(int64_t)((double)time * 0.0023283064365387 + 27111902.8329849);
}

int headereval_outlook_message_id(struct scan *scan, const struct eval_call *call)
{
	struct regex_match match;
	uint64_t token = 0;
	double difference;

	if (!headereval_finds(scan, call, PATTERN_OUTLOOK_ID, scan_header(scan, "MESSAGEID"),
			      &match))
		return 0;
	number_hex(match.group[1], &token);
	difference = (double)token - outlook_time(scan_header(scan, "Date"));
	if (difference < OUTLOOK_FUDGE && difference > -OUTLOOK_FUDGE)
		return 0;
	difference = (double)token - outlook_time(scan_header(scan, "Received"));
	return difference >= OUTLOOK_FUDGE || difference <= -OUTLOOK_FUDGE;
}
