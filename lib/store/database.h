/*
 * database: an SQL database in a file of our own (SQLite), kept open: ledgers, tables that other
 * programs read as well. What is committed is on the disk (write-ahead log, full synchronisation).
 * For one process at a time on each connection; not carried over a fork.
 */
#ifndef WHORL_STORE_DATABASE_H
#define WHORL_STORE_DATABASE_H

#include <stdint.h>
#include "lib/base/arena.h"
#include "lib/base/why.h"

struct database;
struct statement;

enum { DATABASE_BUSY_MS = 10 * 1000 };

/* create: make the file with mode when it is absent, else STATUS_NOT_FOUND. Closed with the arena.
 */
enum status database_open(struct arena *arena, const char *path, bool create, unsigned mode,
			  struct database **database_out, struct why *why);
/* Statements without results, one after the other. */
enum status database_run(struct database *database, const char *sql, struct why *why);
/* A number that changes whenever another connection has committed. */
int64_t database_version(struct database *database);
int64_t database_last_id(const struct database *database);
size_t database_changes(const struct database *database);

/* Prepared once, used often; finalized with the database. */
enum status database_prepare(struct database *database, const char *sql,
			     struct statement **statement_out, struct why *why);
/* Parameters and columns count from 0. Bytes are copied. ptr NULL binds NULL. */
void statement_set_i64(struct statement *statement, int at, int64_t value);
void statement_set_real(struct statement *statement, int at, double value);
void statement_set_text(struct statement *statement, int at, struct str value);
void statement_set_bytes(struct statement *statement, int at, struct str value);
/* *row_out: there is a row to read; false at the end, when the statement is ready for its next use.
 * STATUS_TIMEOUT: another process holds the database; STATUS_TOO_LARGE: the disk is full. */
enum status statement_step(struct statement *statement, bool *row_out, struct why *why);
/* Before the end of its rows. */
void statement_reset(struct statement *statement);
/* Step to the end, rows ignored. */
enum status statement_run(struct statement *statement, struct why *why);
int64_t statement_i64(struct statement *statement, int at);
double statement_real(struct statement *statement, int at);
/* Valid until the next step. */
struct str statement_bytes(struct statement *statement, int at);

#endif
