/*
 * automaton, and the fronts that ask it: at every place of texts that are drawn from pieces of the
 * patterns what is said must be what PCRE2 finds there.
 */
#include "tests/unit/unit.h"

#include "rules/front.h"
#include "rules/pattern.h"

enum { TEXTS = 2000, PIECES_MAX = 24, DEAR_NS = 10 };

static const struct {
	const char *pattern;
	bool is_exact, is_prefix_free, has_row;
} patterns[] = {
	{"/e/", true, true, false},
	{"/[e3]|\\xc3[\\xa8-\\xab]|\\xe2\\x84\\xae/", true, true, false},
	{"/(?:[a-z]{4,}[\\s.]+){2}/", true, false, false},
	{"/\\b(?:[a-z]{6,}[\\s\\.]+){2}/", true, false, true},
	{"/^[^\\r\\n]{40}/m", false, false, true},
	{"/[a-z]{3}\\d[a-z]{3}/i", true, true, true},
	{"/[a-z]{3,}\\d+[a-z]{2,}/i", true, false, false},
	{"/[fo]+b(?!a)/", false, false, false},
	{"/o++(?:b|a)r?/", false, false, false},
	{"/z{1,}?(?<=zz)a/i", false, false, false},
	{"/[a-z]{33}r/", true, true, true},
	{"/[a-z]{40}\\d/", true, true, true},
	{"/foo|foobar/", true, false, false},
	{"/foo.*bar/", true, false, false},
	{"/foo.{0,3}bar/s", true, false, false},
	{"/f(?:o?){2,3}b(?:a?|r)*z/", false, false, false},
	{"/fo{2,200}b/", false, false, false},
	{"/f(o|0|\\xe9){1,3}(?i:b)a+?r/", true, true, false},
	{"/fo++b/", false, false, false},
	{"/(?>fo|foo)b/", false, false, false},
	{"/foo(?!bar)/", false, false, false},
	{"/(fo+)\\1/", false, false, false},
	{"/foo$/", false, false, false},
	{"/b[^a-z]{0,4}a(?:_|\\W)?r\\s+(?:f(?:oo)?|ba[rz]){2}/", true, false, false},
	{"/(?:foo|bar|baz|qux|zap|zip|tip|top){2}(?:foo|bar|baz|qux|zap|zip|tip|top){2}!/", true,
	 true, false},
};
enum { PATTERNS = sizeof patterns / sizeof *patterns };

static const char *const pieces[] = {
	"e",        "3",
	"\xc3\xa8", "\xe2\x84\xae",
	"foo",      "bar",
	"baz",      "qux",
	"fo",       "o",
	"0",        "a",
	"r",        "z",
	"b",        "B",
	"_",        "!",
	"\xe9",     " ",
	"1",        ".",
	"\n",       "\r\n",
	"f",        "zip",
	"abcd",     "z ",
	"foobar",   "abcdefghijkl",
};
enum { PIECES = sizeof pieces / sizeof *pieces };

static uint32_t state = 11;

static unsigned draw(unsigned below)
{
	return unit_draw(&state, below);
}

/* Of few different pieces, so that they are near each other often. */
static struct str draw_text(struct arena *arena)
{
	struct str_vec chosen = {0};
	unsigned few[5];

	for (unsigned i = 0; i < 5; i++)
		few[i] = draw(PIECES);
	for (unsigned n = draw(PIECES_MAX); n > 0; n--)
		vec_push(arena, &chosen, str_from(pieces[few[draw(5)]]));
	return chosen.n ? str_vec_join(arena, &chosen, "") : STR_LIT("");
}

static struct re_tree *tree_of(struct arena *arena, const struct pattern *pattern)
{
	struct str text =
		arena_printf(arena, "(?%.*s)%.*s", STR_ARG(pattern->flags), STR_ARG(pattern->perl));
	struct re_tree *tree;
	struct why why;

	assert_int_equal(perlre_parse(arena, text, &tree, &why), STATUS_OK);
	return tree;
}

static bool begins_at(const struct regex *regex, struct str text, size_t at, size_t *end)
{
	struct regex_span span = {0, 0};
	enum regex_result result = regex_find_between(regex, text, at, at, false, &span);

	assert_int_not_equal(result, REGEX_LIMIT);
	*end = span.end;
	return result == REGEX_MATCH;
}

/* Returns how many matches there are. */
static unsigned ask(const char *name, const struct automaton *automaton, const struct regex *regex,
		    struct str text)
{
	unsigned n = 0;

	for (size_t at = 0; at <= text.len; at++) {
		size_t end, said;
		bool begins = begins_at(regex, text, at, &end);
		enum automaton_answer answer = automaton_ask(automaton, text, at, &said);
		if (automaton->at_boundary && !automaton_is_boundary(text, at))
			answer = AUTOMATON_NO;
		n += begins;
		if (begins ? answer == AUTOMATON_NO
			   : answer == AUTOMATON_YES && automaton->is_exact)
			fail_msg("%s: wrong at %zu of \"%.*s\"", name, at, STR_ARG(text));
		if (begins && answer == AUTOMATON_YES && automaton->is_prefix_free && said != end)
			fail_msg("%s: ends not at %zu of \"%.*s\"", name, said, STR_ARG(text));
	}
	return n;
}

/* From wherever it looks, no place is passed over. */
static void look(const char *name, const struct front *front, const struct regex *regex,
		 struct str text)
{
	size_t end;

	for (size_t from = 0; from <= text.len; from++) {
		struct front_place place = front_next(front, text, from, text.len);
		for (size_t at = from; at < place.at && at <= text.len; at++)
			if (begins_at(regex, text, at, &end))
				fail_msg("%s: from %zu passes over %zu of \"%.*s\"", name, from, at,
					 STR_ARG(text));
		if (place.at <= text.len && place.is_match &&
		    !begins_at(regex, text, place.at, &end))
			fail_msg("%s: none at %zu of \"%.*s\"", name, place.at, STR_ARG(text));
	}
}

static void try_pattern(struct arena *arena, unsigned number)
{
	const char *name = patterns[number].pattern;
	struct pattern *pattern;
	struct why why;
	unsigned n = 0;

	if (pattern_parse(arena, str_from(name), false, &pattern, &why) != STATUS_OK)
		fail_msg("%s: %s", name, why.text);
	struct re_tree *tree = tree_of(arena, pattern);
	const struct automaton *automaton = automaton_of(arena, arena, tree, AUTOMATON_STATES_MAX);
	const struct front *front = front_of(arena, arena, tree, DEAR_NS, 1);
	assert_non_null(automaton);
	if (automaton->is_exact != patterns[number].is_exact ||
	    automaton->is_prefix_free != patterns[number].is_prefix_free)
		fail_msg("%s: exact %d, free of prefixes %d", name, automaton->is_exact,
			 automaton->is_prefix_free);
	if ((front && front->row) != patterns[number].has_row)
		fail_msg("%s: a row, or none", name);
	for (unsigned i = 0; i < TEXTS; i++) {
		struct str text = draw_text(arena);
		n += ask(name, automaton, pattern->regex, text);
		if (front)
			look(name, front, pattern->regex, text);
	}
	if (n < 5)
		fail_msg("%s: only %u matches", name, n);
}

static void test_says_what_pcre2_finds(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < PATTERNS; i++) {
		struct arena *arena = arena_new("test", 0);
		try_pattern(arena, i);
		arena_free(arena);
	}
}

static const struct automaton *automaton_for(struct arena *arena, const char *pattern)
{
	struct re_tree *tree;
	struct why why;

	if (perlre_parse(arena, str_from(pattern), &tree, &why) != STATUS_OK)
		fail_msg("%.40s: %s", pattern, why.text);
	return automaton_of(arena, arena, tree, AUTOMATON_STATES_MAX);
}

static void test_reads_so_far_only(void **unused)
{
	struct arena *arena = arena_new("test", 0);
	char text[AUTOMATON_BYTES_MAX + 2];
	size_t end;

	(void)unused;
	memset(text, 'a', sizeof text);
	const struct automaton *automaton = automaton_for(arena, "a+b");
	assert_false(automaton->is_short);
	assert_int_equal(automaton_ask(automaton, str_make(text, sizeof text), 0, &end),
			 AUTOMATON_UNKNOWN);
	assert_int_equal(automaton_ask(automaton, str_make(text, sizeof text), 2, &end),
			 AUTOMATON_NO);
	text[AUTOMATON_BYTES_MAX - 1] = 'b';
	assert_int_equal(automaton_ask(automaton, str_make(text, sizeof text), 0, &end),
			 AUTOMATON_YES);
	assert_int_equal(end, AUTOMATON_BYTES_MAX);
	arena_free(arena);
}

/* Texts in which every place takes long are left to PCRE2 and its limits. */
static void test_gives_up(void **unused)
{
	enum { TEXT_BYTES = 100000 };
	struct arena *arena = arena_new("test", 0);
	char *text = arena_alloc(arena, TEXT_BYTES);
	struct re_tree *tree;
	struct why why;

	(void)unused;
	memset(text, 'a', TEXT_BYTES);
	assert_int_equal(perlre_parse(arena, STR_LIT("[a-z]{200}\\d"), &tree, &why), STATUS_OK);
	const struct front *front = front_of(arena, arena, tree, 1.9, 1);
	assert_non_null(front);
	assert_true(front->row && front->automaton->is_exact);
	struct front_place place =
		front_next(front, str_make(text, TEXT_BYTES), 0, TEXT_BYTES - 201);
	assert_true(place.is_unknown && !place.is_match);
	assert_true(place.at > 1000 && place.at < 10000);
	arena_free(arena);
}

static void test_has_bounds(void **unused)
{
	struct arena *arena = arena_new("test", 0);
	struct buf buf;

	(void)unused;
	assert_null(automaton_for(arena, "a*"));
	assert_null(automaton_for(arena, "(?!x)"));
	assert_null(automaton_for(arena, "\\R?"));
	assert_true(automaton_for(arena, "abc|abd")->is_short);
	assert_false(automaton_for(arena, "[a-z]{17}")->is_short);
	assert_false(automaton_for(arena, "ab*c")->is_short);
	/* 2^20 states, if they were all made */
	assert_non_null(automaton_for(arena, "(?:a|b)*a(?:a|b){20}"));
	buf_init(&buf, arena);
	buf_add_cstr(&buf, "x(?:");
	for (unsigned i = 0; i < 30000; i++)
		buf_add_cstr(&buf, "|");
	for (unsigned i = 0; i < 90; i++)
		buf_add_cstr(&buf, "(?:a");
	for (unsigned i = 0; i < 90; i++)
		buf_add_cstr(&buf, ")+");
	buf_add_cstr(&buf, ")y{30000}");
	automaton_for(arena, arena_cstr(arena, buf_str(&buf)));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_says_what_pcre2_finds),
		cmocka_unit_test(test_reads_so_far_only),
		cmocka_unit_test(test_gives_up),
		cmocka_unit_test(test_has_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
