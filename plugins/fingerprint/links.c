/*
 * links: where a message wants its reader to go: the registrable domain, the host, and the host
 * with the path's template, in which what differs from recipient to recipient (digits, hex, long
 * words) is a blank. A popular domain says nothing without a path: everybody's mail names it.
 */
#include "plugins/fingerprint/fingerprint.h"
#include "plugins/fingerprint/limits.h"

enum { KEYS_MAX = 16, SEGMENTS_MAX = 6, SEGMENT_BYTES_MAX = 20, HEX_MIN = 8 };

/* --- path template --- */

static bool is_variable(struct str segment)
{
	size_t n_digits = 0, n_hex = 0;

	for (size_t i = 0; i < segment.len; i++) {
		unsigned char c = (unsigned char)segment.ptr[i];

		n_digits += ascii_is_digit(c);
		n_hex += ascii_is_hex(c);
	}
	return segment.len > SEGMENT_BYTES_MAX || n_digits > 0 ||
	       (segment.len >= HEX_MIN && n_hex == segment.len);
}

/* "/a/1234/index.html?x=1" → "/a/ * /index.html"; empty for the root. */
static struct str path_template(struct arena *scan, struct str path)
{
	struct str rest = str_sub(path, 0, 512), segment;
	size_t end = 0, n = 0;
	struct buf out;

	while (end < rest.len && rest.ptr[end] != '?' && rest.ptr[end] != '#')
		end++;
	rest.len = end;
	buf_init(&out, scan);
	while (n < SEGMENTS_MAX && str_split_next(&rest, '/', &segment)) {
		if (!segment.len)
			continue;
		buf_add_char(&out, '/');
		if (is_variable(segment))
			buf_add_char(&out, '*');
		else
			buf_add_str(&out, arena_lower(scan, segment));
		n++;
	}
	return buf_str(&out);
}

/* A path of blanks only is no property of a campaign. */
static bool is_telling(struct str path)
{
	for (size_t i = 0; i < path.len; i++)
		if (path.ptr[i] != '/' && path.ptr[i] != '*')
			return true;
	return false;
}

/* --- one link --- */

static struct str path_of(struct str uri)
{
	size_t scheme = str_find(uri, STR_LIT("://"));
	struct str rest = scheme == STR_NOT_FOUND ? uri : str_from_at(uri, scheme + 3);
	size_t slash = str_find_char(rest, '/');

	return slash == STR_NOT_FOUND ? STR_NONE : str_from_at(rest, slash);
}

static bool add_name(struct fingerprint_run *run, struct str name)
{
	return fingerprint_add(run, FINGERPRINT_HOST, 0, 1, name.ptr, name.len);
}

/* Hosts of campaigns name the recipient or count up: "a1b2c3.example.com". */
static bool is_host_telling(struct str host, struct str domain)
{
	struct str label = str_sub(host, 0, str_find_char(host, '.'));

	return host.len > domain.len && !str_eq_ci_c(label, "www") && !is_variable(label);
}

static size_t add_link(struct fingerprint_run *run, struct str uri, struct str host,
		       struct str domain)
{
	struct str path = path_template(run->scan, path_of(uri));
	bool popular = map_has(run->settings->popular, domain);
	size_t n = 0;

	host = arena_lower(run->scan, host);
	domain = arena_lower(run->scan, domain);
	if (!popular) {
		map_put(run->hosts, domain, run);
		n += add_name(run, domain);
		if (is_host_telling(host, domain))
			n += add_name(run, host);
	}
	if (is_telling(path)) {
		struct str link = arena_printf(run->scan, "%.*s%.*s", STR_ARG(host), STR_ARG(path));
		n += fingerprint_add(run, FINGERPRINT_URL, 0, 1, link.ptr, link.len);
	} else if (popular) {
		fingerprint_withhold(run, FINGERPRINT_HOST, 0,
				     "popular host without a path of its own");
	}
	return n;
}

/* Where a reader is sent, not what decorates the page: image, font and style hosts serve everybody.
 */
enum {
	FOLLOWED = URI_TYPE_PARSED | URI_TYPE_A | URI_TYPE_AREA | URI_TYPE_FORM | URI_TYPE_META |
		   URI_TYPE_FRAME | URI_TYPE_IFRAME | URI_TYPE_UNLINKED,
};

static bool is_web(struct str uri)
{
	return str_has_prefix_ci(uri, "http://") || str_has_prefix_ci(uri, "https://");
}

size_t fingerprint_link(struct fingerprint_run *run, struct str uri)
{
	struct str domain, host;

	return is_web(uri) && uri_to_domain(run->scan, run->mail->registry, uri, &domain, &host)
		       ? add_link(run, uri, host, domain)
		       : 0;
}

static size_t add_uri(struct fingerprint_run *run, const struct uri *uri)
{
	size_t n = 0;

	if (!(uri->types & FOLLOWED))
		return 0;
	for (size_t i = 0; i < uri->cleaned.n && i < 8; i++)
		n += fingerprint_link(run, uri->cleaned.items[i]);
	return n;
}

void fingerprint_links(struct fingerprint_run *run)
{
	const struct uri_vec *uris = &mail_uris(run->mail)->details;
	size_t n = 0;

	for (size_t i = 0; i < uris->n && i < LIMIT_URLS && n < KEYS_MAX; i++)
		n += add_uri(run, &uris->items[i]);
}
