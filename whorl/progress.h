/* progress: a bar on stderr: how much is done, how fast, how long it will take. */
#ifndef WHORL_WHORL_PROGRESS_H
#define WHORL_WHORL_PROGRESS_H

#include <stdint.h>

struct progress {
	uint64_t total; /* 0: unknown */
	int64_t began_ms, drawn_ms;
};

void progress_begin(struct progress *progress, uint64_t total);
/* Draws when it is some time since it last did. */
void progress_update(struct progress *progress, uint64_t done);
/* Draws a last time and ends the line. */
void progress_end(struct progress *progress, uint64_t done);

#endif
