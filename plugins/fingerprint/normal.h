/*
 * normal: text → the words that fingerprints are made of. What a reader does not notice is taken
 * away: encoding, case, marks, zero-width characters, look-alikes of other scripts (UAX 15, UTS
 * 39); then links, mail addresses, words with digits, overlong words, the salutation and the
 * recipient's own names. In scripts without blanks every character is a word. Linear in the text.
 */
#ifndef WHORL_PLUGINS_FINGERPRINT_NORMAL_H
#define WHORL_PLUGINS_FINGERPRINT_NORMAL_H

#include <stdint.h>
#include "lib/base/map.h"
#include "lib/base/vec.h"

/* Folded forms of the characters that mail is mostly made of, ready to read; shared by all
 * children. */
struct normal_table;
struct normal_table *normal_table_make(struct arena *keep);

VEC_OF(word_vec, uint64_t);

struct normal_text {
	struct word_vec words; /* hashes */
	size_t n_ideographs;   /* of them: single characters of scripts without blanks */
};

/* names: words to leave out (NULL: none), as normal_names() collects them. Bounds: limits.h. */
void normal_words(struct arena *scan, const struct normal_table *table, struct str text,
		  const struct map *names, struct normal_text *out);
/* The words of a person's name or local part, each put into names. */
void normal_names(struct arena *scan, const struct normal_table *table, struct str text,
		  struct map *names);

#endif
