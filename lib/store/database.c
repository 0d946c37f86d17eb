/* database: see database.h. Besides lib/query the only file that knows SQLite. */
#include "lib/store/database.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include "lib/base/vec.h"

struct statement {
	struct database *database;
	sqlite3_stmt *handle;
};

struct database {
	struct arena *arena;
	sqlite3 *handle;
	const char *path;
	struct statement *version;
	VEC_OF(, struct statement *) statements;
};

static enum status failure(const struct database *database, int code, struct why *why)
{
	enum status status = STATUS_IO;

	if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
		status = STATUS_TIMEOUT;
	else if (code == SQLITE_FULL)
		status = STATUS_TOO_LARGE;
	else if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
		status = STATUS_INVALID;
	else if (code == SQLITE_CANTOPEN)
		status = STATUS_NOT_FOUND;
	return why_set(why, status, "%s: %s", database->path,
		       database->handle ? sqlite3_errmsg(database->handle) : sqlite3_errstr(code));
}

static void close_database(void *data)
{
	struct database *database = data;

	for (size_t i = 0; i < database->statements.n; i++)
		sqlite3_finalize(database->statements.items[i]->handle);
	sqlite3_close(database->handle);
}

enum status database_open(struct arena *arena, const char *path, bool create, unsigned mode,
			  struct database **database_out, struct why *why)
{
	struct database *database = ARENA_NEW(arena, struct database);
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);
	mode_t mask = umask((mode_t)~mode & 0777);
	int code;

	database->arena = arena;
	database->path = arena_cstr(arena, str_from(path));
	code = sqlite3_open_v2(path, &database->handle, flags, NULL);
	arena_on_reset(arena, close_database, database);
	enum status status = code == SQLITE_OK ? STATUS_OK : failure(database, code, why);
	if (status == STATUS_OK) {
		sqlite3_busy_timeout(database->handle, DATABASE_BUSY_MS);
		status = database_run(database,
				      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;", why);
	}
	umask(mask);
	if (status == STATUS_OK)
		status = database_prepare(database, "PRAGMA data_version", &database->version, why);
	if (status == STATUS_OK)
		*database_out = database;
	return status;
}

enum status database_run(struct database *database, const char *sql, struct why *why)
{
	int code = sqlite3_exec(database->handle, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? STATUS_OK : failure(database, code, why);
}

int64_t database_version(struct database *database)
{
	bool row = false;
	int64_t version = 0;

	if (statement_step(database->version, &row, NULL) == STATUS_OK && row) {
		version = statement_i64(database->version, 0);
		statement_reset(database->version);
	}
	return version;
}

int64_t database_last_id(const struct database *database)
{
	return sqlite3_last_insert_rowid(database->handle);
}

size_t database_changes(const struct database *database)
{
	return (size_t)sqlite3_changes(database->handle);
}

/* --- statements --- */

enum status database_prepare(struct database *database, const char *sql,
			     struct statement **statement_out, struct why *why)
{
	struct statement *statement = ARENA_NEW(database->arena, struct statement);
	int code = sqlite3_prepare_v3(database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
				      &statement->handle, NULL);

	if (code != SQLITE_OK)
		return failure(database, code, why);
	statement->database = database;
	vec_push(database->arena, &database->statements, statement);
	*statement_out = statement;
	return STATUS_OK;
}

void statement_set_i64(struct statement *statement, int at, int64_t value)
{
	sqlite3_bind_int64(statement->handle, at + 1, value);
}

void statement_set_real(struct statement *statement, int at, double value)
{
	sqlite3_bind_double(statement->handle, at + 1, value);
}

void statement_set_text(struct statement *statement, int at, struct str value)
{
	if (value.ptr)
		sqlite3_bind_text64(statement->handle, at + 1, value.ptr, value.len,
				    SQLITE_TRANSIENT, SQLITE_UTF8);
	else
		sqlite3_bind_null(statement->handle, at + 1);
}

void statement_set_bytes(struct statement *statement, int at, struct str value)
{
	if (value.ptr)
		sqlite3_bind_blob64(statement->handle, at + 1, value.ptr, value.len,
				    SQLITE_TRANSIENT);
	else
		sqlite3_bind_null(statement->handle, at + 1);
}

enum status statement_step(struct statement *statement, bool *row_out, struct why *why)
{
	int code = sqlite3_step(statement->handle);

	*row_out = code == SQLITE_ROW;
	if (code == SQLITE_ROW)
		return STATUS_OK;
	enum status status =
		code == SQLITE_DONE ? STATUS_OK : failure(statement->database, code, why);
	sqlite3_reset(statement->handle);
	return status;
}

void statement_reset(struct statement *statement)
{
	sqlite3_reset(statement->handle);
}

enum status statement_run(struct statement *statement, struct why *why)
{
	bool row = true;
	enum status status = STATUS_OK;

	while (status == STATUS_OK && row)
		status = statement_step(statement, &row, why);
	return status;
}

int64_t statement_i64(struct statement *statement, int at)
{
	return sqlite3_column_int64(statement->handle, at);
}

double statement_real(struct statement *statement, int at)
{
	return sqlite3_column_double(statement->handle, at);
}

struct str statement_bytes(struct statement *statement, int at)
{
	const char *bytes = sqlite3_column_blob(statement->handle, at);

	return str_make(bytes, bytes ? (size_t)sqlite3_column_bytes(statement->handle, at) : 0);
}
