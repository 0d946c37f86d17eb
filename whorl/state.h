/* state: the reputation state for subcommands that need no rules: ledger and configuration. */
#ifndef WHORL_WHORL_STATE_H
#define WHORL_WHORL_STATE_H

#include "lib/base/options.h"
#include "reputation/ask.h"
#include "spamd/config.h"

/* The first field of a subcommand's own options. */
struct state_args {
	const char *config, *state, *debug;
	bool json, help;
};

/* Lines for its table of options, whose struct has a field args. */
#define STATE_OPTIONS(type)                                                                        \
	{"config", OPTION_STRING, offsetof(type, args.config),                                     \
	 "FILE  spamd.conf with the reputation section"},                                          \
		{"state", OPTION_STRING, offsetof(type, args.state),                               \
		 "FOLDER  state folder instead of the configured one"},                            \
		{"debug|D", OPTION_MAY_STRING, offsetof(type, args.debug),                         \
		 "[AREA,...]  debugging lines"},                                                   \
	{                                                                                          \
		"help|h", OPTION_SET, offsetof(type, args.help), " this text"                      \
	}
#define STATE_OPTION_JSON(type)                                                                    \
	{                                                                                          \
		"json|j", OPTION_SET, offsetof(type, args.json), " for programs"                   \
	}

struct state {
	struct arena *keep;
	struct reputation_config config; /* config.state is never NULL */
	struct ledger *ledger;
	struct ask *ask;
};

/* The command line, into target, which begins with a struct state_args; false: *exit_out is what to
 * leave with. */
bool state_args_parse(struct arena *keep, const struct option_table *table, int argc,
		      char *const *argv, void *target, struct str_vec *words_out,
		      const char *usage_line, int *exit_out);
/* Configuration and, unless create says that it may be made, an existing ledger. What fails is
 * logged. */
bool state_open(struct state *state, struct arena *keep, const struct state_args *args, bool create,
		int *exit_out);

/* The first line of an export (exchange.h): the network of the state folder, and with_key its key.
 */
enum status state_add_head(struct buf *out, const char *folder, bool with_key, struct why *why);
/* "2026-11-26 07:00" in UTC; "-" for 0. In arena. */
const char *state_time(struct arena *arena, int64_t at_s);
/* All of out to stdout, and out is empty; WIRE_OK or WIRE_IOERR. */
int state_print(struct buf *out);

#endif
