/* fold: what the files of the fold share: records in memory (records.c), reports (trust.c),
 * judgement days (settle.c). For the files of this folder. */
#ifndef WHORL_REPUTATION_FOLD_H
#define WHORL_REPUTATION_FOLD_H

#include "reputation/judge.h"

/* A record in memory; changed since the last trust_clean(). */
struct held_key {
	struct trust_key record;
	bool is_changed;
};
struct held_reporter {
	struct trust_reporter record;
	bool is_changed;
	int64_t weighed_s; /* the day that the weights are of; 0: none yet */
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

enum { FOLD_KNOWN = 1024 };

struct trust {
	struct arena *arena;
	const struct trust_constants *constants;
	struct trust_backing backing;
	struct map *keys, *reporters, *campaigns; /* by their bytes */
	/* those asked for last, by the low bits of their numbers */
	struct held_reporter *known[FOLD_KNOWN];
	VEC_OF(, struct due) due; /* a heap, the earliest first */
};

/* records.c; NULL when it is not known and not to be created. */
struct held_key *fold_key(struct trust *trust, struct trust_key_id id, bool create);
struct held_reporter *fold_reporter(struct trust *trust, uint32_t id);
struct held_campaign *fold_campaign(struct trust *trust, uint32_t id, bool create);

/* trust.c: counts faded to now_s, and what is then to be thought of a key. */
void fold_fade(const struct trust_constants *constants, struct trust_reporter *reporter,
	       int64_t now_s);
void fold_rescore(struct trust *trust, struct held_key *held, int64_t now_s);

/* settle.c; fold_contest: a key of the campaign is contested now. */
void fold_contest(struct trust *trust, uint32_t campaign, int64_t now_s);
/* fold_hasten: another report of the campaign; what is legitimate is judged earlier. */
void fold_hasten(struct trust *trust, uint32_t campaign);
void fold_expect(struct trust *trust, const struct trust_campaign *campaign);

#endif
