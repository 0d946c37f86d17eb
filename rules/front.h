/*
 * front: which bytes the matches of a pattern begin with, to pass over places of a text at which
 * none can begin without asking the regex. For long alternations, which take much for each place.
 */
#ifndef WHORL_RULES_FRONT_H
#define WHORL_RULES_FRONT_H

#include "rules/factor.h"

enum { FRONT_BYTES = 4 }; /* SPELL_BYTES */

/* Beginnings are shared out among sixteen bits; a place may be one where bit b is in the masks of
 * all of its bytes. Not folded: as the text is. */
struct front {
	bool at_line; /* matches begin at the beginning of a line only */
	bool pays;    /* few places are left, and PCRE2 does not find them faster */
	uint16_t masks[FRONT_BYTES][256];
};

/* NULL: matches begin with anything. */
const struct front *front_of(struct arena *keep, struct arena *scratch, const struct re_tree *tree);
/* Every match is of so many bytes at least. */
uint32_t front_width_min(const struct re_tree *tree);
/* The first place from `from` to `last` at which a match may begin; above last: there is none. */
size_t front_next(const struct front *front, struct str text, size_t from, size_t last);

#endif
