/*
 * store_odbc: tokens in SpamAssassin's tables (BayesStore/SQL.pm, MySQL.pm, PgSQL.pm) in PostgreSQL
 * or MySQL, which the administrator has made; the rows of one user. Counts change by differences in
 * one transaction a message, so that learners on other machines, and Perl's, may count as well.
 */
#include <stdlib.h>

#include "lib/base/buf.h"
#include "lib/base/must.h"
#include "lib/query/connection.h"
#include "plugins/Bayes/bayes_store.h"

enum {
	WAIT_MS = 5000,  /* for a connection */
	RETRY_MS = 5000, /* from a failure to the next try */
	IN_TOKENS = 100, /* in one list */
	WALK_ROWS = 1000,
	ID_BYTES = 200, /* of a message, as the table has it */
	NO_OLDEST = 2147483647,
	COLUMNS = 5,
};

static const size_t row_steps[] = {64, 8, 1}; /* of tokens in one statement that puts them */
enum { N_STEPS = sizeof row_steps / sizeof *row_steps };

/* Texts that differ from one database to the other, and those with lists in them. */
struct texts {
	const char *add[N_STEPS]; /* counts of that many tokens */
	const char *put_token, *put_seen;
	const char *lookup, *take, *clean, *touch;
};

struct odbc_store {
	struct bayes_store store;
	struct arena *arena;
	struct str dsn, login, password, user;
	struct sql *sql; /* NULL: there is no connection */
	struct texts texts;
	int32_t user_id;          /* 0: not there yet */
	struct bayes_totals base; /* as they will be when this transaction is done */
	bool replaces;            /* everything: what comes twice counts as it came last */
	struct deadline not_before;
	struct why last; /* why there is no connection */
};

static struct odbc_store *odbc_of(struct bayes_store *store)
{
	return (struct odbc_store *)store;
}

/* --- values ----------------------------------------------------------------------------------- */

static struct sql_value integer(int64_t value)
{
	return (struct sql_value){.kind = SQL_VALUE_INTEGER,
				  .integer = value > INT32_MAX   ? INT32_MAX
					     : value < INT32_MIN ? INT32_MIN
								 : (int32_t)value};
}

static struct sql_value text(struct str value)
{
	return (struct sql_value){.kind = SQL_VALUE_TEXT, .text = value};
}

static struct sql_value bytes(const unsigned char *key)
{
	return (struct sql_value){.kind = SQL_VALUE_BYTES,
				  .text = str_make((const char *)key, TOKEN_KEY_BYTES)};
}

#define ASK(store, query, why, ...)                                                                \
	sql_ask((store)->sql, (query), (const struct sql_value[]){__VA_ARGS__},                    \
		sizeof((const struct sql_value[]){__VA_ARGS__}) / sizeof(struct sql_value), (why))

/* --- texts ------------------------------------------------------------------------------------ */

/* head, then n times item with commas between, then tail. */
static const char *listed(struct arena *arena, const char *head, const char *item, size_t n,
			  const char *tail)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add_cstr(&out, head);
	for (size_t i = 0; i < n; i++) {
		buf_add_cstr(&out, i ? ", " : "");
		buf_add_cstr(&out, item);
	}
	buf_add_cstr(&out, tail);
	return buf_cstr(&out);
}

static const char add_head[] =
	"INSERT INTO bayes_token (id, token, spam_count, ham_count, atime) VALUES ";
static const char row_item[] = "(?, ?, ?, ?, ?)";

static void make_add_texts(struct arena *arena, struct texts *texts, const char *tail)
{
	for (size_t i = 0; i < N_STEPS; i++)
		texts->add[i] = listed(arena, add_head, row_item, row_steps[i], tail);
}

static void make_texts(struct arena *arena, enum sql_kind kind, struct texts *texts)
{
	texts->lookup = listed(arena,
			       "SELECT token, spam_count, ham_count, atime FROM bayes_token WHERE "
			       "id = ? AND token IN (",
			       "?", IN_TOKENS, ")");
	texts->take = listed(arena,
			     "UPDATE bayes_token SET spam_count = GREATEST(spam_count + ?, 0), "
			     "ham_count = GREATEST(ham_count + ?, 0) WHERE id = ? AND token IN (",
			     "?", IN_TOKENS, ")");
	texts->clean = listed(arena,
			      "DELETE FROM bayes_token WHERE spam_count <= 0 AND ham_count <= 0 "
			      "AND id = ? AND token IN (",
			      "?", IN_TOKENS, ")");
	texts->touch = listed(arena,
			      "UPDATE bayes_token SET atime = ? WHERE atime < ? AND id = ? AND "
			      "token IN (",
			      "?", IN_TOKENS, ")");
	if (kind == SQL_KIND_MYSQL) {
		make_add_texts(arena, texts,
			       " ON DUPLICATE KEY UPDATE spam_count = spam_count + "
			       "VALUES(spam_count), ham_count = ham_count + VALUES(ham_count), "
			       "atime = GREATEST(atime, VALUES(atime))");
		texts->put_token = "REPLACE INTO bayes_token (id, token, spam_count, ham_count, "
				   "atime) VALUES (?, ?, ?, ?, ?)";
		texts->put_seen = "REPLACE INTO bayes_seen (id, msgid, flag) VALUES (?, ?, ?)";
		return;
	}
	/* xmax is 0 in a row that this statement has made. */
	make_add_texts(arena, texts,
		       " ON CONFLICT (id, token) DO UPDATE SET spam_count = bayes_token.spam_count "
		       "+ excluded.spam_count, ham_count = bayes_token.ham_count + "
		       "excluded.ham_count, atime = GREATEST(bayes_token.atime, excluded.atime) "
		       "RETURNING CASE WHEN xmax = 0 THEN 1 ELSE 0 END");
	texts->put_token = "INSERT INTO bayes_token (id, token, spam_count, ham_count, atime) "
			   "VALUES (?, ?, ?, ?, ?) ON CONFLICT (id, token) DO UPDATE SET "
			   "spam_count = excluded.spam_count, ham_count = excluded.ham_count, "
			   "atime = excluded.atime";
	texts->put_seen = "INSERT INTO bayes_seen (id, msgid, flag) VALUES (?, ?, ?) ON CONFLICT "
			  "(id, msgid) DO UPDATE SET flag = excluded.flag";
}

/* --- the connection --------------------------------------------------------------------------- */

static void disconnect(struct odbc_store *store)
{
	if (store->sql)
		sql_close(store->sql);
	store->sql = NULL;
	store->user_id = 0;
}

static enum status check_version(struct odbc_store *store, struct why *why)
{
	bool row = false;
	enum status status = sql_ask(
		store->sql, "SELECT value FROM bayes_global_vars WHERE variable = 'VERSION'", NULL,
		0, why);

	if (status == STATUS_NOT_FOUND)
		return why_set(why, STATUS_IO,
			       "the database has not SpamAssassin's tables for Bayes");
	if (status == STATUS_OK)
		status = sql_next(store->sql, &row, why);
	if (status != STATUS_OK)
		return status;
	if (!row || !str_eq_c(sql_text(store->sql, 0), "3"))
		return why_set(why, STATUS_UNSUPPORTED,
			       "the tables for Bayes are not those of version 3");
	return STATUS_OK;
}

static enum status find_user(struct odbc_store *store, struct why *why)
{
	bool row = false;

	if (ASK(store, "SELECT id FROM bayes_vars WHERE username = ?", why, text(store->user)) !=
		    STATUS_OK ||
	    sql_next(store->sql, &row, why) != STATUS_OK)
		return why->status;
	store->user_id = row ? (int32_t)sql_integer(store->sql, 0) : 0;
	return STATUS_OK;
}

/* Another process may do so at the same time. */
static enum status make_user(struct odbc_store *store, struct why *why)
{
	enum status status =
		ASK(store, "INSERT INTO bayes_vars (username) VALUES (?)", why, text(store->user));

	if (status != STATUS_OK && status != STATUS_REFUSED)
		return status;
	return find_user(store, why);
}

/* How long one statement may take, where the driver does not see to it. */
static enum status limit_waits(struct odbc_store *store, struct why *why)
{
	switch (sql_kind(store->sql)) {
	case SQL_KIND_POSTGRESQL:
		return sql_ask(store->sql, "SET statement_timeout = 10000", NULL, 0, why);
	case SQL_KIND_MYSQL:
		return sql_ask(store->sql, "SET SESSION innodb_lock_wait_timeout = 10", NULL, 0,
			       why);
	default:
		return STATUS_OK;
	}
}

static enum status connect_anew(struct odbc_store *store, struct why *why)
{
	enum status status = sql_open(store->dsn, store->login, store->password,
				      deadline_in_ms(WAIT_MS), &store->sql, why);

	if (status == STATUS_OK)
		status = limit_waits(store, why);
	if (status == STATUS_OK)
		status = check_version(store, why);
	if (status == STATUS_OK)
		status = find_user(store, why);
	if (status == STATUS_OK) {
		make_texts(store->arena, sql_kind(store->sql), &store->texts);
		return STATUS_OK;
	}
	disconnect(store);
	store->last = *why;
	store->not_before = deadline_in_ms(RETRY_MS);
	return status;
}

static enum status make_ready(struct odbc_store *store, struct why *why)
{
	if (store->sql && !sql_is_lost(store->sql))
		return STATUS_OK;
	disconnect(store);
	if (store->not_before.at_ms && !deadline_passed(store->not_before)) {
		*why = store->last;
		return why_context(why, "not tried again yet");
	}
	return connect_anew(store, why);
}

/* --- transactions ----------------------------------------------------------------------------- */

static void close_odbc(struct bayes_store *base)
{
	disconnect(odbc_of(base));
	arena_free(odbc_of(base)->arena);
	free(base);
}

static uint64_t count_at(struct sql *sql, unsigned at)
{
	int64_t value = sql_integer(sql, at);

	return value < 0 ? 0 : (uint64_t)value;
}

static enum status read_totals(struct odbc_store *store, struct why *why)
{
	struct sql *sql = store->sql;
	struct bayes_totals *out = &store->base;
	bool row = false;

	*out = (struct bayes_totals){0};
	if (ASK(store,
		"SELECT spam_count, ham_count, token_count, oldest_token_age, newest_token_age, "
		"last_expire, last_atime_delta, last_expire_reduce FROM bayes_vars WHERE id = ?",
		why, integer(store->user_id)) != STATUS_OK ||
	    sql_next(sql, &row, why) != STATUS_OK)
		return why->status;
	if (!row)
		return STATUS_OK;
	out->spam = count_at(sql, 0);
	out->ham = count_at(sql, 1);
	out->tokens = count_at(sql, 2);
	out->oldest_s = sql_integer(sql, 3);
	out->newest_s = sql_integer(sql, 4);
	out->last_expire_s = sql_integer(sql, 5);
	out->last_delta_s = sql_integer(sql, 6);
	out->last_reduction = count_at(sql, 7);
	if (out->oldest_s == NO_OLDEST)
		out->oldest_s = 0;
	return STATUS_OK;
}

static enum status begin_once(struct odbc_store *store, bool writable, struct why *why)
{
	enum status status = make_ready(store, why);

	if (status == STATUS_OK && writable && !store->user_id)
		status = make_user(store, why);
	if (status == STATUS_OK)
		status = sql_begin(store->sql, why);
	if (status == STATUS_OK && read_totals(store, why) != STATUS_OK) {
		status = why->status;
		sql_end(store->sql, false, NULL);
	}
	return status;
}

/* A connection that was lost since the last time is made again at once. */
static enum status begin(struct bayes_store *base, bool writable, struct why *why)
{
	struct odbc_store *store = odbc_of(base);
	bool was_there = store->sql != NULL;
	struct why own;
	enum status status;

	why = why ? why : &own;
	store->replaces = false;
	status = begin_once(store, writable, why);
	if (status != STATUS_OK && was_there && store->sql && sql_is_lost(store->sql))
		status = begin_once(store, writable, why);
	return status;
}

static void abort_odbc(struct bayes_store *base)
{
	if (odbc_of(base)->sql)
		sql_end(odbc_of(base)->sql, false, NULL);
}

static enum status commit(struct bayes_store *base, struct why *why)
{
	return sql_end(odbc_of(base)->sql, true, why);
}

/* --- totals ----------------------------------------------------------------------------------- */

static enum status totals(struct bayes_store *base, struct bayes_totals *out, struct why *why)
{
	(void)why;
	*out = odbc_of(base)->base;
	return STATUS_OK;
}

static int64_t difference(uint64_t to, uint64_t from)
{
	return (int64_t)(to - from);
}

/* What expiry and restoring set, as it is. */
static enum status put_times(struct odbc_store *store, const struct bayes_totals *from,
			     struct why *why)
{
	return ASK(store,
		   "UPDATE bayes_vars SET oldest_token_age = ?, newest_token_age = ?, last_expire "
		   "= ?, last_atime_delta = ?, last_expire_reduce = ? WHERE id = ?",
		   why, integer(from->oldest_s ? from->oldest_s : NO_OLDEST),
		   integer(from->newest_s), integer(from->last_expire_s),
		   integer(from->last_delta_s), integer((int64_t)from->last_reduction),
		   integer(store->user_id));
}

static enum status totals_put(struct bayes_store *base, const struct bayes_totals *from,
			      struct why *why)
{
	struct odbc_store *store = odbc_of(base);
	const struct bayes_totals old = store->base;
	bool sets_times = store->replaces || from->last_expire_s != old.last_expire_s ||
			  from->last_reduction != old.last_reduction;

	store->base = *from;
	if (ASK(store,
		"UPDATE bayes_vars SET spam_count = GREATEST(spam_count + ?, 0), ham_count = "
		"GREATEST(ham_count + ?, 0), token_count = GREATEST(token_count + ?, 0), "
		"newest_token_age = GREATEST(newest_token_age, ?), oldest_token_age = "
		"LEAST(oldest_token_age, ?) WHERE id = ?",
		why, integer(difference(from->spam, old.spam)),
		integer(difference(from->ham, old.ham)),
		integer(difference(from->tokens, old.tokens)), integer(from->newest_s),
		integer(from->oldest_s ? from->oldest_s : NO_OLDEST),
		integer(store->user_id)) != STATUS_OK)
		return why->status;
	return sets_times ? put_times(store, from, why) : STATUS_OK;
}

/* --- tokens ----------------------------------------------------------------------------------- */

/* The keys of at most IN_TOKENS tokens into values; the last one again and again to fill up. */
static size_t list_keys(const struct token *tokens, size_t n, struct sql_value *values)
{
	size_t n_used = n < IN_TOKENS ? n : IN_TOKENS;

	for (size_t i = 0; i < IN_TOKENS; i++)
		values[i] = bytes(tokens[i < n_used ? i : n_used - 1].key);
	return n_used;
}

static void take_row(struct sql *sql, const struct token *tokens, size_t n,
		     struct token_record *out)
{
	struct str key = sql_bytes(sql, 0);
	unsigned char copy[TOKEN_KEY_BYTES] = {0};
	struct token_record record;

	memcpy(copy, key.ptr ? key.ptr : "", key.len < sizeof copy ? key.len : sizeof copy);
	record.spam = (uint32_t)count_at(sql, 1);
	record.ham = (uint32_t)count_at(sql, 2);
	record.atime_s = sql_integer(sql, 3);
	for (size_t i = 0; i < n; i++)
		if (memcmp(tokens[i].key, copy, TOKEN_KEY_BYTES) == 0)
			out[i] = record;
}

static enum status lookup(struct bayes_store *base, const struct token *tokens, size_t n,
			  struct token_record *out, struct why *why)
{
	struct odbc_store *store = odbc_of(base);
	struct sql_value values[1 + IN_TOKENS] = {integer(store->user_id)};
	size_t n_used;
	bool row;

	for (size_t i = 0; i < n; i++)
		out[i] = (struct token_record){0};
	for (size_t i = 0; i < n; i += n_used) {
		n_used = list_keys(tokens + i, n - i, values + 1);
		if (sql_ask(store->sql, store->texts.lookup, values, 1 + IN_TOKENS, why) !=
		    STATUS_OK)
			return why->status;
		while (sql_next(store->sql, &row, why) == STATUS_OK && row)
			take_row(store->sql, tokens + i, n_used, out + i);
		if (row)
			return why->status;
	}
	return STATUS_OK;
}

/* How many of the rows are new ones. */
static enum status count_new(struct odbc_store *store, size_t n, uint64_t *n_new, struct why *why)
{
	bool row;

	if (sql_kind(store->sql) == SQL_KIND_MYSQL) {
		/* 1 for a new row, 2 for one that was changed. */
		size_t changed = sql_changed(store->sql);
		*n_new += changed <= 2 * n ? 2 * n - changed : 0;
		return STATUS_OK;
	}
	for (;;) {
		if (sql_next(store->sql, &row, why) != STATUS_OK)
			return why->status;
		if (!row)
			return STATUS_OK;
		*n_new += sql_integer(store->sql, 0) != 0;
	}
}

static enum status add_rows(struct odbc_store *store, size_t step, const struct token *tokens,
			    int spam, int ham, int64_t atime_s, uint64_t *n_new, struct why *why)
{
	struct sql_value values[64 * COLUMNS];
	size_t n = row_steps[step];

	for (size_t i = 0; i < n; i++) {
		values[COLUMNS * i] = integer(store->user_id);
		values[COLUMNS * i + 1] = bytes(tokens[i].key);
		values[COLUMNS * i + 2] = integer(spam);
		values[COLUMNS * i + 3] = integer(ham);
		values[COLUMNS * i + 4] = integer(atime_s);
	}
	if (sql_ask(store->sql, store->texts.add[step], values, COLUMNS * n, why) != STATUS_OK)
		return why->status;
	return count_new(store, n, n_new, why);
}

static enum status add_counts(struct odbc_store *store, const struct token *tokens, size_t n,
			      int spam, int ham, int64_t atime_s, struct bayes_totals *sums,
			      struct why *why)
{
	for (size_t step = 0; step < N_STEPS; step++)
		for (; n >= row_steps[step]; tokens += row_steps[step], n -= row_steps[step])
			if (add_rows(store, step, tokens, spam, ham, atime_s, &sums->tokens, why) !=
			    STATUS_OK)
				return why->status;
	if (atime_s > sums->newest_s)
		sums->newest_s = atime_s;
	if (atime_s > 0 && (!sums->oldest_s || atime_s < sums->oldest_s))
		sums->oldest_s = atime_s;
	return STATUS_OK;
}

static enum status take_counts(struct odbc_store *store, const struct token *tokens, size_t n,
			       int spam, int ham, struct bayes_totals *sums, struct why *why)
{
	struct sql_value values[3 + IN_TOKENS] = {integer(spam), integer(ham),
						  integer(store->user_id)};
	size_t n_used;

	for (size_t i = 0; i < n; i += n_used) {
		n_used = list_keys(tokens + i, n - i, values + 3);
		if (sql_ask(store->sql, store->texts.take, values, 3 + IN_TOKENS, why) !=
			    STATUS_OK ||
		    sql_ask(store->sql, store->texts.clean, values + 2, 1 + IN_TOKENS, why) !=
			    STATUS_OK)
			return why->status;
		uint64_t gone = sql_changed(store->sql);
		sums->tokens -= gone < sums->tokens ? gone : sums->tokens;
	}
	return STATUS_OK;
}

static enum status touch_tokens(struct odbc_store *store, const struct token *tokens, size_t n,
				int64_t atime_s, struct why *why)
{
	struct sql_value values[3 + IN_TOKENS] = {integer(atime_s), integer(atime_s),
						  integer(store->user_id)};
	size_t n_used;

	for (size_t i = 0; i < n; i += n_used) {
		n_used = list_keys(tokens + i, n - i, values + 3);
		if (sql_ask(store->sql, store->texts.touch, values, 3 + IN_TOKENS, why) !=
		    STATUS_OK)
			return why->status;
	}
	return STATUS_OK;
}

static enum status change(struct bayes_store *base, const struct token *tokens, size_t n, int spam,
			  int ham, int64_t atime_s, struct bayes_totals *sums, struct why *why)
{
	struct odbc_store *store = odbc_of(base);

	if (spam < 0 || ham < 0)
		return take_counts(store, tokens, n, spam, ham, sums, why);
	if (!spam && !ham)
		return touch_tokens(store, tokens, n, atime_s, why);
	return add_counts(store, tokens, n, spam, ham, atime_s, sums, why);
}

static enum status touch(struct bayes_store *base, const struct token *tokens, size_t n,
			 int64_t atime_s, struct why *why)
{
	struct bayes_totals sums = odbc_of(base)->base;

	if (touch_tokens(odbc_of(base), tokens, n, atime_s, why) != STATUS_OK)
		return why->status;
	if (atime_s <= sums.newest_s)
		return STATUS_OK;
	sums.newest_s = atime_s;
	return totals_put(base, &sums, why);
}

static enum status token_put(struct bayes_store *base, const unsigned char *key,
			     const struct token_record *record, struct why *why)
{
	struct odbc_store *store = odbc_of(base);

	return ASK(store, store->texts.put_token, why, integer(store->user_id), bytes(key),
		   integer(record->spam), integer(record->ham), integer(record->atime_s));
}

static enum status token_remove(struct bayes_store *base, const unsigned char *key, struct why *why)
{
	return ASK(odbc_of(base), "DELETE FROM bayes_token WHERE id = ? AND token = ?", why,
		   integer(odbc_of(base)->user_id), bytes(key));
}

/* --- messages --------------------------------------------------------------------------------- */

/* As the column takes it: no longer, and in no character set's way. */
static struct sql_value id_value(struct str id, char room[ID_BYTES])
{
	size_t len = id.len < ID_BYTES ? id.len : ID_BYTES;

	for (size_t i = 0; i < len; i++)
		room[i] = (unsigned char)id.ptr[i] >= 0x80 || !id.ptr[i] ? '?' : id.ptr[i];
	return text(str_make(room, len));
}

static enum status seen(struct bayes_store *base, struct str id, char *flag_out, struct why *why)
{
	struct odbc_store *store = odbc_of(base);
	char room[ID_BYTES];
	bool row = false;

	*flag_out = 0;
	if (ASK(store, "SELECT flag FROM bayes_seen WHERE id = ? AND msgid = ?", why,
		integer(store->user_id), id_value(id, room)) != STATUS_OK ||
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
	if (ASK(store, "DELETE FROM bayes_seen WHERE id = ? AND msgid = ?", why,
		integer(store->user_id), id) != STATUS_OK)
		return why->status;
	return sql_changed(store->sql) || store->replaces
		       ? STATUS_OK
		       : why_set(why, STATUS_REFUSED, "another learner has the same message");
}

static enum status seen_put(struct bayes_store *base, struct str id, char flag, struct why *why)
{
	struct odbc_store *store = odbc_of(base);
	char room[ID_BYTES];
	const char *query = store->replaces
				    ? store->texts.put_seen
				    : "INSERT INTO bayes_seen (id, msgid, flag) VALUES (?, ?, ?)";

	if (!flag)
		return seen_remove(store, id_value(id, room), why);
	return ASK(store, query, why, integer(store->user_id), id_value(id, room),
		   text(str_make(&flag, 1)));
}

/* --- walks ------------------------------------------------------------------------------------ */

struct token_row {
	unsigned char key[TOKEN_KEY_BYTES];
	struct token_record record;
};

static enum status read_rows(struct odbc_store *store, struct token_row rows[WALK_ROWS],
			     size_t *n_out, struct why *why)
{
	bool row;

	for (*n_out = 0; *n_out < WALK_ROWS; ++*n_out) {
		struct token_row *to = &rows[*n_out];
		if (sql_next(store->sql, &row, why) != STATUS_OK)
			return why->status;
		if (!row)
			return STATUS_OK;
		struct str key = sql_bytes(store->sql, 0);
		*to = (struct token_row){.key = {0}};
		memcpy(to->key, key.ptr ? key.ptr : "",
		       key.len < TOKEN_KEY_BYTES ? key.len : TOKEN_KEY_BYTES);
		to->record.spam = (uint32_t)count_at(store->sql, 1);
		to->record.ham = (uint32_t)count_at(store->sql, 2);
		to->record.atime_s = sql_integer(store->sql, 3);
	}
	return STATUS_OK;
}

static enum status walk_tokens(struct bayes_store *base, const unsigned char *from,
			       bayes_token_visit *visit, void *data, struct why *why)
{
	static const char first[] =
		"SELECT token, spam_count, ham_count, atime FROM bayes_token WHERE id = ? AND "
		"token >= ? ORDER BY token LIMIT 1000";
	static const char next[] =
		"SELECT token, spam_count, ham_count, atime FROM bayes_token WHERE id = ? AND "
		"token > ? ORDER BY token LIMIT 1000";
	static const unsigned char lowest[TOKEN_KEY_BYTES];
	struct odbc_store *store = odbc_of(base);
	struct token_row *rows = calloc(WALK_ROWS, sizeof *rows);
	struct sql_value at = bytes(from ? from : lowest);
	const char *query = first;
	enum status status;
	size_t n, i;

	must(rows);
	do {
		status = ASK(store, query, why, integer(store->user_id), at);
		if (status == STATUS_OK)
			status = read_rows(store, rows, &n, why);
		for (i = 0; status == STATUS_OK && i < n; i++)
			if (!visit(data, rows[i].key, &rows[i].record))
				break;
		if (status == STATUS_OK && n)
			at = bytes(rows[n - 1].key);
		query = next;
	} while (status == STATUS_OK && i == n && n == WALK_ROWS);
	free(rows);
	return status;
}

/* Up to WALK_ROWS ids behind *at, which moves to the last one; *goes_on false at the end. */
static enum status walk_some_seen(struct odbc_store *store, struct arena *arena, struct str *at,
				  bayes_seen_visit *visit, void *data, bool *goes_on,
				  struct why *why)
{
	struct str_vec ids = {0}, flags = {0};
	bool row = false;

	if (ASK(store,
		"SELECT msgid, flag FROM bayes_seen WHERE id = ? AND msgid > ? ORDER BY msgid "
		"LIMIT 1000",
		why, integer(store->user_id), text(*at)) != STATUS_OK)
		return why->status;
	while (sql_next(store->sql, &row, why) == STATUS_OK && row) {
		vec_push(arena, &ids, arena_str(arena, sql_text(store->sql, 0)));
		vec_push(arena, &flags, arena_str(arena, sql_text(store->sql, 1)));
	}
	if (row)
		return why->status;
	*goes_on = ids.n == WALK_ROWS;
	for (size_t i = 0; i < ids.n; i++)
		if (flags.items[i].len && !visit(data, ids.items[i], flags.items[i].ptr[0])) {
			*goes_on = false;
			break;
		}
	if (ids.n)
		*at = ids.items[ids.n - 1];
	return STATUS_OK;
}

static enum status walk_seen(struct bayes_store *base, bayes_seen_visit *visit, void *data,
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

static enum status wipe(struct bayes_store *base, struct why *why)
{
	struct odbc_store *store = odbc_of(base);

	store->replaces = true;
	store->base = (struct bayes_totals){0};
	if (ASK(store, "DELETE FROM bayes_token WHERE id = ?", why, integer(store->user_id)) !=
		    STATUS_OK ||
	    ASK(store, "DELETE FROM bayes_seen WHERE id = ?", why, integer(store->user_id)) !=
		    STATUS_OK ||
	    ASK(store,
		"UPDATE bayes_vars SET spam_count = 0, ham_count = 0, token_count = 0 WHERE id = ?",
		why, integer(store->user_id)) != STATUS_OK)
		return why->status;
	return put_times(store, &store->base, why);
}

static const struct bayes_store_def odbc_def = {
	.commits_each = true,
	.close = close_odbc,
	.begin = begin,
	.commit = commit,
	.abort = abort_odbc,
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

struct bayes_store *bayes_store_open_odbc(struct str dsn, struct str login, struct str password,
					  struct str user)
{
	struct odbc_store *store = calloc(1, sizeof *store);

	must(store);
	store->store.def = &odbc_def;
	store->arena = arena_new("bayes odbc", 0);
	store->dsn = arena_str(store->arena, dsn);
	store->login = arena_str(store->arena, login);
	store->password = arena_str(store->arena, password);
	store->user = user.len ? arena_str(store->arena, user) : STR_LIT("GLOBALBAYES");
	return &store->store;
}
