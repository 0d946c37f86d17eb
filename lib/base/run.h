/*
 * run: another program, its output, and a limit to how long and how much. No shell is involved.
 */
#ifndef WHORL_BASE_RUN_H
#define WHORL_BASE_RUN_H

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/str.h"
#include "lib/base/why.h"

/*
 * Runs argv[0] (a path, argv ends with NULL) with nothing on standard input and standard error
 * thrown away, and gives what it wrote on standard output, at most max_bytes of it. Its exit status
 * is *exit_out; one that was killed by a signal counts as 128 + signal. STATUS_TIMEOUT: it was
 * killed at the deadline. STATUS_IO: it could not be started.
 */
enum status run_program(struct arena *arena, const char *const *argv, struct deadline deadline,
			size_t max_bytes, struct str *output_out, int *exit_out, struct why *why);

#endif
