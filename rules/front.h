/*
 * front: what the matches of a pattern begin with, to pass over places of a text at which none can
 * begin without asking the regex. For patterns that take much for each place: long alternations,
 * and those that begin with what is everywhere.
 */
#ifndef WHORL_RULES_FRONT_H
#define WHORL_RULES_FRONT_H

#include "rules/automaton.h"
#include "rules/factor.h"

enum {
	FRONT_BYTES = 4, /* SPELL_BYTES */
	FRONT_ROW_MAX = 32,
};

/* Beginnings are shared out among sixteen bits; a place may be one where bit b is in the masks of
 * all of its bytes. Not folded: as the text is. */
struct front_masks {
	uint16_t of[FRONT_BYTES][256];
};

/* So many bytes that each match begins with, one set for each. */
struct front_row {
	unsigned n;
	bool is_run;          /* of one set, of which bit 0 tells */
	bool begins_word;     /* the set is of letters, and nothing of a word stands before it */
	unsigned n_ranges;    /* that the set of a short run is made of; 0: not known */
	uint8_t ranges[2][2]; /* the lowest byte of each, and how many more there are */
	uint32_t masks[256];  /* by byte: bit i when it may be the i-th */
};

struct front {
	bool at_line;                      /* matches begin at the beginning of a line only */
	const struct front_masks *masks;   /* or NULL: not worth looking at */
	const struct front_row *row;       /* or NULL, likewise */
	const struct automaton *automaton; /* or NULL */
	/* By byte, or NULL: the pattern begins with as many of these as there are ("[a-z]{3,}\\d"),
	 * so where no match begins with the first of a row of them, none does with the others. */
	const bool *run;
};

/* try_byte_ns: what trying the pattern takes for each byte of text; text_chance: of a text, that it
 * is tried there. NULL: PCRE2 finds places as fast. */
const struct front *front_of(struct arena *keep, struct arena *scratch, const struct re_tree *tree,
			     double try_byte_ns, double text_chance);
/* Every match is of so many bytes at least. */
uint32_t front_width_min(const struct re_tree *tree);
uint32_t front_width_of(const struct re_node *node);
uint32_t front_width_of_row(const struct re_node *node); /* with those behind it */

struct front_place {
	size_t at; /* the first place at which a match may begin; above last, or behind the text:
		      there is none */
	bool is_match;     /* for certain */
	bool is_unknown;   /* nor is anything known of the places behind it */
	bool is_end_known; /* the match is the only one here, */
	size_t end;        /* and it ends there */
};
/* Looks from `from` to `last`. */
struct front_place front_next(const struct front *front, struct str text, size_t from, size_t last);
/* None begins at `at`: the next place that may be one. */
size_t front_behind(const struct front *front, struct str text, size_t at);

/* --- of front.c only ---------------------------------------------------------------------- */

/* NULL: not worth looking for. */
struct front_row *front_row_of(struct arena *keep, const struct re_tree *tree);
/* The pattern begins with \b. */
void front_row_set_boundary(struct front_row *row);
/* The first place from `at` where the row is, as far as it tells; above last: there is none. */
size_t front_row_next(const struct front_row *row, struct str text, size_t at, size_t last);

#endif
