/* rebuild: see rebuild.h. */
#include "reputation/rebuild.h"

#include <unistd.h>

#include "reputation/ask.h"
#include "reputation/keeper.h"
#include "reputation/table.h"

struct rebuild {
	struct arena *arena;
	const char *state, *aside;
	struct ledger *ledger; /* the one in force */
	struct keeper *keeper; /* of the folder aside */
	int64_t now_s;
	uint64_t n;
};

static const char *in_folder(const struct rebuild *rebuild, const char *folder, const char *name)
{
	return arena_printf(rebuild->arena, "%s/%s", folder, name).ptr;
}

static enum status fold_all(struct rebuild *rebuild,
			    void (*tell)(void *data, uint64_t done, uint64_t all), void *data,
			    struct why *why)
{
	struct ask_counts counts = {.reports = 0};
	struct ask *ask;
	enum status status = ask_new(rebuild->arena, rebuild->ledger, &ask, why);
	size_t n = KEEPER_BATCH;

	if (status == STATUS_OK)
		status = ask_counts(ask, &counts, why);
	while (status == STATUS_OK && n == KEEPER_BATCH) {
		status = keeper_step(rebuild->keeper, rebuild->now_s, &n, why);
		rebuild->n += status == STATUS_OK ? n : 0;
		if (tell && status == STATUS_OK)
			tell(data, rebuild->n, counts.reports + counts.revokes);
	}
	/* as the table in force is, which is gone over by the hour */
	for (bool is_done = false; status == STATUS_OK && !is_done;)
		status = keeper_refresh(rebuild->keeper, rebuild->now_s, &is_done, why);
	return status;
}

/* Nobody else writes meanwhile: records and table change together. */
static enum status swap(struct rebuild *rebuild, struct why *why)
{
	const char *table = in_folder(rebuild, rebuild->state, "table");
	const char *table_aside = in_folder(rebuild, rebuild->aside, "table");
	enum status status = ledger_begin(rebuild->ledger, why);

	if (status != STATUS_OK)
		return status;
	status = ledger_adopt_attached(rebuild->ledger, why);
	if (status == STATUS_OK)
		status = table_adopt(rebuild->arena, table, table_aside, why);
	if (status == STATUS_OK)
		status = ledger_commit(rebuild->ledger, why);
	if (status != STATUS_OK)
		ledger_roll_back(rebuild->ledger);
	return status;
}

static enum status swap_in(struct rebuild *rebuild, struct why *why)
{
	enum status status = ledger_attach(rebuild->ledger,
					   in_folder(rebuild, rebuild->aside, "ledger.db"), why);

	if (status != STATUS_OK)
		return status;
	status = swap(rebuild, why);
	ledger_detach(rebuild->ledger);
	return status;
}

static void clear_away(struct rebuild *rebuild)
{
	static const char *const names[] = {"ledger.db", "ledger.db-wal", "ledger.db-shm",
					    "table",     "table.new",     "keeper.lock"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlink(in_folder(rebuild, rebuild->aside, names[i]));
	rmdir(rebuild->aside);
}

enum status rebuild_run(const char *state, const struct trust_constants *constants, int64_t now_s,
			void (*tell)(void *data, uint64_t done, uint64_t all), void *data,
			uint64_t *n_out, struct why *why)
{
	struct arena *arena = arena_new("rebuild", 0);
	struct rebuild rebuild = {.arena = arena, .state = state, .now_s = now_s};
	enum status status = ledger_open(arena, state, false, &rebuild.ledger, why);

	rebuild.aside = in_folder(&rebuild, state, "rebuild");
	if (status == STATUS_OK)
		status = keeper_open(arena, rebuild.aside, constants, &rebuild.keeper, why);
	if (status == STATUS_OK) {
		status = keeper_start_over(rebuild.keeper, rebuild.ledger, why);
		if (status == STATUS_OK)
			status = fold_all(&rebuild, tell, data, why);
		if (status == STATUS_OK)
			status = swap_in(&rebuild, why);
		clear_away(&rebuild);
	}
	*n_out = rebuild.n;
	arena_free(arena);
	return status;
}
