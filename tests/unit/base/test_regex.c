/* regex: Perl's view of bytes, limits, groups and names. */
#include "tests/unit/unit.h"

#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/base/regex.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new("test", 0);
	return log_open(&(struct log_settings){.ident = "test", .kind = LOG_KIND_NONE}, NULL);
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static bool matches(const char *pattern, unsigned flags, struct str subject)
{
	bool jitted = regex_test(regex_must(arena, pattern, flags), subject);
	bool interpreted = regex_test(regex_must(arena, pattern, flags | REGEX_NO_JIT), subject);
	assert_int_equal(jitted, interpreted);
	return jitted;
}

/* perl -e 'for my $a (128..255) { for my $b (128..255) { print "$a $b\n" if $a != $b
 *          && chr($b) =~ /(?^aai:\Q${\chr $a}\E)/ } }'
 * pairs C0-DE with E0-FE, except D7 with F7; nothing else. */
static void case_folding_is_latin_1(void **state)
{
	(void)state;
	for (unsigned a = 0x80; a < 0x100; a++) {
		char pattern[2] = {(char)a, 0}, class[4] = {'[', (char)a, ']', 0};
		struct regex *plain = regex_must(arena, pattern, REGEX_ICASE);
		struct regex *in_class = regex_must(arena, class, REGEX_ICASE);
		for (unsigned b = 0; b < 0x100; b++) {
			unsigned upper = a < b ? a : b, lower = a < b ? b : a;
			bool pair = upper >= 0xC0 && upper <= 0xDE && lower == upper + 0x20 &&
				    upper != 0xD7;
			char c = (char)b;
			assert_int_equal(regex_test(plain, str_make(&c, 1)), a == b || pair);
			assert_int_equal(regex_test(in_class, str_make(&c, 1)), a == b || pair);
		}
	}
	assert_true(matches("caf\xE9 [\xE0-\xE5]", REGEX_ICASE, STR_LIT("CAF\xC9 \xC5")));
	assert_false(matches("caf\xE9", 0, STR_LIT("caf\xC9")));
}

static void classes_are_ascii(void **state)
{
	(void)state;
	static const struct {
		const char *pattern;
		int n_matches; /* of 256 bytes */
	} rows[] = {{"\\w", 63}, {"\\d", 10},   {"\\s", 6},         {"[[:alpha:]]", 52},
		    {".", 255},  {"[^a]", 255}, {"[[:upper:]]", 26}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct regex *regex = regex_must(arena, rows[i].pattern, 0);
		int n = 0;
		for (int c = 0; c < 256; c++)
			n += regex_test(regex, str_make(&(char){(char)c}, 1));
		assert_int_equal(n, rows[i].n_matches);
	}
	assert_false(matches("a\\b\xE9", 0, STR_LIT("xa"))); /* \xE9 is no word character */
	assert_true(matches("a\\b\xE9", 0, STR_LIT("a\xE9")));
}

static void lines_end_in_lf_only(void **state)
{
	(void)state;
	assert_true(matches("^b$", REGEX_MULTILINE, STR_LIT("a\nb\nc")));
	assert_false(matches("^b$", REGEX_MULTILINE, STR_LIT("a\rb\rc")));
	assert_false(matches("^b$", REGEX_MULTILINE, STR_LIT("a\r\nb\r\nc")));
	assert_true(matches("b$", 0, STR_LIT("b\n"))); /* before the last LF */
	assert_false(matches("b$", 0, STR_LIT("b\n\n")));
	assert_false(matches("a.b", 0, STR_LIT("a\nb")));
	assert_true(matches("a.b", 0, STR_LIT("a\rb")));
	assert_true(matches("a.b", REGEX_DOTALL, STR_LIT("a\nb")));
	assert_true(matches("a b # c", REGEX_EXTENDED, STR_LIT("ab")));
	assert_false(matches("b", REGEX_ANCHORED, STR_LIT("ab")));
}

static void odd_subjects(void **state)
{
	(void)state;
	assert_true(matches("^$", 0, STR_NONE));
	assert_true(matches("a\\x00b", 0, str_make("xa\0b", 4)));
	struct regex *regex = regex_must(arena, "(?<=a)b", 0);
	struct regex_match match;
	assert_int_equal(regex_exec(regex, STR_LIT("ab"), 1, &match), REGEX_MATCH);
	assert_int_equal(match.start, 1);
	assert_int_equal(regex_exec(regex, STR_LIT("ab"), 2, &match), REGEX_NO_MATCH);
	assert_int_equal(regex_exec(regex, STR_LIT("ab"), 3, &match), REGEX_NO_MATCH);
}

static void groups(void **state)
{
	(void)state;
	struct regex *regex = regex_must(arena, "(a)|(b)(c)?(d)?", 0);
	assert_int_equal(regex_group_count(regex), 4);
	struct regex_match match;
	assert_int_equal(regex_exec(regex, STR_LIT("xbd"), 0, &match), REGEX_MATCH);
	assert_int_equal(match.n_groups, 5);
	assert_int_equal(match.start, 1);
	assert_int_equal(match.end, 3);
	assert_str(match.group[0], "bd");
	assert_null(match.group[1].ptr);
	assert_str(match.group[2], "b");
	assert_null(match.group[3].ptr);
	assert_str(match.group[4], "d");
	assert_int_equal(regex_exec(regex, STR_LIT("a"), 0, &match), REGEX_MATCH);
	assert_int_equal(match.n_groups, 2);
	assert_null(match.group[4].ptr);

	/* An empty group is not one that took no part. */
	assert_int_equal(regex_exec(regex_must(arena, "(x*)", 0), STR_NONE, 0, &match),
			 REGEX_MATCH);
	assert_non_null(match.group[1].ptr);
	assert_int_equal(match.group[1].len, 0);

	struct buf many;
	buf_init(&many, arena);
	for (int i = 0; i < 40; i++)
		buf_add_cstr(&many, "(.)");
	regex = regex_must(arena, buf_cstr(&many), 0);
	struct str subject = STR_LIT("0123456789012345678901234567890123456789");
	assert_int_equal(regex_exec(regex, subject, 0, &match), REGEX_MATCH);
	assert_int_equal(match.n_groups, REGEX_GROUPS_MAX);
	assert_int_equal(match.end, 40);
	assert_str(match.group[31], "0");
}

static void names(void **state)
{
	(void)state;
	struct regex *regex = regex_must(arena, "(?<ZED>z)(x)(?<ABC>a)|(?<ZED>y)", 0);
	const struct regex_name_vec *found = regex_names(regex);
	assert_int_equal(found->n, 3);
	assert_str(found->items[0].name, "ZED");
	assert_int_equal(found->items[0].group, 1);
	assert_str(found->items[1].name, "ABC");
	assert_int_equal(found->items[1].group, 3);
	assert_str(found->items[2].name, "ZED");
	assert_int_equal(found->items[2].group, 4);
	assert_int_equal(regex_names(regex_must(arena, "(a)", 0))->n, 0);
}

static void what_does_not_compile(void **state)
{
	(void)state;
	struct regex *regex = NULL;
	struct why why;
	assert_int_equal(regex_compile(arena, STR_LIT("a(b"), 0, &regex, &why), STATUS_INVALID);
	assert_string_equal(why.text, "missing closing parenthesis at offset 3");
	assert_int_equal(regex_compile(arena, STR_LIT("[z-a]"), 0, &regex, NULL), STATUS_INVALID);
	assert_int_equal(regex_compile(arena, STR_LIT("\\C"), 0, &regex, &why), STATUS_INVALID);
	assert_int_equal(regex_compile(arena, STR_LIT("(*UTF)a"), 0, &regex, &why), STATUS_INVALID);
	assert_null(regex);

	/* More than 64 KiB of compiled code: too large where PCRE2 was built with link size 2. */
	struct buf big;
	buf_init(&big, arena);
	for (int i = 0; i < 40000; i++)
		buf_add_cstr(&big, "(?:a|b)");
	enum status status = regex_compile(arena, buf_str(&big), 0, &regex, &why);
	assert_true(status == STATUS_TOO_LARGE || status == STATUS_OK);
}

static void catastrophes_hit_a_limit(void **state)
{
	(void)state;
	char subject[41];
	memset(subject, 'a', 40);
	subject[40] = 'b';
	for (int i = 0; i < 2; i++) {
		struct regex *regex = regex_must(arena, "^(a+)+\\1$", i ? REGEX_NO_JIT : 0);
		assert_int_equal(regex_exec(regex, str_make(subject, 41), 0, NULL), REGEX_LIMIT);
		assert_false(regex_test(regex, str_make(subject, 41)));
		assert_int_equal(regex_exec(regex, str_make(subject, 40), 0, NULL), REGEX_MATCH);
	}

	/* Limits are those of the time of compiling. */
	regex_set_limits(&(struct regex_limits){100, 100, 1000});
	struct regex *tight = regex_must(arena, "(?:a|b)*[cd]", 0);
	regex_set_limits(&regex_limits_default);
	struct regex *loose = regex_must(arena, "(?:a|b)*[cd]", 0);
	static char many[3000]; /* too long to be decided without backtracking */
	memset(many, 'a', sizeof many);
	assert_int_equal(regex_exec(tight, str_make(many, sizeof many), 0, NULL), REGEX_LIMIT);
	assert_int_equal(regex_exec(loose, str_make(many, sizeof many), 0, NULL), REGEX_NO_MATCH);
}

/* What Perl says too. */
static void short_catastrophes_are_decided(void **state)
{
	(void)state;
	struct regex_match match;
	struct buf text;
	buf_init(&text, arena);
	for (int i = 0; i < 60; i++)
		buf_add_char(&text, 'a');
	buf_add_cstr(&text, "! aaa");
	for (int i = 0; i < 4; i++) { /* the second time it is known to backtrack */
		static struct regex *regex[2];
		if (i < 2)
			regex[i] = regex_must(arena, "(a+)+$", i ? REGEX_NO_JIT : 0);
		assert_int_equal(regex_exec(regex[i % 2], buf_str(&text), 0, &match), REGEX_MATCH);
		assert_int_equal(match.start, 62);
		assert_int_equal(match.end, 65);
		assert_true(str_eq_c(match.group[1], "aaa"));
		assert_int_equal(regex_exec(regex[i % 2], str_sub(buf_str(&text), 0, 61), 0, NULL),
				 REGEX_NO_MATCH);
		assert_int_equal(regex_exec(regex[i % 2], buf_str(&text), 3, NULL), REGEX_MATCH);
	}
	struct regex *either = regex_must(arena, "(a|aa)+$", 0);
	assert_int_equal(regex_exec(either, buf_str(&text), 0, &match), REGEX_MATCH);
	assert_int_equal(match.start, 62);
	struct regex *bounded = regex_must(arena, "(a|aa)+$", REGEX_BOUNDED);
	assert_int_equal(regex_exec_between(bounded, buf_str(&text), 0, 61, false, NULL),
			 REGEX_NO_MATCH);
	assert_int_equal(regex_exec_between(bounded, buf_str(&text), 0, 64, false, NULL),
			 REGEX_MATCH);
	/* atomic groups are left to backtracking: "aab" has no match for (?>a|aa)b$ from its first
	 * letter, but from its second */
	struct regex *atomic = regex_must(arena, "^(?>a|aa)b|(a+)+!!$", 0);
	assert_int_equal(regex_exec(atomic, buf_str(&text), 0, NULL), REGEX_LIMIT);
}

/* Too much for the JIT's stack, not too much for the interpreter's heap. */
static void deep_matches_fall_back_to_the_interpreter(void **state)
{
	(void)state;
	static char subject[200 * 1000];
	memset(subject, 'a', sizeof subject);
	struct regex *regex = regex_must(arena, "^(?:a|b(?=(.)))*$", 0);
	assert_int_equal(regex_exec(regex, str_make(subject, sizeof subject), 0, NULL),
			 REGEX_MATCH);
}

static void quoting(void **state)
{
	(void)state;
	struct buf out;
	buf_init(&out, arena);
	regex_quote(&out, STR_LIT("a.b_c@[\xE9]\n9"));
	assert_str(buf_str(&out), "a\\.b_c\\@\\[\\\xE9\\]\\\n9");
	struct str all = arena_str(arena, STR_LIT("(*UTF)+?\\E{2}#"));
	buf_clear(&out);
	regex_quote(&out, all);
	assert_true(matches(buf_cstr(&out), 0, all));
}

static void utf8_patterns_of_our_own(void **state)
{
	(void)state;
	assert_true(matches("^.\\x{20AC}\\z", REGEX_UTF, STR_LIT("\xC3\xA9\xE2\x82\xAC")));
	assert_true(matches("\xC3\xA9", REGEX_UTF | REGEX_ICASE, STR_LIT("\xC3\x89")));
}

static void about_a_pattern(void **state)
{
	(void)state;
	struct regex *regex = regex_must(arena, "a+b", 0);
	assert_str(regex_pattern(regex), "a+b");
	assert_true(regex_size_bytes(regex) > 0);
	assert_true(regex_library_version()[0] == '1');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_folding_is_latin_1),
		cmocka_unit_test(classes_are_ascii),
		cmocka_unit_test(lines_end_in_lf_only),
		cmocka_unit_test(odd_subjects),
		cmocka_unit_test(groups),
		cmocka_unit_test(names),
		cmocka_unit_test(what_does_not_compile),
		cmocka_unit_test(catastrophes_hit_a_limit),
		cmocka_unit_test(short_catastrophes_are_decided),
		cmocka_unit_test(deep_matches_fall_back_to_the_interpreter),
		cmocka_unit_test(quoting),
		cmocka_unit_test(utf8_patterns_of_our_own),
		cmocka_unit_test(about_a_pattern),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
