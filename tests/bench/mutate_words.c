/* mutate_words: see mutate_words.h. */
#include "tests/bench/mutate_words.h"

#include "lib/base/encode.h"
#include "lib/base/map.h"

enum { LINE_WORDS = 12 };

/* --- tokens: words, and characters of scripts without blanks, each of them one --- */

static bool is_ideograph(unsigned codepoint)
{
	return codepoint >= 0x2e80 && codepoint < 0xfb00 &&
	       !(codepoint >= 0xac00 && codepoint < 0xd7b0);
}

static void split_chunk(struct arena *arena, struct str chunk, struct str_vec *out)
{
	size_t from = 0, length;
	unsigned codepoint;

	for (size_t i = 0; i < chunk.len; i += length) {
		length = utf8_decode(str_from_at(chunk, i), &codepoint);
		if (!length) {
			length = 1;
			continue;
		}
		if (!is_ideograph(codepoint))
			continue;
		if (i > from)
			vec_push(arena, out, str_sub(chunk, from, i - from));
		vec_push(arena, out, str_sub(chunk, i, length));
		from = i + length;
	}
	if (from < chunk.len)
		vec_push(arena, out, str_from_at(chunk, from));
}

static struct str_vec tokens_of(struct arena *arena, struct str text)
{
	struct str_vec tokens = {0};
	struct str chunk;

	while (str_word_next(&text, &chunk))
		split_chunk(arena, chunk, &tokens);
	return tokens;
}

static bool is_ideographic(struct str token)
{
	unsigned codepoint;

	return utf8_decode(token, &codepoint) == token.len && is_ideograph(codepoint);
}

static struct str join(struct arena *arena, const struct str_vec *tokens)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < tokens->n; i++) {
		bool glued = i && is_ideographic(tokens->items[i]) &&
			     is_ideographic(tokens->items[i - 1]);

		if (i && !glued)
			buf_add_char(&out, i % LINE_WORDS ? ' ' : '\n');
		buf_add_str(&out, tokens->items[i]);
	}
	return buf_str(&out);
}

void mutator_learn(struct mutator *mutator, struct str text)
{
	struct str_vec tokens = tokens_of(mutator->arena, text);

	for (size_t i = 0; i < tokens.n; i++) {
		struct str_vec *vocabulary =
			is_ideographic(tokens.items[i]) ? &mutator->ideographs : &mutator->words;
		vec_push(mutator->arena, vocabulary, tokens.items[i]);
	}
}

struct str mutate_plain_text(struct arena *arena, struct str text)
{
	struct str line, chunk;
	struct buf out;

	buf_init(&out, arena);
	while (str_line_next(&text, &line)) {
		while (str_word_next(&line, &chunk)) {
			if (str_contains(chunk, "://") || str_contains(chunk, "www.") ||
			    str_contains(chunk, "@"))
				continue;
			buf_add_str(&out, chunk);
			buf_add_char(&out, ' ');
		}
		buf_add_char(&out, '\n');
	}
	return buf_str(&out);
}

/* Of the kind that token is. */
static struct str random_word(struct mutator *mutator, struct str token)
{
	const struct str_vec *from = is_ideographic(token) && mutator->ideographs.n
					     ? &mutator->ideographs
					     : &mutator->words;

	return from->items[mutator_random(mutator) % from->n];
}

/* --- changes --- */

struct str words_wrap(struct mutator *mutator, struct str text, unsigned columns)
{
	struct str_vec tokens = tokens_of(mutator->arena, text);
	struct buf out;
	size_t column = 0;

	buf_init(&out, mutator->arena);
	for (size_t i = 0; i < tokens.n; i++) {
		bool glued =
			i && is_ideographic(tokens.items[i]) && is_ideographic(tokens.items[i - 1]);

		if (column + tokens.items[i].len > columns) {
			buf_add_char(&out, '\n');
			column = 0;
		} else if (i && !glued) {
			buf_add_cstr(&out, "  ");
		}
		buf_add_str(&out, tokens.items[i]);
		column += tokens.items[i].len + 1;
	}
	return buf_str(&out);
}

struct str words_quote(struct mutator *mutator, struct str text, unsigned amount)
{
	struct str line;
	struct buf out;

	(void)amount;
	buf_init(&out, mutator->arena);
	buf_add_cstr(&out, "Somebody wrote:\n");
	while (str_line_next(&text, &line)) {
		buf_add_cstr(&out, "> ");
		buf_add_str(&out, line);
		buf_add_char(&out, '\n');
	}
	return buf_str(&out);
}

struct str words_insert(struct mutator *mutator, struct str text, unsigned n)
{
	struct str_vec tokens = tokens_of(mutator->arena, text), out = {0};

	for (size_t i = 0; i < tokens.n; i++) {
		/* the chance of being one of the n places among those that are left */
		for (unsigned k = 0; n > 0 && mutator_random(mutator) % (tokens.n - i) < n; k++) {
			vec_push(mutator->arena, &out, random_word(mutator, tokens.items[i]));
			n--;
			if (k == 1)
				break;
		}
		vec_push(mutator->arena, &out, tokens.items[i]);
	}
	return join(mutator->arena, &out);
}

static struct str_vec salad(struct mutator *mutator, const struct str_vec *tokens, unsigned percent)
{
	struct str_vec out = {0};

	for (size_t i = 0; i < tokens->n * percent / 100; i++)
		vec_push(mutator->arena, &out,
			 random_word(mutator, tokens->items[mutator_random(mutator) % tokens->n]));
	return out;
}

struct str words_append(struct mutator *mutator, struct str text, unsigned percent)
{
	struct str_vec tokens = tokens_of(mutator->arena, text);
	struct str_vec more = salad(mutator, &tokens, percent);

	struct str words = join(mutator->arena, &more);

	return arena_printf(mutator->arena, "%.*s\n\n%.*s", STR_ARG(text), STR_ARG(words));
}

struct str words_prepend(struct mutator *mutator, struct str text, unsigned percent)
{
	struct str_vec tokens = tokens_of(mutator->arena, text);
	struct str_vec more = salad(mutator, &tokens, percent);

	struct str words = join(mutator->arena, &more);

	return arena_printf(mutator->arena, "%.*s\n\n%.*s", STR_ARG(words), STR_ARG(text));
}

struct str words_shuffle(struct mutator *mutator, struct str text, unsigned block)
{
	struct str_vec tokens = tokens_of(mutator->arena, text), out = {0};
	size_t n = (tokens.n + block - 1) / block;
	struct map *taken = map_new(mutator->arena);

	for (size_t done = 0; done < n;) {
		size_t pick = mutator_random(mutator) % n;

		if (!map_put(taken, str_make((const char *)&pick, sizeof pick), mutator))
			continue;
		for (size_t i = pick * block; i < (pick + 1) * block && i < tokens.n; i++)
			vec_push(mutator->arena, &out, tokens.items[i]);
		done++;
	}
	return join(mutator->arena, &out);
}

struct str words_replace(struct mutator *mutator, struct str text, unsigned percent)
{
	struct str_vec tokens = tokens_of(mutator->arena, text);
	size_t n = (tokens.n * percent + 99) / 100;

	/* as many places, chosen without putting back */
	for (size_t i = 0; i < tokens.n && n > 0; i++) {
		if (mutator_random(mutator) % (tokens.n - i) >= n)
			continue;
		tokens.items[i] = random_word(mutator, tokens.items[i]);
		n--;
	}
	return join(mutator->arena, &tokens);
}

/* --- between tags --- */

static const char *const hidden_styles[] = {
	"display:none",
	"font-size:0",
	"visibility:hidden",
	"color:#ffffff;background-color:#ffffff",
	"font-size:1px;color:#fefefe",
};

static void add_hidden(struct mutator *mutator, struct buf *out, struct str like)
{
	const char *style = hidden_styles[mutator_random(mutator) % 5];
	struct str hidden = random_word(mutator, like);

	buf_printf(out, " <span style=\"%s\">%.*s</span> ", style, STR_ARG(hidden));
}

/* Calls change() with the text between tags; style and script stay as they are. */
static struct str each_text(struct mutator *mutator, struct str html,
			    void (*change)(struct mutator *, struct buf *, struct str text,
					   unsigned amount),
			    unsigned amount)
{
	struct buf out;
	bool is_text = true;

	buf_init(&out, mutator->arena);
	while (html.len) {
		size_t open = str_find_char(html, '<');
		struct str text = str_sub(html, 0, open);

		if (is_text)
			change(mutator, &out, text, amount);
		else
			buf_add_str(&out, text);
		html = str_from_at(html, text.len);
		size_t close = str_find_char(html, '>');
		struct str tag = str_sub(html, 0, close == STR_NOT_FOUND ? html.len : close + 1);
		is_text = !str_has_prefix_ci(tag, "<style") && !str_has_prefix_ci(tag, "<script") &&
			  !str_has_prefix_ci(tag, "<title") && !str_has_prefix_ci(tag, "<!--");
		buf_add_str(&out, tag);
		html = str_from_at(html, tag.len);
	}
	return buf_str(&out);
}

static void hide_among(struct mutator *mutator, struct buf *out, struct str text, unsigned percent)
{
	struct str word;

	while (str_word_next(&text, &word)) {
		buf_add_str(out, word);
		buf_add_char(out, ' ');
		if (mutator_random(mutator) % 100 < percent)
			add_hidden(mutator, out, word);
	}
}

struct str words_hide(struct mutator *mutator, struct str html, unsigned percent)
{
	return each_text(mutator, html, hide_among, percent);
}

static void put_others(struct mutator *mutator, struct buf *out, struct str text, unsigned amount)
{
	struct str word, other;

	(void)amount;
	while (str_word_next(&text, &word)) {
		other = random_word(mutator, word);
		buf_printf(out, "%.*s ", STR_ARG(other));
	}
}

static struct str with_other_hosts(struct mutator *mutator, struct str html)
{
	struct buf out;
	size_t at;

	buf_init(&out, mutator->arena);
	while ((at = str_find(html, STR_LIT("://"))) != STR_NOT_FOUND) {
		buf_add_str(&out, str_sub(html, 0, at + 3));
		html = str_from_at(html, at + 3);
		while (html.len && html.ptr[0] != '"' && html.ptr[0] != '\'' &&
		       html.ptr[0] != '>' && !ascii_is_space((unsigned char)html.ptr[0]))
			html = str_from_at(html, 1);
		buf_printf(&out, "h%llu.example.net/",
			   (unsigned long long)mutator_random(mutator) % 100000);
	}
	buf_add_str(&out, html);
	return buf_str(&out);
}

struct str words_between_tags(struct mutator *mutator, struct str html)
{
	return with_other_hosts(mutator, each_text(mutator, html, put_others, 0));
}
