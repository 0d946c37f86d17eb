/* top: live campaigns: who has reported what when, and what is made of it. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/wire/wire.h"
#include "plugins/fingerprint/fingerprint.h"
#include "reputation/names.h"
#include "whorl/command.h"
#include "whorl/state.h"

enum { CAMPAIGNS_SHOWN = 20, DAYS = 14, DAY_S = 86400 };

struct top_args {
	struct state_args args;
	int limit, days;
};

static const struct option_def options[] = {
	STATE_OPTION_JSON(struct top_args),
	{"limit|n", OPTION_INT, offsetof(struct top_args, limit), "N  so many campaigns (20)"},
	{"days", OPTION_INT, offsetof(struct top_args, days),
	 "N  those reported in the last N days (14)"},
	STATE_OPTIONS(struct top_args),
};
static const struct option_table table = {options, sizeof options / sizeof *options, false};

struct campaign {
	uint32_t id;
	uint64_t n_reports, n_revokes;
	unsigned n_groups, n_exposures; /* exposures: of the key that came most often */
	size_t n_keys, by_algorithm[TRUST_ALGORITHMS_MAX];
	int64_t first_s, last_s;
	double log_odds; /* of the key that speaks most clearly */
	uint8_t state;   /* and its state */
	VEC_OF(, struct trust_key_id) keys;
};
VEC_OF(campaign_vec, struct campaign *);

struct gathering {
	struct arena *keep;
	const struct top_args *args;
	const struct trust_backing *backing;
	struct map *by_id;
	struct campaign_vec all;
	int64_t since_s;
};

/* --- gathering --- */

static unsigned count_groups(const struct trust_campaign *record)
{
	unsigned n = 0;

	for (size_t i = 0; i < record->n_votes; i++) {
		bool seen = false;

		for (size_t k = 0; k < i && !seen; k++)
			seen = record->votes[k].group == record->votes[i].group;
		n += !seen;
	}
	return n;
}

static struct campaign *campaign_new(struct gathering *gathering, uint32_t id)
{
	struct campaign *campaign = ARENA_NEW(gathering->keep, struct campaign);
	struct trust_campaign *record = ARENA_NEW(gathering->keep, struct trust_campaign);

	campaign->id = id;
	campaign->log_odds = -1e9;
	if (gathering->backing->load_campaign(gathering->backing->data, id, record)) {
		campaign->first_s = record->first_s;
		campaign->n_groups = count_groups(record);
		for (size_t i = 0; i < record->n_votes; i++)
			(*(record->votes[i].kind == TRUST_REVOKE ? &campaign->n_revokes
								 : &campaign->n_reports))++;
	}
	vec_push(gathering->keep, &gathering->all, campaign);
	return campaign;
}

static bool gather(void *data, const struct trust_key *key)
{
	struct gathering *gathering = data;
	struct str id = str_make((const char *)&key->campaign, sizeof key->campaign);
	struct campaign *campaign;

	if (key->last_s < gathering->since_s)
		return false; /* the rest is older */
	campaign = map_find(gathering->by_id, id);
	if (!campaign) {
		campaign = campaign_new(gathering, key->campaign);
		map_put(gathering->by_id, id, campaign);
	}
	campaign->n_keys++;
	campaign->by_algorithm[key->algorithm % TRUST_ALGORITHMS_MAX]++;
	if (key->last_s > campaign->last_s)
		campaign->last_s = key->last_s;
	if (!campaign->first_s || key->first_s < campaign->first_s)
		campaign->first_s = key->first_s;
	if (key->seen.n > campaign->n_exposures)
		campaign->n_exposures = key->seen.n;
	if (key->log_odds > campaign->log_odds) {
		campaign->log_odds = key->log_odds;
		campaign->state = key->state;
	}
	if (gathering->args->args.json)
		vec_push(gathering->keep, &campaign->keys,
			 ((struct trust_key_id){key->algorithm, key->key}));
	return true;
}

/* The most reported first, of those the latest. */
static int by_reports(const void *a, const void *b)
{
	const struct campaign *x = *(struct campaign *const *)a, *y = *(struct campaign *const *)b;

	if (x->n_reports != y->n_reports)
		return x->n_reports > y->n_reports ? -1 : 1;
	if (x->last_s != y->last_s)
		return x->last_s > y->last_s ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* --- showing --- */

static void show_json(struct buf *out, const struct campaign *campaign)
{
	struct json json;
	char text[32];

	json_init(&json, out);
	json_open(&json, NULL, '{');
	json_number(&json, "campaign", campaign->id);
	json_string(&json, "state", str_from(trust_state_name(campaign->state)));
	json_number(&json, "log_odds", campaign->log_odds);
	json_number(&json, "reports", (double)campaign->n_reports);
	json_number(&json, "revokes", (double)campaign->n_revokes);
	json_number(&json, "groups", campaign->n_groups);
	json_number(&json, "exposures", campaign->n_exposures);
	json_number(&json, "first", (double)campaign->first_s);
	json_number(&json, "last", (double)campaign->last_s);
	json_open(&json, "keys", '[');
	for (size_t i = 0; i < campaign->keys.n; i++) {
		json_open(&json, NULL, '{');
		json_string(&json, "alg",
			    str_from(fingerprint_name(campaign->keys.items[i].algorithm)));
		snprintf(text, sizeof text, "%016llx",
			 (unsigned long long)campaign->keys.items[i].key);
		json_string(&json, "key", str_from(text));
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_close(&json, '}');
	buf_add_char(out, '\n');
}

static void show_text(struct buf *out, struct arena *arena, const struct campaign *campaign)
{
	buf_printf(out, "%9u  %-10s %+5.1f %7llu %7llu %6u %7u  %-16s  %-16s %5zu ", campaign->id,
		   trust_state_name(campaign->state), campaign->log_odds,
		   (unsigned long long)campaign->n_reports, (unsigned long long)campaign->n_revokes,
		   campaign->n_groups, campaign->n_exposures, state_time(arena, campaign->first_s),
		   state_time(arena, campaign->last_s), campaign->n_keys);
	for (size_t i = 0; i < TRUST_ALGORITHMS_MAX; i++)
		if (campaign->by_algorithm[i])
			buf_printf(out, " %s:%zu", fingerprint_name((uint8_t)i),
				   campaign->by_algorithm[i]);
	buf_add_char(out, '\n');
}

static int show(const struct gathering *gathering)
{
	const struct campaign_vec *all = &gathering->all;
	struct buf out;

	if (all->n)
		qsort(all->items, all->n, sizeof *all->items, by_reports);
	buf_init(&out, gathering->keep);
	if (!gathering->args->args.json)
		buf_printf(&out, "%9s  %-10s %5s %7s %7s %6s %7s  %-16s  %-16s %5s  by algorithm\n",
			   "campaign", "state", "odds", "reports", "revokes", "groups", "seen",
			   "first (UTC)", "last (UTC)", "keys");
	for (size_t i = 0; i < all->n && i < (size_t)gathering->args->limit; i++)
		if (gathering->args->args.json)
			show_json(&out, all->items[i]);
		else
			show_text(&out, gathering->keep, all->items[i]);
	return state_print(&out);
}

static int top(const struct state *state, const struct top_args *args)
{
	struct gathering gathering = {
		.keep = state->keep,
		.args = args,
		.backing = ledger_backing(state->ledger),
		.by_id = map_new(state->keep),
		.since_s = clock_wall_s() - (int64_t)args->days * DAY_S,
	};
	struct why why;

	if (args->limit < 0 || args->days < 0) {
		log_error("--limit and --days are not negative");
		return WIRE_USAGE;
	}
	if (ask_keys(state->ask, gather, &gathering, &why) == STATUS_OK)
		return show(&gathering);
	log_error("%s", why.text);
	return WIRE_IOERR;
}

static int run(int argc, char *const *argv)
{
	struct arena *keep = arena_new("keep", 0);
	struct top_args args = {.limit = CAMPAIGNS_SHOWN, .days = DAYS};
	struct state state;
	int status;

	if (state_args_parse(keep, &table, argc, argv, &args, NULL, "whorl top [options]",
			     &status) &&
	    state_open(&state, keep, &args.args, false, &status))
		status = top(&state, &args);
	arena_free(keep);
	log_close();
	return status;
}

const struct command command_top = {"top", "campaigns that are reported now", NULL, run};
