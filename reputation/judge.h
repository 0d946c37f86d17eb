/* judge: evidence of votes → log-odds and state. For the files of this folder. */
#ifndef WHORL_REPUTATION_JUDGE_H
#define WHORL_REPUTATION_JUDGE_H

#include "reputation/trust.h"

#define JUDGE_NOBODY UINT32_MAX

struct evidence {
	double spam, ham;
	unsigned groups, honeypots; /* groups with any weight, and those of them with a honeypot */
	bool has_authority; /* an administrator or a honeypot reported after the last revoke */
};

/* Of trust.c: what a vote of its kind weighs by what is known of the reporter at now_s, without
 * decay. */
double trust_vote_weight(struct trust *trust, const struct trust_vote *vote, int64_t now_s);
const struct trust_constants *trust_constants_of(const struct trust *trust);

/* Votes other than without's (JUDGE_NOBODY: all), weighed at now_s. */
struct evidence judge_votes(struct trust *trust, const struct trust_vote *votes, size_t n,
			    uint32_t without, int64_t now_s);
double judge_log_odds(const struct trust_constants *constants, const struct evidence *evidence,
		      double start, double legitimate_mass);
enum trust_state judge_state(const struct trust_constants *constants,
			     const struct evidence *evidence, double log_odds,
			     enum trust_state before);

#endif
