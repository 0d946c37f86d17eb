/*
 * envelope: who the sender in the SMTP dialogue was, as far as the message tells
 * (PerMsgStatus.pm get_envelope_from).
 */
#include "lib/message/mail.h"

/* The address in the topmost header of that name; false when there is none. */
static bool first_address(struct arena *scan, const struct mail *mail, struct str name,
			  struct str *out)
{
	struct header_spec spec;
	const struct str_vec *found;

	if (header_spec_parse(scan, name, &spec, NULL) != STATUS_OK)
		return false;
	spec.mods |= HEADER_FIRST | HEADER_ADDR;
	found = mail_header_all(scan, mail, &spec);
	if (found->n == 0)
		return false;
	*out = found->items[0].ptr ? found->items[0] : STR_LIT("");
	return true;
}

/* An address, or the null sender. */
static bool is_envelope_address(struct str s)
{
	size_t at = str_find_char(s, '@');

	return s.len == 0 || (at != STR_NOT_FOUND && at > 0);
}

/* The hand-over to the trusted hosts; when all are trusted, the oldest one. */
static const struct relay *last_hop(const struct relays *relays)
{
	if (relays->untrusted.n > 0)
		return relays->untrusted.items[0];
	return relays->trusted.n > 0 ? relays->trusted.items[relays->trusted.n - 1] : NULL;
}

/* Mailing lists leave X-Sender, and fetchmail takes that for the sender: then no header can be
 * believed. */
static bool is_spoilt_by_fetchmail(struct arena *scan, const struct mail *mail)
{
	const struct str_vec *received;
	struct str x_sender;

	if (!first_address(scan, mail, STR_LIT("X-Sender"), &x_sender) ||
	    str_find_char(x_sender, '@') == STR_NOT_FOUND)
		return false;
	received = mail_header_all_c(scan, mail, "Received");
	for (size_t i = 0; i < received->n; i++)
		if (str_contains(received->items[i], "(fetchmail"))
			return true;
	return false;
}

/* A header below a Received line was not written at the final delivery. */
static bool is_below_received(struct arena *scan, const struct mail *mail, const char *name)
{
	struct str rest = mail_header_c(scan, mail, "ALL"), line = STR_NONE;
	size_t len = strlen(name);
	bool received = false;

	while (str_line_next(&rest, &line)) {
		if (received && str_has_prefix_ci(line, name) && line.len > len &&
		    line.ptr[len] == ':')
			return true;
		received = received || str_has_prefix_ci(line, "Received:");
	}
	return false;
}

bool envelope_from_find(struct arena *scan, const struct mail *mail, struct str *address_out)
{
	static const char *const names[] = {"X-Envelope-From", "Envelope-Sender", "Return-Path"};
	struct str configured = mail->trust->envelope_sender_header;
	const struct relay *hop = last_hop(mail->relays);

	if (configured.len)
		return first_address(scan, mail, configured, address_out) &&
		       is_envelope_address(*address_out);
	if (hop && hop->envfrom.ptr && is_envelope_address(hop->envfrom)) {
		*address_out = hop->envfrom;
		return true;
	}
	if (is_spoilt_by_fetchmail(scan, mail))
		return false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (!first_address(scan, mail, str_from(names[i]), address_out))
			continue;
		if (!is_below_received(scan, mail, names[i]))
			return true;
		if (i == 0) /* the first of them says that nobody can be believed */
			return false;
	}
	return false;
}
