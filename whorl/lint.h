/* lint: is the configuration sound? (SpamAssassin.pm lint_rules) */
#ifndef WHORL_WHORL_LINT_H
#define WHORL_WHORL_LINT_H

#include "whorl/engine.h"

/* The faults were logged when the engine was opened with args->lint; here a message is scored and
 * they are counted. The exit status: 1 when there are any. */
int lint(struct engine *engine);

#endif
