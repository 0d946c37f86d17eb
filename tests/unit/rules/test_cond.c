/*
 * cond: conditions of `if`. For each line: is a rule inside defined, and how many lint errors does
 * the text
 * "<line> / body IN /x/ / endif" give? Both columns come from SpamAssassin 4.0.1 under
 * local_tests_only.
 */
#include "tests/unit/unit.h"

#include "rules/load.h"

struct expectation {
	const char *line;
	bool taken;
	size_t n_lint;
};

static const struct expectation expectations[] = {
	{"if 1", true, 0},
	{"if 0", false, 0},
	{"if version >= 3.004", true, 0},
	{"if version == 4.000001", true, 0},
	{"if (version < 4)", false, 0},
	{"if (version >= 3.4.1)", true, 2},
	{"if perl_version >= 5.018", true, 0},
	{"if local_tests_only", true, 0},
	{"if !local_tests_only", false, 0},
	{"if !(local_tests_only)", false, 0},
	{"if plugin(Mail::SpamAssassin::Plugin::HeaderEval)", true, 0},
	{"if plugin Mail::SpamAssassin::Plugin::HeaderEval", false, 0},
	{"if plugin('Mail::SpamAssassin::Plugin::HeaderEval')", true, 0},
	{"if plugin()", false, 0},
	{"if plugin", false, 0},
	{"if !plugin(Foo::Bar)", true, 0},
	{"if plugin(Mail::SpamAssassin::Plugin::RaciallyCharged)", true, 0},
	{"if plugin(Mail::SpamAssassin::Plugin::BodyEval)", false, 0},
	{"ifplugin Mail::SpamAssassin::Plugin::HeaderEval", true, 0},
	{"ifplugin HeaderEval", false, 0},
	{"if can(Mail::SpamAssassin::Conf::feature_edns)", true, 0},
	{"if can(Mail::SpamAssassin::Conf::compat_mine)", true, 0},
	{"if can(Mail::SpamAssassin::Conf::compat_yours)", false, 0},
	{"if can(Mail::SpamAssassin::Conf::perl_min_version_5010000)", true, 0},
	{"if has(Mail::SpamAssassin::Plugin::HeaderEval::check_illegal_chars)", true, 0},
	{"if has(Mail::SpamAssassin::Plugin::BodyEval::has_check_body_length)", false, 0},
	{"if has(Foo)", false, 1},
	{"if has()", false, 1},
	{"if has", false, 1},
	{"if 1 + 1 == 2", true, 0},
	{"if 1 - 1", false, 0},
	{"if 1+1", true, 2},
	{"if 1 - -1", true, 0},
	{"if 2 * 3 > 5 && 4 / 2 == 2", true, 0},
	{"if 1 / 0", false, 0},
	{"if 0 || 1 && 0", false, 0},
	{"if (0 || 1) && 1", true, 0},
	{"if 1 ^ 1", false, 0},
	{"if 3 ^ 1", true, 0},
	{"if 1 ? 0 : 1", false, 0},
	{"if 0 ? 0 : 1", true, 0},
	{"if 010 == 8", true, 0},
	{"if 1 < 2 < 3", true, 0},
	{"if 3 > 2 > 1", true, 0},
	{"if foo", true, 0},
	{"if foo bar", false, 0},
	{"if a", true, 2},
	{"if Foo::Bar:", true, 2},
	{"if (", false, 0},
	{"if ()", false, 0},
	{"if )", false, 0},
	{"if 1 1", false, 0},
	{"if !", false, 0},
	{"if !0", true, 0},
	{"if ! 1 == 0", true, 0},
	{"if - 1", true, 0},
	{"if 1 == 1 == 1", true, 0},
	{"if 5 > 3 == 1", true, 0},
	{"if 1 & 1", false, 0},
	{"if \"foo\"", true, 0},
	{"if .5 < 1", true, 2},
	{"if 0.0", false, 0},
	{"if 00", false, 0},
	{"if 0.1", true, 0},
};

static void conditions_are_as_in_spamassassin(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
		const struct expectation *expected = &expectations[i];
		struct arena *arena = arena_new("test", 0);
		struct load_options options = {.rules_path = "/nonexistent",
					       .site_path = "/nonexistent",
					       .rules_optional = true,
					       .local_tests_only = true};
		struct diag_sink diags = {.arena = arena};
		struct ruleset *ruleset;
		vec_push(arena, &options.cf,
			 arena_printf(arena,
				      "loadplugin "
				      "Mail::SpamAssassin::Plugin::HeaderEval\nenable_compat mine\n"
				      "body KEEP /x/\n%s\nbody IN /x/\nendif\n",
				      expected->line));
		assert_int_equal(ruleset_load(arena, &options, NULL, &diags, &ruleset, NULL),
				 STATUS_OK);
		bool taken = ruleset_find(ruleset, STR_LIT("IN")) != NULL;
		if (taken != expected->taken || diags.n_lint != expected->n_lint)
			print_error("%s\n", expected->line);
		assert_int_equal(taken, expected->taken);
		assert_int_equal(diags.n_lint, expected->n_lint);
		arena_free(arena);
	}
}

UNIT_MAIN(cmocka_unit_test(conditions_are_as_in_spamassassin))
