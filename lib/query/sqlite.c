/* sqlite: query.h's SQLite side; the only file that knows the library. */
#include "lib/query/query.h"

#include <sqlite3.h>

enum { STEPS_BETWEEN_LOOKS = 1000, BUSY_MS_MAX = 10 * 1000 };

static int look_at_clock(void *data)
{
	return deadline_passed(*(struct deadline *)data);
}

static enum status failure(sqlite3 *db, int code, struct why *why)
{
	enum status status = code == SQLITE_INTERRUPT || code == SQLITE_BUSY ? STATUS_TIMEOUT
			     : code == SQLITE_ERROR                          ? STATUS_INVALID
									     : STATUS_IO;
	return why_set(why, status, "%s", db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
}

static int bind_values(sqlite3_stmt *statement, const struct str_vec *values)
{
	int code = SQLITE_OK;

	for (size_t i = 0; i < values->n && code == SQLITE_OK; i++) {
		struct str value = values->items[i];
		code = value.ptr ? sqlite3_bind_text(statement, (int)i + 1, value.ptr,
						     (int)value.len, SQLITE_STATIC)
				 : sqlite3_bind_null(statement, (int)i + 1);
	}
	return code;
}

static struct str column(sqlite3_stmt *statement, int at)
{
	const char *text = at < sqlite3_column_count(statement)
				   ? (const char *)sqlite3_column_text(statement, at)
				   : NULL;
	return text ? str_make(text, (size_t)sqlite3_column_bytes(statement, at)) : STR_NONE;
}

static enum status run(struct arena *arena, sqlite3 *db, struct str sql,
		       const struct str_vec *values, struct query_row_vec *rows, struct why *why)
{
	sqlite3_stmt *statement = NULL;
	size_t n_bytes = 0;
	int code = sqlite3_prepare_v2(db, sql.ptr, (int)sql.len, &statement, NULL);

	if (code == SQLITE_OK)
		code = bind_values(statement, values);
	if (code == SQLITE_OK) {
		while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
			if (!query_add_row(arena, rows, column(statement, 0), column(statement, 1),
					   &n_bytes))
				break;
		}
	}
	enum status status = code == SQLITE_DONE || code == SQLITE_OK ? STATUS_OK
			     : code == SQLITE_ROW ? why_set(why, STATUS_TOO_LARGE, "too many rows")
						  : failure(db, code, why);
	sqlite3_finalize(statement);
	return status;
}

enum status query_sqlite(struct arena *arena, const struct dsn *dsn, struct str sql,
			 const struct str_vec *values, struct deadline deadline,
			 struct query_row_vec *rows_out, struct why *why)
{
	sqlite3 *db = NULL;
	int left_ms = deadline_left_ms(deadline);
	int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
	int code = sqlite3_open_v2(arena_cstr(arena, dsn->database), &db, flags, NULL);
	enum status status;

	if (code == SQLITE_OK) {
		sqlite3_busy_timeout(db,
				     left_ms >= 0 && left_ms < BUSY_MS_MAX ? left_ms : BUSY_MS_MAX);
		sqlite3_progress_handler(db, STEPS_BETWEEN_LOOKS, look_at_clock, &deadline);
		status = run(arena, db, sql, values, rows_out, why);
	} else {
		status = failure(db, code, why);
	}
	sqlite3_close(db);
	return status == STATUS_OK ? status : why_context(why, "%.*s", STR_ARG(dsn->database));
}

const char *sqlite_version(void)
{
	return sqlite3_libversion();
}
