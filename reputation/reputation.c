/* reputation: keys → one opinion; FINGERPRINTS section 2. */
#include "reputation/reputation.h"

#include <limits.h>
#include <math.h>

#include "reputation/table.h"
#include "reputation/trust.h"

struct reputation {
	struct table *table;
};

/* What a family's evidence counts for, and how its keys add up. */
static const double family_weights[REPUTATION_FAMILIES] = {
	[REPUTATION_TEXT] = 1.8,   [REPUTATION_LINK] = 0.9,    [REPUTATION_STRUCT] = 0.7,
	[REPUTATION_OBJECT] = 1.8, [REPUTATION_CONTACT] = 0.8, [REPUTATION_SENDER] = 0.7,
};

static const struct algorithm {
	enum reputation_family family;
	unsigned keys_min; /* so many published keys must agree before any counts */
	double share_min;  /* and so much of the message's keys of this algorithm */
} algorithms[FINGERPRINT_ALGORITHMS_MAX] = {
	[FINGERPRINT_TXT] = {REPUTATION_TEXT, 1, 0},
	[FINGERPRINT_TXS] = {REPUTATION_TEXT, 1, 0},
	[FINGERPRINT_ANC] = {REPUTATION_TEXT, 2, 0.05},
	[FINGERPRINT_HOST] = {REPUTATION_LINK, 1, 0},
	[FINGERPRINT_URL] = {REPUTATION_LINK, 1, 0},
	[FINGERPRINT_DOM] = {REPUTATION_STRUCT, 3, 0},
	[FINGERPRINT_ATT] = {REPUTATION_OBJECT, 1, 0},
	[FINGERPRINT_IMG] = {REPUTATION_OBJECT, 2, 0},
	[FINGERPRINT_CTK] = {REPUTATION_CONTACT, 1, 0},
	[FINGERPRINT_EPH] = {REPUTATION_TEXT, 2, 0},
	[FINGERPRINT_HDR] = {REPUTATION_STRUCT, UINT_MAX, 0},
	[FINGERPRINT_SUB] = {REPUTATION_STRUCT, 1, 0},
	[FINGERPRINT_ANS] = {REPUTATION_TEXT, 4, 0.2},
	[FINGERPRINT_PTH] = {REPUTATION_LINK, 1, 0},
	[FINGERPRINT_SND] = {REPUTATION_SENDER, 1, 0},
	[FINGERPRINT_ANT] = {REPUTATION_LINK, 2, 0},
	[FINGERPRINT_TEL] = {REPUTATION_LINK, 1, 0},
	[FINGERPRINT_PDF] = {REPUTATION_STRUCT, 1, 0},
	[FINGERPRINT_X28] = {REPUTATION_TEXT, 1, 0},
	[FINGERPRINT_X29] = {REPUTATION_LINK, 1, 0},
	[FINGERPRINT_X30] = {REPUTATION_OBJECT, 1, 0},
	[FINGERPRINT_X31] = {REPUTATION_CONTACT, 1, 0},
};

static const double prior = 0.1, key_log_odds_max = 6, second_share = 0.25, weak_max = 0.45;

enum status reputation_open(struct arena *arena, const char *state,
			    struct reputation **reputation_out, struct why *why)
{
	struct reputation *reputation = ARENA_NEW(arena, struct reputation);
	enum status status = table_open(arena, arena_printf(arena, "%s/table", state).ptr,
					TABLE_READ, &reputation->table, why);

	if (status == STATUS_OK)
		*reputation_out = reputation;
	return status;
}

/* Families whose word alone proves nothing. */
static const enum reputation_family weak[] = {REPUTATION_LINK, REPUTATION_STRUCT,
					      REPUTATION_SENDER};

static bool is_weak(enum reputation_family family)
{
	for (size_t i = 0; i < sizeof weak / sizeof *weak; i++)
		if (weak[i] == family)
			return true;
	return false;
}

/* --- matches --- */

/* Reports against what is legitimate make it less so, never spam. */
static double evidence_of(const struct table_value *value)
{
	double max = value->state == TRUST_LEGITIMATE ? 0 : key_log_odds_max;

	return fmax(-key_log_odds_max, fmin(max, value->log_odds));
}

static void find_matches(struct arena *scan, struct reputation *reputation,
			 const struct reputation_key *keys, size_t n,
			 struct reputation_opinion *opinion)
{
	for (size_t i = 0; i < n; i++) {
		struct table_value value;

		if (keys[i].algorithm >= FINGERPRINT_ALGORITHMS_MAX ||
		    !table_find(reputation->table, keys[i].key, &value) ||
		    value.algorithm != keys[i].algorithm)
			continue;
		struct reputation_match match = {
			.index = i,
			.state = value.state,
			.groups = value.groups,
			.has_honeypot = value.has_honeypot,
			.log_odds = evidence_of(&value),
		};
		vec_push(scan, &opinion->matches, match);
	}
}

/* Short shingles agree by chance: few of them count when they are most of the text, or beside a
 * known shape or place. */
static bool are_few_enough(unsigned n, unsigned all, const unsigned *found)
{
	bool shape = found[FINGERPRINT_DOM] >= algorithms[FINGERPRINT_DOM].keys_min;
	bool place = found[FINGERPRINT_HOST] || found[FINGERPRINT_URL];

	return (n >= 3 && n >= 0.7 * all) || (n >= 3 && n >= 0.3 * all && place) ||
	       (n >= 2 && n >= 0.1 * all && shape);
}

/* found[]: published keys of each algorithm; all: keys of this one in the message. */
static bool are_enough(uint8_t algorithm, const unsigned *found, unsigned all)
{
	const struct algorithm *wanted = &algorithms[algorithm];
	unsigned n = found[algorithm];

	if (n >= wanted->keys_min && n >= wanted->share_min * all)
		return true;
	return algorithm == FINGERPRINT_ANS && are_few_enough(n, all, found);
}

/* Keys of which several must agree count only when they do. What is legitimate (a footer, a
 * disclaimer) is no witness, and takes no part in the share that witnesses must be. */
static void mark_counting(const struct reputation_key *keys, size_t n_keys,
			  struct reputation_opinion *opinion)
{
	unsigned n[FINGERPRINT_ALGORITHMS_MAX] = {0}, all[FINGERPRINT_ALGORITHMS_MAX] = {0};

	for (size_t i = 0; i < n_keys; i++)
		if (keys[i].algorithm < FINGERPRINT_ALGORITHMS_MAX)
			all[keys[i].algorithm]++;
	for (size_t i = 0; i < opinion->matches.n; i++) {
		const struct reputation_match *match = &opinion->matches.items[i];
		n[keys[match->index].algorithm] += match->state == TRUST_PUBLISHED;
		all[keys[match->index].algorithm] -= match->state == TRUST_LEGITIMATE;
	}
	for (size_t i = 0; i < opinion->matches.n; i++) {
		struct reputation_match *match = &opinion->matches.items[i];
		uint8_t algorithm = keys[match->index].algorithm;

		match->counts = match->state == TRUST_LEGITIMATE ||
				(match->state == TRUST_PUBLISHED &&
				 are_enough(algorithm, n, all[algorithm]));
		opinion->is_contested |= match->state == TRUST_CONTESTED;
		opinion->is_legitimate |=
			match->state == TRUST_LEGITIMATE && !is_weak(algorithms[algorithm].family);
		opinion->has_honeypot |= match->counts && match->has_honeypot;
	}
}

/* --- families --- */

/* Whether a value speaks louder than another. Anybody can write what is legitimate beside what is
 * spam, so that spam drowns it in a family. */
static bool is_louder(double value, double other)
{
	return (value > 0) == (other > 0) ? fabs(value) > fabs(other) : value > 0;
}

/* The loudest and a share of the second of the same sign; keys of one family are no independent
 * witnesses. */
static double family_sum(const struct reputation_key *keys,
			 const struct reputation_opinion *opinion, enum reputation_family family)
{
	double first = 0, second = 0;

	for (size_t i = 0; i < opinion->matches.n; i++) {
		const struct reputation_match *match = &opinion->matches.items[i];
		double value = match->log_odds;

		if (!match->counts || algorithms[keys[match->index].algorithm].family != family)
			continue;
		if (is_louder(value, first)) {
			second = first;
			first = value;
		} else if (is_louder(value, second)) {
			second = value;
		}
	}
	return first + (first > 0 && second < 0 ? 0 : second_share * second);
}

static double log_odds_of(double probability)
{
	return log(probability / (1 - probability));
}

/* What spam says itself is not outweighed by a link to everybody's bank, nor by its sender. */
static bool is_decoy(const struct reputation_opinion *opinion, enum reputation_family family)
{
	return opinion->families[family] < 0 && is_weak(family) &&
	       (opinion->families[REPUTATION_TEXT] > 0 ||
		opinion->families[REPUTATION_OBJECT] > 0 ||
		opinion->families[REPUTATION_CONTACT] > 0);
}

/* The sender's signature, telephone number, customary subject or template: one hand puts them on
 * whatever it sends, so that they prove no more than the sender does. */
static bool is_only_custom(const struct reputation_key *keys,
			   const struct reputation_opinion *opinion)
{
	static const bool custom[FINGERPRINT_ALGORITHMS_MAX] = {
		[FINGERPRINT_SND] = true, [FINGERPRINT_ANT] = true, [FINGERPRINT_TEL] = true,
		[FINGERPRINT_SUB] = true, [FINGERPRINT_DOM] = true,
	};

	for (size_t i = 0; i < opinion->matches.n; i++) {
		const struct reputation_match *match = &opinion->matches.items[i];

		if (match->counts && match->log_odds > 0 && !custom[keys[match->index].algorithm])
			return false;
	}
	return true;
}

static void sum_families(const struct reputation_key *keys, struct reputation_opinion *opinion)
{
	for (int family = 0; family < REPUTATION_FAMILIES; family++)
		opinion->families[family] =
			family_sum(keys, opinion, (enum reputation_family)family);
	opinion->log_odds = log_odds_of(prior);
	for (int family = 0; family < REPUTATION_FAMILIES; family++) {
		if (is_decoy(opinion, (enum reputation_family)family))
			opinion->families[family] = 0;
		opinion->log_odds += family_weights[family] * opinion->families[family];
		opinion->n_families += opinion->families[family] > 0;
	}
	/* shape alone proves nothing: newsletters of one service look alike; nor does a link alone:
	 * lists and services that spam went through are in everybody's mail */
	for (size_t i = 0; i < sizeof weak / sizeof *weak && opinion->n_families == 1; i++)
		if (opinion->families[weak[i]] > 0)
			opinion->log_odds = fmin(opinion->log_odds, log_odds_of(weak_max));
	if (opinion->families[REPUTATION_SENDER] > 0 && is_only_custom(keys, opinion))
		opinion->log_odds = fmin(opinion->log_odds, log_odds_of(weak_max));
}

struct reputation_opinion *reputation_look_up(struct arena *scan, struct reputation *reputation,
					      const struct reputation_key *keys, size_t n)
{
	struct reputation_opinion *opinion = ARENA_NEW(scan, struct reputation_opinion);

	find_matches(scan, reputation, keys, n, opinion);
	mark_counting(keys, n, opinion);
	sum_families(keys, opinion);
	opinion->confidence = (unsigned)lround(100 / (1 + exp(-opinion->log_odds)));
	return opinion;
}
