/*
 * txrep: what senders are known by (address, network, domain, HELO) each has a history of points,
 * and together they draw a message's points towards it (SpamAssassin's Plugin/TxRep.pm). See
 * txrep.h, txrep.md.
 */
#include "plugins/TxRep/txrep.h"

#include <math.h>

#include "lib/base/log.h"

enum { LISTED_POINTS = 100 };

static void conf_init(void *data, struct arena *keep)
{
	struct txrep_conf *conf = data;

	for (int i = 0; i < LISTS_MAX; i++)
		conf->processes[i] = senders_process_new(keep);
	conf->patterns = origin_patterns_new(keep);
}

/* The message that lint makes up. */
static bool is_made_up(struct scan *scan)
{
	struct str_vec addresses = {0};

	mail_from_addresses(scan_arena(scan), scan_mail(scan), &addresses);
	return addresses.n &&
	       str_eq_c(addresses.items[0], "ignore@compiling.spamassassin.taint.org");
}

static bool may_run(struct txrep *txrep, struct scan *scan)
{
	txrep->owner = list_owner_of(scan);
	txrep->scan = scan;
	txrep_options_read(&txrep->owner, &txrep->options);
	if (!txrep->options.on) {
		log_debug("TxRep", "is disabled, quitting");
		return false;
	}
	if (ruleset_has_class(scan_prefs(scan)->ruleset, "Mail::SpamAssassin::Plugin::AWL") &&
	    list_flag(&txrep->owner, "use_auto_welcomelist", true)) {
		log_warn("TxRep: cannot run when Auto-Welcomelist is enabled. Please disable it!");
		return false;
	}
	return !is_made_up(scan);
}

/* Sent by one of our own to the world. */
static bool is_outgoing(struct scan *scan)
{
	const struct relays *relays = scan_mail(scan)->relays;

	return relays->internal.n > 0 && relays->external.n == 0;
}

static enum status run(struct txrep *txrep, const void *plugin, struct why *why)
{
	struct scan *scan = txrep->scan;
	struct list_owner owner = txrep->owner;
	struct deadline deadline = scan_runs_rules(scan) && txrep->task == TASK_SCAN
					   ? list_deadline(scan)
					   : deadline_in_ms(SENDERS_WAIT_MS);
	enum status status;

	if (txrep->task != TASK_FORGET && txrep->options.outgoing != 0)
		txrep->is_outgoing = is_outgoing(scan);
	status = txrep_open(txrep, &owner, plugin, deadline, why);
	if (status != STATUS_OK)
		return status;
	txrep_message(txrep);
	return txrep_close(txrep, why);
}

static int check_senders_reputation(struct scan *scan, const struct eval_call *call)
{
	struct txrep txrep = {.task = TASK_SCAN};
	struct why why;

	if (may_run(&txrep, scan) && run(&txrep, call->plugin, &why) != STATUS_OK)
		log_warn("TxRep: open of TxRep file failed: %s", why.text);
	return 0;
}

/* --- learning --------------------------------------------------------------------------------- */

static enum learn_result done(enum status status)
{
	return status == STATUS_OK ? LEARN_DONE : LEARN_FAILED;
}

static enum learn_result learn(struct scan *scan, const void *plugin, enum learn_class as,
			       unsigned flags, struct why *why)
{
	struct txrep txrep = {.task = TASK_LEARN};

	(void)flags;
	if (!may_run(&txrep, scan))
		return LEARN_NOTHING;
	txrep.lesson = as == LEARN_SPAM ? txrep.options.penalty : -txrep.options.bonus;
	if (txrep.lesson == 0 || (scan_runs_rules(scan) && txrep.options.autolearn == 0))
		return LEARN_NOTHING;
	log_debug("TxRep", "learning a message");
	return done(run(&txrep, plugin, why));
}

static enum learn_result forget(struct scan *scan, const void *plugin, struct why *why)
{
	struct txrep txrep = {.task = TASK_FORGET};

	if (!may_run(&txrep, scan))
		return LEARN_NOTHING;
	log_debug("TxRep", "forgetting a message");
	return done(run(&txrep, plugin, why));
}

/* --- commands --------------------------------------------------------------------------------- */

static const char *const doing[] = {
	[LIST_WELCOME] = "welcomelisting address",
	[LIST_BLOCK] = "blocklisting address",
	[LIST_REMOVE] = "removing address",
};

static bool is_like_ip(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!ascii_is_digit((unsigned char)text.ptr[i]) &&
		    !ascii_is_in(text.ptr[i], "abcdef.:"))
			return false;
	return text.len > 0;
}

/* How much of the whole this kind of identity is, so that the points count in full. A name without
 * a dot is a HELO. */
static double share_of(const struct txrep_options *options, struct str id, struct str *signed_by)
{
	const double *weights = options->weights;
	bool has_at = str_find_char(id, '@') != STR_NOT_FOUND;
	double sum = weights[IDENTITY_EMAIL] + weights[IDENTITY_EMAIL_IP] +
		     weights[IDENTITY_DOMAIN] + weights[IDENTITY_IP] + weights[IDENTITY_HELO];

	if (str_find_char(id, '.') == STR_NOT_FOUND && weights[IDENTITY_HELO] != 0) {
		*signed_by = STR_LIT("helo");
		return sum / weights[IDENTITY_HELO];
	}
	if (is_like_ip(id) && weights[IDENTITY_IP] != 0)
		return sum / weights[IDENTITY_IP];
	if (has_at && weights[IDENTITY_EMAIL] != 0)
		return sum / weights[IDENTITY_EMAIL];
	if (!has_at && weights[IDENTITY_DOMAIN] != 0)
		return sum / weights[IDENTITY_DOMAIN];
	return 1;
}

/* "ADDRESS,SIGNER" is the address when the signer vouches for it. */
static void change_list(struct txrep *txrep, const struct list_request *request)
{
	struct str id = request->address, signed_by = STR_NONE;
	size_t comma = str_find_char(id, ',');
	double points = request->change == LIST_REMOVE    ? NAN
			: request->change == LIST_WELCOME ? -LISTED_POINTS
							  : LISTED_POINTS;

	if (comma != STR_NOT_FOUND) {
		signed_by = str_from_at(id, str_rfind_char(id, ',') + 1);
		id = str_sub(id, 0, comma);
	}
	points *= share_of(&txrep->options, id, &signed_by);
	txrep_reset(txrep, id, signed_by, points);
	log_debug("TxRep", "%s %.*s (score %g) %.*s", doing[request->change], STR_ARG(id), points,
		  STR_ARG(signed_by));
	if (txrep->status == STATUS_OK && request->out)
		fprintf(request->out, "SpamAssassin TxRep: %s: %.*s\n", doing[request->change],
			STR_ARG(id));
}

static enum status list_address(struct arena *scan, const struct prefs *prefs, const void *plugin,
				const struct list_request *request, struct why *why)
{
	struct list_owner owner = {scan, prefs, request->user, request->state_dir};
	struct txrep txrep = {.owner = owner};

	txrep_options_read(&owner, &txrep.options);
	if (!txrep.options.on)
		return why_set(why, STATUS_REFUSED, "use_txrep is off");
	if (txrep_open(&txrep, &owner, plugin, deadline_in_ms(SENDERS_WAIT_MS), why) != STATUS_OK)
		return why_context(why, "open of TxRep file failed");
	change_list(&txrep, request);
	return txrep_close(&txrep, why);
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct eval_def evals[] = {
	{"check_senders_reputation", NULL, check_senders_reputation},
	{NULL, NULL, NULL},
};

static const struct learner learner = {
	.learn = learn,
	.forget = forget,
	.list_address = list_address,
};

const struct plugin_def plugin_txrep = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::TxRep",
	.evals = evals,
	.conf_bytes = sizeof(struct txrep_conf),
	.conf_init = conf_init,
	.learner = &learner,
};
