/* feedback: see feedback.h. */
#include "spamd/feedback.h"

#include <stdlib.h>

#include "reputation/exchange.h"

enum {
	DAY_S = 86400,
	CHANGES_MAX = 10, /* of mind, a day */
};

/* The files of rules/data, so that the layer works wherever the program is run from. */
static const char *const rules[] = {
#include "rules/data/rules_text.h"
};

enum status feedback_lines(struct arena *keep, const struct reputation_config *config,
			   struct str_vec *pre_out, struct why *why)
{
	vec_push(keep, pre_out, STR_LIT("loadplugin " FINGERPRINT_PLUGIN_CLASS));
	if (config->state) {
		enum status status = reputation_prepare(config->state, why);
		if (status != STATUS_OK)
			return why_context(why, "reputation");
		vec_push(keep, pre_out, arena_printf(keep, "whorl_state %s", config->state));
	}
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		vec_push(keep, pre_out, str_from(rules[i]));
	return STATUS_OK;
}

struct reporter_config feedback_reporter(const struct reputation_config *config, struct str name,
					 struct str hostname)
{
	for (size_t i = 0; i < config->reporters.n; i++)
		if (str_eq(config->reporters.items[i].name, name)) {
			struct reporter_config reporter = config->reporters.items[i];

			if (!reporter.group.len)
				reporter.group = hostname;
			return reporter;
		}
	return (struct reporter_config){name, hostname, config->default_class,
					config->default_quota};
}

static int by_key(const void *a, const void *b)
{
	const struct trust_key_id *x = a, *y = b;

	if (x->algorithm != y->algorithm)
		return x->algorithm < y->algorithm ? -1 : 1;
	return x->key < y->key ? -1 : x->key > y->key;
}

size_t feedback_keys(struct arena *scan, const struct fingerprint_settings *settings,
		     const struct mail *mail, struct trust_key_id keys_out[LEDGER_KEYS_MAX])
{
	const struct fingerprint_set *set = fingerprint_make(scan, settings, mail);
	size_t n = 0;

	for (size_t i = 0; i < set->keys.n && n < LEDGER_KEYS_MAX; i++)
		if (set->keys.items[i].algorithm != FINGERPRINT_HDR)
			keys_out[n++] = (struct trust_key_id){set->keys.items[i].algorithm,
							      set->keys.items[i].key};
	qsort(keys_out, n, sizeof *keys_out, by_key);
	return n;
}

enum status feedback_check_quota(struct ledger *ledger, const struct reporter_config *reporter,
				 int64_t now_s, struct why *why)
{
	uint64_t n;
	enum status status;

	if (!reporter->quota)
		return STATUS_OK;
	status = ledger_count_since(ledger, reporter->name, now_s - DAY_S, &n, why);
	if (status != STATUS_OK || n < reporter->quota)
		return status;
	return why_set(why, STATUS_REFUSED, "%.*s has used up the %llu reports of a day",
		       STR_ARG(reporter->name), (unsigned long long)reporter->quota);
}

enum status feedback_make(struct arena *scan, const struct feedback *feedback, int64_t now_s,
			  struct ledger_report *out, struct why *why)
{
	char id[EXCHANGE_HEX_BYTES];

	*out = (struct ledger_report){
		.reporter = feedback->reporter.name,
		.group = feedback->reporter.group,
		.at_s = now_s,
		.class = feedback->reporter.class,
		.kind = feedback->kind,
		.keys = feedback->keys,
		.n_keys = feedback->n_keys,
		.seen = feedback->seen,
	};
	if (!feedback->n_keys)
		return why_set(why, STATUS_NOT_FOUND, "nothing in the message makes a fingerprint");
	exchange_id(out, id);
	out->id = arena_str(scan, str_from(id));
	if (feedback->sign_key)
		exchange_sign(scan, feedback->sign_key, out);
	return STATUS_OK;
}

/* The id that n times a change of mind leads to: the first is as it is. */
static struct str nth_id(struct arena *scan, const struct ledger_report *report, unsigned n)
{
	char id[EXCHANGE_HEX_BYTES];

	exchange_id(report, id);
	return n ? arena_printf(scan, "%s.%u", id, n + 1) : arena_str(scan, str_from(id));
}

/* How often this was said today, up to CHANGES_MAX, and when last. */
static enum status find_said(struct arena *scan, struct ledger *ledger,
			     const struct ledger_report *report, unsigned *n_out,
			     uint64_t *last_out, struct why *why)
{
	enum status status = STATUS_OK;
	uint64_t sequence = 0;

	*last_out = 0;
	for (*n_out = 0; *n_out < CHANGES_MAX; ++*n_out) {
		status = ledger_find(ledger, nth_id(scan, report, *n_out), &sequence, why);
		if (status != STATUS_OK || !sequence)
			return status;
		*last_out = sequence;
	}
	return status;
}

/* Whoever has said the opposite since says something new: the last word counts. Not so of a key:
 * what it has signed can be told again by anybody. */
static enum status heed_change_of_mind(struct arena *scan, struct ledger *ledger,
				       struct ledger_report *report, struct why *why)
{
	struct ledger_report opposite = *report;
	uint64_t last, last_opposite;
	unsigned n, n_opposite;
	enum status status;

	if (report->signature.len)
		return STATUS_OK;
	opposite.kind = report->kind == TRUST_REVOKE ? TRUST_SPAM : TRUST_REVOKE;
	status = find_said(scan, ledger, report, &n, &last, why);
	if (status == STATUS_OK && n)
		status = find_said(scan, ledger, &opposite, &n_opposite, &last_opposite, why);
	if (status == STATUS_OK && n)
		report->id = nth_id(scan, report, last_opposite > last ? n : n - 1);
	return status;
}

enum status feedback_enter(struct arena *scan, struct ledger *ledger,
			   const struct feedback *feedback, int64_t now_s, bool *is_new_out,
			   struct why *why)
{
	struct ledger_report report;
	uint64_t sequence;

	if (feedback_make(scan, feedback, now_s, &report, why) != STATUS_OK ||
	    feedback_check_quota(ledger, &feedback->reporter, now_s, why) != STATUS_OK ||
	    heed_change_of_mind(scan, ledger, &report, why) != STATUS_OK)
		return why->status;
	return ledger_append(ledger, &report, &sequence, is_new_out, why);
}
