/*
 * URIs and addresses in running text, as mail clients make links of them (PerMsgStatus.pm
 * _tbirdurire and _process_text_uri_list): with a known scheme or prefix, as an address, or as a
 * bare host name with a known top-level domain.
 */
#include "lib/message/uri_find.h"

#include "lib/base/span.h"
#include "lib/message/uri_host.h"

enum { URL_BYTES = 2048, ADDRESS_BYTES = 251, HOST_BYTES = 253, PORT_DIGITS = 5 };

enum byte_class { ENDS = 1, ENDS_ADDRESS = 2, STARTS = 4, STARTS_BARE = 8 };

/* Bytes 1B (ISO 2022 shifts) and A0 (no-break space) delimit as blanks do. A table to the compiler:
 * it is asked for every byte. */
static inline unsigned class_of(unsigned char c)
{
	switch (c) {
	case ' ':
	case '\t':
	case '\n':
	case '\v':
	case '\f':
	case '\r':
	case 0x1b:
	case 0xa0:
	case '>':
	case '<':
	case '"':
	case '`':
	case '{':
	case '[':
	case '|':
		return ENDS | ENDS_ADDRESS | STARTS | STARTS_BARE;
	case '}':
	case ']':
		return ENDS | ENDS_ADDRESS | STARTS_BARE;
	case ',':
	case '(':
	case '\'':
		return ENDS_ADDRESS | STARTS | STARTS_BARE;
	case '!':
	case '#':
	case '$':
	case '&':
	case ')':
	case '*':
	case '+':
	case '/':
	case ':':
	case ';':
	case '=':
	case '?':
	case '@':
	case '\\':
	case '^':
	case '~':
		return STARTS_BARE;
	default:
		return c >= 0x80 ? ENDS_ADDRESS : 0;
	}
}

static bool is_class(struct str text, size_t at, unsigned class)
{
	return class_of((unsigned char)text.ptr[at]) & class;
}

/* End of the run of bytes not of the class, at most max bytes long; from when it is longer. */
static size_t run_end(struct str text, size_t from, unsigned class, size_t max)
{
	size_t at = from;

	while (at < text.len && at - from <= max && !is_class(text, at, class))
		at++;
	return at - from <= max ? at : from;
}

static bool ends_here(struct str text, size_t at, unsigned class)
{
	return at >= text.len || is_class(text, at, class);
}

/* Length of "www.", "www1.", "www12.", "ftp.", "http://", "https://", "ftp://" at the start, or 0.
 */
static size_t prefix_length(struct str s)
{
	static const char *const fixed[] = {"http://", "https://", "ftp://", "ftp."};
	size_t at = 3;
	char first = ascii_lower(s.ptr[0]);

	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		if (first == fixed[i][0] && str_has_prefix_ci(s, fixed[i]))
			return strlen(fixed[i]);
	if (first != 'w' || !str_has_prefix_ci(s, "www"))
		return 0;
	while (at < s.len && at < 5 && ascii_is_digit((unsigned char)s.ptr[at]))
		at++;
	return at < s.len && s.ptr[at] == '.' ? at + 1 : 0;
}

static size_t match_url(struct str text, size_t at)
{
	size_t prefix = prefix_length(str_from_at(text, at)), start = at + prefix, end;

	if (!prefix)
		return 0;
	end = run_end(text, start, ENDS, URL_BYTES);
	return end > start ? end - at : 0;
}

/* has_sign: there is an "@" before the next byte that ends all links. */
static size_t match_address(struct str text, size_t at, bool has_sign)
{
	size_t end = at, domain;

	if (ascii_lower(text.ptr[at]) == 'm' &&
	    str_has_prefix_ci(str_from_at(text, at), "mailto:")) {
		end = run_end(text, at + 7, ENDS_ADDRESS, URL_BYTES);
		if (end > at + 7)
			return end - at;
		end = at;
	}
	if (!has_sign)
		return 0;
	while (end < text.len && end - at <= ADDRESS_BYTES && text.ptr[end] != '@' &&
	       !is_class(text, end, ENDS_ADDRESS))
		end++;
	if (end == at || end - at > ADDRESS_BYTES || end >= text.len || text.ptr[end] != '@')
		return 0;
	domain = end + 1;
	end = run_end(text, domain, ENDS_ADDRESS, ADDRESS_BYTES);
	return end > domain ? end - at : 0;
}

static bool is_host_char(char c)
{
	return ascii_is_alnum((unsigned char)c) || c == '.' || c == '_' || c == '-';
}

/* Behind a bare host: port and path, then an end. The offset of that end, or 0. */
static size_t bare_tail(struct str text, size_t at)
{
	size_t digits = at + 1, end;

	if (at < text.len && text.ptr[at] == ':') {
		while (digits < text.len && digits - at <= PORT_DIGITS &&
		       ascii_is_digit((unsigned char)text.ptr[digits]))
			digits++;
		if (digits > at + 1)
			at = digits;
	}
	if (at < text.len && text.ptr[at] == '/') {
		end = run_end(text, at + 1, ENDS, URL_BYTES);
		if (end > at + 1)
			return end;
	}
	return ends_here(text, at, ENDS) ? at : 0;
}

static size_t match_bare(const struct registry *registry, struct str text, size_t at,
			 struct str *host_out)
{
	size_t end = at, host_end, dot, tail;

	if (at > 0 && !is_class(text, at - 1, STARTS_BARE))
		return 0;
	if (!ascii_is_alnum((unsigned char)text.ptr[at]))
		return 0;
	while (end < text.len && end - at <= HOST_BYTES + 64 && is_host_char(text.ptr[end]))
		end++;
	host_end = text.ptr[end - 1] == '.' ? end - 1 : end;
	*host_out = str_sub(text, at, host_end - at);
	dot = str_rfind_char(*host_out, '.');
	if (dot == STR_NOT_FOUND || dot == 0 || dot > ADDRESS_BYTES + 1)
		return 0;
	if (!registry_is_tld(registry, str_from_at(*host_out, dot + 1)))
		return 0;
	tail = bare_tail(text, end);
	return tail ? tail - at : 0;
}

/* A word begins or ends here, or a delimiter or an ISO 2022 shift is just before. */
static bool may_start(struct str text, size_t at)
{
	bool before = at > 0 && ascii_is_word((unsigned char)text.ptr[at - 1]);

	if (before != (bool)ascii_is_word((unsigned char)text.ptr[at]))
		return true;
	if (at > 0 && is_class(text, at - 1, STARTS))
		return true;
	return at >= 3 && text.ptr[at - 3] == 0x1b && text.ptr[at - 2] == '(' &&
	       text.ptr[at - 1] != '\n';
}

/*
 * A link has one of "." ":" "@" before the next byte that ends all of them: from an offset on,
 * where the first run of bytes with such a one begins. What lies before begins no link.
 */
static size_t skip_plain_runs(struct str text, size_t at)
{
	static const struct byteset signs = {{['.'] = true, [':'] = true, ['@'] = true}};
	size_t from = span_until(text, at, &signs);

	if (from == text.len)
		return text.len;
	while (from > at && !is_class(text, from - 1, ENDS))
		from--;
	return from;
}

bool uri_find_next(const struct registry *registry, struct str text, size_t *at,
		   struct uri_found *out)
{
	size_t run_end = *at; /* up to here it has been seen that links may begin */
	bool has_sign = false;

	for (size_t i = *at; i < text.len; i++) {
		struct str host = STR_NONE;
		size_t length;

		if (i >= run_end) {
			i = skip_plain_runs(text, i);
			if (i >= text.len)
				break;
			for (run_end = i; run_end < text.len && !is_class(text, run_end, ENDS);)
				run_end++;
			has_sign =
				str_find_char(str_sub(text, i, run_end - i), '@') != STR_NOT_FOUND;
		}
		if (!may_start(text, i))
			continue;
		out->kind = URI_FOUND_URL;
		length = match_url(text, i);
		if (!length) {
			out->kind = URI_FOUND_ADDRESS;
			length = match_address(text, i, has_sign);
		}
		if (!length) {
			out->kind = URI_FOUND_BARE;
			length = match_bare(registry, text, i, &host);
		}
		if (!length)
			continue;
		out->text = str_sub(text, i, length);
		out->host = out->kind == URI_FOUND_BARE ? host : STR_NONE;
		*at = i + length;
		return true;
	}
	*at = text.len;
	return false;
}
