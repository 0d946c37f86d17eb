/* uses: see uses.h. */
#include "plugins/Bayes/uses.h"

#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/must.h"

struct uses {
	size_t n;
	int64_t written_ms; /* when, in monotonic time; 0: never */
	int64_t atimes_s[USES_MAX];
	struct token tokens[USES_MAX];
};

struct uses *uses_new(void)
{
	struct uses *uses = calloc(1, sizeof *uses);

	must(uses);
	return uses;
}

void uses_free(struct uses *uses)
{
	free(uses);
}

void uses_note(struct uses *uses, const struct token *tokens, size_t n, int64_t atime_s)
{
	for (size_t i = 0; i < n && uses->n < USES_MAX; i++) {
		uses->tokens[uses->n] = tokens[i];
		uses->tokens[uses->n].text = STR_NONE; /* it ends with its message */
		uses->atimes_s[uses->n++] = atime_s;
	}
}

bool uses_are_due(const struct uses *uses)
{
	return uses->n > USES_MAX / 2 ||
	       (uses->n && clock_mono_ms() - uses->written_ms >= USES_PAUSE_MS);
}

/* Tokens of one message have one time, and lie together. */
static enum status touch_all(const struct uses *uses, struct bayes_store *store, struct why *why)
{
	for (size_t from = 0, to; from < uses->n; from = to) {
		for (to = from + 1; to < uses->n && uses->atimes_s[to] == uses->atimes_s[from];)
			to++;
		if (store->def->touch(store, uses->tokens + from, to - from, uses->atimes_s[from],
				      why) != STATUS_OK)
			return why->status;
	}
	return STATUS_OK;
}

void uses_write(struct uses *uses, struct bayes_store *store)
{
	struct why why = {0};

	if (!uses->n)
		return;
	enum status status = store->def->begin_if_free ? store->def->begin_if_free(store, &why)
						       : store->def->begin(store, true, &why);
	if (status == STATUS_TIMEOUT)
		return;
	if (status == STATUS_OK) {
		if (touch_all(uses, store, &why) == STATUS_OK)
			store->def->commit(store, &why);
		else
			store->def->abort(store);
	}
	uses->n = 0;
	uses->written_ms = clock_mono_ms();
}

void uses_forget(struct uses *uses)
{
	uses->n = 0;
}
