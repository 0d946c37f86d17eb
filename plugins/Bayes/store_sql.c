/*
 * store_sql: tokens in SpamAssassin's SQL schema (BayesStore/SQL.pm), in a SQLite file that the DSN
 * names: "DBI:SQLite:dbname=PATH". Tables are made when they are missing. Keys are bound as text,
 * as DBD::SQLite does, so that Perl and we find each other's.
 */
#include <stdlib.h>

#include "lib/base/must.h"
#include "lib/store/database.h"
#include "plugins/Bayes/bayes_store.h"

enum statement_name {
	SQL_USER,
	SQL_USER_ADD,
	SQL_TOTALS,
	SQL_TOTALS_PUT,
	SQL_TOKEN,
	SQL_TOKEN_PUT,
	SQL_TOKEN_REMOVE,
	SQL_TOUCH,
	SQL_SEEN,
	SQL_SEEN_PUT,
	SQL_SEEN_REMOVE,
	SQL_WALK,
	SQL_WALK_SEEN,
	SQL_WIPE_TOKENS,
	SQL_WIPE_SEEN,
	N_STATEMENTS
};

static const char *const statements[N_STATEMENTS] = {
	[SQL_USER] = "SELECT id FROM bayes_vars WHERE username = ?",
	[SQL_USER_ADD] = "INSERT INTO bayes_vars (username) VALUES (?)",
	[SQL_TOTALS] = "SELECT spam_count, ham_count, token_count, oldest_token_age, "
		       "newest_token_age, last_expire, last_atime_delta, last_expire_reduce "
		       "FROM bayes_vars WHERE id = ?",
	[SQL_TOTALS_PUT] = "UPDATE bayes_vars SET spam_count = ?, ham_count = ?, token_count = ?, "
			   "oldest_token_age = ?, newest_token_age = ?, last_expire = ?, "
			   "last_atime_delta = ?, last_expire_reduce = ? WHERE id = ?",
	[SQL_TOKEN] = "SELECT spam_count, ham_count, atime FROM bayes_token WHERE id = ? AND "
		      "token = ?",
	[SQL_TOKEN_PUT] = "INSERT OR REPLACE INTO bayes_token (id, token, spam_count, ham_count, "
			  "atime) VALUES (?, ?, ?, ?, ?)",
	[SQL_TOKEN_REMOVE] = "DELETE FROM bayes_token WHERE id = ? AND token = ?",
	[SQL_TOUCH] = "UPDATE bayes_token SET atime = ?1 WHERE id = ?2 AND token = ?3 AND atime < "
		      "?1",
	[SQL_SEEN] = "SELECT flag FROM bayes_seen WHERE id = ? AND msgid = ?",
	[SQL_SEEN_PUT] = "INSERT OR REPLACE INTO bayes_seen (id, msgid, flag) VALUES (?, ?, ?)",
	[SQL_SEEN_REMOVE] = "DELETE FROM bayes_seen WHERE id = ? AND msgid = ?",
	[SQL_WALK] = "SELECT token, spam_count, ham_count, atime FROM bayes_token WHERE id = ? AND "
		     "token >= ? ORDER BY token",
	[SQL_WALK_SEEN] = "SELECT msgid, flag FROM bayes_seen WHERE id = ? ORDER BY msgid",
	[SQL_WIPE_TOKENS] = "DELETE FROM bayes_token WHERE id = ?",
	[SQL_WIPE_SEEN] = "DELETE FROM bayes_seen WHERE id = ?",
};

static const char schema[] =
	"CREATE TABLE IF NOT EXISTS bayes_vars (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "
	"username varchar(200) NOT NULL DEFAULT '', spam_count int NOT NULL DEFAULT 0, "
	"ham_count int NOT NULL DEFAULT 0, token_count int NOT NULL DEFAULT 0, "
	"last_expire int NOT NULL DEFAULT 0, last_atime_delta int NOT NULL DEFAULT 0, "
	"last_expire_reduce int NOT NULL DEFAULT 0, oldest_token_age int NOT NULL DEFAULT "
	"2147483647, newest_token_age int NOT NULL DEFAULT 0, UNIQUE (username));"
	"CREATE TABLE IF NOT EXISTS bayes_token (id int NOT NULL DEFAULT 0, "
	"token char(5) NOT NULL DEFAULT '', spam_count int NOT NULL DEFAULT 0, "
	"ham_count int NOT NULL DEFAULT 0, atime int NOT NULL DEFAULT 0, "
	"PRIMARY KEY (id, token));"
	"CREATE INDEX IF NOT EXISTS bayes_token_idx1 ON bayes_token (id, atime);"
	"CREATE TABLE IF NOT EXISTS bayes_seen (id int NOT NULL DEFAULT 0, "
	"msgid varchar(200) NOT NULL DEFAULT '', flag char(1) NOT NULL DEFAULT '', "
	"PRIMARY KEY (id, msgid));"
	"CREATE TABLE IF NOT EXISTS bayes_expire (id int NOT NULL DEFAULT 0, "
	"runtime int NOT NULL DEFAULT 0);"
	"CREATE TABLE IF NOT EXISTS bayes_global_vars (variable varchar(30) NOT NULL DEFAULT '' "
	"PRIMARY KEY, value varchar(200) NOT NULL DEFAULT '');"
	"INSERT OR IGNORE INTO bayes_global_vars VALUES ('VERSION', '3');";

static const int64_t no_oldest_s = 2147483647; /* the schema's default */

struct sql_store {
	struct bayes_store store;
	struct arena *arena;
	struct database *database;
	struct statement *statements[N_STATEMENTS];
	int64_t user;
};

static struct sql_store *sql_of(struct bayes_store *store)
{
	return (struct sql_store *)store;
}

static struct statement *statement_of(struct bayes_store *store, enum statement_name name)
{
	return sql_of(store)->statements[name];
}

/* The statement with the user as its first parameter. */
static struct statement *of_user(struct bayes_store *store, enum statement_name name)
{
	struct statement *statement = statement_of(store, name);

	statement_set_i64(statement, 0, sql_of(store)->user);
	return statement;
}

static struct statement *of_key(struct bayes_store *store, enum statement_name name,
				const unsigned char *key)
{
	struct statement *statement = of_user(store, name);

	statement_set_text(statement, 1, str_make((const char *)key, TOKEN_KEY_BYTES));
	return statement;
}

/* --- transactions ----------------------------------------------------------------------------- */

static void close_sql(struct bayes_store *store)
{
	arena_free(sql_of(store)->arena);
	free(store);
}

static enum status begin(struct bayes_store *store, bool writable, struct why *why)
{
	return database_run(sql_of(store)->database, writable ? "BEGIN IMMEDIATE" : "BEGIN", why);
}

static void abort_sql(struct bayes_store *store)
{
	database_run(sql_of(store)->database, "ROLLBACK", NULL);
}

static enum status commit(struct bayes_store *store, struct why *why)
{
	enum status status = database_run(sql_of(store)->database, "COMMIT", why);

	if (status != STATUS_OK)
		abort_sql(store);
	return status;
}

/* --- totals ----------------------------------------------------------------------------------- */

static uint64_t count_at(struct statement *statement, int at)
{
	int64_t value = statement_i64(statement, at);

	return value < 0 ? 0 : (uint64_t)value;
}

static enum status totals(struct bayes_store *store, struct bayes_totals *out, struct why *why)
{
	struct statement *statement = of_user(store, SQL_TOTALS);
	bool row;

	*out = (struct bayes_totals){0};
	if (statement_step(statement, &row, why) != STATUS_OK)
		return why->status;
	if (!row)
		return STATUS_OK;
	*out = (struct bayes_totals){
		.spam = count_at(statement, 0),
		.ham = count_at(statement, 1),
		.tokens = count_at(statement, 2),
		.oldest_s = statement_i64(statement, 3),
		.newest_s = statement_i64(statement, 4),
		.last_expire_s = statement_i64(statement, 5),
		.last_delta_s = statement_i64(statement, 6),
		.last_reduction = count_at(statement, 7),
	};
	if (out->oldest_s == no_oldest_s)
		out->oldest_s = 0;
	statement_reset(statement);
	return STATUS_OK;
}

static enum status totals_put(struct bayes_store *store, const struct bayes_totals *from,
			      struct why *why)
{
	struct statement *statement = statement_of(store, SQL_TOTALS_PUT);

	statement_set_i64(statement, 0, (int64_t)from->spam);
	statement_set_i64(statement, 1, (int64_t)from->ham);
	statement_set_i64(statement, 2, (int64_t)from->tokens);
	statement_set_i64(statement, 3, from->oldest_s ? from->oldest_s : no_oldest_s);
	statement_set_i64(statement, 4, from->newest_s);
	statement_set_i64(statement, 5, from->last_expire_s);
	statement_set_i64(statement, 6, from->last_delta_s);
	statement_set_i64(statement, 7, (int64_t)from->last_reduction);
	statement_set_i64(statement, 8, sql_of(store)->user);
	return statement_run(statement, why);
}

/* --- tokens ----------------------------------------------------------------------------------- */

static struct token_record record_at(struct statement *statement, int at)
{
	return (struct token_record){(uint32_t)count_at(statement, at),
				     (uint32_t)count_at(statement, at + 1),
				     statement_i64(statement, at + 2)};
}

static enum status get_record(struct bayes_store *store, const unsigned char *key,
			      struct token_record *out, struct why *why)
{
	struct statement *statement = of_key(store, SQL_TOKEN, key);
	bool row;

	*out = (struct token_record){0};
	if (statement_step(statement, &row, why) != STATUS_OK)
		return why->status;
	if (row) {
		*out = record_at(statement, 0);
		statement_reset(statement);
	}
	return STATUS_OK;
}

static enum status token_put(struct bayes_store *store, const unsigned char *key,
			     const struct token_record *record, struct why *why)
{
	struct statement *statement = of_key(store, SQL_TOKEN_PUT, key);

	statement_set_i64(statement, 2, record->spam);
	statement_set_i64(statement, 3, record->ham);
	statement_set_i64(statement, 4, record->atime_s);
	return statement_run(statement, why);
}

static enum status token_remove(struct bayes_store *store, const unsigned char *key,
				struct why *why)
{
	return statement_run(of_key(store, SQL_TOKEN_REMOVE, key), why);
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
	struct statement *statement = statement_of(store, SQL_TOUCH);
	struct bayes_totals sums;

	for (size_t i = 0; i < n; i++) {
		statement_set_i64(statement, 0, atime_s);
		statement_set_i64(statement, 1, sql_of(store)->user);
		statement_set_text(statement, 2,
				   str_make((const char *)tokens[i].key, TOKEN_KEY_BYTES));
		if (statement_run(statement, why) != STATUS_OK)
			return why->status;
	}
	if (totals(store, &sums, why) != STATUS_OK)
		return why->status;
	if (atime_s <= sums.newest_s)
		return STATUS_OK;
	sums.newest_s = atime_s;
	return totals_put(store, &sums, why);
}

/* --- messages --------------------------------------------------------------------------------- */

static enum status seen(struct bayes_store *store, struct str id, char *flag_out, struct why *why)
{
	struct statement *statement = of_user(store, SQL_SEEN);
	bool row;

	*flag_out = 0;
	statement_set_text(statement, 1, id);
	if (statement_step(statement, &row, why) != STATUS_OK)
		return why->status;
	if (row) {
		struct str flag = statement_bytes(statement, 0);
		*flag_out = flag.len ? flag.ptr[0] : 0;
		statement_reset(statement);
	}
	return STATUS_OK;
}

static enum status seen_put(struct bayes_store *store, struct str id, char flag, struct why *why)
{
	struct statement *statement = of_user(store, flag ? SQL_SEEN_PUT : SQL_SEEN_REMOVE);

	statement_set_text(statement, 1, id);
	if (flag)
		statement_set_text(statement, 2, str_make(&flag, 1));
	return statement_run(statement, why);
}

/* --- walks ------------------------------------------------------------------------------------ */

static enum status walk_tokens(struct bayes_store *store, const unsigned char *from,
			       bayes_token_visit *visit, void *data, struct why *why)
{
	struct statement *statement = of_user(store, SQL_WALK);
	enum status status;
	bool row;

	statement_set_text(statement, 1,
			   from ? str_make((const char *)from, TOKEN_KEY_BYTES) : STR_LIT(""));
	while ((status = statement_step(statement, &row, why)) == STATUS_OK && row) {
		unsigned char key[TOKEN_KEY_BYTES] = "     ";
		struct str token = statement_bytes(statement, 0);
		struct token_record record = record_at(statement, 1);

		memcpy(key, token.ptr, token.len < sizeof key ? token.len : sizeof key);
		if (!visit(data, key, &record)) {
			statement_reset(statement);
			break;
		}
	}
	return status;
}

static enum status walk_seen(struct bayes_store *store, bayes_seen_visit *visit, void *data,
			     struct why *why)
{
	struct statement *statement = of_user(store, SQL_WALK_SEEN);
	enum status status;
	bool row;

	while ((status = statement_step(statement, &row, why)) == STATUS_OK && row) {
		struct str id = statement_bytes(statement, 0), flag = statement_bytes(statement, 1);

		if (flag.len && !visit(data, id, flag.ptr[0])) {
			statement_reset(statement);
			break;
		}
	}
	return status;
}

static enum status wipe(struct bayes_store *store, struct why *why)
{
	static const struct bayes_totals none;

	if (statement_run(of_user(store, SQL_WIPE_TOKENS), why) != STATUS_OK ||
	    statement_run(of_user(store, SQL_WIPE_SEEN), why) != STATUS_OK)
		return why->status;
	return totals_put(store, &none, why);
}

static const struct bayes_store_def sql_def = {
	.close = close_sql,
	.begin = begin,
	.commit = commit,
	.abort = abort_sql,
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

/* --- opening ---------------------------------------------------------------------------------- */

/* "DBI:SQLite:dbname=PATH", "dbi:SQLite:PATH", with other attributes behind ";". */
static enum status path_of(struct arena *arena, struct str dsn, const char **path_out,
			   struct why *why)
{
	static const char *const names[] = {"dbname=", "database=", "db="};
	struct str rest = dsn, part;

	if (!str_has_prefix_ci(dsn, "DBI:SQLite:"))
		return why_set(why, STATUS_UNSUPPORTED,
			       "bayes_sql_dsn: only DBI:SQLite: is supported, not %.*s",
			       STR_ARG(dsn));
	rest = str_from_at(dsn, sizeof "DBI:SQLite:" - 1);
	str_split_next(&rest, ';', &part);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_has_prefix_ci(part, names[i]))
			part = str_from_at(part, strlen(names[i]));
	*path_out = arena_cstr(arena, part);
	return STATUS_OK;
}

static enum status find_user(struct sql_store *store, struct str user, bool create, struct why *why)
{
	struct statement *statement = store->statements[SQL_USER];
	bool row;

	statement_set_text(statement, 0, user);
	if (statement_step(statement, &row, why) != STATUS_OK)
		return why->status;
	if (row) {
		store->user = statement_i64(statement, 0);
		statement_reset(statement);
		return STATUS_OK;
	}
	if (!create)
		return why_set(why, STATUS_NOT_FOUND, "nothing is learnt for %.*s", STR_ARG(user));
	statement_set_text(store->statements[SQL_USER_ADD], 0, user);
	if (statement_run(store->statements[SQL_USER_ADD], why) != STATUS_OK)
		return why->status;
	store->user = database_last_id(store->database);
	return STATUS_OK;
}

static enum status prepare(struct sql_store *store, struct str user, bool create, struct why *why)
{
	if (create && database_run(store->database, schema, why) != STATUS_OK)
		return why->status;
	for (int i = 0; i < N_STATEMENTS; i++)
		if (database_prepare(store->database, statements[i], &store->statements[i], why) !=
		    STATUS_OK)
			return why->status;
	return find_user(store, user, create, why);
}

enum status bayes_store_open_sql(struct str dsn, struct str user, unsigned mode, bool create,
				 struct bayes_store **store_out, struct why *why)
{
	struct sql_store *store = calloc(1, sizeof *store);
	const char *path = NULL;
	enum status status;

	must(store);
	store->store.def = &sql_def;
	store->arena = arena_new("bayes sql", 0);
	status = path_of(store->arena, dsn, &path, why);
	if (status == STATUS_OK)
		status = database_open(store->arena, path, create, mode, &store->database, why);
	if (status == STATUS_OK)
		status = prepare(store, user.len ? user : STR_LIT("GLOBALBAYES"), create, why);
	if (status != STATUS_OK) {
		close_sql(&store->store);
		return status;
	}
	*store_out = &store->store;
	return STATUS_OK;
}
