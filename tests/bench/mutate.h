/*
 * mutate: one text in many disguises. A mutation makes a whole message of a text; the same seed
 * makes the same message. Everything but the text differs from the original on purpose: sender,
 * subject, header.
 */
#ifndef WHORL_TESTS_BENCH_MUTATE_H
#define WHORL_TESTS_BENCH_MUTATE_H

#include <stdint.h>
#include "lib/base/buf.h"
#include "lib/base/vec.h"

struct mutator {
	struct arena *arena;
	uint64_t random;
	/* words to add or to put in the place of others; and characters of scripts without blanks
	 */
	struct str_vec words, ideographs;
};

uint64_t mutator_random(struct mutator *mutator);
/* Adds the text's words to the vocabulary. */
void mutator_learn(struct mutator *mutator, struct str text);
/* Without links and addresses, so that only its words can be known again. */
struct str mutate_plain_text(struct arena *arena, struct str text);

struct str mutate_original(struct mutator *mutator, struct str text);

struct mutation {
	const char *name;
	struct str (*make)(struct mutator *mutator, struct str text, unsigned amount);
	unsigned amount; /* percent, words */
	double wanted;   /* percent of the texts to be known again */
};
extern const struct mutation text_mutations[]; /* ends with a NULL name */

/* The same HTML with other words between its tags and other addresses in it. */
struct str mutate_template(struct mutator *mutator, struct str html);
/* HTML with as many hidden words as it has visible ones among them. */
struct str mutate_hide(struct mutator *mutator, struct str html);
struct str mutate_html_message(struct mutator *mutator, struct str html);

#endif
