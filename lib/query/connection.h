/*
 * connection: a database over ODBC, kept open: statements with values, rows, transactions. Only in
 * builds WITH_ODBC. One statement at a time: what sql_ask() asked ends with the next one.
 * Statements are prepared once for each text. Not carried over a fork.
 */
#ifndef WHORL_QUERY_CONNECTION_H
#define WHORL_QUERY_CONNECTION_H

#include "lib/base/clock.h"
#include "lib/base/str.h"
#include "lib/base/why.h"

struct sql;

enum sql_kind { SQL_KIND_OTHER, SQL_KIND_POSTGRESQL, SQL_KIND_MYSQL };

enum { SQL_VALUES_MAX = 1024, SQL_TEXT_BYTES = 64 * 1024 /* of a cell; longer ones are cut */ };

struct sql_value {
	enum { SQL_VALUE_INTEGER, SQL_VALUE_TEXT, SQL_VALUE_BYTES } kind;
	int32_t integer;
	struct str text; /* ptr NULL: NULL */
};

/* dsn as DBI has it (query.h). STATUS_INVALID: it is none; STATUS_TIMEOUT; STATUS_IO. */
enum status sql_open(struct str dsn, struct str user, struct str password, struct deadline deadline,
		     struct sql **sql_out, struct why *why);
void sql_close(struct sql *sql);
enum sql_kind sql_kind(const struct sql *sql);
/* The connection is lost; nothing but sql_close() makes sense. */
bool sql_is_lost(const struct sql *sql);

enum status sql_begin(struct sql *sql, struct why *why);
/* Commit or roll back. */
enum status sql_end(struct sql *sql, bool commits, struct why *why);

/* text lives as long as the connection. STATUS_REFUSED: the row is there already, or another
 * transaction is in the way (a deadlock): begin again; STATUS_NOT_FOUND: there is no such table. */
enum status sql_ask(struct sql *sql, const char *text, const struct sql_value *values, size_t n,
		    struct why *why);
/* *row_out false: that was all. */
enum status sql_next(struct sql *sql, bool *row_out, struct why *why);
/* Columns count from 0; each is read once, in order; views are good until the next read of one. */
int64_t sql_integer(struct sql *sql, unsigned at);
struct str sql_text(struct sql *sql, unsigned at);  /* ptr NULL: NULL, or no such column */
struct str sql_bytes(struct sql *sql, unsigned at); /* of a column of bytes */
/* Rows that the statement has changed. */
size_t sql_changed(struct sql *sql);

#endif
