/* html_facts: what rules ask about single elements (HTML.pm). */
#include "lib/message/html_renderer.h"

#include "lib/base/number.h"

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

void html_fact(struct renderer *r, const char *name)
{
	if (!map_find_c(r->result->numbers, name))
		html_number_set(r->scan, r->result, name, 1);
}

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
	struct str href = html_attr_find(attrs, "href");
	struct buf *anchor;

	r->anchor_last = html_entry(r, href.ptr ? html_trim_uri(r, href) : STR_LIT(""));
	anchor = new_buf(r);
	vec_push(r->scan, &r->anchor_last->anchors, anchor);
	vec_push(r->scan, &r->anchors, anchor);
}

void html_add_to_anchor(struct renderer *r, struct str text)
{
	if (!html_inside(r, WATCHED_A) || !r->anchor_last)
		return;
	buf_add_str(r->anchors.items[r->anchors.n - 1], text);
}

static void look_at_image(struct renderer *r, const struct html_attr_vec *attrs)
{
	struct str width = html_attr_find(attrs, "width"), height = html_attr_find(attrs, "height");

	html_add_to_anchor(r, STR_LIT("<img>\n"));
	if (width.ptr && height.ptr)
		r->image_area += dimension(width, 8) * dimension(height, 6);
}

void html_look_at(struct renderer *r, const char *tag, const struct html_attr_vec *attrs)
{
	struct str face;

	if (strcmp(tag, "font") == 0 && (face = html_attr_find(attrs, "face")).ptr &&
	    !face_is_plain(face))
		html_fact(r, "font_face_bad");
	else if (strcmp(tag, "img") == 0)
		look_at_image(r, attrs);
	else if (strcmp(tag, "form") == 0 &&
		 str_contains_ci(html_attr_find(attrs, "action"), "mailto:"))
		html_fact(r, "form_action_mailto");
	else if (strcmp(tag, "object") == 0 || strcmp(tag, "embed") == 0)
		html_fact(r, "embeds");
	else if (strcmp(tag, "a") == 0)
		open_anchor(r, attrs);
	else if (strcmp(tag, "title") == 0)
		vec_push(r->scan, &r->titles, new_buf(r));
}
