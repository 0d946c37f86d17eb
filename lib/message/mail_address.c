/*
 * mail_address: all senders and all recipients that a message names (PerMsgStatus.pm
 * all_from_addrs, all_from_addrs_domains, all_to_addrs).
 */
#include "lib/base/buf.h"
#include "lib/message/header_cache.h"
#include "lib/message/uri_host.h"

enum { RECEIVED_LINES_READ = 3 };

static void add_once(struct arena *scan, struct map *seen, struct str value, struct str_vec *out)
{
	if (map_put(seen, value, out))
		vec_push(scan, out, value);
}

static void add_header(struct arena *scan, const struct mail *mail, const char *spec,
		       struct map *seen, struct str_vec *out)
{
	const struct str_vec *found = mail_header_all_c(scan, mail, spec);

	for (size_t i = 0; i < found->n; i++)
		add_once(scan, seen, found->items[i], out);
}

/* "a@b...c" is meant to be a@b.c */
static struct str single_dots(struct arena *scan, struct str s)
{
	struct buf out;

	buf_init(&out, scan);
	for (size_t i = 0; i < s.len; i++)
		if (i == 0 || s.ptr[i] != '.' || s.ptr[i - 1] != '.')
			buf_add_char(&out, s.ptr[i]);
	return buf_str(&out);
}

static void find_from_addresses(struct arena *scan, const struct mail *mail, struct str_vec *out)
{
	static const char *const specs[] = {"From:addr", "Envelope-Sender:addr",
					    "Resent-Sender:addr", "X-Envelope-From:addr",
					    "EnvelopeFrom:addr"};
	struct map *seen = map_new(scan);

	add_header(scan, mail, "Resent-From:first:addr", seen, out);
	if (mail_header_all_c(scan, mail, "Resent-From:first:addr")->n > 0)
		return;
	for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
		const struct str_vec *found = mail_header_all_c(scan, mail, specs[i]);
		for (size_t j = 0; j < found->n; j++)
			if (found->items[j].len > 0)
				add_once(scan, seen, single_dots(scan, found->items[j]), out);
	}
}

/* Found once for each mail, and again when headers are no longer the same. */
static void add_found(struct arena *scan, const struct mail *mail, enum header_list list,
		      void (*find)(struct arena *, const struct mail *, struct str_vec *),
		      struct str_vec *out)
{
	struct str_vec **found = header_cache_list(mail->header_cache, list);

	if (!*found) {
		*found = ARENA_NEW(scan, struct str_vec);
		find(scan, mail, *found);
	}
	for (size_t i = 0; i < (*found)->n; i++)
		vec_push(scan, out, (*found)->items[i]);
}

void mail_from_addresses(struct arena *scan, const struct mail *mail, struct str_vec *out)
{
	add_found(scan, mail, HEADER_LIST_FROM, find_from_addresses, out);
}

void mail_from_domains(struct arena *scan, const struct mail *mail, struct str_vec *out)
{
	struct str_vec addresses = {0};
	struct map *seen = map_new_ci(scan);
	struct str domain, host;

	mail_from_addresses(scan, mail, &addresses);
	for (size_t i = 0; i < addresses.n; i++) {
		if (!uri_to_domain(scan, mail->registry, addresses.items[i], &domain, &host))
			continue;
		if (map_put(seen, domain, out))
			vec_push(scan, out, arena_printf(scan, "dummy@%.*s", STR_ARG(domain)));
	}
}

/* Where a word ends that begins at the offset. */
static size_t word_end(struct str s, size_t at)
{
	while (at < s.len && !ascii_is_space((unsigned char)s.ptr[at]))
		at++;
	return at;
}

/*
 * The recipient in " for <user@host>;" or " for user@host;" at the offset (behind " for "): the
 * user part up to the last "@" from which the shape still holds, the host up to the next ";".
 */
static bool recipient_at(struct str line, size_t at, struct str *address_out, struct str *host_out)
{
	size_t from = at, end = word_end(line, at);

	if (at + 1 < end && line.ptr[at] == '<' && line.ptr[at + 1] != '@')
		from++;

	for (size_t i = end; i-- > from + 1;) {
		if (line.ptr[i] != '@')
			continue;
		for (size_t j = i + 2; j < end; j++) {
			bool closes = line.ptr[j] == '>' && j + 1 < end && line.ptr[j + 1] == ';';
			if (line.ptr[j] != ';' && !closes)
				continue;
			*address_out = str_sub(line, from, j - from);
			*host_out = str_sub(line, i + 1, j - i - 1);
			return true;
		}
	}
	return false;
}

/* Sendmail leaves the recipient nowhere else. */
static void add_received_recipients(struct arena *scan, const struct mail *mail, struct map *seen,
				    struct str_vec *out)
{
	const struct str mark = STR_LIT(" for ");
	const struct str_vec *received = mail_header_all_c(scan, mail, "Received");

	for (size_t i = 0; i < received->n && i < RECEIVED_LINES_READ; i++) {
		struct str line = received->items[i], address, host;
		for (size_t at = 0, found; at < line.len; at += found + 1) {
			found = str_find(str_from_at(line, at), mark);
			if (found == STR_NOT_FOUND)
				break;
			if (!recipient_at(line, at + found + mark.len, &address, &host))
				continue;
			if (uri_host_is_fqdn(uri_host_ascii(scan, mail->registry, host)))
				add_once(scan, seen, address, out);
			break;
		}
	}
}

static void find_to_addresses(struct arena *scan, const struct mail *mail, struct str_vec *out)
{
	static const char *const specs[] = {
		"To:addr",
		"Apparently-To:addr",
		"Delivered-To:addr",
		"Envelope-Recipients:addr",
		"Apparently-Resent-To:addr",
		"X-Envelope-To:addr",
		"Envelope-To:addr",
		"X-Delivered-To:addr",
		"X-Original-To:addr",
		"X-Rcpt-To:addr",
		"X-Real-To:addr",
		"Cc:addr",
	};
	struct map *seen = map_new(scan);

	add_header(scan, mail, "Resent-To:first:addr", seen, out);
	add_header(scan, mail, "Resent-Cc:first:addr", seen, out);
	if (map_count(seen) > 0)
		return;
	add_received_recipients(scan, mail, seen, out);
	for (size_t i = 0; i < sizeof specs / sizeof *specs; i++)
		add_header(scan, mail, specs[i], seen, out);
}

void mail_to_addresses(struct arena *scan, const struct mail *mail, struct str_vec *out)
{
	add_found(scan, mail, HEADER_LIST_TO, find_to_addresses, out);
}
