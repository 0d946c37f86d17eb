/* teller: see teller.h. */
#include "whorl/teller.h"

#include "lib/base/clock.h"

enum status teller_open(struct teller *teller, struct arena *keep, const char *state,
			struct why *why)
{
	enum status status =
		keeper_open(keep, state, &trust_constants_default, &teller->keeper, why);

	if (status == STATUS_REFUSED) {
		teller->keeper = NULL;
		return ledger_open(keep, state, true, &teller->ledger, why);
	}
	if (status == STATUS_OK)
		teller->ledger = keeper_ledger(teller->keeper);
	return status;
}

enum status teller_tell(struct teller *teller, struct engine *engine, struct mail *mail,
			struct str reporter, enum trust_kind kind, struct why *why)
{
	const struct fingerprint_settings *settings = fingerprint_plugin_settings(engine->ruleset);
	struct trust_key_id *keys = ARENA_ARRAY(engine->scan, struct trust_key_id, LEDGER_KEYS_MAX);
	struct feedback feedback = {
		.reporter = feedback_reporter(&engine->reputation, reporter, engine->hostname),
		.kind = kind,
		.keys = keys,
	};
	bool is_new;

	if (!settings)
		return why_set(why, STATUS_UNSUPPORTED, "the fingerprint layer is not loaded");
	feedback.n_keys = feedback_keys(engine->scan, settings, mail, keys);
	return feedback_enter(engine->scan, teller->ledger, &feedback, clock_wall_s(), &is_new,
			      why);
}

enum status teller_finish(struct teller *teller, struct why *why)
{
	return teller->keeper ? keeper_work(teller->keeper, clock_wall_s(), NULL, why) : STATUS_OK;
}
