/* Received lines that do not look as the big providers' do (HeaderEval.pm check_for_forged_*). */
#include "plugins/HeaderEval/headereval.h"

enum { GMAIL_STATE_MIN_BYTES = 60 };

static bool finds(struct scan *scan, const struct eval_call *call, enum header_pattern pattern,
		  struct str text)
{
	return headereval_finds(scan, call, pattern, text, NULL);
}

int headereval_fake_aol(struct scan *scan, const struct eval_call *call)
{
	struct str received = headereval_squeeze(scan, scan_header(scan, "Received"));

	return finds(scan, call, PATTERN_AOL_RELAY, received) &&
	       !finds(scan, call, PATTERN_AOL_VERSION, received) &&
	       !finds(scan, call, PATTERN_AOL_ID, received);
}

/* --- Hotmail --- */

static bool is_hotmail_hop(struct scan *scan, const struct eval_call *call, struct str received)
{
	bool ip = finds(scan, call, PATTERN_IP, scan_header(scan, "X-Originating-Ip"));
	bool originator =
		finds(scan, call, PATTERN_ORIGINATOR, scan_header(scan, "X-OriginatorOrg"));

	if (ip && (finds(scan, call, PATTERN_HOTMAIL_REAL, received) ||
		   finds(scan, call, PATTERN_HOTMAIL_BRACKET, received) ||
		   finds(scan, call, PATTERN_HOTMAIL_HTTP, received) ||
		   finds(scan, call, PATTERN_HOTMAIL_YAHOO, received)))
		return true;
	return originator && (finds(scan, call, PATTERN_OUTLOOK_OUTBOUND, received) ||
			      finds(scan, call, PATTERN_OUTLOOK_PROD, received));
}

static const struct headereval_facts *hotmail_of(struct scan *scan, const struct eval_call *call)
{
	struct headereval_facts *facts = headereval_facts(scan, call);
	struct str received;

	if (facts->has_hotmail)
		return facts;
	facts->has_hotmail = true;
	received = headereval_squeeze(scan, scan_header(scan, "Received"));
	if (str_contains(received,
			 "from mail pickup service by hotmail.com with Microsoft SMTPSVC;") ||
	    headereval_msn_groups(scan, call) || headereval_is_gated(scan, call) ||
	    is_hotmail_hop(scan, call, received))
		return facts;
	if (finds(scan, call, PATTERN_HOTMAIL_CLAIM, received))
		facts->hotmail_forged = true;
	else
		facts->hotmail_missing =
			finds(scan, call, PATTERN_HOTMAIL_FROM, scan_header(scan, "From:addr"));
	return facts;
}

int headereval_forged_hotmail(struct scan *scan, const struct eval_call *call)
{
	return hotmail_of(scan, call)->hotmail_forged;
}

int headereval_no_hotmail(struct scan *scan, const struct eval_call *call)
{
	return hotmail_of(scan, call)->hotmail_missing;
}

/* "<" name behind, then at least one more character before "@" host ">" */
static bool id_is_from(struct str id, struct str name, const char *separator, const char *host)
{
	size_t at;

	if (!str_has_prefix(id, "<") || !str_eq(str_sub(id, 1, name.len), name))
		return false;
	id = str_from_at(id, 1 + name.len);
	if (!str_has_prefix(id, separator))
		return false;
	id = str_from_at(id, strlen(separator));
	at = str_find(id, str_from(host));
	if (at == STR_NOT_FOUND || at == 0)
		return false;
	for (size_t i = 0; i < at; i++)
		if (ascii_is_space((unsigned char)id.ptr[i]))
			return false;
	return true;
}

int headereval_msn_groups(struct scan *scan, const struct eval_call *call)
{
	struct regex_match list, server;
	struct str id = scan_header(scan, "Message-Id"), bounce;

	if (!headereval_finds(scan, call, PATTERN_MSN_TO, scan_header(scan, "To"), &list) ||
	    !headereval_finds(scan, call, PATTERN_MSN_RECEIVED, scan_header(scan, "Received"),
			      &server))
		return 0;
	if (str_eq_c(list.group[1], "notifications")) {
		struct str host =
			arena_printf(scan_arena(scan), "@%.*s>", STR_ARG(server.group[1]));

		return id_is_from(id, STR_LIT(""), "", host.ptr);
	}
	bounce = arena_printf(scan_arena(scan), "%.*s-bounce@groups.msn.com",
			      STR_ARG(list.group[1]));
	return id_is_from(id, list.group[1], "-", "@groups.msn.com>") &&
	       str_find(scan_header(scan, "EnvelopeFrom:addr"), bounce) != STR_NOT_FOUND;
}

/* --- others --- */

int headereval_forged_eudoramail(struct scan *scan, const struct eval_call *call)
{
	struct str received = headereval_squeeze(scan, scan_header(scan, "Received"));

	if (!finds(scan, call, PATTERN_EUDORA_FROM, scan_header(scan, "From:addr")) ||
	    headereval_is_gated(scan, call))
		return 0;
	return !(finds(scan, call, PATTERN_WHOWHERE, received) &&
		 finds(scan, call, PATTERN_IP, scan_header(scan, "X-Sender-Ip")));
}

static bool is_yahoo_hop(struct scan *scan, const struct eval_call *call, struct str received,
			 struct str from)
{
	static const enum header_pattern known[] = {PATTERN_YAHOO_WEB, PATTERN_YAHOO_SONIC,
						    PATTERN_YAHOO_SMTP, PATTERN_YAHOO_NNFMP,
						    PATTERN_YAHOO_VERSION};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (finds(scan, call, known[i], received))
			return true;
	return finds(scan, call, PATTERN_YAHOO_BULK, received) &&
	       finds(scan, call, PATTERN_YAHOO_REPLY, from);
}

int headereval_forged_yahoo(struct scan *scan, const struct eval_call *call)
{
	const struct relays *relays = scan_mail(scan)->relays;
	struct str from = scan_header(scan, "From:addr"), received = scan_header(scan, "Received"),
		   forwarded;

	if (!finds(scan, call, PATTERN_YAHOO_FROM, from))
		return 0;
	if (scan_header(scan, "Resent-From").len && scan_header(scan, "Resent-To").len) {
		forwarded = scan_header(scan, "X-Received");
		if (forwarded.len)
			received = forwarded;
	}
	if (headereval_is_gated(scan, call) ||
	    finds(scan, call, PATTERN_YAHOO_TRUSTED, relays->trusted_text) ||
	    finds(scan, call, PATTERN_YAHOO_UNTRUSTED, relays->untrusted_text))
		return 0;
	return !is_yahoo_hop(scan, call, headereval_squeeze(scan, received), from);
}

int headereval_forged_juno(struct scan *scan, const struct eval_call *call)
{
	struct str origin = scan_header(scan, "X-Originating-IP"),
		   mailer = scan_header(scan, "X-Mailer");
	struct str received = scan_header(scan, "Received");

	if (!finds(scan, call, PATTERN_JUNO_FROM, scan_header(scan, "From:addr")) ||
	    headereval_is_gated(scan, call))
		return 0;
	if (origin.len) {
		if (!finds(scan, call, PATTERN_JUNO_RECEIVED, received) &&
		    !finds(scan, call, PATTERN_JUNO_COOKIE, received))
			return 1;
		return !str_contains(mailer, "Juno ");
	}
	/* Without an originating address nothing below can make it right (SpamAssassin asks for one
	 * again). */
	return 1;
}

int headereval_forged_gmail(struct scan *scan, const struct eval_call *call)
{
	struct str forwarded = scan_header(scan, "X-Received");

	if (!finds(scan, call, PATTERN_GMAIL_FROM, scan_header(scan, "From:addr")))
		return 0;
	if (finds(scan, call, PATTERN_GMAIL_10, forwarded) ||
	    finds(scan, call, PATTERN_GMAIL_2002, forwarded) ||
	    finds(scan, call, PATTERN_GMAIL_ESMTPSA, scan_header(scan, "Received")))
		return 0;
	return !(scan_header(scan, "X-Gm-Message-State").len >= GMAIL_STATE_MIN_BYTES &&
		 scan_header(scan, "X-Google-Smtp-Source").len >= GMAIL_STATE_MIN_BYTES);
}

int headereval_forged_gw05(struct scan *scan, const struct eval_call *call)
{
	struct regex_match match;

	return headereval_finds(scan, call, PATTERN_GW05, scan_header(scan, "Received"), &match) &&
	       str_find_char(match.group[2], '.') == STR_NOT_FOUND;
}
