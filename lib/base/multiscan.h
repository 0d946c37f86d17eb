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
	MULTISCAN_PAD = 16,               /* readable bytes behind a text */
};

struct multiscan_sequence {
	unsigned id;    /* several sequences may share one */
	uint8_t n;      /* positions */
	uint8_t rarest; /* where the window of three (or of all, when there are fewer) begins that
			   is seen least often; only speed depends on it */
	const uint16_t *at;
	const struct byte_set *sets; /* what positions of MULTISCAN_SET and more point into */
};
VEC_OF(multiscan_sequence_vec, struct multiscan_sequence);

/* No table can hold it: looking for up to 256 of these takes a pass of its own over each text. */
bool multiscan_is_wide(const struct multiscan_sequence *sequence);

struct multiscan;

/* What the sequences point to must outlive it. */
struct multiscan *multiscan_new(struct arena *arena,
				const struct multiscan_sequence_vec *sequences);

/* end: offset behind the last byte. Ends come in no order; one may be told more than once. */
typedef void multiscan_found_fn(void *data, unsigned id, size_t end);
/* text.len bytes, and MULTISCAN_PAD more that may be read. */
void multiscan_run(const struct multiscan *multiscan, struct str text, multiscan_found_fn *found,
		   void *data);

#endif
