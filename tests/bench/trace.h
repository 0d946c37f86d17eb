/*
 * trace: who brought a verdict about in a simulated world (world.h): each key of the mail that is
 * published, the evidence and exposures it was judged by, and its votes with who gave them, what
 * each weighed and when. One text a verdict, written at once, for several jobs write to one file.
 */
#ifndef WHORL_TESTS_BENCH_TRACE_H
#define WHORL_TESTS_BENCH_TRACE_H

#include "tests/bench/world.h"

struct trace_verdict {
	const struct world_settings *settings;
	struct trust *trust;
	const char *what; /* the kind of mail */
	const struct trust_key_id *keys;
	size_t n_keys;
	int64_t start_s, first_s, now_s; /* of the world, of the first mail, of the verdict */
	unsigned n_deliveries;           /* until then */
};

void trace_print(const struct trace_verdict *verdict);

#endif
