/*
 * address: addresses and names out of From, To and the like as SpamAssassin gets them (Util.pm
 * parse_header_addresses): a very forgiving reader first; where that finds fewer than there are
 * commas, the grammar of RFC 5322 is asked, and the richer result wins.
 */
#include "lib/message/address.h"

#include "lib/base/span.h"
#include "lib/message/limits.h"

/* --- pieces of the forgiving grammar
 * ------------------------------------------------------------------ */

static bool is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c);
}

#define BRACKETS   ['<'] = true, ['>'] = true, ['('] = true, [')'] = true
#define LIST_SIGNS BRACKETS, ['['] = true, [']'] = true, [','] = true, [':'] = true, [';'] = true

static size_t skip_space(struct str s, size_t at)
{
	while (at < s.len && ascii_is_space((unsigned char)s.ptr[at]))
		at++;
	return at;
}

/* Behind text in which close is escaped by a backslash and no other of stop occurs; 0: close is
 * missing. */
static size_t behind_escaped(struct str s, size_t at, const char *stop, char close)
{
	while (at < s.len && s.ptr[at] != close) {
		if (s.ptr[at] == '\\') {
			if (at + 1 >= s.len || s.ptr[at + 1] == '\n')
				return 0;
			at++;
		} else if (is_one_of(s.ptr[at], stop)) {
			return 0;
		}
		at++;
	}
	return at < s.len ? at + 1 : 0;
}

/* Behind the "quoted string" at at, 0: there is none. */
static size_t behind_quoted(struct str s, size_t at)
{
	return at < s.len && s.ptr[at] == '"' ? behind_escaped(s, at + 1, "", '"') : 0;
}

/* Behind the (comment) at at, which has no parentheses in it; 0: there is none. */
static size_t behind_comment(struct str s, size_t at)
{
	return at < s.len && s.ptr[at] == '(' ? behind_escaped(s, at + 1, "(", ')') : 0;
}

static size_t behind_unquoted_user(struct str s, size_t at)
{
	static const struct byteset ends = {{LIST_SIGNS, BYTESET_SPACES, ['@'] = true}};

	return span_until(s, at, &ends);
}

/* Behind a domain or an [address literal] at at; 0: there is none. */
static size_t behind_domain(struct str s, size_t at)
{
	static const struct byteset ends = {{LIST_SIGNS, BYTESET_SPACES, ['"'] = true}};
	size_t end = span_until(s, at, &ends);

	if (end > at)
		return end;
	if (at >= s.len || s.ptr[at] != '[')
		return 0;
	for (end = at + 1; end < s.len && (ascii_is_digit((unsigned char)s.ptr[end]) ||
					   is_one_of(s.ptr[end], ":."));)
		end++;
	return end > at + 1 && end < s.len && s.ptr[end] == ']' ? end + 1 : 0;
}

/* Behind user@domain at at; 0: there is none. */
static size_t behind_mail(struct str s, size_t at)
{
	size_t user = behind_quoted(s, at);

	if (!user || user >= s.len || s.ptr[user] != '@')
		user = behind_unquoted_user(s, at);
	if (user == at || user >= s.len || s.ptr[user] != '@')
		return 0;
	return behind_domain(s, user + 1);
}

static bool is_mail(struct str s)
{
	size_t end = s.len ? behind_mail(s, 0) : 0;

	return end && (end == s.len || (end + 1 == s.len && s.ptr[end] == '\n'));
}

/* --- one address of the list
 * ---------------------------------------------------------------------------- */

struct found {
	struct str phrase, address, comment; /* ptr NULL = absent */
	bool in_angles;
	size_t end; /* behind the comma */
};

/* Where phrases stop; the pieces (quoted strings and runs between) are remembered for shorter
 * tries. */
struct phrase {
	size_t ends[LIMIT_PHRASE_PIECES];
	size_t n;
};

static void read_phrase(struct str s, size_t at, struct phrase *phrase)
{
	for (phrase->n = 0; phrase->n < LIMIT_PHRASE_PIECES;) {
		static const struct byteset ends = {
			{['"'] = true, [','] = true, [';'] = true, ['<'] = true}};
		size_t end = behind_quoted(s, at);

		if (!end)
			end = span_until(s, at, &ends);
		if (end == at)
			return;
		phrase->ends[phrase->n++] = at = end;
	}
}

/* "(comment)" perhaps, then a separator or the end. */
static bool ends_address(struct str s, size_t at, struct found *found)
{
	size_t open = skip_space(s, at), close = behind_comment(s, open);

	for (int with_comment = close != 0; with_comment >= 0; with_comment--) {
		size_t end = skip_space(s, with_comment ? close : at);

		if (end < s.len && s.ptr[end] != ',' && s.ptr[end] != ';')
			continue;
		found->comment = with_comment ? str_sub(s, open + 1, close - open - 2) : STR_NONE;
		found->end = end + (end < s.len);
		return true;
	}
	return false;
}

/* Where ">" may stand for a "<" whose inside starts at start: the furthest first, as SpamAssassin
 * prefers. */
struct closers {
	struct str s;
	size_t start, mark; /* mark: the first ">" or "@" */
	size_t next;        /* the next candidate lies before */
	int step;
};

static void closers_init(struct closers *c, struct str s, size_t start)
{
	*c = (struct closers){.s = s, .start = start, .mark = start};
	while (c->mark < s.len && s.ptr[c->mark] != '>' && s.ptr[c->mark] != '@')
		c->mark++;
	for (c->next = c->mark; c->next < s.len && !ascii_is_space((unsigned char)s.ptr[c->next]);)
		c->next++;
}

static bool has_text(struct str s, size_t from, size_t upto)
{
	return skip_space(s, from) < upto;
}

/* The next candidate: offset of ">", and where the inside ends. */
static bool closers_next(struct closers *c, size_t *close_out, size_t *inside_end_out)
{
	if (c->mark >= c->s.len)
		return false;
	if (c->step == 0) { /* behind blanks that follow the run of text */
		size_t close = skip_space(c->s, c->next);

		c->step = 1;
		*inside_end_out = c->next;
		*close_out = close;
		if (close > c->next && close < c->s.len && c->s.ptr[close] == '>')
			return true;
	}
	while (c->step == 1 && c->next > c->mark + 1)
		if (c->s.ptr[--c->next] == '>') {
			*inside_end_out = *close_out = c->next;
			return true;
		}
	if (c->step == 1 && c->s.ptr[c->mark] == '>') {
		c->step = 2;
		for (*inside_end_out = c->mark;
		     *inside_end_out > c->start &&
		     ascii_is_space((unsigned char)c->s.ptr[*inside_end_out - 1]);)
			--*inside_end_out;
		*close_out = c->mark;
		return has_text(c->s, c->start, c->mark) || skip_space(c->s, c->start) == c->mark;
	}
	return false;
}

/* Behind "text>" at at: text without blanks in it, the longest that closes; or nothing but blanks.
 * 0: none. */
static size_t behind_closed_word(struct str s, size_t at)
{
	size_t end = at, close;

	while (end < s.len && !ascii_is_space((unsigned char)s.ptr[end]))
		end++;
	close = skip_space(s, end);
	if (end > at && close < s.len && s.ptr[close] == '>')
		return close + 1;
	while (end > at + 1)
		if (s.ptr[--end] == '>')
			return end + 1;
	return at < s.len && s.ptr[at] == '>' ? at + 1 : 0;
}

/* Behind a repeated "<...>" enclosure at at; 0: there is none. */
static size_t behind_repeat(struct str s, size_t at)
{
	size_t quoted, end = 0;

	at = skip_space(s, at);
	if (at >= s.len || s.ptr[at] != '<')
		return 0;
	at = skip_space(s, at + 1);
	quoted = behind_quoted(s, at);
	if (quoted && quoted < s.len && !ascii_is_space((unsigned char)s.ptr[quoted]))
		end = behind_closed_word(s, quoted);
	return end ? end : behind_closed_word(s, at);
}

static bool ends_after_angles(struct str s, size_t at, struct found *found)
{
	size_t ends[LIMIT_REPEATED_ENCLOSURES], n = 0;

	while (n < LIMIT_REPEATED_ENCLOSURES && (ends[n] = behind_repeat(s, n ? ends[n - 1] : at)))
		n++;
	while (n > 0)
		if (ends_address(s, ends[--n], found))
			return true;
	return ends_address(s, at, found);
}

/* "<" at at, and all to the end of the address. */
static bool read_angles(struct str s, size_t at, struct found *found)
{
	struct closers closers;
	size_t close, inside;

	if (at >= s.len || s.ptr[at] != '<')
		return false;
	at = skip_space(s, at + 1);
	closers_init(&closers, s, at);
	for (int tries = 0; tries < LIMIT_CLOSER_TRIES && closers_next(&closers, &close, &inside);
	     tries++)
		if (ends_after_angles(s, close + 1, found)) {
			found->address = str_sub(s, at, inside > at ? inside - at : 0);
			found->in_angles = true;
			return true;
		}
	return false;
}

static bool read_standalone(struct str s, size_t at, const struct phrase *phrase,
			    struct found *found)
{
	size_t end = behind_mail(s, at);

	if (end && ends_address(s, end, found)) {
		found->address = str_sub(s, at, end - at);
		return true;
	}
	for (size_t n = phrase->n; n > 0; n--)
		if (ends_address(s, phrase->ends[n - 1], found)) {
			found->phrase = str_sub(s, at, phrase->ends[n - 1] - at);
			return true;
		}
	return false;
}

/* The address at the front of s; false when it makes no sense. */
static bool read_one(struct str s, struct found *found)
{
	size_t at = skip_space(s, 0);
	struct phrase phrase;

	*found = (struct found){.end = 0};
	read_phrase(s, at, &phrase);
	if (read_angles(s, phrase.n ? phrase.ends[phrase.n - 1] : at, found)) {
		if (phrase.n)
			found->phrase = str_sub(s, at, phrase.ends[phrase.n - 1] - at);
		return true;
	}
	if (read_standalone(s, at, &phrase, found))
		return true;
	if (at > 0 && at < s.len && (s.ptr[at] == ',' || s.ptr[at] == ';')) {
		found->phrase =
			str_sub(s, at - 1, 1); /* nothing but blanks before a comma: a blank name */
		found->end = at + 1;
		return true;
	}
	return false;
}

/* --- what is made of it
 * ------------------------------------------------------------------------------------ */

static struct str without_comments(struct arena *scan, struct str s)
{
	struct buf out;

	if (str_find_char(s, '(') == STR_NOT_FOUND)
		return s;
	buf_init(&out, scan);
	for (size_t i = 0, end; i < s.len; i = end) {
		end = behind_comment(s, i);
		if (!end)
			buf_add_char(&out, s.ptr[(end = i + 1) - 1]);
	}
	return str_make(buf_cstr(&out), out.len);
}

/* Quoted pieces lose quotes and backslashes, the others their comments. */
static struct str clean_phrase(struct arena *scan, struct str s)
{
	struct buf out;

	buf_init(&out, scan);
	for (size_t i = 0, end; i < s.len; i = end) {
		end = behind_quoted(s, i);
		if (end) {
			for (size_t k = i + 1; k + 1 < end; k++)
				if (s.ptr[k] != '\\')
					buf_add_char(&out, s.ptr[k]);
			continue;
		}
		for (end = i; end < s.len && s.ptr[end] != '"';)
			end++;
		buf_add_str(&out, without_comments(scan, str_sub(s, i, end - i)));
		end = end == i ? i + 1 : end;
	}
	return str_make(buf_cstr(&out), out.len);
}

bool address_is_plausible(struct str address)
{
	size_t quotes = 0;

	for (size_t i = 0; i < address.len; i++)
		quotes += address.ptr[i] == '"';
	return address.ptr && quotes != 1 && !str_has_prefix(address, "\"\"@");
}

static bool is_sound_label(struct str label)
{
	if (label.len < 1 || label.len > 63 || label.ptr[0] == '-' ||
	    label.ptr[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++)
		if (!ascii_is_word((unsigned char)label.ptr[i]) && label.ptr[i] != '-' &&
		    (unsigned char)label.ptr[i] < 0x80)
			return false;
	return true;
}

bool address_host_is_sound(struct str host)
{
	struct str label, next;
	size_t labels = 0;

	if (host.len && host.ptr[host.len - 1] == '\n')
		host.len--; /* as Perl's $ does */
	while (host.len && host.ptr[host.len - 1] == '.')
		host.len--;
	if (host.len > 253)
		return false;
	for (struct str rest = host; str_split_next(&rest, '.', &label); labels++) {
		size_t left = 0;

		if (!is_sound_label(label))
			return false;
		for (struct str behind = rest; str_split_next(&behind, '.', &next) && left < 2;)
			left++;
		if (left < 2 && str_find_char(label, '_') != STR_NOT_FOUND)
			return false; /* only a third-level label and below may hold "_" */
	}
	return labels > 1;
}

/* user@host, cut before a second "@". */
static void set_address(struct address *address, struct str s)
{
	size_t at = str_find_char(s, '@'), second;

	if (at == STR_NOT_FOUND)
		return;
	struct str host = str_from_at(s, at + 1);
	second = str_find_char(host, '@');
	address->host = str_sub(host, 0, second);
	address->address = str_sub(s, 0, at + 1 + address->host.len);
}

static struct str valid_address(struct arena *scan, const struct found *found)
{
	struct str address = found->address;

	if (found->in_angles) {
		address = without_comments(scan, address);
		if (!is_mail(address))
			return STR_NONE;
	}
	return address_is_plausible(address) ? address : STR_NONE;
}

/* "joe@example.com" as a name and no address: the name is the address. */
static bool phrase_is_address(struct str phrase)
{
	struct address split = {.host = STR_NONE};

	if (!is_mail(phrase) || !address_is_plausible(phrase))
		return false;
	set_address(&split, phrase);
	return address_host_is_sound(split.host);
}

static void add_found(struct arena *scan, const struct found *found, struct address_vec *out)
{
	struct address result = {.phrase = STR_NONE};
	struct str address = valid_address(scan, found);

	if (found->phrase.ptr) {
		result.phrase = clean_phrase(scan, found->phrase);
		if (!address.ptr && phrase_is_address(result.phrase)) {
			address = result.phrase;
			result.phrase = STR_NONE;
		} else if (!result.phrase.len || (address.ptr && str_eq(result.phrase, address))) {
			result.phrase = STR_NONE;
		}
	}
	if (!result.phrase.ptr)
		result.phrase = found->comment;
	if (address.ptr)
		set_address(&result, address);
	vec_push(scan, out, result);
}

/* Addresses in angles that the list grammar did not reach. */
static void rescue_rest(struct arena *scan, struct str s, struct address_vec *out)
{
	if (str_find_char(s, '@') == STR_NOT_FOUND)
		return;
	for (size_t i = 0; i < s.len; i++) {
		size_t end = s.ptr[i] == '<' ? behind_mail(s, i + 1) : 0;
		struct address result = {.phrase = STR_NONE};

		if (!end || end >= s.len || s.ptr[end] != '>')
			continue;
		struct str address = str_sub(s, i + 1, end - i - 1);
		i = end;
		if (!address_is_plausible(address))
			continue;
		set_address(&result, address);
		vec_push(scan, out, result);
	}
}

/* --- the whole value
 * ------------------------------------------------------------------------------------------ */

static struct str without_double_backslashes(struct arena *scan, struct str s)
{
	struct buf out;

	if (!str_contains(s, "\\\\"))
		return s;
	buf_init(&out, scan);
	for (size_t i = 0; i < s.len; i++) {
		if (i + 1 < s.len && s.ptr[i] == '\\' && s.ptr[i + 1] == '\\')
			i++;
		else
			buf_add_char(&out, s.ptr[i]);
	}
	return str_make(buf_cstr(&out), out.len);
}

/* "Friends: a@example.com, b@example.com;" loses "Friends:"; "undisclosed:;..." everything. */
static struct str without_group(struct str s)
{
	static const struct byteset ends = {{BRACKETS, ['"'] = true}};
	size_t colon = 0, end = span_until(s, 0, &ends);

	for (size_t i = 0; i < end; i++)
		if (s.ptr[i] == ':')
			colon = i;
	if (!colon)
		return s;
	s = str_from_at(s, skip_space(s, colon + 1));
	return s.len && s.ptr[0] == ';' ? STR_NONE : s;
}

static void parse_forgivingly(struct arena *scan, struct str s, struct address_vec *out)
{
	struct found found;

	s = without_group(str_trim_right(s));
	if (!str_trim(s).len)
		return;
	while (out->n < LIMIT_ADDRESSES && read_one(s, &found)) {
		add_found(scan, &found, out);
		s = str_from_at(s, found.end);
		if (!s.len)
			return;
	}
	rescue_rest(scan, s, out);
}

static size_t count_commas(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.ptr[i] == ',';
	return n;
}

/* 'Joe' → Joe */
static struct str without_outer_quotes(struct str s)
{
	if (s.len < 2 || s.ptr[0] != '\'' || s.ptr[s.len - 1] != '\'')
		return s;
	return str_sub(s, 1, s.len - 2);
}

/* The name as the :name modifier gives it (PerMsgStatus.pm _get). */
static struct str shown_name(struct arena *scan, struct str phrase,
			     const struct message_settings *settings)
{
	struct str decoded = header_decode_words(scan, phrase, settings);
	struct str rest = decoded, word;
	struct buf out;

	if (!str_trim(decoded).len)
		return decoded.ptr ? decoded : STR_LIT("");
	buf_init(&out, scan);
	while (str_word_next(&rest, &word)) {
		if (out.len)
			buf_add_char(&out, ' ');
		buf_add_str(&out, word);
	}
	return without_outer_quotes(buf_str(&out));
}

/* The strict parser is asked where the forgiving one seems to have missed something. */
static void ask_strict(struct arena *scan, struct str raw_value, struct str text,
		       struct address_vec *found)
{
	struct address_vec strict = {.n = 0};
	bool nested = str_find_char(raw_value, '(') != str_rfind_char(raw_value, '(');

	if (found->n > count_commas(raw_value) && !nested)
		return;
	addresses_parse_strict(scan, text, &strict);
	if (nested || strict.n > found->n)
		*found = strict;
}

void addresses_parse(struct arena *scan, struct str raw_value,
		     const struct message_settings *settings, struct address_vec *out)
{
	struct address_vec found = {.n = 0};
	struct address last = {
		.phrase = STR_NONE}; /* the same phrase may stand for many faulty addresses */
	struct str text = without_double_backslashes(scan, raw_value);

	if (!str_trim(raw_value).len)
		return;
	parse_forgivingly(scan, text, &found);
	if (settings->email_address_xs)
		ask_strict(scan, raw_value, text, &found);
	for (size_t i = 0, bytes = 0; i < found.n && bytes < LIMIT_NAMES_BYTES; i++) {
		struct address *address = &found.items[i];

		bytes += address->phrase.len;
		if (address->phrase.ptr && address->phrase.ptr == last.phrase.ptr &&
		    address->phrase.len == last.phrase.len)
			address->name = last.name;
		else if (address->phrase.ptr)
			address->name = shown_name(scan, address->phrase, settings);
		last = *address;
		vec_push(scan, out, *address);
	}
}
