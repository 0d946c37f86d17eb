/* trust: see trust.h. Reports, one after the other; what they say of reporters, keys, campaigns. */
#include "reputation/trust.h"

#include <math.h>
#include <string.h>

#include "lib/base/must.h"
#include "reputation/ballot.h"
#include "reputation/fold.h"

enum { DAY_S = 86400 };

const struct trust_constants *trust_constants_of(const struct trust *trust)
{
	return trust->constants;
}

/* --- reporters --- */

/* A count of agreements or faults, faded towards the 1 that everybody starts with. */
static double fade(double count, double age_s, double half_life_s)
{
	return 1 + (count - 1) * exp2(-age_s / half_life_s);
}

void fold_fade(const struct trust_constants *constants, struct trust_reporter *reporter,
	       int64_t now_s)
{
	double age_s = now_s > reporter->decayed_s ? (double)(now_s - reporter->decayed_s) : 0;
	double half_life_s = constants->trust_half_life_s;

	if (reporter->decayed_s) {
		reporter->alpha = fade(reporter->alpha, age_s, half_life_s);
		reporter->beta = fade(reporter->beta, age_s, half_life_s);
		reporter->revoke_alpha = fade(reporter->revoke_alpha, age_s, half_life_s);
		reporter->revoke_beta = fade(reporter->revoke_beta, age_s, half_life_s);
	}
	reporter->decayed_s = now_s;
}

/* Nothing while the lower bound is no better than a coin; nor is it where the counts are no better,
 * for then the median is at most 1/2, and the bound lies below the median. */
static double weight_of(const struct trust_constants *constants, double alpha, double beta)
{
	if (alpha <= beta)
		return 0;
	double bound = trust_beta_quantile(constants->confidence, alpha, beta);
	return bound <= 0.5 ? 0 : fmin(constants->user_weight_max, log(bound / (1 - bound)));
}

/* By the day: so that a replay, whatever it was asked in between, gives the same. */
static void weigh(const struct trust_constants *constants, struct held_reporter *held,
		  int64_t now_s)
{
	int64_t day_s = now_s / DAY_S * DAY_S;

	if (held->weighed_s == day_s)
		return;
	struct trust_reporter now = held->record;
	held->weighed_s = day_s;
	held->report_weight = held->revoke_weight = 0;
	if (now.last_s && day_s - now.last_s > (int64_t)constants->probation_s)
		return;
	fold_fade(constants, &now, day_s);
	held->report_weight = weight_of(constants, now.alpha, now.beta);
	held->revoke_weight = weight_of(constants, now.revoke_alpha, now.revoke_beta);
}

double trust_vote_weight(struct trust *trust, const struct trust_vote *vote, int64_t now_s)
{
	const struct trust_constants *constants = trust->constants;
	struct held_reporter *held = fold_reporter(trust, vote->reporter);

	switch ((enum trust_class)vote->class) {
	case TRUST_HONEYPOT:
		return vote->kind == TRUST_SPAM ? constants->honeypot_weight : 0;
	case TRUST_ADMIN:
		return constants->admin_weight;
	case TRUST_AUTOMATIC:
	case TRUST_USER:
		break;
	}
	weigh(constants, held, now_s);
	double weight = vote->kind == TRUST_SPAM ? held->report_weight : held->revoke_weight;
	return vote->class == TRUST_AUTOMATIC ? fmin(weight, constants->automatic_weight_max)
					      : weight;
}

bool trust_is_disproven(struct trust *trust, const struct trust_vote *vote)
{
	const struct trust_reporter *reporter = &fold_reporter(trust, vote->reporter)->record;

	return reporter->revoke_beta > reporter->revoke_alpha;
}

double trust_weight(struct trust *trust, const struct trust_reporter *reporter, int64_t now_s)
{
	struct trust_vote vote = {
		.reporter = reporter->id, .class = reporter->class, .kind = TRUST_SPAM};

	return trust_vote_weight(trust, &vote, now_s);
}

/* --- keys --- */

static struct judge_case case_of(struct trust *trust, const struct trust_key *key, int64_t now_s)
{
	return (struct judge_case){
		.votes = key->votes,
		.n_votes = key->n_votes,
		.without = JUDGE_NOBODY,
		.seen = key->is_counted ? &key->seen : NULL,
		.start = key->algorithm < TRUST_ALGORITHMS_MAX
				 ? trust->constants->start[key->algorithm]
				 : 0,
		.before = (enum trust_state)key->state,
		.now_s = now_s,
	};
}

struct trust_opinion trust_judge(struct trust *trust, const struct trust_key *key, int64_t now_s)
{
	struct judge_case what = case_of(trust, key, now_s);
	struct evidence evidence = judge_weigh(trust, &what);
	double log_odds = judge_log_odds(trust->constants, &evidence, what.start);

	return (struct trust_opinion){
		.log_odds = log_odds,
		.state = judge_state(trust->constants, &evidence, log_odds, what.before),
		.groups = evidence.groups,
		.has_honeypot = evidence.honeypots > 0,
		.is_disowned = judge_is_disowned(trust->constants, &evidence),
	};
}

/* A campaign that has a published key was published. */
static void note_state(struct trust *trust, const struct trust_key *key)
{
	struct held_campaign *held = fold_campaign(trust, key->campaign, false);

	if (!held || (key->state != TRUST_PUBLISHED && !key->is_disowned))
		return;
	held->record.was_published |= key->state == TRUST_PUBLISHED;
	held->record.is_disowned |= key->is_disowned;
	held->is_changed = true;
}

void fold_rescore(struct trust *trust, struct held_key *held, int64_t now_s)
{
	struct trust_opinion opinion = trust_judge(trust, &held->record, now_s);

	held->is_changed = true;
	held->record.log_odds = opinion.log_odds;
	held->record.state = (uint8_t)opinion.state;
	held->record.is_disowned |= opinion.is_disowned;
	note_state(trust, &held->record);
}

/* Exposures behind a verdict say nothing: what is blocked draws no reports. */
static void observe(struct held_key *held, const struct seen *seen)
{
	if (held->record.state == TRUST_PUBLISHED)
		return;
	held->record.is_counted = true;
	held->record.seen = *seen;
	held->is_changed = true;
}

static void vote_on_key(struct trust *trust, struct held_key *held, const struct trust_vote *vote,
			uint32_t campaign)
{
	struct trust_key *key = &held->record;

	if (!key->first_s)
		key->first_s = vote->at_s;
	key->last_s = vote->at_s;
	key->campaign = campaign;
	ballot_add(trust, key->votes, &key->n_votes, TRUST_KEY_VOTES_MAX, vote);
	fold_rescore(trust, held, vote->at_s);
}

/* The key as of now: forgotten, when its last report is long ago; else with the state that has come
 * of it by the passing of time, so that it does not matter when it was last looked at. */
static struct held_key *bring_to(struct trust *trust, struct trust_key_id id, bool create,
				 int64_t now_s)
{
	struct held_key *held = fold_key(trust, id, create);

	if (held && held->record.last_s &&
	    now_s - held->record.last_s > (int64_t)trust->constants->key_life_s) {
		memset(&held->record, 0, sizeof held->record);
		held->record.key = id.key;
		held->record.algorithm = id.algorithm;
		held->is_changed = true;
	}
	if (held && held->record.n_votes) {
		uint8_t state = (uint8_t)trust_judge(trust, &held->record, now_s).state;

		held->is_changed |= state != held->record.state;
		held->record.state = state;
	}
	return held;
}

/* --- campaigns --- */

/* The campaign that a key belongs to while it is young enough to take another report; or 0. What is
 * legitimate belongs to none: spam has links to what everybody links to. */
static uint32_t open_campaign(struct trust *trust, struct trust_key_id id, int64_t now_s)
{
	struct held_key *held = fold_key(trust, id, false);
	struct held_campaign *campaign =
		held && held->record.state != TRUST_LEGITIMATE
			? fold_campaign(trust, held->record.campaign, false)
			: NULL;

	return campaign && now_s - campaign->record.first_s <=
				       (int64_t)trust->constants->campaign_life_s
		       ? campaign->record.id
		       : 0;
}

/* The campaign that most of the report's keys belong to; a new one when none does. */
static uint32_t find_campaign(struct trust *trust, const struct trust_report *report)
{
	uint32_t best = 0;
	size_t best_n = 0;

	for (size_t i = 0; i < report->n_keys; i++) {
		uint32_t campaign = open_campaign(trust, report->keys[i], report->at_s);
		size_t n = 0;

		if (!campaign || campaign == best)
			continue;
		for (size_t k = i; k < report->n_keys; k++)
			n += open_campaign(trust, report->keys[k], report->at_s) == campaign;
		if (n > best_n) {
			best = campaign;
			best_n = n;
		}
	}
	return best ? best : (uint32_t)report->sequence;
}

static void add_key(struct trust_campaign *campaign, struct trust_key_id id)
{
	for (size_t i = 0; i < campaign->n_keys; i++)
		if (campaign->keys[i] == id.key && campaign->algorithms[i] == id.algorithm)
			return;
	if (campaign->n_keys == TRUST_CAMPAIGN_KEYS_MAX)
		return;
	campaign->keys[campaign->n_keys] = id.key;
	campaign->algorithms[campaign->n_keys++] = id.algorithm;
}

static void vote_on_campaign(struct trust *trust, uint32_t id, const struct trust_report *report,
			     const struct trust_vote *vote)
{
	struct held_campaign *held = fold_campaign(trust, id, true);
	struct trust_campaign *campaign = &held->record;

	held->is_changed = true;
	if (!campaign->first_s) {
		campaign->first_s = vote->at_s;
		campaign->settle_s = vote->at_s + (int64_t)trust->constants->settle_after_s;
		fold_expect(trust, campaign);
	}
	for (size_t i = 0; i < report->n_keys; i++)
		add_key(campaign, report->keys[i]);
	ballot_add(trust, campaign->votes, &campaign->n_votes, TRUST_CAMPAIGN_VOTES_MAX, vote);
}

/* --- the fold --- */

static bool bring_all(struct trust *trust, const struct trust_report *report)
{
	bool is_published = false;

	for (size_t i = 0; i < report->n_keys; i++) {
		struct held_key *held = bring_to(trust, report->keys[i], false, report->at_s);

		is_published |= held && held->record.state == TRUST_PUBLISHED;
	}
	return is_published;
}

static void meet_reporter(struct trust *trust, const struct trust_report *report)
{
	struct held_reporter *held = fold_reporter(trust, report->reporter);

	held->record.class = report->class;
	held->record.group = report->group;
	if (report->at_s > held->record.last_s)
		held->record.last_s = report->at_s;
	/* probation ends with the first word; who weighs something is in none */
	if (held->report_weight <= 0 && held->revoke_weight <= 0)
		held->weighed_s = 0;
	held->is_changed = true;
}

/* Where the reporter has spoken, for the day it falls. */
static void note_campaign(struct trust *trust, uint32_t reporter, uint32_t campaign)
{
	struct trust_reporter *record = &fold_reporter(trust, reporter)->record;
	uint32_t n = record->n_campaigns;

	if (n && record->campaigns[(n - 1) % TRUST_REPORTER_CAMPAIGNS_MAX] == campaign)
		return;
	record->campaigns[n % TRUST_REPORTER_CAMPAIGNS_MAX] = campaign;
	record->n_campaigns = n + 1;
}

static void observe_all(struct trust *trust, const struct trust_report *report, bool create)
{
	for (size_t i = 0; report->seen && i < report->n_keys; i++) {
		struct held_key *held = fold_key(trust, report->keys[i], create);

		if (held)
			observe(held, &report->seen[i]);
		if (held && held->record.n_votes && !create)
			fold_rescore(trust, held, report->at_s);
	}
}

static void vote(struct trust *trust, const struct trust_report *report, bool is_published)
{
	struct trust_vote vote = {
		.reporter = report->reporter,
		.group = report->group,
		.mark = report->mark,
		.at_s = report->at_s,
		.kind = report->kind,
		.class = report->class,
		.is_echo = is_published,
	};
	uint32_t campaign = find_campaign(trust, report);

	note_campaign(trust, report->reporter, campaign);
	vote_on_campaign(trust, campaign, report, &vote);
	bool is_contested = false;
	for (size_t i = 0; i < report->n_keys; i++) {
		struct held_key *held = fold_key(trust, report->keys[i], true);
		uint8_t before = held->record.state;

		vote_on_key(trust, held, &vote, campaign);
		is_contested |= before == TRUST_PUBLISHED && held->record.state == TRUST_CONTESTED;
	}
	if (is_contested)
		fold_contest(trust, campaign, report->at_s);
	else
		fold_hasten(trust, campaign);
}

void trust_fold(struct trust *trust, const struct trust_report *report)
{
	trust_settle_until(trust, report->at_s);
	bool is_published = bring_all(trust, report);
	if (report->kind == TRUST_SEEN) {
		observe_all(trust, report, false);
		return;
	}
	meet_reporter(trust, report);
	/* a revoke speaks against a verdict; where there is none, it says nothing */
	if (report->kind == TRUST_REVOKE && !is_published)
		return;
	observe_all(trust, report, true);
	vote(trust, report, is_published);
}
