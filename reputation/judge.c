/* judge: see judge.h; FINGERPRINTS section 3. */
#include "reputation/judge.h"

#include <math.h>

#include "lib/base/must.h"

enum { GROUPS_MAX = TRUST_CAMPAIGN_VOTES_MAX };

const struct trust_constants trust_constants_default = {
	.start = {0},
	.honeypot_weight = 3.0,
	.admin_weight = 2.0,
	.user_weight_max = 1.1,
	.automatic_weight_max = 0.5,
	.group_cap = 1.5,
	.honeypots_max = 2,
	.publish = 1.6,
	.publish_without_honeypot = 2.4,
	.groups_min = 3,
	.suspect = 0.4,
	.revoke_weight = 2.0,
	.unproven_revoke = 0.35,
	.unproven_revokes_max = 1.5,
	.contested_min = 1.0,
	.contested_share = 0.35,
	.confidence = 0.1,
	.credit = 1,
	.penalty = 5,
	.evidence_half_life_s = 14 * 86400.0,
	.trust_half_life_s = 86 * 86400.0,
	.probation_s = 182 * 86400.0,
	.settle_after_s = 36 * 3600.0,
};

/* What one group says. */
struct group_sum {
	uint32_t group;
	double spam, revoke;
	bool has_honeypot, has_unproven_revoke;
};

struct tally {
	struct group_sum groups[GROUPS_MAX];
	size_t n;
	int64_t revoked_s, authority_s; /* the latest of each */
};

static struct group_sum *group_of(struct tally *tally, uint32_t group)
{
	for (size_t i = 0; i < tally->n; i++)
		if (tally->groups[i].group == group)
			return &tally->groups[i];
	must(tally->n < GROUPS_MAX);
	tally->groups[tally->n] = (struct group_sum){.group = group};
	return &tally->groups[tally->n++];
}

static double decay(const struct trust_constants *constants, const struct trust_vote *vote,
		    int64_t now_s)
{
	double age_s = now_s > vote->at_s ? (double)(now_s - vote->at_s) : 0;

	return exp2(-age_s / constants->evidence_half_life_s);
}

static void add_spam(struct group_sum *group, const struct trust_vote *vote, double weight)
{
	if (weight <= 0)
		return;
	if (vote->class == TRUST_HONEYPOT)
		group->has_honeypot = true;
	group->spam += weight;
}

static void add_revoke(struct group_sum *group, const struct trust_vote *vote, double weight,
		       double fresh)
{
	if (vote->class == TRUST_AUTOMATIC)
		return;
	if (weight > 0)
		group->revoke += weight * fresh;
	else
		group->has_unproven_revoke = true;
}

static void add_vote(struct trust *trust, struct tally *tally, const struct trust_vote *vote,
		     int64_t now_s)
{
	double weight = trust_vote_weight(trust, vote, now_s);
	double fresh = decay(trust_constants_of(trust), vote, now_s);
	struct group_sum *group = group_of(tally, vote->group);

	if (vote->kind == TRUST_REVOKE) {
		add_revoke(group, vote, weight, fresh);
		tally->revoked_s = vote->at_s > tally->revoked_s ? vote->at_s : tally->revoked_s;
		return;
	}
	add_spam(group, vote, weight * fresh);
	if (vote->class <= TRUST_ADMIN && vote->at_s > tally->authority_s)
		tally->authority_s = vote->at_s;
}

static struct evidence sum_up(const struct trust_constants *constants, const struct tally *tally)
{
	struct evidence evidence = {.has_authority = tally->authority_s > tally->revoked_s};
	double unproven = 0;

	for (size_t i = 0; i < tally->n; i++) {
		const struct group_sum *group = &tally->groups[i];
		double cap =
			group->has_honeypot ? constants->honeypot_weight : constants->group_cap;

		evidence.spam += fmin(cap, group->spam);
		evidence.groups += group->spam > 0;
		evidence.honeypots += group->has_honeypot;
		evidence.ham += constants->revoke_weight * fmin(1, group->revoke);
		if (group->has_unproven_revoke && group->revoke <= 0)
			unproven += constants->unproven_revoke;
	}
	evidence.ham += fmin(constants->unproven_revokes_max, unproven);
	return evidence;
}

struct evidence judge_votes(struct trust *trust, const struct trust_vote *votes, size_t n,
			    uint32_t without, int64_t now_s)
{
	struct tally tally = {.n = 0};

	for (size_t i = 0; i < n; i++)
		if (votes[i].reporter != without)
			add_vote(trust, &tally, &votes[i], now_s);
	return sum_up(trust_constants_of(trust), &tally);
}

double judge_log_odds(const struct trust_constants *constants, const struct evidence *evidence,
		      double start, double legitimate_mass)
{
	(void)constants;
	return start + evidence->spam - evidence->ham - log1p(legitimate_mass);
}

static bool is_contested(const struct trust_constants *constants, const struct evidence *evidence)
{
	return evidence->ham > constants->contested_min &&
	       evidence->ham > constants->contested_share * evidence->spam;
}

enum trust_state judge_state(const struct trust_constants *constants,
			     const struct evidence *evidence, double log_odds,
			     enum trust_state before)
{
	if (is_contested(constants, evidence))
		return evidence->spam > 0 ? TRUST_CONTESTED : TRUST_LEGITIMATE;
	if (before == TRUST_CONTESTED && !evidence->has_authority)
		return TRUST_CONTESTED;
	if (evidence->honeypots ? log_odds >= constants->publish
				: evidence->groups >= constants->groups_min &&
					  log_odds >= constants->publish_without_honeypot)
		return TRUST_PUBLISHED;
	return log_odds >= constants->suspect ? TRUST_SUSPECT : TRUST_UNKNOWN;
}
