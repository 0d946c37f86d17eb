/* feedback: see feedback.h. */
#include "spamd/feedback.h"

#include <stdlib.h>

#include "lib/base/buf.h"
#include "lib/base/digest.h"

enum { DAY_S = 86400 };

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
	return (struct reporter_config){name, hostname, config->default_class};
}

static int by_key(const void *a, const void *b)
{
	const struct trust_key_id *x = a, *y = b;

	if (x->algorithm != y->algorithm)
		return x->algorithm < y->algorithm ? -1 : 1;
	return x->key < y->key ? -1 : x->key > y->key;
}

/* What is the same when the same is said again: who, what, of which keys, and the day. */
static struct str report_id(struct arena *scan, const struct ledger_report *report)
{
	char digest[2 * DIGEST_MAX_BYTES + 1];
	struct buf text;

	buf_init(&text, scan);
	buf_printf(&text, "%.*s\n%d\n%lld\n", STR_ARG(report->reporter), (int)report->kind,
		   (long long)(report->at_s / DAY_S));
	for (size_t i = 0; i < report->n_keys; i++)
		if (report->keys[i].algorithm != FINGERPRINT_EPH)
			buf_printf(&text, "%u:%016llx\n", report->keys[i].algorithm,
				   (unsigned long long)report->keys[i].key);
	digest_hex(DIGEST_SHA256, buf_str(&text), digest);
	return arena_str(scan, str_from(digest));
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

enum status feedback_enter(struct arena *scan, struct ledger *ledger,
			   const struct reporter_config *reporter, enum trust_kind kind,
			   const struct trust_key_id *keys, size_t n_keys, int64_t now_s,
			   bool *is_new_out, struct why *why)
{
	struct ledger_report report = {
		.reporter = reporter->name,
		.group = reporter->group,
		.at_s = now_s,
		.class = reporter->class,
		.kind = kind,
		.keys = keys,
		.n_keys = n_keys,
	};
	uint64_t sequence;

	if (!n_keys)
		return why_set(why, STATUS_NOT_FOUND, "nothing in the message makes a fingerprint");
	report.id = report_id(scan, &report);
	return ledger_append(ledger, &report, &sequence, is_new_out, why);
}

enum status feedback_append(struct arena *scan, struct ledger *ledger,
			    const struct fingerprint_settings *settings, const struct mail *mail,
			    const struct reporter_config *reporter, enum trust_kind kind,
			    int64_t now_s, bool *is_new_out, struct why *why)
{
	struct trust_key_id *keys = ARENA_ARRAY(scan, struct trust_key_id, LEDGER_KEYS_MAX);
	size_t n_keys = feedback_keys(scan, settings, mail, keys);

	return feedback_enter(scan, ledger, reporter, kind, keys, n_keys, now_s, is_new_out, why);
}
