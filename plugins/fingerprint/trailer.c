/* trailer: see trailer.h. */
#include "plugins/fingerprint/trailer.h"

#include "lib/base/encode.h"
#include "lib/base/vec.h"

enum { LINES_MAX = 16 /* that are not blank */, BYTES_MAX = 1500, WORDS_MAX = 60, DASHES_MAX = 2 };

/* Dashes and box-drawing lines, blanks between them: U+2010 to U+2015, U+2500 to U+257F. One is a
 * rule. */
static bool is_wide_rule(struct str line)
{
	bool any = false;

	for (size_t i = 0; i < line.len;) {
		unsigned c, length = utf8_decode(str_from_at(line, i), &c);

		if (length < 2 && !ascii_is_space((unsigned char)line.ptr[i]))
			return false;
		if (length >= 2 && !(c >= 0x2010 && c <= 0x2015) && !(c >= 0x2500 && c <= 0x257f) &&
		    c != 0xa0)
			return false;
		any |= length >= 2 && c != 0xa0;
		i += length ? length : 1;
	}
	return any;
}

/* "--", "_____", "-- -- --": of one sign, at most blanks between. */
static bool is_rule(struct str line)
{
	if ((unsigned char)(line.len ? line.ptr[0] : 0) >= 0x80)
		return is_wide_rule(line);
	char sign = line.len ? line.ptr[0] : 0;

	if (!ascii_is_in(sign, "-_=*~#+") || !sign)
		return false;
	for (size_t i = 1; i < line.len; i++)
		if (line.ptr[i] != sign && !ascii_is_space((unsigned char)line.ptr[i]))
			return false;
	return line.len > DASHES_MAX || sign == '-';
}

/* The line that ends at end, without its line feed. */
static struct str line_before(struct str text, size_t end)
{
	size_t newline = str_rfind_char(str_sub(text, 0, end), '\n');
	size_t from = newline == STR_NOT_FOUND ? 0 : newline + 1;

	return str_sub(text, from, end - from);
}

/* No further than it matters. */
static size_t count_words(struct str text)
{
	struct str word;
	size_t n = 0;

	while (n <= WORDS_MAX && str_word_next(&text, &word))
		n++;
	return n;
}

static bool is_blank(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (ascii_is_alnum((unsigned char)text.ptr[i]) ||
		    (unsigned char)text.ptr[i] >= 0x80)
			return false;
	return true;
}

size_t trailer_start(struct str text, bool may_be_all)
{
	size_t start = text.len, end = text.len, n_lines = 0, n_words = 0;

	while (end > 0 && n_lines <= LINES_MAX && text.len - end <= BYTES_MAX) {
		struct str line = line_before(text, end);
		size_t from = (size_t)(line.ptr - text.ptr);

		line = str_trim(line);
		n_words += count_words(line);
		if (n_words > WORDS_MAX)
			break;
		if (is_rule(line) && (may_be_all || !is_blank(str_sub(text, 0, from))))
			start = from;
		n_lines += line.len > 0;
		if (!from)
			break;
		end = from - 1;
	}
	return start;
}
