/* keeper: see keeper.h. */
#include "reputation/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reputation/judge.h"
#include "reputation/table.h"

enum { BATCH = 1000, DAY_S = 86400, REST_S = 60 };

struct keeper {
	struct arena *arena, *work;
	const struct trust_constants *constants;
	struct ledger *ledger;
	struct table *table;
	int lock_fd;
	int64_t seen_version, looked_s;
};

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
	/* a table that was lost is made again */
	if (status == STATUS_OK && !table_count(keeper->table))
		status = ledger_forget_derived(keeper->ledger, why);
	*keeper_out = keeper;
	return status;
}

struct ledger *keeper_ledger(struct keeper *keeper)
{
	return keeper->ledger;
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
	enum trust_state state;
	double log_odds = trust_log_odds(publishing->trust, key, publishing->now_s, &state);
	struct evidence evidence = judge_votes(publishing->trust, key->votes, key->n_votes,
					       JUDGE_NOBODY, publishing->now_s);
	struct table_value value = {
		.log_odds = log_odds,
		.algorithm = key->algorithm,
		.state = (uint8_t)state,
		.groups = (uint8_t)(evidence.groups > 15 ? 15 : evidence.groups),
		.has_honeypot = evidence.honeypots > 0,
		.day = (uint16_t)(key->last_s / DAY_S),
	};

	if (publishing->status == STATUS_OK)
		publishing->status =
			table_put(publishing->keeper->table, key->key, &value, publishing->why);
}

/* --- work --- */

/* Up to BATCH reports into trust. *last_out: sequence of the last. */
static enum status fold_batch(struct keeper *keeper, struct trust *trust, uint64_t *last,
			      size_t *n_out, struct why *why)
{
	enum status status = STATUS_OK;
	bool found = true;

	for (*n_out = 0; *n_out < BATCH && found;) {
		struct trust_report report;

		status = ledger_next(keeper->ledger, keeper->work, *last, &report, &found, why);
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

static enum status save(struct keeper *keeper, struct trust *trust, uint64_t last, int64_t now_s,
			struct why *why)
{
	struct publishing publishing = {keeper, trust, now_s, STATUS_OK, why};
	struct trust_visitor visitor = {.data = &publishing, .key = publish};
	enum status status = ledger_begin(keeper->ledger, why);

	if (status != STATUS_OK)
		return status;
	status = ledger_save(keeper->ledger, trust, why);
	if (status == STATUS_OK)
		status = ledger_set_folded(keeper->ledger, last, why);
	if (status == STATUS_OK)
		status = ledger_commit(keeper->ledger, why);
	if (status != STATUS_OK) {
		ledger_roll_back(keeper->ledger);
		return status;
	}
	trust_changed(trust, &visitor);
	return publishing.status;
}

/* One bounded piece of work. */
static enum status work_once(struct keeper *keeper, int64_t now_s, size_t *n_out, struct why *why)
{
	struct trust *trust;
	uint64_t last;
	enum status status = ledger_folded(keeper->ledger, &last, why);

	arena_reset(keeper->work);
	trust = trust_new(keeper->work, keeper->constants, ledger_backing(keeper->ledger));
	if (status == STATUS_OK)
		status = expect_due(keeper, trust, now_s, why);
	if (status == STATUS_OK)
		status = fold_batch(keeper, trust, &last, n_out, why);
	if (status == STATUS_OK && *n_out < BATCH)
		trust_settle_until(trust, now_s);
	if (status == STATUS_OK)
		status = save(keeper, trust, last, now_s, why);
	return status;
}

enum status keeper_work(struct keeper *keeper, int64_t now_s, size_t *n_out, struct why *why)
{
	size_t n = BATCH, sum = 0;
	enum status status = STATUS_OK;

	keeper->seen_version = ledger_version(keeper->ledger);
	keeper->looked_s = now_s;
	while (n == BATCH && status == STATUS_OK) {
		n = 0;
		status = work_once(keeper, now_s, &n, why);
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

enum status keeper_rebuild(struct keeper *keeper, int64_t now_s, struct why *why)
{
	enum status status = ledger_forget_derived(keeper->ledger, why);

	if (status == STATUS_OK)
		status = table_clear(keeper->table, why);
	return status == STATUS_OK ? keeper_work(keeper, now_s, NULL, why) : status;
}
