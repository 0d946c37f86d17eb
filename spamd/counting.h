/* counting: exposures of keys, from the children's glimpses to the tallies that reports take along.
 * Part of the reputation helper. */
#ifndef WHORL_SPAMD_COUNTING_H
#define WHORL_SPAMD_COUNTING_H

#include "reputation/exposures.h"
#include "reputation/table.h"
#include "spamd/glimpse.h"

struct counting {
	struct glimpses *glimpses;
	struct exposures *exposures;
	struct table *table; /* what is known of keys */
};

/* All glimpses that are there. A mail that is blocked counts for nothing: nobody complains of what
 * they don't see. */
void counting_run(struct counting *counting, int64_t now_s);

#endif
