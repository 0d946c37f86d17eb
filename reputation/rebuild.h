/*
 * rebuild: everything derived from the reports is made anew, aside and from the first report on,
 * and then swapped in at once: scans see the old verdicts until then, and reports are taken all the
 * while. Whoever keeps the state may go on keeping it.
 */
#ifndef WHORL_REPUTATION_REBUILD_H
#define WHORL_REPUTATION_REBUILD_H

#include "reputation/trust.h"
#include "lib/base/why.h"

/* tell (may be NULL) hears after each batch how many reports of all are folded. STATUS_REFUSED:
 * another rebuild is at it. *n_out: reports folded. Nothing has changed unless the result is
 * STATUS_OK. */
enum status rebuild_run(const char *state, const struct trust_constants *constants, int64_t now_s,
			void (*tell)(void *data, uint64_t done, uint64_t all), void *data,
			uint64_t *n_out, struct why *why);

#endif
