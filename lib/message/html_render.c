/* The renderer: events of the tokenizer → text pieces, styles, addresses, facts (HTML.pm). */
#include "lib/message/html.h"

#include <stdint.h>

#include "lib/base/encode.h"
#include "lib/base/number.h"
#include "lib/base/span.h"
#include "lib/message/html_elements.h"
#include "lib/message/html_style.h"
#include "lib/message/html_target.h"
#include "lib/message/html_token.h"
#include "lib/message/limits.h"
#include "lib/message/mime_gmime.h"
#include "lib/message/uri.h"
#include "lib/message/uri_host.h"

enum { STYLE_DEPTH_MAX = 10000, BACKHAIR_MAX = 7 };

/* A stretch of output. */
struct piece {
	struct str text;
	bool whitespace, invisible;
	bool unseen; /* by people */
	bool wide;   /* Perl would hold characters, not bytes */
};

/* Elements whose content counts. */
enum watched { WATCHED_A, WATCHED_SCRIPT, WATCHED_STYLE, WATCHED_TITLE, N_WATCHED };

/* Strings that grow at their end: anchor texts, titles. */
VEC_OF(buf_vec, struct buf *);

struct entry {
	struct str raw;
	unsigned types;
	struct buf_vec anchors;
};

struct renderer {
	struct arena *scan;
	struct html_result *result;
	VEC_OF(, struct piece) pieces;
	VEC_OF(, struct html_style) styles; /* the stack; [0] is the default */
	size_t styled[HTML_ELEMENTS_MAX];   /* how many each element has there */
	VEC_OF(, struct entry *) entries;
	struct map *entry_by_raw;
	struct buf_vec anchors, titles;
	struct entry *anchor_last;
	struct str base_href;
	double basefont, min_size, max_size, image_area;
	unsigned long tags, tags_seen, elements, elements_seen, closed_extra, obfuscation;
	bool backhair[BACKHAIR_MAX + 1][BACKHAIR_MAX + 1];
	enum html_input input;
	size_t length;                     /* of the input, in characters */
	size_t *counts[HTML_ELEMENTS_MAX]; /* by number of the element: in result->inside */
	const size_t *open[N_WATCHED];     /* likewise, of those asked about again and again */
};

/* --- facts --- */

void html_number_set(struct arena *scan, struct html_result *html, const char *fact, double value)
{
	double *number = ARENA_NEW(scan, double);

	*number = value;
	map_put(html->numbers, str_from(fact), number);
}

double html_number(const struct html_result *html, const char *fact)
{
	const double *number = map_find_c(html->numbers, fact);

	return number ? *number : 0;
}

static void fact(struct renderer *r, const char *name)
{
	if (!map_find_c(r->result->numbers, name))
		html_number_set(r->scan, r->result, name, 1);
}

static size_t inside(const struct renderer *r, enum watched watched)
{
	return r->open[watched] ? *r->open[watched] : 0;
}

/* ptr NULL when there is none. */
static struct str attr_find(const struct html_attr_vec *attrs, const char *name)
{
	for (size_t i = 0; i < attrs->n; i++)
		if (str_eq_c(attrs->items[i].name, name))
			return attrs->items[i].value;
	return STR_NONE;
}

/* --- text --- */

static struct piece *last_piece(struct renderer *r)
{
	return r->pieces.n ? &r->pieces.items[r->pieces.n - 1] : NULL;
}

static void put_whitespace(struct renderer *r, const char *text)
{
	struct piece *last = last_piece(r);

	if (last && !last->whitespace && !last->invisible && last->text.len &&
	    last->text.ptr[last->text.len - 1] == ' ')
		last->text.len--;
	vec_push(r->scan, &r->pieces, ((struct piece){str_from(text), .whitespace = true}));
}

/* Length of the characters C2 and A0, which are UTF-8's no-break space read as Latin-1; or 0. */
static size_t blank_pair(const struct renderer *r, struct str text, size_t at)
{
	struct str rest = str_from_at(text, at);

	if (r->input == HTML_INPUT_OCTETS)
		return str_has_prefix(rest, "\xc2\xa0") ? 2 : 0;
	return str_has_prefix(rest, "\xc3\x82\xc2\xa0") ? 4 : 0;
}

static struct str squeeze(struct renderer *r, struct str text)
{
	static const struct byteset specials = {{BYTESET_SPACES, [0xc2] = true, [0xc3] = true}};
	char *out = arena_alloc(r->scan, text.len + 1), *to = out;
	size_t pair;

	for (size_t i = 0; i < text.len;) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (!specials.has[c]) {
			*to++ = text.ptr[i++];
		} else if (ascii_is_space(c)) {
			while (i < text.len && ascii_is_space((unsigned char)text.ptr[i]))
				i++;
			*to++ = ' ';
		} else if ((c == 0xc2 || c == 0xc3) && (pair = blank_pair(r, text, i)) > 0) {
			*to++ = ' ';
			i += pair;
		} else {
			*to++ = text.ptr[i++];
		}
	}
	*to = '\0';
	return str_make(out, (size_t)(to - out));
}

static void put_text(struct renderer *r, struct str text, bool invisible, bool unseen, bool wide)
{
	const struct piece *last = last_piece(r);

	text = squeeze(r, text);
	if (last && !invisible && last->whitespace && text.len && text.ptr[0] == ' ')
		text = str_from_at(text, 1);
	vec_push(r->scan, &r->pieces,
		 ((struct piece){text, .invisible = invisible, .unseen = unseen, .wide = wide}));
}

static bool is_only_blank(const struct renderer *r, struct str text)
{
	for (size_t i = 0; i < text.len;) {
		size_t length =
			ascii_is_space((unsigned char)text.ptr[i]) ? 1 : blank_pair(r, text, i);

		if (!length)
			return false;
		i += length;
	}
	return true;
}

static bool text_is_invisible(struct renderer *r)
{
	const struct html_style *style = &r->styles.items[r->styles.n - 1];

	switch (html_contrast(style)) {
	case HTML_CONTRAST_LOW:
		fact(r, "font_low_contrast");
		return true;
	case HTML_CONTRAST_UNKNOWN:
		fact(r, "font_invalid_color");
		return true;
	default:
		return style->size <= 1 || style->hidden || style->invisible;
	}
}

static bool text_is_unseen(struct renderer *r)
{
	const struct html_style *style = &r->styles.items[r->styles.n - 1];

	return html_contrast(style) == HTML_CONTRAST_LOW || style->gone || style->tiny ||
	       style->invisible || inside(r, WATCHED_TITLE);
}

/* --- words torn apart by tags --- */

static bool is_wide_space(unsigned c)
{
	return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
	       c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

/* Neither white space nor ASCII punctuation. In bytes nothing beyond ASCII is white space or part
 * of a word. */
static bool is_solid(unsigned c, bool wide)
{
	if (c >= 0x80)
		return !wide || !is_wide_space(c);
	return !ascii_is_space((unsigned char)c) &&
	       (c < 0x21 || c == 0x7f || ascii_is_alnum((unsigned char)c));
}

static bool is_word(unsigned c, bool wide)
{
	return c < 0x80 ? ascii_is_word((unsigned char)c) : wide && gmime_is_word(c);
}

/* Up to n + 1 characters from the front; how many there are. */
static size_t first_characters(struct str text, bool octets, unsigned *out, size_t n)
{
	size_t found = 0;

	for (size_t at = 0; at < text.len && found < n; found++) {
		unsigned length = octets ? 0 : utf8_decode(str_from_at(text, at), &out[found]);

		if (!length)
			out[found] = (unsigned char)text.ptr[at];
		at += length ? length : 1;
	}
	return found;
}

/* The last n characters, last first. */
static size_t last_characters(struct str text, bool octets, unsigned *out, size_t n)
{
	size_t found = 0;

	while (text.len && found < n) {
		size_t start = text.len - 1;

		while (!octets && start > 0 && text.len - start < 4 &&
		       ((unsigned char)text.ptr[start] & 0xc0) == 0x80)
			start--;
		if (octets ||
		    utf8_decode(str_from_at(text, start), &out[found]) != text.len - start) {
			start = text.len - 1;
			out[found] = (unsigned char)text.ptr[start];
		}
		text.len = start;
		found++;
	}
	return found;
}

/* Length of the longest run of 1 to 7 solid characters from c[0] that ends at a word boundary, or
 * 0. */
static size_t torn_length(const unsigned *c, size_t n, bool wide)
{
	size_t run = 0;

	while (run < n && run < BACKHAIR_MAX && is_solid(c[run], wide))
		run++;
	for (; run > 0; run--)
		if (is_word(c[run - 1], wide) != (run < n && is_word(c[run], wide)))
			return run;
	return 0;
}

static void note_torn_word(struct renderer *r, const struct piece *before, struct str text,
			   bool wide)
{
	unsigned left[BACKHAIR_MAX + 1], right[BACKHAIR_MAX + 1];
	bool octets = r->input == HTML_INPUT_OCTETS;
	size_t n_left = last_characters(before->text, octets, left, BACKHAIR_MAX + 1);
	size_t n_right = first_characters(text, octets, right, BACKHAIR_MAX + 1);
	size_t start, length;

	if (!n_left || !n_right)
		return;
	if (is_solid(left[0], before->wide) && is_solid(right[0], wide))
		r->obfuscation++;
	start = torn_length(left, n_left, before->wide);
	length = torn_length(right, n_right, wide);
	if (start && length)
		r->backhair[start][length] = true;
}

/* --- addresses --- */

static struct entry *entry_get(struct renderer *r, struct str raw)
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

static struct str trim_uri(struct renderer *r, struct str uri)
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
	uri = trim_uri(r, uri);
	if (uri.len == 0)
		return;
	if (!is_self_contained(uri))
		uri = html_target(r->scan, r->base_href, uri);
	if (uri.len)
		entry_get(r, uri)->types |= type;
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
	struct str value = attr_find(attrs, name);

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
	struct str uri = trim_uri(r, href);
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
	struct str content = attr_find(attrs, "content"), equiv = attr_find(attrs, "http-equiv");
	size_t at = find_refresh_url(content), end;

	if (!str_contains_ci(equiv, "refresh") || at == STR_NOT_FOUND)
		return;
	content = str_from_at(content, at);
	end = str_find_char(content, ';');
	if (end != STR_NOT_FOUND)
		content = str_trim_right(str_sub(content, 0, end));
	push_uri(r, URI_TYPE_META, content);
}

static void collect_uris(struct renderer *r, const struct html_element *element,
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
		href = attr_find(attrs, "href");
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

/* --- style --- */

static void push_style(struct renderer *r, struct html_style style)
{
	if (r->styles.n >= STYLE_DEPTH_MAX)
		return;
	vec_push(r->scan, &r->styles, style);
	r->styled[style.element]++;
}

static struct html_style pop_style(struct renderer *r)
{
	struct html_style style = r->styles.items[--r->styles.n];

	r->styled[style.element]--;
	return style;
}

/* An unclosed cell or font does not reach into the next cell or row. */
static void close_cells(struct renderer *r, const struct html_element *element)
{
	bool row = strcmp(element->name, "tr") == 0;

	if (!r->styled[html_element_number(element)])
		return;
	while (r->styles.n > 1) {
		const char *top = r->styles.items[r->styles.n - 1].tag;

		if (strcmp(top, "font") != 0 && strcmp(top, "td") != 0 &&
		    !(row && strcmp(top, "tr") == 0))
			break;
		pop_style(r);
	}
}

static void close_style(struct renderer *r, const struct html_element *element)
{
	size_t number = html_element_number(element);

	while (r->styled[number] && pop_style(r).element != number)
		;
}

static bool read_number(struct str text, double *out)
{
	size_t digits = 0;

	while (digits < text.len && ascii_is_digit((unsigned char)text.ptr[digits]))
		digits++;
	return digits && number_decimal(str_sub(text, 0, digits), out);
}

static void set_size(struct renderer *r, struct html_style *style, struct str text)
{
	double number;

	text = str_trim_left(text);
	if (text.len && (text.ptr[0] == '+' || text.ptr[0] == '-')) {
		if (read_number(str_from_at(text, 1), &number))
			style->size = r->basefont + (text.ptr[0] == '-' ? -number : number);
	} else if (read_number(text, &number)) {
		style->size = number;
	}
}

static bool takes_style(const char *tag)
{
	static const char *const tags[] = {"table", "td", "tr", "span", "p", "div", "a"};

	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
		if (tag[0] == tags[i][0] && strcmp(tag, tags[i]) == 0)
			return true;
	return false;
}

/* Attributes that are looked at and change nothing here. */
static bool counts_only(const char *tag, struct str name)
{
	static const struct {
		const char *tag, *names[6];
	} known[] = {
		{"font", {"face"}},
		{"basefont", {"face"}},
		{"marquee", {"bgcolor", "background"}},
		{"table", {"bgcolor"}},
		{"td", {"bgcolor"}},
		{"tr", {"bgcolor"}},
		{"body", {"bgcolor", "link", "alink", "vlink", "background"}},
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (tag[0] != known[i].tag[0] || strcmp(tag, known[i].tag) != 0)
			continue;
		for (size_t n = 0; n < 6 && known[i].names[n]; n++)
			if (str_eq_c(name, known[i].names[n]))
				return true;
	}
	return false;
}

/* Which attributes count for which element; each that does also updates the largest and smallest
 * size. */
static bool apply_attr(struct renderer *r, struct html_style *style, const struct html_attr *attr)
{
	const char *tag = style->tag;
	bool font = strcmp(tag, "font") == 0 || strcmp(tag, "basefont") == 0,
	     body = strcmp(tag, "body") == 0;

	if ((font && str_eq_c(attr->name, "color")) || (body && str_eq_c(attr->name, "text")))
		style->fg = html_colour(r->scan, attr->value);
	else if (font && str_eq_c(attr->name, "size"))
		set_size(r, style, attr->value);
	else if (str_eq_c(attr->name, "style") && takes_style(tag))
		html_style_apply(r->scan, style, &r->styles.items[r->styles.n - 1], attr->value);
	else
		return counts_only(tag, attr->name);
	return true;
}

static void open_style(struct renderer *r, const struct html_element *element,
		       const struct html_attr_vec *attrs)
{
	const char *tag = element->name;
	struct html_style style = r->styles.items[r->styles.n - 1];
	struct str size = attr_find(attrs, "size");

	if (strcmp(tag, "basefont") == 0 && size.ptr &&
	    read_number(str_trim_left(size), &r->basefont))
		return;
	if (strcmp(tag, "td") == 0 || strcmp(tag, "tr") == 0) {
		close_cells(r, element);
		style = r->styles.items[r->styles.n - 1];
	}
	style.tag = tag;
	style.element = html_element_number(element);
	if (strcmp(tag, "big") == 0)
		style.size++;
	else if (strcmp(tag, "small") == 0)
		style.size--;
	else
		for (size_t i = 0; i < attrs->n; i++) {
			if (!apply_attr(r, &style, &attrs->items[i]))
				continue;
			if (style.size > r->max_size)
				r->max_size = style.size;
			else if (style.size < r->min_size)
				r->min_size = style.size;
		}
	push_style(r, style);
}

static void change_style(struct renderer *r, const struct html_element *element,
			 const struct html_attr_vec *attrs, bool opens)
{
	if (strcmp(element->name, "th") == 0)
		element = html_element_find(STR_LIT("td"));
	if (opens)
		open_style(r, element, attrs);
	else if (strcmp(element->name, "body")) /* text behind it still has its colours */
		close_style(r, element);
}

/* --- facts of single elements --- */

static bool skip_letters(struct str s, size_t *at, bool blank_first)
{
	size_t start = *at;
	unsigned char c;

	while (*at < s.len &&
	       (c = (unsigned char)s.ptr[*at], ascii_is_alpha(c) || c == ' ' || c == '-'))
		++*at;
	if (*at - start < 2 || !ascii_is_alpha((unsigned char)s.ptr[*at - 1]))
		return false;
	return ascii_is_alpha((unsigned char)s.ptr[start]) || (blank_first && s.ptr[start] == ' ');
}

static void skip_one(struct str s, size_t *at, const char *set)
{
	if (*at < s.len && s.ptr[*at] && strchr(set, s.ptr[*at]))
		++*at;
}

/* A comma list of plain font names, each perhaps quoted, perhaps ending in a digit. */
static bool face_is_plain(struct str face)
{
	size_t at = 0;
	bool first = true;

	if (face.len && face.ptr[face.len - 1] == '\n')
		face.len--;
	for (;;) {
		while (at < face.len && ascii_is_space((unsigned char)face.ptr[at]) &&
		       !(first && face.ptr[at] == ' ' && at + 1 < face.len &&
			 !ascii_is_space((unsigned char)face.ptr[at + 1])))
			at++;
		skip_one(face, &at, first ? "\"'." : "\"'");
		if (!skip_letters(face, &at, first))
			return false;
		skip_one(face, &at, "0123456789");
		skip_one(face, &at, "\"'");
		if (at >= face.len || face.ptr[at] != ',')
			break;
		at++;
		first = false;
	}
	skip_one(face, &at, ";");
	return at == face.len;
}

/* Pixels of "300" or "50%"; 200 when it says nothing. */
static double dimension(struct str text, double percent_of)
{
	double number = 0;
	bool percent;

	if (text.len && text.ptr[text.len - 1] == '\n')
		text.len--;
	percent = text.len && text.ptr[text.len - 1] == '%';
	if (percent)
		text.len--;
	for (size_t i = 0; i < text.len; i++)
		if (!ascii_is_digit((unsigned char)text.ptr[i]))
			return 200;
	number_decimal(text, &number);
	if (percent)
		number *= percent_of;
	return number > 0 ? number : 200;
}

static struct buf *new_buf(struct renderer *r)
{
	struct buf *buf = ARENA_NEW(r->scan, struct buf);

	buf_init(buf, r->scan);
	return buf;
}

static void open_anchor(struct renderer *r, const struct html_attr_vec *attrs)
{
	struct str href = attr_find(attrs, "href");
	struct buf *anchor;

	r->anchor_last = entry_get(r, href.ptr ? trim_uri(r, href) : STR_LIT(""));
	anchor = new_buf(r);
	vec_push(r->scan, &r->anchor_last->anchors, anchor);
	vec_push(r->scan, &r->anchors, anchor);
}

static void add_to_anchor(struct renderer *r, struct str text)
{
	if (!inside(r, WATCHED_A) || !r->anchor_last)
		return;
	buf_add_str(r->anchors.items[r->anchors.n - 1], text);
}

static void look_at_image(struct renderer *r, const struct html_attr_vec *attrs)
{
	struct str width = attr_find(attrs, "width"), height = attr_find(attrs, "height");

	add_to_anchor(r, STR_LIT("<img>\n"));
	if (width.ptr && height.ptr)
		r->image_area += dimension(width, 8) * dimension(height, 6);
}

static void look_at(struct renderer *r, const char *tag, const struct html_attr_vec *attrs)
{
	struct str face;

	if (strcmp(tag, "font") == 0 && (face = attr_find(attrs, "face")).ptr &&
	    !face_is_plain(face))
		fact(r, "font_face_bad");
	else if (strcmp(tag, "img") == 0)
		look_at_image(r, attrs);
	else if (strcmp(tag, "form") == 0 && str_contains_ci(attr_find(attrs, "action"), "mailto:"))
		fact(r, "form_action_mailto");
	else if (strcmp(tag, "object") == 0 || strcmp(tag, "embed") == 0)
		fact(r, "embeds");
	else if (strcmp(tag, "a") == 0)
		open_anchor(r, attrs);
	else if (strcmp(tag, "title") == 0)
		vec_push(r->scan, &r->titles, new_buf(r));
}

/* --- events --- */

/* The counter of the tag; element NULL: one that nobody knows. A new one has not been seen. */
static size_t *counter_of(struct renderer *r, struct str tag, const struct html_element *element,
			  bool known)
{
	static const char *const watched[N_WATCHED] = {"a", "script", "style", "title"};
	size_t *count = element ? r->counts[html_element_number(element)]
				: map_find(r->result->inside, tag);

	if (count)
		return count;
	r->tags_seen++;
	r->elements_seen += known;
	count = ARENA_NEW(r->scan, size_t);
	map_put(r->result->inside, tag, count);
	if (element)
		r->counts[html_element_number(element)] = count;
	for (int i = 0; i < N_WATCHED; i++)
		if (str_eq_c(tag, watched[i]))
			r->open[i] = count;
	return count;
}

static void count_tag(struct renderer *r, struct str tag, const struct html_element *element,
		      bool known, bool opens)
{
	size_t *count = counter_of(r, tag, element, known);

	r->tags++;
	r->elements += known;
	if (opens)
		++*count;
	else if (*count)
		--*count;
	else
		r->closed_extra++;
}

static void on_tag(struct renderer *r, struct str tag, struct html_attr_vec *attrs, bool opens)
{
	const struct html_element *element = html_element_find(tag);
	bool office = html_element_is_office(tag);

	count_tag(r, tag, element, office || (element && element->flags & ELEMENT_KNOWN), opens);
	if (office || !element || !(element->flags & (ELEMENT_KNOWN | ELEMENT_TRICK)))
		return;
	if (element->flags & ELEMENT_STYLE)
		change_style(r, element, attrs, opens);
	if (element->flags & (ELEMENT_BREAK | ELEMENT_BLANK | ELEMENT_PARAGRAPH))
		put_whitespace(r, element->flags & ELEMENT_BREAK   ? "\n"
				  : element->flags & ELEMENT_BLANK ? " "
								   : "\n\n");
	if (!opens)
		return;
	if (element->flags & ELEMENT_URI)
		collect_uris(r, element, attrs);
	look_at(r, element->name, attrs);
}

static void on_start(void *user, struct str tag, struct html_attr_vec *attrs)
{
	on_tag(user, tag, attrs, true);
}

static void on_end(void *user, struct str tag)
{
	struct html_attr_vec none = {0};

	on_tag(user, tag, &none, false);
}

static void on_text(void *user, struct str text, bool wide)
{
	struct renderer *r = user;
	bool invisible, is_blank;

	if (inside(r, WATCHED_SCRIPT)) {
		vec_push(r->scan, &r->result->script, text);
		return;
	}
	if (inside(r, WATCHED_STYLE))
		return;
	wide = r->input == HTML_INPUT_WIDE || (wide && r->input == HTML_INPUT_LATIN1);
	add_to_anchor(r, text);
	if (inside(r, WATCHED_TITLE) && r->titles.n)
		buf_add_str(r->titles.items[r->titles.n - 1], text);
	is_blank = is_only_blank(r, text);
	invisible = !is_blank && text_is_invisible(r);
	if (r->pieces.n)
		note_torn_word(r, last_piece(r), text, wide);
	put_text(r, text, invisible, !is_blank && text_is_unseen(r), wide);
}

static void on_comment(void *user, struct str whole)
{
	struct renderer *r = user;

	vec_push(r->scan, &r->result->comment, whole);
}

static void on_declaration(void *user, struct str whole)
{
	struct renderer *r = user;

	if (!str_has_prefix_ci(whole, "<!doctype"))
		return;
	r->elements++;
	r->tags++;
	map_put(r->result->inside, STR_LIT("!doctype"), ARENA_NEW(r->scan, size_t));
}

static const char *closing_tag(void *user)
{
	if (inside(user, WATCHED_STYLE))
		return "</style>";
	return inside(user, WATCHED_SCRIPT) ? "</script>" : NULL;
}

/* --- before and after --- */

/* "&nbsp;" is a blank, typographic quotes are plain ones. */
static struct str plain_quotes(struct arena *scan, struct str text)
{
	struct buf out;
	size_t told = 0; /* all before is in out */

	buf_init(&out, scan);
	for (size_t i = 0; (i = span_until_either(text, i, '&', '\xe2')) < text.len;) {
		struct str rest = str_from_at(text, i);
		bool is_blank = str_has_prefix(rest, "&nbsp;");

		if (!is_blank && !str_has_prefix(rest, "\xe2\x80\x9c") &&
		    !str_has_prefix(rest, "\xe2\x80\x9d")) {
			i++;
			continue;
		}
		if (told == 0)
			buf_reserve(&out, text.len);
		buf_add_str(&out, str_sub(text, told, i - told));
		buf_add_char(&out, is_blank ? ' ' : '"');
		told = i += is_blank ? strlen("&nbsp;") : 3;
	}
	if (told == 0)
		return text;
	buf_add_str(&out, str_from_at(text, told));
	return buf_str(&out);
}

/* "<br/>" → "<br>" */
static struct str plain_empty_tags(struct arena *scan, struct str text)
{
	struct buf out;
	size_t told = 0, at; /* all before is in out */

	buf_init(&out, scan);
	for (size_t i = 0; (at = str_find_char(str_from_at(text, i), '<')) != STR_NOT_FOUND;) {
		size_t name = i + at + 1, end;

		i = name;
		while (name < text.len && ascii_is_word((unsigned char)text.ptr[name]))
			name++;
		end = name;
		while (end < text.len && ascii_is_space((unsigned char)text.ptr[end]))
			end++;
		if (name == i || end + 1 >= text.len || text.ptr[end] != '/' ||
		    text.ptr[end + 1] != '>')
			continue;
		buf_add_str(&out, str_sub(text, told, name - told));
		buf_add_char(&out, '>');
		told = i = end + 2;
	}
	if (told == 0)
		return text;
	buf_add_str(&out, str_from_at(text, told));
	return buf_str(&out);
}

static void join_bufs(struct arena *scan, const struct buf_vec *bufs, struct str_vec *out)
{
	for (size_t i = 0; i < bufs->n; i++)
		vec_push(scan, out, buf_str(bufs->items[i]));
}

enum showing { SHOWING_ALL, SHOWING_VISIBLE, SHOWING_INVISIBLE, SHOWING_SEEN, SHOWINGS };

static bool shows(enum showing showing, const struct piece *piece)
{
	switch (showing) {
	case SHOWING_VISIBLE:
		return !piece->invisible;
	case SHOWING_INVISIBLE:
		return piece->invisible;
	case SHOWING_SEEN:
		return !piece->unseen;
	default:
		return true;
	}
}

static struct str join_pieces(const struct renderer *r, enum showing showing, size_t n_bytes)
{
	char *out = arena_alloc(r->scan, n_bytes + 1), *to = out;

	for (size_t i = 0; i < r->pieces.n; i++) {
		const struct piece *piece = &r->pieces.items[i];

		if (shows(showing, piece))
			to = mempcpy(to, piece->text.ptr, piece->text.len);
	}
	*to = '\0';
	return str_make(out, n_bytes);
}

/* In most documents all text is visible and seen: one text is all of these then. */
static void join_text(struct renderer *r)
{
	size_t n_bytes[SHOWINGS] = {0};
	struct str texts[SHOWINGS] = {STR_NONE};
	struct html_result *html = r->result;

	for (size_t i = 0; i < r->pieces.n; i++) {
		const struct piece *piece = &r->pieces.items[i];

		for (int n = 0; n < SHOWINGS; n++)
			n_bytes[n] += shows((enum showing)n, piece) ? piece->text.len : 0;
		*(piece->invisible ? &html->invisible_is_wide : &html->visible_is_wide) |=
			piece->wide;
	}
	for (int n = 0; n < SHOWINGS; n++)
		if (n_bytes[n] > 0)
			texts[n] = n > SHOWING_ALL && n_bytes[n] == n_bytes[SHOWING_ALL]
					   ? texts[SHOWING_ALL]
					   : join_pieces(r, (enum showing)n, n_bytes[n]);
	html->text = texts[SHOWING_ALL];
	html->visible = texts[SHOWING_VISIBLE];
	html->invisible = texts[SHOWING_INVISIBLE];
	html->seen = texts[SHOWING_SEEN];
}

/* UTF-8 without characters above U+00FF as bytes. */
struct str html_latin1(struct arena *scan, struct str text)
{
	struct buf out;

	if (str_is_ascii(text))
		return text;
	buf_init(&out, scan);
	buf_reserve(&out, text.len);
	for (size_t at = 0; at < text.len;) {
		size_t plain = span_ascii(text, at);
		unsigned c, length;

		buf_add_str(&out, str_sub(text, at, plain - at));
		if ((at = plain) == text.len)
			break;
		length = utf8_decode(str_from_at(text, at), &c);
		buf_add_char(&out, length ? (char)c : text.ptr[at]);
		at += length ? length : 1;
	}
	return buf_str(&out);
}

static bool uri_is_wide(const struct renderer *r, struct str uri)
{
	if (r->input != HTML_INPUT_LATIN1)
		return r->input == HTML_INPUT_WIDE;
	for (size_t i = 0; i < uri.len; i++)
		if ((unsigned char)uri.ptr[i] > 0xc3) /* the first byte of what is above U+00FF */
			return true;
	return false;
}

static void join_uris(struct renderer *r)
{
	for (size_t i = 0; i < r->entries.n; i++) {
		const struct entry *entry = r->entries.items[i];
		struct html_uri uri = {.raw = entry->raw, .types = entry->types};

		uri.is_wide = uri_is_wide(r, entry->raw);
		if (!uri.is_wide && r->input == HTML_INPUT_LATIN1)
			uri.raw = html_latin1(r->scan, entry->raw);
		join_bufs(r->scan, &entry->anchors, &uri.anchor_text);
		vec_push(r->scan, &r->result->uris, uri);
	}
}

static void set_numbers(struct renderer *r)
{
	size_t n_backhair = 0;
	struct html_result *html = r->result;

	for (int i = 0; i <= BACKHAIR_MAX; i++)
		for (int n = 0; n <= BACKHAIR_MAX; n++)
			n_backhair += r->backhair[i][n];
	html_number_set(r->scan, html, "html", 1);
	html_number_set(r->scan, html, "image_area", r->image_area);
	html_number_set(r->scan, html, "length", (double)r->length);
	html_number_set(r->scan, html, "min_size", r->min_size);
	html_number_set(r->scan, html, "max_size", r->max_size);
	if (n_backhair)
		html_number_set(r->scan, html, "backhair_count", (double)n_backhair);
	if (!r->tags)
		return;
	html_number_set(r->scan, html, "closed_extra_ratio",
			(double)r->closed_extra / (double)r->tags);
	if (r->elements)
		html_number_set(r->scan, html, "bad_tag_ratio",
				(double)(r->tags - r->elements) / (double)r->tags);
	if (r->elements_seen && r->tags_seen)
		html_number_set(r->scan, html, "non_element_ratio",
				(double)(r->tags_seen - r->elements_seen) / (double)r->tags_seen);
	if (r->obfuscation)
		html_number_set(r->scan, html, "obfuscation_ratio",
				(double)r->obfuscation / (double)r->tags);
}

struct html_result *html_render(struct arena *scan, struct str text, enum html_input input)
{
	static const struct html_style plain = {
		.tag = "default", .fg = 0x000000, .bg = 0xffffff, .size = 3};
	struct renderer *r = ARENA_NEW(scan, struct renderer);
	const struct html_events events = {r,          on_start,       on_end,     on_text,
					   on_comment, on_declaration, closing_tag};

	r->scan = scan;
	r->result = ARENA_NEW(scan, struct html_result);
	r->result->any_html = true;
	r->input = input;
	r->result->is_octets = input == HTML_INPUT_OCTETS;
	r->result->inside = map_new(scan);
	r->result->numbers = map_new(scan);
	r->entry_by_raw = map_new(scan);
	r->basefont = r->min_size = r->max_size = 3;
	r->length = input == HTML_INPUT_OCTETS ? text.len : span_count_characters(text);
	vec_push(scan, &r->styles, plain);
	html_tokenize(scan, plain_empty_tags(scan, plain_quotes(scan, text)),
		      input == HTML_INPUT_OCTETS, &events);
	join_text(r);
	r->result->is_wide = r->result->visible_is_wide || r->result->invisible_is_wide;
	join_uris(r);
	join_bufs(scan, &r->anchors, &r->result->anchor);
	join_bufs(scan, &r->titles, &r->result->title);
	set_numbers(r);
	return r->result;
}
