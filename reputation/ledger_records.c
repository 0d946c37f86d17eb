/* ledger_records: what the fold has made of the reports; see ledger.h. */
#include <string.h>

#include "reputation/ledger_own.h"

/* --- records: the struct's bytes, without the votes that aren't used --- */

/* False when the bytes are of another format: then the derived records are made again. */
static bool read_record(struct statement *statement, void *record, size_t max, size_t min)
{
	struct str bytes;
	bool row = false, is_right = false;

	if (statement_step(statement, &row, NULL) != STATUS_OK || !row)
		return false;
	bytes = statement_bytes(statement, 0);
	if (bytes.len >= min && bytes.len <= max) {
		memcpy(record, bytes.ptr, bytes.len);
		is_right = true;
	}
	statement_reset(statement);
	return is_right;
}

static bool load_key(void *data, struct trust_key_id id, struct trust_key *out)
{
	struct statement *statement = ((struct ledger *)data)->statements[QUERY_KEY];

	statement_set_i64(statement, 0, id.algorithm);
	statement_set_i64(statement, 1, (int64_t)id.key);
	return read_record(statement, out, sizeof *out, offsetof(struct trust_key, votes)) &&
	       out->n_votes <= TRUST_KEY_VOTES_MAX;
}

static bool load_reporter(void *data, uint32_t id, struct trust_reporter *out)
{
	struct statement *statement = ((struct ledger *)data)->statements[QUERY_REPORTER];

	statement_set_i64(statement, 0, id);
	return read_record(statement, out, sizeof *out, sizeof *out);
}

static bool load_campaign(void *data, uint32_t id, struct trust_campaign *out)
{
	struct statement *statement = ((struct ledger *)data)->statements[QUERY_CAMPAIGN];

	statement_set_i64(statement, 0, id);
	return read_record(statement, out, sizeof *out, offsetof(struct trust_campaign, votes)) &&
	       out->n_votes <= TRUST_CAMPAIGN_VOTES_MAX;
}

struct trust_backing ledger_backing_of(struct ledger *ledger)
{
	return (struct trust_backing){ledger, load_key, load_reporter, load_campaign};
}

/* What ledger_save() hands through the visitor. */
struct saving {
	struct ledger *ledger;
	enum status status;
	struct why *why;
};

static void save_key(void *data, const struct trust_key *key)
{
	struct saving *saving = data;
	struct statement *set = saving->ledger->statements[QUERY_KEY_SET];
	size_t len = offsetof(struct trust_key, votes) + key->n_votes * sizeof *key->votes;

	if (saving->status != STATUS_OK)
		return;
	statement_set_i64(set, 0, key->algorithm);
	statement_set_i64(set, 1, (int64_t)key->key);
	statement_set_i64(set, 2, key->last_s);
	statement_set_bytes(set, 3, str_make((const char *)key, len));
	saving->status = statement_run(set, saving->why);
}

static void save_reporter(void *data, const struct trust_reporter *reporter)
{
	struct saving *saving = data;
	struct statement *set = saving->ledger->statements[QUERY_REPORTER_SET];

	if (saving->status != STATUS_OK)
		return;
	statement_set_i64(set, 0, reporter->id);
	statement_set_bytes(set, 1, str_make((const char *)reporter, sizeof *reporter));
	saving->status = statement_run(set, saving->why);
}

static void save_campaign(void *data, const struct trust_campaign *campaign)
{
	struct saving *saving = data;
	struct statement *set = saving->ledger->statements[QUERY_CAMPAIGN_SET];
	size_t len = offsetof(struct trust_campaign, votes) +
		     campaign->n_votes * sizeof *campaign->votes;

	if (saving->status != STATUS_OK)
		return;
	statement_set_i64(set, 0, campaign->id);
	if (campaign->is_settled)
		statement_set_text(set, 1, STR_NONE);
	else
		statement_set_i64(set, 1, campaign->settle_s);
	statement_set_bytes(set, 2, str_make((const char *)campaign, len));
	saving->status = statement_run(set, saving->why);
}

enum status ledger_save(struct ledger *ledger, struct trust *trust, struct why *why)
{
	struct saving saving = {ledger, STATUS_OK, why};
	struct trust_visitor visitor = {&saving, save_key, save_reporter, save_campaign};

	trust_changed(trust, &visitor);
	return saving.status;
}

enum status ledger_due(struct ledger *ledger, struct arena *arena, int64_t now_s,
		       struct ledger_id_vec *out, struct why *why)
{
	struct statement *due = ledger->statements[QUERY_DUE];
	bool row = true;
	enum status status = STATUS_OK;

	statement_set_i64(due, 0, now_s);
	while (status == STATUS_OK && row) {
		status = statement_step(due, &row, why);
		if (status == STATUS_OK && row)
			vec_push(arena, out, (uint32_t)statement_i64(due, 0));
	}
	return status;
}

enum status ledger_forget_derived(struct ledger *ledger, struct why *why)
{
	return database_run(ledger->database,
			    "DELETE FROM key; DELETE FROM reporter; DELETE FROM campaign;"
			    "UPDATE meta SET value = 0 WHERE name = 'folded'",
			    why);
}

/* --- records made anew elsewhere --- */

enum status ledger_attach(struct ledger *ledger, const char *path, struct why *why)
{
	struct statement *attach;
	enum status status = database_prepare(ledger->database, "ATTACH ? AS aside", &attach, why);

	if (status != STATUS_OK)
		return status;
	statement_set_text(attach, 0, str_from(path));
	return statement_run(attach, why);
}

enum status ledger_adopt_attached(struct ledger *ledger, struct why *why)
{
	return database_run(
		ledger->database,
		"DELETE FROM main.key; INSERT INTO main.key SELECT * FROM aside.key;"
		"DELETE FROM main.reporter; INSERT INTO main.reporter SELECT * FROM aside.reporter;"
		"DELETE FROM main.campaign; INSERT INTO main.campaign SELECT * FROM aside.campaign;"
		"UPDATE main.meta SET value ="
		" (SELECT value FROM aside.meta WHERE name = 'folded') WHERE name = 'folded';"
		"INSERT INTO main.meta VALUES('generation', 1)"
		" ON CONFLICT(name) DO UPDATE SET value = value + 1",
		why);
}

void ledger_detach(struct ledger *ledger)
{
	database_run(ledger->database, "DETACH aside", NULL);
}
