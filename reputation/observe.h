/* observe: what is known of a campaign's exposures goes into the log before its judgement day: what
 * has become widespread without complaint is legitimate then. */
#ifndef WHORL_REPUTATION_OBSERVE_H
#define WHORL_REPUTATION_OBSERVE_H

#include "reputation/exposures.h"
#include "reputation/ledger.h"

/* Of campaigns that are due within OBSERVE_AHEAD_S from now_s, each once. *n_out: how many. */
enum { OBSERVE_AHEAD_S = 180 };
enum status observe_due(struct arena *scratch, struct ledger *ledger,
			const struct exposures *exposures, int64_t now_s, size_t *n_out,
			struct why *why);

#endif
