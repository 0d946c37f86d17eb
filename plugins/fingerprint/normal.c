/* normal: see normal.h. */
#include "plugins/fingerprint/normal.h"

#include "lib/base/encode.h"
#include "lib/base/hash.h"
#include "lib/base/span.h"
#include "lib/base/unicode.h"
#include "plugins/fingerprint/letters.h"
#include "plugins/fingerprint/limits.h"

enum { NAME_BYTES_MIN = 3 };

/* --- words --- */

struct reader {
	struct arena *scan;
	const struct normal_table *table;
	const struct map *names; /* words to leave out */
	uint64_t sketch;         /* of the names: bits of sketch_bit() */
	struct map *collect;     /* words as text go here instead; or NULL */
	struct normal_text *out;
	char word[LIMIT_WORD_BYTES + 8];
	size_t len, n_characters;
	uint32_t last; /* letter of the word */
	bool has_digit, is_overlong;
};

static void emit(struct reader *reader, const void *bytes, size_t len, bool is_ideograph)
{
	if (reader->collect) {
		if (!is_ideograph && len >= NAME_BYTES_MIN)
			map_put(reader->collect, str_make(bytes, len), reader->collect);
		return;
	}
	if (reader->out->words.n >= LIMIT_WORDS)
		return;
	vec_push(reader->scan, &reader->out->words, hash64(bytes, len, 0));
	reader->out->n_ideographs += is_ideograph;
}

/* By the first byte and the length of a word, which must not be empty. */
static uint64_t sketch_bit(struct str word)
{
	return UINT64_C(1) << (((unsigned char)word.ptr[0] & 15) | (word.len & 3) << 4);
}

static uint64_t sketch_of(const struct map *names)
{
	const struct map_entry *entry;
	uint64_t sketch = 0;

	for (size_t at = 0; names && (entry = map_next(names, &at));)
		sketch |= sketch_bit(entry->key);
	return sketch;
}

static bool is_name(const struct reader *reader, struct str word)
{
	return (reader->sketch & sketch_bit(word)) && map_has(reader->names, word);
}

static void forget_word(struct reader *reader)
{
	reader->len = reader->n_characters = 0;
	reader->last = 0;
	reader->has_digit = reader->is_overlong = false;
}

static void end_word(struct reader *reader)
{
	struct str word = str_make(reader->word, reader->len);

	if (word.len && !reader->has_digit && !reader->is_overlong && !is_name(reader, word))
		emit(reader, word.ptr, word.len, false);
	forget_word(reader);
}

static size_t put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static void add_letter(struct reader *reader, const struct form *form)
{
	for (unsigned i = 0; i < form->n; i++) {
		if (form->letters[i] == reader->last)
			continue; /* "offfer" reads as "offer" */
		reader->last = form->letters[i];
		if (reader->n_characters >= LIMIT_WORD_CHARACTERS) {
			reader->is_overlong = true;
			return;
		}
		reader->len += put_utf8(reader->word + reader->len, form->letters[i]);
		reader->n_characters++;
	}
}

static void take(struct reader *reader, const struct form *form)
{
	char one[4];

	switch ((enum unicode_kind)form->kind) {
	case UNICODE_LETTER:
		add_letter(reader, form);
		break;
	case UNICODE_DIGIT:
		reader->has_digit = true;
		break;
	case UNICODE_IDEOGRAPH:
		end_word(reader);
		emit(reader, one, put_utf8(one, form->letters[0]), true);
		break;
	case UNICODE_SEPARATOR:
		end_word(reader);
		break;
	case UNICODE_IGNORABLE:
		break;
	}
}

/* A character beyond ASCII at the start of rest; its length. */
static unsigned take_wide(struct reader *reader, struct str rest)
{
	const struct form *page;
	unsigned codepoint, length = utf8_decode(rest, &codepoint);

	if (!length)
		codepoint = 0xfffd;
	page = codepoint < PAGES * PAGE ? reader->table->pages[codepoint / PAGE] : NULL;
	if (page) {
		take(reader, &page[codepoint % PAGE]);
	} else {
		const struct form form = form_find(codepoint);
		take(reader, &form);
	}
	return length ? length : 1;
}

/* What add_letter() does, of ASCII letters from an offset on as far as they go. */
static size_t take_letters(struct reader *reader, struct str text, size_t at)
{
	const unsigned char *letters = reader->table->letters;
	size_t room = LIMIT_WORD_CHARACTERS - reader->n_characters, n = 0;
	char *word = reader->word + reader->len;
	uint32_t last = reader->last;
	unsigned char letter;

	for (; at < text.len && (letter = letters[(unsigned char)text.ptr[at]]); at++) {
		if (letter == last)
			continue;
		last = letter;
		if (n < room)
			word[n++] = (char)letter;
		else
			reader->is_overlong = true;
	}
	reader->len += n;
	reader->n_characters += n;
	reader->last = last;
	return at;
}

static void read_text(struct reader *reader, struct str text)
{
	for (size_t at = 0; at < text.len && reader->out->words.n < LIMIT_WORDS;) {
		unsigned char c = (unsigned char)text.ptr[at];

		if (reader->table->letters[c]) {
			at = take_letters(reader, text, at);
		} else if (c < 0x80) {
			take(reader, &reader->table->ascii[c]);
			at++;
		} else {
			at += take_wide(reader, str_from_at(text, at));
		}
	}
	end_word(reader);
}

/* --- what is left out --- */

/* A link, a mail address or a host name with a path. */
static bool is_link(struct str chunk)
{
	static const struct byteset signs = {{['@'] = true, ['.'] = true, [':'] = true}};
	size_t dot;

	if (chunk.len < 4 || span_until(chunk, 0, &signs) == chunk.len)
		return false;
	if (memchr(chunk.ptr, '@', chunk.len) || str_contains(chunk, "://") ||
	    str_has_prefix_ci(chunk, "www."))
		return true;
	dot = str_find_char(chunk, '.');
	return dot != STR_NOT_FOUND && dot > 0 && memchr(chunk.ptr + dot, '/', chunk.len - dot);
}

static const char *const greetings[] = {
	"dear",     "hi",      "hello",     "hey",       "hallo", "liebe",    "lieber",
	"guten",    "bonjour", "cher",      "chere",     "salut", "hola",     "estimado",
	"estimada", "ciao",    "gentile",   "caro",      "cara",  "prezado",  "prezada",
	"ola",      "beste",   "geachte",   "hej",       "kaere", "szanowny", "szanowna",
	"drogi",    "vazeny",  "greetings", "attention", "attn",  "good",
};

static bool is_greeting(struct str word)
{
	for (size_t i = 0; i < sizeof greetings / sizeof *greetings; i++)
		if (str_eq_ci_c(word, greetings[i]))
			return true;
	return false;
}

/* The text behind "Dear Mr Example," when it begins so; a line of more words than a salutation has
 * is a sentence. */
static struct str skip_salutation(struct str text)
{
	struct str trimmed = str_trim_left(text), rest = trimmed, line, word, words;
	size_t n = 0;

	if (!str_line_next(&rest, &line))
		return text;
	words = line;
	if (!str_word_next(&words, &word))
		return text;
	while (word.len && !ascii_is_alpha((unsigned char)word.ptr[word.len - 1]) &&
	       (unsigned char)word.ptr[word.len - 1] < 0x80)
		word.len--;
	if (!is_greeting(word))
		return text;
	size_t comma = str_find_char(line, ',');
	if (comma != STR_NOT_FOUND) {
		line = str_sub(line, 0, comma);
		rest = str_from_at(trimmed, comma + 1);
	}
	for (words = line; str_word_next(&words, &word); n++)
		if (n >= LIMIT_SALUTATION_WORDS)
			return text;
	return rest;
}

/* --- a text --- */

static const struct byteset spaces = {{BYTESET_SPACES}};

static bool is_end(struct str text, size_t at)
{
	return at >= text.len || spaces.has[(unsigned char)text.ptr[at]];
}

/* A sign that ends a word, and does not make a link of it as "you@" and "www." are. */
static bool is_sign(const struct normal_table *table, struct str text, size_t from, size_t at)
{
	unsigned char c = (unsigned char)text.ptr[at];

	return c < 0x80 && table->ascii[c].kind == UNICODE_SEPARATOR && c != '@' &&
	       !(c == '.' && at - from == 3);
}

/* Most chunks are letters, with a sign behind them or none. Moves *at behind one; false when there
 * is something else. */
static bool read_plain(struct reader *reader, struct str text, size_t *at)
{
	size_t from = *at, end = take_letters(reader, text, from), behind = end;

	if (!is_end(text, end) && is_sign(reader->table, text, from, end))
		behind++;
	if (end == from || !is_end(text, behind)) {
		forget_word(reader);
		return false;
	}
	end_word(reader);
	*at = behind;
	return true;
}

/* Blanks beyond ASCII, and scripts without blanks, end a link too. */
static bool ends_link(unsigned codepoint)
{
	return codepoint == 0xa0 || codepoint == 0x1680 ||
	       (codepoint >= 0x2000 && codepoint <= 0x200b) || codepoint == 0x2028 ||
	       codepoint == 0x2029 || codepoint == 0x202f || codepoint == 0x205f ||
	       (codepoint >= 0x2e80 && codepoint <= 0xffef);
}

/* Of a chunk with a link in it, what stands beside the link. */
static void read_beside_links(struct reader *reader, struct str chunk)
{
	size_t from = 0;

	for (size_t at = 0; at <= chunk.len;) {
		unsigned codepoint = 0x20, length = 0;

		if (at < chunk.len)
			length = utf8_decode(str_from_at(chunk, at), &codepoint);
		if (at == chunk.len || (length > 1 && ends_link(codepoint))) {
			struct str piece = str_sub(chunk, from, at - from);

			if (!is_link(piece))
				read_text(reader, piece);
			from = at + length;
			if (length > 1)
				take_wide(reader, str_from_at(chunk, at));
		}
		at += length ? length : 1;
	}
	end_word(reader);
}

static void read_chunks(struct reader *reader, struct str text)
{
	for (size_t at = span_of(text, 0, &spaces); at < text.len;
	     at = span_of(text, at, &spaces)) {
		if (read_plain(reader, text, &at))
			continue;
		struct str chunk = str_sub(text, at, span_until(text, at, &spaces) - at);
		if (!is_link(chunk))
			read_text(reader, chunk);
		else if (str_has_8bit(chunk))
			read_beside_links(reader, chunk);
		at += chunk.len;
	}
}

void normal_words(struct arena *scan, const struct normal_table *table, struct str text,
		  const struct map *names, struct normal_text *out)
{
	struct reader reader = {.scan = scan, .table = table, .names = names, .out = out};

	reader.sketch = sketch_of(names);
	read_chunks(&reader, skip_salutation(str_sub(text, 0, LIMIT_TEXT_BYTES)));
}

void normal_names(struct arena *scan, const struct normal_table *table, struct str text,
		  struct map *names)
{
	struct normal_text none = {0};
	struct reader reader = {.scan = scan, .table = table, .collect = names, .out = &none};

	read_text(&reader, str_sub(text, 0, LIMIT_NAME_BYTES));
}
