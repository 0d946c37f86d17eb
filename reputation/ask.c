/* ask: see ask.h. */
#include "reputation/ask.h"

enum query {
	QUERY_NAME,
	QUERY_FIND_NAME,
	QUERY_COUNTS,
	QUERY_COUNT_OF,
	QUERY_REPORTS,
	QUERY_REPORTS_BACK,
	QUERY_KEYS,
	QUERY_REPORTERS,
	QUERIES,
};

#define REPORTS                                                                                    \
	"SELECT report.id, at_s, who.name, of.name, class, kind, keys, signature, seen FROM "      \
	"report"                                                                                   \
	" JOIN name who ON who.id = reporter JOIN name of ON of.id = grp"                          \
	" WHERE at_s >= ?1 AND (?2 = 0 OR reporter = ?2) ORDER BY sequence"

static const char *const queries[QUERIES] = {
	[QUERY_NAME] = "SELECT name FROM name WHERE id = ?",
	[QUERY_FIND_NAME] = "SELECT id FROM name WHERE name = ?",
	[QUERY_COUNTS] =
		"SELECT (SELECT count(*) FROM report WHERE kind = 0),"
		" (SELECT count(*) FROM report WHERE kind = 1), (SELECT count(*) FROM key),"
		" (SELECT count(*) FROM reporter), (SELECT count(*) FROM campaign),"
		" (SELECT count(*) FROM campaign WHERE due_s IS NULL),"
		" (SELECT count(*) FROM report WHERE sequence >"
		" (SELECT value FROM meta WHERE name = 'folded'))",
	[QUERY_COUNT_OF] =
		"SELECT count(*) FILTER (WHERE kind = 0), count(*) FILTER (WHERE kind = 1),"
		" min(at_s), max(at_s) FROM report WHERE reporter = ?",
	[QUERY_REPORTS] = REPORTS,
	[QUERY_REPORTS_BACK] = REPORTS " DESC",
	[QUERY_KEYS] = "SELECT record FROM key ORDER BY last_s DESC",
	[QUERY_REPORTERS] = "SELECT record FROM reporter ORDER BY id",
};

struct ask {
	struct arena *arena;
	struct statement *statements[QUERIES];
};

enum status ask_new(struct arena *arena, struct ledger *ledger, struct ask **ask_out,
		    struct why *why)
{
	struct ask *ask = ARENA_NEW(arena, struct ask);
	enum status status = STATUS_OK;

	ask->arena = arena;
	for (int i = 0; i < QUERIES && status == STATUS_OK; i++)
		status = database_prepare(ledger_database(ledger), queries[i], &ask->statements[i],
					  why);
	*ask_out = ask;
	return status;
}

uint32_t ask_find_name(struct ask *ask, struct str name)
{
	struct statement *find = ask->statements[QUERY_FIND_NAME];
	uint32_t id = 0;
	bool row;

	statement_set_text(find, 0, name);
	if (statement_step(find, &row, NULL) == STATUS_OK && row) {
		id = (uint32_t)statement_i64(find, 0);
		statement_reset(find);
	}
	return id;
}

struct str ask_name(struct ask *ask, struct arena *arena, uint32_t id)
{
	struct statement *find = ask->statements[QUERY_NAME];
	struct str name = STR_NONE;
	bool row;

	statement_set_i64(find, 0, id);
	if (statement_step(find, &row, NULL) == STATUS_OK && row) {
		name = arena_str(arena, statement_bytes(find, 0));
		statement_reset(find);
	}
	return name;
}

enum status ask_counts(struct ask *ask, struct ask_counts *out, struct why *why)
{
	struct statement *counts = ask->statements[QUERY_COUNTS];
	uint64_t *fields[] = {&out->reports,   &out->revokes, &out->keys,   &out->reporters,
			      &out->campaigns, &out->settled, &out->waiting};
	bool row;
	enum status status = statement_step(counts, &row, why);

	if (status != STATUS_OK || !row)
		return status;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		*fields[i] = (uint64_t)statement_i64(counts, (int)i);
	statement_reset(counts);
	return STATUS_OK;
}

enum status ask_count_of(struct ask *ask, uint32_t reporter, struct ask_reporter_counts *out,
			 struct why *why)
{
	struct statement *counts = ask->statements[QUERY_COUNT_OF];
	bool row;

	statement_set_i64(counts, 0, reporter);
	enum status status = statement_step(counts, &row, why);
	if (status != STATUS_OK || !row)
		return status;
	*out = (struct ask_reporter_counts){
		.reports = (uint64_t)statement_i64(counts, 0),
		.revokes = (uint64_t)statement_i64(counts, 1),
		.first_s = statement_i64(counts, 2),
		.last_s = statement_i64(counts, 3),
	};
	statement_reset(counts);
	return STATUS_OK;
}

/* --- reports --- */

static void read_report(struct arena *arena, struct statement *row, struct ledger_report *out)
{
	*out = (struct ledger_report){
		.id = arena_str(arena, statement_bytes(row, 0)),
		.at_s = statement_i64(row, 1),
		.reporter = arena_str(arena, statement_bytes(row, 2)),
		.group = arena_str(arena, statement_bytes(row, 3)),
		.class = (enum trust_class)statement_i64(row, 4),
		.kind = (enum trust_kind)statement_i64(row, 5),
		.signature = arena_str(arena, statement_bytes(row, 7)),
	};
	out->keys = ledger_unpack_keys(arena, statement_bytes(row, 6), &out->n_keys);
	if (statement_bytes(row, 8).len > 0)
		out->seen = seen_unpack(arena, statement_bytes(row, 8), out->n_keys);
}

enum status ask_reports(struct ask *ask, const struct ask_filter *filter,
			bool (*visit)(void *data, const struct ledger_report *report), void *data,
			struct why *why)
{
	struct statement *rows =
		ask->statements[filter->newest_first ? QUERY_REPORTS_BACK : QUERY_REPORTS];
	struct arena *scratch = arena_new("reports", 0);
	bool row = true;
	enum status status;

	statement_set_i64(rows, 0, filter->since_s);
	statement_set_i64(rows, 1, filter->reporter);
	while ((status = statement_step(rows, &row, why)) == STATUS_OK && row) {
		struct ledger_report report;

		read_report(scratch, rows, &report);
		if (!visit(data, &report)) {
			statement_reset(rows);
			break;
		}
		arena_reset(scratch);
	}
	arena_free(scratch);
	return status;
}

/* --- records --- */

/* Each row's record is copied over what *record held. false: the visitor has had enough. */
static enum status walk(struct statement *rows, void *record, size_t bytes_max,
			bool (*visit)(void *data), void *data, struct why *why)
{
	bool row = true;
	enum status status;

	while ((status = statement_step(rows, &row, why)) == STATUS_OK && row) {
		struct str bytes = statement_bytes(rows, 0);

		if (bytes.len > bytes_max)
			continue;
		memset(record, 0, bytes_max);
		memcpy(record, bytes.ptr, bytes.len);
		if (!visit(data)) {
			statement_reset(rows);
			break;
		}
	}
	return status;
}

struct key_walk {
	struct trust_key key;
	bool (*visit)(void *data, const struct trust_key *key);
	void *data;
};

static bool visit_key(void *data)
{
	struct key_walk *walking = data;

	return walking->key.n_votes > TRUST_KEY_VOTES_MAX ||
	       walking->visit(walking->data, &walking->key);
}

enum status ask_keys(struct ask *ask, bool (*visit)(void *data, const struct trust_key *key),
		     void *data, struct why *why)
{
	struct key_walk walking = {.visit = visit, .data = data};

	return walk(ask->statements[QUERY_KEYS], &walking.key, sizeof walking.key, visit_key,
		    &walking, why);
}

struct reporter_walk {
	struct trust_reporter reporter;
	bool (*visit)(void *data, const struct trust_reporter *reporter);
	void *data;
};

static bool visit_reporter(void *data)
{
	struct reporter_walk *walking = data;

	return walking->visit(walking->data, &walking->reporter);
}

enum status ask_reporters(struct ask *ask,
			  bool (*visit)(void *data, const struct trust_reporter *reporter),
			  void *data, struct why *why)
{
	struct reporter_walk walking = {.visit = visit, .data = data};

	return walk(ask->statements[QUERY_REPORTERS], &walking.reporter, sizeof walking.reporter,
		    visit_reporter, &walking, why);
}
