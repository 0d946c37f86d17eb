/* The fold against those who would bend it: exposures, legitimate mass, floods, reporters that
 * fall; and that it is a function of the log alone. Expectations are those of doc/trust.md. */
#include "tests/unit/unit.h"

#include "reputation/trust.h"

enum { DAY_S = 86400, START_S = 20000 * DAY_S, USERS = 40, TRAINING = 8 };

struct state {
	struct arena *arena;
	struct trust *trust;
	uint64_t sequence;
	int64_t now_s;
};

/* What most tests say: one key, nobody counts exposures unless seen is given. */
struct word {
	enum trust_kind kind;
	enum trust_class class;
	uint32_t reporter, group;
	uint64_t key;
	const struct seen *seen;
};

static uint16_t mark_of(uint32_t group)
{
	return (uint16_t)(group + 1);
}

static void say(struct state *state, struct word word)
{
	struct trust_key_id key = {1, word.key};
	struct trust_report report = {
		.sequence = ++state->sequence,
		.at_s = state->now_s++,
		.reporter = word.reporter,
		.group = word.group,
		.mark = mark_of(word.group),
		.class = (uint8_t)word.class,
		.kind = (uint8_t)word.kind,
		.keys = &key,
		.seen = word.seen,
		.n_keys = 1,
	};

	trust_fold(state->trust, &report);
}

static void user_says(struct state *state, enum trust_kind kind, uint32_t user, uint64_t key,
		      const struct seen *seen)
{
	say(state, (struct word){kind, TRUST_USER, user, user, key, seen});
}

static void administrator_says(struct state *state, uint32_t administrator, uint64_t key,
			       const struct seen *seen)
{
	say(state, (struct word){TRUST_SPAM, TRUST_ADMIN, administrator, administrator, key, seen});
}

static enum trust_state state_of(struct state *state, uint64_t key)
{
	const struct trust_key *found = trust_find_key(state->trust, (struct trust_key_id){1, key});

	return found ? (enum trust_state)found->state : TRUST_UNKNOWN;
}

static double weight_of(struct state *state, uint32_t user)
{
	return trust_weight(state->trust, trust_find_reporter(state->trust, user), state->now_s);
}

/* Users 1 to USERS, each a group, have been right TRAINING times: all have the full weight. */
static int set_up(void **state_out)
{
	struct state *state = calloc(1, sizeof *state);

	state->arena = arena_new("test", 0);
	state->trust = trust_new(state->arena, &trust_constants_default, NULL);
	state->now_s = START_S;
	for (unsigned i = 0; i < TRAINING; i++) {
		for (uint32_t user = 1; user <= USERS; user++) {
			uint64_t key = 10000 + 100 * i + user;

			user_says(state, TRUST_SPAM, user, key, NULL);
			say(state, (struct word){TRUST_SPAM, TRUST_HONEYPOT, 900, 900, key, NULL});
		}
		state->now_s += 2 * DAY_S;
	}
	trust_settle_until(state->trust, state->now_s);
	*state_out = state;
	return 0;
}

static int tear_down(void **state_out)
{
	struct state *state = *state_out;

	arena_free(state->arena);
	free(state);
	return 0;
}

/* n exposures each of groups 1 to n_groups, of what keeps coming; old: before the young days. */
static struct seen exposures(const struct state *state, uint32_t n_groups, uint16_t n, bool old)
{
	struct seen seen = {.n = n_groups * n,
			    .n_old = old ? n_groups * n : 0,
			    .n_late = 5,
			    .n_groups = (uint16_t)n_groups,
			    .day = (uint16_t)(state->now_s / DAY_S)};

	for (uint32_t i = 0; i < n_groups; i++)
		seen.groups[i] = (struct seen_group){mark_of(i + 1), n};
	return seen;
}

static void test_they_are_trained(void **state_out)
{
	struct state *state = *state_out;

	for (uint32_t user = 1; user <= USERS; user++)
		assert_true(weight_of(state, user) > 1);
}

/* Users 1 to n report it, the last of them when it has kept coming for long enough. */
static void users_persist(struct state *state, uint32_t n, uint64_t key)
{
	for (uint32_t user = 1; user <= n; user++) {
		if (user == n)
			state->now_s += (int64_t)trust_constants_default.late_s;
		user_says(state, TRUST_SPAM, user, key, NULL);
	}
}

/* Without exposures three groups publish; with them more than a third of those who got it must
 * speak, and beyond chance. */
static void test_a_third_is_not_enough(void **state_out)
{
	struct state *state = *state_out;
	struct seen seen = exposures(state, 30, 20, false);

	users_persist(state, 3, 7);
	assert_int_equal(state_of(state, 7), TRUST_PUBLISHED);
	for (uint32_t user = 1; user <= 10; user++)
		user_says(state, TRUST_SPAM, user, 8, &seen);
	assert_int_not_equal(state_of(state, 8), TRUST_PUBLISHED);
	for (uint32_t user = 11; user <= 15; user++)
		user_says(state, TRUST_SPAM, user, 8, &seen);
	assert_int_equal(state_of(state, 8), TRUST_PUBLISHED);
}

/* What is over in a few hours users alone do not block, however many say so. */
static void test_a_short_mailing(void **state_out)
{
	struct state *state = *state_out;
	struct seen seen = exposures(state, 30, 20, false);

	for (uint32_t user = 1; user <= USERS; user++)
		user_says(state, TRUST_SPAM, user, 7, NULL);
	assert_int_equal(state_of(state, 7), TRUST_SUSPECT);
	seen.n_late = 4;
	for (uint32_t user = 1; user <= 30; user++)
		user_says(state, TRUST_SPAM, user, 8, &seen);
	assert_int_equal(state_of(state, 8), TRUST_SUSPECT);
	seen.n_late = 5;
	user_says(state, TRUST_SPAM, 31, 8, &seen);
	assert_int_equal(state_of(state, 8), TRUST_PUBLISHED);
	/* nor does one administrator with them; two need not wait */
	seen.n_late = 0;
	for (uint32_t user = 1; user <= 10; user++)
		user_says(state, TRUST_SPAM, user, 9, &seen);
	administrator_says(state, 901, 9, &seen);
	assert_int_equal(state_of(state, 9), TRUST_SUSPECT);
	administrator_says(state, 902, 9, &seen);
	assert_int_equal(state_of(state, 9), TRUST_PUBLISHED);
}

/* What three groups report and nobody confirms costs a little; what one alone has got does not. */
static void test_unconfirmed(void **state_out)
{
	struct state *state = *state_out;
	double before = trust_find_reporter(state->trust, 1)->beta;

	user_says(state, TRUST_SPAM, 1, 7, NULL);
	user_says(state, TRUST_SPAM, 2, 7, NULL);
	for (uint32_t user = 3; user <= 5; user++)
		user_says(state, TRUST_SPAM, user, 8, NULL);
	state->now_s += 2 * DAY_S;
	trust_settle_until(state->trust, state->now_s);
	assert_true(trust_find_reporter(state->trust, 1)->beta <= before);
	assert_true(trust_find_reporter(state->trust, 3)->beta > before + 0.05);
	assert_true(weight_of(state, 3) > 0);
	for (uint64_t key = 20; key < 100; key++)
		for (uint32_t user = 3; user <= 5; user++)
			user_says(state, TRUST_SPAM, user, key, NULL);
	state->now_s += 2 * DAY_S;
	trust_settle_until(state->trust, state->now_s);
	assert_true(weight_of(state, 3) <= 0);
}

/* Few have got it yet: that most of them speak means little. */
static void test_chance(void **state_out)
{
	struct state *state = *state_out;
	struct seen seen = exposures(state, 7, 1, false);

	for (uint32_t user = 1; user <= 4; user++)
		user_says(state, TRUST_SPAM, user, 8, &seen);
	assert_int_not_equal(state_of(state, 8), TRUST_PUBLISHED);
}

/* Nobody has got it, where exposures are counted. */
static void test_never_seen(void **state_out)
{
	struct state *state = *state_out;
	struct seen seen = exposures(state, 0, 0, false);

	for (uint32_t user = 1; user <= USERS; user++)
		user_says(state, TRUST_SPAM, user, 8, &seen);
	assert_int_not_equal(state_of(state, 8), TRUST_PUBLISHED);
}

static void test_an_authority_needs_no_third(void **state_out)
{
	struct state *state = *state_out;
	struct seen seen = exposures(state, 30, 20, false);

	for (uint32_t administrator = 901; administrator <= 903; administrator++)
		administrator_says(state, administrator, 8, &seen);
	assert_int_equal(state_of(state, 8), TRUST_PUBLISHED);
	say(state, (struct word){TRUST_SPAM, TRUST_HONEYPOT, 900, 900, 9, &seen});
	assert_int_equal(state_of(state, 9), TRUST_PUBLISHED);
}

/* Three of 600 who got it have slipped, one of them an administrator; five have not. */
static void test_one_administrator_errs(void **state_out)
{
	struct state *state = *state_out;
	struct seen seen = exposures(state, 30, 20, false);

	user_says(state, TRUST_SPAM, 1, 8, &seen);
	user_says(state, TRUST_SPAM, 2, 8, &seen);
	administrator_says(state, 901, 8, &seen);
	assert_int_equal(state_of(state, 8), TRUST_SUSPECT);
	user_says(state, TRUST_SPAM, 3, 8, &seen);
	assert_int_equal(state_of(state, 8), TRUST_SUSPECT);
	user_says(state, TRUST_SPAM, 4, 8, &seen);
	assert_int_equal(state_of(state, 8), TRUST_PUBLISHED);
}

/* One administrator is believed at once by what has come to so few that it can't have come late. */
static void test_few_have_got_it(void **state_out)
{
	struct state *state = *state_out;
	struct seen seen = exposures(state, 5, 1, false);

	seen.n_late = 0;
	user_says(state, TRUST_SPAM, 1, 8, &seen);
	user_says(state, TRUST_SPAM, 2, 8, &seen);
	assert_int_equal(state_of(state, 8), TRUST_SUSPECT);
	administrator_says(state, 901, 8, &seen);
	assert_int_equal(state_of(state, 8), TRUST_PUBLISHED);
	seen = exposures(state, 6, 1, false);
	seen.n_late = 0;
	user_says(state, TRUST_SPAM, 1, 9, &seen);
	user_says(state, TRUST_SPAM, 2, 9, &seen);
	administrator_says(state, 901, 9, &seen);
	assert_int_equal(state_of(state, 9), TRUST_SUSPECT);
	/* nobody counts */
	user_says(state, TRUST_SPAM, 1, 10, NULL);
	user_says(state, TRUST_SPAM, 2, 10, NULL);
	administrator_says(state, 901, 10, NULL);
	assert_int_equal(state_of(state, 10), TRUST_PUBLISHED);
}

/* Who reports what is legitimate answers for it on the same day. */
static void test_legitimate_is_settled_early(void **state_out)
{
	struct state *state = *state_out;
	struct seen old = exposures(state, 30, 20, true), young = exposures(state, 30, 20, false);
	double before = weight_of(state, 1), other = weight_of(state, 2);

	user_says(state, TRUST_SPAM, 1, 8, &old);
	user_says(state, TRUST_SPAM, 2, 9, &young);
	state->now_s += 7 * 3600;
	trust_settle_until(state->trust, state->now_s);
	assert_true(trust_find_reporter(state->trust, 1)->beta > 1.5);
	assert_true(weight_of(state, 1) <= before);
	assert_true(weight_of(state, 2) >= other);
}

/* What many have long received is legitimate, whoever reports it, and that costs. */
static void test_legitimate_mass(void **state_out)
{
	struct state *state = *state_out;
	struct seen seen = exposures(state, 30, 20, true);
	double weight = weight_of(state, 1);

	for (uint32_t user = 1; user <= 30; user++)
		user_says(state, TRUST_SPAM, user, 8, &seen);
	assert_int_equal(state_of(state, 8), TRUST_LEGITIMATE);
	say(state, (struct word){TRUST_SPAM, TRUST_HONEYPOT, 900, 900, 8, &seen});
	assert_int_equal(state_of(state, 8), TRUST_LEGITIMATE);
	for (uint32_t user = 1; user <= 5; user++)
		user_says(state, TRUST_SPAM, user, 9, &seen);
	state->now_s += 2 * DAY_S;
	trust_settle_until(state->trust, state->now_s);
	assert_true(weight_of(state, 1) < weight);
}

/* Old, but as complained of as spam is: no mass. */
static void test_old_spam_is_not_legitimate(void **state_out)
{
	struct state *state = *state_out;
	struct seen seen = exposures(state, 30, 2, false);

	for (uint32_t user = 1; user <= 5; user++)
		user_says(state, TRUST_SPAM, user, 8, &seen);
	state->now_s += 4 * DAY_S;
	seen = exposures(state, 30, 2, true);
	for (uint32_t user = 6; user <= 30; user++)
		user_says(state, TRUST_SPAM, user, 8, &seen);
	assert_int_equal(state_of(state, 8), TRUST_PUBLISHED);
}

/* New, but in the company of links that are legitimate: users alone don't block it. */
static void test_context(void **state_out)
{
	struct state *state = *state_out;
	struct seen seen = exposures(state, 30, 20, false);

	seen.n_context = seen.n;
	for (uint32_t user = 1; user <= 30; user++)
		user_says(state, TRUST_SPAM, user, 8, &seen);
	assert_int_not_equal(state_of(state, 8), TRUST_PUBLISHED);
	say(state, (struct word){TRUST_SPAM, TRUST_HONEYPOT, 900, 900, 8, &seen});
	assert_int_equal(state_of(state, 8), TRUST_PUBLISHED);
}

/* Victims without any history take back what users have published, when they are many groups. */
static void test_victims(void **state_out)
{
	struct state *state = *state_out;
	struct seen seen = exposures(state, 30, 20, false);

	for (uint32_t user = 1; user <= 20; user++)
		user_says(state, TRUST_SPAM, user, 8, &seen);
	assert_int_equal(state_of(state, 8), TRUST_PUBLISHED);
	double weight = weight_of(state, 1);
	for (uint32_t group = 1; group <= 9; group++)
		say(state, (struct word){TRUST_REVOKE, TRUST_USER, 500 + group, group, 8, &seen});
	assert_int_equal(state_of(state, 8), TRUST_PUBLISHED);
	for (uint32_t group = 10; group <= 20; group++)
		say(state, (struct word){TRUST_REVOKE, TRUST_USER, 500 + group, group, 8, &seen});
	assert_int_equal(state_of(state, 8), TRUST_CONTESTED);
	/* and who did it pays at once */
	assert_true(weight_of(state, 1) < weight);
}

/* Not against a honeypot; and who cries wolf is not heard again. */
static void test_wolf(void **state_out)
{
	struct state *state = *state_out;

	for (uint64_t key = 20; key < 23; key++) {
		say(state, (struct word){TRUST_SPAM, TRUST_HONEYPOT, 900, 900, key, NULL});
		say(state, (struct word){TRUST_SPAM, TRUST_HONEYPOT, 902, 902, key, NULL});
		for (uint32_t user = 600; user < 616; user++)
			user_says(state, TRUST_REVOKE, user, key, NULL);
		assert_int_equal(state_of(state, key), TRUST_PUBLISHED);
		state->now_s += 2 * DAY_S;
	}
	say(state, (struct word){TRUST_SPAM, TRUST_HONEYPOT, 900, 900, 30, NULL});
	double before = trust_find_key(state->trust, (struct trust_key_id){1, 30})->log_odds;
	for (uint32_t user = 600; user < 616; user++)
		user_says(state, TRUST_REVOKE, user, 30, NULL);
	double after = trust_find_key(state->trust, (struct trust_key_id){1, 30})->log_odds;
	assert_true(before - after < 0.01);
}

/* Reports without weight, however many, drive out neither evidence nor revokes. */
static void test_flood(void **state_out)
{
	struct state *state = *state_out;

	users_persist(state, 8, 8);
	double before = trust_find_key(state->trust, (struct trust_key_id){1, 8})->log_odds;
	for (uint32_t user = 10000; user < 10200; user++)
		user_says(state, TRUST_SPAM, user, 8, NULL);
	double after = trust_find_key(state->trust, (struct trust_key_id){1, 8})->log_odds;
	assert_true(before - after < 0.01);
	for (uint32_t admin = 910; admin < 916; admin++)
		say(state, (struct word){TRUST_REVOKE, TRUST_ADMIN, admin, admin, 8, NULL});
	assert_true(state_of(state, 8) >= TRUST_CONTESTED);
	for (uint32_t user = 20000; user < 20200; user++)
		user_says(state, TRUST_SPAM, user, 8, NULL);
	assert_true(state_of(state, 8) >= TRUST_CONTESTED);
}

/* Users 1 to 3 block a newsletter. It is found out, and what else they have blocked is free, though
 * nobody has said a word of it since. */
static void test_those_who_fall_take_their_verdicts_along(void **state_out)
{
	struct state *state = *state_out;

	users_persist(state, 3, 8);
	users_persist(state, 3, 9);
	assert_int_equal(state_of(state, 9), TRUST_PUBLISHED);
	for (uint32_t admin = 910; admin < 912; admin++)
		say(state, (struct word){TRUST_REVOKE, TRUST_ADMIN, admin, admin, 8, NULL});
	assert_true(state_of(state, 8) >= TRUST_CONTESTED);
	assert_true(weight_of(state, 1) < 0.5);
	assert_int_not_equal(state_of(state, 9), TRUST_PUBLISHED);
}

/* --- a function of the log --- */

static void random_reports(struct state *state, unsigned n, unsigned seed)
{
	for (unsigned i = 0; i < n; i++) {
		seed = seed * 1103515245 + 12345;
		struct seen seen =
			exposures(state, 1 + seed / 7 % 40, 1 + seed / 31 % 30, seed / 3 % 3 == 0);
		say(state, (struct word){.kind = seed / 65536 % 5 == 0 ? TRUST_REVOKE : TRUST_SPAM,
					 .class = (enum trust_class)(
						 seed / 1024 % 40 == 0 ? TRUST_ADMIN : TRUST_USER),
					 .reporter = 1 + seed / 4096 % 60,
					 .group = 1 + seed / 4096 % 25,
					 .key = 2000 + seed / 512 % 50,
					 .seen = seed / 256 % 4 ? &seen : NULL});
		state->now_s += seed / 131072 % 4000;
	}
}

struct sums {
	uint64_t hash;
	size_t n;
};

static void add_bytes(struct sums *sums, const void *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sums->hash = (sums->hash ^ ((const unsigned char *)data)[i]) * 0x100000001b3;
	sums->n++;
}

static void add_key(void *data, const struct trust_key *key)
{
	add_bytes(data, key, sizeof *key);
}

static void add_reporter(void *data, const struct trust_reporter *reporter)
{
	add_bytes(data, reporter, sizeof *reporter);
}

static void add_campaign(void *data, const struct trust_campaign *campaign)
{
	add_bytes(data, campaign, sizeof *campaign);
}

static struct sums sum_up(struct state *state)
{
	struct sums sums = {.hash = 0xcbf29ce484222325};
	struct trust_visitor visitor = {&sums, add_key, add_reporter, add_campaign};

	trust_changed(state->trust, &visitor);
	return sums;
}

static void test_same_log_same_state(void **state_out)
{
	struct state *state = *state_out;
	struct sums first, second;

	random_reports(state, 3000, 1);
	first = sum_up(state);
	tear_down((void **)&state);
	set_up((void **)&state);
	/* looked at in between, at any time */
	for (int i = 0; i < 10; i++)
		weight_of(state, 1 + (uint32_t)i);
	random_reports(state, 3000, 1);
	second = sum_up(state);
	assert_true(first.n > 100);
	assert_int_equal(first.n, second.n);
	assert_true(first.hash == second.hash);
	*state_out = state;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNIT_MAIN(TEST(test_they_are_trained), TEST(test_a_third_is_not_enough), TEST(test_a_short_mailing),
	  TEST(test_unconfirmed), TEST(test_chance), TEST(test_never_seen),
	  TEST(test_an_authority_needs_no_third), TEST(test_one_administrator_errs),
	  TEST(test_few_have_got_it), TEST(test_legitimate_is_settled_early),
	  TEST(test_legitimate_mass), TEST(test_old_spam_is_not_legitimate), TEST(test_context),
	  TEST(test_victims), TEST(test_wolf), TEST(test_flood),
	  TEST(test_those_who_fall_take_their_verdicts_along), TEST(test_same_log_same_state))
