/* trust: see trust.h. */
#include "reputation/trust.h"

#include <math.h>

#include "lib/base/must.h"
#include "reputation/judge.h"

enum { MONTH_S = 30 * 86400, HOUR_S = 3600 };

/* A record in memory; changed since the last trust_clean(). */
struct held_key {
	struct trust_key record;
	bool is_changed;
};
struct held_reporter {
	struct trust_reporter record;
	bool is_changed;
	int64_t weighed_s; /* the hour that the weights are of; 0: none yet */
	double report_weight, revoke_weight;
};
struct held_campaign {
	struct trust_campaign record;
	bool is_changed;
};

/* A campaign that waits for its judgement. */
struct due {
	int64_t at_s;
	uint32_t campaign;
};

struct trust {
	struct arena *arena;
	const struct trust_constants *constants;
	struct trust_backing backing;
	struct map *keys, *reporters, *campaigns; /* by their bytes */
	VEC_OF(, struct due) due;                 /* a heap, the earliest first */
};

struct trust *trust_new(struct arena *arena, const struct trust_constants *constants,
			const struct trust_backing *backing)
{
	struct trust *trust = ARENA_NEW(arena, struct trust);

	trust->arena = arena;
	trust->constants = constants;
	if (backing)
		trust->backing = *backing;
	trust->keys = map_new(arena);
	trust->reporters = map_new(arena);
	trust->campaigns = map_new(arena);
	return trust;
}

const struct trust_constants *trust_constants_of(const struct trust *trust)
{
	return trust->constants;
}

/* --- records --- */

static struct str key_bytes(const struct trust_key_id *id, char out[9])
{
	out[0] = (char)id->algorithm;
	memcpy(out + 1, &id->key, sizeof id->key);
	return str_make(out, 9);
}

static struct str number_bytes(const uint32_t *number)
{
	return str_make((const char *)number, sizeof *number);
}

static struct held_key *hold_key(struct trust *trust, struct trust_key_id id, bool create)
{
	char bytes[9];
	struct str name = key_bytes(&id, bytes);
	struct held_key *held = map_find(trust->keys, name);
	struct trust_key loaded = {.key = id.key, .algorithm = id.algorithm};

	if (held)
		return held;
	bool known = trust->backing.load_key &&
		     trust->backing.load_key(trust->backing.data, id, &loaded);
	if (!known && !create)
		return NULL;
	held = ARENA_NEW(trust->arena, struct held_key);
	held->record = loaded;
	map_put(trust->keys, name, held);
	return held;
}

static struct held_reporter *hold_reporter(struct trust *trust, uint32_t id)
{
	struct held_reporter *held = map_find(trust->reporters, number_bytes(&id));

	if (held)
		return held;
	held = ARENA_NEW(trust->arena, struct held_reporter);
	held->record = (struct trust_reporter){.id = id,
					       .class = TRUST_USER,
					       .alpha = 1,
					       .beta = 1,
					       .revoke_alpha = 1,
					       .revoke_beta = 1};
	if (trust->backing.load_reporter)
		trust->backing.load_reporter(trust->backing.data, id, &held->record);
	map_put(trust->reporters, number_bytes(&id), held);
	return held;
}

static struct held_campaign *hold_campaign(struct trust *trust, uint32_t id, bool create)
{
	struct held_campaign *held = map_find(trust->campaigns, number_bytes(&id));
	struct trust_campaign loaded = {.id = id};

	if (held || !id)
		return held;
	bool known = trust->backing.load_campaign &&
		     trust->backing.load_campaign(trust->backing.data, id, &loaded);
	if (!known && !create)
		return NULL;
	held = ARENA_NEW(trust->arena, struct held_campaign);
	held->record = loaded;
	map_put(trust->campaigns, number_bytes(&id), held);
	return held;
}

const struct trust_key *trust_find_key(struct trust *trust, struct trust_key_id id)
{
	struct held_key *held = hold_key(trust, id, false);

	return held ? &held->record : NULL;
}

const struct trust_reporter *trust_find_reporter(struct trust *trust, uint32_t id)
{
	return &hold_reporter(trust, id)->record;
}

const struct trust_campaign *trust_find_campaign(struct trust *trust, uint32_t id)
{
	struct held_campaign *held = hold_campaign(trust, id, false);

	return held ? &held->record : NULL;
}

/* --- reporters --- */

/* A count of agreements or faults, faded towards the 1 that everybody starts with. */
static double fade(double count, double age_s, double half_life_s)
{
	return 1 + (count - 1) * exp2(-age_s / half_life_s);
}

static struct trust_reporter faded(const struct trust_constants *constants,
				   struct trust_reporter reporter, int64_t now_s)
{
	double age_s = now_s > reporter.decayed_s ? (double)(now_s - reporter.decayed_s) : 0;
	double half_life_s = constants->trust_half_life_s;

	if (reporter.decayed_s) {
		reporter.alpha = fade(reporter.alpha, age_s, half_life_s);
		reporter.beta = fade(reporter.beta, age_s, half_life_s);
		reporter.revoke_alpha = fade(reporter.revoke_alpha, age_s, half_life_s);
		reporter.revoke_beta = fade(reporter.revoke_beta, age_s, half_life_s);
	}
	reporter.decayed_s = now_s;
	return reporter;
}

/* Nothing while the lower bound is no better than a coin. */
static double weight_of_bound(double bound, double max)
{
	if (bound <= 0.5)
		return 0;
	return fmin(max, log(bound / (1 - bound)));
}

/* By the hour: so that a replay, whatever it was asked in between, gives the same. */
static void weigh(const struct trust_constants *constants, struct held_reporter *held,
		  int64_t now_s)
{
	int64_t hour_s = now_s / HOUR_S * HOUR_S;
	struct trust_reporter now = faded(constants, held->record, hour_s);

	if (held->weighed_s == hour_s)
		return;
	held->weighed_s = hour_s;
	held->report_weight = held->revoke_weight = 0;
	if (held->record.last_s && hour_s - held->record.last_s > (int64_t)constants->probation_s)
		return;
	held->report_weight =
		weight_of_bound(trust_beta_quantile(constants->confidence, now.alpha, now.beta),
				constants->user_weight_max);
	held->revoke_weight = weight_of_bound(
		trust_beta_quantile(constants->confidence, now.revoke_alpha, now.revoke_beta),
		constants->user_weight_max);
}

double trust_vote_weight(struct trust *trust, const struct trust_vote *vote, int64_t now_s)
{
	const struct trust_constants *constants = trust->constants;
	struct held_reporter *held = hold_reporter(trust, vote->reporter);

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

double trust_weight(struct trust *trust, const struct trust_reporter *reporter, int64_t now_s)
{
	struct trust_vote vote = {
		.reporter = reporter->id, .class = reporter->class, .kind = TRUST_SPAM};

	return trust_vote_weight(trust, &vote, now_s);
}

/* --- keys --- */

double trust_log_odds(struct trust *trust, const struct trust_key *key, int64_t now_s,
		      enum trust_state *state_out)
{
	struct evidence evidence =
		judge_votes(trust, key->votes, key->n_votes, JUDGE_NOBODY, now_s);
	double start =
		key->algorithm < TRUST_ALGORITHMS_MAX ? trust->constants->start[key->algorithm] : 0;
	double log_odds = judge_log_odds(trust->constants, &evidence, start, key->legitimate_mass);

	*state_out = judge_state(trust->constants, &evidence, log_odds, key->state);
	return log_odds;
}

/* One vote a reporter and kind; a later one of the other kind takes its place. When the ring is
 * full the oldest goes. */
static bool add_vote(struct trust_vote *votes, uint8_t *n, size_t max,
		     const struct trust_vote *vote)
{
	for (size_t i = 0; i < *n; i++) {
		if (votes[i].reporter != vote->reporter)
			continue;
		if (votes[i].kind == vote->kind)
			return false;
		votes[i] = *vote;
		return true;
	}
	if (*n == max) {
		memmove(votes, votes + 1, (max - 1) * sizeof *votes);
		--*n;
	}
	votes[(*n)++] = *vote;
	return true;
}

static void vote_on_key(struct trust *trust, struct held_key *held, const struct trust_vote *vote,
			uint32_t campaign)
{
	struct trust_key *key = &held->record;
	enum trust_state state;

	held->is_changed = true;
	if (!key->first_s)
		key->first_s = vote->at_s;
	key->last_s = vote->at_s;
	if (!key->campaign)
		key->campaign = campaign;
	add_vote(key->votes, &key->n_votes, TRUST_KEY_VOTES_MAX, vote);
	key->log_odds = trust_log_odds(trust, key, vote->at_s, &state);
	key->state = (uint8_t)state;
}

/* --- the fold --- */

/* The campaign that most of the report's keys belong to; a new one when none does. */
static uint32_t find_campaign(struct trust *trust, const struct trust_report *report)
{
	uint32_t best = 0;
	size_t best_n = 0;

	for (size_t i = 0; i < report->n_keys; i++) {
		struct held_key *held = hold_key(trust, report->keys[i], false);
		uint32_t campaign = held ? held->record.campaign : 0;
		size_t n = 0;

		if (!campaign || campaign == best)
			continue;
		for (size_t k = i; k < report->n_keys; k++) {
			struct held_key *other = hold_key(trust, report->keys[k], false);
			n += other && other->record.campaign == campaign;
		}
		if (n > best_n) {
			best = campaign;
			best_n = n;
		}
	}
	return best ? best : (uint32_t)report->sequence;
}

static bool any_is_published(struct trust *trust, const struct trust_report *report)
{
	for (size_t i = 0; i < report->n_keys; i++) {
		struct held_key *held = hold_key(trust, report->keys[i], false);

		if (held && held->record.state == TRUST_PUBLISHED)
			return true;
	}
	return false;
}

static bool is_before(const struct due *a, const struct due *b)
{
	return a->at_s != b->at_s ? a->at_s < b->at_s : a->campaign < b->campaign;
}

static void swap(struct due *a, struct due *b)
{
	struct due other = *a;

	*a = *b;
	*b = other;
}

static void push_due(struct trust *trust, const struct trust_campaign *campaign)
{
	struct due due = {campaign->settle_s, campaign->id};

	vec_push(trust->arena, &trust->due, due);
	for (size_t i = trust->due.n - 1; i; i = (i - 1) / 2) {
		if (!is_before(&trust->due.items[i], &trust->due.items[(i - 1) / 2]))
			break;
		swap(&trust->due.items[i], &trust->due.items[(i - 1) / 2]);
	}
}

static struct due pop_due(struct trust *trust)
{
	struct due *items = trust->due.items, first = items[0];
	size_t n = --trust->due.n, i = 0;

	items[0] = items[n];
	for (;;) {
		size_t least = i, left = 2 * i + 1;

		for (size_t child = left; child < n && child <= left + 1; child++)
			if (is_before(&items[child], &items[least]))
				least = child;
		if (least == i)
			return first;
		swap(&items[i], &items[least]);
		i = least;
	}
}

void trust_expect(struct trust *trust, uint32_t id)
{
	struct held_campaign *held = hold_campaign(trust, id, false);

	if (held && !held->record.is_settled)
		push_due(trust, &held->record);
}

static void vote_on_campaign(struct trust *trust, uint32_t id, const struct trust_vote *vote)
{
	struct held_campaign *held = hold_campaign(trust, id, true);
	struct trust_campaign *campaign = &held->record;

	held->is_changed = true;
	if (!campaign->first_s) {
		campaign->first_s = vote->at_s;
		campaign->settle_s = vote->at_s + (int64_t)trust->constants->settle_after_s;
		push_due(trust, campaign);
	}
	add_vote(campaign->votes, &campaign->n_votes, TRUST_CAMPAIGN_VOTES_MAX, vote);
}

static void meet_reporter(struct trust *trust, const struct trust_report *report)
{
	struct held_reporter *held = hold_reporter(trust, report->reporter);

	held->record.class = report->class;
	held->record.group = report->group;
	if (report->at_s > held->record.last_s)
		held->record.last_s = report->at_s;
	held->is_changed = true;
}

void trust_fold(struct trust *trust, const struct trust_report *report)
{
	bool is_published = any_is_published(trust, report);
	struct trust_vote vote = {
		.reporter = report->reporter,
		.group = report->group,
		.at_s = report->at_s,
		.kind = report->kind,
		.class = report->class,
		.is_echo = is_published,
	};

	trust_settle_until(trust, report->at_s);
	meet_reporter(trust, report);
	/* a revoke speaks against a verdict; where there is none, it says nothing */
	if (report->kind == TRUST_REVOKE && !is_published)
		return;
	uint32_t campaign = find_campaign(trust, report);
	vote_on_campaign(trust, campaign, &vote);
	for (size_t i = 0; i < report->n_keys; i++)
		vote_on_key(trust, hold_key(trust, report->keys[i], true), &vote, campaign);
}

/* --- settling --- */

static void credit(const struct trust_constants *constants, struct held_reporter *held,
		   bool is_revoke, int64_t now_s)
{
	struct trust_reporter *reporter = &held->record;
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

/* The campaign as the others see it. */
static enum trust_state judged_without(struct trust *trust, const struct trust_campaign *campaign,
				       uint32_t reporter, int64_t now_s)
{
	struct evidence evidence =
		judge_votes(trust, campaign->votes, campaign->n_votes, reporter, now_s);

	return judge_state(trust->constants, &evidence,
			   judge_log_odds(trust->constants, &evidence, 0, 0), TRUST_UNKNOWN);
}

static void settle_vote(struct trust *trust, const struct trust_campaign *campaign,
			const struct trust_vote *vote, int64_t now_s)
{
	struct held_reporter *held = hold_reporter(trust, vote->reporter);
	enum trust_state state = judged_without(trust, campaign, vote->reporter, now_s);
	bool is_revoke = vote->kind == TRUST_REVOKE;

	if (state != TRUST_PUBLISHED && state != TRUST_CONTESTED && state != TRUST_LEGITIMATE)
		return;
	held->record = faded(trust->constants, held->record, now_s);
	held->is_changed = true;
	held->weighed_s = 0;
	if ((state == TRUST_PUBLISHED) != is_revoke) {
		if (!vote->is_echo || is_revoke)
			credit(trust->constants, held, is_revoke, now_s);
	} else {
		*(is_revoke ? &held->record.revoke_beta : &held->record.beta) +=
			trust->constants->penalty;
	}
}

/* Reporters of these classes are what truth is measured by. */
static bool is_judged(const struct trust_vote *vote)
{
	return vote->class == TRUST_USER || vote->class == TRUST_AUTOMATIC;
}

static void settle(struct trust *trust, struct held_campaign *held)
{
	struct trust_campaign *campaign = &held->record;
	int64_t now_s = campaign->settle_s;

	for (size_t i = 0; i < campaign->n_votes; i++)
		if (is_judged(&campaign->votes[i]))
			settle_vote(trust, campaign, &campaign->votes[i], now_s);
	campaign->state = (uint8_t)judged_without(trust, campaign, JUDGE_NOBODY, now_s);
	campaign->is_settled = true;
	held->is_changed = true;
}

void trust_settle_until(struct trust *trust, int64_t now_s)
{
	while (trust->due.n && trust->due.items[0].at_s <= now_s) {
		struct held_campaign *held = hold_campaign(trust, pop_due(trust).campaign, false);

		if (held && !held->record.is_settled)
			settle(trust, held);
	}
}

/* --- what has changed --- */

void trust_changed(struct trust *trust, const struct trust_visitor *visitor)
{
	const struct map_entry *entry;

	for (size_t at = 0; visitor->key && (entry = map_next(trust->keys, &at));)
		if (((struct held_key *)entry->value)->is_changed)
			visitor->key(visitor->data, &((struct held_key *)entry->value)->record);
	for (size_t at = 0; visitor->reporter && (entry = map_next(trust->reporters, &at));)
		if (((struct held_reporter *)entry->value)->is_changed)
			visitor->reporter(visitor->data,
					  &((struct held_reporter *)entry->value)->record);
	for (size_t at = 0; visitor->campaign && (entry = map_next(trust->campaigns, &at));)
		if (((struct held_campaign *)entry->value)->is_changed)
			visitor->campaign(visitor->data,
					  &((struct held_campaign *)entry->value)->record);
}

void trust_clean(struct trust *trust)
{
	const struct map_entry *entry;

	for (size_t at = 0; (entry = map_next(trust->keys, &at));)
		((struct held_key *)entry->value)->is_changed = false;
	for (size_t at = 0; (entry = map_next(trust->reporters, &at));)
		((struct held_reporter *)entry->value)->is_changed = false;
	for (size_t at = 0; (entry = map_next(trust->campaigns, &at));)
		((struct held_campaign *)entry->value)->is_changed = false;
}
