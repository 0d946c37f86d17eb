/* normal: see normal.h. */
#include "plugins/fingerprint/normal.h"

#include "lib/base/encode.h"
#include "lib/base/hash.h"
#include "lib/base/span.h"
#include "lib/base/unicode.h"
#include "plugins/fingerprint/limits.h"

enum {
	PAGE = 256,
	PAGES = 0x20000 / PAGE,
	FORM_MAX = 4, /* letters of a folded form; longer ones are cut */
	NAME_BYTES_MIN = 3,
};

/* One character: its kind, and what it folds to. */
struct form {
	uint8_t kind, n;
	uint32_t letters[FORM_MAX];
};

struct normal_table {
	struct form ascii[128];
	/* of bytes: what an ASCII letter folds to; 0: something else */
	unsigned char letters[256];
	struct form *pages[PAGES]; /* NULL: worked out when met */
	struct map *look_alikes;   /* code point as 4 bytes → letters */
};

static const struct skeleton {
	uint32_t codepoint;
	const char *letters;
} skeletons[] = {
#include "plugins/fingerprint/skeletons.h"
};

/* --- the table --- */

/* Latin letters that the character looks like, or NULL. The list is sorted. */
static const char *find_skeleton(uint32_t codepoint)
{
	size_t low = 0, high = sizeof skeletons / sizeof *skeletons;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (skeletons[middle].codepoint == codepoint)
			return skeletons[middle].letters;
		if (skeletons[middle].codepoint < codepoint)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static void form_add(struct form *form, uint32_t letter)
{
	if (form->n < FORM_MAX)
		form->letters[form->n++] = letter;
}

static bool form_add_look(struct form *form, uint32_t codepoint)
{
	const char *letters = find_skeleton(codepoint);

	for (const char *c = letters; c && *c; c++)
		form_add(form, (unsigned char)*c);
	return letters != NULL;
}

static struct form form_of(uint32_t codepoint)
{
	unsigned folded[UNICODE_FOLD_MAX];
	struct form form = {.kind = (uint8_t)unicode_kind(codepoint)};

	if (form.kind != UNICODE_LETTER && form.kind != UNICODE_IDEOGRAPH) {
		/* letters in circles and squares are symbols, and read as letters */
		if (form.kind == UNICODE_SEPARATOR && codepoint >= 0x2100 &&
		    unicode_fold(codepoint, folded) == 1 &&
		    unicode_kind(folded[0]) == UNICODE_LETTER) {
			form.kind = UNICODE_LETTER;
			form_add(&form, folded[0]);
		}
		return form;
	}
	if (codepoint >= 128 && form_add_look(&form, codepoint))
		return form;
	size_t n = unicode_fold(codepoint, folded);
	for (size_t i = 0; i < n; i++)
		if (folded[i] < 128 || !form_add_look(&form, folded[i]))
			form_add(&form, folded[i]);
	if (!form.n)
		form.kind = UNICODE_IGNORABLE;
	return form;
}

static void make_pages(struct arena *keep, struct normal_table *table, uint32_t first,
		       uint32_t last)
{
	for (uint32_t page = first / PAGE; page <= last / PAGE; page++) {
		table->pages[page] = ARENA_ARRAY(keep, struct form, PAGE);
		for (uint32_t i = 0; i < PAGE; i++)
			table->pages[page][i] = form_of(page * PAGE + i);
	}
}

struct normal_table *normal_table_make(struct arena *keep)
{
	struct normal_table *table = ARENA_NEW(keep, struct normal_table);

	make_pages(keep, table, 0x0000, 0x06ff);   /* Latin to Arabic */
	make_pages(keep, table, 0x1e00, 0x20ff);   /* Latin with marks, Greek, punctuation */
	make_pages(keep, table, 0xff00, 0xffff);   /* full width */
	make_pages(keep, table, 0x1d400, 0x1d7ff); /* mathematical letters */
	memcpy(table->ascii, table->pages[0], sizeof table->ascii);
	for (unsigned c = 0; c < 128; c++) {
		const struct form *form = &table->ascii[c];

		if (form->kind == UNICODE_LETTER && form->n == 1 && form->letters[0] < 128)
			table->letters[c] = (unsigned char)form->letters[0];
	}
	return table;
}

/* The form of a character beyond ASCII that no page has. */
static struct form work_out(uint32_t codepoint)
{
	if ((codepoint >= 0x4e00 && codepoint <= 0x9fff) ||
	    (codepoint >= 0x3041 && codepoint <= 0x30ff))
		return (struct form){UNICODE_IDEOGRAPH, 1, {codepoint}};
	if (codepoint >= 0xac00 && codepoint <= 0xd7a3)
		return (struct form){UNICODE_LETTER, 1, {codepoint}};
	return form_of(codepoint);
}

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
		const struct form form = work_out(codepoint);
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

static void read_chunks(struct reader *reader, struct str text)
{
	for (size_t at = span_of(text, 0, &spaces); at < text.len;
	     at = span_of(text, at, &spaces)) {
		if (read_plain(reader, text, &at))
			continue;
		struct str chunk = str_sub(text, at, span_until(text, at, &spaces) - at);
		if (!is_link(chunk))
			read_text(reader, chunk);
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
