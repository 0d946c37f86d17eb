/* ballot: see ballot.h. */
#include "reputation/ballot.h"

#include <string.h>

#include "reputation/judge.h"

/* Votes of the kind by group. */
struct count {
	uint32_t group;
	unsigned n;
};

static size_t count_of(struct count *counts, size_t *n_counts, uint32_t group)
{
	for (size_t i = 0; i < *n_counts; i++)
		if (counts[i].group == group)
			return i;
	counts[*n_counts] = (struct count){.group = group};
	return (*n_counts)++;
}

/* The vote of the kind that is missed least. */
static size_t least_of_kind(struct trust *trust, const struct trust_vote *votes, size_t n,
			    uint8_t kind, int64_t now_s)
{
	struct count counts[TRUST_CAMPAIGN_VOTES_MAX + 1];
	size_t places[TRUST_CAMPAIGN_VOTES_MAX + 1]; /* of the votes' groups in counts */
	size_t n_counts = 0, least = n;
	unsigned most = 0;
	double least_weight = 0;

	for (size_t i = 0; i < n; i++)
		if (votes[i].kind == kind) {
			places[i] = count_of(counts, &n_counts, votes[i].group);
			unsigned all = ++counts[places[i]].n;
			most = all > most ? all : most;
		}
	for (size_t i = 0; i < n; i++) {
		if (votes[i].kind != kind || counts[places[i]].n < most)
			continue;
		double weight = trust_vote_weight(trust, &votes[i], now_s);
		if (least == n || weight < least_weight) {
			least = i;
			least_weight = weight;
		}
	}
	return least;
}

static void add_to_full(struct trust *trust, struct trust_vote *votes, uint8_t *n,
			const struct trust_vote *vote)
{
	struct trust_vote all[TRUST_CAMPAIGN_VOTES_MAX + 1];

	memcpy(all, votes, *n * sizeof *votes);
	all[*n] = *vote;
	size_t least = least_of_kind(trust, all, *n + 1U, vote->kind, vote->at_s);
	memmove(all + least, all + least + 1, (*n - least) * sizeof *all);
	memcpy(votes, all, *n * sizeof *votes);
}

bool ballot_add(struct trust *trust, struct trust_vote *votes, uint8_t *n, size_t max,
		const struct trust_vote *vote)
{
	size_t room = vote->kind == TRUST_REVOKE ? max / 4 : max - max / 4, used = 0;

	for (size_t i = 0; i < *n; i++) {
		used += votes[i].kind == vote->kind;
		if (votes[i].reporter != vote->reporter)
			continue;
		if (votes[i].kind == vote->kind)
			return false;
		memmove(votes + i, votes + i + 1, (*n - i - 1) * sizeof *votes);
		--*n;
		return ballot_add(trust, votes, n, max, vote);
	}
	if (used < room)
		votes[(*n)++] = *vote;
	else
		add_to_full(trust, votes, n, vote);
	return true;
}
