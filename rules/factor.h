/*
 * factor: what must stand in a text for a pattern to match it. From a pattern's tree sequences of
 * byte sets are taken of which one must occur wherever the pattern matches (and how many times).
 * Everything is folded to lower case (ASCII); texts must be, too. Of the many that a tree promises
 * the one is chosen that costs least by the model of factor_cost.c.
 */
#ifndef WHORL_RULES_FACTOR_H
#define WHORL_RULES_FACTOR_H

#include "lib/base/multiscan.h"
#include "rules/perlre.h"

struct factors {
	struct multiscan_sequence_vec any; /* id is unset */
	unsigned times; /* so many occurrences, of any of them, are in every match */
	/* How far behind the beginning of a match the first of its occurrences ends. */
	uint32_t end_min, end_max; /* the latter RE_INFINITE: anywhere */
	double text_chance;        /* that a text has them, by the model */
};

/* NULL: nothing is promised, or looking for it would cost more than trying the pattern. */
const struct factors *factors_of(struct arena *keep, struct arena *scratch,
				 const struct re_tree *tree);

/* The longest run of bytes that is in every match, in lower case, of either case in texts; empty:
 * none is known. */
struct str factors_literal(struct arena *keep, const struct factors *factors);

/* A verb, \G or \K: where a match begins is not where its text is. */
bool factors_mind_start(const struct re_tree *tree);
/* What trying the pattern takes for each byte of text, in nanoseconds. */
double factors_try_byte_ns(const struct re_tree *tree);

/* --- shared by factor*.c ---------------------------------------------------------------------- */

/* Positions as in multiscan_sequence; sets are those of the builder. */
struct factor {
	uint8_t n;
	uint16_t at[MULTISCAN_BYTES_MAX];
};
VEC_OF(factor_vec, struct factor);

struct factor_set {
	struct byte_set bytes;
	unsigned n;    /* bytes */
	double chance; /* of a byte of mail to be in it */
	/* which kinds of bytes (factor_pairs.h), and how large a part of each */
	unsigned n_kinds;
	uint8_t kinds[64];
	float parts[64];
};
VEC_OF(factor_set_vec, struct factor_set);

/* What is known of one position behind another. */
struct factor_pair {
	bool is_set;
	uint16_t first, second;
	double chance;
};

enum { FACTOR_PAIRS = 1021, FACTOR_WINDOW = 3 };

struct factor_builder {
	struct arena *arena;
	struct factor_set_vec sets; /* the first one is of all bytes */
	struct map *known_sets;     /* bits → index + 1 */
	struct factor_pair *pairs;
	double try_byte_ns; /* what trying the pattern takes for each byte of text */
};

/* The three neighbouring positions of a factor that are seen least often. */
struct factor_window {
	double chance, chance_of_all; /* of the positions in it, of all of the factor */
	bool is_wide;                 /* too many texts have them for a table */
};

/* Fill in what follows from set->bytes. */
void factor_set_measure(struct factor_set *set);
/* Of a byte of mail, that is not folded, to be this one. */
double factor_byte_chance(unsigned byte);
/* Expected occurrences for each byte of text. */
double factor_chance(struct factor_builder *builder, const struct factor_vec *any);
/* That a text has one of them, so many times. */
double factor_text_chance(struct factor_builder *builder, const struct factor_vec *any,
			  unsigned times);
/* Nanoseconds for each byte of text that looking for these, and trying the pattern where they are
 * found, takes. */
double factor_cost(struct factor_builder *builder, const struct factor_vec *any, unsigned times);
/* So much is given for it; more, and the pattern is better tried everywhere. */
double factor_cost_max(const struct factor_builder *builder);
/* What a pattern with so many nodes takes for each byte of text it is tried on. */
double factor_try_byte_ns(size_t n_nodes);
/* Where the window begins. */
unsigned factor_rarest(struct factor_builder *builder, const struct factor *factor,
		       struct factor_window *window_out);

void factor_builder_init(struct factor_builder *builder, struct arena *arena);
/* The position that stands for a set: a byte, or a set of the builder's. */
unsigned factor_position(struct factor_builder *builder, const struct byte_set *set);
void factors_drop_doubles(struct factor_vec *any);
/* Leave out doubles; of factors of one length that begin alike make one where that makes the
 * whole hardly more likely. */
void factors_simplify(struct factor_builder *builder, struct factor_vec *any);
/* Every one of *left followed by every one of right, in *left. Where that is too much, the fronts
 * of the left are cut (*cut_out); false when it is still too much. */
bool factors_append(struct factor_builder *builder, struct factor_vec *left,
		    const struct factor_vec *right, bool *cut_out);
/* Only the first bytes, so that they are few. */
/* Positions of the longest; 0 when there are none. */
unsigned factors_longest(const struct factor_vec *any);
void factors_cut_to_front(struct factor_builder *builder, struct factor_vec *any);
void factors_cut_to_end(struct factor_builder *builder, struct factor_vec *any);
/* As struct factors, with the sets that they use. */
const struct factors *factors_keep(struct arena *keep, struct factor_builder *builder,
				   const struct factor_vec *any, unsigned times, uint32_t end_min,
				   uint32_t end_max);

#endif
