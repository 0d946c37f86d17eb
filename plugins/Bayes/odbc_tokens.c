/* odbc_tokens: the rows of tokens: looked up by lists, counted by differences, walked in order of
 * keys. See odbc.h. */
#include <stdlib.h>

#include "lib/base/must.h"
#include "plugins/Bayes/odbc.h"

enum { COLUMNS = 5 };

/* The keys of at most ODBC_IN_TOKENS tokens into values; the last one again and again to fill up.
 */
static size_t list_keys(const struct token *tokens, size_t n, struct sql_value *values)
{
	size_t n_used = n < ODBC_IN_TOKENS ? n : ODBC_IN_TOKENS;

	for (size_t i = 0; i < ODBC_IN_TOKENS; i++)
		values[i] = odbc_bytes(tokens[i < n_used ? i : n_used - 1].key);
	return n_used;
}

/* The row at hand: key, counts, time of use. */
struct token_row {
	unsigned char key[TOKEN_KEY_BYTES];
	struct token_record record;
};

static struct token_row row_of(struct sql *sql)
{
	struct str key = sql_bytes(sql, 0);
	struct token_row row = {
		.record =
			{
				.spam = (uint32_t)odbc_count_at(sql, 1),
				.ham = (uint32_t)odbc_count_at(sql, 2),
				.atime_s = sql_integer(sql, 3),
			},
	};

	memcpy(row.key, key.ptr ? key.ptr : "",
	       key.len < TOKEN_KEY_BYTES ? key.len : TOKEN_KEY_BYTES);
	return row;
}

static void take_row(struct sql *sql, const struct token *tokens, size_t n,
		     struct token_record *out)
{
	const struct token_row row = row_of(sql);

	for (size_t i = 0; i < n; i++)
		if (memcmp(tokens[i].key, row.key, TOKEN_KEY_BYTES) == 0)
			out[i] = row.record;
}

enum status odbc_lookup(struct bayes_store *base, const struct token *tokens, size_t n,
			struct token_record *out, struct why *why)
{
	struct odbc_store *store = odbc_of(base);
	struct sql_value values[1 + ODBC_IN_TOKENS] = {odbc_integer(store->user_id)};
	size_t n_used;
	bool row;

	for (size_t i = 0; i < n; i++)
		out[i] = (struct token_record){0};
	for (size_t i = 0; i < n; i += n_used) {
		n_used = list_keys(tokens + i, n - i, values + 1);
		if (sql_ask(store->sql, store->texts.lookup, values, 1 + ODBC_IN_TOKENS, why) !=
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
	size_t n = odbc_row_steps[step];

	for (size_t i = 0; i < n; i++) {
		values[COLUMNS * i] = odbc_integer(store->user_id);
		values[COLUMNS * i + 1] = odbc_bytes(tokens[i].key);
		values[COLUMNS * i + 2] = odbc_integer(spam);
		values[COLUMNS * i + 3] = odbc_integer(ham);
		values[COLUMNS * i + 4] = odbc_integer(atime_s);
	}
	if (sql_ask(store->sql, store->texts.add[step], values, COLUMNS * n, why) != STATUS_OK)
		return why->status;
	return count_new(store, n, n_new, why);
}

static enum status add_counts(struct odbc_store *store, const struct token *tokens, size_t n,
			      int spam, int ham, int64_t atime_s, struct bayes_totals *sums,
			      struct why *why)
{
	for (size_t step = 0; step < ODBC_STEPS; step++)
		for (; n >= odbc_row_steps[step];
		     tokens += odbc_row_steps[step], n -= odbc_row_steps[step])
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
	struct sql_value values[3 + ODBC_IN_TOKENS] = {odbc_integer(spam), odbc_integer(ham),
						       odbc_integer(store->user_id)};
	size_t n_used;

	for (size_t i = 0; i < n; i += n_used) {
		n_used = list_keys(tokens + i, n - i, values + 3);
		if (sql_ask(store->sql, store->texts.take, values, 3 + ODBC_IN_TOKENS, why) !=
			    STATUS_OK ||
		    sql_ask(store->sql, store->texts.clean, values + 2, 1 + ODBC_IN_TOKENS, why) !=
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
	struct sql_value values[3 + ODBC_IN_TOKENS] = {odbc_integer(atime_s), odbc_integer(atime_s),
						       odbc_integer(store->user_id)};
	size_t n_used;

	for (size_t i = 0; i < n; i += n_used) {
		n_used = list_keys(tokens + i, n - i, values + 3);
		if (sql_ask(store->sql, store->texts.touch, values, 3 + ODBC_IN_TOKENS, why) !=
		    STATUS_OK)
			return why->status;
	}
	return STATUS_OK;
}

enum status odbc_change(struct bayes_store *base, const struct token *tokens, size_t n, int spam,
			int ham, int64_t atime_s, struct bayes_totals *sums, struct why *why)
{
	struct odbc_store *store = odbc_of(base);

	if (spam < 0 || ham < 0)
		return take_counts(store, tokens, n, spam, ham, sums, why);
	if (!spam && !ham)
		return touch_tokens(store, tokens, n, atime_s, why);
	return add_counts(store, tokens, n, spam, ham, atime_s, sums, why);
}

enum status odbc_touch(struct bayes_store *base, const struct token *tokens, size_t n,
		       int64_t atime_s, struct why *why)
{
	struct bayes_totals sums = odbc_of(base)->base;

	if (touch_tokens(odbc_of(base), tokens, n, atime_s, why) != STATUS_OK)
		return why->status;
	if (atime_s <= sums.newest_s)
		return STATUS_OK;
	sums.newest_s = atime_s;
	return odbc_totals_put(base, &sums, why);
}

enum status odbc_token_put(struct bayes_store *base, const unsigned char *key,
			   const struct token_record *record, struct why *why)
{
	struct odbc_store *store = odbc_of(base);

	return ODBC_ASK(store, store->texts.put_token, why, odbc_integer(store->user_id),
			odbc_bytes(key), odbc_integer(record->spam), odbc_integer(record->ham),
			odbc_integer(record->atime_s));
}

enum status odbc_token_remove(struct bayes_store *base, const unsigned char *key, struct why *why)
{
	return ODBC_ASK(odbc_of(base), "DELETE FROM bayes_token WHERE id = ? AND token = ?", why,
			odbc_integer(odbc_of(base)->user_id), odbc_bytes(key));
}

/* --- all of them ------------------------------------------------------------------------------ */

static enum status read_rows(struct odbc_store *store, struct token_row rows[ODBC_WALK_ROWS],
			     size_t *n_out, struct why *why)
{
	bool row;

	for (*n_out = 0; *n_out < ODBC_WALK_ROWS; ++*n_out) {
		if (sql_next(store->sql, &row, why) != STATUS_OK)
			return why->status;
		if (!row)
			return STATUS_OK;
		rows[*n_out] = row_of(store->sql);
	}
	return STATUS_OK;
}

enum status odbc_walk_tokens(struct bayes_store *base, const unsigned char *from,
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
	struct token_row *rows = calloc(ODBC_WALK_ROWS, sizeof *rows);
	struct sql_value at = odbc_bytes(from ? from : lowest);
	const char *query = first;
	enum status status;
	size_t n, i;

	must(rows);
	do {
		status = ODBC_ASK(store, query, why, odbc_integer(store->user_id), at);
		if (status == STATUS_OK)
			status = read_rows(store, rows, &n, why);
		for (i = 0; status == STATUS_OK && i < n; i++)
			if (!visit(data, rows[i].key, &rows[i].record))
				break;
		if (status == STATUS_OK && n)
			at = odbc_bytes(rows[n - 1].key);
		query = next;
	} while (status == STATUS_OK && i == n && n == ODBC_WALK_ROWS);
	free(rows);
	return status;
}
