#include "lib/message/html_target.h"

/* ptr NULL: the component is absent. */
struct parts {
	struct str scheme, authority, path, query, fragment;
};

/* Inlined, so that the few stops are compared with and not searched. */
static inline size_t find_any(struct str s, size_t at, const char *stops)
{
	while (at < s.len && !ascii_is_in(s.ptr[at], stops))
		at++;
	return at;
}

/* RFC 3986 appendix B. */
static struct parts split(struct str uri)
{
	struct parts parts = {.path = STR_LIT("")};
	size_t end = find_any(uri, 0, ":/?#");

	if (end > 0 && end < uri.len && uri.ptr[end] == ':') {
		parts.scheme = str_sub(uri, 0, end);
		uri = str_from_at(uri, end + 1);
	}
	if (str_has_prefix(uri, "//")) {
		end = find_any(uri, 2, "/?#");
		parts.authority = str_sub(uri, 2, end - 2);
		uri = str_from_at(uri, end);
	}
	end = find_any(uri, 0, "?#");
	parts.path = str_make(uri.ptr ? uri.ptr : "", end);
	uri = str_from_at(uri, end);
	if (uri.len && uri.ptr[0] == '?') {
		end = find_any(uri, 1, "#");
		parts.query = str_sub(uri, 1, end - 1);
		uri = str_from_at(uri, end);
	}
	if (uri.len) {
		end = find_any(uri, 1, "\n");
		parts.fragment = str_sub(uri, 1, end - 1);
	}
	return parts;
}

/* Takes "/." or "/.." off the front of in when it is a whole segment; what stays begins with "/".
 */
static bool take_dots(struct str *in, const char *dots)
{
	size_t length = strlen(dots);

	if (!str_has_prefix(*in, dots))
		return false;
	if (in->len == length) {
		*in = STR_LIT("/");
		return true;
	}
	if (in->ptr[length] != '/')
		return false;
	*in = str_from_at(*in, length);
	return true;
}

static void drop_segment(struct buf *out)
{
	while (out->len && out->ptr[out->len - 1] != '/')
		buf_truncate(out, out->len - 1);
	if (out->len)
		buf_truncate(out, out->len - 1);
}

static struct str remove_dots(struct arena *scan, struct str in)
{
	struct buf out;

	buf_init(&out, scan);
	if (str_has_prefix(in, "../"))
		in = str_from_at(in, 2);
	else if (str_has_prefix(in, "./"))
		in = str_from_at(in, 1);
	while (in.len && !str_eq_c(in, "0")) { /* Perl takes "0" for false */
		size_t end;

		if (take_dots(&in, "/."))
			continue;
		if (take_dots(&in, "/..")) {
			drop_segment(&out);
			continue;
		}
		end = find_any(in, in.ptr[0] == '/' ? 1 : 0, "/");
		buf_add_str(&out, str_sub(in, 0, end));
		in = str_from_at(in, end);
	}
	return buf_str(&out);
}

static struct str merge(struct arena *scan, const struct parts *base, struct str path)
{
	struct buf out;
	size_t slash = str_rfind_char(base->path, '/');

	buf_init(&out, scan);
	if (base->authority.ptr && base->path.len == 0)
		buf_add_char(&out, '/');
	else if (slash != STR_NOT_FOUND)
		buf_add_str(&out, str_sub(base->path, 0, slash + 1));
	buf_add_str(&out, path);
	return buf_str(&out);
}

static struct parts resolve(struct arena *scan, const struct parts *base, const struct parts *r)
{
	struct parts t = *r;

	if (r->scheme.ptr && !(base->scheme.ptr && str_eq(r->scheme, base->scheme))) {
		t.path = remove_dots(scan, r->path);
		return t;
	}
	t.scheme = base->scheme;
	if (r->authority.ptr) {
		t.path = remove_dots(scan, r->path);
		return t;
	}
	t.authority = base->authority;
	if (r->path.len == 0) {
		t.path = base->path;
		t.query = r->query.ptr ? r->query : base->query;
	} else if (r->path.ptr[0] == '/') {
		t.path = remove_dots(scan, r->path);
	} else {
		t.path = remove_dots(scan, merge(scan, base, r->path));
	}
	return t;
}

/* "www." or "www12." in front: a web address without its scheme. */
static bool starts_with_service(struct str authority, const char *name)
{
	size_t at = strlen(name);

	if (!str_has_prefix_ci(authority, name))
		return false;
	while (at < authority.len && ascii_is_digit((unsigned char)authority.ptr[at]))
		at++;
	return at < authority.len && authority.ptr[at] == '.';
}

struct str html_target(struct arena *scan, struct str base, struct str reference)
{
	struct parts b = split(base), r = split(reference), t = resolve(scan, &b, &r);
	struct buf out;

	buf_init(&out, scan);
	if (t.scheme.len && !str_eq_c(t.scheme, "0")) {
		buf_add_str(&out, t.scheme);
		buf_add_char(&out, ':');
	} else if (t.authority.ptr && starts_with_service(t.authority, "www")) {
		buf_add_cstr(&out, "http:");
	} else if (t.authority.ptr && starts_with_service(t.authority, "ftp")) {
		buf_add_cstr(&out, "ftp:");
	}
	if (t.authority.ptr) {
		buf_add_cstr(&out, "//");
		buf_add_str(&out, t.authority);
	}
	buf_add_str(&out, t.path);
	if (t.query.ptr) {
		buf_add_char(&out, '?');
		buf_add_str(&out, t.query);
	}
	if (t.fragment.ptr) {
		buf_add_char(&out, '#');
		buf_add_str(&out, t.fragment);
	}
	return buf_str(&out);
}
