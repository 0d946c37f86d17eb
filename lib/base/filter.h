/* filter: another program turns bytes into bytes, within a time. */
#ifndef WHORL_BASE_FILTER_H
#define WHORL_BASE_FILTER_H

#include "lib/base/clock.h"
#include "lib/base/str.h"
#include "lib/base/why.h"

struct arena;

/*
 * Run argv (ended by NULL, the program searched in PATH, no shell), give it input and collect what
 * it prints; stderr is ours. STATUS_NOT_FOUND: no such program; TIMEOUT: killed; TOO_LARGE: more
 * than max_bytes, killed; INVALID: it failed.
 */
enum status filter_run(struct arena *arena, const char *const *argv, struct str input,
		       struct deadline deadline, size_t max_bytes, struct str *output_out,
		       struct why *why);

#endif
