/* html_render: events of the tokenizer → text pieces, styles, addresses, facts (HTML.pm). */
#include "lib/message/html_renderer.h"

#include "lib/base/encode.h"
#include "lib/base/span.h"

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

/* The counter, counted. */
static const size_t *count_tag(struct renderer *r, struct str tag,
			       const struct html_element *element, bool known, bool opens)
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
	return count;
}

/* What a style element held. */
static void end_sheet(struct renderer *r)
{
	if (!r->styling || !r->styling->len)
		return;
	html_sheet_read(r, buf_str(r->styling));
	buf_clear(r->styling);
}

static void on_tag(struct renderer *r, struct str tag, struct html_attr_vec *attrs, bool opens)
{
	const struct html_element *element = html_element_find(tag);
	bool office = html_element_is_office(tag);

	const size_t *count = count_tag(
		r, tag, element, office || (element && element->flags & ELEMENT_KNOWN), opens);
	if (opens)
		html_sheet_open(r, tag, attrs, count);
	else
		html_sheet_close(r, count);
	if (!opens && count == r->open[WATCHED_STYLE])
		end_sheet(r);
	if (office || !element || !(element->flags & (ELEMENT_KNOWN | ELEMENT_TRICK)))
		return;
	if (element->flags & ELEMENT_STYLE)
		html_change_style(r, element, attrs, opens);
	if (element->flags & (ELEMENT_BREAK | ELEMENT_BLANK | ELEMENT_PARAGRAPH))
		html_put_whitespace(r, element->flags & ELEMENT_BREAK   ? "\n"
				       : element->flags & ELEMENT_BLANK ? " "
									: "\n\n");
	if (!opens)
		return;
	if (element->flags & ELEMENT_URI)
		html_collect_uris(r, element, attrs);
	html_look_at(r, element->name, attrs);
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

	if (html_inside(r, WATCHED_SCRIPT)) {
		vec_push(r->scan, &r->result->script, text);
		return;
	}
	if (html_inside(r, WATCHED_STYLE)) {
		if (!r->styling) {
			r->styling = ARENA_NEW(r->scan, struct buf);
			buf_init(r->styling, r->scan);
		}
		buf_add_str(r->styling, text);
		return;
	}
	wide = r->input == HTML_INPUT_WIDE || (wide && r->input == HTML_INPUT_LATIN1);
	html_add_to_anchor(r, text);
	if (html_inside(r, WATCHED_TITLE) && r->titles.n)
		buf_add_str(r->titles.items[r->titles.n - 1], text);
	html_put_text(r, text, wide);
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
	if (html_inside(user, WATCHED_STYLE))
		return "</style>";
	return html_inside(user, WATCHED_SCRIPT) ? "</script>" : NULL;
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
		.tag = "default", .fg = 0x000000, .bg = 0xffffff, .ground = 0xffffff, .size = 3};
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
