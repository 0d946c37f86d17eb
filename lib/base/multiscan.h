/*
 * multiscan: many short sequences of byte sets looked for in one pass over a text. A sequence of
 * sets of one member each is a literal; "[a4@]m.?b" is told by two sequences. What is found is told
 * by the id of its sequence and where it ends.
 */
#ifndef WHORL_BASE_MULTISCAN_H
#define WHORL_BASE_MULTISCAN_H

#include <stdint.h>
#include "lib/base/vec.h"

struct byte_set {
	uint8_t bits[32];
};
static inline bool byte_set_has(const struct byte_set *set, unsigned byte)
{
	return set->bits[byte >> 3] >> (byte & 7) & 1;
}
static inline void byte_set_add(struct byte_set *set, unsigned byte)
{
	set->bits[byte >> 3] |= (uint8_t)(1u << (byte & 7));
}

enum {
	MULTISCAN_BYTES_MIN = 2,
	MULTISCAN_BYTES_MAX = 12,
	MULTISCAN_SET = 256, /* a position below is that byte; others are MULTISCAN_SET + index */
	MULTISCAN_WINDOW_TEXTS_MAX = 256, /* texts of three bytes that a table may hold for one
					     sequence; wider ones are slower */
	MULTISCAN_PLACES = 16,            /* kinds of texts that can be told apart */
};
#define MULTISCAN_EVERYWHERE UINT16_MAX

/* Texts are read as if in lower case (ASCII): a set's capitals stand for nothing. */
struct multiscan_sequence {
	unsigned id;    /* several sequences may share one */
	uint16_t where; /* bits of kinds of texts: it is looked for in those only */
	uint8_t n;      /* positions */
	uint8_t rarest; /* where the window of three (or of all, when there are fewer) begins that
			   is seen least often; only speed depends on it */
	const uint16_t *at;
	const struct byte_set *sets; /* what positions of MULTISCAN_SET and more point into */
};
VEC_OF(multiscan_sequence_vec, struct multiscan_sequence);

/* No table can hold it: looking for up to 64 of these takes a look-up of its own at each place of a
 * text that is not ASCII. */
bool multiscan_is_wide(const struct multiscan_sequence *sequence);

struct multiscan;

/* What the sequences point to must outlive it. */
struct multiscan *multiscan_new(struct arena *arena,
				const struct multiscan_sequence_vec *sequences);

/* end: offset behind the last byte. Ends come in no order; one may be told more than once. */
typedef void multiscan_found_fn(void *data, unsigned id, size_t end);
/* where: the kind of the text, one bit. */
void multiscan_run(const struct multiscan *multiscan, struct str text, uint16_t where,
		   multiscan_found_fn *found, void *data);

#endif
