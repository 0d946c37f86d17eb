/* learn_args: the command line of "whorl learn", which is that of sa-learn (sa-surface 4.9). */
#ifndef WHORL_WHORL_LEARN_ARGS_H
#define WHORL_WHORL_LEARN_ARGS_H

#include <limits.h>

#include "lib/base/options.h"
#include "whorl/engine.h"

#define LEARN_NOT_ASKED INT_MIN

enum learn_action { ACTION_UNSET, ACTION_HAM, ACTION_SPAM };

struct learn_args {
	struct engine_args engine;
	struct str_vec targets; /* "ham:detect:PATH" */
	enum learn_action class;
	bool forget, sync, force_expire, rebuild, no_rebuild;
	bool quiet, no_sync, showdots, progress, use_ignores, help, version;
	bool import, backup, clear, mbox, mbx, dir, file, single;
	const char *folders, *dump, *restore, *dbpath, *regexp, *learnprob;
	int max_bytes, randseed, stop_after; /* LEARN_NOT_ASKED: not asked for */
};

/* OPTIONS_USAGE also for a target in front of which no class stands; it is said on stdout. */
enum options_result learn_args_parse(struct arena *keep, int argc, char *const *argv,
				     struct learn_args *args_out);
void learn_args_print(void);
/* One of the file of --folders, or of the command line. False: there is no class for it. */
bool learn_args_add_target(struct arena *keep, struct learn_args *args, struct str text);

#endif
