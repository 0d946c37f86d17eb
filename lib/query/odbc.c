/* odbc: connection.h, and query.h's way to every other database; the only file that knows ODBC. */
#include "lib/query/connection.h"

#include <sql.h>
#include <sqlext.h>
#include <stdlib.h>

#include "lib/base/buf.h"
#include "lib/base/map.h"
#include "lib/base/must.h"
#include "lib/query/query.h"

enum { WORST_WAIT_S = 10 /* for one statement */ };

struct sql {
	struct arena *arena;
	SQLHENV env;
	SQLHDBC db;
	struct map *statements; /* text → SQLHSTMT */
	SQLHSTMT statement;     /* the one that was asked last */
	enum sql_kind kind;
	bool is_lost;
	char cell[SQL_TEXT_BYTES];
};

static bool worked(SQLRETURN code)
{
	return code == SQL_SUCCESS || code == SQL_SUCCESS_WITH_INFO;
}

/* --- what went wrong -------------------------------------------------------------------------- */

/* Classes of SQLSTATE (ISO/IEC 9075), and those of PostgreSQL and of MySQL's drivers. */
static const struct {
	const char *prefix;
	enum status status;
} states[] = {
	{"HYT", STATUS_TIMEOUT},     {"57014", STATUS_TIMEOUT},   {"55P03", STATUS_TIMEOUT},
	{"23", STATUS_REFUSED},      {"40", STATUS_REFUSED},      {"08", STATUS_CLOSED},
	{"57P", STATUS_CLOSED},      {"42P01", STATUS_NOT_FOUND}, {"42S02", STATUS_NOT_FOUND},
	{"01000", STATUS_NOT_FOUND}, {"IM0", STATUS_NOT_FOUND},
};

static enum status status_of(const char *state)
{
	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		if (str_has_prefix(str_from(state), states[i].prefix))
			return states[i].status;
	return STATUS_IO;
}

static enum status failure(SQLSMALLINT kind, SQLHANDLE handle, struct why *why)
{
	SQLCHAR state[6] = "", text[256] = "";
	SQLINTEGER code;
	SQLSMALLINT len;

	SQLGetDiagRec(kind, handle, 1, state, &code, text, sizeof text, &len);
	for (SQLCHAR *c = text; *c; c++)
		if (*c == '\n' || *c == '\r')
			*c = ' ';
	return why_set(why, status_of((char *)state), "ODBC %s: %s", (char *)state, (char *)text);
}

static enum status lost_or_failed(struct sql *sql, SQLHSTMT statement, struct why *why)
{
	SQLUINTEGER dead = SQL_CD_FALSE;
	struct why own;
	enum status status = failure(SQL_HANDLE_STMT, statement, why ? why : &own);

	SQLGetConnectAttr(sql->db, SQL_ATTR_CONNECTION_DEAD, &dead, sizeof dead, NULL);
	sql->is_lost = sql->is_lost || dead == SQL_CD_TRUE || status == STATUS_CLOSED;
	return status;
}

/* --- names ------------------------------------------------------------------------------------ */

static bool is_plain(struct str value)
{
	for (size_t i = 0; i < value.len; i++)
		if (!ascii_is_word((unsigned char)value.ptr[i]) &&
		    !ascii_is_in(value.ptr[i], "./-:@"))
			return false;
	return true;
}

/* In braces only where there is need: psqlODBC takes those around a port for part of it. */
static void add(struct buf *out, const char *name, struct str value)
{
	if (value.len == 0)
		return;
	if (is_plain(value)) {
		buf_printf(out, "%s=%.*s;", name, STR_ARG(value));
		return;
	}
	/* A brace ends the value unless it is doubled. */
	buf_printf(out, "%s={", name);
	for (size_t i = 0; i < value.len; i++) {
		buf_add_char(out, value.ptr[i]);
		if (value.ptr[i] == '}')
			buf_add_char(out, '}');
	}
	buf_add_cstr(out, "};");
}

/* Names under which the usual drivers are installed, by DBI's name. */
static const struct {
	const char *dbi, *name;
} drivers[] = {
	{"Pg", "PostgreSQL Unicode"}, {"Pg", "PostgreSQL"}, {"mysql", "MySQL"},
	{"mysql", "MariaDB Unicode"}, {"mysql", "MariaDB"}, {"MariaDB", "MariaDB Unicode"},
	{"MariaDB", "MariaDB"},
};

static struct str connection_text(struct arena *arena, const struct dsn *dsn, const char *driver,
				  struct str user, struct str password)
{
	bool is_postgresql = str_eq_ci_c(dsn->driver, "Pg");
	struct buf out;

	buf_init(&out, arena);
	if (str_eq_ci_c(dsn->driver, "ODBC")) {
		bool is_text = str_find_char(dsn->rest, '=') != STR_NOT_FOUND;
		buf_printf(&out, "%s%.*s;", is_text ? "" : "DSN=", STR_ARG(dsn->rest));
	} else {
		add(&out, "DRIVER", driver ? str_from(driver) : dsn->driver);
		/* Without a host both mean their local socket; only one of them says so by this. */
		add(&out, "SERVER",
		    dsn->host.len || is_postgresql ? dsn->host : STR_LIT("localhost"));
		add(&out, "PORT", dsn->port);
		add(&out, "DATABASE", dsn->database);
	}
	add(&out, "UID", user);
	add(&out, "PWD", password);
	return buf_str(&out);
}

/* --- opening ---------------------------------------------------------------------------------- */

static SQLULEN seconds_left(struct deadline deadline)
{
	int left_ms = deadline_left_ms(deadline);

	return left_ms < 0 ? WORST_WAIT_S : (SQLULEN)(left_ms / 1000 + 1);
}

static enum status connect_by(struct sql *sql, struct str text, struct deadline deadline,
			      struct why *why)
{
	if (sql->db)
		SQLFreeHandle(SQL_HANDLE_DBC, sql->db);
	sql->db = NULL;
	if (!worked(SQLAllocHandle(SQL_HANDLE_DBC, sql->env, &sql->db)))
		return why_set(why, STATUS_IO, "ODBC cannot be used");
	SQLSetConnectAttr(sql->db, SQL_ATTR_LOGIN_TIMEOUT,
			  (SQLPOINTER)(size_t)seconds_left(deadline), 0);
	if (!worked(SQLDriverConnect(sql->db, NULL, (SQLCHAR *)(size_t)text.ptr,
				     (SQLSMALLINT)text.len, NULL, 0, NULL, SQL_DRIVER_NOPROMPT)))
		return failure(SQL_HANDLE_DBC, sql->db, why);
	return STATUS_OK;
}

/* By the first of the drivers that is installed. */
static enum status connect_any(struct sql *sql, const struct dsn *dsn, struct str user,
			       struct str password, struct deadline deadline, struct why *why)
{
	enum status status = STATUS_NOT_FOUND;

	for (size_t i = 0; i < sizeof drivers / sizeof *drivers && status == STATUS_NOT_FOUND; i++)
		if (str_eq_ci_c(dsn->driver, drivers[i].dbi))
			status = connect_by(
				sql,
				connection_text(sql->arena, dsn, drivers[i].name, user, password),
				deadline, why);
	if (status != STATUS_NOT_FOUND)
		return status;
	return connect_by(sql, connection_text(sql->arena, dsn, NULL, user, password), deadline,
			  why);
}

static enum sql_kind ask_kind(const struct sql *sql)
{
	char name[64] = "";
	SQLSMALLINT len;

	SQLGetInfo(sql->db, SQL_DBMS_NAME, name, sizeof name, &len);
	if (str_contains_ci(str_from(name), "postgres"))
		return SQL_KIND_POSTGRESQL;
	return str_contains_ci(str_from(name), "mysql") || str_contains_ci(str_from(name), "maria")
		       ? SQL_KIND_MYSQL
		       : SQL_KIND_OTHER;
}

static enum status open_dsn(const struct dsn *dsn, struct str user, struct str password,
			    struct deadline deadline, struct sql **sql_out, struct why *why)
{
	struct sql *sql;
	enum status status;

	sql = calloc(1, sizeof *sql);
	must(sql);
	sql->arena = arena_new("sql", 0);
	sql->statements = map_new(sql->arena);
	if (!worked(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &sql->env)) ||
	    !worked(SQLSetEnvAttr(sql->env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)(size_t)SQL_OV_ODBC3,
				  0)))
		status = why_set(why, STATUS_IO, "ODBC cannot be used");
	else
		status = connect_any(sql, dsn, user, password, deadline, why);
	if (status != STATUS_OK) {
		sql_close(sql);
		return status;
	}
	sql->kind = ask_kind(sql);
	*sql_out = sql;
	return STATUS_OK;
}

enum status sql_open(struct str text, struct str user, struct str password,
		     struct deadline deadline, struct sql **sql_out, struct why *why)
{
	struct dsn dsn;

	if (!dsn_parse(text, &dsn))
		return why_set(why, STATUS_INVALID, "not the name of a database: \"%.*s\"",
			       STR_ARG(text));
	return open_dsn(&dsn, user, password, deadline, sql_out, why);
}

void sql_close(struct sql *sql)
{
	const struct map_entry *entry;
	size_t cursor = 0;

	while ((entry = map_next(sql->statements, &cursor)) != NULL)
		SQLFreeHandle(SQL_HANDLE_STMT, entry->value);
	if (sql->db) {
		SQLDisconnect(sql->db);
		SQLFreeHandle(SQL_HANDLE_DBC, sql->db);
	}
	if (sql->env)
		SQLFreeHandle(SQL_HANDLE_ENV, sql->env);
	arena_free(sql->arena);
	free(sql);
}

enum sql_kind sql_kind(const struct sql *sql)
{
	return sql->kind;
}

bool sql_is_lost(const struct sql *sql)
{
	return sql->is_lost;
}

/* --- transactions ----------------------------------------------------------------------------- */

static enum status set_autocommit(struct sql *sql, bool on, struct why *why)
{
	SQLULEN mode = on ? SQL_AUTOCOMMIT_ON : SQL_AUTOCOMMIT_OFF;

	if (worked(SQLSetConnectAttr(sql->db, SQL_ATTR_AUTOCOMMIT, (SQLPOINTER)mode,
				     SQL_IS_UINTEGER)))
		return STATUS_OK;
	sql->is_lost = true;
	return failure(SQL_HANDLE_DBC, sql->db, why);
}

static void close_cursor(struct sql *sql)
{
	if (sql->statement)
		SQLFreeStmt(sql->statement, SQL_CLOSE);
	sql->statement = NULL;
}

enum status sql_begin(struct sql *sql, struct why *why)
{
	close_cursor(sql);
	return set_autocommit(sql, false, why);
}

enum status sql_end(struct sql *sql, bool commits, struct why *why)
{
	enum status status = STATUS_OK;

	close_cursor(sql);
	if (!worked(SQLEndTran(SQL_HANDLE_DBC, sql->db, commits ? SQL_COMMIT : SQL_ROLLBACK))) {
		status = failure(SQL_HANDLE_DBC, sql->db, why);
		SQLEndTran(SQL_HANDLE_DBC, sql->db, SQL_ROLLBACK);
		sql->is_lost = sql->is_lost || status == STATUS_CLOSED;
	}
	if (set_autocommit(sql, true, status == STATUS_OK ? why : NULL) != STATUS_OK &&
	    status == STATUS_OK)
		status = why ? why->status : STATUS_IO;
	return status;
}

/* --- statements ------------------------------------------------------------------------------- */

static enum status prepare(struct sql *sql, const char *text, struct why *why)
{
	SQLHSTMT statement = map_find_c(sql->statements, text);

	if (!statement) {
		if (!worked(SQLAllocHandle(SQL_HANDLE_STMT, sql->db, &statement)))
			return failure(SQL_HANDLE_DBC, sql->db, why);
		map_put(sql->statements, str_from(text), statement);
		SQLSetStmtAttr(statement, SQL_ATTR_QUERY_TIMEOUT, (SQLPOINTER)(size_t)WORST_WAIT_S,
			       0);
		if (!worked(SQLPrepare(statement, (SQLCHAR *)(size_t)text, SQL_NTS))) {
			enum status status = lost_or_failed(sql, statement, why);
			map_remove(sql->statements, str_from(text));
			SQLFreeHandle(SQL_HANDLE_STMT, statement);
			return status;
		}
	}
	sql->statement = statement;
	return STATUS_OK;
}

static SQLRETURN bind(SQLHSTMT statement, SQLUSMALLINT at, const struct sql_value *value,
		      SQLLEN *len)
{
	struct str text = value->text;
	SQLPOINTER bytes = (SQLPOINTER)(size_t)(text.ptr ? text.ptr : "");
	SQLULEN size = text.len ? text.len : 1;

	*len = text.ptr ? (SQLLEN)text.len : SQL_NULL_DATA;
	switch (value->kind) {
	case SQL_VALUE_INTEGER:
		*len = 0;
		return SQLBindParameter(statement, at, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0,
					0, (SQLPOINTER)(size_t)&value->integer, 0, len);
	case SQL_VALUE_BYTES:
		return SQLBindParameter(statement, at, SQL_PARAM_INPUT, SQL_C_BINARY, SQL_VARBINARY,
					size, 0, bytes, (SQLLEN)text.len, len);
	default:
		return SQLBindParameter(statement, at, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR,
					size, 0, bytes, (SQLLEN)text.len, len);
	}
}

enum status sql_ask(struct sql *sql, const char *text, const struct sql_value *values, size_t n,
		    struct why *why)
{
	SQLLEN lengths[SQL_VALUES_MAX];
	SQLRETURN code;

	close_cursor(sql);
	if (n > SQL_VALUES_MAX)
		return why_set(why, STATUS_INVALID, "more than %d values in a query",
			       SQL_VALUES_MAX);
	if (prepare(sql, text, why) != STATUS_OK)
		return why ? why->status : STATUS_IO;
	for (size_t i = 0; i < n; i++)
		if (!worked(bind(sql->statement, (SQLUSMALLINT)(i + 1), &values[i], &lengths[i])))
			return lost_or_failed(sql, sql->statement, why);
	code = SQLExecute(sql->statement);
	if (!worked(code) && code != SQL_NO_DATA)
		return lost_or_failed(sql, sql->statement, why);
	return STATUS_OK;
}

enum status sql_next(struct sql *sql, bool *row_out, struct why *why)
{
	SQLRETURN code = SQLFetch(sql->statement);

	*row_out = worked(code);
	return worked(code) || code == SQL_NO_DATA ? STATUS_OK
						   : lost_or_failed(sql, sql->statement, why);
}

int64_t sql_integer(struct sql *sql, unsigned at)
{
	SQLBIGINT value = 0;
	SQLLEN len = 0;

	if (!worked(SQLGetData(sql->statement, (SQLUSMALLINT)(at + 1), SQL_C_SBIGINT, &value, 0,
			       &len)) ||
	    len == SQL_NULL_DATA)
		return 0;
	return value;
}

static struct str cell(struct sql *sql, unsigned at, SQLSMALLINT as)
{
	SQLLEN len = 0, room = sizeof sql->cell - (as == SQL_C_CHAR);
	SQLSMALLINT n_columns = 0;

	SQLNumResultCols(sql->statement, &n_columns);
	if ((int)at >= n_columns ||
	    !worked(SQLGetData(sql->statement, (SQLUSMALLINT)(at + 1), as, sql->cell,
			       sizeof sql->cell, &len)) ||
	    len == SQL_NULL_DATA)
		return STR_NONE;
	return str_make(sql->cell, len < 0 || len > room ? (size_t)room : (size_t)len);
}

struct str sql_text(struct sql *sql, unsigned at)
{
	return cell(sql, at, SQL_C_CHAR);
}

struct str sql_bytes(struct sql *sql, unsigned at)
{
	return cell(sql, at, SQL_C_BINARY);
}

size_t sql_changed(struct sql *sql)
{
	SQLLEN n = 0;

	return worked(SQLRowCount(sql->statement, &n)) && n > 0 ? (size_t)n : 0;
}

/* --- a link of query.h ------------------------------------------------------------------------ */

struct odbc_link {
	struct query_link link;
	struct sql *sql;
};

static enum status fetch(struct query_link *link, struct sql *sql, struct query_row_vec *rows,
			 struct why *why)
{
	size_t n_bytes = 0;
	bool row;

	while (sql_next(sql, &row, why) == STATUS_OK && row) {
		struct str first = sql_text(sql, 0);
		if (first.ptr)
			first = arena_str(link->arena, first);
		if (!query_add_row(link->arena, rows, first, sql_text(sql, 1), &n_bytes))
			return why_set(why, STATUS_TOO_LARGE, "too many rows");
	}
	return row ? why->status : STATUS_OK;
}

static enum status run(struct query_link *link, struct str text, const struct str_vec *values,
		       struct query_row_vec *rows, struct why *why)
{
	struct sql *sql = ((struct odbc_link *)link)->sql;
	struct sql_value *all = ARENA_ARRAY(link->arena, struct sql_value, values->n + 1);
	SQLSMALLINT n_columns = 0;
	enum status status;

	for (size_t i = 0; i < values->n; i++)
		all[i] = (struct sql_value){.kind = SQL_VALUE_TEXT, .text = values->items[i]};
	status = sql_ask(sql, arena_cstr(link->arena, text), all, values->n, why);
	if (status == STATUS_OK)
		SQLNumResultCols(sql->statement, &n_columns);
	if (status == STATUS_OK && n_columns > 0)
		status = fetch(link, sql, rows, why);
	close_cursor(sql);
	return status;
}

static void close_link(struct query_link *link)
{
	sql_close(((struct odbc_link *)link)->sql);
}

enum status odbc_open(const struct query_link *settings, const struct dsn *dsn, struct str user,
		      struct str password, struct query_link **link_out, struct why *why)
{
	struct odbc_link *link = ARENA_NEW(settings->arena, struct odbc_link);
	enum status status = open_dsn(dsn, user, password, settings->deadline, &link->sql, why);

	link->link = *settings;
	link->link.run = run;
	link->link.close = close_link;
	if (status == STATUS_OK)
		*link_out = &link->link;
	return status;
}
