/* The URIs of a message with all that rules ask of them (PerMsgStatus.pm get_uri_detail_list and
 * its three sources). */
#include <stdint.h>
#include "lib/base/buf.h"
#include "lib/base/map.h"
#include "lib/base/netset.h"
#include "lib/message/limits.h"
#include "lib/message/uri_find.h"
#include "lib/message/uri_host.h"

static const struct {
	enum uri_type type;
	const char *name;
} type_names[] = {
	{URI_TYPE_PARSED, "parsed"},
	{URI_TYPE_A, "a"},
	{URI_TYPE_AREA, "area"},
	{URI_TYPE_LINK, "link"},
	{URI_TYPE_IMG, "img"},
	{URI_TYPE_FRAME, "frame"},
	{URI_TYPE_IFRAME, "iframe"},
	{URI_TYPE_EMBED, "embed"},
	{URI_TYPE_SCRIPT, "script"},
	{URI_TYPE_BGSOUND, "bgsound"},
	{URI_TYPE_FORM, "form"},
	{URI_TYPE_BASE, "base"},
	{URI_TYPE_BODY, "body"},
	{URI_TYPE_TABLE, "table"},
	{URI_TYPE_TR, "tr"},
	{URI_TYPE_TD, "td"},
	{URI_TYPE_META, "meta"},
	{URI_TYPE_DOMAINKEYS, "domainkeys"},
	{URI_TYPE_UNLINKED, "unlinked"},
	{URI_TYPE_SCHEMELESS, "schemeless"},
};

const char *uri_type_name(enum uri_type type)
{
	for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++)
		if (type_names[i].type == type)
			return type_names[i].name;
	return "";
}

unsigned uri_type_find(struct str name)
{
	for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++)
		if (str_eq_ci_c(name, type_names[i].name))
			return type_names[i].type;
	return 0;
}

/* The list under construction. A message may have hundreds of thousands of URIs: of each, only what
 * the list holds stays. */
struct collector {
	struct arena *scan;
	struct arena *work; /* for one URI */
	const struct uri_settings *settings;
	struct uri_list *list;
	struct map *seen_text; /* what the linkifier has given already */
	struct deadline deadline;
	bool is_late_already; /* before the first was looked for: nothing more is cut */
	bool characters;      /* what comes now does; from a body it does not */
};

/* --- domains --- */

/* Everything but the host taken off; ptr NULL where there is no host to speak of. */
static struct str host_part(struct str uri)
{
	size_t at;

	if (str_has_prefix(uri, "javascript:") || str_has_prefix(uri, "cid:") ||
	    str_has_prefix(uri, "file:"))
		return STR_NONE;
	if (str_has_prefix(uri, "mailto:")) {
		at = str_find_char(uri, '?');
		uri = str_sub(uri, 7, (at == STR_NOT_FOUND ? uri.len : at) - 7);
		at = str_find_char(uri, '@');
		if (at == STR_NOT_FOUND || at != str_rfind_char(uri, '@'))
			return STR_NONE;
		return str_from_at(uri, at + 1);
	}
	at = 0;
	while (at < uri.len && ascii_is_lower((unsigned char)uri.ptr[at]))
		at++;
	if (at > 0 && at < uri.len && uri.ptr[at] == ':') {
		uri = str_from_at(uri, at + 1);
		for (int n = 0; n < 2 && uri.len && uri.ptr[0] == '/'; n++)
			uri = str_from_at(uri, 1);
	}
	for (at = 0; at < uri.len && !ascii_is_in(uri.ptr[at], "/?#"); at++)
		;
	uri = str_sub(uri, 0, at);
	at = str_rfind_char(uri, '@');
	if (at != STR_NOT_FOUND)
		uri = str_from_at(uri, at + 1);
	for (at = uri.len; at > 0 && ascii_is_digit((unsigned char)uri.ptr[at - 1]);)
		at--;
	return at > 0 && uri.ptr[at - 1] == ':' ? str_sub(uri, 0, at - 1) : uri;
}

static bool has_printable_escape(struct str uri)
{
	for (size_t i = 0; i + 2 < uri.len; i++)
		if (uri.ptr[i] == '%' && uri.ptr[i + 1] >= '2' && uri.ptr[i + 1] <= '7') {
			char high = uri.ptr[i + 1], low = uri.ptr[i + 2];
			bool hex = ascii_is_digit((unsigned char)low) || (low >= 'a' && low <= 'f');

			if (hex && !(high == '2' && low == '0') && !(high == '7' && low == 'f'))
				return true;
		}
	return false;
}

bool uri_to_domain(struct arena *scan, const struct registry *registry, struct str uri,
		   struct str *domain_out, struct str *host_out)
{
	struct str host = host_part(arena_lower(scan, uri));
	struct ip ip;

	if (!host.ptr || has_printable_escape(host))
		return false;
	host = uri_host_ascii(scan, registry, host);
	*host_out = *domain_out = host;
	if (ip_parse(host, &ip))
		return true;
	if (!uri_host_is_fqdn(host) || !uri_host_has_tld(registry, host))
		return false;
	*domain_out = registry_trim(registry, host);
	return true;
}

/* --- adding --- */

/* Bytes and characters of the same spelling are two to Perl, unless they are ASCII. */
static bool is_wide(const struct collector *c, struct str text)
{
	return c->characters && str_has_8bit(text);
}

/* raw lives as long as the list; what was found in it may be in the work arena. The entry may move
 * when another is added. */
static struct uri *uri_get(struct collector *c, struct str raw)
{
	struct uri_vec *details = &c->list->details;
	bool wide = is_wide(c, raw);
	struct map *by_raw = c->list->by_raw[wide];
	size_t number = (size_t)(uintptr_t)map_find(by_raw, raw);

	if (number == 0) {
		vec_push(c->scan, details, ((struct uri){.raw = raw, .is_wide = wide}));
		number = details->n;
		map_put_kept(by_raw, raw, (void *)(uintptr_t)number);
	}
	return &details->items[number - 1];
}

/* s for the list: where it stands in whole, which the list holds, else a copy. */
static struct str kept_in(struct arena *scan, struct str whole, struct str s)
{
	size_t at = 0;

	if (s.ptr >= whole.ptr && s.ptr + s.len <= whole.ptr + whole.len) /* mostly it does */
		return s;
	if (s.len)
		at = s.len == whole.len && str_eq(s, whole) ? 0 : str_find(whole, s);
	return at == STR_NOT_FOUND ? arena_str(scan, s) : str_sub(whole, at, s.len);
}

/* One more, and no room for others: most lists have one item. */
static void push_alone(struct arena *scan, struct str_vec *vec, struct str s)
{
	if (vec->cap == 0)
		*vec = (struct str_vec){.items = arena_alloc(scan, sizeof *vec->items), .cap = 1};
	vec_push(scan, vec, s);
}

/* Hosts with their domains; domains without hosts of their own do not occur. */
struct found_hosts {
	struct str_vec hosts, domains; /* each host once */
};

static void find_hosts(struct collector *c, const struct str_vec *forms, struct found_hosts *out)
{
	for (size_t i = 0; i < forms->n; i++) {
		struct str domain, host;

		if (!uri_to_domain(c->work, c->settings->registry, forms->items[i], &domain, &host))
			continue;
		if (!str_vec_has(&out->hosts, host)) {
			vec_push(c->work, &out->hosts, host);
			vec_push(c->work, &out->domains, domain);
		}
	}
}

static void merge_hosts(struct collector *c, struct uri *uri, struct str form,
			const struct found_hosts *found)
{
	bool is_new = uri->hosts.n == 0;

	for (size_t i = 0; i < found->hosts.n; i++) {
		struct str host = found->hosts.items[i], domain = found->domains.items[i];

		if (!is_new && str_vec_has(&uri->hosts, host))
			continue;
		host = kept_in(c->scan, form, host);
		domain = kept_in(c->scan, host, domain);
		push_alone(c->scan, &uri->hosts, host);
		push_alone(c->scan, &uri->hosts_domain, domain);
		if (!str_vec_has(&uri->domains, domain))
			push_alone(c->scan, &uri->domains, domain);
	}
}

static void add_cleaned(struct collector *c, struct str form)
{
	bool wide = is_wide(c, form);

	if (!map_put_kept(c->list->seen_cleaned[wide], form, c))
		return;
	vec_push(c->scan, &c->list->cleaned, form);
	vec_push(c->scan, &c->list->cleaned_is_wide, wide);
}

static void merge_forms(struct collector *c, struct uri *uri, const struct str_vec *forms)
{
	bool is_new = uri->cleaned.n == 0;

	for (size_t i = 0; i < forms->n; i++) {
		struct str form = forms->items[i];

		if (!is_new && str_vec_has(&uri->cleaned, form))
			continue;
		form = kept_in(c->scan, uri->raw, form);
		push_alone(c->scan, &uri->cleaned, form);
		add_cleaned(c, form);
	}
}

/* The entry, or NULL when nothing good is in it. Domain keys are neither canonicalised nor matched
 * by uri rules. */
static struct uri *uri_add(struct collector *c, struct str raw, unsigned types, bool need_domain)
{
	struct str_vec forms = {0};
	struct found_hosts found = {0};
	bool keys_only = types & URI_TYPE_DOMAINKEYS;
	struct uri *uri;

	arena_reset(c->work);
	if (keys_only)
		vec_push(c->work, &forms, raw);
	else
		uri_canonicalize(c->work, c->settings, raw, c->characters, &forms);
	for (size_t i = 0; i < forms.n; i++) {
		size_t limit = uri_limit(forms.items[i], c->characters);

		c->list->truncated |= limit < forms.items[i].len;
		forms.items[i] = str_sub(forms.items[i], 0, limit);
	}
	find_hosts(c, &forms, &found);
	if (forms.n == 0 || (need_domain && found.hosts.n == 0))
		return NULL;
	uri = uri_get(c, raw);
	uri->types |= types;
	if (!keys_only)
		merge_forms(c, uri, &forms);
	merge_hosts(c, uri, raw, &found);
	return uri;
}

/* --- from text --- */

static struct str trim_found(struct str text)
{
	size_t open = str_find_char(text, '('), close;

	close = str_rfind_char(str_sub(text, 0, open == STR_NOT_FOUND ? text.len : open), ')');
	if (close != STR_NOT_FOUND)
		text = str_sub(text, 0, close);
	while (text.len && text.ptr[text.len - 1] &&
	       strchr("-~!@#^&*()_+=:;'?,.", text.ptr[text.len - 1]))
		text.len--;
	return text;
}

/* "http://", "mailto:": a scheme and nothing behind. */
static bool is_bare_scheme(struct str text)
{
	size_t at = 0;

	while (at < text.len && ascii_is_word((unsigned char)text.ptr[at]))
		at++;
	if (at == 0 || at >= text.len || text.ptr[at] != ':')
		return false;
	at++;
	for (int n = 0; n < 2 && at < text.len && text.ptr[at] == '/'; n++)
		at++;
	return at == text.len;
}

static bool has_known_scheme(struct str text)
{
	static const char *const schemes[] = {"http:", "https:", "ftp:", "mailto:"};

	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (str_has_prefix_ci(text, schemes[i]))
			return true;
	return false;
}

static bool starts_with_www(struct str text)
{
	size_t at = 3;

	if (!str_has_prefix_ci(text, "www"))
		return false;
	while (at < text.len && at < 5 && ascii_is_digit((unsigned char)text.ptr[at]))
		at++;
	return at < text.len && text.ptr[at] == '.';
}

static struct str concat(struct arena *arena, const char *head, struct str tail)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add_cstr(&out, head);
	buf_add_str(&out, tail);
	return buf_str(&out);
}

/* "skype:", "mail:", "e-mail:" and stray colons in front of an address. */
static struct str strip_label(struct str text)
{
	static const char *const labels[] = {"skype", "e-mail", "email", "mail", ""};

	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
		size_t at = strlen(labels[i]);

		if (!str_has_prefix_ci(text, labels[i]) || at >= text.len || text.ptr[at] != ':')
			continue;
		while (at < text.len && text.ptr[at] == ':')
			at++;
		return str_from_at(text, at);
	}
	return text;
}

/* Is there "/", something, "@"? Then it is no address. */
static bool slash_before_at(struct str text)
{
	size_t slash = str_find_char(text, '/'), at = str_rfind_char(text, '@');

	return slash != STR_NOT_FOUND && at != STR_NOT_FOUND && at > slash + 1;
}

/* The scheme that clients put in front; ptr NULL when they make no link of it. */
static struct str with_scheme(struct arena *arena, struct str text, unsigned *types)
{
	size_t at = str_find_char(text, '@');

	if (has_known_scheme(text))
		return text;
	*types |= URI_TYPE_SCHEMELESS;
	if (str_has_prefix_ci(text, "ftp."))
		return concat(arena, "ftp://", text);
	if (starts_with_www(text) || slash_before_at(text))
		return concat(arena, "http://", text);
	if (at != STR_NOT_FOUND) {
		if (at + 2 >= text.len ||
		    str_find_char(str_from_at(text, at + 2), '.') == STR_NOT_FOUND ||
		    str_contains(text, "&nbsp;"))
			return STR_NONE;
		return concat(arena, "mailto:", strip_label(text));
	}
	if (str_find_char(text, '.') == STR_NOT_FOUND)
		return STR_NONE;
	*types |= URI_TYPE_UNLINKED;
	return concat(arena, "http://", text);
}

static bool has_escape(struct str s)
{
	for (size_t i = 0; i + 2 < s.len; i++)
		if (s.ptr[i] == '%' && strchr("0123456789abcdefABCDEF", s.ptr[i + 1]) &&
		    strchr("0123456789abcdefABCDEF", s.ptr[i + 2]) && s.ptr[i + 1] && s.ptr[i + 2])
			return true;
	return false;
}

/* Decoded, and only with a valid domain behind the "@"; ptr NULL otherwise. */
static struct str check_mailto(struct collector *c, struct str uri)
{
	size_t at, end;
	struct str host;

	if (!str_has_prefix_ci(uri, "mailto:"))
		return uri;
	if (has_escape(uri))
		uri = uri_respell(c->scan, uri, false);
	at = str_find_char(uri, '@');
	if (at == STR_NOT_FOUND)
		return STR_NONE;
	for (end = at + 1; end < uri.len && !ascii_is_in(uri.ptr[end], "?&>"); end++)
		;
	host = str_sub(uri, at + 1, end - at - 1);
	while (str_has_suffix_ci(host, "%20"))
		host.len -= 3;
	return uri_host_has_tld(c->settings->registry,
				uri_host_ascii(c->scan, c->settings->registry, host))
		       ? uri
		       : STR_NONE;
}

static void add_found(struct collector *c, const struct uri_found *found)
{
	struct str text = trim_found(found->text), uri;
	unsigned types = URI_TYPE_PARSED;

	if (!map_put(c->seen_text, text, c))
		return;
	if (found->kind == URI_FOUND_ADDRESS && str_find_char(text, '@') == STR_NOT_FOUND)
		return;
	if (found->kind == URI_FOUND_BARE && !uri_host_is_fqdn(found->host))
		return;
	if (str_has_prefix_ci(text, "cid:") || str_has_prefix_ci(text, "mid:") ||
	    is_bare_scheme(text))
		return;
	uri = with_scheme(c->scan, text, &types);
	if (uri.ptr)
		uri = check_mailto(c, uri);
	if (uri.ptr)
		uri_add(c, uri, types, true);
}

static bool is_late(struct collector *c)
{
	c->list->is_cut |= !c->is_late_already && deadline_passed(c->deadline);
	return c->list->is_cut;
}

static void add_from_text(struct collector *c, const struct str_vec *lines)
{
	for (size_t i = 0; i < lines->n; i++) {
		struct uri_found found;
		size_t at = 0;

		while (!is_late(c) &&
		       uri_find_next(c->settings->registry, lines->items[i], &at, &found))
			add_found(c, &found);
	}
}

/* --- from HTML and signatures --- */

/* Each once of this part; another part may repeat them. */
static void add_anchors(struct collector *c, struct uri *uri, const struct str_vec *texts)
{
	struct map *seen = texts->n > 1 ? map_new(c->work) : NULL;

	for (size_t n = 0; n < texts->n; n++)
		if (!seen || map_put_kept(seen, texts->items[n], uri))
			push_alone(c->scan, &uri->anchor_text, texts->items[n]);
}

static void add_from_html(struct collector *c, const struct html_result *html)
{
	c->list->truncated |= html->uri_truncated;
	for (size_t i = 0; i < html->uris.n && !is_late(c); i++) {
		const struct html_uri *found = &html->uris.items[i];
		struct uri *uri;

		c->characters = found->is_wide;
		uri = uri_add(c, found->raw, found->types ? found->types : URI_TYPE_PARSED, false);
		if (uri && found->anchor_text.n)
			add_anchors(c, uri, &found->anchor_text);
	}
}

/* "d=" of one signature header. */
static void add_signer(struct collector *c, struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		size_t at = i + 1, end;
		struct buf domain;

		if (ascii_lower(value.ptr[i]) != 'd' || value.ptr[i] != 'd' ||
		    (i > 0 && ascii_is_word((unsigned char)value.ptr[i - 1])))
			continue;
		while (at < value.len && ascii_is_space((unsigned char)value.ptr[at]))
			at++;
		if (at >= value.len || value.ptr[at] != '=')
			continue;
		for (end = ++at; end < value.len && value.ptr[end] != ';'; end++)
			;
		buf_init(&domain, c->scan);
		buf_add_cstr(&domain, "domainkeys:");
		for (; at < end; at++)
			if (!ascii_is_space((unsigned char)value.ptr[at]))
				buf_add_char(&domain, value.ptr[at]);
		uri_add(c, buf_str(&domain), URI_TYPE_DOMAINKEYS, true);
		i = end;
	}
}

static void add_from_signatures(struct collector *c, const struct headers *headers)
{
	static const char *const names[] = {"DomainKey-Signature", "DKIM-Signature"};

	for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
		const struct header_index *index = headers_find(headers, str_from(names[n]));

		for (size_t i = 0; index && i < index->at.n; i++)
			add_signer(c, headers->list.items[index->at.items[i]].decoded);
	}
}

struct uri_list *uri_list_make(struct arena *scan, const struct message *message,
			       const struct views *views, const struct uri_settings *settings,
			       struct deadline deadline)
{
	struct collector c = {.scan = scan,
			      .settings = settings,
			      .list = ARENA_NEW(scan, struct uri_list),
			      .work = arena_new("uri", 0),
			      .deadline = deadline,
			      .is_late_already = deadline_passed(deadline),
			      .seen_text = map_new(scan)};

	for (size_t i = 0; i < 2; i++) {
		c.list->by_raw[i] = map_new(scan);
		c.list->seen_cleaned[i] = map_new(scan);
	}
	add_from_text(&c, &views->body);
	for (size_t i = 0; i < views->rendered.n; i++)
		if (views->rendered.items[i].html)
			add_from_html(&c, views->rendered.items[i].html);
	c.characters = false;
	if (settings->parse_dkim_uris)
		add_from_signatures(&c, message->headers);
	arena_free(c.work);
	return c.list;
}

void uri_list_add(struct arena *scan, struct uri_list *list, const struct uri_settings *settings,
		  struct str raw)
{
	struct collector c = {
		.scan = scan, .settings = settings, .list = list, .work = arena_new("uri", 0)};

	uri_add(&c, raw, URI_TYPE_PARSED, false);
	arena_free(c.work);
}
