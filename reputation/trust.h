/*
 * trust: what reports are worth. A pure fold over the log of reports: the same log gives the same
 * state on every machine and at every replay; time is what the log and the caller say, never a
 * clock. A reporter earns weight by having agreed, early, with trusted others of other groups (a
 * lower confidence bound of a Beta distribution); groups are capped, so that numbers alone decide
 * nothing; revokes need no earned weight but count only against a published verdict; penalties
 * outweigh credits. Without a honeypot or administrators of two groups it is not enough what at
 * most a third of those who got a mail say, nor what is said of mail that does not keep coming; and
 * what many have long received without complaint users can't block at all.
 * doc/trust.md gives the reasons and the attacks.
 */
#ifndef WHORL_REPUTATION_TRUST_H
#define WHORL_REPUTATION_TRUST_H

#include <stdint.h>
#include "lib/base/map.h"
#include "lib/base/vec.h"
#include "reputation/seen.h"

enum trust_class { TRUST_HONEYPOT, TRUST_ADMIN, TRUST_USER, TRUST_AUTOMATIC };
enum trust_kind {
	TRUST_SPAM,
	TRUST_REVOKE,
	TRUST_SEEN, /* nobody's opinion: exposures as they are now */
};
enum trust_state {
	TRUST_UNKNOWN,
	TRUST_SUSPECT,
	TRUST_PUBLISHED, /* spam */
	TRUST_CONTESTED, /* only administrators and honeypots open it again */
	TRUST_LEGITIMATE,
};

enum {
	TRUST_KEY_VOTES_MAX = 64, /* what is kept of more is told in ballot.h */
	TRUST_CAMPAIGN_VOTES_MAX = 96,
	TRUST_CAMPAIGN_KEYS_MAX = 64,
	TRUST_REPORTER_CAMPAIGNS_MAX = 64, /* the latest are kept */
	TRUST_CREDITS_A_MONTH = 20,
	TRUST_ALGORITHMS_MAX = 32,
};

/* The sweep in tests/bench/trust tries others; doc/trust.md tells which it chose. Times in seconds,
 * evidence in natural log-odds. */
struct trust_constants {
	double start[TRUST_ALGORITHMS_MAX]; /* log-odds of a key nobody has reported */
	double honeypot_weight, admin_weight, user_weight_max, automatic_weight_max;
	double group_cap, honeypots_max;
	double publish, publish_without_honeypot; /* log-odds asked for */
	unsigned groups_min;                      /* without a honeypot */
	unsigned authorities_min; /* so many groups' administrators do without what users need */
	double suspect;
	double revoke_weight, unproven_revoke, unproven_revokes_max;
	double unproven_against_authority;     /* factor of unproven revokes where one says spam */
	double contested_min, contested_share; /* of the spam evidence */
	double confidence;                     /* of the lower bound of a reporter's quality */
	double credit, penalty;
	double penalty_legitimate;  /* for a report of what has legitimate mass */
	double penalty_unconfirmed; /* of what several groups reported and nothing came of */
	double penalty_disowned;   /* of what victims of many groups revoked, none of them proven */
	double share_min;          /* of those who got it, so many must speak; 0: no such rule */
	double share_deviations;   /* below the share as seen lies what is believed of it */
	unsigned late_min;         /* so many exposures must have come late; see n_late */
	double late_s;             /* behind the first, those that do */
	double voice;              /* spam evidence at which a group speaks fully */
	double legitimate_min;     /* mass from which on only authorities block */
	double legitimate_reports; /* old reports an old exposure that a legitimate key may have */
	double slips;         /* reports an exposure that may be mistakes of readers, beside one */
	double context_share; /* of exposures in legitimate company that shelter a key */
	double evidence_half_life_s, trust_half_life_s, probation_s, settle_after_s;
	double settle_legitimate_after_s; /* of what is legitimate there is less to wait for */
	double key_life_s;                /* behind its last report a key is forgotten */
	double campaign_life_s;           /* behind its first report another one begins */
};
extern const struct trust_constants trust_constants_default;

struct trust_vote {
	uint32_t reporter, group;
	int64_t at_s;
	uint8_t kind, class;
	bool is_echo;   /* came when the verdict was out already */
	uint8_t unused; /* records are stored as they are: no byte of them is left undefined */
	uint16_t mark;  /* of the group, seen_mark() */
	uint16_t unused_too;
};

struct trust_key {
	uint64_t key;
	uint8_t algorithm;
	uint8_t state;
	uint8_t n_votes;
	bool is_counted; /* exposures are known where it was reported */
	uint32_t campaign;
	bool is_disowned; /* its victims revoked it */
	uint8_t unused[3];
	uint32_t unused_too;
	int64_t first_s, last_s;
	double log_odds;  /* at the last change */
	struct seen seen; /* as last observed before it was published */
	uint32_t unused_three;
	struct trust_vote votes[TRUST_KEY_VOTES_MAX];
};

struct trust_reporter {
	uint32_t id, group;
	uint8_t class;
	uint8_t unused[7];
	double alpha, beta;               /* of spam reports, before decay to now */
	double revoke_alpha, revoke_beta; /* of revokes */
	int64_t decayed_s, last_s;
	unsigned credits; /* this month */
	uint32_t n_campaigns;
	int64_t month;
	uint32_t campaigns[TRUST_REPORTER_CAMPAIGNS_MAX]; /* a ring: where it has spoken */
};

struct trust_campaign {
	uint32_t id;
	bool is_settled;
	bool was_published; /* one of its keys */
	uint8_t n_votes, n_keys;
	uint8_t state;    /* when settled */
	bool is_disowned; /* by its victims */
	uint8_t unused[6];
	int64_t first_s, settle_s;
	uint64_t keys[TRUST_CAMPAIGN_KEYS_MAX];
	uint8_t algorithms[TRUST_CAMPAIGN_KEYS_MAX];
	struct trust_vote votes[TRUST_CAMPAIGN_VOTES_MAX];
};

struct trust_key_id {
	uint8_t algorithm;
	uint64_t key;
};

/* One report as it stands in the log. */
struct trust_report {
	uint64_t sequence; /* ascending */
	int64_t at_s;
	uint32_t reporter, group;
	uint16_t mark; /* of the group, seen_mark() */
	uint8_t class, kind;
	const struct trust_key_id *keys;
	const struct seen *seen; /* what was known of each key's exposures; NULL: nobody counts */
	size_t n_keys;
};

/*
 * Where records are kept between folds; all in memory with the default of NULL functions. load
 * fills the record and says true, or false when there is none. What has changed is told by
 * trust_changed_*.
 */
struct trust_backing {
	void *data;
	bool (*load_key)(void *data, struct trust_key_id id, struct trust_key *out);
	bool (*load_reporter)(void *data, uint32_t id, struct trust_reporter *out);
	bool (*load_campaign)(void *data, uint32_t id, struct trust_campaign *out);
};

struct trust;

/* Lives in arena. */
struct trust *trust_new(struct arena *arena, const struct trust_constants *constants,
			const struct trust_backing *backing);
void trust_fold(struct trust *trust, const struct trust_report *report);
/* Settle, in order of their time, campaigns that are due: credits and penalties, each reporter left
 * out of its own judgement. The fold does it before each report; the caller once more for the time
 * behind the last. */
void trust_settle_until(struct trust *trust, int64_t now_s);
/* A campaign of the backing that will be due. */
void trust_expect(struct trust *trust, uint32_t campaign);
/* NULL when nobody has reported it. */
const struct trust_key *trust_find_key(struct trust *trust, struct trust_key_id id);
const struct trust_reporter *trust_find_reporter(struct trust *trust, uint32_t id);
const struct trust_campaign *trust_find_campaign(struct trust *trust, uint32_t id);

/* What is to be thought of a key at now_s. */
struct trust_opinion {
	double log_odds;
	enum trust_state state;
	unsigned groups;
	bool has_honeypot, is_disowned;
};
struct trust_opinion trust_judge(struct trust *trust, const struct trust_key *key, int64_t now_s);
/* What one spam report of the reporter weighs now. */
double trust_weight(struct trust *trust, const struct trust_reporter *reporter, int64_t now_s);

/* Records that differ from the backing since the last trust_clean(); each is called once. */
struct trust_visitor {
	void *data;
	void (*key)(void *data, const struct trust_key *key);
	void (*reporter)(void *data, const struct trust_reporter *reporter);
	void (*campaign)(void *data, const struct trust_campaign *campaign);
};
void trust_changed(struct trust *trust, const struct trust_visitor *visitor);
void trust_clean(struct trust *trust);

/* x with P(Beta(alpha, beta) < x) = p. */
double trust_beta_quantile(double p, double alpha, double beta);

#endif
