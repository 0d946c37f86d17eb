/*
 * query: asking databases for two-column rows. SQL by DBI's way of naming a database (SQLite is
 * built in; everything else goes through ODBC where that was configured), and LDAP where that was.
 * One connection a question: it is opened, asked and closed, within the deadline; or, with
 * query_open(), one connection for several statements that may write.
 */
#ifndef WHORL_QUERY_QUERY_H
#define WHORL_QUERY_QUERY_H

#include "lib/base/clock.h"
#include "lib/base/vec.h"
#include "lib/base/why.h"

/* ptr NULL stands for NULL. */
struct query_row {
	struct str first, second;
};
VEC_OF(query_row_vec, struct query_row);

enum {
	QUERY_ROWS_MAX = 100000,
	QUERY_BYTES_MAX = 16 * 1024 * 1024, /* of all rows together */
};

/*
 * dsn: "DBI:DRIVER:REST" as DBI takes it, "DBI:SQLite:dbname=/path",
 * "DBI:mysql:DATABASE:HOST:PORT", "DBI:Pg:dbname=DATABASE;host=HOST", "DBI:ODBC:NAME". sql has a
 * "?" for each of values in turn (ptr NULL is NULL): they are bound, never pasted.
 * STATUS_UNSUPPORTED: this build has no such driver; STATUS_INVALID: the DSN or the SQL is wrong;
 * STATUS_TIMEOUT; STATUS_IO: anything else.
 */
enum status query_sql(struct arena *arena, struct str dsn, struct str user, struct str password,
		      struct str sql, const struct str_vec *values, struct deadline deadline,
		      struct query_row_vec *rows_out, struct why *why);

/* The same on a connection that stays open for a while. Floating-point numbers come with all their
 * digits; query_sql() gives them as the database writes them. rows live in the arena; rows_out may
 * be NULL. Each statement is a transaction of its own, where none was begun with an SQL statement.
 */
struct query_link;
enum status query_open(struct arena *arena, struct str dsn, struct str user, struct str password,
		       struct deadline deadline, struct query_link **link_out, struct why *why);
enum status query_run(struct query_link *link, struct str sql, const struct str_vec *values,
		      struct query_row_vec *rows_out, struct why *why);
void query_close(struct query_link *link);

/*
 * url: ldap://HOST:PORT/BASE?ATTRIBUTE?SCOPE?FILTER; every value of ATTRIBUTE is the first column
 * of a row. "__USERNAME__" in the filter becomes the name, escaped. An empty bind_dn binds
 * anonymously.
 */
enum status query_ldap(struct arena *arena, struct str url, struct str username, struct str bind_dn,
		       struct str password, struct deadline deadline,
		       struct query_row_vec *rows_out, struct why *why);

/* "SQLite 3.40.1, ODBC, LDAP": what this build can ask. */
const char *query_versions(void);

/* --- between the files of this folder --- */

struct dsn {
	struct str driver; /* "SQLite" */
	struct str rest;   /* behind the second colon */
	struct str database, host, port;
};
/* False: no DSN of DBI. */
bool dsn_parse(struct str text, struct dsn *dsn_out);
/* False when there are enough. */
bool query_add_row(struct arena *arena, struct query_row_vec *rows, struct str first,
		   struct str second, size_t *n_bytes);

struct query_link {
	struct arena *arena;
	struct deadline deadline;
	bool writable; /* and exact */
	enum status (*run)(struct query_link *link, struct str sql, const struct str_vec *values,
			   struct query_row_vec *rows, struct why *why);
	void (*close)(struct query_link *link);
};

/* settings: arena, deadline and writable of the link to be. */
enum status sqlite_open(const struct query_link *settings, const struct dsn *dsn,
			struct query_link **link_out, struct why *why);
enum status odbc_open(const struct query_link *settings, const struct dsn *dsn, struct str user,
		      struct str password, struct query_link **link_out, struct why *why);
const char *sqlite_version(void);

#endif
