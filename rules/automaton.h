/*
 * automaton: a pattern as a deterministic automaton that begins at one place of a text and takes
 * one table look-up for each byte. It says "no" only where no match begins. Look-arounds,
 * assertions and what is not regular are left out, and what would make the table large is cut off,
 * so its "yes" needs confirming, unless it is exact.
 */
#ifndef WHORL_RULES_AUTOMATON_H
#define WHORL_RULES_AUTOMATON_H

#include "rules/perlre.h"

struct automaton {
	/* Its "yes" is as good as its "no", but for a word boundary in front of the pattern. */
	bool is_exact;
	/* And no match is the beginning of another one: there is one at most at each place, and the
	 * automaton says where it ends. */
	bool is_prefix_free;
	bool at_boundary; /* the pattern begins with \b, which is not in the table */
	bool is_short;    /* it is exact, and knows after AUTOMATON_SHORT bytes at most */
	bool begins[256]; /* by byte: some match begins with it */
	unsigned n_classes;
	uint8_t class_of[256];
	/* state + class → state. States are multiples of n_classes: no, yes, the first one, ... */
	uint16_t *next;
};

/* Of so many states at most, but for a few. NULL: it would say "yes" everywhere. */
const struct automaton *automaton_of(struct arena *keep, struct arena *scratch,
				     const struct re_tree *tree, unsigned n_states_max);

enum {
	AUTOMATON_BYTES_MAX = 256, /* that are read from one place */
	AUTOMATON_SHORT = 16,
	AUTOMATON_STATES_MAX = 500,
};

enum automaton_answer { AUTOMATON_NO, AUTOMATON_YES, AUTOMATON_UNKNOWN };

/* Whether a match may begin at `at`. *end_out: where the automaton knew. */
static inline enum automaton_answer automaton_ask(const struct automaton *automaton,
						  struct str text, size_t at, size_t *end_out)
{
	const unsigned char *bytes = (const unsigned char *)text.ptr;
	size_t end = text.len - at > AUTOMATON_BYTES_MAX ? at + AUTOMATON_BYTES_MAX : text.len;
	unsigned yes = automaton->n_classes, state = 2 * yes;

	while (state > yes && at < end)
		state = automaton->next[state + automaton->class_of[bytes[at++]]];
	*end_out = at;
	if (state > yes)
		return end < text.len ? AUTOMATON_UNKNOWN : AUTOMATON_NO;
	return state == yes ? AUTOMATON_YES : AUTOMATON_NO;
}

/* Where \b holds, as PCRE2 and Perl's /aa see words. */
static inline bool automaton_is_boundary(struct str text, size_t at)
{
	bool before = at > 0 && ascii_is_word((unsigned char)text.ptr[at - 1]);
	bool behind = at < text.len && ascii_is_word((unsigned char)text.ptr[at]);

	return before != behind;
}

#endif
