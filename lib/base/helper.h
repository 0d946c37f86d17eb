/* helper: another program reads a file and prints what it finds, within a time. It may fail or be
 * cut short and still have said something. */
#ifndef WHORL_BASE_HELPER_H
#define WHORL_BASE_HELPER_H

#include "lib/base/clock.h"
#include "lib/base/vec.h"
#include "lib/base/why.h"

enum { HELPER_NOT_FOUND = 127 }; /* exit code of one that could not be run */

struct helper_result {
	struct str output;
	struct str error_line; /* the first line on stderr */
	bool timed_out;        /* killed; output is what came before */
	bool was_cut;          /* killed when it printed more than allowed */
	int exit_code;         /* 0..255; 128 + signal; HELPER_NOT_FOUND */
};

/*
 * Run argv (the program searched in PATH, no shell) with the process's environment and that of
 * env ("NAME=value"), standard input empty, no other descriptors. It gets our effective ids as its
 * only ones, so it can regain no privileges, and is killed with its children at the deadline.
 * STATUS_IO: no pipe or process to be had.
 */
enum status helper_run(struct arena *arena, const struct str_vec *argv, const struct str_vec *env,
		       struct deadline deadline, size_t max_bytes, struct helper_result *result_out,
		       struct why *why);

#endif
