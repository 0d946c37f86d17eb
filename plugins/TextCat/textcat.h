/* textcat: models of languages and how far a text is from them, for TextCat only. */
#ifndef WHORL_PLUGINS_TEXTCAT_H
#define WHORL_PLUGINS_TEXTCAT_H

#include "lib/base/file.h"
#include "lib/base/log.h"
#include "plugins/args.h"

enum { TEXTCAT_STRIPS = 4 };

struct textcat_models;

struct textcat_conf {
	struct str ok_languages, inactive_languages;
	double max_languages, optimal_ngrams, max_ngrams, acceptable_score;
	const struct textcat_models *models; /* NULL: no file of models */
	const struct regex *strip[TEXTCAT_STRIPS], *high;
};

/* text: lines of n-grams, the most frequent first, then "0 NAME" for the language they belong to.
 */
const struct textcat_models *textcat_models_make(struct arena *keep, struct str text);
size_t textcat_language_count(const struct textcat_models *models);
struct str textcat_language(const struct textcat_models *models, size_t i);

struct textcat_limits {
	double optimal_ngrams; /* n-grams that are not more frequent are left out; 0: none */
	double max_ngrams;
};
struct textcat_result {
	struct str language;
	double distance;
};
VEC_OF(textcat_result_vec, struct textcat_result);

/* The nearest first. text is bytes, of whatever charset. */
void textcat_compare(struct arena *scan, const struct textcat_models *models, struct str text,
		     const struct textcat_limits *limits, const struct str_vec *skipped,
		     struct textcat_result_vec *out);

#endif
