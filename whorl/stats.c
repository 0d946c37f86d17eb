/* stats: what the state folder holds. */
#include <stdio.h>
#include <sys/stat.h>

#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/wire/wire.h"
#include "reputation/names.h"
#include "reputation/table.h"
#include "whorl/command.h"
#include "whorl/state.h"

struct stats_args {
	struct state_args args;
};

static const struct option_def options[] = {
	STATE_OPTION_JSON(struct stats_args),
	STATE_OPTIONS(struct stats_args),
};
static const struct option_table table = {options, sizeof options / sizeof *options, false};

enum { STATES = TRUST_LEGITIMATE + 1, CLASSES = TRUST_AUTOMATIC + 1 };

struct stats {
	struct ask_counts counts;
	uint64_t by_state[STATES], by_class[CLASSES];
	uint64_t published; /* keys in the table that scans read */
	uint64_t ledger_bytes, table_bytes;
	int64_t last_s;
};

static bool count_key(void *data, const struct trust_key *key)
{
	struct stats *stats = data;

	if (key->state < STATES)
		stats->by_state[key->state]++;
	if (key->last_s > stats->last_s)
		stats->last_s = key->last_s;
	return true;
}

static bool count_reporter(void *data, const struct trust_reporter *reporter)
{
	struct stats *stats = data;

	if (reporter->class < CLASSES)
		stats->by_class[reporter->class]++;
	return true;
}

static uint64_t bytes_of(const struct state *state, const char *name)
{
	struct stat info;
	const char *path = arena_printf(state->keep, "%s/%s", state->config.state, name).ptr;

	return stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
}

static enum status gather(const struct state *state, struct stats *out, struct why *why)
{
	const char *path = arena_printf(state->keep, "%s/table", state->config.state).ptr;
	struct table *in_force;
	enum status status = ask_counts(state->ask, &out->counts, why);

	if (status == STATUS_OK)
		status = ask_keys(state->ask, count_key, out, why);
	if (status == STATUS_OK)
		status = ask_reporters(state->ask, count_reporter, out, why);
	if (status == STATUS_OK &&
	    table_open(state->keep, path, TABLE_READ, &in_force, NULL) == STATUS_OK)
		out->published = table_count(in_force);
	out->ledger_bytes = bytes_of(state, "ledger.db") + bytes_of(state, "ledger.db-wal");
	out->table_bytes = bytes_of(state, "table");
	return status;
}

/* Both forms come from one list. */
static size_t list(const struct stats *stats, struct arena *arena, const char **names,
		   uint64_t *values)
{
	size_t n = 0;

#define ADD(name, value) (names[n] = (name), values[n++] = (uint64_t)(value))
	ADD("reports", stats->counts.reports);
	ADD("revokes", stats->counts.revokes);
	ADD("waiting", stats->counts.waiting);
	ADD("campaigns", stats->counts.campaigns);
	ADD("campaigns_settled", stats->counts.settled);
	ADD("reporters", stats->counts.reporters);
	for (int i = 0; i < CLASSES; i++)
		ADD(arena_printf(arena, "reporters_%s", trust_class_name((uint8_t)i)).ptr,
		    stats->by_class[i]);
	ADD("keys", stats->counts.keys);
	for (int i = 0; i < STATES; i++)
		ADD(arena_printf(arena, "keys_%s", trust_state_name((uint8_t)i)).ptr,
		    stats->by_state[i]);
	ADD("table_keys", stats->published);
	ADD("table_bytes", stats->table_bytes);
	ADD("ledger_bytes", stats->ledger_bytes);
	ADD("last", stats->last_s);
#undef ADD
	return n;
}

static int show(const struct state *state, const struct stats *stats, bool as_json)
{
	const char *names[64];
	uint64_t values[64];
	size_t n = list(stats, state->keep, names, values);
	struct json json;
	struct buf out;

	buf_init(&out, state->keep);
	json_init(&json, &out);
	if (as_json)
		json_open(&json, NULL, '{');
	for (size_t i = 0; i < n; i++)
		if (as_json)
			json_number(&json, names[i], (double)values[i]);
		else if (strcmp(names[i], "last") == 0)
			buf_printf(&out, "%-22s %s (UTC)\n", "last report",
				   state_time(state->keep, (int64_t)values[i]));
		else
			buf_printf(&out, "%-22s %llu\n", names[i], (unsigned long long)values[i]);
	if (as_json) {
		json_close(&json, '}');
		buf_add_char(&out, '\n');
	}
	return state_print(&out);
}

static int run(int argc, char *const *argv)
{
	struct arena *keep = arena_new("keep", 0);
	struct stats_args args = {.args = {.help = false}};
	struct stats stats = {.last_s = 0};
	struct state state;
	struct why why;
	int status;

	if (state_args_parse(keep, &table, argc, argv, &args, NULL, "whorl stats [options]",
			     &status) &&
	    state_open(&state, keep, &args.args, false, &status)) {
		if (gather(&state, &stats, &why) == STATUS_OK) {
			status = show(&state, &stats, args.args.json);
		} else {
			log_error("%s", why.text);
			status = WIRE_IOERR;
		}
	}
	arena_free(keep);
	log_close();
	return status;
}

const struct command command_stats = {"stats", "what the state folder holds", NULL, run};
