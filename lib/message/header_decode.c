/*
 * header_decode: one header value as rules see it (Node.pm header, _decode_header): unfolded,
 * trimmed, 8-bit bytes guessed at, RFC 2047 encoded words decoded.
 */
#include "lib/message/limits.h"
#include "lib/message/parse.h"

/* "\n" and the blanks behind it become one blank. */
static struct str unfold(struct arena *scan, struct str raw)
{
	char *to;
	size_t n = 0;

	if (str_find_char(raw, '\n') == STR_NOT_FOUND)
		return raw;
	to = arena_alloc(scan, raw.len + 1);
	for (size_t at = 0, end; at < raw.len; at = end) {
		struct str line = str_sub(raw, at, str_find_char(str_from_at(raw, at), '\n'));

		memcpy(to + n, line.ptr, line.len);
		n += line.len;
		at += line.len;
		for (end = at + 1; end < raw.len && (raw.ptr[end] == ' ' || raw.ptr[end] == '\t');)
			end++;
		if (at < raw.len)
			to[n++] = end > at + 1 ? ' ' : '\n';
	}
	return str_make(to, n);
}

/* Line ends that are left (no fold behind them) go. */
static struct str drop_newlines(struct arena *scan, struct str s)
{
	char *to;
	size_t n = 0;

	if (str_find_char(s, '\n') == STR_NOT_FOUND)
		return s;
	to = arena_alloc(scan, s.len + 1);
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\r' && i + 1 < s.len && s.ptr[i + 1] == '\n')
			continue;
		if (s.ptr[i] != '\n')
			to[n++] = s.ptr[i];
	}
	return str_make(to, n);
}

/* Headers in which RFC 2047 has no business. */
static bool is_structured(struct str name)
{
	static const char *const names[] = {
		"received",    "message-id",   "resent-message-id", "date",
		"resent-date", "mime-version", "references",        "in-reply-to",
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (str_eq_ci_c(name, names[i]))
			return true;
	return str_has_prefix_ci(name, "list-");
}

/* --- encoded words
 * ------------------------------------------------------------------------------------ */

struct encoded_word {
	struct str charset, text;
	bool is_base64;
	size_t len; /* of all of it, 0: there is none */
};

static bool is_charset_char(unsigned char c)
{
	return ascii_is_alnum(c) || c == '*' || c == '_' || c == '-';
}

/* The encoded word that starts at offset at. */
static struct encoded_word word_at(struct str s, size_t at)
{
	struct encoded_word word = {.len = 0};
	struct str rest = str_from_at(s, at);
	size_t i = 2, end;

	if (!str_has_prefix(rest, "=?"))
		return word;
	while (i < rest.len && is_charset_char((unsigned char)rest.ptr[i]))
		i++;
	if (i == 2 || i + 2 >= rest.len || rest.ptr[i] != '?' ||
	    !ascii_is_in(rest.ptr[i + 1], "bBqQ") || rest.ptr[i + 1] == '\0' ||
	    rest.ptr[i + 2] != '?')
		return word;
	end = str_find_char(str_from_at(rest, i + 3), '?');
	if (end == STR_NOT_FOUND || i + 3 + end + 1 >= rest.len || rest.ptr[i + 3 + end + 1] != '=')
		return word;
	word.charset = str_sub(rest, 2, i - 2);
	word.is_base64 = ascii_lower(rest.ptr[i + 1]) == 'b';
	word.text = str_sub(rest, i + 3, end);
	word.len = i + 3 + end + 2;
	return word;
}

static struct str word_bytes(struct arena *scan, const struct encoded_word *word)
{
	struct buf text;

	if (word->is_base64)
		return base64_mail_decode(scan, word->text);
	buf_init(&text, scan);
	for (size_t i = 0; i < word->text.len; i++) {
		if (word->text.ptr[i] == '_')
			buf_add(&text, "=20", 3);
		else
			buf_add_char(&text, word->text.ptr[i]);
	}
	return qp_mail_decode(scan, buf_str(&text));
}

/* Words of one charset in a row are joined before it is decoded, for characters get split between
 * them. */
struct section {
	struct str charset; /* ptr NULL: not encoded */
	struct buf bytes;
};

static void flush_section(struct arena *scan, struct section *section, struct buf *out)
{
	struct str bytes = buf_str(&section->bytes);
	size_t star = str_find_char(section->charset, '*'); /* RFC 2231: a language may follow */
	struct str charset = str_sub(section->charset, 0, star);

	if (charset.len)
		bytes = charset_to_utf8(scan, bytes, charset, true, NULL);
	buf_add_str(out, bytes);
	buf_init(&section->bytes, scan);
}

static void add_word(struct arena *scan, struct section *section, const struct encoded_word *word,
		     struct buf *out)
{
	if (!str_eq_ci(section->charset, word->charset))
		flush_section(scan, section, out);
	section->charset = word->charset;
	buf_add_str(&section->bytes, word_bytes(scan, word));
}

static void add_plain(struct arena *scan, struct section *section, struct str text, struct buf *out)
{
	if (section->charset.len)
		flush_section(scan, section, out);
	section->charset = STR_NONE;
	buf_add_str(&section->bytes, text);
}

/* White space at i that stands between two encoded words: where it ends, else i. */
static size_t skip_gap(struct str s, size_t i)
{
	size_t end = i;

	while (end < s.len && ascii_is_space((unsigned char)s.ptr[end]))
		end++;
	return end > i && word_at(s, end).len ? end : i;
}

static struct str decode_words(struct arena *scan, struct str s)
{
	struct section section = {.charset = STR_NONE};
	struct buf out;

	buf_init(&out, scan);
	buf_init(&section.bytes, scan);
	for (size_t i = 0; i < s.len;) {
		struct encoded_word word = word_at(s, i);
		size_t end = i + 1;

		if (word.len) {
			add_word(scan, &section, &word, &out);
			i = skip_gap(s, i + word.len);
			continue;
		}
		if (s.ptr[i] != '=')
			while (end < s.len && s.ptr[end] != '=')
				end++;
		add_plain(scan, &section, str_sub(s, i, end - i), &out);
		i = end;
	}
	flush_section(scan, &section, &out);
	return buf_str(&out);
}

static struct str decode(struct arena *scan, struct str s, bool has_words)
{
	if (str_has_8bit(s))
		s = charset_to_utf8(scan, s, STR_LIT("UTF-8"), false, NULL);
	if (has_words && str_contains(s, "=?"))
		s = decode_words(scan, s);
	return s.ptr ? s : STR_LIT("");
}

struct str header_decode(struct arena *scan, struct str name, struct str raw,
			 const struct message_settings *settings)
{
	(void)settings; /* headers are always normalised */
	return decode(scan, drop_newlines(scan, str_trim(unfold(scan, raw))), !is_structured(name));
}

struct str header_decode_words(struct arena *scan, struct str text,
			       const struct message_settings *settings)
{
	(void)settings;
	return decode(scan, drop_newlines(scan, text), true);
}
