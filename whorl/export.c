/* export: the reports of the ledger as text (doc/reports.md). */
#include <stdio.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/wire/wire.h"
#include "reputation/exchange.h"
#include "reputation/reputation.h"
#include "whorl/command.h"
#include "whorl/state.h"

enum { FLUSH_BYTES = 256 * 1024, DAY_S = 86400 };

struct export_args {
	struct state_args args;
	const char *reporter;
	int days;
	bool no_key;
};

static const struct option_def options[] = {
	{"reporter|r", OPTION_STRING, offsetof(struct export_args, reporter),
	 "NAME  only what this one has said"},
	{"days", OPTION_INT, offsetof(struct export_args, days),
	 "N  only reports of the last N days"},
	{"no-key", OPTION_SET, offsetof(struct export_args, no_key),
	 " without the network key: for readers who have it, or must not"},
	{"json|j", OPTION_SET, offsetof(struct export_args, args.json), " as it is anyway"},
	STATE_OPTIONS(struct export_args),
};
static const struct option_table table = {options, sizeof options / sizeof *options, false};

struct exporting {
	struct state state;
	struct export_args args;
	struct buf out;
	int status;
};

static bool put(void *data, const struct ledger_report *report)
{
	struct exporting *exporting = data;

	exchange_write(&exporting->out, report);
	if (exporting->out.len >= FLUSH_BYTES)
		exporting->status = state_print(&exporting->out);
	return exporting->status == WIRE_OK;
}

static enum status export_all(struct exporting *exporting, struct why *why)
{
	const struct export_args *args = &exporting->args;
	struct ask *ask = exporting->state.ask;
	struct ask_filter filter = {.reporter = 0};
	enum status status =
		state_add_head(&exporting->out, exporting->state.config.state, !args->no_key, why);

	if (args->days > 0)
		filter.since_s = clock_wall_s() - (int64_t)args->days * DAY_S;
	if (args->reporter) {
		filter.reporter = ask_find_name(ask, str_from(args->reporter));
		if (!filter.reporter)
			return why_set(why, STATUS_NOT_FOUND, "nobody has reported as %s",
				       args->reporter);
	}
	if (status == STATUS_OK)
		status = ask_reports(ask, &filter, put, exporting, why);
	if (status == STATUS_OK && exporting->status == WIRE_OK)
		exporting->status = state_print(&exporting->out);
	return status;
}

static int run(int argc, char *const *argv)
{
	struct arena *keep = arena_new("keep", 0);
	struct exporting exporting = {.status = WIRE_OK};
	struct why why;
	int status;

	buf_init(&exporting.out, NULL);
	if (state_args_parse(keep, &table, argc, argv, &exporting.args, NULL,
			     "whorl export [options] >FILE", &status) &&
	    state_open(&exporting.state, keep, &exporting.args.args, false, &status)) {
		enum status done = export_all(&exporting, &why);

		status = exporting.status;
		if (done != STATUS_OK) {
			log_error("%s", why.text);
			status = done == STATUS_NOT_FOUND ? WIRE_NOUSER : WIRE_IOERR;
		}
	}
	buf_free(&exporting.out);
	arena_free(keep);
	log_close();
	return status;
}

const struct command command_export = {"export", "the reports as text", NULL, run};
