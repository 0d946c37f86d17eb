/* sqlite: query.h's SQLite side; the only file that knows the library. */
#include "lib/query/query.h"

#include <sqlite3.h>

enum { STEPS_BETWEEN_LOOKS = 1000, BUSY_MS_MAX = 10 * 1000 };

struct sqlite_link {
	struct query_link link;
	sqlite3 *db;
};

static int look_at_clock(void *data)
{
	return deadline_passed(((struct query_link *)data)->deadline);
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

static struct str column(const struct query_link *link, sqlite3_stmt *statement, int at)
{
	if (link->writable && at < sqlite3_column_count(statement) &&
	    sqlite3_column_type(statement, at) == SQLITE_FLOAT)
		return arena_printf(link->arena, "%.17g", sqlite3_column_double(statement, at));
	const char *text = at < sqlite3_column_count(statement)
				   ? (const char *)sqlite3_column_text(statement, at)
				   : NULL;
	return text ? str_make(text, (size_t)sqlite3_column_bytes(statement, at)) : STR_NONE;
}

static enum status run(struct query_link *base, struct str sql, const struct str_vec *values,
		       struct query_row_vec *rows, struct why *why)
{
	sqlite3 *db = ((struct sqlite_link *)base)->db;
	sqlite3_stmt *statement = NULL;
	size_t n_bytes = 0;
	int code = sqlite3_prepare_v2(db, sql.ptr, (int)sql.len, &statement, NULL);

	if (code == SQLITE_OK)
		code = bind_values(statement, values);
	if (code == SQLITE_OK) {
		while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
			if (!query_add_row(base->arena, rows, column(base, statement, 0),
					   column(base, statement, 1), &n_bytes))
				break;
		}
	}
	enum status status = code == SQLITE_DONE || code == SQLITE_OK ? STATUS_OK
			     : code == SQLITE_ROW ? why_set(why, STATUS_TOO_LARGE, "too many rows")
						  : failure(db, code, why);
	sqlite3_finalize(statement);
	return status;
}

static void close_link(struct query_link *base)
{
	sqlite3_close(((struct sqlite_link *)base)->db);
}

enum status sqlite_open(const struct query_link *settings, const struct dsn *dsn,
			struct query_link **link_out, struct why *why)
{
	struct sqlite_link *link = ARENA_NEW(settings->arena, struct sqlite_link);
	int left_ms = deadline_left_ms(settings->deadline);
	int flags = (settings->writable ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
					: SQLITE_OPEN_READONLY) |
		    SQLITE_OPEN_NOMUTEX;
	int code;

	link->link = *settings;
	link->link.run = run;
	link->link.close = close_link;
	code = sqlite3_open_v2(arena_cstr(settings->arena, dsn->database), &link->db, flags, NULL);
	if (code != SQLITE_OK) {
		enum status status = failure(link->db, code, why);
		sqlite3_close(link->db);
		return status;
	}
	sqlite3_busy_timeout(link->db,
			     left_ms >= 0 && left_ms < BUSY_MS_MAX ? left_ms : BUSY_MS_MAX);
	sqlite3_progress_handler(link->db, STEPS_BETWEEN_LOOKS, look_at_clock, &link->link);
	*link_out = &link->link;
	return STATUS_OK;
}

const char *sqlite_version(void)
{
	return sqlite3_libversion();
}
