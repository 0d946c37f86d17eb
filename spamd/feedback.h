/*
 * feedback: the fingerprint layer as spamd and whorl use it: what has to be loaded for it, and
 * reports from people on their way to the ledger.
 */
#ifndef WHORL_SPAMD_FEEDBACK_H
#define WHORL_SPAMD_FEEDBACK_H

#include "plugins/fingerprint/plugin.h"
#include "reputation/exchange.h"
#include "reputation/keeper.h"
#include "spamd/config.h"

/* Configuration lines that load the plugin and its rules, to be read in front of the site's files.
 * With a state folder it is prepared first; without (config.state NULL) nothing is looked up. */
enum status feedback_lines(struct arena *keep, const struct reputation_config *config,
			   struct str_vec *pre_out, struct why *why);

/* Who reports, by configuration: the class and group of the name; users that are not named get the
 * default class and the group of this host. */
struct reporter_config feedback_reporter(const struct reputation_config *config, struct str name,
					 struct str hostname);

/* What a report of the message names, in order. Returns their number; 0: nothing makes a key. */
size_t feedback_keys(struct arena *scan, const struct fingerprint_settings *settings,
		     const struct mail *mail, struct trust_key_id keys_out[LEDGER_KEYS_MAX]);

/* What somebody says of a message. */
struct feedback {
	struct reporter_config reporter;
	enum trust_kind kind;
	const struct trust_key_id *keys; /* of feedback_keys() */
	size_t n_keys;
	const struct seen *seen;         /* exposures of each key; NULL: nobody counts them */
	const struct sign_key *sign_key; /* of a reporter that is a key; else NULL */
};

/* As it will stand in the ledger; in scan. STATUS_NOT_FOUND: there is no key. */
enum status feedback_make(struct arena *scan, const struct feedback *feedback, int64_t now_s,
			  struct ledger_report *out, struct why *why);
/* STATUS_REFUSED when the reporter has said enough in the last 24 hours: a stolen account does not
 * fill the ledger. */
enum status feedback_check_quota(struct ledger *ledger, const struct reporter_config *reporter,
				 int64_t now_s, struct why *why);
/*
 * Both, and into the ledger; on the disk when this returns STATUS_OK. *is_new_out: false when this
 * reporter has said the same today.
 */
enum status feedback_enter(struct arena *scan, struct ledger *ledger,
			   const struct feedback *feedback, int64_t now_s, bool *is_new_out,
			   struct why *why);

#endif
