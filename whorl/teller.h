/* teller: the ledger as a command writes it: as the one who keeps the state, or beside whoever
 * does. */
#ifndef WHORL_WHORL_TELLER_H
#define WHORL_WHORL_TELLER_H

#include "spamd/feedback.h"
#include "whorl/engine.h"

struct teller {
	struct keeper *keeper; /* NULL: another process keeps the state */
	struct ledger *ledger; /* NULL: not open */
};

/* Closed with keep. */
enum status teller_open(struct teller *teller, struct arena *keep, const char *state,
			struct why *why);
/* Report or revoke a message of an engine that has the fingerprint layer; feedback_enter(). */
enum status teller_tell(struct teller *teller, struct engine *engine, struct mail *mail,
			struct str reporter, enum trust_kind kind, struct why *why);
/* What was told begins to count, unless the other process sees to that. */
enum status teller_finish(struct teller *teller, struct why *why);

#endif
