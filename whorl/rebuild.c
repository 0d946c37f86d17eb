/* rebuild: verdicts and trust are made anew from the reports. */
#include <stdio.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/wire/wire.h"
#include "reputation/rebuild.h"
#include "whorl/command.h"
#include "whorl/progress.h"
#include "whorl/state.h"

struct rebuild_args {
	struct state_args args;
};

static const struct option_def options[] = {
	STATE_OPTION_JSON(struct rebuild_args),
	STATE_OPTIONS(struct rebuild_args),
};
static const struct option_table table = {options, sizeof options / sizeof *options, false};

static void tell(void *data, uint64_t done, uint64_t all)
{
	struct progress *progress = data;

	if (!progress->total) {
		progress_begin(progress, all);
		progress->total = all ? all : 1;
	}
	progress_update(progress, done);
}

static int rebuild(const struct state *state, bool as_json)
{
	struct progress progress = {.total = 0};
	bool shows = isatty(STDERR_FILENO);
	uint64_t n;
	struct why why;
	enum status status = rebuild_run(state->config.state, &trust_constants_default,
					 clock_wall_s(), shows ? tell : NULL, &progress, &n, &why);

	if (shows && progress.total)
		progress_end(&progress, n);
	if (status != STATUS_OK) {
		log_error("%s", why.text);
		return status == STATUS_REFUSED || status == STATUS_TIMEOUT ? WIRE_TEMPFAIL
									    : WIRE_IOERR;
	}
	printf(as_json ? "{\"reports\":%llu}\n" : "Rebuilt from %llu report(s)\n",
	       (unsigned long long)n);
	return WIRE_OK;
}

static int run(int argc, char *const *argv)
{
	struct arena *keep = arena_new("keep", 0);
	struct rebuild_args args = {.args = {.help = false}};
	struct state state;
	int status;

	if (state_args_parse(keep, &table, argc, argv, &args, NULL, "whorl rebuild [options]",
			     &status) &&
	    state_open(&state, keep, &args.args, false, &status))
		status = rebuild(&state, args.args.json);
	arena_free(keep);
	log_close();
	return status;
}

const struct command command_rebuild = {"rebuild", "make verdicts and trust anew from the reports",
					NULL, run};
