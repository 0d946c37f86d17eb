/* odbc: query.h's way to every other database; the only file that knows ODBC. */
#include "lib/query/query.h"

#include <sql.h>
#include <sqlext.h>

#include "lib/base/buf.h"

enum { TEXT_BYTES = 1024, CELL_BYTES = 64 * 1024, PARAMS_MAX = 32 };

struct odbc {
	struct query_link link;
	SQLHENV env;
	SQLHDBC db;
	SQLHSTMT statement;
};

static bool worked(SQLRETURN code)
{
	return code == SQL_SUCCESS || code == SQL_SUCCESS_WITH_INFO;
}

static enum status failure(SQLSMALLINT kind, SQLHANDLE handle, struct why *why)
{
	SQLCHAR state[6] = "", text[256] = "";
	SQLINTEGER code;
	SQLSMALLINT len;

	SQLGetDiagRec(kind, handle, 1, state, &code, text, sizeof text, &len);
	bool slow = str_has_prefix(str_from((const char *)state), "HYT");
	return why_set(why, slow ? STATUS_TIMEOUT : STATUS_IO, "ODBC %s: %s", (char *)state,
		       (char *)text);
}

static void add(struct buf *out, const char *name, struct str value)
{
	if (value.len == 0)
		return;
	/* A brace ends the value unless it is doubled. */
	buf_printf(out, "%s={", name);
	for (size_t i = 0; i < value.len; i++) {
		buf_add_char(out, value.ptr[i]);
		if (value.ptr[i] == '}')
			buf_add_char(out, '}');
	}
	buf_add_cstr(out, "};");
}

/* Names under which the usual drivers are installed. */
static const char *driver_of(const struct dsn *dsn)
{
	if (str_eq_ci_c(dsn->driver, "Pg"))
		return "PostgreSQL Unicode";
	if (str_eq_ci_c(dsn->driver, "mysql"))
		return "MySQL";
	if (str_eq_ci_c(dsn->driver, "MariaDB"))
		return "MariaDB Unicode";
	return NULL;
}

static struct str connection_text(struct arena *arena, const struct dsn *dsn, struct str user,
				  struct str password)
{
	const char *driver = driver_of(dsn);
	struct buf out;

	buf_init(&out, arena);
	if (str_eq_ci_c(dsn->driver, "ODBC")) {
		bool is_text = str_find_char(dsn->rest, '=') != STR_NOT_FOUND;
		buf_printf(&out, "%s%.*s;", is_text ? "" : "DSN=", STR_ARG(dsn->rest));
	} else {
		add(&out, "DRIVER", driver ? str_from(driver) : dsn->driver);
		add(&out, "SERVER", dsn->host.len ? dsn->host : STR_LIT("localhost"));
		add(&out, "PORT", dsn->port);
		add(&out, "DATABASE", dsn->database);
	}
	add(&out, "UID", user);
	add(&out, "PWD", password);
	return buf_str(&out);
}

static SQLULEN seconds_left(struct deadline deadline)
{
	int left_ms = deadline_left_ms(deadline);
	return left_ms < 0 ? 0 : (SQLULEN)(left_ms / 1000 + 1);
}

static enum status open_database(struct odbc *odbc, struct str text, struct deadline deadline,
				 struct why *why)
{
	SQLPOINTER version = (SQLPOINTER)(size_t)SQL_OV_ODBC3;

	if (!worked(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &odbc->env)) ||
	    !worked(SQLSetEnvAttr(odbc->env, SQL_ATTR_ODBC_VERSION, version, 0)) ||
	    !worked(SQLAllocHandle(SQL_HANDLE_DBC, odbc->env, &odbc->db)))
		return why_set(why, STATUS_IO, "ODBC cannot be used");
	SQLSetConnectAttr(odbc->db, SQL_ATTR_LOGIN_TIMEOUT,
			  (SQLPOINTER)(size_t)seconds_left(deadline), 0);
	if (!worked(SQLDriverConnect(odbc->db, NULL, (SQLCHAR *)(size_t)text.ptr,
				     (SQLSMALLINT)text.len, NULL, 0, NULL, SQL_DRIVER_NOPROMPT)))
		return failure(SQL_HANDLE_DBC, odbc->db, why);
	if (!worked(SQLAllocHandle(SQL_HANDLE_STMT, odbc->db, &odbc->statement)))
		return failure(SQL_HANDLE_DBC, odbc->db, why);
	SQLSetStmtAttr(odbc->statement, SQL_ATTR_QUERY_TIMEOUT,
		       (SQLPOINTER)(size_t)seconds_left(deadline), 0);
	return STATUS_OK;
}

static enum status execute(struct odbc *odbc, struct str sql, const struct str_vec *values,
			   struct why *why)
{
	SQLLEN lengths[PARAMS_MAX];

	if (values->n > PARAMS_MAX)
		return why_set(why, STATUS_INVALID, "more than %d values in a query", PARAMS_MAX);
	for (size_t i = 0; i < values->n; i++) {
		struct str value = values->items[i];
		lengths[i] = value.ptr ? (SQLLEN)value.len : SQL_NULL_DATA;
		if (!worked(SQLBindParameter(odbc->statement, (SQLUSMALLINT)(i + 1),
					     SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR,
					     value.len ? value.len : 1, 0,
					     (SQLPOINTER)(size_t)(value.ptr ? value.ptr : ""),
					     (SQLLEN)value.len, &lengths[i])))
			return failure(SQL_HANDLE_STMT, odbc->statement, why);
	}
	SQLRETURN code =
		SQLExecDirect(odbc->statement, (SQLCHAR *)(size_t)sql.ptr, (SQLINTEGER)sql.len);
	if (!worked(code) && code != SQL_NO_DATA)
		return failure(SQL_HANDLE_STMT, odbc->statement, why);
	return STATUS_OK;
}

static bool cell(struct odbc *odbc, SQLUSMALLINT at, char *room, struct str *out)
{
	SQLLEN len = 0;
	SQLSMALLINT n_columns = 0;

	*out = STR_NONE;
	SQLNumResultCols(odbc->statement, &n_columns);
	if (at > n_columns)
		return true;
	if (!worked(SQLGetData(odbc->statement, at, SQL_C_CHAR, room, CELL_BYTES, &len)))
		return false;
	if (len != SQL_NULL_DATA)
		*out = str_from(room);
	return true;
}

static enum status fetch(struct arena *arena, struct odbc *odbc, struct query_row_vec *rows,
			 struct why *why)
{
	char *first_room = arena_alloc(arena, CELL_BYTES),
	     *second_room = arena_alloc(arena, CELL_BYTES);
	struct str first, second;
	size_t n_bytes = 0;
	SQLRETURN code;

	while (worked(code = SQLFetch(odbc->statement))) {
		if (!cell(odbc, 1, first_room, &first) || !cell(odbc, 2, second_room, &second))
			return failure(SQL_HANDLE_STMT, odbc->statement, why);
		if (!query_add_row(arena, rows, first, second, &n_bytes))
			return why_set(why, STATUS_TOO_LARGE, "too many rows");
	}
	return code == SQL_NO_DATA ? STATUS_OK : failure(SQL_HANDLE_STMT, odbc->statement, why);
}

static void close_link(struct query_link *link)
{
	struct odbc *odbc = (struct odbc *)link;

	if (odbc->statement)
		SQLFreeHandle(SQL_HANDLE_STMT, odbc->statement);
	if (odbc->db) {
		SQLDisconnect(odbc->db);
		SQLFreeHandle(SQL_HANDLE_DBC, odbc->db);
	}
	if (odbc->env)
		SQLFreeHandle(SQL_HANDLE_ENV, odbc->env);
}

static enum status run(struct query_link *link, struct str sql, const struct str_vec *values,
		       struct query_row_vec *rows, struct why *why)
{
	struct odbc *odbc = (struct odbc *)link;
	SQLSMALLINT n_columns = 0;
	enum status status = execute(odbc, sql, values, why);

	if (status == STATUS_OK)
		SQLNumResultCols(odbc->statement, &n_columns);
	if (status == STATUS_OK && n_columns > 0)
		status = fetch(link->arena, odbc, rows, why);
	/* Ready for the next statement. */
	SQLFreeStmt(odbc->statement, SQL_CLOSE);
	SQLFreeStmt(odbc->statement, SQL_RESET_PARAMS);
	return status;
}

enum status odbc_open(const struct query_link *settings, const struct dsn *dsn, struct str user,
		      struct str password, struct query_link **link_out, struct why *why)
{
	struct odbc *odbc = ARENA_NEW(settings->arena, struct odbc);
	enum status status;

	odbc->link = *settings;
	odbc->link.run = run;
	odbc->link.close = close_link;
	status = open_database(odbc, connection_text(settings->arena, dsn, user, password),
			       settings->deadline, why);
	if (status != STATUS_OK)
		close_link(&odbc->link);
	else
		*link_out = &odbc->link;
	return status;
}
