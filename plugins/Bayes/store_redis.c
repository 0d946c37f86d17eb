/*
 * store_redis: tokens in Redis, in the keys of SpamAssassin (BayesStore/Redis.pm), so that several
 * machines, and Perl's learners, share them; one store for all users.
 *	w:KEY   hash of "s" and "h", the counts; dies when it was not used for bayes_token_ttl
 *	s:ID    "s" or "h"; dies after bayes_seen_ttl
 *	v:NSPAM v:NHAM v:DB_VERSION v:TOKEN_FORMAT
 * What a transaction writes is queued and sent as one MULTI … EXEC: all of it is done, or nothing.
 * The ids of messages that it looked at are watched: when another learner was faster with the same
 * message the commit says STATUS_REFUSED, and the caller begins again.
 */
#include <stdlib.h>

#include "lib/base/must.h"
#include "plugins/Bayes/redis_store.h"

/* --- transactions ----------------------------------------------------------------------------- */

/* Before each command that writes. */
void redis_open_queue(struct redis_store *store)
{
	must(store->writable);
	if (store->n_queued == 0) {
		REDIS_SEND(store, STR_LIT("MULTI"));
		REDIS_SEND(store, STR_LIT("SETNX"), STR_LIT("v:DB_VERSION"), STR_LIT("3"));
		REDIS_SEND(store, STR_LIT("SETNX"), STR_LIT("v:TOKEN_FORMAT"), STR_LIT("2"));
		store->n_queued = 2;
	}
	store->n_queued++;
}

static void close_redis(struct bayes_store *store)
{
	redis_link_close(&redis_of(store)->link);
	arena_free(redis_of(store)->arena);
	free(store);
}

static enum status begin(struct bayes_store *base, bool writable, struct why *why)
{
	struct redis_store *store = redis_of(base);

	store->writable = writable;
	store->watches = store->has_base = false;
	store->n_queued = 0;
	return redis_link_ready(&store->link, why);
}

static void end(struct redis_store *store)
{
	store->writable = store->watches = store->has_base = false;
	store->n_queued = 0;
}

/* What was queued and never sent goes with the connection. */
static void abort_redis(struct bayes_store *base)
{
	struct redis_store *store = redis_of(base);
	const struct str unwatch = STR_LIT("UNWATCH");
	struct redis_value answer;

	if (store->n_queued)
		redis_link_close(&store->link);
	else if (store->watches)
		redis_link_call(&store->link, 1, &unwatch, &answer, NULL);
	end(store);
}

/* The answer to EXEC: none when a watched key was written, else one for each command. */
static enum status check_done(const struct redis_value *answer, struct why *why)
{
	if (answer->kind != REDIS_LIST)
		return why_set(why, STATUS_REFUSED, "another learner has the same message");
	for (size_t i = 0; i < answer->n; i++) {
		struct redis_value value = redis_value_at(answer, i);
		if (value.kind == REDIS_ERROR)
			return why_set(why, STATUS_IO, "Redis: %.*s", STR_ARG(value.text));
	}
	return STATUS_OK;
}

static enum status execute(struct redis_store *store, struct why *why)
{
	struct deadline deadline = deadline_in_ms(REDIS_WAIT_MS + (int64_t)store->n_queued / 10);
	struct redis_value answer;
	struct why first = {0};
	enum status status = STATUS_OK;

	REDIS_SEND(store, STR_LIT("EXEC"));
	/* MULTI, what is queued, EXEC. */
	for (size_t i = 0; i < store->n_queued + 2; i++) {
		status = redis_link_receive(&store->link, deadline, &answer, why);
		if (status != STATUS_OK && status != STATUS_INVALID)
			return status;
		if (status == STATUS_INVALID && !first.status)
			first = *why;
	}
	if (first.status) {
		*why = first;
		return why->status;
	}
	return check_done(&answer, why);
}

static enum status commit(struct bayes_store *base, struct why *why)
{
	struct redis_store *store = redis_of(base);
	struct why own;
	enum status status = STATUS_OK;

	if (store->n_queued)
		status = execute(store, why ? why : &own);
	else
		abort_redis(base);
	end(store);
	return status;
}

/* --- totals ----------------------------------------------------------------------------------- */

static enum status totals(struct bayes_store *base, struct bayes_totals *out, struct why *why)
{
	const struct str words[] = {STR_LIT("MGET"), STR_LIT("v:NSPAM"), STR_LIT("v:NHAM")};
	struct redis_store *store = redis_of(base);
	struct redis_value answer;

	*out = store->base;
	if (store->has_base)
		return STATUS_OK;
	if (redis_link_call(&store->link, 3, words, &answer, why) != STATUS_OK)
		return why->status;
	*out = (struct bayes_totals){.spam = redis_count_of(redis_value_at(&answer, 0)),
				     .ham = redis_count_of(redis_value_at(&answer, 1))};
	store->base = *out;
	store->has_base = store->writable;
	return STATUS_OK;
}

static void move_total(struct redis_store *store, struct str name, uint64_t from, uint64_t to)
{
	struct redis_number_text by = redis_number_text((int64_t)(to - from));

	if (to != from)
		REDIS_QUEUE(store, STR_LIT("INCRBY"), name, redis_digits(&by));
}

/* As a difference, so that learners elsewhere may count as well. */
static enum status totals_put(struct bayes_store *base, const struct bayes_totals *from,
			      struct why *why)
{
	struct redis_store *store = redis_of(base);
	struct bayes_totals old;

	if (totals(base, &old, why) != STATUS_OK)
		return why->status;
	move_total(store, STR_LIT("v:NSPAM"), old.spam, from->spam);
	move_total(store, STR_LIT("v:NHAM"), old.ham, from->ham);
	store->base = *from;
	return STATUS_OK;
}

/* --- all of them ------------------------------------------------------------------------------ */

/* Keys that begin so, in order, each once; those made meanwhile may be missing. */
enum status redis_find_keys(struct redis_store *store, struct arena *arena, const char *pattern,
			    struct str_vec *out, struct why *why)
{
	struct str cursor = STR_LIT("0");
	size_t n = 0;

	must(!store->n_queued);
	do {
		const struct str words[] = {STR_LIT("SCAN"),   cursor,           STR_LIT("MATCH"),
					    str_from(pattern), STR_LIT("COUNT"), STR_LIT("1000")};
		struct redis_value answer, keys;
		if (redis_link_call(&store->link, 6, words, &answer, why) != STATUS_OK)
			return why->status;
		cursor = arena_str(arena, redis_value_at(&answer, 0).text);
		keys = redis_value_at(&answer, 1);
		for (size_t i = 0; i < keys.n; i++)
			vec_push(arena, out, arena_str(arena, redis_value_at(&keys, i).text));
	} while (cursor.len && !str_eq_c(cursor, "0"));
	str_vec_sort(out);
	for (size_t i = 0; i < out->n; i++)
		if (n == 0 || !str_eq(out->items[n - 1], out->items[i]))
			out->items[n++] = out->items[i];
	out->n = n;
	return STATUS_OK;
}

static void queue_removal(struct redis_store *store, const struct str_vec *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		REDIS_QUEUE(store, STR_LIT("DEL"), keys->items[i]);
}

/* Of our keys only: others may have theirs in the same database. */
static enum status wipe(struct bayes_store *base, struct why *why)
{
	struct redis_store *store = redis_of(base);
	struct arena *arena = arena_new("redis", 0);
	struct str_vec tokens = {0}, messages = {0};
	enum status status = redis_find_keys(store, arena, "w:*", &tokens, why);

	if (status == STATUS_OK)
		status = redis_find_keys(store, arena, "s:*", &messages, why);
	if (status == STATUS_OK) {
		queue_removal(store, &tokens);
		queue_removal(store, &messages);
		REDIS_QUEUE(store, STR_LIT("MSET"), STR_LIT("v:DB_VERSION"), STR_LIT("3"),
			    STR_LIT("v:NSPAM"), STR_LIT("0"), STR_LIT("v:NHAM"), STR_LIT("0"),
			    STR_LIT("v:TOKEN_FORMAT"), STR_LIT("2"));
		store->base = (struct bayes_totals){0};
		store->has_base = true;
	}
	arena_free(arena);
	return status;
}

static const struct bayes_store_def redis_def = {
	.commits_each = true,
	.close = close_redis,
	.begin = begin,
	.commit = commit,
	.abort = abort_redis,
	.totals = totals,
	.totals_put = totals_put,
	.lookup = redis_store_lookup,
	.change = redis_store_change,
	.touch = redis_store_touch,
	.seen = redis_store_seen,
	.seen_put = redis_store_seen_put,
	.token_put = redis_store_token_put,
	.token_remove = redis_store_token_remove,
	.walk_tokens = redis_store_walk_tokens,
	.walk_seen = redis_store_walk_seen,
	.wipe = wipe,
};

enum status bayes_store_open_redis(struct str dsn, int64_t token_ttl_s, int64_t seen_ttl_s,
				   struct bayes_store **store_out, struct why *why)
{
	struct redis_store *store = calloc(1, sizeof *store);
	enum status status;

	must(store);
	store->store.def = &redis_def;
	store->arena = arena_new("bayes redis", 0);
	store->token_ttl_s = token_ttl_s;
	store->seen_ttl_s = seen_ttl_s;
	status = redis_link_parse(store->arena, dsn, &store->link, why);
	if (status != STATUS_OK) {
		close_redis(&store->store);
		return status;
	}
	*store_out = &store->store;
	return STATUS_OK;
}
