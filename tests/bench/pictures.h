/* pictures: a grey picture resized, sprinkled with noise and written again in another format; an
 * archive packed again. */
#ifndef WHORL_TESTS_BENCH_PICTURES_H
#define WHORL_TESTS_BENCH_PICTURES_H

#include "lib/image/image.h"
#include "tests/bench/mutate.h"

struct picture_mutation {
	const char *name;
	unsigned size_percent, noise; /* noise: standard deviation, of 255 */
	char format;                  /* 'p'ng, 'j'peg, 'g'if */
	unsigned quality;             /* of JPEG */
	double wanted;
};
extern const struct picture_mutation picture_mutations[]; /* ends with a NULL name */

/* File bytes; empty when they can't be made. */
struct str picture_mutate(struct mutator *mutator, const struct image *image,
			  const struct picture_mutation *mutation);

/* A ZIP archive of the contents, stored or deflated, in this order or the reverse. */
struct str archive_make(struct arena *arena, const struct str_vec *contents, bool deflated,
			bool reversed);

#endif
