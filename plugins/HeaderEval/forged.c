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

/* --- MSN groups --- */

/* A pattern made of a list's or server's name, which Perl does not quote; -1 when it is none. */
static int finds_named(struct scan *scan, const char *before, struct str name, const char *behind,
		       struct str text)
{
	struct regex *regex;
	struct why why;

	if (regex_compile(scan_arena(scan),
			  arena_printf(scan_arena(scan), "%s%.*s%s", before, STR_ARG(name), behind),
			  0, &regex, &why) != STATUS_OK)
		return -1;
	return regex_test(regex, text);
}

/* -1 when the list's name breaks the pattern it goes into, on which the function dies in Perl */
static int msn_groups(struct scan *scan, const struct eval_call *call)
{
	struct regex_match list, server;
	struct str id = scan_header(scan, "Message-Id");
	int found;

	if (!headereval_finds(scan, call, PATTERN_MSN_TO, scan_header(scan, "To"), &list) ||
	    !headereval_finds(scan, call, PATTERN_MSN_RECEIVED, scan_header(scan, "Received"),
			      &server))
		return 0;
	if (str_eq_c(list.group[1], "notifications"))
		return finds_named(scan, "^<\\S+@", server.group[1], ">", id);
	found = finds_named(scan, "^<", list.group[1], "-\\S+@groups\\.msn\\.com>", id);
	return found == 1 ? finds_named(scan, "", list.group[1], "-bounce@groups\\.msn\\.com",
					scan_header(scan, "EnvelopeFrom:addr"))
			  : found;
}

int headereval_msn_groups(struct scan *scan, const struct eval_call *call)
{
	return msn_groups(scan, call) == 1;
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
	    msn_groups(scan, call) || headereval_is_gated(scan, call) ||
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
