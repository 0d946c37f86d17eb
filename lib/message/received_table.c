/*
 * received_table: how mail programs write Received lines, as rows of shapes (see received.h). What
 * is taken from which form, and the order in which forms are tried, match SpamAssassin's
 * Message/Metadata/Received.pm (parse_received_line), faults included: a row that could never be
 * reached there still stands here, because a hand-over misread costs more than a line of table.
 *
 * Order matters throughout: the same line fits several shapes, and helo and rdns change places
 * between programs.
 */
#include "lib/base/buf.h"
#include "lib/message/received.h"

/* --- first of all ------------------------------------------------------------------------ */

const struct received_row received_rows_chatter[] = {
	{.shape = "{..}{-:\\b}with local for{-:\\b}", ROW_IGNORE}, /* Exim, local submission */
	/* "from A by B; date": nothing in it but names. An address in brackets is worth a look. */
	{.shape = "{-:(?i)}from {-:(?!\\[[\\d.]+\\] )}{-} by {-:[^\\s;]+ ?;}", ROW_IGNORE},
	{.shape = NULL},
};

/* --- what most programs write alike ------------------------------------------------------ */

#define HELO_BYTES "[-A-Za-z0-9.^+_&:=?!@%*$\\\\/]+"

const struct received_row received_rows_hints[] = {
	{.shape = "{..} id {-:<?}{id:[^\\s<>;]{3,}}", ROW_NOTE},
	{.shape = "{..} by {by}", ROW_NOTE},
	{.shape = NULL},
};

const struct received_row received_rows_helo[] = {
	{.shape = "{..}{-:\\b}helo={helo:" HELO_BYTES "}", ROW_RELAY},
	{.shape = "{..}{-:\\b}{(}HELO{|}EHLO{)} {helo:" HELO_BYTES "}", ROW_RELAY},
	{.shape = NULL},
};

const struct received_row received_rows_envelope[] = {
	{.shape = "{..}{-:(?i)}{(}return-path{-::?} {|}envelope-{(}sender{|}from{)}{-:[ "
		  "=]}{)}{envfrom:\\S+}{-:\\b}",
	 ROW_NOTE},
	{.shape = NULL},
};

/* --- signs of authentication ------------------------------------------------------------- */

/* Postfix says its name, which the administrator may have changed. */
static void note_postfix_auth(struct received_line *line)
{
	struct str name = line->field[FIELD_ONE];

	struct buf out;

	if (str_eq_c(name, "Postfix")) {
		line->field[FIELD_AUTH] = name;
		return;
	}
	buf_init(&out, line->scan);
	buf_add_cstr(&out, "Postfix (");
	buf_add_str(&out, name);
	buf_add_char(&out, ')');
	line->field[FIELD_AUTH] = buf_str(&out);
}

#define PROTOCOL_END "{-:(?: |;|$)}"

const struct received_row received_rows_auth[] = {
	/* The protocol names of RFC 3848, RFC 6531 and relatives that end in A; and web mail. */
	{.shape =
		 "{..}{-:(?i)} with {auth:(?:ES|L|UTF8S|UTF8L)MTPS?A|ASMTP|HTTP[SU]?}" PROTOCOL_END,
	 ROW_RELAY,
	 .only_if = " by "},
	/* Gmail's submission hosts are known by their kind of id only. */
	{.shape = "{..}(version={one:[^ ]+} cipher={two:[^)]+})",
	 ROW_RELAY,
	 .only_if = " by mx.google.com with ESMTPS id "
		    "{-:[a-z0-9]{1,4}sm[0-9]{2,9}[a-z]{3}[.][0-9]{1,3}[.]"
		    "[0-9]{4}[.](?:[0-6][0-9][.]){4}[0-6][0-9]}",
	 .auth = "GMail - transport={1} cipher={2}"},
	/* Courier */
	{.shape = "from {-:.*?(?:\\]\\)|\\)\\])} (AUTH: {auth:LOGIN|PLAIN|DIGEST-MD5|CRAM-MD5} "
		  "{-}{-:(?:, .*?)?}) by ",
	 ROW_RELAY},
	/* Sendmail, MDaemon and others: a comment with "authenticated" behind the address. Each
	 * step takes the nearest, so that a line made of brackets costs no more than its length. */
	{.shape = "from {-:(?>.*?(?:\\](?: \\([^)]*\\))?\\)|\\)\\]) "
		  ")(?>.*?\\()(?>.*?authenticated)(?>.*?\\))(?>.*? by)}",
	 ROW_RELAY,
	 .only_if = "authenticated",
	 .auth = "Sendmail"},
	/* GMX takes mail from its users only */
	{.shape = "{..}from {-?} ({(}HELO{|}EHLO{)} {-?}) [{-ip}] by "
		  "{two:mail\\.gmx\\.(?:net|com)} ({-:[^)]+}) with "
		  "{one:E?SMTP}",
	 ROW_RELAY,
	 .auth = "GMX ({1} / {2})"},
	/* Critical Path */
	{.shape = "{..}) by {-:.+} ({-:\\d{1,2}\\.\\d\\.\\d{3}(?:\\.\\d{1,3})?}) (authenticated as "
		  "{-:.+}) id ",
	 ROW_RELAY,
	 .auth = "CriticalPath"},
	/* Postfix with smtpd_sasl_authenticated_header */
	{.shape = "{..}) (Authenticated sender: {-}) by {-} ({one:[^)]+}) with ",
	 ROW_RELAY,
	 .after = note_postfix_auth},
	{.shape = "{..}CommuniGate Pro {(}HTTP{|}SMTP{|}XIMSS{|}IMAP{)}",
	 ROW_RELAY,
	 .only_if = " (account ",
	 .auth = "Communigate"},
	/* Exchange */
	{.shape = "{..} with Microsoft Exchange Server HTTP-DAV{-:\\b}",
	 ROW_RELAY,
	 .auth = "HTTP-DAV"},
	{.shape = "{..}{-:(?i)} (via {auth:HTTP.?})" PROTOCOL_END, ROW_RELAY, .only_if = " by "},
	{.shape = NULL},
};

/* --- web mail ---------------------------------------------------------------------------- */

#define WEBMAIL_USER "{..}{ip}{-:\\b(?![.-]).{10,80}}by {by} with HTTP"

const struct received_row received_rows_webmail[] = {
	{.shape = WEBMAIL_USER, ROW_RELAY, .only_if = " (SquirrelMail authenticated user "},
	{.shape = WEBMAIL_USER, ROW_RELAY, .only_if = " (NaSMail authenticated user "},
	/* AOL */
	{.shape = "{..}{ip} by {by} ({-ip}) with HTTP (WebMailUI)",
	 ROW_RELAY,
	 .only_if = "aol.com"},
	{.shape = NULL},
};

/* --- programs known by a mark ------------------------------------------------------------ */

static bool is_blank_at(struct str s, size_t at)
{
	return at >= s.len || ascii_is_space((unsigned char)s.ptr[at]);
}

static size_t word_end(struct str s, size_t from)
{
	while (!is_blank_at(s, from))
		from++;
	return from;
}

/* "ident=..." up to the next blank. */
static bool note_ident(struct received_line *line, struct str comment)
{
	size_t at = str_find(comment, STR_LIT("ident="));

	if (at == STR_NOT_FOUND)
		return false;
	at += sizeof "ident=" - 1;
	line->field[FIELD_IDENT] = str_sub(comment, at, word_end(comment, at) - at);
	return true;
}

/* Exim's comment behind the address: " helo=... ident=...". What helo= takes is gone for ident=. */
static void note_exim_comment(struct received_line *line)
{
	struct str comment = line->field[FIELD_ONE], before = comment, behind = STR_NONE;
	size_t at = str_find(comment, STR_LIT("helo="));

	while (at != STR_NOT_FOUND && is_blank_at(comment, at + 5)) { /* an empty one is none */
		size_t next = str_find(str_from_at(comment, at + 5), STR_LIT("helo="));
		at = next == STR_NOT_FOUND ? next : at + 5 + next;
	}
	if (at != STR_NOT_FOUND) {
		size_t end = word_end(comment, at + 5);
		line->field[FIELD_HELO] = str_sub(comment, at + 5, end - at - 5);
		before = str_sub(comment, 0, at);
		behind = str_from_at(comment, end);
	}
	if (!note_ident(line, before))
		note_ident(line, behind);
}

/* Sendmail puts the user's name before the client's: "IDENT:user@host" or "user@host". */
static void note_sendmail_ident(struct received_line *line)
{
	struct str *rdns = &line->field[FIELD_RDNS];

	for (int round = 0; round < 2; round++) {
		size_t at = str_find_char(*rdns, '@'), skip = 0;
		if (round == 0) {
			if (!str_has_prefix(*rdns, "IDENT:"))
				continue;
			skip = sizeof "IDENT:" - 1;
		}
		if (at == STR_NOT_FOUND)
			return;
		line->field[FIELD_IDENT] = str_sub(*rdns, skip, at - skip);
		*rdns = str_from_at(*rdns, at + 1);
	}
}

static const struct received_row microsoft_smtpsvc[] = {
	{.shape = "{helo?} ([{ip}]{-:[^)]{0,40}}) by {by} with Microsoft SMTPSVC", ROW_RELAY},
	{.shape = "mail pickup service by {-} with Microsoft SMTPSVC{$}", ROW_IGNORE},
	{.shape = NULL},
};

static const struct received_row microsoft_smtp_server[] = {
	{.shape = "{helo} ({-:\\[?}{ip}{-:(?:%[A-Z0-9._~-]*)?\\]?}) by {by} ",
	 ROW_RELAY,
	 ROW_NO_ID},
	{.shape = NULL},
};

static const struct received_row xmail_details[] = {
	{.shape = "{..} id <{id}>", ROW_NOTE},
	{.shape = "{..} from <{envfrom}>", ROW_NOTE},
	{.shape = NULL},
};

static const struct received_row xmail[] = {
	{.shape = "{helo} ({-:\\[?}{ip}{-:\\]?:\\d+}) by {by}{-:(?: \\(\\S+\\))?} with [XMail",
	 ROW_RELAY,
	 ROW_ALL_DETAILS,
	 .details = xmail_details},
	{.shape = NULL},
};

static const struct received_row ecelerity[] = {
	{.shape = "([{ip}:{-:\\d+}] helo={helo}) by {by} ", ROW_RELAY},
	{.shape = "{-} ([{ip}:{-:\\d+}]) by {by} ", ROW_RELAY},
	{.shape = NULL},
};

/* Exim's lines are a template of the administrator's; what the known forms miss is picked up in
 * bits. */
static const struct received_row exim[] = {
	{.shape = "{..}{-:\\b}with local{-:(?:-\\S+)?} ", ROW_IGNORE},
	{.shape = "[{ip}] ({one:.*?}) by {by} ", ROW_RELAY, .after = note_exim_comment},
	{.shape = "{rdns=helo} ([{ip}]{one:.*?}) by {by} ", ROW_RELAY, .after = note_exim_comment},
	{.shape = "{rdns=helo} [{ip}]{-:(?::\\d+)?} by {by} ", ROW_RELAY},
	{.shape = "{rdns} ", ROW_NOTE},
	{.shape = "{..} ({helo}) ", ROW_NOTE},
	{.shape = "{..} [{ip}{-:(?:\\.\\d+)?}] ", ROW_NOTE},
	{.shape = "{..}by {by} ", ROW_RELAY, ROW_NEEDS_IP},
	{.shape = NULL},
};

static const struct received_row postfix[] = {
	{.shape = "{helo} ({rdns} [{ip}]) by {by} ", ROW_RELAY, ROW_LOOKS_UP},
	{.shape = "{helo} ({rdns}[{ip}]) by {by} ", ROW_RELAY, ROW_LOOKS_UP},
	{.shape = NULL},
};

static const struct received_row scalix[] = {
	{.shape = "{helo} ({-: ?}{ip}) by {by}", ROW_RELAY},
	{.shape = NULL},
};

static const struct received_row domino[] = {
	{.shape = "{helo} ([{ip}]) by {by} (Lotus", ROW_RELAY},
	{.shape = NULL},
};

const struct received_family received_families[] = {
	{" SMTPSVC", microsoft_smtpsvc},
	{" with {(}Microsoft SMTP Server{|}mapi id{)} {-:(?:\\([^)]+\\) "
	 ")?\\d+\\.\\d+\\.\\d+\\.\\d+(?:$| )}",
	 microsoft_smtp_server},
	{"[XMail ", xmail},
	{"(ecelerity{-:\\b}", ecelerity},
	{"Exim", exim},
	{" (Postfix) with", postfix},
	{"(Scalix SMTP Relay", scalix},
	{" (Lotus Domino ", domino},
	{NULL, NULL},
};

/* --- the common forms -------------------------------------------------------------------- */

/* qmail writes what its caller knew of the client; "unknown" says neither yes nor no. */
static void note_qmail_name(struct received_line *line)
{
	struct str *rdns = &line->field[FIELD_RDNS];

	if (str_eq_c(*rdns, "unknown"))
		*rdns = STR_LIT("");
	else
		line->looks_up_names = true;
}

static void note_fetch_mark(struct received_line *line)
{
	if (line->state->allow_fetch_marks)
		line->state->fetch_mark_seen = true;
}

/* The scanner's line tells the sender of the hand-over that the next line describes. */
static void note_scanner(struct received_line *line)
{
	line->state->scanner_envfrom = line->field[FIELD_ENVFROM];
}

#define QMAIL_SENDER "{-:(?: \\(envelope-sender <\\S+>\\))?}"
#define QMAIL_HELO   "({(}HELO{|}EHLO{)} {helo:[^ ()]*})"
#define HELO_COMMENT "({(}HELO{|}EHLO{)} {helo?})"

static const struct received_row qmail_details[] = {
	{.shape = "{rdns} " QMAIL_HELO " ({ident?}@{-:\\[?}{ip}{-:\\]?})" QMAIL_SENDER " by {by}",
	 ROW_NOTE},
	{.shape = "{rdns} " QMAIL_HELO " ({-:\\[?}{ip}{-:\\]?})" QMAIL_SENDER " by {by}", ROW_NOTE},
	/* No helo means that it was the client's name. */
	{.shape = "{helo=rdns} ({ident?}@{-:\\[?}{ip}{-:\\]?})" QMAIL_SENDER " by {by}", ROW_NOTE},
	{.shape = "{helo=rdns} ({-:\\[?}{ip}{-:\\]?})" QMAIL_SENDER " by {by}", ROW_NOTE},
	{.shape = NULL},
};

static const struct received_row hotmail_details[] = {
	{.shape = "{ip} ", ROW_NOTE},
	{.shape = NULL},
};

const struct received_row received_rows_common[] = {
	/* Horde IMP: the numeric helo is the web client's address */
	{.shape = "{-:(?=.*\\bwith HTTP\\b)}{ip} ([{-ip}]) by {by}",
	 ROW_RELAY,
	 .only_if = "with HTTP"},
	/* Sendmail; qmail-ldap looks like it and is not */
	{.shape = "{-:(?!.* by \\S+ \\(qmail-\\S+\\) with )}{helo} ({rdns} [{ip}]{-:.*}) by {by} (",
	 ROW_RELAY,
	 ROW_LOOKS_UP,
	 .after = note_sendmail_ident},
	/* Exchange's Internet Mail Service */
	{.shape = "{helo} ({rdns} [{ip}]) by {by} with {-} (", ROW_RELAY, ROW_LOOKS_UP},
	{.shape = "{rdns} ([{ip}] helo={helo}) by {by} with ", ROW_RELAY},
	/* AT&T */
	{.shape = "{helo} (<unknown{-?}>[{ip}]) by {by} ", ROW_RELAY},
	{.shape = "{helo} ({rdns:\\S+\\.\\S+}[{ip}]) by {by} ", ROW_RELAY, ROW_LOOKS_UP},
	/* Sendmail, a user's name and no client's */
	{.shape = "{helo} ({ident?}@[{ip}]{-:.*}) by {by} (", ROW_RELAY, ROW_LOOKS_UP},
	{.shape = "{..}by {by:\\S+\\.hotmail\\.msn\\.com} ", ROW_RELAY, .details = hotmail_details},
	/* qpsmtpd, Zimbra's LMTP, GMX */
	{.shape = "{rdns} " HELO_COMMENT " ({ip}) by {by} (qpsmtpd/{-}) with {-:E?SMTP}",
	 ROW_RELAY},
	{.shape = "{rdns} (LHLO {helo?}) ({ip}) by {by} with LMTP", ROW_RELAY},
	{.shape = "{rdns} " HELO_COMMENT " [{ip}] by {by} ({-:[^)]+}) with {-:E?SMTP}", ROW_RELAY},
	/* Raptor's firewall */
	{.shape = "{helo} ([{ip}]) by {by} via smtpd (for {-}) with SMTP(", ROW_RELAY},
	/* qmail and its many patches; with an id behind the protocol it would be sendmail's */
	{.shape = "{-}{-:(?: \\((?:HELO|EHLO) \\S*\\))?} "
		  "({-:(?:\\S+@)?\\[?}{-ip}{-:\\]?})" QMAIL_SENDER
		  " by {-}{-:(?: \\(.+\\))*} with {-:(?:.* )?(?:SMTP|QMQP)(?! id )}",
	 ROW_RELAY,
	 .details = qmail_details,
	 .after = note_qmail_name},
	/* Yahoo's web mail */
	{.shape = "[{ip}] by {by} via HTTP{$}", ROW_RELAY},
	{.shape = "{-} ( [{ip}]){-:.*?} by {by} ", ROW_RELAY},
	{.shape = "({helo} [{ip}]) by {by} ", ROW_RELAY},
	{.shape = "[{ip}] by {by} ", ROW_RELAY},
	{.shape = "({-:\\[?}{ip}{-:\\]?}) by {by} ", ROW_RELAY},
	/* MDaemon */
	{.shape = "{helo} [{ip}] by {by} [{-ip}] with ", ROW_RELAY, ROW_LOOKS_UP},
	{.shape = "{helo} [({ip})] by {by} ({-ip}) ", ROW_RELAY},
	/* Sendmail without a client's name */
	{.shape = "{helo} ([{ip}]) by {by} (", ROW_RELAY, ROW_LOOKS_UP},
	/* Courier says when its look-up failed; the others here do look up */
	{.shape = "{helo} (softdnserr [{ip}]){-:.*?} by {by}{-:\\b}", ROW_RELAY},
	{.shape = "{helo} ({rdns} [{ip}]){-:.*?} by {by}{-:\\b}", ROW_RELAY, ROW_LOOKS_UP},
	{.shape = "{helo} ([{ip}{-:(?:[.:]\\d+)?}]){-:.*?} by {by} ", ROW_RELAY, ROW_LOOKS_UP},
	{.shape = "{helo} ({rdns} [{ip}]){-:(?: \\(authenticated bits=\\d+\\))?} by {by} (",
	 ROW_RELAY,
	 ROW_LOOKS_UP},
	/* fetchmail and getmail: the chain begins anew behind them */
	{.shape = "{..}with POP3", ROW_IGNORE, .after = note_fetch_mark},
	{.shape = "{..}with IMAP", ROW_IGNORE, .after = note_fetch_mark},
	/* more of qmail's kind */
	{.shape = "{rdns} ({(}HELO{|}EHLO{)} {helo:[^)]*}) "
		  "({(}{ident?}@{)?}{-:\\[?}{ip}{-:\\]?}){-:.*} by {by} ",
	 ROW_RELAY,
	 ROW_LOOKS_UP},
	{.shape = "{rdns=helo} ({(}{ident?}@{)?}{-:\\[?}{ip}{-:\\]?}){-:.*} by {by} ",
	 ROW_RELAY,
	 ROW_LOOKS_UP},
	/* Outblaze */
	{.shape = "[{ip}] by {by} with http for ", ROW_RELAY},
	/* smap */
	{.shape = "{rdns}({ip}) by {by} via smap ", ROW_RELAY, ROW_LOOKS_UP},
	{.shape = "{rdns}({ip}, {(}HELO{|}EHLO{)} {helo?}) by {by} via smap ",
	 ROW_RELAY,
	 ROW_LOOKS_UP},
	/* Post.Office, ArGoSoft, InterScan */
	{.shape = "[{ip}] by {by} (Post", ROW_RELAY},
	{.shape = "[{ip}] by {by} (ArGoSoft", ROW_RELAY},
	{.shape = "{ip} by {by} ({(}SMTPL{|}InterScan{)}{-:\\b}", ROW_RELAY},
	{.shape = "{-} by {-} with BSMTP", ROW_IGNORE},
	{.shape = "{helo} ({rdns} [{ip}]) by {by} with ", ROW_RELAY, ROW_LOOKS_UP},
	/* Yahoo's submission */
	{.shape = "{rdns} " HELO_COMMENT " ({(}{ident}@{)?}{ip}{-:.*?}) by {by} with ",
	 ROW_RELAY,
	 ROW_LOOKS_UP},
	/* CommuniGate */
	{.shape = "[{ip}] ({-:(?:account \\S+ )?(?:HELO|EHLO) }{helo?}) by {by} (", ROW_RELAY},
	{.shape = "{rdns=helo} ([{ip}] verified) by {by} (",
	 ROW_RELAY,
	 ROW_LOOKS_UP,
	 .only_if = " (CommuniGate Pro"},
	/* CipherTrust, IronPort */
	{.shape = "([{ip}]) by {by} with ", ROW_RELAY},
	{.shape = "{helo:[^\\d]\\S+} ({ip}) by {by} ", ROW_RELAY},
	{.shape = "{-} ({-}) by {-} (Content Technologies ", ROW_IGNORE},
	{.shape = "{helo} ([{ip}] [{-}]) by {by} with ", ROW_RELAY},
	/* Tumbleweed */
	{.shape = "{ip} by {by} with ", ROW_RELAY},
	{.shape = "{helo} ({rdns}[{ip}]) by {by} ", ROW_RELAY, ROW_LOOKS_UP},
	/* F-Secure */
	{.shape = "[{ip}]{-} " HELO_COMMENT " by {by} ", ROW_RELAY},
	{.shape = "{ip} " HELO_COMMENT " by {by} ", ROW_RELAY},
	/* IMail's SMTPD32 */
	{.shape = "{helo} [{ip}] by {by} ", ROW_RELAY},
	/* csmap */
	{.shape = "{rdns}({ip}) by {by} ", ROW_RELAY},
	{.shape = "[{ip}] by {by} (MailGate ", ROW_RELAY},
	{.shape = "{helo} (unverified [{ip}]) by {by} ", ROW_RELAY},
	{.shape = "{ip} ({-:[A-Za-z][^)]+}) by {by} with ", ROW_RELAY},
	{.shape = "[{ip}] ({one:[^)]+}) by {by} ", ROW_RELAY, .after = note_exim_comment},
	{.shape = "{rdns} ({-:(?:\\S+@)?}{ip}) by {by} with ", ROW_RELAY},
	/* Obtuse smtpd */
	{.shape = "{rdns:UNKNOWN}({ip}){(}, claiming to be \"{helo}\"{)?} via {-} by {by},",
	 ROW_RELAY},
	{.shape = "{rdns}({ip}){(}, claiming to be \"{helo}\"{)?} via {-} by {by},",
	 ROW_RELAY,
	 ROW_LOOKS_UP},
	/* Yahoo's submission, of late */
	{.shape = "{helo} ({-}@{ip} with login) by {by:\\S+\\.yahoo\\.com} with SMTP", ROW_RELAY},
	/* what relays_find() makes of originating_ip_headers */
	{.shape = "X-Originating-IP: {ip}{$}", ROW_RELAY},

	/* From here on hand-overs within one host, and such as tell no address. */
	{.shape = "{-} ({-:[^\\s@]+}@{-local}) by {-} (", ROW_IGNORE},
	{.shape = "{-} {-} by {-} with local-{-:e?smtp} ", ROW_IGNORE},
	{.shape = "127.0.0.1 (AVG SMTP {-} [{-}])", ROW_IGNORE},
	{.shape = "{-:\\S+@\\S+} by {-} ", ROW_IGNORE},
	{.shape = "Unknown/Local (", ROW_IGNORE},
	{.shape = "{-local} ({-:(?:\\S+@)?}{-local}{-:[)[]}", ROW_IGNORE},
	{.shape = "{-} ({-:(?:\\S+@)?}{-local}) ", ROW_IGNORE},
	{.shape = "{-} ({-:\\S+@\\S+} [{-local}]) ", ROW_IGNORE},
	{.shape = "(AUTH: {-}) by {-} with ", ROW_IGNORE},
	{.shape = "localhost (localhost [[UNIX: localhost]]) by ", ROW_IGNORE},
	{.shape = "{-}.amazon.com by {-}.amazon.com with ESMTP (peer crosscheck: ", ROW_IGNORE},
	{.shape = "{-:[^.]+} by {-} with Novell_GroupWise", ROW_IGNORE},
	{.shape = "no.name.available by {-} via smtpd (for ", ROW_IGNORE},
	{.shape = "{-} by {-} ({-:.{0,100}}) with qmail-scanner",
	 ROW_IGNORE,
	 .after = note_scanner},
	{.shape = "{-} by {-} with local", ROW_IGNORE},
	{.shape = "{-} ([unix socket]) by {-} (Cyrus v{-:[0-9]*?\\.[0-9]*?\\.[0-9]*?}) with LMTPA",
	 ROW_IGNORE},
	{.shape = "{-} by {-} {(}with{|}via{|}for{|}({)}", ROW_IGNORE},
	{.shape = "{-} {(}{-:(?:with|via|for) \\S+}{|}(unverified){)} by{-:\\b}", ROW_IGNORE},
	{.shape = "{-} (unknown) by {-} (SG) with {-:\\b}", ROW_IGNORE},
	{.shape = "{-} ({-} [local]) by {-} (OpenSMTPD) with {-:\\b}", ROW_IGNORE},
	{.shape = "{..}(LSMTP for", ROW_IGNORE},
	{.shape = "([{-local}]) with MailEnable ", ROW_IGNORE},
	{.shape = "facebook.com ({-:[^)]+}) by facebook.com with Thrift id {-}{$}", ROW_IGNORE},
	{.shape = "{-} named {-} by gmailapi.google.com with HTTPREST{$}", ROW_IGNORE},
	{.shape = "{-} id {-}{$}", ROW_IGNORE},
	{.shape = "[<{-:.*?} (Jetsend", ROW_IGNORE},
	{.shape = NULL},
};

/* Used when nothing has told the helo: the first word. */
const struct received_row received_rows_helo_guess[] = {
	{.shape = "{helo}{-:[^-A-Za-z0-9.]}", ROW_NOTE},
	{.shape = NULL},
};

/* --- other beginnings -------------------------------------------------------------------- */

/* simta, Rockliffe */
const struct received_row received_rows_upper[] = {
	{.shape = "{helo} (unverified [{ip}]) BY {by} {-:(?:\\([^)]+\\) WITH SMTP )?}ID "
		  "{-:<?}{id:\\S+?}{-:>?(?: FOR <[^>]+>)?}{$}",
	 ROW_RELAY,
	 ROW_LOOKS_UP},
	{.shape = "{helo} ({rdns} [{ip}]) BY {by} {-:(?:\\([^)]+\\) WITH SMTP )?}ID "
		  "{-:<?}{id:\\S+?}{-:>?(?: FOR <[^>]+>)?}{$}",
	 ROW_RELAY,
	 ROW_LOOKS_UP},
	{.shape = NULL},
};

const struct received_row received_rows_paren[] = {
	/* Norton AntiVirus' gateway */
	{.shape = "{helo?} [{ip}]) by {by} (NAVGW {-:.*?}) with ", ROW_RELAY},
	/* sendmail -t -f */
	{.shape = "{-}@localhost) by {-} ", ROW_IGNORE},
	/* Juno's queue */
	{.shape = "{-:[^\\s@]+@[^)]+}) by {-}(jqueuemail) id {-:[^\\s;]+}", ROW_IGNORE},
	{.shape = NULL},
};
