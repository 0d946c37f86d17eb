/*
 * token_line: a line is made ready to be split at its blanks: what belongs to no token becomes
 * blank, runs of dots and dashes stand apart, sentences do not begin with capitals. See tokens.h.
 */
#include "plugins/Bayes/tokens.h"

#define BIT(c) ((uint64_t)1 << ((c)&63))

/* Letters, digits and , @ * ! _ ' " $ . - and blank. */
static const uint64_t kept[2] = {
	0x03ff000000000000 | BIT(',') | BIT('*') | BIT('!') | BIT('\'') | BIT('"') | BIT('$') |
		BIT('.') | BIT('-') | BIT(' '),
	0x07fffffe07fffffe | BIT('@') | BIT('_'),
};

static bool is_kept(unsigned char c)
{
	return c < 0x80 && kept[c >> 6] >> (c & 63) & 1;
}

static bool is_continuation(unsigned char c)
{
	return c >= 0x80 && c <= 0xbf;
}

size_t token_character_bytes(struct str s)
{
	unsigned char c = (unsigned char)s.ptr[0];
	size_t n = c >= 0xc0 && c <= 0xdf   ? 2
		   : c >= 0xe0 && c <= 0xef ? 3
		   : c >= 0xf0 && c <= 0xf4 ? 4
					    : 1;

	for (size_t i = 1; i < n; i++)
		if (i >= s.len || !is_continuation((unsigned char)s.ptr[i]))
			return 1;
	return n;
}

/* What is worth a closer look in a line. */
enum { HAS_DOTS = 1, HAS_DASHES = 2, HAS_CAPITALS = 4 };

static unsigned features(unsigned char c, unsigned char before)
{
	return c == '.' && before == '.'   ? HAS_DOTS
	       : c == '-' && before == '-' ? HAS_DASHES
	       : ascii_is_upper(c)         ? HAS_CAPITALS
					   : 0;
}

/* What can be no part of a token becomes blank. */
static struct str blank_out(struct arena *scan, struct str line, unsigned *features_out)
{
	char *out = arena_alloc(scan, line.len + 1);
	unsigned char before = 0;

	*features_out = 0;
	for (size_t i = 0; i < line.len;) {
		unsigned char c = (unsigned char)line.ptr[i];
		size_t n = c < 0x80 ? 1 : token_character_bytes(str_from_at(line, i));

		*features_out |= features(c, before);
		before = c;
		if (n == 1)
			out[i] = is_kept(c) || c >= 0xa1 ? (char)c : ' ';
		else
			memcpy(out + i, line.ptr + i, n);
		i += n;
	}
	return str_make(out, line.len);
}

/* Of the characters of a wide URI those of Latin-1 count as their one byte, the rest as nothing.
 * Text that is no UTF-8 comes back as it is. */
static struct str characters_to_bytes(struct arena *scan, struct str text)
{
	char *out = arena_alloc(scan, text.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.len; n++) {
		unsigned char c = (unsigned char)text.ptr[i];
		size_t len = token_character_bytes(str_from_at(text, i));

		if (c >= 0x80 && len == 1)
			return text;
		out[n] = text.ptr[i];
		if (len == 2 && (c == 0xc2 || c == 0xc3))
			out[n] = (char)((c << 6) | (text.ptr[i + 1] & 0x3f));
		else if (len > 1)
			out[n] = ' ';
		i += len;
	}
	return str_make(out, n);
}

static bool is_word_at(struct str s, size_t at)
{
	return at < s.len && ascii_is_word((unsigned char)s.ptr[at]);
}

static size_t run_length(struct str s, size_t at, char c)
{
	size_t n = 0;

	while (at + n < s.len && s.ptr[at + n] == c)
		n++;
	return n;
}

/* "word...word": a run of min to 6 separators becomes a word of its own. The word character behind
 * a run is spent: it does not open the next one. */
static struct str set_apart(struct arena *scan, struct str line, char separator, size_t min)
{
	struct buf out;

	buf_init(&out, scan);
	for (size_t i = 0; i < line.len; i++) {
		size_t n = is_word_at(line, i) ? run_length(line, i + 1, separator) : 0;

		buf_add_char(&out, line.ptr[i]);
		if (n < min || n > 6 || !is_word_at(line, i + 1 + n))
			continue;
		buf_add_char(&out, ' ');
		buf_add(&out, line.ptr + i + 1, n);
		buf_add_char(&out, ' ');
		buf_add_char(&out, line.ptr[i + 1 + n]);
		i += 1 + n;
	}
	return buf_str(&out);
}

/* Where a sentence beginning at `at` may have its capital: behind a full stop and blanks, or at the
 * line's own beginning; STR_NOT_FOUND when it has none. */
static size_t capital_of(struct str line, size_t at)
{
	size_t capital = at;

	if (line.ptr[at] == '.') {
		size_t blanks = run_length(line, at + 1, ' ');
		capital = at + 1 + blanks;
		if (!blanks)
			return STR_NOT_FOUND;
	} else if (at != 0) {
		return STR_NOT_FOUND;
	}
	return capital < line.len && ascii_is_upper((unsigned char)line.ptr[capital])
		       ? capital
		       : STR_NOT_FOUND;
}

/* The end of the words behind a capital that have none: the last blank before the next capital, or
 * the end of the line; STR_NOT_FOUND when there is nothing. */
static size_t sentence_end(struct str line, size_t capital)
{
	size_t next = capital + 1;

	while (next < line.len && !ascii_is_upper((unsigned char)line.ptr[next]))
		next++;
	if (next == line.len)
		return next > capital + 1 ? next : STR_NOT_FOUND;
	for (size_t end = next - 1; end > capital + 1; end--)
		if (line.ptr[end] == ' ')
			return end;
	return STR_NOT_FOUND;
}

/* The first full stop from at on, or the end. */
static size_t next_stop(struct str line, size_t at)
{
	size_t stop = str_find_char(str_from_at(line, at), '.');

	return stop == STR_NOT_FOUND ? line.len : at + stop;
}

/* Title Case at the start of sentences. */
static struct str lower_titles(struct arena *scan, struct str line)
{
	struct buf out;

	buf_init(&out, scan);
	for (size_t i = 0; i < line.len; i++) {
		size_t capital = capital_of(line, i);
		size_t end = capital == STR_NOT_FOUND ? capital : sentence_end(line, capital);

		if (end == STR_NOT_FOUND) {
			size_t next = next_stop(line, i + 1);
			buf_add(&out, line.ptr + i, next - i);
			i = next - 1;
			continue;
		}
		buf_add_char(&out, ' ');
		buf_add_char(&out, ascii_lower(line.ptr[capital]));
		buf_add(&out, line.ptr + capital + 1, end - capital - 1);
		buf_add_char(&out, ' ');
		i = end;
	}
	return buf_str(&out);
}

struct str token_line_ready(struct arena *scan, struct str line, enum token_region region)
{
	unsigned found;

	if (region == REGION_WIDE_URI)
		line = characters_to_bytes(scan, line);
	line = blank_out(scan, line, &found);
	if (found & HAS_DOTS)
		line = set_apart(scan, line, '.', 3);
	if (found & HAS_DASHES)
		line = set_apart(scan, line, '-', 2);
	if (found & HAS_CAPITALS && region != REGION_HEADER)
		line = lower_titles(scan, line);
	return line;
}
