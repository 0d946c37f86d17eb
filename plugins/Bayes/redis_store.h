/*
 * redis_store: what the files of the store in Redis share (store_redis.c).
 */
#ifndef WHORL_BAYES_REDIS_STORE_H
#define WHORL_BAYES_REDIS_STORE_H

#include <stdio.h>

#include "lib/base/number.h"
#include "plugins/Bayes/bayes_store.h"
#include "plugins/Bayes/redis_link.h"

enum { REDIS_CHUNK_KEYS = 1000 };

struct redis_store {
	struct bayes_store store;
	struct arena *arena;
	struct redis_link link;
	int64_t token_ttl_s, seen_ttl_s; /* 0: for ever */
	bool writable, watches, has_base;
	size_t n_queued;          /* commands behind MULTI */
	struct bayes_totals base; /* as they will be when all that is queued is done */
};

static inline struct redis_store *redis_of(struct bayes_store *store)
{
	return (struct redis_store *)store;
}

/* --- words --- */

struct redis_key_text {
	char bytes[2 + TOKEN_KEY_BYTES];
};

static inline struct redis_key_text redis_token_text(const unsigned char *key)
{
	struct redis_key_text text = {{'w', ':'}};

	memcpy(text.bytes + 2, key, TOKEN_KEY_BYTES);
	return text;
}

static inline struct str redis_text_of(const struct redis_key_text *key)
{
	return str_make(key->bytes, sizeof key->bytes);
}

struct redis_number_text {
	char bytes[24];
	size_t len;
};

static inline struct redis_number_text redis_number_text(int64_t value)
{
	struct redis_number_text text;

	text.len = (size_t)snprintf(text.bytes, sizeof text.bytes, "%lld", (long long)value);
	return text;
}

static inline struct str redis_digits(const struct redis_number_text *text)
{
	return str_make(text->bytes, text->len);
}

static inline uint64_t redis_count_of(struct redis_value value)
{
	uint64_t number = 0;

	return number_u64(value.text, &number) ? number : 0;
}

/* --- store_redis.c --- */
/* Before each command that writes. */
void redis_open_queue(struct redis_store *store);

#define REDIS_SEND(store, ...)                                                                     \
	do {                                                                                       \
		const struct str send_words[] = {__VA_ARGS__};                                     \
		redis_link_send(&(store)->link, sizeof send_words / sizeof *send_words,            \
				send_words);                                                       \
	} while (0)

#define REDIS_QUEUE(store, ...)                                                                    \
	do {                                                                                       \
		redis_open_queue(store);                                                           \
		REDIS_SEND(store, __VA_ARGS__);                                                    \
	} while (0)

/* Keys that begin so, in order, each once; those made meanwhile may be missing. */
enum status redis_find_keys(struct redis_store *store, struct arena *arena, const char *pattern,
			    struct str_vec *out, struct why *why);

/* --- redis_tokens.c --- */
enum status redis_store_lookup(struct bayes_store *base, const struct token *tokens, size_t n,
			       struct token_record *out, struct why *why);
enum status redis_store_change(struct bayes_store *base, const struct token *tokens, size_t n,
			       int spam, int ham, int64_t atime_s, struct bayes_totals *sums,
			       struct why *why);
enum status redis_store_touch(struct bayes_store *base, const struct token *tokens, size_t n,
			      int64_t atime_s, struct why *why);
enum status redis_store_token_put(struct bayes_store *base, const unsigned char *key,
				  const struct token_record *record, struct why *why);
enum status redis_store_token_remove(struct bayes_store *base, const unsigned char *key,
				     struct why *why);
enum status redis_store_walk_tokens(struct bayes_store *base, const unsigned char *from,
				    bayes_token_visit *visit, void *data, struct why *why);

/* --- redis_seen.c --- */
enum status redis_store_seen(struct bayes_store *base, struct str id, char *flag_out,
			     struct why *why);
enum status redis_store_seen_put(struct bayes_store *base, struct str id, char flag,
				 struct why *why);
enum status redis_store_walk_seen(struct bayes_store *base, bayes_seen_visit *visit, void *data,
				  struct why *why);

#endif
