/*
 * command: a subcommand of whorl(1). Each is a file that defines one of these and a line in the
 * table of main.c.
 */
#ifndef WHORL_WHORL_COMMAND_H
#define WHORL_WHORL_COMMAND_H

struct command {
	const char *name;
	const char *summary; /* a line of "whorl --help" */
	/* The name this command had in SpamAssassin: run so when called by it. NULL: none. */
	const char *compatible_name;
	/* argv[0] is the name; returns the exit status. */
	int (*run)(int argc, char *const *argv);
};

extern const struct command command_awl;
extern const struct command command_check;
extern const struct command command_explain;
extern const struct command command_export;
extern const struct command command_fingerprint;
extern const struct command command_import;
extern const struct command command_learn;
extern const struct command command_lookup;
extern const struct command command_rebuild;
extern const struct command command_report;
extern const struct command command_reporter;
extern const struct command command_revoke;
extern const struct command command_stats;
extern const struct command command_top;
extern const struct command command_trust;

#endif
