/* odbc_seen: the messages that were learnt. See odbc.h. */
#include "plugins/Bayes/odbc.h"

enum { ID_BYTES = 200 /* of a message, as the table has it */ };

/* As the column takes it: no longer, and in no character set's way. */
static struct sql_value id_value(struct str id, char room[ID_BYTES])
{
	size_t len = id.len < ID_BYTES ? id.len : ID_BYTES;

	for (size_t i = 0; i < len; i++)
		room[i] = (unsigned char)id.ptr[i] >= 0x80 || !id.ptr[i] ? '?' : id.ptr[i];
	return odbc_text(str_make(room, len));
}

enum status odbc_seen(struct bayes_store *base, struct str id, char *flag_out, struct why *why)
{
	struct odbc_store *store = odbc_of(base);
	char room[ID_BYTES];
	bool row = false;

	*flag_out = 0;
	if (ODBC_ASK(store, "SELECT flag FROM bayes_seen WHERE id = ? AND msgid = ?", why,
		     odbc_integer(store->user_id), id_value(id, room)) != STATUS_OK ||
	    sql_next(store->sql, &row, why) != STATUS_OK)
		return why->status;
	if (row) {
		struct str flag = sql_text(store->sql, 0);
		*flag_out = flag.len ? flag.ptr[0] : 0;
	}
	return STATUS_OK;
}

/* A message that is forgotten was there a moment ago: else another learner was faster. */
static enum status seen_remove(struct odbc_store *store, struct sql_value id, struct why *why)
{
	if (ODBC_ASK(store, "DELETE FROM bayes_seen WHERE id = ? AND msgid = ?", why,
		     odbc_integer(store->user_id), id) != STATUS_OK)
		return why->status;
	return sql_changed(store->sql) || store->replaces
		       ? STATUS_OK
		       : why_set(why, STATUS_REFUSED, "another learner has the same message");
}

enum status odbc_seen_put(struct bayes_store *base, struct str id, char flag, struct why *why)
{
	struct odbc_store *store = odbc_of(base);
	char room[ID_BYTES];
	const char *query = store->replaces
				    ? store->texts.put_seen
				    : "INSERT INTO bayes_seen (id, msgid, flag) VALUES (?, ?, ?)";

	if (!flag)
		return seen_remove(store, id_value(id, room), why);
	return ODBC_ASK(store, query, why, odbc_integer(store->user_id), id_value(id, room),
			odbc_text(str_make(&flag, 1)));
}

/* Up to ODBC_WALK_ROWS ids behind *at, which moves to the last one; *goes_on false at the end. */
static enum status walk_some_seen(struct odbc_store *store, struct arena *arena, struct str *at,
				  bayes_seen_visit *visit, void *data, bool *goes_on,
				  struct why *why)
{
	struct str_vec ids = {0}, flags = {0};
	bool row = false;

	if (ODBC_ASK(store,
		     "SELECT msgid, flag FROM bayes_seen WHERE id = ? AND msgid > ? ORDER BY msgid "
		     "LIMIT 1000",
		     why, odbc_integer(store->user_id), odbc_text(*at)) != STATUS_OK)
		return why->status;
	while (sql_next(store->sql, &row, why) == STATUS_OK && row) {
		vec_push(arena, &ids, arena_str(arena, sql_text(store->sql, 0)));
		vec_push(arena, &flags, arena_str(arena, sql_text(store->sql, 1)));
	}
	if (row)
		return why->status;
	*goes_on = ids.n == ODBC_WALK_ROWS;
	for (size_t i = 0; i < ids.n; i++)
		if (flags.items[i].len && !visit(data, ids.items[i], flags.items[i].ptr[0])) {
			*goes_on = false;
			break;
		}
	if (ids.n)
		*at = ids.items[ids.n - 1];
	return STATUS_OK;
}

enum status odbc_walk_seen(struct bayes_store *base, bayes_seen_visit *visit, void *data,
			   struct why *why)
{
	struct arena *arena = arena_new("walk", 0);
	struct str at = STR_LIT("");
	bool goes_on = true;
	enum status status = STATUS_OK;

	while (goes_on && status == STATUS_OK)
		status = walk_some_seen(odbc_of(base), arena, &at, visit, data, &goes_on, why);
	arena_free(arena);
	return status;
}
