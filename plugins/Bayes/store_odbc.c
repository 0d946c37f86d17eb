/*
 * store_odbc: tokens in SpamAssassin's tables (BayesStore/SQL.pm, MySQL.pm, PgSQL.pm) in PostgreSQL
 * or MySQL, which the administrator has made; the rows of one user. Counts change by differences in
 * one transaction a message, so that learners on other machines, and Perl's, may count as well.
 */
#include <stdlib.h>

#include "lib/base/must.h"
#include "plugins/Bayes/odbc.h"

/* --- transactions ----------------------------------------------------------------------------- */

static void close_odbc(struct bayes_store *base)
{
	odbc_disconnect(odbc_of(base));
	arena_free(odbc_of(base)->arena);
	free(base);
}

static enum status read_totals(struct odbc_store *store, struct why *why)
{
	struct sql *sql = store->sql;
	struct bayes_totals *out = &store->base;
	bool row = false;

	*out = (struct bayes_totals){0};
	if (ODBC_ASK(store,
		     "SELECT spam_count, ham_count, token_count, oldest_token_age, "
		     "newest_token_age, "
		     "last_expire, last_atime_delta, last_expire_reduce FROM bayes_vars WHERE id = "
		     "?",
		     why, odbc_integer(store->user_id)) != STATUS_OK ||
	    sql_next(sql, &row, why) != STATUS_OK)
		return why->status;
	if (!row)
		return STATUS_OK;
	out->spam = odbc_count_at(sql, 0);
	out->ham = odbc_count_at(sql, 1);
	out->tokens = odbc_count_at(sql, 2);
	out->oldest_s = sql_integer(sql, 3);
	out->newest_s = sql_integer(sql, 4);
	out->last_expire_s = sql_integer(sql, 5);
	out->last_delta_s = sql_integer(sql, 6);
	out->last_reduction = odbc_count_at(sql, 7);
	if (out->oldest_s == ODBC_NO_OLDEST)
		out->oldest_s = 0;
	return STATUS_OK;
}

static enum status begin_once(struct odbc_store *store, bool writable, struct why *why)
{
	enum status status = odbc_ready(store, why);

	if (status == STATUS_OK && writable && !store->user_id)
		status = odbc_make_user(store, why);
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
	return ODBC_ASK(
		store,
		"UPDATE bayes_vars SET oldest_token_age = ?, newest_token_age = ?, last_expire "
		"= ?, last_atime_delta = ?, last_expire_reduce = ? WHERE id = ?",
		why, odbc_integer(from->oldest_s ? from->oldest_s : ODBC_NO_OLDEST),
		odbc_integer(from->newest_s), odbc_integer(from->last_expire_s),
		odbc_integer(from->last_delta_s), odbc_integer((int64_t)from->last_reduction),
		odbc_integer(store->user_id));
}

enum status odbc_totals_put(struct bayes_store *base, const struct bayes_totals *from,
			    struct why *why)
{
	struct odbc_store *store = odbc_of(base);
	const struct bayes_totals old = store->base;
	bool sets_times = store->replaces || from->last_expire_s != old.last_expire_s ||
			  from->last_reduction != old.last_reduction;

	store->base = *from;
	if (ODBC_ASK(store,
		     "UPDATE bayes_vars SET spam_count = GREATEST(spam_count + ?, 0), ham_count = "
		     "GREATEST(ham_count + ?, 0), token_count = GREATEST(token_count + ?, 0), "
		     "newest_token_age = GREATEST(newest_token_age, ?), oldest_token_age = "
		     "LEAST(oldest_token_age, ?) WHERE id = ?",
		     why, odbc_integer(difference(from->spam, old.spam)),
		     odbc_integer(difference(from->ham, old.ham)),
		     odbc_integer(difference(from->tokens, old.tokens)),
		     odbc_integer(from->newest_s),
		     odbc_integer(from->oldest_s ? from->oldest_s : ODBC_NO_OLDEST),
		     odbc_integer(store->user_id)) != STATUS_OK)
		return why->status;
	return sets_times ? put_times(store, from, why) : STATUS_OK;
}

/* --- the whole -------------------------------------------------------------------------------- */

static enum status wipe(struct bayes_store *base, struct why *why)
{
	struct odbc_store *store = odbc_of(base);

	store->replaces = true;
	store->base = (struct bayes_totals){0};
	if (ODBC_ASK(store, "DELETE FROM bayes_token WHERE id = ?", why,
		     odbc_integer(store->user_id)) != STATUS_OK ||
	    ODBC_ASK(store, "DELETE FROM bayes_seen WHERE id = ?", why,
		     odbc_integer(store->user_id)) != STATUS_OK ||
	    ODBC_ASK(store,
		     "UPDATE bayes_vars SET spam_count = 0, ham_count = 0, token_count = 0 WHERE "
		     "id = ?",
		     why, odbc_integer(store->user_id)) != STATUS_OK)
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
	.totals_put = odbc_totals_put,
	.lookup = odbc_lookup,
	.change = odbc_change,
	.touch = odbc_touch,
	.seen = odbc_seen,
	.seen_put = odbc_seen_put,
	.token_put = odbc_token_put,
	.token_remove = odbc_token_remove,
	.walk_tokens = odbc_walk_tokens,
	.walk_seen = odbc_walk_seen,
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
