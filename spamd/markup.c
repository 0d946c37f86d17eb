#include "spamd/markup.h"

#include "lib/base/buf.h"
#include "lib/base/encode.h"
#include "spamd/tags.h"
#include "spamd/wrap.h"

enum { HEADER_WIDTH = 79 };

/* --- folding --- */

static struct str without_line_ends(struct str s)
{
	while (s.len > 0 && s.ptr[s.len - 1] == '\n') {
		s.len--;
		if (s.len > 0 && s.ptr[s.len - 1] == '\r')
			s.len--;
	}
	return s;
}

/* White space around every line end becomes "\n\t". */
static struct str fold_lines(struct arena *arena, struct str text)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < text.len;) {
		size_t end = i;
		bool line_end = false;

		while (end < text.len && ascii_is_space((unsigned char)text.ptr[end]))
			line_end |= text.ptr[end++] == '\n';
		if (line_end) {
			buf_add_cstr(&out, "\n\t");
		} else {
			end = end > i ? end : i + 1;
			buf_add_str(&out, str_sub(text, i, end - i));
		}
		i = end;
	}
	return buf_str(&out);
}

static struct str drop_blank_lines(struct arena *arena, struct str text)
{
	struct buf out;
	struct str line;
	bool ended = str_has_suffix_ci(text, "\n");

	buf_init(&out, arena);
	while (str_line_next(&text, &line)) {
		if (str_trim(line).len == 0 && (text.len > 0 || ended))
			continue;
		buf_add_str(&out, line);
		if (text.len > 0 || ended)
			buf_add_char(&out, '\n');
	}
	return buf_str(&out);
}

/* The name counts for the width of the first line; "!!" stands for ": " so that no break happens
 * there. */
static struct str fold_long(struct arena *arena, struct str name, struct str text)
{
	static const struct wrap_style style = {"", "\t", HEADER_WIDTH, false,
						WRAP_AFTER_SPACE_COMMA};
	struct buf line;
	struct str whole;

	buf_init(&line, arena);
	buf_printf(&line, "X-Spam-%.*s!!", STR_ARG(name));
	buf_add_str(&line, text);
	whole = drop_blank_lines(arena, wrap_text(arena, buf_str(&line), &style));
	return str_from_at(whole, str_find(whole, STR_LIT("!!")) + 2);
}

struct str markup_value(struct arena *arena, const struct verdict *verdict, struct str name,
			struct str template)
{
	struct str text = without_line_ends(tags_replace(arena, verdict, template));
	bool lines = str_find_char(text, '\n') != STR_NOT_FOUND;
	char *flat;

	if (verdict->prefs->settings->fold_headers)
		return lines ? fold_lines(arena, text) : fold_long(arena, name, text);
	flat = arena_cstr(arena, text);
	for (size_t i = 0; i < text.len; i++)
		if (flat[i] == '\n')
			flat[i] = ' ';
	return str_make(flat, text.len);
}

/* --- RFC 2047 --- */

static bool is_plain(char c)
{
	return c == '\t' || (c >= ' ' && c <= '~');
}

/* Length of "\n" or "\r\n" at the end. */
static size_t line_end_length(struct str s)
{
	if (s.len == 0 || s.ptr[s.len - 1] != '\n')
		return 0;
	return s.len > 1 && s.ptr[s.len - 2] == '\r' ? 2 : 1;
}

/* Offset where the plain tail begins that needs no encoding: at a blank, up to the line end. */
static size_t suffix_start(struct str line, size_t end)
{
	size_t first = end;

	while (first > 0 && is_plain(line.ptr[first - 1]))
		first--;
	if (first == 0)
		return 0;
	while (first < end && line.ptr[first] != ' ' && line.ptr[first] != '\t')
		first++;
	return first;
}

/* Length of the plain head: to the last blank before the first byte that needs encoding. */
static size_t prefix_length(struct str middle)
{
	size_t n = 0;

	while (n < middle.len && is_plain(middle.ptr[n]))
		n++;
	if (n == middle.len)
		return n;
	while (n > 0 && middle.ptr[n - 1] != ' ' && middle.ptr[n - 1] != '\t')
		n--;
	return n;
}

static bool needs_q(unsigned char c)
{
	return c == '=' || c == '?' || c == '_' || c < 0x20 || c >= 0x7f;
}

static void encode_word(struct buf *out, struct str text)
{
	size_t n_quoted = 0;

	for (size_t i = 0; i < text.len; i++)
		n_quoted += needs_q((unsigned char)text.ptr[i]);
	if (3 * (text.len + 2 * n_quoted) > 4 * (text.len + 2)) {
		buf_add_cstr(out, "=?UTF-8?B?");
		encode_base64(out, text);
	} else {
		buf_add_cstr(out, "=?UTF-8?Q?");
		for (size_t i = 0; i < text.len; i++) {
			unsigned char c = (unsigned char)text.ptr[i];

			if (c == ' ')
				buf_add_char(out, '_');
			else if (needs_q(c))
				buf_printf(out, "=%02X", c);
			else
				buf_add_char(out, (char)c);
		}
	}
	buf_add_cstr(out, "?=");
}

static void encode_line(struct buf *out, struct str line)
{
	size_t end = line.len - line_end_length(line), tail = suffix_start(line, end);
	struct str middle = str_sub(line, 0, tail);
	size_t head = prefix_length(middle);

	buf_add_str(out, str_sub(middle, 0, head));
	if (head < middle.len)
		encode_word(out, str_from_at(middle, head));
	buf_add_str(out, str_from_at(line, tail));
}

struct str markup_encode(struct arena *arena, struct str value)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t start = 0; start < value.len;) {
		size_t length = str_find_char(str_from_at(value, start), '\n');

		length = length == STR_NOT_FOUND ? value.len - start : length + 1;
		encode_line(&out, str_sub(value, start, length));
		start += length;
	}
	return buf_str(&out);
}
