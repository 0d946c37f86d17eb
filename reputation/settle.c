/* settle: judgement days of campaigns; see trust.h. Each reporter is left out of its own judgement.
 */
#include "reputation/fold.h"

#include "lib/base/heap.h"

enum { MONTH_S = 30 * 86400 };

/* --- what is due --- */

static bool is_before(const void *a, const void *b)
{
	const struct due *x = a, *y = b;

	return x->at_s != y->at_s ? x->at_s < y->at_s : x->campaign < y->campaign;
}

void fold_expect(struct trust *trust, const struct trust_campaign *campaign)
{
	struct due due = {campaign->settle_s, campaign->id};

	vec_push(trust->arena, &trust->due, due);
	heap_add(trust->due.items, trust->due.n, sizeof due, is_before);
}

static struct due pop_due(struct trust *trust)
{
	struct due first;

	heap_take(trust->due.items, &trust->due.n, sizeof first, is_before, &first);
	return first;
}

void trust_expect(struct trust *trust, uint32_t id)
{
	struct held_campaign *held = fold_campaign(trust, id, false);

	if (held && !held->record.is_settled)
		fold_expect(trust, &held->record);
}

/* --- a judgement --- */

static void credit(const struct trust_constants *constants, struct trust_reporter *reporter,
		   bool is_revoke, int64_t now_s)
{
	int64_t month = now_s / MONTH_S;

	if (reporter->month != month) {
		reporter->month = month;
		reporter->credits = 0;
	}
	if (reporter->credits >= TRUST_CREDITS_A_MONTH)
		return;
	reporter->credits++;
	*(is_revoke ? &reporter->revoke_alpha : &reporter->alpha) += constants->credit;
}

static struct trust_key_id key_of(const struct trust_campaign *campaign, size_t i)
{
	return (struct trust_key_id){campaign->algorithms[i], campaign->keys[i]};
}

/* Most of its keys have legitimate mass. */
static bool is_legitimate(struct trust *trust, const struct trust_campaign *campaign)
{
	size_t n = 0;

	for (size_t i = 0; i < campaign->n_keys; i++) {
		struct held_key *held = fold_key(trust, key_of(campaign, i), false);
		n += held && held->record.state == TRUST_LEGITIMATE;
	}
	return campaign->n_keys > 0 && 2 * n >= campaign->n_keys;
}

/* The campaign as the others see it. What was never published is not settled as spam by users,
 * however many say so, for they may be few of those who got it; an authority settles it. */
static enum trust_state judged_without(struct trust *trust, const struct trust_campaign *campaign,
				       const double *weights, uint32_t reporter, bool is_legitimate)
{
	const struct judge_case what = {
		.votes = campaign->votes,
		.weights = weights,
		.n_votes = campaign->n_votes,
		.without = reporter,
		.before = campaign->was_published ? TRUST_PUBLISHED : TRUST_UNKNOWN,
		.now_s = campaign->settle_s,
	};
	struct evidence evidence = judge_weigh(trust, &what);
	enum trust_state state =
		judge_state(trust->constants, &evidence,
			    judge_log_odds(trust->constants, &evidence, 0), what.before);

	if (state == TRUST_CONTESTED || state == TRUST_LEGITIMATE)
		return state;
	if (evidence.has_authority)
		return TRUST_PUBLISHED;
	if (campaign->is_disowned)
		return TRUST_CONTESTED;
	if (is_legitimate)
		return TRUST_LEGITIMATE;
	return state == TRUST_PUBLISHED && !campaign->was_published ? TRUST_SUSPECT : state;
}

/* So many groups have reported it that something could have come of it. */
static bool is_widely_reported(const struct trust *trust, const struct trust_campaign *campaign)
{
	uint32_t groups[TRUST_CAMPAIGN_VOTES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < campaign->n_votes && n < trust->constants->groups_min; i++) {
		size_t k = 0;

		if (campaign->votes[i].kind != TRUST_SPAM)
			continue;
		while (k < n && groups[k] != campaign->votes[i].group)
			k++;
		if (k == n)
			groups[n++] = campaign->votes[i].group;
	}
	return n >= trust->constants->groups_min;
}

static double penalty_of(const struct trust_constants *constants,
			 const struct trust_campaign *campaign, enum trust_state state)
{
	if (state == TRUST_CONTESTED && campaign->is_disowned)
		return constants->penalty_disowned;
	return state == TRUST_LEGITIMATE ? constants->penalty_legitimate : constants->penalty;
}

static void settle_vote(struct trust *trust, const struct trust_campaign *campaign,
			const struct trust_vote *vote, enum trust_state state)
{
	struct held_reporter *held = fold_reporter(trust, vote->reporter);
	bool is_revoke = vote->kind == TRUST_REVOKE;
	bool is_open =
		state != TRUST_PUBLISHED && state != TRUST_CONTESTED && state != TRUST_LEGITIMATE;

	if (is_open && (is_revoke || !is_widely_reported(trust, campaign)))
		return;
	fold_fade(trust->constants, &held->record, campaign->settle_s);
	held->is_changed = true;
	held->weighed_s = 0;
	if (is_open)
		held->record.beta += trust->constants->penalty_unconfirmed;
	else if ((state == TRUST_PUBLISHED) == is_revoke)
		*(is_revoke ? &held->record.revoke_beta : &held->record.beta) +=
			penalty_of(trust->constants, campaign, state);
	else if (!vote->is_echo || is_revoke)
		credit(trust->constants, &held->record, is_revoke, campaign->settle_s);
}

/* --- a reporter that has fallen --- */

static void rescore_campaign(struct trust *trust, uint32_t id, int64_t now_s)
{
	struct held_campaign *held = fold_campaign(trust, id, false);

	if (!held || held->record.is_settled)
		return;
	for (size_t i = 0; i < held->record.n_keys; i++) {
		struct held_key *key = fold_key(trust, key_of(&held->record, i), false);
		if (key)
			fold_rescore(trust, key, now_s);
	}
}

/* What it has said of campaigns that wait for their judgement counts no more. */
static void rescore_touched(struct trust *trust, const struct trust_reporter *reporter,
			    int64_t now_s)
{
	size_t n = reporter->n_campaigns;

	if (n > TRUST_REPORTER_CAMPAIGNS_MAX)
		n = TRUST_REPORTER_CAMPAIGNS_MAX;
	for (size_t i = 0; i < n; i++)
		rescore_campaign(trust, reporter->campaigns[i], now_s);
}

/* Reporters of these classes are what truth is not measured by. */
static bool is_judged(const struct trust_vote *vote)
{
	return vote->class == TRUST_USER || vote->class == TRUST_AUTOMATIC;
}

/* All are judged by what was known before any of them gained or lost by it. */
static void settle(struct trust *trust, struct held_campaign *held)
{
	struct trust_campaign *campaign = &held->record;
	int64_t now_s = campaign->settle_s;
	uint8_t states[TRUST_CAMPAIGN_VOTES_MAX];
	double weights[TRUST_CAMPAIGN_VOTES_MAX];
	bool legitimate = is_legitimate(trust, campaign);

	for (size_t i = 0; i < campaign->n_votes; i++)
		weights[i] = trust_vote_weight(trust, &campaign->votes[i], now_s);
	campaign->state =
		(uint8_t)judged_without(trust, campaign, weights, JUDGE_NOBODY, legitimate);
	/* without a report that weighs nothing it is what it is with it */
	for (size_t i = 0; i < campaign->n_votes; i++)
		states[i] =
			campaign->votes[i].kind == TRUST_SPAM && weights[i] <= 0
				? campaign->state
				: (uint8_t)judged_without(trust, campaign, weights,
							  campaign->votes[i].reporter, legitimate);
	campaign->is_settled = true;
	held->is_changed = true;
	for (size_t i = 0; i < campaign->n_votes; i++)
		if (is_judged(&campaign->votes[i]))
			settle_vote(trust, campaign, &campaign->votes[i],
				    (enum trust_state)states[i]);
	for (size_t i = 0; i < campaign->n_votes; i++) {
		const struct trust_vote *vote = &campaign->votes[i];
		if (weights[i] > 0 && trust_vote_weight(trust, vote, now_s) <= 0)
			rescore_touched(trust, &fold_reporter(trust, vote->reporter)->record,
					now_s);
	}
}

/* What victims contest is judged at once: who did it shall not do it again tomorrow. */
void fold_contest(struct trust *trust, uint32_t id, int64_t now_s)
{
	struct held_campaign *held = fold_campaign(trust, id, false);

	if (!held || held->record.is_settled || held->record.settle_s <= now_s)
		return;
	held->record.settle_s = now_s;
	settle(trust, held);
}

void fold_hasten(struct trust *trust, uint32_t id)
{
	struct held_campaign *held = fold_campaign(trust, id, false);
	struct trust_campaign *campaign = held ? &held->record : NULL;
	int64_t settle_s;

	if (!campaign || campaign->is_settled)
		return;
	settle_s = campaign->first_s + (int64_t)trust->constants->settle_legitimate_after_s;
	if (settle_s >= campaign->settle_s || !is_legitimate(trust, campaign))
		return;
	campaign->settle_s = settle_s;
	held->is_changed = true;
	fold_expect(trust, campaign);
}

void trust_settle_until(struct trust *trust, int64_t now_s)
{
	while (trust->due.n && trust->due.items[0].at_s <= now_s) {
		struct held_campaign *held = fold_campaign(trust, pop_due(trust).campaign, false);

		if (held && !held->record.is_settled)
			settle(trust, held);
	}
}
