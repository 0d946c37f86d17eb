/*
 * mail_all: the header section as a whole and cut at the trust boundary (PerMsgStatus.pm _get with
 * ALL, ALL-TRUSTED and the like, get_all_hdrs_in_rcvd_index_range; Node.pm get_all_headers).
 */
#include <limits.h>
#include "lib/base/buf.h"
#include "lib/message/limits.h"
#include "lib/message/mail_header.h"

static struct str header_line(struct arena *scan, const struct header *header)
{
	struct buf out;

	buf_init(&out, scan);
	buf_add_str(&out, header->name);
	buf_add_cstr(&out, ": ");
	buf_add_str(&out, header->decoded);
	buf_add_char(&out, '\n');
	return buf_str(&out);
}

/* SpamAssassin takes a header of this name out of the mail before it notes its own (Received.pm
 * parse_received_headers); of the other three, which it means to take out too, it does not. */
static bool is_taken_out(const struct header *header)
{
	return str_eq_ci_c(header->name, "X-Spam-Relays-Trusted");
}

static size_t header_bytes(const struct header *header)
{
	return header->name.len + header->decoded.len + sizeof ": \n" - 1;
}

/* Which headers are within the limit of all: counted name by name, in the order in which names
 * first appear. */
static bool *within_limit(struct arena *scan, const struct headers *headers)
{
	bool *within = ARENA_ARRAY(scan, bool, headers->list.n + 1);
	const struct map_entry *entry;
	size_t cursor = 0, total = 0;

	while (headers->index && (entry = map_next(headers->index, &cursor)) != NULL) {
		const struct header_index *index = entry->value;
		for (size_t i = 0; i < index->at.n; i++) {
			if (is_taken_out(&headers->list.items[index->at.items[i]]))
				continue;
			total += header_bytes(&headers->list.items[index->at.items[i]]);
			if (total > LIMIT_HEADERS_TOTAL_BYTES)
				return within;
			within[index->at.items[i]] = true;
		}
	}
	return within;
}

static void decoded_headers(struct arena *scan, const struct headers *headers, struct str_vec *out)
{
	const bool *within = within_limit(scan, headers);

	for (size_t i = 0; i < headers->list.n; i++)
		if (within[i])
			vec_push(scan, out, header_line(scan, &headers->list.items[i]));
}

static bool is_fold(char c)
{
	return c == ' ' || c == '\t';
}

/* Of the line end at or behind an offset; the text's length without one. */
static size_t line_end(struct str text, size_t at)
{
	size_t end = str_find_char(str_from_at(text, at), '\n');

	return end == STR_NOT_FOUND ? text.len : at + end;
}

/* A line and those behind it that begin with a blank. A line end as the first byte does not end its
 * own element. */
static void pristine_headers(struct arena *scan, struct str text, struct str_vec *out)
{
	size_t at = 0;

	while (at < text.len) {
		bool fold = is_fold(text.ptr[at]);
		size_t end = line_end(text, fold ? at : at + 1);

		while (!fold && end + 1 < text.len && is_fold(text.ptr[end + 1]))
			end = line_end(text, end + 1);
		if (end < text.len && !is_fold(text.ptr[at]))
			vec_push(scan, out, str_sub(text, at, end + 1 - at));
		at = end + 1;
	}
}

/* Decoded values may hold line ends; from here on each line counts as a header. */
static struct str_vec split_lines(struct arena *scan, const struct str_vec *headers)
{
	struct str_vec lines = {0};

	for (size_t i = 0; i < headers->n; i++) {
		struct str rest = headers->items[i];
		while (rest.len > 0) {
			size_t end = str_find_char(rest, '\n');
			size_t len = end == STR_NOT_FOUND ? rest.len : end + 1;
			vec_push(scan, &lines, str_sub(rest, 0, len));
			rest = str_from_at(rest, len);
		}
	}
	return lines;
}

/* Headers from the Received line number first up to and with that of number last; first -1: from
 * the top. */
static void between(struct arena *scan, const struct str_vec *headers, long first, long last,
		    struct str_vec *out)
{
	long received = -1;

	for (size_t i = 0; i < headers->n; i++) {
		if (str_has_prefix_ci(headers->items[i], "Received:"))
			received++;
		if (received < first)
			continue;
		vec_push(scan, out, headers->items[i]);
		if (received == last)
			return;
	}
}

void mail_all_headers(struct arena *scan, const struct mail *mail, enum header_kind kind, bool raw,
		      struct str_vec *out)
{
	/* The line of the first relay on the far side was written on the near side: it belongs to
	 * both. */
	long trusted = mail->relays->last_trusted_index + 1,
	     internal = mail->relays->last_internal_index + 1;
	struct str_vec all = {0};

	if (raw)
		pristine_headers(scan, mail->message->pristine_headers, &all);
	else
		decoded_headers(scan, mail->message->headers, &all);
	if (kind == HEADER_KIND_ALL) {
		*out = all;
		return;
	}
	if (!raw)
		all = split_lines(scan, &all);
	if (kind == HEADER_KIND_ALL_TRUSTED)
		between(scan, &all, -1, trusted, out);
	else if (kind == HEADER_KIND_ALL_INTERNAL)
		between(scan, &all, -1, internal, out);
	else if (kind == HEADER_KIND_ALL_UNTRUSTED)
		between(scan, &all, trusted, LONG_MAX, out);
	else
		between(scan, &all, internal, LONG_MAX, out);
}
