/* automaton_inside: what automaton.c and automaton_pieces.c share. */
#ifndef WHORL_RULES_AUTOMATON_INSIDE_H
#define WHORL_RULES_AUTOMATON_INSIDE_H

#include "lib/base/map.h"
#include "lib/base/multiscan.h"
#include "rules/automaton.h"

enum {
	STATES_MAX = 128,
	STATE_NUMBERS_MAX = UINT16_MAX, /* states times classes */
	SETS_MAX = 1000,
	NESTING_MAX = 3000,
};

enum piece_kind {
	PIECE_SET,   /* a byte of the set, then `next` */
	PIECE_FORK,  /* `next` or `other` */
	PIECE_MATCH, /* the end of the pattern */
	PIECE_MAYBE, /* nothing is known of what comes here */
};

struct piece {
	enum piece_kind kind;
	uint32_t next, other;
	uint32_t set;
};
VEC_OF(piece_vec, struct piece);
VEC_OF(number_vec, uint32_t);

struct set_classes {
	struct byte_set bytes;
	unsigned n;
	uint8_t classes[256];
};
VEC_OF(set_classes_vec, struct set_classes);

enum { MATCH, MAYBE }; /* the first two pieces */

struct limits {
	uint32_t depth; /* what is behind so many bytes is not looked at */
	unsigned turns; /* of a repetition, that are told apart */
	size_t pieces;
};

struct builder {
	struct arena *arena;
	struct piece_vec pieces;
	struct set_classes_vec sets;
	struct map *known_sets;    /* bits → number + 1 */
	uint32_t literals[2][256]; /* set + 1 of a byte, by whether either case will do */
	struct limits limits;
	const struct re_node *boundary; /* the \b in front of all */
	unsigned nesting;
	bool is_exact, has_failed;
	/* states */
	struct automaton *automaton;
	struct number_vec *states; /* by number: pieces, in the order they are reached in */
	size_t n_states, n_states_max;
	struct map *known;
	uint32_t *seen; /* by piece: the round in which it was */
	uint32_t round;
	bool is_prefix_free;
};

/* builder->arena and ->limits are set; afterwards ->pieces, ->sets, or has_failed. Returns the
 * piece that the pattern begins with. */
uint32_t automaton_pieces(struct builder *builder, const struct re_tree *tree);

#endif
