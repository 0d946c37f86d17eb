/*
 * world: forty days of a mail network for tests/bench/trust: mailboxes in groups, campaigns of spam
 * and newsletters, people who report some of what they get, and attackers among them. Whatever is
 * reported goes through the fold of reputation/; the world only keeps score.
 */
#ifndef WHORL_TESTS_BENCH_WORLD_H
#define WHORL_TESTS_BENCH_WORLD_H

#include "reputation/trust.h"

/* Where the attackers sit. */
enum layout {
	LAYOUT_OWN,         /* whole groups are theirs */
	LAYOUT_SYBIL,       /* each of them is a group */
	LAYOUT_INFILTRATED, /* anywhere among the honest */
	LAYOUTS,
};

/* How they strike. */
enum tactic {
	TACTIC_FOCUS,   /* all of them report the same few newsletters of the day at once */
	TACTIC_SPREAD,  /* each reports every newsletter it gets */
	TACTIC_IN_TURN, /* the few, of a group all at once, as soon as it has got one */
	TACTICS,
};

struct world_settings {
	uint64_t seed;
	double hostile_share;
	int sleep_days; /* until then they behave */
	enum layout layout;
	enum tactic tactic;
	double report_rate;  /* of the spam that reaches an honest reporter */
	double trap_share;   /* of spam campaigns that reach a honeypot */
	unsigned n_admins;   /* of the mailboxes */
	double letter_hours; /* until all have got a newsletter */
	const struct trust_constants *constants;
	bool counts_exposures;
	bool is_traced; /* print who got a newsletter blocked */
};

struct world_score {
	unsigned spam_deliveries, spam_blocked;   /* days 0 to 39 */
	unsigned awake_deliveries, awake_blocked; /* of them, from day 15 */
	unsigned spam_campaigns, spam_published;
	unsigned ham_campaigns, ham_blocked; /* ever */
	unsigned ham_deliveries, ham_lost;
	unsigned new_blocked; /* of ham_blocked, the first of its sender */
	double minutes;       /* median from a campaign's first report to its publication */
};

/* Reporters are mailboxes, from 1 on. */
bool world_is_hostile(const struct world_settings *settings, uint32_t reporter);
struct world_score world_run(const struct world_settings *settings);

#endif
