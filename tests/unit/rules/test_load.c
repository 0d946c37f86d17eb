/* load: lines → rules, scores, settings, diagnostics. Expectations were read off SpamAssassin 4.0.1
 * with the same text. */
#include "tests/unit/unit.h"

#include "lib/message/mail.h"
#include "rules/load.h"

static struct arena *arena;
static struct diag_sink diags;
static struct ruleset *ruleset;

static int start(void **state)
{
	(void)state;
	arena = arena_new("test", 0);
	diags = (struct diag_sink){.arena = arena};
	return 0;
}

static int stop(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void load(const char *text)
{
	struct load_options options = {.rules_path = "/nonexistent",
				       .site_path = "/nonexistent",
				       .rules_optional = true,
				       .local_tests_only = true,
				       .lint = true,
				       .locale = "en_US"};
	struct why why;
	vec_push(arena, &options.cf, str_from("body KEEP /keep/"));
	vec_push(arena, &options.cf, str_from(text));
	assert_int_equal(ruleset_load(arena, &options, NULL, &diags, &ruleset, &why), STATUS_OK);
}

static const struct rule *rule(const char *name)
{
	const struct rule *found = ruleset_find(ruleset, str_from(name));
	if (!found)
		print_error("no rule %s\n", name);
	assert_non_null(found);
	return found;
}

static void no_rule(const char *name)
{
	assert_null(ruleset_find(ruleset, str_from(name)));
}

static struct str nth_lint(size_t n)
{
	for (size_t i = 0; i < diags.list.n; i++)
		if (diags.list.items[i].level == DIAG_LINT && n-- == 0)
			return diags.list.items[i].text;
	return STR_NONE;
}

/* --- lines --------------------------------------------------------------------------------------
 */

static void comments_and_blanks(void **state)
{
	(void)state;
	load("  Body   A   /x/i   # comment\n"
	     "body B /a\\#b/ # more\n"
	     "0\n\t\n#body C /x/\n"
	     "body D /c/\r\n");
	assert_str(rule("A")->pattern->perl, "x");
	assert_str(rule("A")->pattern->flags, "i");
	assert_str(rule("B")->pattern->perl, "a#b");
	assert_str(rule("D")->pattern->perl, "c");
	no_rule("C");
	assert_int_equal(diags.n_lint, 0);
}

static void languages(void **state)
{
	(void)state;
	load("body A /x/\n"
	     "describe A first\n"
	     "lang de describe A zweite\n"
	     "lang en describe A second\n"
	     "lang EN_us describe A third\n"
	     "lang fr\n");
	assert_str(rule("A")->describe, "third");
	assert_int_equal(diags.n_lint, 1);
	assert_str(nth_lint(0),
		   "config: failed to parse line in (post_config_text) (line 7): lang fr");
}

static void failed_lines(void **state)
{
	(void)state;
	load("nonsense here\n"
	     "body\n"
	     "required_score abc\n"
	     "required_score\n"
	     "clear_headers x\n"
	     "ok_languages en\n"
	     "endif\n"
	     "else x\n"
	     "if\n"
	     "file foo\n");
	static const char *const wanted[] = {
		"config: failed to parse line in (post_config_text) (line 2): nonsense here",
		"config: invalid 'body' value in (post_config_text) (line 3): body",
		"config: invalid 'required_score' value in (post_config_text) (line 4): "
		"required_score abc",
		"config: missing 'required_score' value in (post_config_text) (line 5): "
		"required_score",
		"config: invalid 'clear_headers' value in (post_config_text) (line 6): "
		"clear_headers x",
		"config: missing starting 'if' for 'endif' in (post_config_text) (line 8): endif",
		"config: 'else' must be standalone in (post_config_text) (line 9): else x",
		"config: missing 'if' condition in (post_config_text) (line 10): if",
		/* lines that begin with "file " are not counted */
		"config: missing 'file' value in (post_config_text) (line 10): file foo",
	};
	assert_int_equal(diags.n_lint, sizeof wanted / sizeof *wanted);
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (!str_eq_c(nth_lint(i), wanted[i]))
			fail_msg("%.*s", STR_ARG(nth_lint(i)));
}

static void conditionals(void **state)
{
	(void)state;
	load("if 0\nbody A /x/\nelse\nbody B /x/\nif 1\nbody C /x/\nelse\nbody D "
	     "/x/\nendif\nendif\n"
	     "if 0\nif 1\nbody E /x/\nelse\nbody F /x/\nendif\nelse\nbody G /x/\nendif\n"
	     "require_version @@VERSION@@\nbody H /x/\n"
	     "require_version 3.0\nbody I /x/\n");
	no_rule("A");
	rule("B");
	rule("C");
	no_rule("D");
	no_rule("E");
	no_rule("F");
	rule("G");
	rule("H");
	no_rule("I");
	assert_int_equal(diags.n_lint, 1);
}

/* A condition's outcome is remembered by its text: the second ifplugin is still false. */
static void conditions_are_remembered(void **state)
{
	(void)state;
	load("ifplugin Mail::SpamAssassin::Plugin::BodyEval\nbody A /x/\nendif\n"
	     "loadplugin Mail::SpamAssassin::Plugin::BodyEval\n"
	     "ifplugin Mail::SpamAssassin::Plugin::BodyEval\nbody B /x/\nendif\n"
	     "if plugin(Mail::SpamAssassin::Plugin::BodyEval)\nbody C /x/\nendif\n");
	no_rule("A");
	no_rule("B");
	rule("C");
}

/* --- rules --------------------------------------------------------------------------------------
 */

static void header_lines(void **state)
{
	(void)state;
	load("header A From =~ /x/\n"
	     "header B From:addr:first !~ m{x}i [if-unset: no one]\n"
	     "header C exists:X-Foo\n"
	     "header D exists:From:addr\n"
	     "header E From:Addr =~ /x/\n"
	     "header F From:case =~ /x/\n"
	     "header G From ~ /x/\n"
	     "header H From: =~ /x/\n");
	assert_false(rule("A")->negate);
	assert_true(rule("B")->negate);
	assert_true(rule("B")->has_if_unset);
	assert_str(rule("B")->if_unset, "no one");
	assert_int_equal(rule("B")->header.mods, HEADER_ADDR | HEADER_FIRST);
	assert_str(rule("B")->pattern->perl, "x");
	assert_true(rule("C")->exists);
	assert_str(rule("H")->header.name, "from");
	no_rule("D");
	no_rule("E");
	no_rule("F");
	no_rule("G");
	assert_int_equal(diags.n_lint, 4);
	assert_str(nth_lint(0), "config: invalid head test D header: From:addr");
	assert_str(nth_lint(1), "config: invalid head test E: From:Addr =~ /x/");
	assert_str(nth_lint(2), "config: invalid header modifier for F: From:case");
}

static void eval_arguments(void **state)
{
	(void)state;
	load("loadplugin Mail::SpamAssassin::Plugin::HeaderEval\n"
	     "header A eval:check_illegal_chars('a\"b', \"c,d\", 1.5, x-y.z:1)\n"
	     "header B eval:check_illegal_chars( )\n"
	     "header C eval:check_illegal_chars('it''s')\n"
	     "header D eval:check_illegal_chars('a' 'b')\n"
	     "header E eval:check_illegal_chars(,)\n"
	     "header F eval:check_illegal_chars(a b)\n"
	     "body G eval:check_illegal_chars()\n"
	     "header H eval:check_illegal_chars\n");
	const struct str_vec *args = &rule("A")->eval->args;
	assert_int_equal(args->n, 4);
	assert_str(args->items[0], "a\"b");
	assert_str(args->items[1], "c,d");
	assert_str(args->items[2], "1.5");
	assert_str(args->items[3], "x-y.z:1");
	assert_int_equal(rule("B")->eval->args.n, 0);
	assert_str(rule("C")->eval->args.items[0], "it''s");
	/* 'a' 'b' is one argument: the quote inside is not followed by a comma */
	assert_str(rule("D")->eval->args.items[0], "a' 'b");
	assert_str(nth_lint(1), "syntax error for eval function E: check_illegal_chars(,)");
	assert_str(nth_lint(2), "syntax error for eval function F: check_illegal_chars(a b)");
	assert_str(nth_lint(3), "wrong rule type defined for G, expected 'header'");
	no_rule("H");
	assert_int_equal(diags.n_lint, 4);
	assert_int_equal(ruleset->n_unavailable, 4);
}

static void names(void **state)
{
	(void)state;
	load("body 1A /x/\nbody A-B /x/\n"
	     "body L2345678901234567890123456789012345678901 /x/\n"
	     "body __L345678901234567890123456789012345678901 /x/\n");
	assert_int_equal(diags.n_lint, 3);
	rule("L2345678901234567890123456789012345678901");
	assert_true(rule("__L345678901234567890123456789012345678901")->flags & RULE_IS_SUBRULE);
}

static void last_definition_wins(void **state)
{
	(void)state;
	load("score A 3\nheader A From !~ /x/ [if-unset: y]\nbody A /y/\nbody A nonsense\n");
	assert_int_equal(rule("A")->kind, RULE_BODY);
	assert_str(rule("A")->pattern->perl, "y");
	assert_false(rule("A")->negate);
	assert_true(rule("A")->scores[0] == 3);
	assert_int_equal(diags.n_lint, 1);
}

/* --- scores and what else is said of rules
 * --------------------------------------------------------- */

static void scores(void **state)
{
	(void)state;
	load("body A /x/\nbody T_B /x/\nbody C /x/\ntflags C nice\nbody D /x/\nbody __E /x/\n"
	     "score D 1 2 3 4\nscore D (0.5) (0) 1 (-1)\nscore A (1)\nscore D 1 2\nscore D "
	     "x\nscore D +1\n");
	assert_true(rule("A")->scores[3] == 1);
	assert_true(rule("T_B")->scores[0] == 0.01);
	assert_true(rule("C")->scores[2] == -1);
	assert_true(rule("__E")->scores[2] == 1);
	assert_true(rule("D")->scores[0] == 1.5);
	assert_true(rule("D")->scores[1] == 2);
	assert_true(rule("D")->scores[2] == 4);
	assert_true(rule("D")->scores[3] == 3);
	assert_int_equal(diags.n_lint, 4);
}

static void flags(void **state)
{
	(void)state;
	load("body A /x/\ntflags A net nice\ntflags A multiple maxhits=7 nosubject\n"
	     "header B eval:check_rbl('a', 'b.')\ntflags B net\n");
	assert_int_equal(rule("A")->flags, RULE_MULTIPLE | RULE_NOSUBJECT);
	assert_int_equal(rule("A")->max_hits, 7);
	assert_int_equal(rule("B")->flags, RULE_NET | RULE_IS_RBL);
	assert_int_equal(rule("B")->priority, -100);
}

static void priorities(void **state)
{
	(void)state;
	load("body A /x/\nbody N /x/\ntflags N net\nbody P /x/\npriority P 10\n"
	     "meta M A || N || P\npriority M -500\n"
	     "meta M2 M && B\nbody B /x/\n"
	     "body C /(?<TAG>x)/\n"
	     "priority A x\npriority 9 5\n");
	assert_int_equal(rule("A")->priority, -500);
	assert_int_equal(rule("N")->priority, -100);
	assert_int_equal(rule("P")->priority, -500);
	assert_int_equal(rule("B")->priority, 0);
	assert_int_equal(rule("C")->priority, -10000);
	assert_true(rule("M")->flags & RULE_NET);
	assert_int_equal(rule("M")->priority, -500);
	assert_int_equal(diags.n_lint, 2);
}

static void metas(void **state)
{
	(void)state;
	load("body A /x/\nmeta B A &&\nmeta C A ** 2\nmeta D ()\nmeta E F\nmeta F E\nmeta G F + A\n"
	     "meta H rules_matching(KE*) + rules_matching(NONE*)\nmeta I A::B\n");
	no_rule("B");
	no_rule("C");
	no_rule("I");
	assert_int_equal(rule("D")->kind, RULE_EMPTY);
	assert_int_equal(rule("E")->kind, RULE_META);
	assert_str(nth_lint(2), "rules: excluding meta test E, unsolved meta dependencies: F");
	assert_str(nth_lint(4), "rules: excluding meta test G, unsolved meta dependencies: F");
	assert_int_equal(diags.n_lint, 5);
}

/* --- plan ---------------------------------------------------------------------------------------
 */

static bool is_planned(const struct plan *plan, const char *name)
{
	const struct rule *wanted = rule(name);
	for (size_t i = 0; i < plan->metas.n; i++)
		if (plan->metas.items[i] == wanted)
			return true;
	for (size_t i = 0; i < plan->steps.n; i++)
		for (int view = 0; view < VIEW_COUNT; view++) {
			const struct plan_step *step = &plan->steps.items[i];
			for (size_t j = 0; j < step->regex_rules[view].n; j++)
				if (step->regex_rules[view].items[j] == wanted)
					return true;
		}
	return false;
}

static void plans(void **state)
{
	(void)state;
	load("body A /x/\nscore A 0\nbody B /x/\nscore B 0 1 0 1\nbody N /x/\ntflags N net\n"
	     "meta M A\nmeta Z B\nscore Z 0\nheader R eval:check_rbl('a','b.')\n");
	assert_false(is_planned(ruleset->plans[0], "A"));
	assert_false(is_planned(ruleset->plans[0], "B"));
	assert_true(is_planned(ruleset->plans[1], "B"));
	/* only eval rules heed `net` */
	assert_true(is_planned(ruleset->plans[0], "N"));
	assert_true(is_planned(ruleset->plans[0], "M"));
	assert_false(is_planned(ruleset->plans[0], "Z"));
	assert_int_equal(ruleset->plans[0]->rbl_rules.n, 0);
}

/* --- settings -----------------------------------------------------------------------------------
 */

static void typed_values(void **state)
{
	(void)state;
	const struct settings *s;
	load("Required-Score 7.5\nfold_headers NO\ntime_limit 5 m\nreport \"a b\"\nreport c\n"
	     "rewrite_header From (x)\nreport_safe 0\nadd_header spam Foo a\\n\\tb\\\\x\\q\n"
	     "trusted_networks 10. 192.168.1.0/24\noriginating_ip_headers X-A x-a X-B\n"
	     "time_limit -5\ntime_limit 5x\nfold_headers maybe\nrequired_score .5\nreport_safe 3\n"
	     "dns_server 192.0.2.1:99999\ndns_server ::1\n");
	s = &ruleset->settings;
	assert_true(s->required_score == 7.5);
	assert_false(s->fold_headers);
	assert_true(s->time_limit_s == 300);
	assert_str(s->report_template, "a b\nc\n");
	assert_str(s->rewrite_from, "[x]");
	assert_int_equal(s->headers_spam.n, 3);
	assert_str(s->headers_spam.items[1].name, "Report");
	assert_str(s->headers_spam.items[2].template, "a\n\tb\\x");
	assert_int_equal(netset_count(s->trusted_networks), 4);
	assert_int_equal(s->originating_ip_headers.n, 2);
	assert_str(settings_value(s, "dns_server"), "[::1]:53");
	assert_int_equal(diags.n_lint, 6);
}

static void networks_must_be_trusted(void **state)
{
	(void)state;
	load("trusted_networks 10.0.0.0/8\ninternal_networks 10.1.0.0/16 172.16.0.0/12\n");
	assert_int_equal(diags.n_lint, 1);
	assert_str(nth_lint(0),
		   "trusted_networks doesn't contain internal_networks entry '172.16.0.0/12'");
	assert_int_equal(netset_count(ruleset->settings.internal_networks), 3);
}

/* --- users --------------------------------------------------------------------------------------
 */

static void user_preferences(void **state)
{
	(void)state;
	load("body A /x/\nscore A 1 2 3 4\ndescribe A old\nwelcomelist_from a@b.example\n");
	const struct prefs *base = ruleset_prefs(ruleset);
	const struct prefs *user =
		prefs_read(arena, base,
			   STR_LIT("score A (1)\nscore KEEP 0\ndescribe A new\nbody U /x/\n"
				   "unwelcomelist_from a@b.example\nwelcomelist_from c@d.example\n"
				   "required_score 3\nbody_part_scan_size 1\n"),
			   "user_prefs");
	assert_true(prefs_points(user, rule("A")) == 2);
	assert_true(prefs_points(base, rule("A")) == 1);
	assert_str(prefs_describe(user, rule("A")), "new");
	assert_str(prefs_describe(base, rule("A")), "old");
	assert_false(is_planned(user->plan, "KEEP"));
	assert_true(is_planned(base->plan, "KEEP"));
	assert_null(ruleset_find(user->ruleset, STR_LIT("U")));
	assert_int_equal(
		addr_list_match(user->settings->welcomelist_from, STR_LIT("a@b.example")).len, 0);
	assert_int_equal(
		addr_list_match(base->settings->welcomelist_from, STR_LIT("a@b.example")).len, 11);
	assert_int_equal(
		addr_list_match(base->settings->welcomelist_from, STR_LIT("c@d.example")).len, 0);
	assert_true(user->settings->required_score == 3);
	assert_true(base->settings->required_score == 5);
	assert_true(user->settings->body_part_scan_size == 50000);
}

static void users_with_rules(void **state)
{
	(void)state;
	load("allow_user_rules 1\nbody A /x/\nmeta M A\n");
	const struct prefs *user = prefs_read(
		arena, ruleset_prefs(ruleset),
		STR_LIT("body A /own/\nbody U /x/\nmeta V U && A\npriority M 7\n"), "user_prefs");
	const struct rule *own = ruleset_find(user->ruleset, STR_LIT("A"));
	assert_str(own->pattern->perl, "own");
	assert_int_equal(own->id, rule("A")->id);
	assert_str(rule("A")->pattern->perl, "x");
	assert_int_equal(ruleset_find(user->ruleset, STR_LIT("M"))->priority, 7);
	assert_int_equal(rule("M")->priority, 0);
	assert_int_equal(user->ruleset->rules.n, ruleset->rules.n + 2);
	assert_int_equal(user->plan->metas.n, 2);
	no_rule("U");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

UNIT_MAIN(TEST(comments_and_blanks), TEST(languages), TEST(failed_lines), TEST(conditionals),
	  TEST(conditions_are_remembered), TEST(header_lines), TEST(eval_arguments), TEST(names),
	  TEST(last_definition_wins), TEST(scores), TEST(flags), TEST(priorities), TEST(metas),
	  TEST(plans), TEST(typed_values), TEST(networks_must_be_trusted), TEST(user_preferences),
	  TEST(users_with_rules))
