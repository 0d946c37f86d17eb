/* models: n-grams of languages and of a text. */
#include <math.h>
#include <stdlib.h>

#include "lib/base/buf.h"
#include "lib/base/map.h"
#include "plugins/TextCat/textcat.h"

enum { NGRAM_MAX = 5 };

/* The rank of an n-gram in one model. */
struct place {
	size_t language;
	unsigned rank;
};
VEC_OF(place_vec, struct place);

struct textcat_models {
	struct str_vec languages;
	struct map *ngrams; /* n-gram → struct place_vec * */
};

const struct textcat_models *textcat_models_make(struct arena *keep, struct str text)
{
	struct textcat_models *models = ARENA_NEW(keep, struct textcat_models);
	unsigned rank = 1;
	struct str line;

	models->ngrams = map_new(keep);
	while (str_line_next(&text, &line)) {
		struct place place = {models->languages.n, rank++};
		struct place_vec *places = map_find(models->ngrams, line);

		if (str_has_prefix(line, "0 ") && line.len > 2) {
			vec_push(keep, &models->languages, str_from_at(line, 2));
			rank = 1;
			continue;
		}
		if (!places) {
			places = ARENA_NEW(keep, struct place_vec);
			map_put(models->ngrams, line, places);
		}
		vec_push(keep, places, place);
	}
	return models;
}

size_t textcat_language_count(const struct textcat_models *models)
{
	return models->languages.n;
}

struct str textcat_language(const struct textcat_models *models, size_t i)
{
	return models->languages.items[i];
}

/* --- n-grams of a text --- */

struct ngram {
	struct str text;
	unsigned count;
};

static void count_ngrams(struct arena *scan, struct map *counts, struct str word)
{
	for (size_t at = 0; at < word.len; at++)
		for (size_t length = 1; length <= NGRAM_MAX && at + length <= word.len; length++) {
			struct str text = str_sub(word, at, length);
			struct ngram *ngram = map_find(counts, text);

			if (!ngram) {
				ngram = ARENA_NEW(scan, struct ngram);
				ngram->text = arena_str(scan, text);
				map_put(counts, text, ngram);
			}
			ngram->count++;
		}
}

static bool is_latin1_letter(unsigned char c)
{
	return ascii_is_alpha(c) || (c >= 0xc0 && c != 0xd7 && c != 0xdf && c != 0xf7 && c != 0xff);
}

/* Four letters in a row and a capital among them: the word is lowered, as its bytes are Latin-1. */
static struct str lower_bytes(struct arena *scan, struct str word)
{
	size_t run = 0, longest = 0;
	bool capital = false;
	char *copy;

	for (size_t i = 0; i < word.len; i++) {
		run = is_latin1_letter((unsigned char)word.ptr[i]) ? run + 1 : 0;
		longest = run > longest ? run : longest;
		capital |= ascii_is_upper((unsigned char)word.ptr[i]);
	}
	if (longest < 4 || !capital)
		return word;
	copy = arena_cstr(scan, word);
	for (size_t i = 0; i < word.len; i++) {
		unsigned char c = (unsigned char)copy[i];

		if (ascii_is_upper(c) || (c >= 0xc0 && c <= 0xde && c != 0xd7))
			copy[i] = (char)(c | 0x20);
	}
	return str_make(copy, word.len);
}

/* Digits, blanks and ASCII punctuation but "'" part words. */
static bool parts_words(unsigned char c)
{
	return c && c < 0x80 &&
	       (ascii_is_digit(c) || ascii_is_space(c) ||
		strchr("-!\"#$%&()*+,./:;<=>?@[\\]^_`{|}~", c));
}

static void add_word(struct arena *scan, struct map *counts, struct str word)
{
	struct buf marked;

	if (!word.len)
		return;
	word = lower_bytes(scan, word);
	buf_init(&marked, scan);
	buf_add_char(&marked, '\0');
	buf_add_str(&marked, word);
	buf_add_char(&marked, '\0');
	count_ngrams(scan, counts, buf_str(&marked));
}

static int compare_ngrams(const void *a, const void *b)
{
	const struct ngram *left = *(struct ngram *const *)a, *right = *(struct ngram *const *)b;

	if (left->count != right->count)
		return left->count > right->count ? -1 : 1;
	return str_cmp(left->text, right->text);
}

VEC_OF(ngram_vec, struct ngram *);

static void ngrams_of(struct arena *scan, struct str text, const struct textcat_limits *limits,
		      struct ngram_vec *out)
{
	struct map *counts = map_new(scan);
	const struct map_entry *entry;
	size_t start = 0, cursor = 0;

	for (size_t at = 0; at < text.len; at++)
		if (parts_words((unsigned char)text.ptr[at])) {
			add_word(scan, counts, str_sub(text, start, at - start));
			start = at + 1;
		}
	add_word(scan, counts, str_from_at(text, start));
	while ((entry = map_next(counts, &cursor))) {
		struct ngram *ngram = entry->value;

		if (limits->optimal_ngrams <= 0 || ngram->count > limits->optimal_ngrams)
			vec_push(scan, out, ngram);
	}
	if (out->n)
		qsort(out->items, out->n, sizeof *out->items, compare_ngrams);
	if (limits->max_ngrams >= 0 && (double)out->n > limits->max_ngrams)
		out->n = (size_t)limits->max_ngrams;
}

/* --- distances --- */

/* By language: the sum of how far each n-gram is from its place, max_ngrams where it has none. */
static double *distances(struct arena *scan, const struct textcat_models *models,
			 const struct ngram_vec *ngrams, double max)
{
	double *sums = ARENA_ARRAY(scan, double, models->languages.n + 1);

	for (size_t i = 0; i < models->languages.n; i++)
		sums[i] = max * (double)ngrams->n;
	for (size_t i = 0; i < ngrams->n; i++) {
		const struct place_vec *places = map_find(models->ngrams, ngrams->items[i]->text);

		for (size_t j = 0; places && j < places->n; j++)
			if (places->items[j].language < models->languages.n)
				sums[places->items[j].language] +=
					fabs((double)places->items[j].rank - (double)i) - max;
	}
	return sums;
}

static int compare_results(const void *a, const void *b)
{
	const struct textcat_result *left = a, *right = b;

	if (left->distance != right->distance)
		return left->distance < right->distance ? -1 : 1;
	return str_cmp(left->language, right->language);
}

/* The nearer of the models of one language in UTF-8. */
static void add_result(struct arena *scan, struct textcat_result_vec *out, struct str language,
		       double distance)
{
	struct textcat_result result = {language, distance};

	if (str_contains(language, ".utf8"))
		result.language = str_sub(language, 0, str_find_char(language, '.'));
	for (size_t i = 0; i < out->n; i++)
		if (str_eq(out->items[i].language, result.language)) {
			out->items[i].distance = fmin(out->items[i].distance, distance);
			return;
		}
	vec_push(scan, out, result);
}

void textcat_compare(struct arena *scan, const struct textcat_models *models, struct str text,
		     const struct textcat_limits *limits, const struct str_vec *skipped,
		     struct textcat_result_vec *out)
{
	struct ngram_vec ngrams = {0};
	double *sums;

	ngrams_of(scan, text, limits, &ngrams);
	sums = distances(scan, models, &ngrams, limits->max_ngrams);
	for (size_t i = 0; i < models->languages.n; i++)
		if (!str_vec_has(skipped, models->languages.items[i]))
			add_result(scan, out, models->languages.items[i], sums[i]);
	if (out->n)
		qsort(out->items, out->n, sizeof *out->items, compare_results);
}
