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
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/buf.h"
#include "lib/base/hash.h"
#include "lib/base/log.h"
#include "lib/base/must.h"
#include "lib/base/number.h"
#include "plugins/Bayes/bayes_store.h"
#include "plugins/Bayes/redis_link.h"

enum { CHUNK_KEYS = 1000 };

/* Counts of tokens less ARGV[2]; the field of one that comes to nothing goes. */
static const char forget_script[] =
	"for i = 1, #KEYS do "
	"if redis.call('HINCRBY', KEYS[i], ARGV[1], ARGV[2]) <= 0 then "
	"redis.call('HDEL', KEYS[i], ARGV[1]) "
	"elseif ARGV[3] ~= '0' then redis.call('EXPIRE', KEYS[i], ARGV[3]) end end";

struct redis_store {
	struct bayes_store store;
	struct arena *arena;
	struct redis_link link;
	int64_t token_ttl_s, seen_ttl_s; /* 0: for ever */
	bool writable, watches, has_base;
	size_t n_queued;          /* commands behind MULTI */
	struct bayes_totals base; /* as they will be when all that is queued is done */
};

static struct redis_store *redis_of(struct bayes_store *store)
{
	return (struct redis_store *)store;
}

/* --- words ------------------------------------------------------------------------------------ */

struct key_text {
	char bytes[2 + TOKEN_KEY_BYTES];
};

static struct key_text token_text(const unsigned char *key)
{
	struct key_text text = {{'w', ':'}};

	memcpy(text.bytes + 2, key, TOKEN_KEY_BYTES);
	return text;
}

static struct str text_of(const struct key_text *key)
{
	return str_make(key->bytes, sizeof key->bytes);
}

struct number_text {
	char bytes[24];
	size_t len;
};

static struct number_text number_text(int64_t value)
{
	struct number_text text;

	text.len = (size_t)snprintf(text.bytes, sizeof text.bytes, "%lld", (long long)value);
	return text;
}

static struct str digits(const struct number_text *text)
{
	return str_make(text->bytes, text->len);
}

static uint64_t count_of(struct redis_value value)
{
	uint64_t number = 0;

	return number_u64(value.text, &number) ? number : 0;
}

/* --- transactions ----------------------------------------------------------------------------- */

static void send(struct redis_store *store, size_t n, const struct str *words)
{
	redis_link_send(&store->link, n, words);
}

#define SEND(store, ...)                                                                           \
	do {                                                                                       \
		const struct str send_words[] = {__VA_ARGS__};                                     \
		send((store), sizeof send_words / sizeof *send_words, send_words);                 \
	} while (0)

/* Before each command that writes. */
static void open_queue(struct redis_store *store)
{
	must(store->writable);
	if (store->n_queued == 0) {
		SEND(store, STR_LIT("MULTI"));
		SEND(store, STR_LIT("SETNX"), STR_LIT("v:DB_VERSION"), STR_LIT("3"));
		SEND(store, STR_LIT("SETNX"), STR_LIT("v:TOKEN_FORMAT"), STR_LIT("2"));
		store->n_queued = 2;
	}
	store->n_queued++;
}

#define QUEUE(store, ...)                                                                          \
	do {                                                                                       \
		open_queue(store);                                                                 \
		SEND(store, __VA_ARGS__);                                                          \
	} while (0)

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

	SEND(store, STR_LIT("EXEC"));
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
	*out = (struct bayes_totals){.spam = count_of(redis_value_at(&answer, 0)),
				     .ham = count_of(redis_value_at(&answer, 1))};
	store->base = *out;
	store->has_base = store->writable;
	return STATUS_OK;
}

static void move_total(struct redis_store *store, struct str name, uint64_t from, uint64_t to)
{
	struct number_text by = number_text((int64_t)(to - from));

	if (to != from)
		QUEUE(store, STR_LIT("INCRBY"), name, digits(&by));
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

/* --- tokens ----------------------------------------------------------------------------------- */

static enum status receive_record(struct redis_store *store, struct deadline deadline,
				  struct token_record *out, struct why *why)
{
	struct redis_value answer;
	uint64_t spam, ham;

	*out = (struct token_record){0};
	if (redis_link_receive(&store->link, deadline, &answer, why) != STATUS_OK)
		return why->status;
	spam = count_of(redis_value_at(&answer, 0));
	ham = count_of(redis_value_at(&answer, 1));
	out->spam = spam > UINT32_MAX ? UINT32_MAX : (uint32_t)spam;
	out->ham = ham > UINT32_MAX ? UINT32_MAX : (uint32_t)ham;
	return STATUS_OK;
}

static void ask_record(struct redis_store *store, struct str key)
{
	SEND(store, STR_LIT("HMGET"), key, STR_LIT("s"), STR_LIT("h"));
}

static enum status lookup(struct bayes_store *base, const struct token *tokens, size_t n,
			  struct token_record *out, struct why *why)
{
	struct redis_store *store = redis_of(base);
	struct deadline deadline = deadline_in_ms(REDIS_WAIT_MS);

	must(!store->n_queued);
	for (size_t i = 0; i < n; i++) {
		struct key_text key = token_text(tokens[i].key);
		ask_record(store, text_of(&key));
	}
	for (size_t i = 0; i < n; i++)
		if (receive_record(store, deadline, &out[i], why) != STATUS_OK) {
			redis_link_close(&store->link);
			return why->status;
		}
	return STATUS_OK;
}

static void queue_expiry(struct redis_store *store, struct str key, int64_t ttl_s)
{
	struct number_text text = number_text(ttl_s);

	if (ttl_s > 0)
		QUEUE(store, STR_LIT("EXPIRE"), key, digits(&text));
}

static void add_to_field(struct redis_store *store, struct str key, struct str field, int by)
{
	struct number_text text = number_text(by);

	if (by > 0)
		QUEUE(store, STR_LIT("HINCRBY"), key, field, digits(&text));
}

static void take_from_field(struct redis_store *store, const struct token *tokens, size_t n,
			    struct str field, int by)
{
	struct key_text *keys = malloc((n + 1) * sizeof *keys);
	struct str *words = malloc((n + 6) * sizeof *words);
	struct number_text n_keys = number_text((int64_t)n), change = number_text(by),
			   ttl = number_text(store->token_ttl_s);

	must(keys && words);
	words[0] = STR_LIT("EVAL");
	words[1] = str_from(forget_script);
	words[2] = digits(&n_keys);
	for (size_t i = 0; i < n; i++) {
		keys[i] = token_text(tokens[i].key);
		words[3 + i] = text_of(&keys[i]);
	}
	words[n + 3] = field;
	words[n + 4] = digits(&change);
	words[n + 5] = digits(&ttl);
	open_queue(store);
	send(store, n + 6, words);
	free(keys);
	free(words);
}

/* Sums of tokens and their times are not kept. */
static enum status change(struct bayes_store *base, const struct token *tokens, size_t n, int spam,
			  int ham, int64_t atime_s, struct bayes_totals *sums, struct why *why)
{
	struct redis_store *store = redis_of(base);

	(void)atime_s, (void)sums, (void)why;
	for (size_t i = 0; i < n; i++) {
		struct key_text key = token_text(tokens[i].key);
		add_to_field(store, text_of(&key), STR_LIT("s"), spam);
		add_to_field(store, text_of(&key), STR_LIT("h"), ham);
		if (spam > 0 || ham > 0)
			queue_expiry(store, text_of(&key), store->token_ttl_s);
	}
	if (spam < 0)
		take_from_field(store, tokens, n, STR_LIT("s"), spam);
	if (ham < 0)
		take_from_field(store, tokens, n, STR_LIT("h"), ham);
	return STATUS_OK;
}

static enum status touch(struct bayes_store *base, const struct token *tokens, size_t n,
			 int64_t atime_s, struct why *why)
{
	struct redis_store *store = redis_of(base);

	(void)atime_s, (void)why;
	for (size_t i = 0; i < n; i++) {
		struct key_text key = token_text(tokens[i].key);
		queue_expiry(store, text_of(&key), store->token_ttl_s);
	}
	return STATUS_OK;
}

/* 0.7 to 1.7 of a time, so that what is restored together does not die together. */
static int64_t spread(int64_t ttl_s, struct str key)
{
	double share = (double)(hash64(key.ptr, key.len, 0) & 0xffff) / 0x10000;

	return (int64_t)((double)ttl_s * (0.7 + share));
}

static enum status token_put(struct bayes_store *base, const unsigned char *key,
			     const struct token_record *record, struct why *why)
{
	struct redis_store *store = redis_of(base);
	struct key_text text = token_text(key);
	struct number_text spam = number_text(record->spam), ham = number_text(record->ham);

	(void)why;
	if (record->spam)
		QUEUE(store, STR_LIT("HSET"), text_of(&text), STR_LIT("s"), digits(&spam));
	if (record->ham)
		QUEUE(store, STR_LIT("HSET"), text_of(&text), STR_LIT("h"), digits(&ham));
	queue_expiry(store, text_of(&text), spread(store->token_ttl_s, text_of(&text)));
	return STATUS_OK;
}

static enum status token_remove(struct bayes_store *base, const unsigned char *key, struct why *why)
{
	struct key_text text = token_text(key);

	(void)why;
	QUEUE(redis_of(base), STR_LIT("DEL"), text_of(&text));
	return STATUS_OK;
}

/* --- messages --------------------------------------------------------------------------------- */

static struct str seen_key(struct buf *buf, struct str id)
{
	buf_init(buf, NULL);
	buf_add_cstr(buf, "s:");
	buf_add_str(buf, id);
	return buf_str(buf);
}

static enum status ask_seen(struct redis_store *store, struct str key, char *flag_out,
			    struct why *why)
{
	struct redis_value answer;
	struct deadline deadline = deadline_in_ms(REDIS_WAIT_MS);

	must(!store->n_queued);
	if (store->writable)
		SEND(store, STR_LIT("WATCH"), key);
	SEND(store, STR_LIT("GET"), key);
	if (store->writable &&
	    redis_link_receive(&store->link, deadline, &answer, why) != STATUS_OK)
		return why->status;
	store->watches = store->writable;
	if (redis_link_receive(&store->link, deadline, &answer, why) != STATUS_OK)
		return why->status;
	*flag_out = answer.text.len ? answer.text.ptr[0] : 0;
	return STATUS_OK;
}

static enum status seen(struct bayes_store *base, struct str id, char *flag_out, struct why *why)
{
	struct buf key;
	enum status status;

	*flag_out = 0;
	status = ask_seen(redis_of(base), seen_key(&key, id), flag_out, why);
	buf_free(&key);
	return status;
}

static enum status seen_put(struct bayes_store *base, struct str id, char flag, struct why *why)
{
	struct redis_store *store = redis_of(base);
	struct number_text ttl = number_text(store->seen_ttl_s);
	struct buf buf;
	struct str key = seen_key(&buf, id), value = str_make(&flag, 1);

	(void)why;
	if (!flag)
		QUEUE(store, STR_LIT("DEL"), key);
	else if (store->seen_ttl_s > 0)
		QUEUE(store, STR_LIT("SETEX"), key, digits(&ttl), value);
	else
		QUEUE(store, STR_LIT("SET"), key, value);
	buf_free(&buf);
	return STATUS_OK;
}

/* --- all of them ------------------------------------------------------------------------------ */

/* Keys that begin so, in order, each once; those made meanwhile may be missing. */
static enum status find_keys(struct redis_store *store, struct arena *arena, const char *pattern,
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

/* One chunk of keys; *goes_on false when the visitor has enough. */
static enum status visit_tokens(struct redis_store *store, const struct str *keys, size_t n,
				bayes_token_visit *visit, void *data, bool *goes_on,
				struct why *why)
{
	struct deadline deadline = deadline_in_ms(REDIS_WAIT_MS);
	struct token_record record;

	for (size_t i = 0; i < n; i++)
		ask_record(store, keys[i]);
	for (size_t i = 0; i < n; i++) {
		if (receive_record(store, deadline, &record, why) != STATUS_OK) {
			redis_link_close(&store->link);
			return why->status;
		}
		record.atime_s = clock_wall_s();
		if ((record.spam || record.ham) && *goes_on)
			*goes_on = visit(data, (const unsigned char *)keys[i].ptr + 2, &record);
	}
	return STATUS_OK;
}

static enum status walk_tokens(struct bayes_store *base, const unsigned char *from,
			       bayes_token_visit *visit, void *data, struct why *why)
{
	struct redis_store *store = redis_of(base);
	struct arena *arena = arena_new("redis", 0);
	struct str_vec all = {0}, keys = {0};
	bool goes_on = true;
	enum status status = find_keys(store, arena, "w:*", &all, why);

	for (size_t i = 0; i < all.n && status == STATUS_OK; i++)
		if (all.items[i].len == sizeof(struct key_text) &&
		    (!from || memcmp(all.items[i].ptr + 2, from, TOKEN_KEY_BYTES) >= 0))
			vec_push(arena, &keys, all.items[i]);
	for (size_t i = 0; i < keys.n && status == STATUS_OK && goes_on; i += CHUNK_KEYS) {
		size_t n = keys.n - i < CHUNK_KEYS ? keys.n - i : CHUNK_KEYS;
		status = visit_tokens(store, keys.items + i, n, visit, data, &goes_on, why);
	}
	arena_free(arena);
	return status;
}

static enum status visit_messages(struct redis_store *store, const struct str *keys, size_t n,
				  bayes_seen_visit *visit, void *data, bool *goes_on,
				  struct why *why)
{
	struct deadline deadline = deadline_in_ms(REDIS_WAIT_MS);
	struct redis_value answer;

	for (size_t i = 0; i < n; i++)
		SEND(store, STR_LIT("GET"), keys[i]);
	for (size_t i = 0; i < n; i++) {
		if (redis_link_receive(&store->link, deadline, &answer, why) != STATUS_OK) {
			redis_link_close(&store->link);
			return why->status;
		}
		if (answer.text.len && *goes_on)
			*goes_on = visit(data, str_from_at(keys[i], 2), answer.text.ptr[0]);
	}
	return STATUS_OK;
}

static enum status walk_seen(struct bayes_store *base, bayes_seen_visit *visit, void *data,
			     struct why *why)
{
	struct redis_store *store = redis_of(base);
	struct arena *arena = arena_new("redis", 0);
	struct str_vec keys = {0};
	bool goes_on = true;
	enum status status = find_keys(store, arena, "s:*", &keys, why);

	for (size_t i = 0; i < keys.n && status == STATUS_OK && goes_on; i += CHUNK_KEYS) {
		size_t n = keys.n - i < CHUNK_KEYS ? keys.n - i : CHUNK_KEYS;
		status = visit_messages(store, keys.items + i, n, visit, data, &goes_on, why);
	}
	arena_free(arena);
	return status;
}

static void queue_removal(struct redis_store *store, const struct str_vec *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		QUEUE(store, STR_LIT("DEL"), keys->items[i]);
}

/* Of our keys only: others may have theirs in the same database. */
static enum status wipe(struct bayes_store *base, struct why *why)
{
	struct redis_store *store = redis_of(base);
	struct arena *arena = arena_new("redis", 0);
	struct str_vec tokens = {0}, messages = {0};
	enum status status = find_keys(store, arena, "w:*", &tokens, why);

	if (status == STATUS_OK)
		status = find_keys(store, arena, "s:*", &messages, why);
	if (status == STATUS_OK) {
		queue_removal(store, &tokens);
		queue_removal(store, &messages);
		QUEUE(store, STR_LIT("MSET"), STR_LIT("v:DB_VERSION"), STR_LIT("3"),
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
	.lookup = lookup,
	.change = change,
	.touch = touch,
	.seen = seen,
	.seen_put = seen_put,
	.token_put = token_put,
	.token_remove = token_remove,
	.walk_tokens = walk_tokens,
	.walk_seen = walk_seen,
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
