/*
 * store_kv: tokens in a store of keys and values (lib/store).
 *	"t" + key of 5 bytes → spam, ham, access time: 4 bytes each, little-endian
 *	"s" + message id     → "s" or "h", and the whole id when it was too long for a key
 *	"v"                  → the totals, 8 bytes each, little-endian, in the order of field_of()
 */
#include <stdlib.h>

#include "lib/base/digest.h"
#include "lib/base/must.h"
#include "lib/store/store.h"
#include "plugins/Bayes/bayes_store.h"

enum { RECORD_BYTES = 12, N_TOTALS = 9, SEEN_KEY_BYTES_MAX = 440 };

struct kv_store {
	struct bayes_store store;
	struct store *kv;
	struct store_txn *txn;
};

static struct kv_store *kv_of(struct bayes_store *store)
{
	return (struct kv_store *)store;
}

/* --- bytes ------------------------------------------------------------------------------------ */

static void put_number(char *out, uint64_t value, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i++)
		out[i] = (char)(value >> (8 * i));
}

static uint64_t get_number(const char *bytes, size_t n_bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n_bytes; i++)
		value |= (uint64_t)(unsigned char)bytes[i] << (8 * i);
	return value;
}

struct token_key {
	char bytes[1 + TOKEN_KEY_BYTES];
};

static struct token_key key_of(const unsigned char *key)
{
	struct token_key result = {{'t'}};

	memcpy(result.bytes + 1, key, TOKEN_KEY_BYTES);
	return result;
}

static struct token_record record_of(struct str value)
{
	struct token_record record = {0};

	if (value.len == RECORD_BYTES) {
		record.spam = (uint32_t)get_number(value.ptr, 4);
		record.ham = (uint32_t)get_number(value.ptr + 4, 4);
		record.atime_s = (int64_t)get_number(value.ptr + 8, 4);
	}
	return record;
}

/* --- transactions ----------------------------------------------------------------------------- */

static void close_kv(struct bayes_store *store)
{
	if (kv_of(store)->txn)
		store_abort(kv_of(store)->txn);
	store_close(kv_of(store)->kv);
	free(store);
}

static enum status begin(struct bayes_store *store, bool writable, struct why *why)
{
	must(!kv_of(store)->txn);
	return store_begin_by(kv_of(store)->kv, writable, deadline_in_ms(store->write_wait_ms),
			      &kv_of(store)->txn, why);
}

static enum status begin_if_free(struct bayes_store *store, struct why *why)
{
	must(!kv_of(store)->txn);
	return store_begin_by(kv_of(store)->kv, true, DEADLINE_NOW, &kv_of(store)->txn, why);
}

static enum status commit(struct bayes_store *store, struct why *why)
{
	struct store_txn *txn = kv_of(store)->txn;

	kv_of(store)->txn = NULL;
	return store_commit(txn, why);
}

static void abort_kv(struct bayes_store *store)
{
	if (kv_of(store)->txn)
		store_abort(kv_of(store)->txn);
	kv_of(store)->txn = NULL;
}

/* --- totals ----------------------------------------------------------------------------------- */

static void totals_to_numbers(const struct bayes_totals *totals, uint64_t numbers[N_TOTALS])
{
	numbers[0] = totals->spam;
	numbers[1] = totals->ham;
	numbers[2] = totals->tokens;
	numbers[3] = (uint64_t)totals->oldest_s;
	numbers[4] = (uint64_t)totals->newest_s;
	numbers[5] = (uint64_t)totals->last_sync_s;
	numbers[6] = (uint64_t)totals->last_expire_s;
	numbers[7] = (uint64_t)totals->last_delta_s;
	numbers[8] = totals->last_reduction;
}

static enum status totals(struct bayes_store *store, struct bayes_totals *out, struct why *why)
{
	struct str value;
	uint64_t numbers[N_TOTALS];
	enum status status = store_get(kv_of(store)->txn, STR_LIT("v"), &value);

	*out = (struct bayes_totals){0};
	if (status == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (status != STATUS_OK || value.len != 8 * N_TOTALS)
		return why_set(why, STATUS_IO, "the totals cannot be read");
	for (size_t i = 0; i < N_TOTALS; i++)
		numbers[i] = get_number(value.ptr + 8 * i, 8);
	*out = (struct bayes_totals){
		.spam = numbers[0],
		.ham = numbers[1],
		.tokens = numbers[2],
		.oldest_s = (int64_t)numbers[3],
		.newest_s = (int64_t)numbers[4],
		.last_sync_s = (int64_t)numbers[5],
		.last_expire_s = (int64_t)numbers[6],
		.last_delta_s = (int64_t)numbers[7],
		.last_reduction = numbers[8],
	};
	return STATUS_OK;
}

static enum status totals_put(struct bayes_store *store, const struct bayes_totals *from,
			      struct why *why)
{
	uint64_t numbers[N_TOTALS];
	char bytes[8 * N_TOTALS];

	totals_to_numbers(from, numbers);
	for (size_t i = 0; i < N_TOTALS; i++)
		put_number(bytes + 8 * i, numbers[i], 8);
	return store_put(kv_of(store)->txn, STR_LIT("v"), str_make(bytes, sizeof bytes), why);
}

/* --- tokens ----------------------------------------------------------------------------------- */

static enum status get_record(struct bayes_store *store, const unsigned char *key,
			      struct token_record *out, struct why *why)
{
	struct token_key bytes = key_of(key);
	struct str value;
	enum status status =
		store_get(kv_of(store)->txn, str_make(bytes.bytes, sizeof bytes.bytes), &value);

	*out = (struct token_record){0};
	if (status == STATUS_OK)
		*out = record_of(value);
	else if (status != STATUS_NOT_FOUND)
		return why_set(why, STATUS_IO, "a token cannot be read");
	return STATUS_OK;
}

static enum status token_put(struct bayes_store *store, const unsigned char *key,
			     const struct token_record *record, struct why *why)
{
	struct token_key bytes = key_of(key);
	char value[RECORD_BYTES];

	put_number(value, record->spam, 4);
	put_number(value + 4, record->ham, 4);
	put_number(value + 8, (uint64_t)record->atime_s, 4);
	return store_put(kv_of(store)->txn, str_make(bytes.bytes, sizeof bytes.bytes),
			 str_make(value, sizeof value), why);
}

static enum status token_remove(struct bayes_store *store, const unsigned char *key,
				struct why *why)
{
	struct token_key bytes = key_of(key);

	return store_delete(kv_of(store)->txn, str_make(bytes.bytes, sizeof bytes.bytes), why);
}

static enum status lookup(struct bayes_store *store, const struct token *tokens, size_t n,
			  struct token_record *out, struct why *why)
{
	for (size_t i = 0; i < n; i++)
		if (get_record(store, tokens[i].key, &out[i], why) != STATUS_OK)
			return why->status;
	return STATUS_OK;
}

static enum status change(struct bayes_store *store, const struct token *tokens, size_t n, int spam,
			  int ham, int64_t atime_s, struct bayes_totals *sums, struct why *why)
{
	for (size_t i = 0; i < n; i++)
		if (bayes_change_one(store, get_record, tokens[i].key, spam, ham, atime_s, sums,
				     why) != STATUS_OK)
			return why->status;
	return STATUS_OK;
}

static enum status touch(struct bayes_store *store, const struct token *tokens, size_t n,
			 int64_t atime_s, struct why *why)
{
	struct bayes_totals sums;

	if (totals(store, &sums, why) != STATUS_OK)
		return why->status;
	for (size_t i = 0; i < n; i++) {
		struct token_record record;
		if (get_record(store, tokens[i].key, &record, why) != STATUS_OK)
			return why->status;
		if ((!record.spam && !record.ham) || record.atime_s >= atime_s)
			continue;
		record.atime_s = atime_s;
		if (token_put(store, tokens[i].key, &record, why) != STATUS_OK)
			return why->status;
	}
	if (atime_s <= sums.newest_s)
		return STATUS_OK;
	sums.newest_s = atime_s;
	return totals_put(store, &sums, why);
}

/* --- messages --------------------------------------------------------------------------------- */

/* The key in text; an id too long for one is told apart by its digest. */
static struct str seen_key(struct str id, char text[STORE_KEY_BYTES_MAX])
{
	char digest[2 * DIGEST_MAX_BYTES + 1];
	size_t len = id.len < SEEN_KEY_BYTES_MAX ? id.len : SEEN_KEY_BYTES_MAX;

	text[0] = 's';
	if (len)
		memcpy(text + 1, id.ptr, len);
	if (len == id.len)
		return str_make(text, len + 1);
	digest_hex(DIGEST_SHA1, id, digest);
	memcpy(text + 1 + len, digest, 40);
	return str_make(text, 1 + len + 40);
}

static enum status seen(struct bayes_store *store, struct str id, char *flag_out, struct why *why)
{
	char text[STORE_KEY_BYTES_MAX];
	struct str value;
	enum status status = store_get(kv_of(store)->txn, seen_key(id, text), &value);

	*flag_out = 0;
	if (status == STATUS_OK && value.len)
		*flag_out = value.ptr[0];
	else if (status != STATUS_OK && status != STATUS_NOT_FOUND)
		return why_set(why, STATUS_IO, "the messages learnt cannot be read");
	return STATUS_OK;
}

static enum status seen_put(struct bayes_store *store, struct str id, char flag, struct why *why)
{
	char text[STORE_KEY_BYTES_MAX];
	struct str key = seen_key(id, text);
	struct buf value;
	enum status status;

	if (!flag)
		return store_delete(kv_of(store)->txn, key, why);
	buf_init(&value, NULL);
	buf_add_char(&value, flag);
	if (id.len > SEEN_KEY_BYTES_MAX)
		buf_add_str(&value, id);
	status = store_put(kv_of(store)->txn, key, buf_str(&value), why);
	buf_free(&value);
	return status;
}

/* --- walks ------------------------------------------------------------------------------------ */

struct walk {
	bayes_token_visit *token;
	bayes_seen_visit *seen;
	void *data;
};

static bool visit_token(void *data, struct str key, struct str value)
{
	struct walk *walk = data;
	struct token_record record = record_of(value);

	return key.len == 1 + TOKEN_KEY_BYTES && key.ptr[0] == 't' &&
	       walk->token(walk->data, (const unsigned char *)key.ptr + 1, &record);
}

static bool visit_seen(void *data, struct str key, struct str value)
{
	struct walk *walk = data;

	if (!key.len || key.ptr[0] != 's' || !value.len)
		return false;
	return walk->seen(walk->data, value.len > 1 ? str_from_at(value, 1) : str_from_at(key, 1),
			  value.ptr[0]);
}

static enum status walk_tokens(struct bayes_store *store, const unsigned char *from,
			       bayes_token_visit *visit, void *data, struct why *why)
{
	static const unsigned char first[TOKEN_KEY_BYTES];
	struct token_key key = key_of(from ? from : first);
	struct walk walk = {.token = visit, .data = data};

	return store_walk(kv_of(store)->txn, str_make(key.bytes, sizeof key.bytes), visit_token,
			  &walk, why);
}

static enum status walk_seen(struct bayes_store *store, bayes_seen_visit *visit, void *data,
			     struct why *why)
{
	struct walk walk = {.seen = visit, .data = data};

	return store_walk(kv_of(store)->txn, STR_LIT("s"), visit_seen, &walk, why);
}

static enum status wipe(struct bayes_store *store, struct why *why)
{
	return store_wipe(kv_of(store)->txn, why);
}

static const struct bayes_store_def kv_def = {
	.close = close_kv,
	.begin = begin,
	.begin_if_free = begin_if_free,
	.commit = commit,
	.abort = abort_kv,
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

static struct bayes_store *make(struct store *kv)
{
	struct kv_store *store = calloc(1, sizeof *store);

	must(store);
	store->store.def = &kv_def;
	store->kv = kv;
	return &store->store;
}

enum status bayes_store_open_lmdb(const char *path, unsigned mode, bool create,
				  struct bayes_store **store_out, struct why *why)
{
	struct store *kv;
	enum status status = store_open_lmdb(path, mode, create, &kv, why);

	if (status == STATUS_OK)
		*store_out = make(kv);
	return status;
}

struct bayes_store *bayes_store_open_memory(void)
{
	return make(store_open_memory());
}
