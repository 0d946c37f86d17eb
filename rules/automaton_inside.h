/* automaton_inside: what automaton.c and automaton_pieces.c share. */
#ifndef WHORL_RULES_AUTOMATON_INSIDE_H
#define WHORL_RULES_AUTOMATON_INSIDE_H

#include "lib/base/map.h"
#include "lib/base/multiscan.h"
#include "rules/automaton.h"

enum {
	KNOWN_MAX = 10000, /* states that lead on, and those that would */
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

struct state {
	struct number_vec pieces; /* in the order they are reached in */
	double weight;            /* how likely a place of mail leads here */
	uint32_t *next;           /* by class: a state; NULL: not made */
	unsigned number;          /* of those that are made */
};
VEC_OF(state_vec, struct state);

/* A state that is not made; one that became likelier is there again. */
struct due_state {
	double weight;
	uint32_t state;
};
VEC_OF(due_vec, struct due_state);

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
	struct state_vec states; /* NO and YES have no pieces */
	struct due_vec due;      /* a heap */
	unsigned n_made;         /* with NO and YES */
	double chances[256];     /* by class: of a byte of mail */
	struct map *known;
	uint32_t *seen; /* by piece: the round in which it was */
	uint32_t round;
	bool is_prefix_free;
};

/* builder->arena and ->limits are set; afterwards ->pieces, ->sets, or has_failed. Returns the
 * piece that the pattern begins with. */
uint32_t automaton_pieces(struct builder *builder, const struct re_tree *tree);

#endif
