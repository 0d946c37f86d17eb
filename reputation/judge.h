/* judge: evidence of votes and exposures → log-odds and state. For the files of this folder. */
#ifndef WHORL_REPUTATION_JUDGE_H
#define WHORL_REPUTATION_JUDGE_H

#include "reputation/trust.h"

#define JUDGE_NOBODY UINT32_MAX

struct evidence {
	double spam, ham;
	double authority;           /* of the spam evidence: administrators and honeypots */
	unsigned authorities;       /* groups of which one of these says spam */
	unsigned groups, honeypots; /* groups with any weight, and those of them with a honeypot */
	bool has_authority; /* an administrator or a honeypot reported after the last revoke */
	bool is_fresh;      /* an authority has just said so */
	double old_reports; /* with weight, as old as old exposures, each at most 1 */
	bool is_persistent; /* it keeps coming; where nobody counts: its reports do */
	bool is_rare;       /* so few have got it that it can't be known to keep coming */
	double share;    /* of the exposures, those of groups that speak; what is believed of it */
	bool is_counted; /* exposures are known */
	double slips;    /* so many groups may report it though it is none */
	double revoke_share; /* likewise, of groups that revoke, in however small a voice */
	double mass;         /* legitimate */
	bool in_context;     /* mostly seen in the company of links that are legitimate */
};

/* What is judged: votes other than without's (JUDGE_NOBODY: all), weighed at now_s. */
struct judge_case {
	const struct trust_vote *votes;
	const double *weights; /* of the votes at now_s; NULL: to be found */
	size_t n_votes;
	uint32_t without;
	const struct seen *seen; /* NULL: exposures are not known */
	double start;            /* log-odds before any evidence */
	enum trust_state before;
	int64_t now_s;
};

/* Of trust.c: what a vote of its kind weighs by what is known of the reporter at now_s, without
 * decay. */
double trust_vote_weight(struct trust *trust, const struct trust_vote *vote, int64_t now_s);
/* Its revokes were found wrong more often than right. */
bool trust_is_disproven(struct trust *trust, const struct trust_vote *vote);
const struct trust_constants *trust_constants_of(const struct trust *trust);

struct evidence judge_weigh(struct trust *trust, const struct judge_case *what);
/* Victims of many groups stand against a verdict that no authority shares. */
bool judge_is_disowned(const struct trust_constants *constants, const struct evidence *evidence);
double judge_log_odds(const struct trust_constants *constants, const struct evidence *evidence,
		      double start);
enum trust_state judge_state(const struct trust_constants *constants,
			     const struct evidence *evidence, double log_odds,
			     enum trust_state before);

#endif
