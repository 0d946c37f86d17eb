#include "spamd/wrap.h"

#include "lib/base/buf.h"
#include "lib/base/vec.h"

/* Bytes as a column counts them: a tab is eight. */
static size_t width_of(struct str s)
{
	size_t width = s.len;

	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '\t')
			width += 7;
	return width;
}

/* "a  b" → "a" " " "" " " "b": a separator is always between two texts. */
static void split_at_space(struct arena *arena, struct str text, struct str_vec *pieces)
{
	size_t start = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (!ascii_is_space((unsigned char)text.ptr[i]))
			continue;
		vec_push(arena, pieces, str_sub(text, start, i - start));
		vec_push(arena, pieces, str_sub(text, i, 1));
		start = i + 1;
	}
	vec_push(arena, pieces, str_from_at(text, start));
}

/* Texts end behind white space or a comma; the separators between them are empty. */
static void split_after_comma(struct arena *arena, struct str text, struct str_vec *pieces)
{
	size_t start = 0;

	for (size_t i = 1; i < text.len; i++) {
		char before = text.ptr[i - 1];

		if (!ascii_is_space((unsigned char)before) && before != ',')
			continue;
		vec_push(arena, pieces, str_sub(text, start, i - start));
		vec_push(arena, pieces, STR_NONE);
		start = i;
	}
	vec_push(arena, pieces, str_from_at(text, start));
}

static void drop_empty_tail(struct str_vec *pieces)
{
	while (pieces->n > 0 && pieces->items[pieces->n - 1].len == 0)
		pieces->n--;
}

/* The output under construction: where the current line starts and how wide it is. */
struct wrapper {
	struct buf out;
	size_t line_start;
	size_t width;
	bool joined; /* the line holds more than its first piece */
};

static void line_add(struct wrapper *w, struct str piece)
{
	buf_add_str(&w->out, piece);
	w->width += width_of(piece);
}

static void line_break(struct wrapper *w, const char *prefix)
{
	while (w->out.len > w->line_start &&
	       ascii_is_space((unsigned char)w->out.ptr[w->out.len - 1]))
		buf_truncate(&w->out, w->out.len - 1);
	buf_add_char(&w->out, '\n');
	w->line_start = w->out.len;
	w->width = 0;
	w->joined = false;
	line_add(w, str_from(prefix));
}

/* Without overflow the next piece must fit too, except as the first one behind a line's start. */
static bool next_fits(const struct wrapper *w, struct str next, const struct wrap_style *style)
{
	size_t width = w->width;

	if (w->joined && !style->overflow)
		width += width_of(next);
	return width <= style->width_bytes;
}

struct str wrap_text(struct arena *arena, struct str text, const struct wrap_style *style)
{
	struct str_vec pieces = {0};
	struct wrapper w = {0};

	buf_init(&w.out, arena);
	if (*style->first)
		vec_push(arena, &pieces, str_from(style->first));
	if (style->at == WRAP_AT_SPACE)
		split_at_space(arena, text, &pieces);
	else
		split_after_comma(arena, text, &pieces);
	drop_empty_tail(&pieces);
	for (size_t i = 0; i < pieces.n; i++) {
		if (i > 0 && !next_fits(&w, pieces.items[i], style))
			line_break(&w, style->prefix);
		/* A prefix wider than the line still takes one piece, or nothing would ever end. */
		w.joined = i > 0;
		line_add(&w, pieces.items[i]);
	}
	return buf_str(&w.out);
}
