/* mutate_words: changes of words, for mutate.c. All results in the mutator's arena. */
#ifndef WHORL_TESTS_BENCH_MUTATE_WORDS_H
#define WHORL_TESTS_BENCH_MUTATE_WORDS_H

#include "tests/bench/mutate.h"

struct str words_wrap(struct mutator *mutator, struct str text, unsigned columns);
struct str words_quote(struct mutator *mutator, struct str text, unsigned amount);
/* n words at random places. */
struct str words_insert(struct mutator *mutator, struct str text, unsigned n);
struct str words_append(struct mutator *mutator, struct str text, unsigned percent);
struct str words_prepend(struct mutator *mutator, struct str text, unsigned percent);
/* Blocks of about so many words in another order. */
struct str words_shuffle(struct mutator *mutator, struct str text, unsigned block);
struct str words_replace(struct mutator *mutator, struct str text, unsigned percent);
/* Behind every word as many hidden ones. */
struct str words_hide(struct mutator *mutator, struct str html, unsigned percent);
/* Other words and addresses between the same tags. */
struct str words_between_tags(struct mutator *mutator, struct str html);

#endif
