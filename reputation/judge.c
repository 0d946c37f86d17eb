/* judge: see judge.h; FINGERPRINTS section 3. */
#include "reputation/judge.h"

#include <math.h>

#include "lib/base/must.h"

enum { GROUPS_MAX = TRUST_CAMPAIGN_VOTES_MAX, DAY_S = 86400 };

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
	.authorities_min = 2,
	.suspect = 0.4,
	.revoke_weight = 2.0,
	.unproven_revoke = 0.35,
	.unproven_revokes_max = 1.5,
	.unproven_against_authority = 0.5,
	.contested_min = 1.0,
	.contested_share = 0.35,
	.confidence = 0.24,
	.credit = 1,
	.penalty = 5,
	.penalty_legitimate = 1,
	.penalty_unconfirmed = 0.1,
	.penalty_disowned = 2,
	.share_min = 1.0 / 3,
	.share_deviations = 3,
	.late_min = 5,
	.late_s = 4 * 3600.0,
	.voice = 0.25,
	.legitimate_min = 20,
	.legitimate_reports = 0.02,
	.slips = 0.005,
	.context_share = 0.5,
	.evidence_half_life_s = 14 * 86400.0,
	.trust_half_life_s = 86 * 86400.0,
	.probation_s = 182 * 86400.0,
	.settle_after_s = 36 * 3600.0,
	.settle_legitimate_after_s = 6 * 3600.0,
	.key_life_s = 120 * 86400.0,
	.campaign_life_s = 30 * 86400.0,
};

/* What one group says. */
struct group_sum {
	uint32_t group;
	uint16_t mark;
	double spam, authority, revoke;
	bool has_honeypot, has_unproven_revoke;
};

struct tally {
	struct group_sum groups[GROUPS_MAX];
	size_t n;
	int64_t revoked_s, authority_s; /* the latest of each */
	int64_t first_s, last_s;        /* reports; the last one with weight */
	double old_reports;
};

static struct group_sum *group_of(struct tally *tally, const struct trust_vote *vote)
{
	for (size_t i = 0; i < tally->n; i++)
		if (tally->groups[i].group == vote->group)
			return &tally->groups[i];
	must(tally->n < GROUPS_MAX);
	tally->groups[tally->n] = (struct group_sum){.group = vote->group, .mark = vote->mark};
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
	if (vote->class <= TRUST_ADMIN)
		group->authority += weight;
	group->spam += weight;
}

static void add_revoke(struct group_sum *group, const struct trust_vote *vote, double weight,
		       double fresh, bool is_disproven)
{
	if (vote->class == TRUST_AUTOMATIC)
		return;
	if (weight > 0)
		group->revoke += weight * fresh;
	else if (!is_disproven)
		group->has_unproven_revoke = true;
}

/* Reports that came when what they are of was as young as exposures that don't count yet. */
static bool is_old(const struct trust_vote *vote, const struct seen *seen)
{
	return seen && seen->day - vote->at_s / DAY_S >= SEEN_DAYS_YOUNG;
}

/* A report of somebody who has no say tells only how long it has been told of. */
static void add_report(struct tally *tally, const struct trust_vote *vote, double weight,
		       const struct judge_case *what, const struct trust_constants *constants)
{
	if (!tally->first_s || vote->at_s < tally->first_s)
		tally->first_s = vote->at_s;
	if (weight <= 0)
		return;
	if (vote->at_s > tally->last_s)
		tally->last_s = vote->at_s;
	if (vote->class <= TRUST_ADMIN && vote->at_s > tally->authority_s)
		tally->authority_s = vote->at_s;
	if (is_old(vote, what->seen))
		tally->old_reports += fmin(1, weight);
	add_spam(group_of(tally, vote), vote, weight * decay(constants, vote, what->now_s));
}

static void add_vote(struct trust *trust, struct tally *tally, size_t i,
		     const struct judge_case *what)
{
	const struct trust_constants *constants = trust_constants_of(trust);
	const struct trust_vote *vote = &what->votes[i];
	double weight =
		what->weights ? what->weights[i] : trust_vote_weight(trust, vote, what->now_s);

	if (vote->kind != TRUST_REVOKE) {
		add_report(tally, vote, weight, what, constants);
		return;
	}
	add_revoke(group_of(tally, vote), vote, weight, decay(constants, vote, what->now_s),
		   trust_is_disproven(trust, vote));
	tally->revoked_s = vote->at_s > tally->revoked_s ? vote->at_s : tally->revoked_s;
}

static struct evidence sum_up(const struct trust_constants *constants, const struct tally *tally)
{
	struct evidence evidence = {.has_authority = tally->authority_s > tally->revoked_s,
				    .old_reports = tally->old_reports,
				    .is_persistent = (double)(tally->last_s - tally->first_s) >=
						     constants->late_s};
	double unproven = 0;

	for (size_t i = 0; i < tally->n; i++) {
		const struct group_sum *group = &tally->groups[i];
		double cap =
			group->has_honeypot ? constants->honeypot_weight : constants->group_cap;

		evidence.spam += fmin(cap, group->spam);
		evidence.authority += fmin(cap, group->authority);
		evidence.authorities += group->authority > 0;
		evidence.groups += group->spam > 0;
		evidence.honeypots += group->has_honeypot;
		evidence.ham += constants->revoke_weight * fmin(1, group->revoke);
		if (group->has_unproven_revoke && group->revoke <= 0)
			unproven += constants->unproven_revoke;
	}
	/* strangers alone do not stand against what an authority says */
	evidence.ham += fmin(constants->unproven_revokes_max, unproven) *
			(evidence.authority > 0 ? constants->unproven_against_authority : 1);
	return evidence;
}

/* --- exposures --- */

/* How fully a group speaks, 0 to 1. */
static double voice_for(const struct trust_constants *constants, const struct tally *tally,
			uint16_t mark)
{
	double spam = 0;

	for (size_t i = 0; i < tally->n; i++)
		if (tally->groups[i].mark == mark)
			spam += tally->groups[i].spam;
	return fmin(1, spam / constants->voice);
}

static double voice_against(const struct trust_constants *constants, const struct tally *tally,
			    uint16_t mark)
{
	(void)constants;
	for (size_t i = 0; i < tally->n; i++)
		if (tally->groups[i].mark == mark &&
		    (tally->groups[i].revoke > 0 || tally->groups[i].has_unproven_revoke))
			return 1;
	return 0;
}

/* Of those who got it, the share whose groups speak; of that what is beyond chance, for a mail goes
 * to few of all (lower end of Wilson's interval, J. Am. Stat. Assoc. 22, 1927). */
static double believed_share(const struct trust_constants *constants, const struct tally *tally,
			     const struct seen *seen,
			     double (*voice)(const struct trust_constants *constants,
					     const struct tally *tally, uint16_t mark))
{
	double n = seen->n, speaking = 0, z = constants->share_deviations;

	if (!seen->n)
		return 0;
	for (size_t i = 0; i < seen->n_groups; i++)
		speaking += seen->groups[i].n * voice(constants, tally, seen->groups[i].mark);
	double share = fmin(1, speaking / n);
	double spread = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n));
	return (share + z * z / (2 * n) - spread) / (1 + z * z / n);
}

/* Exposures that were old enough and drew hardly a complaint while they were young; one is a slip.
 */
static double legitimate_mass(const struct trust_constants *constants,
			      const struct evidence *evidence, const struct seen *seen)
{
	if (seen->n_groups < constants->groups_min ||
	    evidence->old_reports > 1 + constants->legitimate_reports * seen->n_old)
		return 0;
	return seen->n_old;
}

/* So many groups report what they like, by slips of single readers. */
static double slips_of(const struct trust_constants *constants, const struct seen *seen)
{
	return fmin(1 + constants->slips * seen->n, constants->share_min * seen->n_groups);
}

/* A honeypot says it, or administrators of so many groups that not all of them have erred. */
static bool is_sure(const struct trust_constants *constants, const struct evidence *evidence)
{
	return evidence->honeypots > 0 || evidence->authorities >= constants->authorities_min;
}

struct evidence judge_weigh(struct trust *trust, const struct judge_case *what)
{
	const struct trust_constants *constants = trust_constants_of(trust);
	struct tally tally = {.n = 0};

	for (size_t i = 0; i < what->n_votes; i++)
		if (what->votes[i].reporter != what->without)
			add_vote(trust, &tally, i, what);
	struct evidence evidence = sum_up(constants, &tally);
	evidence.is_fresh = tally.authority_s &&
			    what->now_s - tally.authority_s <= (int64_t)constants->settle_after_s;
	if (!what->seen)
		return evidence;
	evidence.is_counted = true;
	evidence.slips = slips_of(constants, what->seen);
	evidence.is_persistent = what->seen->n_late >= constants->late_min;
	evidence.is_rare = what->seen->n <= constants->late_min;
	evidence.mass = legitimate_mass(constants, &evidence, what->seen);
	evidence.in_context = what->seen->n_context > 0 &&
			      what->seen->n_context >= constants->context_share * what->seen->n;
	if (evidence.groups >= constants->groups_min)
		evidence.share = believed_share(constants, &tally, what->seen, voice_for);
	if (tally.revoked_s && evidence.authority <= 0)
		evidence.revoke_share =
			believed_share(constants, &tally, what->seen, voice_against);
	return evidence;
}

/* --- judgement --- */

static bool is_legitimate(const struct trust_constants *constants, const struct evidence *evidence)
{
	return evidence->mass >= constants->legitimate_min;
}

/* Of what is legitimate, or new in such company, only authorities say that it is spam. */
double judge_log_odds(const struct trust_constants *constants, const struct evidence *evidence,
		      double start)
{
	bool is_sheltered = is_legitimate(constants, evidence) || evidence->in_context;
	double spam = is_sheltered ? evidence->authority : evidence->spam;

	return start + spam - evidence->ham - log1p(evidence->mass);
}

bool judge_is_disowned(const struct trust_constants *constants, const struct evidence *evidence)
{
	return constants->share_min > 0 && evidence->is_counted && evidence->authority <= 0 &&
	       evidence->revoke_share > constants->share_min;
}

static bool is_contested(const struct trust_constants *constants, const struct evidence *evidence)
{
	return judge_is_disowned(constants, evidence) ||
	       (evidence->ham > constants->contested_min &&
		evidence->ham > constants->contested_share * evidence->spam);
}

/* More than a third of those who got it speak. */
static bool is_widely_told(const struct trust_constants *constants, const struct evidence *evidence)
{
	return constants->share_min <= 0 || !evidence->is_counted ||
	       evidence->share > constants->share_min;
}

/* What users say counts only of mail that keeps coming: a mailing that is over in a few hours they
 * can't block, whoever they are; nor can one administrator with them, who errs like anybody, and
 * needs more than slips beside it, but not the third. What so few have got that none could have
 * come late is believed at once. Asked once, for what is blocked draws no reports. */
static bool is_credible(const struct trust_constants *constants, const struct evidence *evidence,
			enum trust_state before)
{
	bool is_persistent = constants->late_min == 0 || evidence->is_persistent;

	if (before == TRUST_PUBLISHED || is_sure(constants, evidence))
		return true;
	if (evidence->is_fresh && (!evidence->is_counted || evidence->is_rare))
		return true;
	return is_persistent && (is_widely_told(constants, evidence) ||
				 (evidence->is_fresh && evidence->groups > evidence->slips));
}

static bool is_spam(const struct trust_constants *constants, const struct evidence *evidence,
		    double log_odds, enum trust_state before)
{
	if (evidence->honeypots)
		return log_odds >= constants->publish;
	return evidence->groups >= constants->groups_min &&
	       log_odds >= constants->publish_without_honeypot &&
	       is_credible(constants, evidence, before);
}

enum trust_state judge_state(const struct trust_constants *constants,
			     const struct evidence *evidence, double log_odds,
			     enum trust_state before)
{
	if (is_contested(constants, evidence))
		return evidence->spam > 0 ? TRUST_CONTESTED : TRUST_LEGITIMATE;
	if (before == TRUST_CONTESTED && !evidence->has_authority)
		return TRUST_CONTESTED;
	if (is_spam(constants, evidence, log_odds, before))
		return TRUST_PUBLISHED;
	if (is_legitimate(constants, evidence))
		return TRUST_LEGITIMATE;
	return log_odds >= constants->suspect ? TRUST_SUSPECT : TRUST_UNKNOWN;
}
