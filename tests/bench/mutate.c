/* mutate: see mutate.h. Encodings are here, changes of words in mutate_words.c. */
#include "tests/bench/mutate.h"

#include <iconv.h>
#include <stdlib.h>

#include "lib/base/encode.h"
#include "tests/bench/mutate_words.h"

/* splitmix64 */
uint64_t mutator_random(struct mutator *mutator)
{
	uint64_t z = mutator->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static bool chance(struct mutator *mutator, unsigned percent)
{
	return mutator_random(mutator) % 100 < percent;
}

/* --- messages --- */

static struct str message(struct mutator *mutator, const char *type, const char *encoding,
			  struct str body)
{
	uint64_t n = mutator_random(mutator) % 1000000;

	return arena_printf(mutator->arena,
			    "From: a%llu@b%llu.example\nSubject: x%llu\nMIME-Version: 1.0\n"
			    "Content-Type: %s\nContent-Transfer-Encoding: %s\n\n%.*s\n",
			    (unsigned long long)n, (unsigned long long)n, (unsigned long long)n,
			    type, encoding, STR_ARG(body));
}

static struct str plain(struct mutator *mutator, struct str body)
{
	return message(mutator, "text/plain; charset=utf-8", "8bit", body);
}

struct str mutate_html_message(struct mutator *mutator, struct str html)
{
	return message(mutator, "text/html; charset=utf-8", "8bit", html);
}

struct str mutate_original(struct mutator *mutator, struct str text)
{
	return plain(mutator, text);
}

/* --- transfer encodings and charsets --- */

static struct str lines_of(struct arena *arena, struct str text, size_t width)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < text.len; i += width) {
		buf_add_str(&out, str_sub(text, i, width));
		buf_add_char(&out, '\n');
	}
	return buf_str(&out);
}

static struct str base64(struct mutator *mutator, const char *type, struct str bytes)
{
	struct buf out;

	buf_init(&out, mutator->arena);
	encode_base64(&out, bytes);
	return message(mutator, type, "base64", lines_of(mutator->arena, buf_str(&out), 76));
}

static struct str as_base64(struct mutator *mutator, struct str text, unsigned amount)
{
	(void)amount;
	return base64(mutator, "text/plain; charset=utf-8", text);
}

/* Soft breaks behind every so many characters. */
static struct str as_quoted(struct mutator *mutator, struct str text, unsigned every)
{
	struct buf out;
	size_t column = 0;

	buf_init(&out, mutator->arena);
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c == '\n') {
			buf_add_char(&out, '\n');
			column = 0;
			continue;
		}
		if (c == '=' || c >= 0x7f || c < ' ' || chance(mutator, 10))
			buf_printf(&out, "=%02X", c);
		else
			buf_add_char(&out, (char)c);
		if (++column == every) {
			buf_add_cstr(&out, "=\n");
			column = 0;
		}
	}
	return message(mutator, "text/plain; charset=utf-8", "quoted-printable", buf_str(&out));
}

/* False when the charset lacks a character. */
static bool convert(struct arena *arena, struct str text, const char *charset, struct buf *out)
{
	iconv_t handle = iconv_open(charset, "UTF-8");
	char *from = (char *)(uintptr_t)text.ptr;
	size_t from_left = text.len, room = 4 * text.len + 16, left = room;

	if (handle == (iconv_t)-1)
		return false;
	buf_init(out, arena);
	char *to = buf_reserve(out, room);
	bool ok = iconv(handle, &from, &from_left, &to, &left) == 0;
	buf_commit(out, room - left);
	iconv_close(handle);
	return ok;
}

static struct str as_charset(struct mutator *mutator, struct str text, unsigned amount)
{
	static const char *const charsets[] = {
		"iso-8859-1",   "windows-1252", "iso-8859-15",  "windows-1250",
		"koi8-r",       "windows-1251", "windows-1253", "windows-1255",
		"windows-1256", "iso-2022-jp",  "euc-jp",       "euc-kr",
		"big5",         "gb2312",       "gbk",          "utf-16be"};
	size_t n = sizeof charsets / sizeof *charsets;
	struct buf bytes;

	(void)amount;
	for (size_t i = 0; i < n; i++)
		if (convert(mutator->arena, text, charsets[i], &bytes))
			return base64(
				mutator,
				arena_printf(mutator->arena, "text/plain; charset=%s", charsets[i])
					.ptr,
				buf_str(&bytes));
	return plain(mutator, text);
}

/* --- HTML --- */

static void add_escaped(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '<' || c == '>' || c == '&')
			buf_printf(out, "&#%d;", c);
		else
			buf_add_char(out, c);
	}
}

static struct str as_entities(struct mutator *mutator, struct str text, unsigned amount)
{
	struct buf out;
	unsigned codepoint;

	(void)amount;
	buf_init(&out, mutator->arena);
	buf_add_cstr(&out, "<html><body><p>");
	for (size_t i = 0; i < text.len;) {
		unsigned length = utf8_decode(str_from_at(text, i), &codepoint);

		if (!length || ascii_is_space((unsigned char)text.ptr[i]))
			buf_add_char(&out, length ? text.ptr[i] : '?');
		else
			buf_printf(&out, chance(mutator, 50) ? "&#%u;" : "&#x%X;", codepoint);
		i += length ? length : 1;
	}
	buf_add_cstr(&out, "</p></body></html>");
	return mutate_html_message(mutator, buf_str(&out));
}

static struct str as_html(struct mutator *mutator, struct str text, unsigned amount)
{
	struct str rest = text, line;
	struct buf out;

	(void)amount;
	buf_init(&out, mutator->arena);
	buf_add_cstr(&out, "<HTML><bODy STYLE='margin:0'>");
	while (str_line_next(&rest, &line)) {
		buf_add_cstr(&out, chance(mutator, 50) ? "<P><sPaN>" : "<p><SPAN>");
		add_escaped(&out, line);
		buf_add_cstr(&out, chance(mutator, 50) ? "</SPan></P>\n" : "</span></p><BR/>\n");
	}
	buf_add_cstr(&out, "</BODY></hTmL>");
	return mutate_html_message(mutator, buf_str(&out));
}

/* --- characters --- */

static struct str as_zero_width(struct mutator *mutator, struct str text, unsigned percent)
{
	static const char *const signs[] = {"\u200b", "\u200c", "\u2060", "\u00ad", "\ufeff"};
	struct buf out;
	unsigned codepoint;

	buf_init(&out, mutator->arena);
	for (size_t i = 0; i < text.len;) {
		unsigned length = utf8_decode(str_from_at(text, i), &codepoint);

		length = length ? length : 1;
		buf_add_str(&out, str_sub(text, i, length));
		i += length;
		if (chance(mutator, percent))
			buf_add_cstr(&out, signs[mutator_random(mutator) % 5]);
	}
	return plain(mutator, buf_str(&out));
}

static const char *look_alike(char c)
{
	static const struct {
		char letter;
		const char *like;
	} table[] = {{'a', "а"}, {'c', "с"}, {'e', "е"}, {'i', "і"}, {'j', "ј"},  {'o', "о"},
		     {'p', "р"}, {'s', "ѕ"}, {'x', "х"}, {'y', "у"}, {'A', "А"},  {'B', "В"},
		     {'C', "С"}, {'E', "Е"}, {'H', "Н"}, {'K', "К"}, {'M', "М"},  {'O', "О"},
		     {'P', "Р"}, {'T', "Т"}, {'X', "Х"}, {'v', "ν"}, {'g', "ｇ"}, {'n', "𝐧"}};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].letter == c)
			return table[i].like;
	return NULL;
}

static struct str as_homoglyphs(struct mutator *mutator, struct str text, unsigned percent)
{
	struct buf out;

	buf_init(&out, mutator->arena);
	for (size_t i = 0; i < text.len; i++) {
		const char *like = look_alike(text.ptr[i]);

		if (like && chance(mutator, percent))
			buf_add_cstr(&out, like);
		else
			buf_add_char(&out, text.ptr[i]);
	}
	return plain(mutator, buf_str(&out));
}

static struct str as_capitals(struct mutator *mutator, struct str text, unsigned amount)
{
	struct buf out;

	(void)amount;
	buf_init(&out, mutator->arena);
	for (size_t i = 0; i < text.len; i++)
		buf_add_char(&out, ascii_upper(text.ptr[i]));
	return plain(mutator, buf_str(&out));
}

/* --- words --- */

#define WORDS(name, change)                                                                        \
	static struct str name(struct mutator *mutator, struct str text, unsigned amount)          \
	{                                                                                          \
		return plain(mutator, change(mutator, text, amount));                              \
	}

WORDS(with_lines, words_wrap)
WORDS(with_inserted, words_insert)

WORDS(with_salad, words_append)
WORDS(with_salad_before, words_prepend)
WORDS(with_blocks, words_shuffle)
WORDS(with_replaced, words_replace)
WORDS(with_quotes, words_quote)

/* The recipient's name and mailbox at n places. */
static struct str with_recipient(struct mutator *mutator, struct str text, unsigned n)
{
	struct mutator names = *mutator;
	struct str body;

	names.words = names.ideographs = (struct str_vec){0};
	mutator_learn(&names, STR_LIT("Gertrude Appelbaum GERTRUDE, gappel appelbaum! Gertrude"));
	body = words_insert(&names, text, n);
	return arena_printf(
		mutator->arena,
		"From: b@c.example\nTo: \"Gertrude Appelbaum\" "
		"<gappel@mail.example>\nContent-Type: text/plain; charset=utf-8\n\n%.*s",
		STR_ARG(body));
}

static struct str with_hidden(struct mutator *mutator, struct str text, unsigned percent)
{
	struct buf html;

	buf_init(&html, mutator->arena);
	buf_add_cstr(&html, "<html><body><p>");
	add_escaped(&html, text);
	buf_add_cstr(&html, "</p></body></html>");
	return mutate_html_message(mutator, words_hide(mutator, buf_str(&html), percent));
}

const struct mutation text_mutations[] = {
	{"base64", as_base64, 0, 100},
	{"quoted-printable", as_quoted, 70, 100},
	{"soft breaks", as_quoted, 7, 100},
	{"charset", as_charset, 0, 100},
	{"entities", as_entities, 0, 100},
	{"HTML, case of tags", as_html, 0, 100},
	{"zero-width", as_zero_width, 30, 100},
	{"homoglyphs", as_homoglyphs, 50, 100},
	{"capitals", as_capitals, 0, 100},
	{"lines of 40", with_lines, 40, 100},
	{"quoted by >", with_quotes, 0, 99},
	{"1 recipient word", with_recipient, 1, 99},
	{"5 recipient words", with_recipient, 5, 99},
	{"1 word more", with_inserted, 1, 99},
	{"3 words more", with_inserted, 3, 99},
	{"5 words more", with_inserted, 5, 99},
	{"salad +10 %", with_salad, 10, 99},
	{"salad +50 %", with_salad, 50, 99},
	{"salad +100 %", with_salad, 100, 99},
	{"salad +200 %", with_salad, 200, 99},
	{"salad +300 %", with_salad, 300, 99},
	{"salad +300 % before", with_salad_before, 300, 99},
	{"block shuffle", with_blocks, 30, 99},
	{"5 % replaced", with_replaced, 5, 95},
	{"10 % replaced", with_replaced, 10, 95},
	{"20 % replaced", with_replaced, 20, 70},
	{"hidden +100 %", with_hidden, 100, 99},
	{NULL, NULL, 0, 0},
};

/* --- whole HTML --- */

struct str mutate_template(struct mutator *mutator, struct str html)
{
	return mutate_html_message(mutator, words_between_tags(mutator, html));
}

struct str mutate_hide(struct mutator *mutator, struct str html)
{
	return mutate_html_message(mutator, words_hide(mutator, html, 100));
}
