/* The fold: who has a say, who has none, and what is made of it. Expectations are those of
 * doc/trust.md. */
#include "tests/unit/unit.h"

#include <math.h>

#include "reputation/trust.h"

enum { DAY_S = 86400, START_S = 20000 * DAY_S };

struct state {
	struct arena *arena;
	struct trust *trust;
	uint64_t sequence;
};

static int set_up(void **state_out)
{
	struct state *state = calloc(1, sizeof *state);

	state->arena = arena_new("test", 0);
	state->trust = trust_new(state->arena, &trust_constants_default, NULL);
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

static const struct trust_key_id key_a = {1, 0xaaaa}, key_b = {1, 0xbbbb};

static void say(struct state *state, enum trust_kind kind, enum trust_class class,
		uint32_t reporter, uint32_t group, struct trust_key_id key, int64_t at_s)
{
	struct trust_report report = {
		.sequence = ++state->sequence,
		.at_s = at_s,
		.reporter = reporter,
		.group = group,
		.class = (uint8_t) class,
		.kind = (uint8_t)kind,
		.keys = &key,
		.n_keys = 1,
	};

	trust_fold(state->trust, &report);
}

static enum trust_state state_of(struct state *state, struct trust_key_id key)
{
	const struct trust_key *found = trust_find_key(state->trust, key);

	return found ? (enum trust_state)found->state : TRUST_UNKNOWN;
}

/* Bounds of Beta(a, 1) have a closed form: p^(1/a). */
static void test_quantile(void **state)
{
	(void)state;
	for (int a = 1; a < 20; a++)
		assert_true(fabs(trust_beta_quantile(0.1, a, 1) - pow(0.1, 1.0 / a)) < 1e-6);
	assert_true(fabs(trust_beta_quantile(0.5, 3, 3) - 0.5) < 1e-6);
}

static void test_three_groups_of_administrators(void **state_out)
{
	struct state *state = *state_out;

	say(state, TRUST_SPAM, TRUST_ADMIN, 1, 1, key_a, START_S);
	assert_int_not_equal(state_of(state, key_a), TRUST_PUBLISHED);
	say(state, TRUST_SPAM, TRUST_ADMIN, 2, 1, key_a, START_S + 1);
	say(state, TRUST_SPAM, TRUST_ADMIN, 3, 1, key_a, START_S + 2);
	assert_int_not_equal(state_of(state, key_a), TRUST_PUBLISHED);
	say(state, TRUST_SPAM, TRUST_ADMIN, 4, 2, key_a, START_S + 3);
	say(state, TRUST_SPAM, TRUST_ADMIN, 5, 3, key_a, START_S + 4);
	assert_int_equal(state_of(state, key_a), TRUST_PUBLISHED);
}

static void test_a_honeypot_alone(void **state_out)
{
	struct state *state = *state_out;

	say(state, TRUST_SPAM, TRUST_HONEYPOT, 1, 1, key_a, START_S);
	assert_int_equal(state_of(state, key_a), TRUST_PUBLISHED);
}

static void test_strangers_have_no_say(void **state_out)
{
	struct state *state = *state_out;

	for (uint32_t i = 1; i <= 1000; i++)
		say(state, TRUST_SPAM, TRUST_USER, i, i, key_a, START_S + i);
	assert_int_equal(state_of(state, key_a), TRUST_UNKNOWN);
}

/* Early reports of what administrators confirm earn weight; one is too few, seven enough. */
static void test_trust_is_earned(void **state_out)
{
	struct state *state = *state_out;
	int64_t now_s = START_S;

	for (unsigned i = 1; i <= 7; i++) {
		struct trust_key_id key = {1, 1000 + i};

		say(state, TRUST_SPAM, TRUST_USER, 50, 50, key, now_s);
		for (uint32_t admin = 1; admin <= 3; admin++)
			say(state, TRUST_SPAM, TRUST_ADMIN, admin, admin, key, now_s + admin);
		now_s += 2 * DAY_S;
		trust_settle_until(state->trust, now_s);
		double weight =
			trust_weight(state->trust, trust_find_reporter(state->trust, 50), now_s);
		if (i <= 1)
			assert_true(weight == 0);
		if (i == 3)
			assert_true(weight > 0 && weight < 1);
	}
	assert_true(trust_weight(state->trust, trust_find_reporter(state->trust, 50), now_s) > 0.8);
	/* half a year of silence is probation */
	assert_true(trust_weight(state->trust, trust_find_reporter(state->trust, 50),
				 now_s + 200 * DAY_S) == 0);
}

static void test_an_echo_earns_nothing(void **state_out)
{
	struct state *state = *state_out;

	say(state, TRUST_SPAM, TRUST_HONEYPOT, 1, 1, key_a, START_S);
	say(state, TRUST_SPAM, TRUST_USER, 50, 50, key_a, START_S + 10);
	trust_settle_until(state->trust, START_S + 3 * DAY_S);
	assert_true(trust_find_reporter(state->trust, 50)->alpha <= 1);
}

static void test_revokes_contest_and_cost(void **state_out)
{
	struct state *state = *state_out;

	say(state, TRUST_SPAM, TRUST_USER, 50, 50, key_a, START_S);
	for (uint32_t admin = 1; admin <= 3; admin++)
		say(state, TRUST_SPAM, TRUST_ADMIN, admin, admin, key_a, START_S + admin);
	assert_int_equal(state_of(state, key_a), TRUST_PUBLISHED);
	for (uint32_t admin = 4; admin <= 5; admin++)
		say(state, TRUST_REVOKE, TRUST_ADMIN, admin, admin, key_a, START_S + 100 + admin);
	assert_int_equal(state_of(state, key_a), TRUST_CONTESTED);
	/* users don't open it again */
	for (uint32_t i = 60; i < 70; i++)
		say(state, TRUST_SPAM, TRUST_USER, i, i, key_a, START_S + 1000 + i);
	assert_int_equal(state_of(state, key_a), TRUST_CONTESTED);
	trust_settle_until(state->trust, START_S + 3 * DAY_S);
	assert_true(trust_find_reporter(state->trust, 50)->beta >= 5);
}

static void test_a_revoke_needs_a_verdict(void **state_out)
{
	struct state *state = *state_out;

	say(state, TRUST_REVOKE, TRUST_ADMIN, 1, 1, key_b, START_S);
	assert_null(trust_find_key(state->trust, key_b));
}

UNIT_MAIN(cmocka_unit_test(test_quantile),
	  cmocka_unit_test_setup_teardown(test_three_groups_of_administrators, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_a_honeypot_alone, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_strangers_have_no_say, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_trust_is_earned, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_an_echo_earns_nothing, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_revokes_contest_and_cost, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_a_revoke_needs_a_verdict, set_up, tear_down))
