/* fingerprints: what the subcommands of the fingerprint layer share. */
#ifndef WHORL_WHORL_FINGERPRINTS_H
#define WHORL_WHORL_FINGERPRINTS_H

#include "lib/base/options.h"
#include "spamd/feedback.h"
#include "whorl/engine.h"
#include "whorl/input.h"

struct fingerprints_args {
	struct engine_args engine;
	struct str_vec targets;
	const char *config, *state, *reporter, *format;
	bool json, help;
};

struct fingerprints {
	struct arena *keep;
	struct fingerprints_args args;
	struct reputation_config config;
	struct engine engine;
	const struct fingerprint_settings *settings;
	struct mail_source_vec messages;
};

/* The options that all of them have; usage_line is printed with --help. Rules and messages are
 * loaded, needs_state: also a state folder must be configured. False: *exit_out is what to leave
 * with. */
bool fingerprints_open(struct fingerprints *fingerprints, int argc, char *const *argv,
		       const char *usage_line, bool needs_state, int *exit_out);
void fingerprints_close(struct fingerprints *fingerprints);
/* One message of the list; NULL, and a warning, when it can't be read. The one before is forgotten.
 */
struct mail *fingerprints_mail(struct fingerprints *fingerprints, size_t i);
/* "FILE" or "FILE@OFFSET" of a mailbox. */
struct str fingerprints_name(struct fingerprints *fingerprints, size_t i);
const char *trust_state_name(uint8_t state);

#endif
