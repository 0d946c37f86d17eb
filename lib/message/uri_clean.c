/* Canonical forms of one URI, as browsers and mail clients would read it (Util.pm
 * uri_list_canonicalize). */
#include <stdio.h>
#include "lib/base/buf.h"
#include "lib/base/encode.h"
#include "lib/base/map.h"
#include "lib/base/number.h"
#include "lib/base/pairs.h"
#include "lib/message/limits.h"
#include "lib/message/uri.h"
#include "lib/message/uri_host.h"

enum {
	FORMS_MAX = 1000, /* of one URI; redirects inside redirects would go on otherwise */
	FORMS_FEW = 8,
};

/* The forms found so far; those in `todo` are worked on in turn. */
struct forms {
	struct arena *arena;
	const struct uri_settings *settings;
	bool characters;
	struct str_vec todo, found;
	struct map *seen; /* NULL for a few: those are compared one by one */
};

static void add(struct forms *f, struct str form)
{
	if (f->found.n < FORMS_MAX)
		vec_push(f->arena, &f->found, form);
}

static struct str join(struct arena *arena, struct str a, struct str b, struct str c)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add_str(&out, a);
	buf_add_str(&out, b);
	buf_add_str(&out, c);
	return buf_str(&out);
}

static struct str without_line_ends(struct arena *arena, struct str uri)
{
	struct buf out;

	if (str_find_char(uri, '\n') == STR_NOT_FOUND && str_find_char(uri, '\r') == STR_NOT_FOUND)
		return str_trim(uri);
	buf_init(&out, arena);
	for (size_t i = 0; i < uri.len; i++)
		if (uri.ptr[i] != '\n')
			buf_add_char(&out, uri.ptr[i]);
	uri = str_trim(buf_str(&out));
	buf_init(&out, arena);
	for (size_t i = 0; i < uri.len; i++)
		if (uri.ptr[i] != '\r')
			buf_add_char(&out, uri.ptr[i]);
	return buf_str(&out);
}

/* Offset of the first of chars at or after from, or the length. */
static inline size_t find_any(struct str s, size_t from, const char *chars)
{
	while (from < s.len && !ascii_is_in(s.ptr[from], chars))
		from++;
	return from;
}

/* --- addresses --- */

static bool is_address(struct str uri)
{
	size_t at = str_find_char(uri, '@'), colon = str_find_char(uri, ':');

	return str_has_prefix_ci(uri, "mailto:") ||
	       (at != STR_NOT_FOUND && (colon == STR_NOT_FOUND || at < colon));
}

/* What is before the first of stops behind the "@" (and something on both sides of it), or ptr
 * NULL. */
static struct str address_until(struct str uri, const char *stops, char need)
{
	size_t at = str_find_char(uri, '@'), end;

	if (at == STR_NOT_FOUND || at == 0)
		return STR_NONE;
	end = find_any(uri, at + 1, stops);
	if (end == at + 1 || (need && (end >= uri.len || uri.ptr[end] != need)))
		return STR_NONE;
	return str_sub(uri, 0, end);
}

static void clean_address(struct forms *f, struct str uri)
{
	struct str cut = address_until(uri, "?", '?'), rest;
	size_t open, end;

	if (cut.ptr)
		add(f, cut);
	cut = address_until(uri, "?&", '&');
	if (cut.ptr)
		add(f, cut);
	if (str_contains(uri, "%20")) {
		rest = str_from_at(uri, str_has_prefix_ci(uri, "mailto:") ? 7 : 0);
		while (str_has_prefix(rest, "%20"))
			rest = str_from_at(rest, 3);
		cut = address_until(rest, "?&%", 0);
		if (cut.ptr)
			add(f, join(f->arena, STR_LIT("mailto:"), cut, STR_NONE));
	}
	open = str_find_char(str_sub(uri, 0, find_any(uri, 0, "?&")), '<');
	if (open == STR_NOT_FOUND)
		return;
	rest = str_from_at(uri, open + 1);
	end = str_find_char(rest, '>');
	cut = end == STR_NOT_FOUND ? STR_NONE : address_until(str_sub(rest, 0, end), "", 0);
	if (cut.ptr)
		add(f, join(f->arena, STR_LIT("mailto:"), cut, STR_NONE));
}

/* --- spelling --- */

static int hex_value(char c)
{
	if (ascii_is_digit((unsigned char)c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that "%XX" at i stands for, or -1. */
static int escape_at(struct str s, size_t i)
{
	if (i + 2 >= s.len || s.ptr[i] != '%' || hex_value(s.ptr[i + 1]) < 0 ||
	    hex_value(s.ptr[i + 2]) < 0)
		return -1;
	return hex_value(s.ptr[i + 1]) * 16 + hex_value(s.ptr[i + 2]);
}

static bool stays(unsigned char c)
{
	return c > 0x20 && c < 0x7f && c != '"' && c != '%' && c != '<' && c != '>';
}

/* Printable escapes decoded, unprintable characters escaped (Util.pm url_encode). */
struct str uri_respell(struct arena *arena, struct str uri, bool characters)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0, plain; i < uri.len; i++) {
		plain = i;
		while (i < uri.len && stays((unsigned char)uri.ptr[i]))
			i++;
		buf_add_str(&out, str_sub(uri, plain, i - plain));
		if (i == uri.len)
			break;
		unsigned c = (unsigned char)uri.ptr[i], length;
		int byte = escape_at(uri, i);

		length = characters && c >= 0x80 ? utf8_decode(str_from_at(uri, i), &c) : 0;
		if (length > 1) {
			if (c > 0xff)
				buf_add_str(&out, str_sub(uri, i, length));
			else
				buf_printf(&out, "%%%02x", c);
			i += length - 1;
			continue;
		}
		if (byte > 0x20 && byte < 0x7f) {
			buf_add_char(&out, (char)byte);
			i += 2;
		} else if (byte >= 0) {
			buf_add_str(&out, str_sub(uri, i, 3));
			i += 2;
		} else {
			buf_printf(&out, "%%%02x", c);
		}
	}
	return buf_str(&out);
}

static bool has_escape(struct str uri)
{
	size_t next;

	for (size_t i = 0; (next = str_find_char(str_from_at(uri, i), '%')) != STR_NOT_FOUND;
	     i += next + 1)
		if (escape_at(uri, i + next) >= 0)
			return true;
	return false;
}

/* "&#105;" "&#x69;" at i: the character and its length in text; 0 when there is none we decode. */
static size_t entity_at(struct str s, size_t i, char *c_out)
{
	size_t at = i + 2, digits;
	bool hex;
	uint64_t value = 0;

	if (i + 3 >= s.len || s.ptr[i] != '&' || s.ptr[i + 1] != '#')
		return 0;
	hex = s.ptr[at] == 'x' || s.ptr[at] == 'X';
	at += hex;
	digits = at;
	for (; at < s.len && at - digits < 64 &&
	       (hex ? hex_value(s.ptr[at]) >= 0 : ascii_is_digit((unsigned char)s.ptr[at]));
	     at++)
		if (value <= 0x10ffff)
			value = value * (hex ? 16 : 10) + (uint64_t)hex_value(s.ptr[at]);
	if (at == digits || at >= s.len || s.ptr[at] != ';')
		return 0;
	if (value >= 33 && value <= 126 && !(hex && s.ptr[i + 2] == 'X' && value != '.'))
		*c_out = (char)value;
	else if (value == 0x3002 || value == 0xff0e || value == 0xff61)
		*c_out = '.';
	else
		return 0;
	return at + 1 - i;
}

static struct str decode_entities(struct arena *arena, struct str uri)
{
	struct buf out;
	char c;

	if (!str_contains(uri, "&#"))
		return uri;
	buf_init(&out, arena);
	for (size_t i = 0; i < uri.len;) {
		size_t length = entity_at(uri, i, &c);

		buf_add_char(&out, length ? c : uri.ptr[i]);
		i += length ? length : 1;
	}
	return buf_str(&out);
}

/* "http:x" and "http:/x" get their two slashes. */
static struct str fix_slashes(struct arena *arena, struct str uri)
{
	size_t scheme = str_has_prefix_ci(uri, "http:")    ? 5
			: str_has_prefix_ci(uri, "https:") ? 6
							   : 0,
	       at = scheme;

	if (!scheme)
		return uri;
	while (at < uri.len && at < scheme + 2 && uri.ptr[at] == '/')
		at++;
	return join(arena, str_sub(uri, 0, scheme), STR_LIT("//"), str_from_at(uri, at));
}

static bool has_scheme(struct str uri)
{
	size_t i = 0;

	while (i < uri.len && (ascii_is_word((unsigned char)uri.ptr[i]) || uri.ptr[i] == '-'))
		i++;
	return i > 0 && i < uri.len && uri.ptr[i] == ':';
}

/* Length of "http://" or "https://" in front, or 0. */
static size_t web_scheme(struct str uri)
{
	return str_has_prefix_ci(uri, "http://") ? 7 : str_has_prefix_ci(uri, "https://") ? 8 : 0;
}

static struct str slash_before_query(struct arena *arena, struct str uri)
{
	size_t scheme = web_scheme(uri), end = find_any(uri, scheme, "/?#");

	if (!scheme || end == scheme || end >= uri.len || uri.ptr[end] == '/')
		return uri;
	return join(arena, str_sub(uri, 0, end), STR_LIT("/"), str_from_at(uri, end));
}

static struct str respell(struct arena *arena, struct str uri, bool characters)
{
	char *copy = arena_cstr(arena, uri);

	for (size_t i = 0; i < uri.len; i++)
		if (copy[i] == '\\')
			copy[i] = '/';
	uri = fix_slashes(arena, str_make(copy, uri.len));
	if (has_escape(uri))
		uri = uri_respell(arena, uri, characters);
	if (!has_scheme(uri))
		uri = join(arena,
			   str_has_prefix(uri, "ftp.") ? STR_LIT("ftp://") : STR_LIT("http://"),
			   uri, STR_NONE);
	return decode_entities(arena, slash_before_query(arena, uri));
}

/* --- host --- */

struct web_uri {
	struct str scheme, host, rest, port;
	bool has_auth;
};

static bool split_web_uri(struct str uri, struct web_uri *out)
{
	size_t scheme = web_scheme(uri), end = find_any(uri, scheme, "/?#"), at, stop;
	struct str authority = str_sub(uri, scheme, end - scheme);

	if (!scheme || str_find_char(uri, '\n') != STR_NOT_FOUND)
		return false;
	*out = (struct web_uri){.scheme = str_sub(uri, 0, scheme)};
	at = str_find_char(authority, '@');
	if (at != STR_NOT_FOUND && find_any(authority, at + 1, ":") > at + 1) {
		out->has_auth = true;
		authority = str_from_at(authority, at + 1);
	}
	stop = find_any(authority, 0, ":");
	if (stop == 0)
		return false;
	out->host = str_sub(authority, 0, stop);
	out->rest = str_from_at(uri, (size_t)(out->host.ptr - uri.ptr) + stop);
	if (out->rest.len && out->rest.ptr[0] == ':') {
		stop = 1;
		while (stop < out->rest.len && ascii_is_digit((unsigned char)out->rest.ptr[stop]))
			stop++;
		out->port = str_sub(out->rest, 1, stop - 1);
	}
	return true;
}

/* The rest without a default port, or ptr NULL. */
static struct str without_default_port(const struct web_uri *uri)
{
	const char *standard = str_eq_c(uri->scheme, "http://") ? "80" : "443";
	size_t behind = 1 + strlen(standard);

	if (!str_has_prefix(str_from_at(uri->rest, 1), standard))
		return STR_NONE;
	if (uri->rest.len > behind && ascii_is_word((unsigned char)uri->rest.ptr[behind]))
		return STR_NONE;
	return str_from_at(uri->rest, behind);
}

static struct str without_controls(struct arena *arena, struct str host)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < host.len; i++)
		if ((unsigned char)host.ptr[i] > 0x20)
			buf_add_char(&out, host.ptr[i]);
	return buf_str(&out);
}

/* A redirector's target goes back to the start of the line; else any web address further in. */
static void find_target(struct forms *f, struct str uri, struct str rest)
{
	const struct pairs pairs = pairs_of(uri);
	struct regex_match match;
	size_t from = 0, at, end;

	for (size_t i = 0; i < f->settings->n_redirectors; i++) {
		const struct uri_redirector *redirector = &f->settings->redirectors[i];

		if (!pairs_may_have(&pairs, redirector->needs) ||
		    str_find_ci(uri, redirector->needs) == STR_NOT_FOUND ||
		    regex_exec(redirector->regex, uri, 0, &match) != REGEX_MATCH ||
		    match.n_groups < 2 || !match.group[1].ptr ||
		    str_find_char(match.group[1], '.') == STR_NOT_FOUND)
			continue;
		if (f->todo.n < FORMS_MAX)
			vec_push(f->arena, &f->todo, arena_str(f->arena, match.group[1]));
		return;
	}
	while ((at = str_find_ci(str_from_at(rest, from), STR_LIT("http"))) != STR_NOT_FOUND) {
		struct str target = str_from_at(rest, from + at);

		end = str_has_prefix_ci(target, "https:")  ? 6
		      : str_has_prefix_ci(target, "http:") ? 5
							   : 0;
		if (end && find_any(target, end, "&#") > end) {
			target = str_sub(target, 0, find_any(target, end, "&#"));
			if (str_find_char(target, '.') != STR_NOT_FOUND && f->todo.n < FORMS_MAX)
				vec_push(f->arena, &f->todo, target);
			return;
		}
		from += at + 4;
	}
}

/* One octet of a host in hex, octal or decimal spelling; its decimal text. */
static bool octet_text(struct arena *arena, struct str chunk, struct str *out)
{
	uint64_t value;

	if (str_has_prefix_ci(chunk, "0x")) {
		struct str digits = str_from_at(chunk, 2);

		while (digits.len > 1 && digits.ptr[0] == '0')
			digits = str_from_at(digits, 1);
		if (!number_hex(digits, &value))
			return false;
		*out = arena_printf(arena, "%llu", (unsigned long long)value);
	} else {
		struct str digits = chunk;

		if (!number_u64(chunk, &value))
			return false;
		while (digits.len && digits.ptr[0] == '0')
			digits = str_from_at(digits, 1);
		if (digits.len < chunk.len && digits.len && digits.len <= 3 &&
		    number_octal(digits, &value) && value < 256)
			*out = arena_printf(arena, "%llu", (unsigned long long)value);
		else
			*out = digits;
	}
	return true;
}

static bool dotted_quad(struct arena *arena, struct str host, struct str *out)
{
	struct buf buf;
	struct str chunk;
	int n = 0;

	buf_init(&buf, arena);
	while (str_split_next(&host, '.', &chunk)) {
		struct str text;

		if (++n > 4 || !octet_text(arena, chunk, &text))
			return false;
		if (n > 1)
			buf_add_char(&buf, '.');
		buf_add_str(&buf, text);
	}
	*out = buf_str(&buf);
	return n == 4;
}

static bool is_all_digits(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!ascii_is_digit((unsigned char)text.ptr[i]))
			return false;
	return text.len > 0;
}

/* One number for all four octets. */
static bool plain_number(struct arena *arena, struct str host, struct str *out)
{
	uint64_t value;

	if (str_has_prefix_ci(host, "0x")) {
		struct str digits = str_from_at(host, 2);

		if (digits.len > 8)
			digits = str_from_at(digits, digits.len - 8);
		if (!number_hex(digits, &value))
			return false;
	} else if (!is_all_digits(host)) {
		return false;
	} else if (!number_u64(host, &value)) {
		value = UINT64_MAX;
	}
	while (value > UINT32_MAX) /* SpamAssassin takes the first octets, by halves if need be */
		value >>= 4;
	*out = arena_printf(arena, "%u.%u.%u.%u", (unsigned)(value >> 24 & 255),
			    (unsigned)(value >> 16 & 255), (unsigned)(value >> 8 & 255),
			    (unsigned)(value & 255));
	return true;
}

/* "http://foo/" is "http://www.foo.com/" to some browsers. */
static void add_www_com(struct forms *f, const struct web_uri *uri, struct str ascii)
{
	struct str name = str_has_prefix(ascii, "www.") ? str_from_at(ascii, 4) : ascii;

	if (!str_eq_c(uri->scheme, "http://") || uri->has_auth || str_eq_c(ascii, "localhost") ||
	    (uri->port.len && !str_eq_c(uri->port, "80")))
		return;
	if (name.len == 0 || str_find_char(name, '.') != STR_NOT_FOUND)
		return;
	if (uri_host_has_tld(f->settings->registry, ascii))
		return;
	add(f, join(f->arena, STR_LIT("http://www."), name,
		    join(f->arena, STR_LIT(".com"), uri->rest, STR_NONE)));
}

/* Bytes that meet characters: each becomes the character of Latin-1. */
static struct str to_characters(struct arena *arena, struct str bytes)
{
	struct buf out;

	if (!str_has_8bit(bytes))
		return bytes;
	buf_init(&out, arena);
	for (size_t i = 0; i < bytes.len; i++)
		buf_add_utf8(&out, (unsigned char)bytes.ptr[i]);
	return buf_str(&out);
}

static void clean_host(struct forms *f, const struct web_uri *uri)
{
	struct arena *arena = f->arena;
	struct str host = uri->host, no_port = STR_NONE,
		   ascii = uri_host_ascii(arena, f->settings->registry, host), changed;
	size_t at, end;

	if (uri->port.len) {
		no_port = without_default_port(uri);
		if (no_port.ptr)
			add(f, join(arena, uri->scheme, host, no_port));
		else
			no_port = uri->rest;
	}
	/* what was characters comes back as bytes from there, so that it is another to Perl */
	if (!str_eq(ascii, arena_lower(arena, host)) || (f->characters && str_has_8bit(host))) {
		host = f->characters ? to_characters(arena, ascii) : ascii;
		add(f, join(arena, uri->scheme, host, uri->rest));
		if (no_port.len)
			add(f, join(arena, uri->scheme, host, no_port));
	}
	changed = without_controls(arena, host);
	if (changed.len != host.len) {
		host = changed;
		add(f, join(arena, uri->scheme, host, uri->rest));
	}
	find_target(f, join(arena, uri->scheme, host, uri->rest), uri->rest);
	at = str_find_char(host, '@');
	if (at != STR_NOT_FOUND && at > 0) {
		host = str_from_at(host, at + 1);
		add(f, join(arena, uri->scheme, host, uri->rest));
	}
	for (end = host.len; end > 0 && !ascii_is_alnum((unsigned char)host.ptr[end - 1]);)
		end--;
	if (end < host.len) {
		host = str_sub(host, 0, end);
		add(f, join(arena, uri->scheme, host, uri->rest));
	}
	if (dotted_quad(arena, host, &changed) || plain_number(arena, host, &changed))
		add(f, join(arena, uri->scheme, changed, uri->rest));
	else
		add_www_com(f, uri, ascii);
}

/* --- all of it --- */

size_t uri_limit(struct str uri, bool characters)
{
	size_t n = 0, at = 0;

	if (uri.len <= LIMIT_URI_BYTES)
		return uri.len;
	if (!characters)
		return LIMIT_URI_BYTES;
	for (; at < uri.len; at++) {
		n += ((unsigned char)uri.ptr[at] & 0xc0) != 0x80;
		if (n > LIMIT_URI_BYTES)
			break;
	}
	return at;
}

static void clean_one(struct forms *f, size_t i)
{
	struct str uri = without_line_ends(f->arena, f->todo.items[i]), form;
	struct web_uri web;

	f->todo.items[i] = uri;
	if (uri.len <= 1 || (uri.ptr[0] && strchr("#?&", uri.ptr[0])) ||
	    (uri.ptr[0] == '/' && uri.ptr[1] != '/'))
		return;
	if (is_address(uri)) {
		clean_address(f, uri);
		return;
	}
	form = respell(f->arena, uri, f->characters);
	if (!str_eq(form, uri))
		add(f, form);
	if (split_web_uri(form, &web))
		clean_host(f, &web);
}

/* Each once. */
static void give(struct forms *f, struct str form, struct str_vec *out)
{
	if (f->seen ? map_put_kept(f->seen, form, f) : !str_vec_has(out, form))
		vec_push(f->arena, out, form);
}

void uri_canonicalize(struct arena *scan, const struct uri_settings *settings, struct str raw,
		      bool characters, struct str_vec *out)
{
	struct forms f = {.arena = scan, .settings = settings, .characters = characters};

	vec_push(scan, &f.todo, raw);
	for (size_t i = 0; i < f.todo.n; i++)
		clean_one(&f, i);
	f.seen = f.todo.n + f.found.n > FORMS_FEW ? map_new(scan) : NULL;
	for (size_t i = 0; i < f.todo.n; i++)
		give(&f, f.todo.items[i], out);
	for (size_t i = 0; i < f.found.n; i++)
		give(&f, f.found.items[i], out);
}
