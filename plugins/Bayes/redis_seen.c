/* redis_seen: the messages that were learnt. See redis_store.h. */
#include "lib/base/buf.h"
#include "lib/base/must.h"
#include "plugins/Bayes/redis_store.h"

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
		REDIS_SEND(store, STR_LIT("WATCH"), key);
	REDIS_SEND(store, STR_LIT("GET"), key);
	if (store->writable &&
	    redis_link_receive(&store->link, deadline, &answer, why) != STATUS_OK)
		return why->status;
	store->watches = store->writable;
	if (redis_link_receive(&store->link, deadline, &answer, why) != STATUS_OK)
		return why->status;
	*flag_out = answer.text.len ? answer.text.ptr[0] : 0;
	return STATUS_OK;
}

enum status redis_store_seen(struct bayes_store *base, struct str id, char *flag_out,
			     struct why *why)
{
	struct buf key;
	enum status status;

	*flag_out = 0;
	status = ask_seen(redis_of(base), seen_key(&key, id), flag_out, why);
	buf_free(&key);
	return status;
}

enum status redis_store_seen_put(struct bayes_store *base, struct str id, char flag,
				 struct why *why)
{
	struct redis_store *store = redis_of(base);
	struct redis_number_text ttl = redis_number_text(store->seen_ttl_s);
	struct buf buf;
	struct str key = seen_key(&buf, id), value = str_make(&flag, 1);

	(void)why;
	if (!flag)
		REDIS_QUEUE(store, STR_LIT("DEL"), key);
	else if (store->seen_ttl_s > 0)
		REDIS_QUEUE(store, STR_LIT("SETEX"), key, redis_digits(&ttl), value);
	else
		REDIS_QUEUE(store, STR_LIT("SET"), key, value);
	buf_free(&buf);
	return STATUS_OK;
}

static enum status visit_messages(struct redis_store *store, const struct str *keys, size_t n,
				  bayes_seen_visit *visit, void *data, bool *goes_on,
				  struct why *why)
{
	struct deadline deadline = deadline_in_ms(REDIS_WAIT_MS);
	struct redis_value answer;

	for (size_t i = 0; i < n; i++)
		REDIS_SEND(store, STR_LIT("GET"), keys[i]);
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

enum status redis_store_walk_seen(struct bayes_store *base, bayes_seen_visit *visit, void *data,
				  struct why *why)
{
	struct redis_store *store = redis_of(base);
	struct arena *arena = arena_new("redis", 0);
	struct str_vec keys = {0};
	bool goes_on = true;
	enum status status = redis_find_keys(store, arena, "s:*", &keys, why);

	for (size_t i = 0; i < keys.n && status == STATUS_OK && goes_on; i += REDIS_CHUNK_KEYS) {
		size_t n = keys.n - i < REDIS_CHUNK_KEYS ? keys.n - i : REDIS_CHUNK_KEYS;
		status = visit_messages(store, keys.items + i, n, visit, data, &goes_on, why);
	}
	arena_free(arena);
	return status;
}
