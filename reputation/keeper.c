/* keeper: see keeper.h. */
#include "reputation/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reputation/table.h"

enum { DAY_S = 86400, REST_S = 60, REFRESH_KEYS = 500 };

struct keeper {
	struct arena *arena, *work;
	const struct trust_constants *constants;
	struct ledger *ledger;
	struct ledger *source; /* of the reports: the same, but for a rebuild */
	struct table *table;
	int lock_fd;
	int64_t seen_version, looked_s;
	struct statement *keys_behind, *forget_key, *forget_campaigns; /* of keeper_refresh() */
	struct trust_key_id refreshed;                                 /* the last one */
};

static enum status prepare(struct keeper *keeper, struct why *why)
{
	struct database *database = ledger_database(keeper->ledger);
	enum status status =
		database_prepare(database,
				 "SELECT record FROM key WHERE (algorithm, key) > (?, ?)"
				 " ORDER BY algorithm, key LIMIT ?",
				 &keeper->keys_behind, why);

	if (status == STATUS_OK)
		status = database_prepare(database,
					  "DELETE FROM key WHERE algorithm = ? AND key = ?",
					  &keeper->forget_key, why);
	/* a campaign bears the number of its first report */
	if (status == STATUS_OK)
		status = database_prepare(database,
					  "DELETE FROM campaign WHERE due_s IS NULL AND id <"
					  " (SELECT min(sequence) FROM report WHERE at_s >= ?)",
					  &keeper->forget_campaigns, why);
	return status;
}

/* --- the folder --- */

static void unlock(void *data)
{
	struct keeper *keeper = data;

	arena_free(keeper->work);
	close(keeper->lock_fd);
}

static enum status lock(struct keeper *keeper, const char *state, struct why *why)
{
	const char *path = arena_printf(keeper->arena, "%s/keeper.lock", state).ptr;

	if (mkdir(state, 0755) != 0 && errno != EEXIST)
		return why_errno(why, STATUS_IO, "%s", state);
	keeper->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (keeper->lock_fd < 0)
		return why_errno(why, STATUS_IO, "%s", path);
	if (flock(keeper->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		close(keeper->lock_fd);
		return why_set(why, STATUS_REFUSED, "%s: another process keeps it", state);
	}
	arena_on_reset(keeper->arena, unlock, keeper);
	return STATUS_OK;
}

enum status keeper_open(struct arena *arena, const char *state,
			const struct trust_constants *constants, struct keeper **keeper_out,
			struct why *why)
{
	struct keeper *keeper = ARENA_NEW(arena, struct keeper);
	const char *table = arena_printf(arena, "%s/table", state).ptr;

	keeper->arena = arena;
	keeper->work = arena_new("keeper", 0);
	keeper->constants = constants;
	keeper->seen_version = -1;
	enum status status = lock(keeper, state, why);
	if (status != STATUS_OK) {
		arena_free(keeper->work);
		return status;
	}
	status = ledger_open(arena, state, true, &keeper->ledger, why);
	if (status == STATUS_OK)
		status = table_open(arena, table, TABLE_WRITE, &keeper->table, why);
	if (status == STATUS_OK)
		status = prepare(keeper, why);
	/* a table that was lost is made again */
	if (status == STATUS_OK && !table_count(keeper->table))
		status = ledger_forget_derived(keeper->ledger, why);
	keeper->source = keeper->ledger;
	*keeper_out = keeper;
	return status;
}

struct ledger *keeper_ledger(struct keeper *keeper)
{
	return keeper->ledger;
}

struct table *keeper_table(struct keeper *keeper)
{
	return keeper->table;
}

/* --- the table --- */

struct publishing {
	struct keeper *keeper;
	struct trust *trust;
	int64_t now_s;
	enum status status;
	struct why *why;
};

static void publish(void *data, const struct trust_key *key)
{
	struct publishing *publishing = data;
	struct trust_opinion opinion = trust_judge(publishing->trust, key, publishing->now_s);
	struct table_value value = {
		.log_odds = opinion.log_odds,
		.algorithm = key->algorithm,
		.state = (uint8_t)opinion.state,
		.groups = (uint8_t)(opinion.groups > 15 ? 15 : opinion.groups),
		.has_honeypot = opinion.has_honeypot,
		.day = (uint16_t)(key->last_s / DAY_S),
	};

	if (publishing->status == STATUS_OK)
		publishing->status =
			table_put(publishing->keeper->table, key->key, &value, publishing->why);
}

/* --- work --- */

/* Up to KEEPER_BATCH reports into trust. *last_out: sequence of the last. */
static enum status fold_batch(struct keeper *keeper, struct trust *trust, uint64_t *last,
			      size_t *n_out, struct why *why)
{
	enum status status = STATUS_OK;
	bool found = true;

	for (*n_out = 0; *n_out < KEEPER_BATCH && found;) {
		struct trust_report report;

		status = ledger_next(keeper->source, keeper->work, *last, &report, &found, why);
		if (status != STATUS_OK)
			return status;
		if (!found)
			break;
		trust_fold(trust, &report);
		*last = report.sequence;
		++*n_out;
	}
	return STATUS_OK;
}

/* What the fold will settle on its way. */
static enum status expect_due(struct keeper *keeper, struct trust *trust, int64_t now_s,
			      struct why *why)
{
	struct ledger_id_vec due = {0};
	enum status status = ledger_due(keeper->ledger, keeper->work, now_s, &due, why);

	for (size_t i = 0; i < due.n; i++)
		trust_expect(trust, due.items[i]);
	return status;
}

/* What a batch has come to, within the caller's transaction. */
static enum status write_all(struct keeper *keeper, struct trust *trust, uint64_t last,
			     int64_t now_s, struct why *why)
{
	struct publishing publishing = {keeper, trust, now_s, STATUS_OK, why};
	struct trust_visitor visitor = {.data = &publishing, .key = publish};
	enum status status = ledger_save(keeper->ledger, trust, why);

	if (status == STATUS_OK)
		status = ledger_set_folded(keeper->ledger, last, why);
	if (status != STATUS_OK)
		return status;
	/* Before the commit: whoever swaps the table does it in a transaction of its own. When the
	 * commit fails the same is published once more. */
	table_follow(keeper->table);
	trust_changed(trust, &visitor);
	return publishing.status;
}

/* generation: of the ledger when the batch was begun. */
static enum status save(struct keeper *keeper, struct trust *trust, int64_t generation,
			uint64_t last, int64_t now_s, struct why *why)
{
	int64_t generation_now;
	enum status status = ledger_begin(keeper->ledger, why);

	if (status != STATUS_OK)
		return status;
	status = ledger_generation(keeper->ledger, &generation_now, why);
	if (status == STATUS_OK && generation_now != generation)
		status = why_set(why, STATUS_REFUSED, "the records were made anew meanwhile");
	if (status == STATUS_OK)
		status = write_all(keeper, trust, last, now_s, why);
	if (status == STATUS_OK)
		status = ledger_commit(keeper->ledger, why);
	if (status != STATUS_OK)
		ledger_roll_back(keeper->ledger);
	return status;
}

static enum status step(struct keeper *keeper, int64_t now_s, size_t *n_out, struct why *why)
{
	struct trust *trust;
	int64_t generation;
	uint64_t last;
	enum status status = ledger_generation(keeper->ledger, &generation, why);

	if (status == STATUS_OK)
		status = ledger_folded(keeper->ledger, &last, why);
	arena_reset(keeper->work);
	trust = trust_new(keeper->work, keeper->constants, ledger_backing(keeper->ledger));
	if (status == STATUS_OK)
		status = expect_due(keeper, trust, now_s, why);
	if (status == STATUS_OK)
		status = fold_batch(keeper, trust, &last, n_out, why);
	if (status == STATUS_OK && *n_out < KEEPER_BATCH)
		trust_settle_until(trust, now_s);
	if (status == STATUS_OK)
		status = save(keeper, trust, generation, last, now_s, why);
	return status;
}

enum status keeper_step(struct keeper *keeper, int64_t now_s, size_t *n_out, struct why *why)
{
	enum status status = step(keeper, now_s, n_out, why);

	/* the next rebuild takes longer than this */
	return status == STATUS_REFUSED ? step(keeper, now_s, n_out, why) : status;
}

enum status keeper_work(struct keeper *keeper, int64_t now_s, size_t *n_out, struct why *why)
{
	size_t n = KEEPER_BATCH, sum = 0;
	enum status status = STATUS_OK;

	keeper->seen_version = ledger_version(keeper->ledger);
	keeper->looked_s = now_s;
	while (n == KEEPER_BATCH && status == STATUS_OK) {
		n = 0;
		status = keeper_step(keeper, now_s, &n, why);
		sum += n;
	}
	if (n_out)
		*n_out = sum;
	return status;
}

bool keeper_has_work(struct keeper *keeper, int64_t now_s)
{
	return ledger_version(keeper->ledger) != keeper->seen_version ||
	       now_s - keeper->looked_s >= REST_S;
}

/* --- as time goes by --- */

static enum status forget_key(struct keeper *keeper, const struct trust_key *key, struct why *why)
{
	statement_set_i64(keeper->forget_key, 0, key->algorithm);
	statement_set_i64(keeper->forget_key, 1, (int64_t)key->key);
	table_remove(keeper->table, key->key);
	return statement_run(keeper->forget_key, why);
}

VEC_OF(key_vec, struct trust_key *);

static enum status read_keys(struct keeper *keeper, struct key_vec *out, struct why *why)
{
	struct statement *rows = keeper->keys_behind;
	bool row = true;
	enum status status = STATUS_OK;

	statement_set_i64(rows, 0, keeper->refreshed.algorithm);
	statement_set_i64(rows, 1, (int64_t)keeper->refreshed.key);
	statement_set_i64(rows, 2, REFRESH_KEYS);
	while ((status = statement_step(rows, &row, why)) == STATUS_OK && row) {
		struct trust_key *key = ARENA_NEW(keeper->work, struct trust_key);
		struct str bytes = statement_bytes(rows, 0);

		if (bytes.len <= sizeof *key)
			memcpy(key, bytes.ptr, bytes.len);
		vec_push(keeper->work, out, key);
	}
	return status;
}

static enum status refresh_some(struct keeper *keeper, int64_t now_s, bool *is_done_out,
				struct why *why)
{
	struct trust *trust =
		trust_new(keeper->work, keeper->constants, ledger_backing(keeper->ledger));
	struct publishing publishing = {keeper, trust, now_s, STATUS_OK, why};
	struct key_vec keys = {0};
	enum status status = read_keys(keeper, &keys, why);

	table_follow(keeper->table);
	for (size_t i = 0; i < keys.n && status == STATUS_OK; i++) {
		keeper->refreshed =
			(struct trust_key_id){keys.items[i]->algorithm, keys.items[i]->key};
		if (now_s - keys.items[i]->last_s > (int64_t)keeper->constants->key_life_s)
			status = forget_key(keeper, keys.items[i], why);
		else
			publish(&publishing, keys.items[i]);
	}
	*is_done_out = keys.n < REFRESH_KEYS;
	return status == STATUS_OK ? publishing.status : status;
}

static enum status forget_campaigns(struct keeper *keeper, int64_t now_s, struct why *why)
{
	statement_set_i64(keeper->forget_campaigns, 0,
			  now_s - (int64_t)keeper->constants->campaign_life_s);
	return statement_run(keeper->forget_campaigns, why);
}

enum status keeper_refresh(struct keeper *keeper, int64_t now_s, bool *is_done_out, struct why *why)
{
	enum status status = ledger_begin(keeper->ledger, why);

	*is_done_out = false;
	if (status != STATUS_OK)
		return status;
	arena_reset(keeper->work);
	status = refresh_some(keeper, now_s, is_done_out, why);
	if (status == STATUS_OK && *is_done_out)
		status = forget_campaigns(keeper, now_s, why);
	if (status == STATUS_OK)
		status = ledger_commit(keeper->ledger, why);
	if (status != STATUS_OK)
		ledger_roll_back(keeper->ledger);
	if (*is_done_out)
		keeper->refreshed = (struct trust_key_id){0};
	return status;
}

enum status keeper_start_over(struct keeper *keeper, struct ledger *source, struct why *why)
{
	enum status status = ledger_forget_derived(keeper->ledger, why);

	keeper->source = source;
	return status == STATUS_OK ? table_clear(keeper->table, why) : status;
}
