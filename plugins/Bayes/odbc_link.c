/* odbc_link: the connection, made when it is needed and again when it was lost; the user's row. See
 * odbc.h. */
#include "plugins/Bayes/odbc.h"

enum {
	WAIT_MS = 5000,  /* for a connection */
	RETRY_MS = 5000, /* from a failure to the next try */
};

void odbc_disconnect(struct odbc_store *store)
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

	if (ODBC_ASK(store, "SELECT id FROM bayes_vars WHERE username = ?", why,
		     odbc_text(store->user)) != STATUS_OK ||
	    sql_next(store->sql, &row, why) != STATUS_OK)
		return why->status;
	store->user_id = row ? (int32_t)sql_integer(store->sql, 0) : 0;
	return STATUS_OK;
}

/* Another process may do so at the same time. */
enum status odbc_make_user(struct odbc_store *store, struct why *why)
{
	enum status status = ODBC_ASK(store, "INSERT INTO bayes_vars (username) VALUES (?)", why,
				      odbc_text(store->user));

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
		odbc_make_texts(store->arena, sql_kind(store->sql), &store->texts);
		return STATUS_OK;
	}
	odbc_disconnect(store);
	store->last = *why;
	store->not_before = deadline_in_ms(RETRY_MS);
	return status;
}

enum status odbc_ready(struct odbc_store *store, struct why *why)
{
	if (store->sql && !sql_is_lost(store->sql))
		return STATUS_OK;
	odbc_disconnect(store);
	if (store->not_before.at_ms && !deadline_passed(store->not_before)) {
		*why = store->last;
		return why_context(why, "not tried again yet");
	}
	return connect_anew(store, why);
}
