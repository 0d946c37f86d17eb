#include "lib/message/html_style.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/number.h"

enum { LOW_CONTRAST_DISTANCE = 12 };

/* Colour keywords of CSS 3, sorted. */
static const struct named_colour {
	const char *name;
	long rgb;
} named_colours[] = {
	{"aliceblue", 0xf0f8ff},
	{"antiquewhite", 0xfaebd7},
	{"aqua", 0x00ffff},
	{"aquamarine", 0x7fffd4},
	{"azure", 0xf0ffff},
	{"beige", 0xf5f5dc},
	{"bisque", 0xffe4c4},
	{"black", 0x000000},
	{"blanchedalmond", 0xffebcd},
	{"blue", 0x0000ff},
	{"blueviolet", 0x8a2be2},
	{"brown", 0xa52a2a},
	{"burlywood", 0xdeb887},
	{"cadetblue", 0x5f9ea0},
	{"chartreuse", 0x7fff00},
	{"chocolate", 0xd2691e},
	{"coral", 0xff7f50},
	{"cornflowerblue", 0x6495ed},
	{"cornsilk", 0xfff8dc},
	{"crimson", 0xdc143c},
	{"cyan", 0x00ffff},
	{"darkblue", 0x00008b},
	{"darkcyan", 0x008b8b},
	{"darkgoldenrod", 0xb8860b},
	{"darkgray", 0xa9a9a9},
	{"darkgreen", 0x006400},
	{"darkgrey", 0xa9a9a9},
	{"darkkhaki", 0xbdb76b},
	{"darkmagenta", 0x8b008b},
	{"darkolivegreen", 0x556b2f},
	{"darkorange", 0xff8c00},
	{"darkorchid", 0x9932cc},
	{"darkred", 0x8b0000},
	{"darksalmon", 0xe9967a},
	{"darkseagreen", 0x8fbc8f},
	{"darkslateblue", 0x483d8b},
	{"darkslategray", 0x2f4f4f},
	{"darkslategrey", 0x2f4f4f},
	{"darkturquoise", 0x00ced1},
	{"darkviolet", 0x9400d3},
	{"deeppink", 0xff1493},
	{"deepskyblue", 0x00bfff},
	{"dimgray", 0x696969},
	{"dimgrey", 0x696969},
	{"dodgerblue", 0x1e90ff},
	{"firebrick", 0xb22222},
	{"floralwhite", 0xfffaf0},
	{"forestgreen", 0x228b22},
	{"fuchsia", 0xff00ff},
	{"gainsboro", 0xdcdcdc},
	{"ghostwhite", 0xf8f8ff},
	{"gold", 0xffd700},
	{"goldenrod", 0xdaa520},
	{"gray", 0x808080},
	{"green", 0x008000},
	{"greenyellow", 0xadff2f},
	{"grey", 0x808080},
	{"honeydew", 0xf0fff0},
	{"hotpink", 0xff69b4},
	{"indianred", 0xcd5c5c},
	{"indigo", 0x4b0082},
	{"ivory", 0xfffff0},
	{"khaki", 0xf0e68c},
	{"lavender", 0xe6e6fa},
	{"lavenderblush", 0xfff0f5},
	{"lawngreen", 0x7cfc00},
	{"lemonchiffon", 0xfffacd},
	{"lightblue", 0xadd8e6},
	{"lightcoral", 0xf08080},
	{"lightcyan", 0xe0ffff},
	{"lightgoldenrodyellow", 0xfafad2},
	{"lightgray", 0xd3d3d3},
	{"lightgreen", 0x90ee90},
	{"lightgrey", 0xd3d3d3},
	{"lightpink", 0xffb6c1},
	{"lightsalmon", 0xffa07a},
	{"lightseagreen", 0x20b2aa},
	{"lightskyblue", 0x87cefa},
	{"lightslategray", 0x778899},
	{"lightslategrey", 0x778899},
	{"lightsteelblue", 0xb0c4de},
	{"lightyellow", 0xffffe0},
	{"lime", 0x00ff00},
	{"limegreen", 0x32cd32},
	{"linen", 0xfaf0e6},
	{"magenta", 0xff00ff},
	{"maroon", 0x800000},
	{"mediumaquamarine", 0x66cdaa},
	{"mediumblue", 0x0000cd},
	{"mediumorchid", 0xba55d3},
	{"mediumpurple", 0x9370db},
	{"mediumseagreen", 0x3cb371},
	{"mediumslateblue", 0x7b68ee},
	{"mediumspringgreen", 0x00fa9a},
	{"mediumturquoise", 0x48d1cc},
	{"mediumvioletred", 0xc71585},
	{"midnightblue", 0x191970},
	{"mintcream", 0xf5fffa},
	{"mistyrose", 0xffe4e1},
	{"moccasin", 0xffe4b5},
	{"navajowhite", 0xffdead},
	{"navy", 0x000080},
	{"oldlace", 0xfdf5e6},
	{"olive", 0x808000},
	{"olivedrab", 0x6b8e23},
	{"orange", 0xffa500},
	{"orangered", 0xff4500},
	{"orchid", 0xda70d6},
	{"palegoldenrod", 0xeee8aa},
	{"palegreen", 0x98fb98},
	{"paleturquoise", 0xafeeee},
	{"palevioletred", 0xdb7093},
	{"papayawhip", 0xffefd5},
	{"peachpuff", 0xffdab9},
	{"peru", 0xcd853f},
	{"pink", 0xffc0cb},
	{"plum", 0xdda0dd},
	{"powderblue", 0xb0e0e6},
	{"purple", 0x800080},
	{"red", 0xff0000},
	{"rosybrown", 0xbc8f8f},
	{"royalblue", 0x4169e1},
	{"saddlebrown", 0x8b4513},
	{"salmon", 0xfa8072},
	{"sandybrown", 0xf4a460},
	{"seagreen", 0x2e8b57},
	{"seashell", 0xfff5ee},
	{"sienna", 0xa0522d},
	{"silver", 0xc0c0c0},
	{"skyblue", 0x87ceeb},
	{"slateblue", 0x6a5acd},
	{"slategray", 0x708090},
	{"slategrey", 0x708090},
	{"snow", 0xfffafa},
	{"springgreen", 0x00ff7f},
	{"steelblue", 0x4682b4},
	{"tan", 0xd2b48c},
	{"teal", 0x008080},
	{"thistle", 0xd8bfd8},
	{"tomato", 0xff6347},
	{"turquoise", 0x40e0d0},
	{"violet", 0xee82ee},
	{"wheat", 0xf5deb3},
	{"white", 0xffffff},
	{"whitesmoke", 0xf5f5f5},
	{"yellow", 0xffff00},
	{"yellowgreen", 0x9acd32},
};

static int compare(const void *key, const void *item)
{
	return str_cmp(*(const struct str *)key,
		       str_from(((const struct named_colour *)item)->name));
}

static int hex_digit(char c)
{
	if (ascii_is_digit((unsigned char)c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "#" and digits, sloppily: other characters fall out, three digits are doubled, missing ones are
 * 0. */
static long hash_colour(struct str text)
{
	char digits[8];
	size_t n = 0, total = 0;
	long value = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (hex_digit(text.ptr[i]) < 0)
			continue;
		total++;
		if (n < 6)
			digits[n++] = text.ptr[i];
	}
	if (total > 3 && total < 6)
		n = 3;
	while (n % 3 && n < 6)
		digits[n++] = '0';
	if (n == 0)
		return COLOUR_INVALID;
	for (size_t i = 0; i < 6; i++)
		value = value * 16 + hex_digit(n == 3 ? digits[i / 2] : digits[i]);
	return value;
}

/* The numbers of "rgb(1, 2, 3)" or "rgb(1%, 2%, 3%)"; false for any other shape. */
static bool rgb_numbers(struct str text, long *rgb_out)
{
	size_t open = str_find(text, STR_LIT("rgb("));
	struct str part, rest;
	long value = 0;
	bool percent = false;
	int n = 0;

	if (open == STR_NOT_FOUND || str_find_char(text, ')') == STR_NOT_FOUND)
		return false;
	rest = str_sub(text, open + 4, str_find_char(text, ')') - open - 4);
	while (str_split_next(&rest, ',', &part)) {
		uint64_t number;

		part = str_trim(part);
		if (str_has_suffix_ci(part, "%")) {
			percent = true;
			part.len--;
		}
		if (!number_u64(part, &number) || ++n > 3)
			return false;
		if (percent)
			number = number * 255 / 100;
		value = value * 256 + (long)(number > 255 ? 255 : number);
	}
	*rgb_out = value;
	return n == 3;
}

static bool is_colour_shape(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] != '#' && hex_digit(text.ptr[i]) < 0)
			return false;
	return true;
}

long html_colour(struct arena *scan, struct str text)
{
	struct str name = str_trim(arena_lower(scan, text));
	const struct named_colour *named =
		bsearch(&name, named_colours, sizeof named_colours / sizeof *named_colours,
			sizeof *named_colours, compare);
	long rgb;

	if (named)
		return named->rgb;
	if (str_contains(name, "rgb(") && rgb_numbers(name, &rgb))
		return rgb;
	if (is_colour_shape(name) && name.len && name.ptr[0] == '#')
		return hash_colour(name);
	return COLOUR_INVALID;
}

/* rgb() and rgba() in CSS: whatever digits and commas are in it. */
static long css_rgb(struct str text)
{
	long parts[3] = {0};
	int n = 0;

	for (size_t i = 0; i < text.len && n < 3; i++) {
		char c = text.ptr[i];

		if (c == ',')
			n++;
		else if (ascii_is_digit((unsigned char)c) && parts[n] < 1000)
			parts[n] = parts[n] * 10 + (c - '0');
	}
	for (int i = 0; i < 3; i++)
		parts[i] = parts[i] > 255 ? 255 : parts[i];
	return parts[0] << 16 | parts[1] << 8 | parts[2];
}

static struct str without_important(struct str value)
{
	size_t bang = str_rfind_char(value, '!');

	if (bang == STR_NOT_FOUND ||
	    !str_eq_c(str_trim_left(str_from_at(value, bang + 1)), "important"))
		return value;
	return str_trim_right(str_sub(value, 0, bang));
}

static void apply_colour(struct arena *scan, long *colour, struct str text)
{
	struct str value = without_important(arena_lower(scan, text));

	if (str_contains(value, "rgb"))
		*colour = css_rgb(value);
	else if (str_eq_c(value, "transparent"))
		*colour = COLOUR_TRANSPARENT;
	else if (!str_eq_c(value, "inherit"))
		*colour = html_colour(scan, value);
}

/* --- background: layers by comma, words by blank, with parentheses and quotes --- */

/* Length of the next token of the shorthand; stops at " " and "," outside of nesting. */
static size_t token_length(struct str s, bool *closed_out)
{
	char quote = 0;
	size_t depth = 0, at = 0;

	*closed_out = false;
	for (; at < s.len; at++) {
		char c = s.ptr[at];

		if (quote) {
			if (c == quote)
				quote = 0;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == '(' && depth == 0) {
			depth++;
		} else if (c == ')' && depth) {
			depth--;
			*closed_out = true;
			return at + 1;
		} else if (!depth && (c == ' ' || c == ',')) {
			return at;
		}
	}
	return at;
}

/* The first colour of the last layer. */
static void apply_background(struct arena *scan, long *colour, struct str text)
{
	long found = COLOUR_INVALID;
	bool layer_has_tokens = false, closed;

	text = arena_lower(scan, text);
	while (text.len) {
		size_t length = token_length(text, &closed);
		struct str token = str_sub(text, 0, length);

		text = str_from_at(text, length);
		if (token.len) {
			if (!layer_has_tokens)
				found = COLOUR_INVALID;
			layer_has_tokens = true;
			if (found == COLOUR_INVALID)
				found = html_colour(scan, token);
		}
		if (closed || !text.len)
			continue;
		if (text.ptr[0] == ',') {
			if (!layer_has_tokens)
				found = COLOUR_INVALID;
			layer_has_tokens = false;
		}
		text = str_from_at(text, 1);
	}
	if (found != COLOUR_INVALID)
		*colour = found;
}

static bool has_blank(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (ascii_is_space((unsigned char)text.ptr[i]) && text.ptr[i] != '\n')
			return true;
	return false;
}

/* --- what people don't see --- */

/* "2px" → 2; of "2em" and "150%" what they are at 16 pixels; false for words. */
static bool css_pixels(struct str value, double *out)
{
	size_t length = 0;
	double number;
	struct str unit;

	while (length < value.len && (ascii_is_digit((unsigned char)value.ptr[length]) ||
				      ascii_is_in(value.ptr[length], "+-.")))
		length++;
	if (!length)
		return false;
	number = number_perl(str_sub(value, 0, length));
	unit = str_trim(str_from_at(value, length));
	*out = number * (str_eq_ci_c(unit, "em") || str_eq_ci_c(unit, "rem") ? 16
			 : str_has_prefix(unit, "%")                         ? 0.16
									     : 1);
	return true;
}

static bool is_one_of(struct str name, const char *const *names)
{
	for (; *names; names++)
		if (str_eq_ci_c(name, *names))
			return true;
	return false;
}

/* "rect(0, 0, 0, 0)", "inset(100%)", "scale(0)", "scale(0, 0)". */
static bool has_no_room(struct str value)
{
	size_t open = str_find_char(value, '(');
	struct str inside = str_from_at(value, open == STR_NOT_FOUND ? value.len : open + 1);

	if (str_has_prefix_ci(value, "inset"))
		return str_has_prefix(inside, "100%") || str_has_prefix(inside, "50%");
	if (!str_has_prefix_ci(value, "rect") && !str_has_prefix_ci(value, "scale"))
		return false;
	for (size_t i = 0; i < inside.len && inside.ptr[i] != ')'; i++)
		if (!ascii_is_in(inside.ptr[i], "0 ,.px"))
			return false;
	return inside.len > 0;
}

/* "rgba(0, 0, 0, 0.0)": the fourth number. */
static bool is_clear(struct str value)
{
	size_t comma = str_rfind_char(value, ',');
	double opacity;

	return str_has_prefix_ci(value, "rgba") && comma != STR_NOT_FOUND &&
	       css_pixels(str_trim_left(str_from_at(value, comma + 1)), &opacity) && opacity < 0.05;
}

/* "0.9em/1.2 Arial": up to the slash or blank. */
static struct str first_size(struct str value)
{
	size_t length = 0;

	while (length < value.len && value.ptr[length] != '/' &&
	       !ascii_is_space((unsigned char)value.ptr[length]))
		length++;
	return str_sub(value, 0, length);
}

static void apply_sight(struct html_style *style, struct str name, struct str value)
{
	static const char *const rooms[] = {"max-height", "max-width", "height", "width", NULL};
	static const char *const places[] = {"left",       "top",         "right", "margin-left",
					     "margin-top", "text-indent", NULL};
	double pixels;

	if (str_eq_ci_c(name, "display") && str_has_prefix_ci(value, "none"))
		style->gone = true;
	else if (str_eq_ci_c(name, "clip") || str_eq_ci_c(name, "clip-path") ||
		 str_eq_ci_c(name, "transform"))
		style->gone |= has_no_room(value);
	else if (str_eq_ci_c(name, "font") && css_pixels(first_size(value), &pixels))
		style->tiny = pixels <= 2;
	else if (str_eq_ci_c(name, "color") && is_clear(value))
		style->gone = true;
	if (!css_pixels(value, &pixels))
		return;
	if (str_eq_ci_c(name, "font-size"))
		style->tiny = pixels <= 2;
	else if (str_eq_ci_c(name, "opacity"))
		style->gone |= pixels < 0.05;
	else if (is_one_of(name, rooms))
		style->gone |= pixels <= 0;
	else if (is_one_of(name, places))
		style->gone |= pixels <= -500;
}

static void apply_declaration(struct arena *scan, struct html_style *style, struct str part)
{
	size_t colon = str_find_char(part, ':');
	struct str name, value;
	long *colour;

	if (colon == STR_NOT_FOUND)
		return;
	name = str_trim_left(str_sub(part, 0, colon));
	value = str_trim(str_from_at(part, colon + 1));
	colour = str_eq_ci_c(name, "color")              ? &style->fg
		 : str_eq_ci_c(name, "background-color") ? &style->bg
							 : NULL;
	if (value.len == 0) { /* a blank is taken for a colour */
		if (colour && has_blank(str_from_at(part, colon + 1)))
			*colour = COLOUR_INVALID;
		return;
	}
	if (str_find_char(value, '\n') != STR_NOT_FOUND) /* the end of a quote is missing */
		return;
	apply_sight(style, str_trim_right(name), value);
	if (colour)
		apply_colour(scan, colour, value);
	else if (str_eq_c(name, "background"))
		apply_background(scan, &style->bg, value);
	else if (str_eq_c(str_trim_right(name), "display"))
		style->hidden = str_eq_ci_c(value, "none");
	else if (str_eq_c(str_trim_right(name), "visibility"))
		style->invisible = str_eq_ci_c(value, "hidden");
}

void html_style_apply(struct arena *scan, struct html_style *style, const struct html_style *parent,
		      struct str css)
{
	struct str part, css_all = css;
	long before = style->bg;

	while (str_split_next(&css, ';', &part))
		apply_declaration(scan, style, part);
	if (style->bg == COLOUR_TRANSPARENT)
		style->bg = parent->bg;
	if (style->bg != before)
		style->ground = style->bg;
	if (str_find_ci(css_all, STR_LIT("url(")) != STR_NOT_FOUND)
		style->ground = COLOUR_INVALID;
	if (style->fg == COLOUR_TRANSPARENT)
		style->fg = style->bg;
}

enum html_contrast html_contrast(const struct html_style *style)
{
	double r, g, b;

	if (style->fg == style->bg)
		return HTML_CONTRAST_LOW;
	if (style->fg < 0 || style->bg < 0)
		return HTML_CONTRAST_UNKNOWN;
	r = 0.2126 * (double)((style->fg >> 16 & 255) - (style->bg >> 16 & 255));
	g = 0.7152 * (double)((style->fg >> 8 & 255) - (style->bg >> 8 & 255));
	b = 0.0722 * (double)((style->fg & 255) - (style->bg & 255));
	return sqrt(r * r + g * g + b * b) < LOW_CONTRAST_DISTANCE ? HTML_CONTRAST_LOW
								   : HTML_CONTRAST_FINE;
}
