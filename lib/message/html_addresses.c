/* html_addresses: addresses in attributes (HTML.pm html_uri). */
#include "lib/message/html_renderer.h"

#include "lib/message/html_target.h"
#include "lib/message/uri_host.h"

struct entry *html_entry(struct renderer *r, struct str raw)
{
	struct entry *entry = map_find(r->entry_by_raw, raw);

	if (entry)
		return entry;
	entry = ARENA_NEW(r->scan, struct entry);
	entry->raw = arena_str(r->scan, raw);
	map_put_kept(r->entry_by_raw, entry->raw, entry);
	vec_push(r->scan, &r->entries, entry);
	return entry;
}

static const char *no_break_space(const struct renderer *r)
{
	return r->input == HTML_INPUT_OCTETS ? "\xa0" : "\xc2\xa0";
}

static bool starts_blank(const struct renderer *r, struct str s, size_t *length)
{
	*length = ascii_is_space((unsigned char)s.ptr[0]) ? 1
		  : str_has_prefix(s, no_break_space(r))  ? strlen(no_break_space(r))
							  : 0;
	return *length > 0;
}

struct str html_trim_uri(struct renderer *r, struct str uri)
{
	size_t length;

	while (uri.len && starts_blank(r, uri, &length))
		uri = str_from_at(uri, length);
	for (;;) {
		if (uri.len && ascii_is_space((unsigned char)uri.ptr[uri.len - 1]))
			uri.len--;
		else if (str_has_suffix_ci(uri, no_break_space(r)))
			uri.len -= strlen(no_break_space(r));
		else
			break;
	}
	length = uri_limit(uri, r->input != HTML_INPUT_OCTETS);
	r->result->uri_truncated |= length < uri.len;
	return str_sub(uri, 0, length);
}

static bool is_self_contained(struct str uri)
{
	static const char *const schemes[] = {"data:", "mailto:", "file:", "cid:", "tel:"};

	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (str_has_prefix_ci(uri, schemes[i]))
			return true;
	return false;
}

static void push_uri(struct renderer *r, unsigned type, struct str uri)
{
	uri = html_trim_uri(r, uri);
	if (uri.len == 0)
		return;
	if (!is_self_contained(uri))
		uri = html_target(r->scan, r->base_href, uri);
	if (uri.len)
		html_entry(r, uri)->types |= type;
}

/* The i-th attribute takes the place of the one with the right name. */
static void replace_attr(struct html_attr_vec *attrs, size_t i, const char *name)
{
	for (size_t n = 0; n < attrs->n; n++)
		if (str_eq_c(attrs->items[n].name, name))
			attrs->items[n].name = STR_LIT("");
	attrs->items[i].name = str_from(name);
}

/* "foo/href" and the like stand for "href": browsers take the slash for a blank. */
static void repair_names(struct html_attr_vec *attrs, const char *name)
{
	for (size_t i = 0; i < attrs->n; i++) {
		struct str found = attrs->items[i].name;
		size_t at = str_find(found, str_from(name));

		if (at != STR_NOT_FOUND && at > 1 && found.ptr[at - 1] == '/' &&
		    ascii_is_word((unsigned char)found.ptr[at - 2]))
			replace_attr(attrs, i, name);
	}
}

static struct str without_bom(struct renderer *r, struct str uri)
{
	struct buf out;
	size_t at;

	buf_init(&out, r->scan);
	while ((at = str_find(uri, STR_LIT("\xef\xbb\xbf"))) != STR_NOT_FOUND) {
		buf_add_str(&out, str_sub(uri, 0, at));
		uri = str_from_at(uri, at + 3);
	}
	buf_add_str(&out, uri);
	return buf_str(&out);
}

static void drop_bom(struct renderer *r, struct html_attr_vec *attrs)
{
	for (size_t i = 0; i < attrs->n; i++)
		if (str_eq_c(attrs->items[i].name, "href") &&
		    str_contains(attrs->items[i].value, "\xef\xbb\xbf"))
			attrs->items[i].value = without_bom(r, attrs->items[i].value);
}

static void push_attr(struct renderer *r, unsigned type, const struct html_attr_vec *attrs,
		      const char *name)
{
	struct str value = html_attr_find(attrs, name);

	if (value.ptr)
		push_uri(r, type, value);
}

/* "http://host/dir/page.html" → "http://host/dir/" */
static struct str without_page(struct str uri)
{
	size_t colon = str_find_char(uri, ':'), host = colon + 1, at = uri.len, extension;

	while (host < uri.len && host < colon + 3 && uri.ptr[host] == '/')
		host++;
	while (host < uri.len && uri.ptr[host] != '/')
		host++;
	while (at > 0 && uri.ptr[at - 1] != '/' && uri.ptr[at - 1] != '.')
		at--;
	extension = uri.len - at;
	if (at == 0 || uri.ptr[at - 1] != '.' || extension < 2 || extension > 4)
		return uri;
	extension = at--;
	while (at > 0 && uri.ptr[at - 1] != '/' && uri.ptr[at - 1] != '.')
		at--;
	return at + 1 < extension && at > host ? str_sub(uri, 0, at) : uri;
}

static void set_base(struct renderer *r, struct str href)
{
	struct str uri = html_trim_uri(r, href);
	struct buf out;

	push_uri(r, URI_TYPE_BASE, uri);
	if (!str_has_prefix_ci(uri, "http:") && !str_has_prefix_ci(uri, "https:") &&
	    !str_has_prefix_ci(uri, "ftp:"))
		return;
	buf_init(&out, r->scan);
	buf_add_str(&out, without_page(uri));
	if (out.ptr[out.len - 1] != '/')
		buf_add_char(&out, '/');
	r->base_href = buf_str(&out);
}

/* Offset behind the last "url" blanks "=" blanks, a word of its own; STR_NOT_FOUND without. */
static size_t find_refresh_url(struct str content)
{
	for (size_t at = content.len; at-- > 0;) {
		size_t behind = at + 3;

		if (!str_has_prefix_ci(str_from_at(content, at), "url") ||
		    (at > 0 && ascii_is_word((unsigned char)content.ptr[at - 1])))
			continue;
		while (behind < content.len && ascii_is_space((unsigned char)content.ptr[behind]))
			behind++;
		if (behind >= content.len || content.ptr[behind] != '=')
			continue;
		behind++;
		while (behind < content.len && ascii_is_space((unsigned char)content.ptr[behind]))
			behind++;
		return behind;
	}
	return STR_NOT_FOUND;
}

static void push_refresh(struct renderer *r, const struct html_attr_vec *attrs)
{
	struct str content = html_attr_find(attrs, "content"),
		   equiv = html_attr_find(attrs, "http-equiv");
	size_t at = find_refresh_url(content), end;

	if (!str_contains_ci(equiv, "refresh") || at == STR_NOT_FOUND)
		return;
	content = str_from_at(content, at);
	end = str_find_char(content, ';');
	if (end != STR_NOT_FOUND)
		content = str_trim_right(str_sub(content, 0, end));
	push_uri(r, URI_TYPE_META, content);
}

void html_collect_uris(struct renderer *r, const struct html_element *element,
		       struct html_attr_vec *attrs)
{
	struct str href;

	switch (element->uri_type) {
	case URI_TYPE_BODY:
	case URI_TYPE_TABLE:
	case URI_TYPE_TR:
	case URI_TYPE_TD:
		push_attr(r, element->uri_type, attrs, "background");
		break;
	case URI_TYPE_A:
	case URI_TYPE_AREA:
	case URI_TYPE_LINK:
		repair_names(attrs, "href");
		drop_bom(r, attrs);
		push_attr(r, element->uri_type, attrs, "href");
		push_attr(r, element->uri_type, attrs, "data-saferedirecturl");
		break;
	case URI_TYPE_FORM:
		push_attr(r, element->uri_type, attrs, "action");
		break;
	case URI_TYPE_BASE:
		href = html_attr_find(attrs, "href");
		if (href.len && !str_eq_c(href, "0"))
			set_base(r, href);
		break;
	case URI_TYPE_META:
		push_refresh(r, attrs);
		break;
	default:
		repair_names(attrs, "src");
		push_attr(r, element->uri_type, attrs, "src");
	}
}
