/* check_args: the command line of "whorl check", which is that of the spamassassin command
 * (sa-surface 4.8). */
#ifndef WHORL_WHORL_CHECK_ARGS_H
#define WHORL_WHORL_CHECK_ARGS_H

#include "lib/base/options.h"
#include "whorl/engine.h"

struct check_args {
	struct engine_args engine;
	struct str_vec targets;
	bool mbox, mbx, dir, file; /* format of the targets that do not tell it */
	bool test_mode, remove_markup, report, revoke;
	int error_code; /* CHECK_NO_ERROR_CODE: not asked for */
	int profile;    /* passes over each message; CHECK_NO_PROFILE: not asked for */
	bool json;
	bool lint, net, progress, help, version, no_create_prefs;
	/* lists of addresses */
	bool add_to_welcomelist, add_to_blocklist, remove_from_welcomelist;
	const char *add_address_welcome, *add_address_block, *remove_address;
};

enum { CHECK_NO_ERROR_CODE = -1000000001, CHECK_NO_PROFILE = -1 };

enum options_result check_args_parse(struct arena *keep, int argc, char *const *argv,
				     struct check_args *args_out);
void check_args_print(bool to_stdout);
/* "detect", or what --mbox and the like say. */
const char *check_args_format(const struct check_args *args);
bool check_args_about_lists(const struct check_args *args);

#endif
