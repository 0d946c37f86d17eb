/* profile: the table of "whorl check --profile". */
#ifndef WHORL_WHORL_PROFILE_H
#define WHORL_WHORL_PROFILE_H

#include "whorl/engine.h"

struct check_profile;

/* n_passes: how often each message is scanned; of the passes the fastest counts. */
struct check_profile *check_profile_new(struct arena *keep, int n_passes);
/* Scan the message so often; engine_next() is called for each pass but the last. */
void check_profile_message(struct check_profile *all, struct engine *engine, struct str text);
/* Microseconds a message by stage, and of the eval functions that take the most. */
struct str check_profile_text(struct arena *arena, const struct check_profile *all, bool as_json);

#endif
