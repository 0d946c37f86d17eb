/*
 * uses: which tokens scans have used, and when, noted in the process and written together. A
 * durable transaction for each message would cost more than its scan, and these times, that expiry
 * goes by, are in half days. What is noted and not yet written is lost with a process that is
 * killed.
 */
#ifndef WHORL_BAYES_USES_H
#define WHORL_BAYES_USES_H

#include "plugins/Bayes/bayes_store.h"

enum {
	USES_MAX = 4096,
	USES_PAUSE_MS = 5000, /* between two times of writing, unless there are too many */
};

struct uses;

struct uses *uses_new(void);
void uses_free(struct uses *uses);
/* Of one store. Beyond USES_MAX tokens are passed over: another message will have them. */
void uses_note(struct uses *uses, const struct token *tokens, size_t n, int64_t atime_s);
/* It is time to write. */
bool uses_are_due(const struct uses *uses);
/* What is noted, unless somebody else writes to the store now: then it stays noted. What the store
 * refuses is forgotten. */
void uses_write(struct uses *uses, struct bayes_store *store);
/* They are of a store that is left. */
void uses_forget(struct uses *uses);

#endif
