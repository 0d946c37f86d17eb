/* records: what learning does to the counts of one token, whatever store they are in. */
#include "plugins/Bayes/bayes_store.h"

static uint32_t moved(uint32_t count, int by)
{
	int64_t result = (int64_t)count + by;

	return result < 0 ? 0 : result > UINT32_MAX ? UINT32_MAX : (uint32_t)result;
}

bool token_record_change(struct token_record *record, int spam, int ham, int64_t atime_s)
{
	record->spam = moved(record->spam, spam);
	record->ham = moved(record->ham, ham);
	if (atime_s > record->atime_s)
		record->atime_s = atime_s;
	return record->spam || record->ham;
}

enum status bayes_change_one(struct bayes_store *store,
			     enum status (*get)(struct bayes_store *store, const unsigned char *key,
						struct token_record *out, struct why *why),
			     const unsigned char *key, int spam, int ham, int64_t atime_s,
			     struct bayes_totals *sums, struct why *why)
{
	struct token_record record;
	bool was_there;

	if (get(store, key, &record, why) != STATUS_OK)
		return why->status;
	was_there = record.spam || record.ham;
	if (!token_record_change(&record, spam, ham, atime_s)) {
		sums->tokens -= was_there && sums->tokens;
		return was_there ? store->def->token_remove(store, key, why) : STATUS_OK;
	}
	sums->tokens += !was_there;
	if (record.atime_s > sums->newest_s)
		sums->newest_s = record.atime_s;
	if (!sums->oldest_s || record.atime_s < sums->oldest_s)
		sums->oldest_s = record.atime_s;
	return store->def->token_put(store, key, &record, why);
}
