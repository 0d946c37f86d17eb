/* token_headers: which header fields give tokens, under which name, and what is cut from their
 * values first (Plugin/Bayes.pm _tokenize_headers and the _pre_chew functions). */
#include "plugins/Bayes/tokens.h"

/* --- names ------------------------------------------------------------------------------------ */

/* Fields that never give tokens: "?" stands for an optional "X-". Compared without case. */
static const char *const ignored_names[] = {
	"?Sender",
	"Delivered-To",
	"Delivery-Date",
	"?Envelope-To",
	"X-MIME-Autoconverted",
	"X-Converted-To-Plain-Text",
	"Subject",
	"Date",
	"X-List",
	"?Mailing-List",
	"?List-Archive",
	"?List-Help",
	"?List-Id",
	"?List-Owner",
	"?List-Post",
	"?List-Subscribe",
	"?List-Unsubscribe",
	"?List-Host",
	"?List-Manager",
	"?List-Admin",
	"?List-Comment",
	"?List-Name",
	"?List-Url",
	"X-Unsub",
	"X-Unsubscribe",
	"X-Mailman-Version",
	"X-BeenThere",
	"X-Loop",
	"Mail-Followup-To",
	"X-eGroups-Return",
	"X-eGroups-From",
	"X-MDMailing-List",
	"X-XEmacs-List",
	"X-Sympa-To",
	"?Resent-From",
	"?Resent-To",
	"?Resent-Date",
	"?Original-From",
	"?Original-To",
	"?Original-Date",
	"X-MailScanner",
	"X-MailScanner-SpamCheck",
	"X-Spam",
	"X-Spam-Status",
	"X-Spam-Level",
	"X-Spam-Flag",
	"X-Spam-Report",
	"X-Spam-Hits",
	"X-Spam-Score",
	"X-Spam-Checker-Version",
	"X-Antispam",
	"X-RBL-Warning",
	"X-MDaemon-Deliver-To",
	"X-Virus-Scanned",
	"X-Mass-Check-Id",
	"X-Pyzor",
	"X-Filtered-By",
	"X-Scanned-By",
	"X-Scanner",
	"X-AP-Spam-Score",
	"X-AP-Spam-Status",
	"X-RIPE-Spam-Status",
	"X-SMTPD",
	"?Spam-Apparently-To",
	"SPAM",
	"X-Perlmx-Spam",
	"X-Bogosity",
	"Content-Class",
	"Thread-Index",
	"Thread-Topic",
	"X-OriginalArrivalTime",
	"?Status",
	"X-Flags",
	"X-Keywords",
	"Replied",
	"Forwarded",
	"Lines",
	"Content-Length",
	"X-UID",
	"X-UIDL",
	"X-IMAPbase",
	"X-VM-Bookmark",
	"X-VM-POP-Retrieved",
	"X-VM-IMAP-Retrieved",
	"X-VM-Labels",
	"X-VM-Last-Modified",
	"X-VM-Summary-Format",
	"X-VM-VHeader",
	"X-VM-Message-Order",
	"X-Gnus-Mail-Source",
	"Xref",
	NULL,
};

/* The same: "*" stands for one character or more that is no colon, "#" for a digit. */
static const char *const open_ignored_names[] = {
	"X-DCC-*-Metrics", "X-SpamCop-*", "X-Bugzilla-*", "X-VM-v#-Data", NULL,
};

/* Fields whose presence is all that counts. */
static const char *const presence_names[] = {
	"X-Face",
	"X-GnuPG-Fingerprint",
	"X-Gnu-PG-Fingerprint",
	"X-PGP-Fingerprint",
	"X-GPG-Fingerprint",
	"X-GnuPG-Key-Fingerprint",
	"X-Gnu-PG-Key-Fingerprint",
	"X-PGP-Key-Fingerprint",
	"X-GPG-Key-Fingerprint",
	"DKIM-Signature",
	"DomainKey-Signature",
	"X-Google-DKIM-Signature",
	"ARC-Message-Signature",
	"ARC-Seal",
	"Autocrypt",
	NULL,
};

static const char *const address_names[] = {
	"Return-Path",      "From",   "To", "Cc", "Reply-To", "Errors-To",
	"Mail-Followup-To", "Sender", NULL,
};

static const char *const message_id_names[] = {"Message-Id", NULL};

/* Names that are stored in short, as written. */
static const struct {
	const char *name, *stored;
} short_names[] = {
	{"Message-Id", "*m"},
	{"Message-ID", "*M"},
	{"Received", "*r"},
	{"User-Agent", "*u"},
	{"References", "*f"},
	{"In-Reply-To", "*i"},
	{"From", "*F"},
	{"Reply-To", "*R"},
	{"Return-Path", "*p"},
	{"Return-path", "*rp"},
	{"X-Mailer", "*x"},
	{"X-Authentication-Warning", "*a"},
	{"Organization", "*o"},
	{"Organisation", "*o"},
	{"Content-Type", "*ct"},
	{"Content-Disposition", "*cd"},
	{"Content-Transfer-Encoding", "*ce"},
	{"x-spam-relays-trusted", "*RT"},
	{"x-spam-relays-untrusted", "*RU"},
};

/* Fields that are also gathered under one name, without case. */
static const struct {
	const char *name, *gathered;
} gathered_names[] = {
	{"In-Reply-To", "*MI"}, {"References", "*MI"}, {"Message-ID", "*MI"}, {"From", "*Ad"},
	{"To", "*Ad"},          {"Cc", "*Ad"},         {"X-Mailer", "*UA"},   {"User-Agent", "*UA"},
};

/* "a*b" against name. */
static bool matches_open(struct str name, struct str pattern, size_t star)
{
	struct str tail = str_from_at(pattern, star + 1);

	return name.len >= star + 1 + tail.len &&
	       str_eq_ci(str_sub(name, 0, star), str_sub(pattern, 0, star)) &&
	       str_eq_ci(str_from_at(name, name.len - tail.len), tail);
}

static bool matches(struct str name, struct str pattern)
{
	size_t star = str_find_char(pattern, '*');

	if (star != STR_NOT_FOUND)
		return matches_open(name, pattern, star);
	if (name.len != pattern.len)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (pattern.ptr[i] == '#' ? !ascii_is_digit((unsigned char)name.ptr[i])
					  : ascii_lower(name.ptr[i]) != ascii_lower(pattern.ptr[i]))
			return false;
	return true;
}

/* Some of SpamAssassin's comparisons overlook a line end behind a name. */
static struct str without_line_end(struct str name)
{
	if (name.len && name.ptr[name.len - 1] == '\n')
		name.len--;
	return name;
}

static bool is_ignored(const struct token_patterns *patterns, struct str name)
{
	if (map_has(patterns->ignored, name))
		return true;
	for (const char *const *pattern = open_ignored_names; *pattern; pattern++)
		if (matches(name, str_from(*pattern)))
			return true;
	return false;
}

/* What is done with a value is up to the field's name; 0: nothing. */
enum value_kind { VALUE_MESSAGE_ID = 1, VALUE_ADDRESSES, VALUE_PRESENCE };

static void put_kind(struct map *kinds, struct str name, enum value_kind kind)
{
	map_put(kinds, name, (void *)(uintptr_t)kind);
}

/* The same name behind nothing, "X-" or "Resent-". */
static void put_forms(struct arena *keep, struct map *kinds, const char *const *names,
		      enum value_kind kind)
{
	for (; *names; names++) {
		put_kind(kinds, str_from(*names), kind);
		put_kind(kinds, arena_printf(keep, "X-%s", *names), kind);
		put_kind(kinds, arena_printf(keep, "Resent-%s", *names), kind);
	}
}

static void fill_names(struct arena *keep, struct token_patterns *patterns)
{
	patterns->ignored = map_new_ci(keep);
	for (const char *const *name = ignored_names; *name; name++) {
		if (**name == '?')
			map_put(patterns->ignored, arena_printf(keep, "X-%s", *name + 1), keep);
		map_put(patterns->ignored, str_from(**name == '?' ? *name + 1 : *name), keep);
	}
	patterns->kinds = map_new_ci(keep);
	for (const char *const *name = presence_names; *name; name++)
		put_kind(patterns->kinds, str_from(*name), VALUE_PRESENCE);
	put_forms(keep, patterns->kinds, address_names, VALUE_ADDRESSES);
	put_forms(keep, patterns->kinds, message_id_names, VALUE_MESSAGE_ID);
	patterns->short_names = map_new(keep);
	for (size_t i = 0; i < sizeof short_names / sizeof *short_names; i++)
		map_put(patterns->short_names, str_from(short_names[i].name),
			(void *)(uintptr_t)short_names[i].stored);
	patterns->gathered = map_new_ci(keep);
	for (size_t i = 0; i < sizeof gathered_names / sizeof *gathered_names; i++)
		map_put(patterns->gathered, str_from(gathered_names[i].name),
			(void *)(uintptr_t)gathered_names[i].gathered);
}

/* --- values ----------------------------------------------------------------------------------- */

const struct token_patterns *token_patterns_new(struct arena *keep)
{
	struct token_patterns *patterns = ARENA_NEW(keep, struct token_patterns);

	patterns->boundary = regex_must(keep, "boundary=[\"'](.*?)[\"']", REGEX_ICASE);
	patterns->separators = regex_must(keep, "([-_.=]+)", 0);
	patterns->type_words = regex_must(keep, "\\b(?:text|charset)\\b", 0);
	patterns->outlook_id = regex_must(keep,
					  "<([0-9a-f]{4})[0-9a-f]{8}\\$([0-9a-f]{4})[0-9a-f]{4}"
					  "\\$([0-9a-f]{8})@(\\S+)>",
					  0);
	patterns->exim_id = regex_must(keep, "<[A-Za-z0-9]{7}-[A-Za-z0-9]{6}-0[A-Za-z0-9]@", 0);
	patterns->sendmail_id = regex_must(
		keep, "<20\\d\\d[01]\\d[0-3]\\d[0-2]\\d[0-5]\\d[0-5]\\d\\.[A-F0-9]{10,12}@", 0);
	patterns->smtp_id = regex_must(keep, "\\swith\\sSMTP\\sid\\sg[\\dA-Z]{10,12}\\s", 0);
	patterns->esmtp_id = regex_must(keep, "\\swith\\sESMTP\\sid\\s[\\dA-F]{10,12}\\s", 0);
	patterns->queue_id = regex_must(keep, "\\bid\\s[a-zA-Z0-9]{7,20}\\b", 0);
	patterns->exim_queue_id =
		regex_must(keep, "\\bid\\s[A-Za-z0-9]{7}-[A-Za-z0-9]{6}-0[A-Za-z0-9]", 0);
	patterns->date = regex_must(
		keep,
		"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),\\s)?[0-3\\s]?[0-9]\\s"
		"(?:Jan|Feb|Ma[ry]|Apr|Ju[nl]|Aug|Sep|Oct|Nov|Dec)\\s(?:19|20)?[0-9]{2}\\s"
		"[0-2][0-9](?::[0-5][0-9]){1,2}\\s"
		"(?:\\s*\\(|\\)|\\s*[+-][0-9]{4}|\\s*(?:UT|[A-Z]{2,3}T))*",
		0);
	patterns->ip = regex_must(keep, "\\b(\\d{1,3}\\.\\d{1,3}\\.\\d{1,3})(\\.\\d{1,3})\\b", 0);
	patterns->hop_words = regex_must(keep, "\\b(?:with|from|for|E?SMTP)\\b", 0);
	patterns->relay_word = regex_must(keep, " [a-z]+=", 0);
	patterns->origin = origin_patterns_new(keep);
	fill_names(keep, patterns);
	return patterns;
}

/* Bytes 1 to 9 of the replacement stand for groups. */
static void add_replacement(struct buf *out, const char *replacement,
			    const struct regex_match *match)
{
	for (; *replacement; replacement++) {
		unsigned group = (unsigned char)*replacement;
		if (group < 10)
			buf_add_str(out, match->group[group]);
		else
			buf_add_char(out, *replacement);
	}
}

static struct str replace(struct arena *scan, const struct regex *regex, struct str text,
			  const char *replacement, size_t max)
{
	struct regex_match match;
	struct buf out;
	size_t at = 0, n = 0;

	if (!regex_test(regex, text))
		return text;
	buf_init(&out, scan);
	for (; n < max && regex_exec(regex, text, at, &match) == REGEX_MATCH; n++) {
		buf_add_str(&out, str_sub(text, at, match.start - at));
		add_replacement(&out, replacement, &match);
		at = match.end;
	}
	buf_add_str(&out, str_from_at(text, at));
	return buf_str(&out);
}

static struct str replace_all(struct arena *scan, const struct regex *regex, struct str text,
			      const char *replacement)
{
	return replace(scan, regex, text, replacement, text.len);
}

/* The boundary moves to the end, its hex digits levelled. */
static struct str content_type_value(struct arena *scan, const struct token_patterns *patterns,
				     struct str value)
{
	struct regex_match match;
	struct str boundary = STR_NONE;
	size_t at = 0;

	while (regex_exec(patterns->boundary, value, at, &match) == REGEX_MATCH) {
		boundary = match.group[1];
		at = match.end;
	}
	if (at > 0) {
		char *levelled = arena_cstr(scan, boundary);
		for (size_t i = 0; i < boundary.len; i++)
			if (levelled[i] && strchr("0123456789abcdefABCDEF", levelled[i]))
				levelled[i] = 'H';
		boundary = replace_all(scan, patterns->separators, str_make(levelled, boundary.len),
				       " \001 ");
		value = replace_all(scan, patterns->boundary, value, " ");
		value = arena_printf(scan, "%.*s%.*s", STR_ARG(value), STR_ARG(boundary));
	}
	return replace_all(scan, patterns->type_words, value, " ");
}

static struct str message_id_value(struct arena *scan, const struct token_patterns *patterns,
				   struct str value)
{
	value = replace_all(scan, patterns->outlook_id, value, " OEA\001 OEB\002 OEC\003 \004 ");
	value = replace(scan, patterns->exim_id, value, "", 1);
	value = replace_all(scan, patterns->sendmail_id, value, "");
	char *words = arena_cstr(scan, value);
	for (size_t i = 0; i < value.len; i++)
		if (!ascii_is_word((unsigned char)words[i]))
			words[i] = ' ';
	return str_make(words, value.len);
}

/* Identifiers and dates go; of an address the network stays, the whole behind "ip*". */
static struct str received_value(struct arena *scan, const struct token_patterns *patterns,
				 struct str value)
{
	value = replace_all(scan, patterns->smtp_id, value, " ");
	value = replace_all(scan, patterns->esmtp_id, value, " ");
	value = replace_all(scan, patterns->queue_id, value, " ");
	value = replace_all(scan, patterns->exim_queue_id, value, " ");
	value = replace_all(scan, patterns->date, value, "");
	value = replace_all(scan, patterns->ip, value, "\001 ip*\001\002 ");
	return replace_all(scan, patterns->hop_words, value, " ");
}

static void add_piece(struct buf *out, const char *prefix, struct str piece)
{
	if (out->len)
		buf_add_char(out, ' ');
	buf_add_cstr(out, prefix);
	buf_add_str(out, piece);
}

static void add_address(struct buf *out, const struct address *address)
{
	struct str rest = address->phrase, word, user, host;

	while (str_word_next(&rest, &word))
		add_piece(out, "N*", word);
	if (!address->address.ptr || !token_split_address(address->address, &user, &host))
		return;
	add_piece(out, "U*", user);
	do
		add_piece(out, "D*", host);
	while (token_parent_domain(host, &host));
}

static struct str addresses_value(struct arena *scan, const struct mail *mail, struct str value)
{
	struct address_vec addresses = {0};
	struct buf out;

	buf_init(&out, scan);
	addresses_parse(scan, value, mail->settings, &addresses);
	for (size_t i = 0; i < addresses.n; i++)
		add_address(&out, &addresses.items[i]);
	return buf_str(&out);
}

static bool is_relays_name(struct str name)
{
	static const char *const names[] = {"x-spam-relays-external", "x-spam-relays-internal",
					    "x-spam-relays-trusted", "x-spam-relays-untrusted"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_eq_c(name, names[i]))
			return true;
	return false;
}

static struct str prepared_value(struct arena *scan, const struct token_options *options,
				 const struct mail *mail, struct str name, struct str value)
{
	const struct token_patterns *patterns = options->patterns;
	uintptr_t kind = (uintptr_t)map_find(patterns->kinds, without_line_end(name));
	size_t at;

	if (kind == VALUE_MESSAGE_ID)
		return message_id_value(scan, patterns, value);
	if (kind == VALUE_ADDRESSES)
		return addresses_value(scan, mail, value);
	if (str_eq_c(name, "Received"))
		return received_value(scan, patterns, value);
	if (str_eq_c(name, "Content-Type"))
		return content_type_value(scan, patterns, value);
	if (str_eq_c(name, "MIME-Version")) {
		at = str_find(value, STR_LIT("1.0"));
		return at == STR_NOT_FOUND ? value
					   : arena_printf(scan, "%.*s%.*s", (int)at, value.ptr,
							  STR_ARG(str_from_at(value, at + 3)));
	}
	if (kind == VALUE_PRESENCE)
		return STR_LIT("1");
	if (is_relays_name(name))
		return replace_all(scan, patterns->relay_word, value, " ");
	return value;
}

/* --- the texts -------------------------------------------------------------------------------- */

struct gathering {
	struct arena *scan;
	const struct token_options *options;
	const struct mail *mail;
	struct map *by_name;
	struct header_text_vec *out;
};

static void append(struct gathering *gathering, struct str name, struct str value)
{
	struct header_text *text = map_find(gathering->by_name, name);

	if (!text) {
		text = ARENA_NEW(gathering->scan, struct header_text);
		text->name = name;
		buf_init(&text->text, gathering->scan);
		map_put(gathering->by_name, name, text);
		vec_push(gathering->scan, gathering->out, text);
	} else {
		buf_add_char(&text->text, ' ');
	}
	buf_add_str(&text->text, value);
}

static void add_field(struct gathering *gathering, struct str name, struct str value)
{
	const struct token_patterns *patterns = gathering->options->patterns;

	if (gathering->options->ignored_headers &&
	    map_has(gathering->options->ignored_headers, name))
		return;
	value = prepared_value(gathering->scan, gathering->options, gathering->mail, name, value);
	const char *gathered = map_find(patterns->gathered, without_line_end(name));
	const char *stored = map_find(patterns->short_names, name);
	if (gathered)
		append(gathering, str_from(gathered), value);
	append(gathering, stored ? str_from(stored) : name, value);
}

static void add_line(struct gathering *gathering, struct str line)
{
	size_t colon = str_find_char(line, ':');
	struct str value = str_from_at(line, colon + 1);

	if (value.len && value.ptr[value.len - 1] == '\n')
		value.len--;
	add_field(gathering, str_sub(line, 0, colon), value);
}

static void add_metadata(struct gathering *gathering, bool scored)
{
	const struct relays *relays = gathering->mail->relays;
	struct str_vec names = {0};
	struct map *values = map_copy(gathering->scan, gathering->mail->metadata);
	const struct map_entry *entry;
	size_t cursor = 0;

	if (!scored) {
		map_remove(values, STR_LIT("x-senderdomain"));
		map_remove(values, STR_LIT("x-authordomain"));
	}
	map_put(values, STR_LIT("x-spam-relays-trusted"), (void *)&relays->trusted_text);
	map_put(values, STR_LIT("x-spam-relays-untrusted"), (void *)&relays->untrusted_text);
	map_put(values, STR_LIT("x-spam-relays-internal"), (void *)&relays->internal_text);
	map_put(values, STR_LIT("x-spam-relays-external"), (void *)&relays->external_text);
	while ((entry = map_next(values, &cursor)) != NULL)
		vec_push(gathering->scan, &names, entry->key);
	str_vec_sort(&names);
	for (size_t i = 0; i < names.n; i++) {
		const struct str *value = map_find(values, names.items[i]);
		add_field(gathering, names.items[i],
			  arena_printf(gathering->scan, " %.*s", STR_ARG(*value)));
	}
}

void tokens_header_texts(struct arena *scan, const struct token_options *options,
			 const struct mail *mail, bool scored, struct header_text_vec *out)
{
	struct gathering gathering = {scan, options, mail, map_new(scan), out};
	const struct str_vec *lines = mail_header_all_c(scan, mail, "ALL");
	struct str_vec received = {0};

	for (size_t i = 0; i < lines->n; i++) {
		struct str line = lines->items[i];
		size_t colon = str_find_char(line, ':');

		if (colon == STR_NOT_FOUND)
			continue;
		if (str_has_prefix_ci(line, "Received:"))
			vec_push(scan, &received, line);
		else if (!is_ignored(options->patterns, str_sub(line, 0, colon)))
			add_line(&gathering, line);
	}
	add_metadata(&gathering, scored);
	/* The last two hops: where senders' own software shows. */
	for (size_t i = 0; i < 2 && i < received.n; i++)
		add_line(&gathering, received.items[received.n - 1 - i]);
}
