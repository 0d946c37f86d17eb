/*
 * prefilter: it must never leave out what a pattern matches. Texts are drawn from pieces of the
 * patterns themselves, so that many match and many nearly do; what PCRE2 finds is what is right.
 */
#include "tests/unit/unit.h"

#include "rules/factor.h"
#include "rules/front.h"
#include "rules/pattern.h"
#include "rules/prefilter.h"

enum { LINES = 40, ROUNDS = 300, PIECES_MAX = 12 };

static const char *const patterns[] = {
	"/viagra/i",
	"/\\bfoo(?:bar|baz)?\\s+qu+x\\b/",
	"/(?:aa|bb|cc)+dd{2,3}e/",
	"/x{0,3}y{2,}z?w/i",
	"/[a4@][\\W_]{0,3}m[\\W_]{0,3}b[\\W_]?i/i",
	"/^foo.*bar$/",
	"/foo(?!bar)baz|bar(?=foo)/",
	"/(?<=foo)bar/",
	"/(?<!x)foo(?:bar){2}/",
	"/(foo|bar)\\1qux/",
	"/(?:foo|bar|baz|qux){3}/",
	"/(?:fo+|ba[rz]\\s?){2,5}!/",
	"/(?>foo|foobar)qux/",
	"/(?|(foo)|(bar))baz/",
	"/(a)?(?(1)foo|barbaz)qux/",
	"/(?i:FOO)bar/",
	"/\\xe9\\xe8foo/i",
	"/foo\\Kbar/",
	"/\\Gfoobar/",
	"/(?:(?:foo\\s?){1,3}|bar){2}baz/",
	"/f(?:o(?:o|0)|a{1,9})b/",
	"/foo(?:.{0,20}bar){2}/s",
	"/[^a-z]foo[^a-z]/",
	"/foo\\Rbar/",
	"/(?:foo|)(?:bar|)bazq/",
	"/q(?#comment)ux\\.\\*/",
	"/(?:\\$|usd).?\\d{1,3}[,.]\\d{3}/i",
	"/foo(*SKIP)bar|barb/",
	"/(?x) f o o \\  b a r /",
	"/f(?!oo\\b)\\W{0,10}o\\W{0,10}o/i",
	"/b(?:x|yz|qu+x){0,3}a(?:\\s|_){0,9}r(?:x|yz|q+){0,3}q/",
	"/(?:ab?c?d?e?f?g?h?i?j?k?l?m?n?){2}foo/",
};
enum { PATTERNS = sizeof patterns / sizeof *patterns };

static const char *const pieces[] = {
	"foo",    "bar",      "baz",      "qux",      "FOO",    "Bar",       " ", "\n",  "a",
	"aa",     "b",        "cc",       "d",        "dd",     "e",         "m", "i",   "4",
	"@",      "_",        "-",        "x",        "y",      "z",         "w", "!",   "fo",
	"q",      "\xe9\xe8", "\xc9\xc8", "0",        "123",    ",456",      "$", "usd", "viagra",
	"ViAgRa", "ux.*",     "",         "foo  qux", "barfoo", "foobarbar",
};
enum { PIECES = sizeof pieces / sizeof *pieces };

static uint32_t state = 7;

static unsigned draw(unsigned below)
{
	return unit_draw(&state, below);
}

static struct rule_vec make_rules(struct arena *arena)
{
	struct rule_vec rules = {0};

	for (unsigned i = 0; i < PATTERNS; i++) {
		struct rule *rule = ARENA_NEW(arena, struct rule);
		struct why why;
		rule->id = i;
		if (pattern_parse(arena, str_from(patterns[i]), false, &rule->pattern, &why) !=
		    STATUS_OK)
			fail_msg("%s: %s", patterns[i], why.text);
		vec_push(arena, &rules, rule);
	}
	return rules;
}

static struct str draw_text(struct arena *arena)
{
	struct str_vec chosen = {0};

	for (unsigned n = draw(PIECES_MAX); n > 0; n--)
		vec_push(arena, &chosen, str_from(pieces[draw(PIECES)]));
	return chosen.n ? str_vec_join(arena, &chosen, "") : STR_LIT("");
}

enum { DEAR_NS = 10 };

/* Of a pattern that is too cheap to have one, too. */
static void make_front(struct arena *arena, struct pattern *pattern)
{
	struct str text =
		arena_printf(arena, "(?%.*s)%.*s", STR_ARG(pattern->flags), STR_ARG(pattern->perl));
	struct re_tree *tree;
	struct why why;

	assert_int_equal(perlre_parse(arena, text, &tree, &why), STATUS_OK);
	if (!factors_mind_start(tree))
		pattern->front = front_of(arena, arena, tree, DEAR_NS, 1);
}

/* A match begins where one may, and is as long as it must be. */
static void check_front(const struct rule *rule, struct str line, const struct regex_match *match)
{
	const struct front *front = rule->pattern->front;

	if (front && front_next(front, line, match->start, match->start).at != match->start)
		fail_msg("%s may not begin at %zu of \"%.*s\"", patterns[rule->id], match->start,
			 STR_ARG(line));
	if (line.len - match->start < rule->pattern->width_min)
		fail_msg("%s matches %zu bytes of \"%.*s\"", patterns[rule->id],
			 match->end - match->start, STR_ARG(line));
}

static void check_literal(const struct rule *rule, struct str line, struct str literal)
{
	if (str_find_ci(line, literal) == STR_NOT_FOUND)
		fail_msg("%s matches \"%.*s\" without \"%.*s\"", patterns[rule->id], STR_ARG(line),
			 STR_ARG(literal));
}

/* What matches was expected, and is found between the bounds as it is without them. */
static unsigned check(const struct rule *rule, struct str literal,
		      const struct candidates *candidates, const struct str *lines)
{
	struct place_list worth = candidates_of(candidates, rule->id, rule->pattern);
	struct regex_match match, bounded;
	unsigned n = 0;

	for (size_t i = 0; i < LINES; i++) {
		if (regex_exec(rule->pattern->regex, lines[i], 0, &match) != REGEX_MATCH)
			continue;
		n++;
		check_front(rule, lines[i], &match);
		check_literal(rule, lines[i], literal);
		if (!place_list_has(&worth, i, match.start))
			fail_msg("%s matches \"%.*s\" at %zu", patterns[rule->id],
				 STR_ARG(lines[i]), match.start);
		for (size_t p = 0; p < worth.n; p++) {
			if (worth.places[p].line != i)
				continue;
			assert_int_equal(regex_exec_between(rule->pattern->regex, lines[i],
							    worth.places[p].from,
							    worth.places[p].to, false, &bounded),
					 REGEX_MATCH);
			assert_int_equal(bounded.start, match.start);
			assert_int_equal(bounded.end, match.end);
		}
	}
	return n;
}

static void test_nothing_is_left_out(void **unused)
{
	struct arena *keep = arena_new("keep", 0), *scan = arena_new("scan", 0);
	struct rule_vec rules = make_rules(keep);
	struct prefilter *prefilter = prefilter_make(keep, &rules, PATTERNS, NULL, NULL);
	unsigned n_fronts = 0;
	unsigned matches[PATTERNS] = {0};
	struct str literals[PATTERNS];
	struct str lines[LINES];

	(void)unused;
	for (unsigned i = 0; i < PATTERNS; i++) {
		make_front(keep, rules.items[i]->pattern);
		n_fronts += rules.items[i]->pattern->front != NULL;
		literals[i] = factors_literal(keep, rules.items[i]->pattern->factors);
	}
	assert_true(n_fronts > PATTERNS / 6);
	assert_true(str_eq_c(literals[0], "viagra"));
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < LINES; i++)
			lines[i] = draw_text(scan);
		struct candidates *candidates = prefilter_scan(scan, prefilter, lines, LINES);
		for (unsigned i = 0; i < PATTERNS; i++)
			matches[i] += check(rules.items[i], literals[i], candidates, lines);
		arena_reset(scan);
	}
	for (unsigned i = 0; i < PATTERNS; i++)
		if (matches[i] == 0)
			print_message("never matched: %s\n", patterns[i]);
	arena_free(scan);
	arena_free(keep);
}

/* It does leave something out: a plain word is tried where it stands only. */
static void test_only_where_worth(void **unused)
{
	struct arena *arena = arena_new("test", 0);
	struct rule_vec rules = make_rules(arena);
	struct prefilter *prefilter = prefilter_make(arena, &rules, PATTERNS, NULL, NULL);
	struct str lines[] = {STR_LIT("nothing here"), STR_LIT("cheap ViAgRa"), STR_LIT("end")};
	struct candidates *candidates = prefilter_scan(arena, prefilter, lines, 3);
	struct place_list worth = candidates_of(candidates, 0, rules.items[0]->pattern);

	(void)unused;
	assert_false(worth.all);
	assert_int_equal(worth.n, 1);
	assert_int_equal(worth.places[0].line, 1);
	assert_int_equal(worth.places[0].from, 6);
	assert_int_equal(worth.places[0].to, 6);
	arena_free(arena);
}

/* It lets few places through. */
static void test_few_may_begin(void **unused)
{
	static const char pattern[] =
		"(?i)(?:my )?(?:dear |good )*(?:friend|patron|m[o0]ther)s?\\b";
	struct arena *arena = arena_new("test", 0);
	struct str text = STR_LIT("To my friends, from their Patron and a m0ther; myself: deaf");
	static const size_t expected[] = {3, 6, 26, 39};
	struct re_tree *tree;
	struct why why;
	size_t at = 0;

	(void)unused;
	assert_int_equal(perlre_parse(arena, str_from(pattern), &tree, &why), STATUS_OK);
	assert_int_equal(front_width_min(tree), 6);
	const struct front *front = front_of(arena, arena, tree, DEAR_NS, 1);
	assert_non_null(front);
	assert_non_null(front->masks);
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		at = front_next(front, text, at, text.len - 6).at;
		assert_int_equal(at, expected[i]);
		at++;
	}
	assert_true(front_next(front, text, at, text.len - 6).at > text.len - 6);
	assert_int_equal(perlre_parse(arena, STR_LIT(".*foo"), &tree, &why), STATUS_OK);
	assert_null(front_of(arena, arena, tree, DEAR_NS, 1));
	assert_int_equal(perlre_parse(arena, STR_LIT("x*"), &tree, &why), STATUS_OK);
	assert_null(front_of(arena, arena, tree, DEAR_NS, 1));
	arena_free(arena);
}

static void test_lines_begin(void **unused)
{
	struct arena *arena = arena_new("test", 0);
	struct str text = STR_LIT("name: a\n name\nadress: b\nname");
	struct re_tree *tree;
	struct why why;

	(void)unused;
	assert_int_equal(perlre_parse(arena, STR_LIT("(?im)^(?:name|adress)"), &tree, &why),
			 STATUS_OK);
	const struct front *front = front_of(arena, arena, tree, DEAR_NS, 1);
	assert_true(front->at_line && front->masks);
	assert_int_equal(front_next(front, text, 0, text.len).at, 0);
	assert_int_equal(front_next(front, text, 1, text.len).at, 14);
	assert_int_equal(front_next(front, text, 15, text.len).at, 24);
	assert_true(front_next(front, text, 25, text.len).at > 24);
	arena_free(arena);
}

static void test_runs_begin(void **unused)
{
	struct arena *arena = arena_new("test", 0);
	struct str text = STR_LIT("abcdefgh1 ab1cd abc12de");
	struct re_tree *tree;
	struct why why;

	(void)unused;
	assert_int_equal(perlre_parse(arena, STR_LIT("(?i)[a-z]{3,}\\d+[a-z]{2,}"), &tree, &why),
			 STATUS_OK);
	const struct front *front = front_of(arena, arena, tree, 1.1, 1);
	assert_true(front && front->run);
	assert_int_equal(front_behind(front, text, 0), 8);
	assert_int_equal(front_behind(front, text, 8), 9);
	struct front_place place = front_next(front, text, 0, text.len);
	assert_true(place.at == 16 && place.is_match);
	/* a search may begin inside of a run */
	assert_int_equal(front_next(front, STR_LIT("xxabc1de"), 2, 8).at, 2);
	assert_int_equal(perlre_parse(arena, STR_LIT("([a-z]+)\\d\\1"), &tree, &why), STATUS_OK);
	front = front_of(arena, arena, tree, DEAR_NS, 1);
	assert_true(!front || !front->run);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_left_out), cmocka_unit_test(test_only_where_worth),
		cmocka_unit_test(test_few_may_begin),       cmocka_unit_test(test_lines_begin),
		cmocka_unit_test(test_runs_begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
