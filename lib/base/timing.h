/* timing: how long the steps of one request took, for the tag _TIMING_ and the option --timing
 * (SpamAssassin.pm timer_report). */
#ifndef WHORL_BASE_TIMING_H
#define WHORL_BASE_TIMING_H

#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/str.h"

struct timing;

struct timing *timing_new(struct arena *arena);
/* A step begins now: the value is for timing_end(). */
int64_t timing_begin(void);
/* The step ends; steps of one name are added up. timing NULL: nothing happens. */
void timing_end(struct timing *timing, const char *name, int64_t began_us);
/* "total 12 ms - parse: 0.50 (4.2%), ...": steps in order of their first end. */
struct str timing_text(struct arena *arena, const struct timing *timing);

#endif
