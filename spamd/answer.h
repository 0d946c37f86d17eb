/* answer: a verdict as the client's verb and protocol version want it (sa-surface 3.3). */
#ifndef WHORL_SPAMD_ANSWER_H
#define WHORL_SPAMD_ANSWER_H

#include "lib/wire/request.h"
#include "spamd/verdict.h"

/* Status line, fields and body in one piece, in the arena. */
struct str answer_make(struct arena *arena, const struct wire_request *request,
		       const struct verdict *verdict);

#endif
