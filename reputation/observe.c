/* observe: see observe.h. */
#include "reputation/observe.h"

static enum status append(struct arena *scratch, struct ledger *ledger,
			  const struct exposures *exposures, const struct trust_campaign *campaign,
			  int64_t now_s, bool *is_new_out, struct why *why)
{
	struct trust_key_id keys[TRUST_CAMPAIGN_KEYS_MAX];
	struct ledger_report report = {
		.id = arena_printf(scratch, "seen:%u:%lld", campaign->id,
				   (long long)campaign->settle_s),
		.reporter = STR_LIT("whorl"),
		.group = STR_LIT(""),
		.at_s = now_s,
		.class = TRUST_AUTOMATIC,
		.kind = TRUST_SEEN,
		.keys = keys,
		.n_keys = campaign->n_keys,
	};
	uint64_t sequence;

	for (size_t i = 0; i < campaign->n_keys; i++)
		keys[i] = (struct trust_key_id){campaign->algorithms[i], campaign->keys[i]};
	report.seen = exposures_of(scratch, exposures, keys, campaign->n_keys, now_s);
	return ledger_append(ledger, &report, &sequence, is_new_out, why);
}

enum status observe_due(struct arena *scratch, struct ledger *ledger,
			const struct exposures *exposures, int64_t now_s, size_t *n_out,
			struct why *why)
{
	const struct trust_backing *backing = ledger_backing(ledger);
	struct ledger_id_vec due = {0};
	enum status status = ledger_due(ledger, scratch, now_s + OBSERVE_AHEAD_S, &due, why);

	*n_out = 0;
	for (size_t i = 0; i < due.n && status == STATUS_OK; i++) {
		struct trust_campaign *campaign = ARENA_NEW(scratch, struct trust_campaign);
		bool is_new = false;

		if (!backing->load_campaign(backing->data, due.items[i], campaign) ||
		    campaign->settle_s <= now_s || !campaign->n_keys)
			continue;
		status = append(scratch, ledger, exposures, campaign, now_s, &is_new, why);
		*n_out += is_new;
	}
	return status;
}
