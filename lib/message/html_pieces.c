/* html_pieces: pieces of text, with what people see of them, and words torn apart by tags
 * (HTML.pm). */
#include "lib/message/html_renderer.h"

#include "lib/base/encode.h"
#include "lib/base/span.h"
#include "lib/message/mime_gmime.h"

static struct piece *last_piece(struct renderer *r)
{
	return r->pieces.n ? &r->pieces.items[r->pieces.n - 1] : NULL;
}

void html_put_whitespace(struct renderer *r, const char *text)
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

/* White space is single blanks, and there is no character C2. */
static bool is_squeezed(struct str text, const struct byteset *specials)
{
	for (size_t i = 0; (i = span_until(text, i, specials)) < text.len; i++)
		if (text.ptr[i] != ' ' ||
		    (i + 1 < text.len && specials->has[(unsigned char)text.ptr[i + 1]]))
			return false;
	return true;
}

static struct str squeeze(struct renderer *r, struct str text)
{
	static const struct byteset specials = {{BYTESET_SPACES, [0xc2] = true, [0xc3] = true}};

	if (is_squeezed(text, &specials))
		return text;
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
		html_fact(r, "font_low_contrast");
		return true;
	case HTML_CONTRAST_UNKNOWN:
		html_fact(r, "font_invalid_color");
		return true;
	default:
		return style->size <= 1 || style->hidden || style->invisible;
	}
}

static bool text_is_unseen(struct renderer *r)
{
	struct html_style style = r->styles.items[r->styles.n - 1];

	style.bg = style.ground;
	return html_contrast(&style) == HTML_CONTRAST_LOW || style.gone || style.tiny ||
	       style.invisible || r->gone || html_inside(r, WATCHED_TITLE);
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

/* Most texts begin or end with something else: their other characters are not looked at. */
static bool is_torn(struct str left, bool left_wide, struct str right, bool wide, bool octets)
{
	unsigned last, first;

	return first_characters(right, octets, &first, 1) && is_solid(first, wide) &&
	       last_characters(left, octets, &last, 1) && is_solid(last, left_wide);
}

static void note_torn_word(struct renderer *r, const struct piece *before, struct str text,
			   bool wide)
{
	unsigned left[BACKHAIR_MAX + 1], right[BACKHAIR_MAX + 1];
	bool octets = r->input == HTML_INPUT_OCTETS;

	if (!is_torn(before->text, before->wide, text, wide, octets))
		return;
	r->obfuscation++;
	size_t n_left = last_characters(before->text, octets, left, BACKHAIR_MAX + 1);
	size_t n_right = first_characters(text, octets, right, BACKHAIR_MAX + 1);
	size_t start = torn_length(left, n_left, before->wide);
	size_t length = torn_length(right, n_right, wide);
	if (start && length)
		r->backhair[start][length] = true;
}

void html_put_text(struct renderer *r, struct str text, bool wide)
{
	bool is_blank = is_only_blank(r, text);
	bool invisible = !is_blank && text_is_invisible(r);

	if (r->pieces.n)
		note_torn_word(r, last_piece(r), text, wide);
	put_text(r, text, invisible, !is_blank && text_is_unseen(r), wide);
}
