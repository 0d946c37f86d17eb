/* redis_tokens: the counts of tokens, a hash each. See redis_store.h. */
#include <stdlib.h>

#include "lib/base/hash.h"
#include "lib/base/must.h"
#include "plugins/Bayes/redis_store.h"

/* Counts of tokens less ARGV[2]; the field of one that comes to nothing goes. */
static const char forget_script[] =
	"for i = 1, #KEYS do "
	"if redis.call('HINCRBY', KEYS[i], ARGV[1], ARGV[2]) <= 0 then "
	"redis.call('HDEL', KEYS[i], ARGV[1]) "
	"elseif ARGV[3] ~= '0' then redis.call('EXPIRE', KEYS[i], ARGV[3]) end end";

static enum status receive_record(struct redis_store *store, struct deadline deadline,
				  struct token_record *out, struct why *why)
{
	struct redis_value answer;
	uint64_t spam, ham;

	*out = (struct token_record){0};
	if (redis_link_receive(&store->link, deadline, &answer, why) != STATUS_OK)
		return why->status;
	spam = redis_count_of(redis_value_at(&answer, 0));
	ham = redis_count_of(redis_value_at(&answer, 1));
	out->spam = spam > UINT32_MAX ? UINT32_MAX : (uint32_t)spam;
	out->ham = ham > UINT32_MAX ? UINT32_MAX : (uint32_t)ham;
	return STATUS_OK;
}

static void ask_record(struct redis_store *store, struct str key)
{
	REDIS_SEND(store, STR_LIT("HMGET"), key, STR_LIT("s"), STR_LIT("h"));
}

enum status redis_store_lookup(struct bayes_store *base, const struct token *tokens, size_t n,
			       struct token_record *out, struct why *why)
{
	struct redis_store *store = redis_of(base);
	struct deadline deadline = deadline_in_ms(REDIS_WAIT_MS);

	must(!store->n_queued);
	for (size_t i = 0; i < n; i++) {
		struct redis_key_text key = redis_token_text(tokens[i].key);
		ask_record(store, redis_text_of(&key));
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
	struct redis_number_text text = redis_number_text(ttl_s);

	if (ttl_s > 0)
		REDIS_QUEUE(store, STR_LIT("EXPIRE"), key, redis_digits(&text));
}

static void add_to_field(struct redis_store *store, struct str key, struct str field, int by)
{
	struct redis_number_text text = redis_number_text(by);

	if (by > 0)
		REDIS_QUEUE(store, STR_LIT("HINCRBY"), key, field, redis_digits(&text));
}

static void take_from_field(struct redis_store *store, const struct token *tokens, size_t n,
			    struct str field, int by)
{
	struct redis_key_text *keys = malloc((n + 1) * sizeof *keys);
	struct str *words = malloc((n + 6) * sizeof *words);
	struct redis_number_text n_keys = redis_number_text((int64_t)n),
				 change = redis_number_text(by),
				 ttl = redis_number_text(store->token_ttl_s);

	must(keys && words);
	words[0] = STR_LIT("EVAL");
	words[1] = str_from(forget_script);
	words[2] = redis_digits(&n_keys);
	for (size_t i = 0; i < n; i++) {
		keys[i] = redis_token_text(tokens[i].key);
		words[3 + i] = redis_text_of(&keys[i]);
	}
	words[n + 3] = field;
	words[n + 4] = redis_digits(&change);
	words[n + 5] = redis_digits(&ttl);
	redis_open_queue(store);
	redis_link_send(&store->link, n + 6, words);
	free(keys);
	free(words);
}

/* Sums of tokens and their times are not kept. */
enum status redis_store_change(struct bayes_store *base, const struct token *tokens, size_t n,
			       int spam, int ham, int64_t atime_s, struct bayes_totals *sums,
			       struct why *why)
{
	struct redis_store *store = redis_of(base);

	(void)atime_s, (void)sums, (void)why;
	for (size_t i = 0; i < n; i++) {
		struct redis_key_text key = redis_token_text(tokens[i].key);
		add_to_field(store, redis_text_of(&key), STR_LIT("s"), spam);
		add_to_field(store, redis_text_of(&key), STR_LIT("h"), ham);
		if (spam > 0 || ham > 0)
			queue_expiry(store, redis_text_of(&key), store->token_ttl_s);
	}
	if (spam < 0)
		take_from_field(store, tokens, n, STR_LIT("s"), spam);
	if (ham < 0)
		take_from_field(store, tokens, n, STR_LIT("h"), ham);
	return STATUS_OK;
}

enum status redis_store_touch(struct bayes_store *base, const struct token *tokens, size_t n,
			      int64_t atime_s, struct why *why)
{
	struct redis_store *store = redis_of(base);

	(void)atime_s, (void)why;
	for (size_t i = 0; i < n; i++) {
		struct redis_key_text key = redis_token_text(tokens[i].key);
		queue_expiry(store, redis_text_of(&key), store->token_ttl_s);
	}
	return STATUS_OK;
}

/* 0.7 to 1.7 of a time, so that what is restored together does not die together. */
static int64_t spread(int64_t ttl_s, struct str key)
{
	double share = (double)(hash64(key.ptr, key.len, 0) & 0xffff) / 0x10000;

	return (int64_t)((double)ttl_s * (0.7 + share));
}

enum status redis_store_token_put(struct bayes_store *base, const unsigned char *key,
				  const struct token_record *record, struct why *why)
{
	struct redis_store *store = redis_of(base);
	struct redis_key_text text = redis_token_text(key);
	struct redis_number_text spam = redis_number_text(record->spam),
				 ham = redis_number_text(record->ham);

	(void)why;
	if (record->spam)
		REDIS_QUEUE(store, STR_LIT("HSET"), redis_text_of(&text), STR_LIT("s"),
			    redis_digits(&spam));
	if (record->ham)
		REDIS_QUEUE(store, STR_LIT("HSET"), redis_text_of(&text), STR_LIT("h"),
			    redis_digits(&ham));
	queue_expiry(store, redis_text_of(&text), spread(store->token_ttl_s, redis_text_of(&text)));
	return STATUS_OK;
}

enum status redis_store_token_remove(struct bayes_store *base, const unsigned char *key,
				     struct why *why)
{
	struct redis_key_text text = redis_token_text(key);

	(void)why;
	REDIS_QUEUE(redis_of(base), STR_LIT("DEL"), redis_text_of(&text));
	return STATUS_OK;
}

/* --- all of them ------------------------------------------------------------------------------ */

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

enum status redis_store_walk_tokens(struct bayes_store *base, const unsigned char *from,
				    bayes_token_visit *visit, void *data, struct why *why)
{
	struct redis_store *store = redis_of(base);
	struct arena *arena = arena_new("redis", 0);
	struct str_vec all = {0}, keys = {0};
	bool goes_on = true;
	enum status status = redis_find_keys(store, arena, "w:*", &all, why);

	for (size_t i = 0; i < all.n && status == STATUS_OK; i++)
		if (all.items[i].len == sizeof(struct redis_key_text) &&
		    (!from || memcmp(all.items[i].ptr + 2, from, TOKEN_KEY_BYTES) >= 0))
			vec_push(arena, &keys, all.items[i]);
	for (size_t i = 0; i < keys.n && status == STATUS_OK && goes_on; i += REDIS_CHUNK_KEYS) {
		size_t n = keys.n - i < REDIS_CHUNK_KEYS ? keys.n - i : REDIS_CHUNK_KEYS;
		status = visit_tokens(store, keys.items + i, n, visit, data, &goes_on, why);
	}
	arena_free(arena);
	return status;
}
