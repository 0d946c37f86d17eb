/* fingerprints: what the subcommands of the fingerprint layer share. */
#ifndef WHORL_WHORL_FINGERPRINTS_H
#define WHORL_WHORL_FINGERPRINTS_H

#include "lib/base/options.h"
#include "reputation/names.h"
#include "spamd/feedback.h"
#include "whorl/engine.h"
#include "whorl/input.h"

struct fingerprints_args {
	struct engine_args engine;
	struct str_vec targets;
	const char *config, *state, *reporter, *sign_key, *format;
	bool json, help, arf, no_arf, print;
};

struct fingerprints {
	struct arena *keep;
	struct fingerprints_args args;
	struct reputation_config config;
	struct engine engine;
	const struct fingerprint_settings *settings;
	struct mail_source_vec messages;
	bool missing; /* a target is not there */
};

enum fingerprints_use {
	FINGERPRINTS_KEYS,   /* of messages */
	FINGERPRINTS_LOOKUP, /* what the state says of them */
	FINGERPRINTS_REPORT, /* the options of reports as well */
};
/* usage_line is printed with --help. Rules and messages are loaded; but for KEYS a state folder
 * must be configured. False: *exit_out is what to leave with. */
bool fingerprints_open(struct fingerprints *fingerprints, int argc, char *const *argv,
		       const char *usage_line, enum fingerprints_use use, int *exit_out);
void fingerprints_close(struct fingerprints *fingerprints);
/* One message of the list; NULL, and a warning, when it can't be read. The one before is forgotten.
 */
struct message *fingerprints_read(struct fingerprints *fingerprints, size_t i);
/* As it was before a filter marked it. */
struct mail *fingerprints_mail(struct fingerprints *fingerprints, struct message *message);
/* "FILE" or "FILE@OFFSET" of a mailbox. */
struct str fingerprints_name(struct fingerprints *fingerprints, size_t i);

#endif
