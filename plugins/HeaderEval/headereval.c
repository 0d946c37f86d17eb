/* HeaderEval: checks of headers that no regex can make (SpamAssassin's Plugin/HeaderEval.pm). */
#include "plugins/HeaderEval/headereval.h"

#include <stdlib.h>

#include "lib/base/buf.h"
#include "lib/base/encode.h"
#include "lib/base/map.h"
#include "lib/base/span.h"

enum {
	RECIPIENTS_MAX = 256,
	SORTED_MIN = 7,
	SIMILAR_MIN = 5,
	CAPS_MIN_BYTES = 10,
};

#define V4                                                                                         \
	"(?:(?:1\\d\\d|2[0-4]\\d|25[0-5]|\\d\\d|\\d)\\.){3}(?:1\\d\\d|2[0-4]\\d|25[0-5]|\\d\\d|"   \
	"\\d)"
#define IP                                                                                         \
	"(?:\\b(?<!:)" V4 "\\b|(?i:(?<![a-f0-9:])(?:[a-f0-9]{0,4}:){2,7}(?:" V4                    \
	"|[a-f0-9]{0,4})(?![a-f0-9:])))"
#define CAPS_CHARSET                                                                               \
	"[-_a-z0-9]*(?:koi|jp|jis|euc|gb|big5|isoir|cp1251|windows-1251|georgianps|pt154|tis)[-_"  \
	"a-z0-9]*"

/* What the headers of well-known programs and providers look like: facts, in the order of the enum.
 */
static const struct {
	const char *pattern;
	unsigned flags;
} patterns[N_PATTERNS] = {
	[PATTERN_IP] = {IP, 0},
	[PATTERN_AOL_RELAY] = {" rly-[a-z][a-z]\\d\\d\\.", REGEX_ICASE},
	[PATTERN_AOL_VERSION] = {"/AOL-\\d+\\.\\d+\\.\\d+\\)", 0},
	[PATTERN_AOL_ID] = {"ESMTP id (?:(?:MAIL)?RELAY|MAILIN)", 0},
	[PATTERN_EZMLM_LIST] = {"^contact \\S+@\\S+; run by ezmlm$", REGEX_MULTILINE},
	[PATTERN_EZMLM_TO] = {"^mailing list \\S+@\\S+", REGEX_MULTILINE},
	[PATTERN_EZMLM_RECEIVED] =
		{"qmail \\d+ invoked (?:from network|by .{3,20})\\); \\d+ ... \\d+", 0},
	[PATTERN_MSN_GATE] = {"from groups\\.msn\\.com \\(\\S+\\.msn\\.com ", 0},
	[PATTERN_HOTMAIL_REAL] =
		{"from (?:\\S*\\.)?hotmail.com \\(\\S+\\.hotmail(?:\\.msn)?\\.com[ )]", 0},
	[PATTERN_HOTMAIL_BRACKET] = {"from \\S*\\.hotmail.com \\(\\[" IP "\\][ ):]", 0},
	[PATTERN_HOTMAIL_HTTP] = {"from \\S+ by \\S+\\.hotmail(?:\\.msn)?\\.com with HTTP;", 0},
	[PATTERN_HOTMAIL_YAHOO] = {"from \\[66\\.218.\\S+\\] by \\S+\\.yahoo\\.com", 0},
	[PATTERN_OUTLOOK_OUTBOUND] = {"from \\S*\\.outbound\\.protection\\.outlook\\.com "
				      "\\(\\S+\\.outbound\\.protection\\.outlook\\.com[ )]",
				      0},
	[PATTERN_OUTLOOK_PROD] = {"from \\S*\\.(?:eur|nam)prd\\d+\\.prod\\.outlook\\.com \\(" IP
				  "\\)",
				  0},
	[PATTERN_HOTMAIL_CLAIM] = {"(?:from |HELO |helo=)\\S*hotmail\\.com\\b", 0},
	[PATTERN_HOTMAIL_FROM] = {"\\bhotmail\\.com$", REGEX_ICASE},
	[PATTERN_ORIGINATOR] = {"hotmail\\.com|msonline-outlook", 0},
	[PATTERN_MSN_TO] = {"<(\\S+)@groups\\.msn\\.com>", REGEX_ICASE},
	[PATTERN_MSN_RECEIVED] =
		{"from mail pickup service by ((?:p\\d\\d\\.)groups\\.msn\\.com)\\b", 0},
	[PATTERN_EUDORA_FROM] = {"\\beudoramail\\.com$", REGEX_ICASE},
	[PATTERN_WHOWHERE] = {"by \\S*whowhere.com;", 0},
	[PATTERN_YAHOO_FROM] = {"\\byahoo\\.com$", REGEX_ICASE},
	[PATTERN_YAHOO_TRUSTED] = {" rdns=\\S+\\.yahoo\\.com ", 0},
	[PATTERN_YAHOO_UNTRUSTED] = {"^[^\\]]+ rdns=\\S+\\.yahoo\\.com ", 0},
	[PATTERN_YAHOO_WEB] = {"by web\\S+\\.mail\\S*\\.yahoo\\.com via HTTP", 0},
	[PATTERN_YAHOO_SONIC] = {"by sonic\\S+\\.consmr\\.mail\\S*\\.yahoo\\.com with HTTP", 0},
	[PATTERN_YAHOO_SMTP] = {"by smtp\\S+\\.yahoo\\.com with SMTP", 0},
	[PATTERN_YAHOO_NNFMP] = {"from \\[" IP
				 "\\] by \\S+\\.(?:groups|scd|dcn)\\.yahoo\\.com with NNFMP",
				 0},
	[PATTERN_YAHOO_BULK] = {"\\bmailer\\d+\\.bulk\\.scd\\.yahoo\\.com\\b", 0},
	[PATTERN_YAHOO_REPLY] = {"@reply\\.yahoo\\.com$", REGEX_ICASE},
	[PATTERN_YAHOO_VERSION] =
		{"by \\w+\\.\\w+\\.yahoo\\.com \\(\\d+\\.\\d+\\.\\d+/\\d+\\.\\d+\\.\\d+\\)"
		 "(?: with ESMTP)? id \\w+",
		 0},
	[PATTERN_JUNO_FROM] = {"\\bjuno\\.com$", REGEX_ICASE},
	[PATTERN_JUNO_RECEIVED] = {"from.*\\b(?:juno|untd)\\.com.*[\\[(]" IP "[\\])].*by", 0},
	[PATTERN_JUNO_COOKIE] = {" cookie\\.(?:juno|untd)\\.com ", 0},
	[PATTERN_GMAIL_FROM] = {"\\bgmail\\.com$", REGEX_ICASE},
	[PATTERN_GMAIL_10] = {"by 10\\.\\S+ with SMTP id \\S+", 0},
	[PATTERN_GMAIL_2002] = {"by 2002:a\\d\\d:\\w+:\\S+ with SMTP id \\S+", 0},
	[PATTERN_GMAIL_ESMTPSA] = {"by smtp\\.googlemail\\.com with ESMTPSA id \\S+", 0},
	[PATTERN_GW05] = {"\\nfrom\\s(\\S+)\\sby\\s(\\S+)\\swith\\sESMTP;\\s+\\S\\S\\S,\\s+\\d+\\s+"
			  "\\S\\S\\S\\s+"
			  "\\d{4}\\s+\\d\\d:\\d\\d:\\d\\d\\s+[-+]*\\d{4}\\n$",
			  REGEX_DOTALL},
	[PATTERN_DATE] = {"(\\s.?\\d+ \\S\\S\\S \\d+ \\d+:\\d+:\\d+ \\S+)", 0},
	[PATTERN_LOCAL_HOP] = {"\\bfrom (?:localhost\\s|(?:\\S+ ){1,2}\\S*\\b127\\.0\\.0\\.1\\b)",
			       0},
	[PATTERN_QMAIL_UID] = {"qmail \\d+ invoked by uid \\d+", 0},
	[PATTERN_FETCHMAIL] = {"\\bby localhost with \\w+ \\(fetchmail-[\\d.]+", 0},
	[PATTERN_REPLY_PREFIX] = {"^(?:(?:Re|Fwd|Fw|Aw|Antwort|WG|SV|VB|VS|VL):\\s*)+",
				  REGEX_ICASE},
	[PATTERN_CAPS_CHARSET] = {"=\\?" CAPS_CHARSET "\\?", REGEX_ICASE},
	[PATTERN_OUTLOOK_ID] = {"^<[0-9a-f]{4}([0-9a-f]{8})\\$[0-9a-f]{8}\\$[0-9a-f]{8}@", 0},
	[PATTERN_LYRIS] = {"<mailto:(?:leave-\\S+|\\S+-unsubscribe)@\\S+>$", REGEX_ICASE},
	[PATTERN_CWT_DCE] = {"/CWT/DCE\\)|iPlanet Messaging Server", 0},
	[PATTERN_TEMPLATE] = {"%[A-Z][A-Z_-]", 0},
	[PATTERN_TEMPLATE_FREE] =
		{"^(?:X-VMS-To|X-UIDL|X-Face|To|Cc|From|Subject|References|In-Reply-To|"
		 "(?:X-|Resent-|X-Original-)?Message-Id):",
		 REGEX_ICASE},
	[PATTERN_RATWARE_ID] = {"<[A-Z]{28}\\.([^>]+?)>", 0},
	[PATTERN_ENCODED_WORD] = {"=\\?(.+?)\\?.\\?.*?\\?=", 0},
};

static void conf_init(void *data, struct arena *keep)
{
	struct headereval_conf *conf = data;

	for (size_t i = 0; i < N_PATTERNS; i++)
		conf->patterns[i] = regex_must(keep, patterns[i].pattern, patterns[i].flags);
}

/* --- shared --- */

struct headereval_facts *headereval_facts(struct scan *scan, const struct eval_call *call)
{
	void **slot = scan_plugin_slot(scan, call->plugin);

	if (!*slot)
		*slot = ARENA_NEW(scan_arena(scan), struct headereval_facts);
	return *slot;
}

bool headereval_finds(const struct scan *scan, const struct eval_call *call,
		      enum header_pattern pattern, struct str text, struct regex_match *match_out)
{
	const struct headereval_conf *conf = scan_plugin_conf(scan, call->plugin);

	return regex_exec(conf->patterns[pattern], text, 0, match_out) == REGEX_MATCH;
}

struct str headereval_squeeze(struct scan *scan, struct str text)
{
	char *out = arena_alloc(scan_arena(scan), text.len + 1), *to = out;
	bool blank = false;

	for (size_t i = 0; i < text.len; i++) {
		bool space = ascii_is_space((unsigned char)text.ptr[i]);

		*to = space ? ' ' : text.ptr[i];
		to += !space || !blank;
		blank = space;
	}
	*to = '\0';
	return str_make(out, (size_t)(to - out));
}

bool headereval_is_gated(struct scan *scan, const struct eval_call *call)
{
	struct str received = scan_header(scan, "Received");

	if (headereval_finds(scan, call, PATTERN_EZMLM_LIST, scan_header(scan, "Mailing-List"),
			     NULL) &&
	    headereval_finds(scan, call, PATTERN_EZMLM_TO, scan_header(scan, "Delivered-To"),
			     NULL) &&
	    headereval_finds(scan, call, PATTERN_EZMLM_RECEIVED, received, NULL))
		return true;
	if (!scan_header_is_set(scan, "Received"))
		return true;
	return headereval_finds(scan, call, PATTERN_MSN_GATE, received, NULL);
}

static int gated_through_received_hdr_remover(struct scan *scan, const struct eval_call *call)
{
	return headereval_is_gated(scan, call);
}

/* --- bytes and charsets --- */

static bool is_control(unsigned char c)
{
	return c <= 0x08 || c == 0x0b || c == 0x0c || (c >= 0x0e && c <= 0x1f);
}

static void count_bytes(struct str text, size_t *controls, size_t *high, size_t *exempt)
{
	*controls = *high = *exempt = 0;
	/* most texts consist of bytes that are not counted */
	for (size_t i = 0; (i = span_printable(text, i)) < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		*controls += is_control(c);
		*high += c >= 0x7f;
		*exempt += c == 0xa2 || c == 0xa3 || c == 0xae; /* cent, pound, registered */
	}
}

static int check_illegal_chars(struct scan *scan, const struct eval_call *call)
{
	struct str name = arg_text(call, 0), text, raw;
	size_t controls, high, exempt;
	double illegal;

	raw = str_has_suffix_ci(name, ":raw")
		      ? name
		      : arena_printf(scan_arena(scan), "%.*s:raw", STR_ARG(name));
	text = scan_header_named(scan, raw);
	if (str_trim(text).len == 0)
		return 0;
	count_bytes(text, &controls, &high, &exempt);
	if (!controls && str_has_8bit(text) && utf8_is_valid(text))
		return 0;
	illegal = (double)(controls + high);
	if (illegal > 0 && exempt == 1 && str_eq_ci_c(raw, "subject:raw"))
		illegal--;
	return illegal / (double)text.len >= arg_number(call, 1) && illegal >= arg_number(call, 2);
}

static bool has_faraway_charset(struct scan *scan, const struct eval_call *call, struct str text)
{
	struct str ok_locales = scan_prefs(scan)->settings->ok_locales;
	struct regex_match match;

	while (headereval_finds(scan, call, PATTERN_ENCODED_WORD, text, &match)) {
		if (!locales_allow(scan_arena(scan), ok_locales, match.group[1]))
			return true;
		text = str_from_at(text, match.end);
	}
	return false;
}

static int check_for_faraway_charset_in_headers(struct scan *scan, const struct eval_call *call)
{
	static const char *const specs[] = {"From:raw", "Subject:raw"};

	for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
		const struct str_vec *values =
			mail_header_all_c(scan_arena(scan), scan_mail(scan), specs[i]);

		for (size_t j = 0; j < values->n; j++)
			if (has_faraway_charset(scan, call, values->items[j]))
				return 1;
	}
	return 0;
}

/* SpamAssassin keeps the name and never hits. */
static int check_for_unique_subject_id(struct scan *scan, const struct eval_call *call)
{
	(void)scan;
	(void)call;
	return 0;
}

/* --- senders --- */

static int check_for_matching_env_and_hdr_from(struct scan *scan, const struct eval_call *call)
{
	(void)call;
	return str_eq_ci(scan_header(scan, "EnvelopeFrom:addr"), scan_header(scan, "From:addr"));
}

/* "user@a.b.example.com" → "example.com"; empty without a domain */
static struct str second_level(struct str address)
{
	size_t at = str_rfind_char(address, '@'), dot, domain_dot;
	struct str domain;

	if (at == STR_NOT_FOUND)
		return STR_NONE;
	domain = str_from_at(address, at + 1);
	dot = str_rfind_char(domain, '.');
	if (dot == STR_NOT_FOUND || dot == 0 || dot + 1 == domain.len)
		return domain;
	domain_dot = str_rfind_char(str_sub(domain, 0, dot), '.');
	return domain_dot == STR_NOT_FOUND || domain_dot == 0 || domain_dot + 1 == dot
		       ? domain
		       : str_from_at(domain, domain_dot + 1);
}

static int check_equal_from_domains(struct scan *scan, const struct eval_call *call)
{
	struct str from = second_level(scan_header(scan, "From:addr"));
	struct str envelope = second_level(scan_header(scan, "EnvelopeFrom:addr"));

	(void)call;
	return from.len && envelope.len && !str_eq_ci(from, envelope);
}

static bool is_srs(struct str address)
{
	return address.len > 4 && str_has_prefix_ci(address, "SRS") &&
	       ascii_is_digit((unsigned char)address.ptr[3]) && ascii_is_in(address.ptr[4], "=+-");
}

/* The recipient's domain and name, swapped, in the envelope sender: "example.com.user@" */
static int check_ratware_envelope_from(struct scan *scan, const struct eval_call *call)
{
	struct str to = scan_header(scan, "To:addr"), from = scan_header(scan, "EnvelopeFrom:addr"),
		   user, domain, rest;
	size_t at = str_find_char(to, '@'), found, from_at = 0;

	(void)call;
	if (!from.len || !to.len || is_srs(from) || at == STR_NOT_FOUND || at == 0 ||
	    at + 1 == to.len)
		return 0;
	user = str_sub(to, 0, at);
	domain = registry_trim(scan_mail(scan)->registry,
			       arena_lower(scan_arena(scan), str_from_at(to, at + 1)));
	at = str_rfind_char(domain, '.');
	if (at == STR_NOT_FOUND ||
	    !registry_is_tld(scan_mail(scan)->registry, str_from_at(domain, at + 1)))
		return 0;
	while ((found = str_find_ci(str_from_at(from, from_at), domain)) != STR_NOT_FOUND) {
		found += from_at;
		rest = str_from_at(from, found + domain.len + 1);
		if ((found == 0 || !ascii_is_word((unsigned char)from.ptr[found - 1])) &&
		    rest.len > user.len && str_eq_ci(str_sub(rest, 0, user.len), user) &&
		    rest.ptr[user.len] == '@')
			return 1;
		from_at = found + 1;
	}
	return 0;
}

/* From: "Name" <the end of the Message-ID> */
static int check_ratware_name_id(struct scan *scan, const struct eval_call *call)
{
	struct str from = scan_header(scan, "From"), wanted, name;
	struct regex_match match;
	size_t at, open, from_at = 0;

	if (!headereval_finds(scan, call, PATTERN_RATWARE_ID, scan_header(scan, "MESSAGEID"),
			      &match))
		return 0;
	wanted = arena_printf(scan_arena(scan), "<%.*s>", STR_ARG(match.group[1]));
	while ((at = str_find(str_from_at(from, from_at), wanted)) != STR_NOT_FOUND) {
		name = str_trim_right(str_sub(from, 0, from_at + at));
		from_at += at + 1;
		if (name.len < 3 || name.ptr[name.len - 1] != '"')
			continue;
		open = str_rfind_char(str_sub(name, 0, name.len - 1), '"');
		if (open != STR_NOT_FOUND && open + 2 < name.len)
			return 1;
	}
	return 0;
}

/* --- recipients --- */

/* To and Cc, and Bcc where those are few; a double right behind its twin does not count. */
static void collect_recipients(struct scan *scan, struct str_vec *out)
{
	static const char *const specs[] = {"ToCc:addr", "Bcc:addr"};
	struct str previous = STR_LIT("");
	size_t n_inputs = 0;

	for (size_t n = 0; n < 2 && n_inputs < SIMILAR_MIN; n++) {
		const struct str_vec *all =
			mail_header_all_c(scan_arena(scan), scan_mail(scan), specs[n]);

		n_inputs += all->n;
		for (size_t i = 0; i < all->n && out->n < RECIPIENTS_MAX; i++) {
			if (!str_eq_ci(all->items[i], previous))
				vec_push(scan_arena(scan), out, previous = all->items[i]);
		}
	}
}

/* What stands behind each "@"; an address without one leaves no gap, as in Perl, so that those
 * behind it move up. */
static struct str *hosts_of(struct arena *arena, const struct str_vec *all)
{
	struct str *hosts = ARENA_ARRAY(arena, struct str, all->n);
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		size_t at = str_find_char(all->items[i], '@');

		if (at != STR_NOT_FOUND)
			hosts[n++] = str_from_at(all->items[i], at + 1);
	}
	return hosts;
}

/* The first two bytes, or what there is of them, as a number of its own. */
static unsigned start_of(struct str s)
{
	unsigned first = s.len > 0 ? (unsigned char)s.ptr[0] + 1u : 0,
		 second = s.len > 1 ? (unsigned char)s.ptr[1] + 1u : 0;

	return first << 16 | second;
}

static double similarity(struct arena *arena, const struct str_vec *all)
{
	const struct str *hosts = hosts_of(arena, all);
	unsigned *starts = ARENA_ARRAY(arena, unsigned, all->n),
		 *host_starts = ARENA_ARRAY(arena, unsigned, all->n);
	double hits = 0, combinations = 0;

	for (size_t i = 0; i < all->n; i++) {
		starts[i] = start_of(all->items[i]);
		host_starts[i] = start_of(hosts[i]);
	}

	for (size_t i = 0; i < all->n; i++)
		for (size_t j = i + 1; j < all->n; j++) {
			hits += starts[i] == starts[j];
			hits += host_starts[i] == host_starts[j] && !str_eq(hosts[i], hosts[j]);
			combinations++;
		}
	return combinations > 0 ? hits / combinations : 0;
}

static const struct headereval_facts *recipients_of(struct scan *scan, const struct eval_call *call)
{
	struct headereval_facts *facts = headereval_facts(scan, call);
	struct str_vec all = {0};

	if (facts->has_recipients)
		return facts;
	facts->has_recipients = true;
	collect_recipients(scan, &all);
	facts->recipients_sorted = all.n >= SORTED_MIN;
	for (size_t i = 1; i < all.n && facts->recipients_sorted; i++)
		facts->recipients_sorted = str_cmp(all.items[i - 1], all.items[i]) <= 0;
	if (all.n >= SIMILAR_MIN)
		facts->recipients_similar = similarity(scan_arena(scan), &all);
	return facts;
}

static int sorted_recipients(struct scan *scan, const struct eval_call *call)
{
	return recipients_of(scan, call)->recipients_sorted;
}

static int similar_recipients(struct scan *scan, const struct eval_call *call)
{
	double similar = recipients_of(scan, call)->recipients_similar;

	return (arg_is_undef(call, 0) || similar >= arg_number(call, 0)) &&
	       (arg_is_undef(call, 1) || similar < arg_number(call, 1));
}

static int check_for_missing_to_header(struct scan *scan, const struct eval_call *call)
{
	(void)call;
	return scan_header(scan, "To").len == 0 && scan_header(scan, "Apparently-To").len == 0;
}

/* --- subject --- */

static int subject_is_all_caps(struct scan *scan, const struct eval_call *call)
{
	struct str subject = str_trim(scan_header(scan, "Subject"));
	struct regex_match match;
	size_t n_space = 0, n_lower = 0, n_letters = 0;

	if (headereval_finds(scan, call, PATTERN_REPLY_PREFIX, subject, &match))
		subject = str_from_at(subject, match.end);
	for (size_t i = 0; i < subject.len; i++) {
		n_space += ascii_is_space((unsigned char)subject.ptr[i]);
		n_lower += ascii_is_lower((unsigned char)subject.ptr[i]);
		n_letters += ascii_is_alpha((unsigned char)subject.ptr[i]);
	}
	if (!n_space || subject.len < CAPS_MIN_BYTES || !n_letters || n_lower)
		return 0;
	return !headereval_finds(scan, call, PATTERN_CAPS_CHARSET, scan_header(scan, "Subject:raw"),
				 NULL);
}

static struct str skip_blanks(struct str s)
{
	return str_trim_left(s);
}

static bool begins_ci(struct str s, struct str with)
{
	return s.len >= with.len && str_eq_ci(str_sub(s, 0, with.len), with);
}

static bool is_mark(struct str s)
{
	return s.len && s.ptr[0] && strchr(",:;!?-", s.ptr[0]);
}

/* "Re: name", "Re: word name" */
static bool is_reply_to(struct str subject, struct str name)
{
	size_t word = 0;

	if (!str_has_prefix_ci(subject, "re:") && !str_has_prefix_ci(subject, "fw:"))
		return false;
	subject = skip_blanks(str_from_at(subject, 3));
	if (str_eq_ci(subject, name))
		return true;
	while (word < subject.len && ascii_is_word((unsigned char)subject.ptr[word]))
		word++;
	return word && word < subject.len && ascii_is_space((unsigned char)subject.ptr[word]) &&
	       str_eq_ci(skip_blanks(str_from_at(subject, word)), name);
}

/* "name, ..." in the name's own case; ", name!" */
static bool is_addressed(struct str subject, struct str name)
{
	struct str rest;

	if (subject.len >= name.len && str_eq(str_sub(subject, 0, name.len), name)) {
		rest = skip_blanks(str_from_at(subject, name.len));
		if (is_mark(rest) && (rest.len == 1 || ascii_is_space((unsigned char)rest.ptr[1])))
			return true;
	}
	if (subject.len == 0 || subject.ptr[0] != ',')
		return false;
	rest = skip_blanks(str_from_at(subject, 1));
	return begins_ci(rest, name) && rest.len == name.len + 1 &&
	       is_mark(str_from_at(rest, name.len));
}

static bool has_word_ci(struct str text, struct str word)
{
	size_t from = 0, at;

	while (word.len && (at = str_find_ci(str_from_at(text, from), word)) != STR_NOT_FOUND) {
		size_t start = from + at, end = start + word.len;
		bool before = start > 0 && ascii_is_word((unsigned char)text.ptr[start - 1]);
		bool after = end < text.len && ascii_is_word((unsigned char)text.ptr[end]);

		if (before != (bool)ascii_is_word((unsigned char)word.ptr[0]) &&
		    after != (bool)ascii_is_word((unsigned char)word.ptr[word.len - 1]))
			return true;
		from = start + 1;
	}
	return false;
}

static int check_for_to_in_subject(struct scan *scan, const struct eval_call *call)
{
	struct str to = scan_header(scan, "To:addr"), subject = scan_header(scan, "Subject"), user;

	if (to.len == 0)
		return 0;
	if (str_eq_c(arg_text(call, 0), "address"))
		return has_word_ci(subject, to);
	if (!str_eq_c(arg_text(call, 0), "user"))
		return 0;
	user = str_sub(to, 0, str_find_char(to, '@'));
	if (subject.len && subject.ptr[subject.len - 1] == '\n')
		subject.len--;
	return is_reply_to(subject, user) || is_addressed(subject, user) ||
	       str_eq_ci(subject, user);
}

/* --- the rest --- */

static int check_messageid_not_usable(struct scan *scan, const struct eval_call *call)
{
	return headereval_finds(scan, call, PATTERN_LYRIS, scan_header(scan, "List-Unsubscribe"),
				NULL) ||
	       headereval_is_gated(scan, call) ||
	       headereval_finds(scan, call, PATTERN_CWT_DCE, scan_header(scan, "Received"), NULL);
}

static int check_header_count_range(struct scan *scan, const struct eval_call *call)
{
	const struct headers *headers = scan_mail(scan)->message->headers;
	const struct header_index *index = headers_find(headers, arg_text(call, 0));
	struct map *seen = map_new(scan_arena(scan));

	for (size_t i = 0; index && i < index->at.n; i++)
		map_put(seen, headers->list.items[index->at.items[i]].decoded, seen);
	return (double)map_count(seen) >= arg_number(call, 1) &&
	       (double)map_count(seen) <= arg_number(call, 2);
}

static int check_unresolved_template(struct scan *scan, const struct eval_call *call)
{
	struct str rest = scan_header(scan, "ALL"), line;

	while (str_line_next(&rest, &line))
		if (str_find_char(line, '%') != STR_NOT_FOUND &&
		    headereval_finds(scan, call, PATTERN_TEMPLATE, line, NULL) &&
		    !headereval_finds(scan, call, PATTERN_TEMPLATE_FREE, line, NULL))
			return 1;
	return 0;
}

static const struct eval_def evals[] = {
	{"check_equal_from_domains", NULL, check_equal_from_domains},
	{"check_for_fake_aol_relay_in_rcvd", NULL, headereval_fake_aol},
	{"check_for_faraway_charset_in_headers", NULL, check_for_faraway_charset_in_headers},
	{"check_for_forged_eudoramail_received_headers", NULL, headereval_forged_eudoramail},
	{"check_for_forged_gmail_received_headers", NULL, headereval_forged_gmail},
	{"check_for_forged_gw05_received_headers", NULL, headereval_forged_gw05},
	{"check_for_forged_hotmail_received_headers", NULL, headereval_forged_hotmail},
	{"check_for_forged_juno_received_headers", NULL, headereval_forged_juno},
	{"check_for_forged_yahoo_received_headers", NULL, headereval_forged_yahoo},
	{"check_for_matching_env_and_hdr_from", NULL, check_for_matching_env_and_hdr_from},
	{"check_for_missing_to_header", NULL, check_for_missing_to_header},
	{"check_for_msn_groups_headers", NULL, headereval_msn_groups},
	{"check_for_no_hotmail_received_headers", NULL, headereval_no_hotmail},
	{"check_for_shifted_date", NULL, headereval_shifted_date},
	{"check_for_to_in_subject", NULL, check_for_to_in_subject},
	{"check_for_unique_subject_id", NULL, check_for_unique_subject_id},
	{"check_header_count_range", NULL, check_header_count_range},
	{"check_illegal_chars", NULL, check_illegal_chars},
	{"check_messageid_not_usable", NULL, check_messageid_not_usable},
	{"check_outlook_message_id", NULL, headereval_outlook_message_id},
	{"check_ratware_envelope_from", NULL, check_ratware_envelope_from},
	{"check_ratware_name_id", NULL, check_ratware_name_id},
	{"check_unresolved_template", NULL, check_unresolved_template},
	{"gated_through_received_hdr_remover", NULL, gated_through_received_hdr_remover},
	{"received_within_months", NULL, headereval_received_within_months},
	{"similar_recipients", NULL, similar_recipients},
	{"sorted_recipients", NULL, sorted_recipients},
	{"subject_is_all_caps", NULL, subject_is_all_caps},
	{NULL, NULL, NULL},
};

static const struct eval_wait waits[] = {
	{"check_for_forged_hotmail_received_headers", 3000},
	{"check_illegal_chars", 2000},
	{NULL, 0},
};

const struct plugin_def plugin_headereval = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::HeaderEval",
	.evals = evals,
	.conf_bytes = sizeof(struct headereval_conf),
	.conf_init = conf_init,
	.waits = waits,
};
