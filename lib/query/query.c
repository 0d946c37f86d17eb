/* query: see query.h. Here: which driver a DSN means. */
#include <config.h> /* not ours: the one that configure makes */

#include "lib/query/query.h"

#include <stdio.h>

/* --- names of databases ------------------------------------------------------------------------
 */

/* "database=x;host=y;port=z" with DBI drivers' other spellings. */
static void read_attributes(struct dsn *dsn)
{
	struct str rest = dsn->rest, item;

	while (str_split_next(&rest, ';', &item)) {
		size_t equals = str_find_char(item, '=');
		if (equals == STR_NOT_FOUND)
			continue;
		struct str name = str_trim(str_sub(item, 0, equals));
		struct str value = str_trim(str_from_at(item, equals + 1));
		if (str_eq_ci_c(name, "database") || str_eq_ci_c(name, "dbname") ||
		    str_eq_ci_c(name, "db"))
			dsn->database = value;
		else if (str_eq_ci_c(name, "host") || str_eq_ci_c(name, "hostname"))
			dsn->host = value;
		else if (str_eq_ci_c(name, "port"))
			dsn->port = value;
	}
}

/* "DATABASE:HOST:PORT", the short form of the mysql driver; of SQLite the path alone. */
static void read_positions(struct dsn *dsn)
{
	struct str rest = dsn->rest;

	if (str_eq_ci_c(dsn->driver, "SQLite")) {
		dsn->database = rest;
		return;
	}
	if (str_split_next(&rest, ':', &dsn->database) && str_split_next(&rest, ':', &dsn->host))
		str_split_next(&rest, ':', &dsn->port);
}

bool dsn_parse(struct str text, struct dsn *dsn_out)
{
	struct str head;

	*dsn_out = (struct dsn){0};
	if (!str_split_next(&text, ':', &head) || !str_eq_ci_c(head, "dbi"))
		return false;
	size_t colon = str_find_char(text, ':');
	if (colon == STR_NOT_FOUND)
		return false;
	/* Attributes of the driver, "mysql(RaiseError=>1)", are DBI's own business. */
	dsn_out->driver = str_sub(text, 0, colon);
	size_t paren = str_find_char(dsn_out->driver, '(');
	if (paren != STR_NOT_FOUND)
		dsn_out->driver = str_sub(dsn_out->driver, 0, paren);
	dsn_out->rest = str_from_at(text, colon + 1);
	if (str_find_char(dsn_out->rest, '=') != STR_NOT_FOUND)
		read_attributes(dsn_out);
	else
		read_positions(dsn_out);
	return dsn_out->driver.len > 0;
}

/* --- asking ------------------------------------------------------------------------------------
 */

bool query_add_row(struct arena *arena, struct query_row_vec *rows, struct str first,
		   struct str second, size_t *n_bytes)
{
	struct query_row row = {0};

	*n_bytes += first.len + second.len;
	if (rows->n >= QUERY_ROWS_MAX || *n_bytes > QUERY_BYTES_MAX)
		return false;
	if (first.ptr)
		row.first = arena_str(arena, first);
	if (second.ptr)
		row.second = arena_str(arena, second);
	vec_push(arena, rows, row);
	return true;
}

static enum status open_link(struct arena *arena, struct str dsn_text, struct str user,
			     struct str password, struct deadline deadline, bool writable,
			     struct query_link **link_out, struct why *why)
{
	struct query_link settings = {.arena = arena, .deadline = deadline, .writable = writable};
	struct dsn dsn;

	if (!dsn_parse(dsn_text, &dsn))
		return why_set(why, STATUS_INVALID, "not the name of a database: \"%.*s\"",
			       STR_ARG(dsn_text));
	if (str_eq_ci_c(dsn.driver, "SQLite"))
		return sqlite_open(&settings, &dsn, link_out, why) == STATUS_OK
			       ? STATUS_OK
			       : why_context(why, "%.*s", STR_ARG(dsn.database));
#ifdef WITH_ODBC
	return odbc_open(&settings, &dsn, user, password, link_out, why);
#else
	(void)user;
	(void)password;
	return why_set(why, STATUS_UNSUPPORTED, "this build has no driver for DBI:%.*s",
		       STR_ARG(dsn.driver));
#endif
}

enum status query_open(struct arena *arena, struct str dsn, struct str user, struct str password,
		       struct deadline deadline, struct query_link **link_out, struct why *why)
{
	return open_link(arena, dsn, user, password, deadline, true, link_out, why);
}

enum status query_run(struct query_link *link, struct str sql, const struct str_vec *values,
		      struct query_row_vec *rows_out, struct why *why)
{
	static const struct str_vec no_values;
	struct query_row_vec unwanted = {0};

	if (rows_out)
		*rows_out = (struct query_row_vec){0};
	return link->run(link, sql, values ? values : &no_values, rows_out ? rows_out : &unwanted,
			 why);
}

void query_close(struct query_link *link)
{
	if (link)
		link->close(link);
}

enum status query_sql(struct arena *arena, struct str dsn, struct str user, struct str password,
		      struct str sql, const struct str_vec *values, struct deadline deadline,
		      struct query_row_vec *rows_out, struct why *why)
{
	struct query_link *link;
	enum status status;

	*rows_out = (struct query_row_vec){0};
	if (open_link(arena, dsn, user, password, deadline, false, &link, why) != STATUS_OK)
		return why->status;
	status = query_run(link, sql, values, rows_out, why);
	query_close(link);
	return status == STATUS_OK || !str_has_prefix_ci(dsn, "dbi:sqlite:")
		       ? status
		       : why_context(why, "%.*s", STR_ARG(dsn));
}

#ifndef WITH_LDAP
enum status query_ldap(struct arena *arena, struct str url, struct str username, struct str bind_dn,
		       struct str password, struct deadline deadline,
		       struct query_row_vec *rows_out, struct why *why)
{
	(void)arena, (void)url, (void)username, (void)bind_dn, (void)password, (void)deadline;
	*rows_out = (struct query_row_vec){0};
	return why_set(why, STATUS_UNSUPPORTED, "this build has no LDAP");
}
#endif

#ifdef WITH_ODBC
#define ODBC_TEXT ", ODBC"
#else
#define ODBC_TEXT ""
#endif
#ifdef WITH_LDAP
#define LDAP_TEXT ", LDAP"
#else
#define LDAP_TEXT ""
#endif

const char *query_versions(void)
{
	static char text[64];

	snprintf(text, sizeof text, "SQLite %s%s%s", sqlite_version(), ODBC_TEXT, LDAP_TEXT);
	return text;
}
