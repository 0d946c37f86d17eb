/* batch: see batch.h. */
#include "plugins/Bayes/batch.h"

#include <stdlib.h>

#include "lib/base/map.h"
#include "lib/base/must.h"

struct lesson_note {
	struct str id;
	int64_t atime_s;
	char flag;
	bool is_known; /* by another process, meanwhile */
};
VEC_OF(lesson_note_vec, struct lesson_note);

/* One token of one lesson; the key as a number, so that it sorts fast. */
struct mention {
	uint64_t key;
	uint32_t lesson;
};
VEC_OF(mention_vec, struct mention);

struct batch {
	struct arena *arena;
	struct map *by_id; /* → "s" or "h" */
	struct lesson_note_vec lessons;
	struct mention_vec mentions;
};

static void make_empty(struct batch *batch)
{
	batch->by_id = map_new(batch->arena);
	batch->lessons = (struct lesson_note_vec){0};
	batch->mentions = (struct mention_vec){0};
}

struct batch *batch_new(void)
{
	struct batch *batch = calloc(1, sizeof *batch);

	must(batch);
	batch->arena = arena_new("batch", 0);
	make_empty(batch);
	return batch;
}

void batch_free(struct batch *batch)
{
	if (!batch)
		return;
	arena_free(batch->arena);
	free(batch);
}

char batch_seen(const struct batch *batch, struct str id)
{
	const char *flag = map_find(batch->by_id, id);

	return flag ? *flag : 0;
}

void batch_add(struct batch *batch, struct str id, char flag, const struct token *tokens, size_t n,
	       int64_t atime_s)
{
	static const char spam[] = "s", ham[] = "h";
	struct lesson_note note = {arena_str(batch->arena, id), atime_s, flag, false};

	vec_push(batch->arena, &batch->lessons, note);
	map_put(batch->by_id, note.id, (void *)(uintptr_t)(flag == 's' ? spam : ham));
	for (size_t i = 0; i < n; i++) {
		struct mention mention = {0, (uint32_t)batch->lessons.n - 1};
		for (size_t j = 0; j < TOKEN_KEY_BYTES; j++)
			mention.key = mention.key << 8 | tokens[i].key[j];
		vec_push(batch->arena, &batch->mentions, mention);
	}
}

bool batch_is_full(const struct batch *batch)
{
	return batch->lessons.n >= BATCH_MESSAGES_MAX || batch->mentions.n >= BATCH_TOKENS_MAX;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* By key, equal ones in the order of lessons: a radix sort, byte by byte from the last. */
static void sort_mentions(struct batch *batch)
{
	struct mention *from = batch->mentions.items;
	struct mention *to = ARENA_ARRAY(batch->arena, struct mention, batch->mentions.n + 1);

	for (unsigned shift = 0; shift < 8 * TOKEN_KEY_BYTES; shift += 8) {
		size_t starts[257] = {0};
		struct mention *swap = from;
		for (size_t i = 0; i < batch->mentions.n; i++)
			starts[(from[i].key >> shift & 0xff) + 1]++;
		for (size_t i = 1; i < 257; i++)
			starts[i] += starts[i - 1];
		for (size_t i = 0; i < batch->mentions.n; i++)
			to[starts[from[i].key >> shift & 0xff]++] = from[i];
		from = to;
		to = swap;
	}
	batch->mentions.items = from;
}

static enum status look_again(struct batch *batch, struct bayes_store *store, struct why *why)
{
	for (size_t i = 0; i < batch->lessons.n; i++) {
		struct lesson_note *note = &batch->lessons.items[i];
		char flag;
		if (store->def->seen(store, note->id, &flag, why) != STATUS_OK)
			return why->status;
		note->is_known = flag != 0;
	}
	return STATUS_OK;
}

static enum status write_lessons(const struct batch *batch, struct bayes_store *store,
				 struct bayes_totals *totals, struct why *why)
{
	for (size_t i = 0; i < batch->lessons.n; i++) {
		const struct lesson_note *note = &batch->lessons.items[i];
		if (note->is_known)
			continue;
		totals->spam += note->flag == 's';
		totals->ham += note->flag == 'h';
		if (store->def->seen_put(store, note->id, note->flag, why) != STATUS_OK)
			return why->status;
	}
	return STATUS_OK;
}

/* What all mentions of one token come to. */
struct sum {
	struct token token;
	int spam, ham;
	int64_t first_s, last_s; /* time of the first lesson, latest of all */
};

/* Of the mentions from at on; returns where those of the next token begin. */
static size_t sum_up(const struct batch *batch, size_t at, struct sum *sum)
{
	uint64_t key = batch->mentions.items[at].key;

	*sum = (struct sum){.token = {.text = STR_NONE}};
	for (size_t i = 0; i < TOKEN_KEY_BYTES; i++)
		sum->token.key[i] = (unsigned char)(key >> 8 * (TOKEN_KEY_BYTES - 1 - i));
	for (; at < batch->mentions.n && batch->mentions.items[at].key == key; at++) {
		const struct lesson_note *note =
			&batch->lessons.items[batch->mentions.items[at].lesson];
		if (note->is_known)
			continue;
		if (!sum->spam && !sum->ham)
			sum->first_s = note->atime_s;
		sum->spam += note->flag == 's';
		sum->ham += note->flag == 'h';
		sum->last_s = note->atime_s > sum->last_s ? note->atime_s : sum->last_s;
	}
	return at;
}

/* As if the lessons had come one by one: the oldest time is what the first of them left. */
static enum status write_sum(struct bayes_store *store, const struct sum *sum,
			     struct bayes_totals *totals, struct why *why)
{
	struct token_record record;
	int64_t first_s;

	if (store->def->lookup(store, &sum->token, 1, &record, why) != STATUS_OK)
		return why->status;
	totals->tokens += !record.spam && !record.ham;
	first_s = record.atime_s > sum->first_s ? record.atime_s : sum->first_s;
	token_record_change(&record, sum->spam, sum->ham, sum->last_s);
	if (!totals->oldest_s || first_s < totals->oldest_s)
		totals->oldest_s = first_s;
	if (record.atime_s > totals->newest_s)
		totals->newest_s = record.atime_s;
	return store->def->token_put(store, sum->token.key, &record, why);
}

static enum status write_tokens(const struct batch *batch, struct bayes_store *store,
				struct bayes_totals *totals, struct why *why)
{
	struct sum sum;

	for (size_t at = 0; at < batch->mentions.n;) {
		at = sum_up(batch, at, &sum);
		if ((sum.spam || sum.ham) && write_sum(store, &sum, totals, why) != STATUS_OK)
			return why->status;
	}
	return STATUS_OK;
}

static enum status write_all(struct batch *batch, struct bayes_store *store, struct why *why)
{
	struct bayes_totals totals;

	if (look_again(batch, store, why) != STATUS_OK ||
	    store->def->totals(store, &totals, why) != STATUS_OK ||
	    write_lessons(batch, store, &totals, why) != STATUS_OK ||
	    write_tokens(batch, store, &totals, why) != STATUS_OK)
		return why->status;
	return store->def->totals_put(store, &totals, why);
}

enum status batch_write(struct batch *batch, struct bayes_store *store, struct why *why)
{
	enum status status = STATUS_OK;

	if (batch->lessons.n) {
		sort_mentions(batch);
		status = store->def->begin(store, true, why);
	}
	if (batch->lessons.n && status == STATUS_OK) {
		status = write_all(batch, store, why);
		if (status == STATUS_OK)
			status = store->def->commit(store, why);
		else
			store->def->abort(store);
	}
	arena_reset(batch->arena);
	make_empty(batch);
	return status;
}
