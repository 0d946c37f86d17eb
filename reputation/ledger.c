/* ledger: see ledger.h. Its schema, names and reports; ledger_records.c has what is derived. */
#include "reputation/ledger.h"

#include <stdio.h>

#include "lib/base/buf.h"
#include "lib/base/must.h"
#include "reputation/ledger_own.h"

enum { KEY_BYTES = 9 };

/* What a ledger has in which version of it; a change of the schema is one more step. */
static const char *const schema[] = {
	"CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS name(id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL);"
	"CREATE TABLE IF NOT EXISTS report(sequence INTEGER PRIMARY KEY AUTOINCREMENT,"
	" id BLOB UNIQUE NOT NULL, at_s INTEGER, reporter INTEGER, grp INTEGER, class INTEGER,"
	" kind INTEGER, keys BLOB);"
	"CREATE TABLE IF NOT EXISTS key(algorithm INTEGER, key INTEGER, last_s INTEGER, record "
	"BLOB,"
	" PRIMARY KEY(algorithm, key)) WITHOUT ROWID;"
	"CREATE INDEX IF NOT EXISTS key_last ON key(last_s);"
	"CREATE TABLE IF NOT EXISTS reporter(id INTEGER PRIMARY KEY, record BLOB);"
	"CREATE TABLE IF NOT EXISTS campaign(id INTEGER PRIMARY KEY, due_s INTEGER, record BLOB);"
	"CREATE INDEX IF NOT EXISTS campaign_due ON campaign(due_s) WHERE due_s IS NOT NULL;"
	"INSERT OR IGNORE INTO meta VALUES('format', 1), ('folded', 0);",
	/* 2: reports that are signed; quotas */
	"ALTER TABLE report ADD COLUMN signature BLOB;"
	"CREATE INDEX report_reporter ON report(reporter, at_s);",
	/* 3: exposures; records have another format and are made again */
	"ALTER TABLE report ADD COLUMN seen BLOB;"
	"DELETE FROM key; DELETE FROM reporter; DELETE FROM campaign;"
	"UPDATE meta SET value = 0 WHERE name = 'folded';",
	/* 4: late exposures; likewise */
	"DELETE FROM key; DELETE FROM reporter; DELETE FROM campaign;"
	"UPDATE meta SET value = 0 WHERE name = 'folded';",
	/* 5: other rules; likewise */
	"DELETE FROM key; DELETE FROM reporter; DELETE FROM campaign;"
	"UPDATE meta SET value = 0 WHERE name = 'folded';",
};
enum { VERSION = sizeof schema / sizeof *schema };

static const char *const queries[QUERIES] = {
	[QUERY_META] = "SELECT value FROM meta WHERE name = ?",
	[QUERY_SET_META] = "UPDATE meta SET value = ?2 WHERE name = ?1",
	[QUERY_NAME_ID] = "SELECT id FROM name WHERE name = ?",
	[QUERY_NAME_ADD] = "INSERT INTO name(name) VALUES(?)",
	[QUERY_REPORT_FIND] = "SELECT sequence FROM report WHERE id = ?",
	[QUERY_REPORT_ADD] = "INSERT INTO report(id, at_s, reporter, grp, class, kind, keys,"
			     " signature, seen) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[QUERY_REPORT_NEXT] = "SELECT sequence, at_s, reporter, grp, class, kind, keys, seen,"
			      " name FROM report LEFT JOIN name ON name.id = grp"
			      " WHERE sequence > ? ORDER BY sequence LIMIT 1",
	[QUERY_REPORTS_SINCE] = "SELECT count(*) FROM report WHERE at_s >= ?2 AND reporter ="
				" (SELECT id FROM name WHERE name = ?1)",
	[QUERY_KEY] = "SELECT record FROM key WHERE algorithm = ? AND key = ?",
	[QUERY_KEY_SET] = "INSERT OR REPLACE INTO key VALUES(?, ?, ?, ?)",
	[QUERY_REPORTER] = "SELECT record FROM reporter WHERE id = ?",
	[QUERY_REPORTER_SET] = "INSERT OR REPLACE INTO reporter VALUES(?, ?)",
	[QUERY_CAMPAIGN] = "SELECT record FROM campaign WHERE id = ?",
	[QUERY_CAMPAIGN_SET] = "INSERT OR REPLACE INTO campaign VALUES(?, ?, ?)",
	[QUERY_DUE] = "SELECT id FROM campaign WHERE due_s <= ? ORDER BY due_s, id",
};

/* --- opening --- */

static enum status version_of(struct database *database, int64_t *out, struct why *why)
{
	struct statement *ask;
	bool row = false;
	enum status status = database_prepare(database, "PRAGMA user_version", &ask, why);

	if (status == STATUS_OK)
		status = statement_step(ask, &row, why);
	*out = row ? statement_i64(ask, 0) : 0;
	if (row)
		statement_reset(ask);
	return status;
}

static enum status run_step(struct database *database, int64_t step, struct why *why)
{
	char set_version[64];
	enum status status = database_run(database, schema[step], why);

	snprintf(set_version, sizeof set_version, "PRAGMA user_version = %d", (int)step + 1);
	return status == STATUS_OK ? database_run(database, set_version, why) : status;
}

/* Two processes may do this at once; nothing is written where there is nothing to do. */
static enum status bring_up_to_date(struct database *database, struct why *why)
{
	int64_t version;
	enum status status = version_of(database, &version, why);

	if (status != STATUS_OK || version == VERSION)
		return status;
	status = database_run(database, "BEGIN IMMEDIATE", why);
	if (status == STATUS_OK)
		status = version_of(database, &version, why);
	if (status == STATUS_OK && version > VERSION)
		status = why_set(why, STATUS_UNSUPPORTED, "the ledger is of a later version");
	for (; status == STATUS_OK && version < VERSION; version++)
		status = run_step(database, version, why);
	if (status == STATUS_OK)
		return database_run(database, "COMMIT", why);
	database_run(database, "ROLLBACK", NULL);
	return status;
}

static enum status prepare_all(struct ledger *ledger, struct why *why)
{
	enum status status = STATUS_OK;

	for (int i = 0; i < QUERIES && status == STATUS_OK; i++)
		status =
			database_prepare(ledger->database, queries[i], &ledger->statements[i], why);
	return status;
}

enum status ledger_open(struct arena *arena, const char *state, bool create,
			struct ledger **ledger_out, struct why *why)
{
	struct ledger *ledger = ARENA_NEW(arena, struct ledger);
	const char *path = arena_printf(arena, "%s/ledger.db", state).ptr;
	enum status status = database_open(arena, path, create, 0640, &ledger->database, why);

	if (status == STATUS_OK)
		status = bring_up_to_date(ledger->database, why);
	if (status == STATUS_OK)
		status = prepare_all(ledger, why);
	if (status != STATUS_OK)
		return status;
	ledger->backing = ledger_backing_of(ledger);
	*ledger_out = ledger;
	return STATUS_OK;
}

struct database *ledger_database(struct ledger *ledger)
{
	return ledger->database;
}

const struct trust_backing *ledger_backing(struct ledger *ledger)
{
	return &ledger->backing;
}

int64_t ledger_version(struct ledger *ledger)
{
	return database_version(ledger->database);
}

enum status ledger_begin(struct ledger *ledger, struct why *why)
{
	return database_run(ledger->database, "BEGIN IMMEDIATE", why);
}

enum status ledger_commit(struct ledger *ledger, struct why *why)
{
	return database_run(ledger->database, "COMMIT", why);
}

void ledger_roll_back(struct ledger *ledger)
{
	database_run(ledger->database, "ROLLBACK", NULL);
}

/* One value of one row. *found_out: there was a row. */
static enum status ask_number(struct statement *statement, int64_t *value_out, bool *found_out,
			      struct why *why)
{
	enum status status = statement_step(statement, found_out, why);

	if (status == STATUS_OK && *found_out) {
		*value_out = statement_i64(statement, 0);
		statement_reset(statement);
	}
	return status;
}

/* 0 when there is none of this name. */
static enum status ask_meta(struct ledger *ledger, struct str name, int64_t *out, struct why *why)
{
	bool found;

	*out = 0;
	statement_set_text(ledger->statements[QUERY_META], 0, name);
	return ask_number(ledger->statements[QUERY_META], out, &found, why);
}

enum status ledger_folded(struct ledger *ledger, uint64_t *sequence_out, struct why *why)
{
	int64_t value;
	enum status status = ask_meta(ledger, STR_LIT("folded"), &value, why);

	*sequence_out = (uint64_t)value;
	return status;
}

enum status ledger_generation(struct ledger *ledger, int64_t *out, struct why *why)
{
	return ask_meta(ledger, STR_LIT("generation"), out, why);
}

enum status ledger_set_folded(struct ledger *ledger, uint64_t sequence, struct why *why)
{
	statement_set_text(ledger->statements[QUERY_SET_META], 0, STR_LIT("folded"));
	statement_set_i64(ledger->statements[QUERY_SET_META], 1, (int64_t)sequence);
	return statement_run(ledger->statements[QUERY_SET_META], why);
}

/* --- names --- */

static enum status name_id(struct ledger *ledger, struct str name, int64_t *id_out, struct why *why)
{
	struct statement *find = ledger->statements[QUERY_NAME_ID];
	bool found;

	statement_set_text(find, 0, name.ptr ? name : STR_LIT(""));
	enum status status = ask_number(find, id_out, &found, why);
	if (status != STATUS_OK || found)
		return status;
	statement_set_text(ledger->statements[QUERY_NAME_ADD], 0, name.ptr ? name : STR_LIT(""));
	status = statement_run(ledger->statements[QUERY_NAME_ADD], why);
	*id_out = database_last_id(ledger->database);
	return status;
}

/* --- reports --- */

static void pack_keys(struct buf *out, const struct ledger_report *report)
{
	for (size_t i = 0; i < report->n_keys && i < LEDGER_KEYS_MAX; i++) {
		buf_add_char(out, (char)report->keys[i].algorithm);
		buf_add(out, &report->keys[i].key, sizeof report->keys[i].key);
	}
}

static enum status add_report(struct ledger *ledger, const struct ledger_report *report,
			      uint64_t *sequence_out, struct why *why)
{
	struct statement *add = ledger->statements[QUERY_REPORT_ADD];
	int64_t reporter = 0, group = 0;
	struct buf keys, seen;
	enum status status = name_id(ledger, report->reporter, &reporter, why);

	if (status == STATUS_OK)
		status = name_id(ledger, report->group, &group, why);
	if (status != STATUS_OK)
		return status;
	buf_init(&keys, NULL);
	buf_init(&seen, NULL);
	pack_keys(&keys, report);
	if (report->seen)
		seen_pack(&seen, report->seen, keys.len / KEY_BYTES);
	statement_set_bytes(add, 0, report->id);
	statement_set_i64(add, 1, report->at_s);
	statement_set_i64(add, 2, reporter);
	statement_set_i64(add, 3, group);
	statement_set_i64(add, 4, report->class);
	statement_set_i64(add, 5, report->kind);
	statement_set_bytes(add, 6, keys.len ? buf_str(&keys) : STR_LIT(""));
	statement_set_bytes(add, 7, report->signature.len ? report->signature : STR_NONE);
	statement_set_bytes(add, 8, seen.len ? buf_str(&seen) : STR_NONE);
	status = statement_run(add, why);
	buf_free(&seen);
	buf_free(&keys);
	*sequence_out = (uint64_t)database_last_id(ledger->database);
	return status;
}

enum status ledger_find(struct ledger *ledger, struct str id, uint64_t *sequence_out,
			struct why *why)
{
	int64_t sequence = 0;
	bool found;

	statement_set_bytes(ledger->statements[QUERY_REPORT_FIND], 0, id);
	enum status status =
		ask_number(ledger->statements[QUERY_REPORT_FIND], &sequence, &found, why);
	*sequence_out = (uint64_t)sequence;
	return status;
}

enum status ledger_add(struct ledger *ledger, const struct ledger_report *report,
		       uint64_t *sequence_out, bool *is_new_out, struct why *why)
{
	enum status status = ledger_find(ledger, report->id, sequence_out, why);

	*is_new_out = *sequence_out == 0;
	if (status != STATUS_OK || !*is_new_out)
		return status;
	return add_report(ledger, report, sequence_out, why);
}

enum status ledger_append(struct ledger *ledger, const struct ledger_report *report,
			  uint64_t *sequence_out, bool *is_new_out, struct why *why)
{
	enum status status = ledger_begin(ledger, why);

	if (status != STATUS_OK)
		return status;
	status = ledger_add(ledger, report, sequence_out, is_new_out, why);
	if (status == STATUS_OK)
		status = ledger_commit(ledger, why);
	if (status != STATUS_OK)
		ledger_roll_back(ledger);
	return status;
}

struct trust_key_id *ledger_unpack_keys(struct arena *arena, struct str bytes, size_t *n_out)
{
	size_t n = bytes.len / KEY_BYTES;
	struct trust_key_id *keys = ARENA_ARRAY(arena, struct trust_key_id, n + 1);

	for (size_t i = 0; i < n; i++) {
		keys[i].algorithm = (uint8_t)bytes.ptr[i * KEY_BYTES];
		memcpy(&keys[i].key, bytes.ptr + i * KEY_BYTES + 1, sizeof keys[i].key);
	}
	*n_out = n;
	return keys;
}

enum status ledger_next(struct ledger *ledger, struct arena *arena, uint64_t after,
			struct trust_report *report_out, bool *found_out, struct why *why)
{
	struct statement *next = ledger->statements[QUERY_REPORT_NEXT];

	statement_set_i64(next, 0, (int64_t)after);
	enum status status = statement_step(next, found_out, why);
	if (status != STATUS_OK || !*found_out)
		return status;
	*report_out = (struct trust_report){
		.sequence = (uint64_t)statement_i64(next, 0),
		.at_s = statement_i64(next, 1),
		.reporter = (uint32_t)statement_i64(next, 2),
		.group = (uint32_t)statement_i64(next, 3),
		.class = (uint8_t)statement_i64(next, 4),
		.kind = (uint8_t)statement_i64(next, 5),
	};
	report_out->keys = ledger_unpack_keys(arena, statement_bytes(next, 6), &report_out->n_keys);
	if (statement_bytes(next, 7).len > 0)
		report_out->seen = seen_unpack(arena, statement_bytes(next, 7), report_out->n_keys);
	report_out->mark = seen_mark(statement_bytes(next, 8));
	statement_reset(next);
	return STATUS_OK;
}

/* --- quotas --- */

enum status ledger_count_since(struct ledger *ledger, struct str reporter, int64_t since_s,
			       uint64_t *n_out, struct why *why)
{
	struct statement *count = ledger->statements[QUERY_REPORTS_SINCE];
	int64_t n = 0;
	bool found;

	statement_set_text(count, 0, reporter);
	statement_set_i64(count, 1, since_s);
	enum status status = ask_number(count, &n, &found, why);
	*n_out = (uint64_t)n;
	return status;
}
