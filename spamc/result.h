/* result: what an answer of spamd comes to: the text that spamc prints and libspamc hands out. */
#ifndef WHORL_SPAMC_RESULT_H
#define WHORL_SPAMC_RESULT_H

#include "spamc/client.h"

/* message: what was sent. For a BSMTP batch the envelope is still to be put around the text. */
struct str spamc_result_text(struct arena *arena, const struct spamc_args *args, struct str message,
			     const struct spamc_reply *reply);

#endif
