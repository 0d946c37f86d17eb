/* html_looks: the stack of styles that elements and their attributes open and close (HTML.pm). */
#include "lib/message/html_renderer.h"

#include "lib/base/number.h"

enum { STYLE_DEPTH_MAX = 10000 };

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

bool html_takes_style(struct str tag)
{
	const struct html_element *element = html_element_find(tag);

	return element && element->flags & ELEMENT_CSS;
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

	if (!name.len || !ascii_is_in(name.ptr[0], "fblav"))
		return false; /* most of them */
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (tag[0] != known[i].tag[0] || strcmp(tag, known[i].tag) != 0)
			continue;
		for (size_t n = 0; n < 6 && known[i].names[n]; n++)
			if (str_eq_c(name, known[i].names[n]))
				return true;
	}
	return false;
}

/* The background that people see and SpamAssassin does not look for. */
static void set_ground(struct renderer *r, struct html_style *style, const struct html_attr *attr)
{
	long colour;

	if (str_eq_c(attr->name, "background")) {
		style->ground = COLOUR_INVALID;
	} else if (str_eq_c(attr->name, "bgcolor")) {
		colour = html_colour(r->scan, attr->value);
		if (colour == COLOUR_INVALID && attr->value.len && attr->value.ptr[0] != '#')
			colour = html_colour(r->scan,
					     arena_printf(r->scan, "#%.*s", STR_ARG(attr->value)));
		style->ground = colour;
	}
}

/* Which attributes count for which element; each that does also updates the largest and smallest
 * size. */
static bool apply_attr(struct renderer *r, const struct html_element *element,
		       struct html_style *style, const struct html_attr *attr)
{
	bool font = element->flags & ELEMENT_FONT;

	if ((font && str_eq_c(attr->name, "color")) ||
	    (str_eq_c(attr->name, "text") && strcmp(element->name, "body") == 0))
		style->fg = html_colour(r->scan, attr->value);
	else if (font && str_eq_c(attr->name, "size"))
		set_size(r, style, attr->value);
	else if ((element->flags & ELEMENT_CSS) && str_eq_c(attr->name, "style"))
		html_style_apply(r->scan, style, &r->styles.items[r->styles.n - 1], attr->value);
	else
		return counts_only(element->name, attr->name);
	return true;
}

static bool sets_base(struct renderer *r, const char *tag, const struct html_attr_vec *attrs)
{
	struct str size = html_attr_find(attrs, "size");

	return strcmp(tag, "basefont") == 0 && size.ptr &&
	       read_number(str_trim_left(size), &r->basefont);
}

static void open_style(struct renderer *r, const struct html_element *element,
		       const struct html_attr_vec *attrs)
{
	const char *tag = element->name;
	struct html_style style = r->styles.items[r->styles.n - 1];

	if ((element->flags & ELEMENT_FONT) && sets_base(r, tag, attrs))
		return;
	if (element->flags & ELEMENT_CELL) {
		close_cells(r, element);
		style = r->styles.items[r->styles.n - 1];
	}
	style.tag = tag;
	style.element = html_element_number(element);
	if (tag[0] == 'p' && r->styles.n > 1 &&
	    strcmp(r->styles.items[r->styles.n - 1].tag, tag) == 0) {
		/* a paragraph ends the one before it, as people see it */
		style.gone = r->styles.items[r->styles.n - 2].gone;
		style.tiny = r->styles.items[r->styles.n - 2].tiny;
	}
	style.tiny |= r->shrinks;
	if (strcmp(tag, "big") == 0)
		style.size++;
	else if (strcmp(tag, "small") == 0)
		style.size--;
	else
		for (size_t i = 0; i < attrs->n; i++) {
			set_ground(r, &style, &attrs->items[i]);
			if (!apply_attr(r, element, &style, &attrs->items[i]))
				continue;
			if (style.size > r->max_size)
				r->max_size = style.size;
			else if (style.size < r->min_size)
				r->min_size = style.size;
		}
	push_style(r, style);
}

void html_change_style(struct renderer *r, const struct html_element *element,
		       const struct html_attr_vec *attrs, bool opens)
{
	if (strcmp(element->name, "th") == 0)
		element = html_element_find(STR_LIT("td"));
	if (opens)
		open_style(r, element, attrs);
	else if (strcmp(element->name, "body")) /* text behind it still has its colours */
		close_style(r, element);
}
