/* profile: time counts for the innermost stage, once. */
#include "tests/unit/unit.h"

#include "lib/base/clock.h"
#include "lib/base/profile.h"

static void spend_ms(int64_t ms)
{
	int64_t until_us = clock_mono_us() + ms * 1000;

	while (clock_mono_us() < until_us)
		continue;
}

static void off_it_does_nothing(void **state)
{
	(void)state;
	struct profile_mark mark = profile_enter(PROFILE_URI);

	profile_leave(mark);
	assert_null(profile_running);
}

static void inner_stages_are_taken_out(void **state)
{
	(void)state;
	static const char name[] = "check_something";
	struct arena *arena = arena_new("test", 0);
	struct profile *profile = profile_new(arena);
	int64_t began_us = clock_mono_us(), sum_ns = 0;

	profile_run(profile);
	struct profile_mark confirm = profile_enter(PROFILE_CONFIRM);
	spend_ms(2);
	for (int i = 0; i < 3; i++) {
		struct profile_mark eval = profile_enter_function(name);
		spend_ms(1);
		struct profile_mark render = profile_enter(PROFILE_RENDER);
		spend_ms(1);
		profile_leave(render);
		profile_leave(eval);
	}
	profile_leave(confirm);
	profile_run(NULL);
	int64_t all_ns = (clock_mono_us() - began_us) * 1000;

	assert_true(profile->ns[PROFILE_CONFIRM] >= 1900000);
	assert_true(profile->ns[PROFILE_EVALS] >= 2900000);
	assert_true(profile->ns[PROFILE_RENDER] >= 2900000);
	assert_int_equal(profile->functions.n, 1);
	assert_int_equal(profile->functions.items[0].n_calls, 3);
	assert_true(profile->functions.items[0].ns == profile->ns[PROFILE_EVALS]);
	for (int i = 0; i < PROFILE_STAGES; i++)
		sum_ns += profile->ns[i];
	assert_true(sum_ns <= all_ns + 1000);
	arena_free(arena);
}

static void rules_are_counted(void **state)
{
	(void)state;
	struct arena *arena = arena_new("test", 0);
	struct profile *profile = profile_new(arena);

	profile->counts_rules = true;
	profile_run(profile);
	for (size_t i = 1; i <= 2; i++) {
		profile_enter_rule(5, STR_LIT("__RULE"));
		profile_try(100 * i);
		profile_try(7);
		spend_ms(1);
		profile_leave_rule(i);
	}
	profile_run(NULL);
	profile_try(1000);

	const struct profile_rule *rule = &profile->rules.items[5];
	assert_int_equal(profile->rules.n, 6);
	assert_int_equal(profile->rules.items[0].name.len, 0);
	assert_true(str_eq_c(rule->name, "__RULE"));
	assert_int_equal(rule->n_messages, 2);
	assert_int_equal(rule->n_tries, 4);
	assert_int_equal(rule->n_bytes, 314);
	assert_int_equal(rule->n_hits, 3);
	assert_true(rule->ns >= 1900000);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(off_it_does_nothing),
		cmocka_unit_test(inner_stages_are_taken_out),
		cmocka_unit_test(rules_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
