/*
 * match: our side of tests/regex-parity/run. Lines of hexadecimal on standard input: "P TEXT" is a
 * pattern as a rule writes it, "S TEXT" a subject for the last one, "C TEXT" one of characters (in
 * UTF-8; offsets are of characters then). Answers, a line each: "A" or
 * "R why" for a pattern; for a subject "start-end" of every match and its groups, as Perl's //g
 * finds them.
 */
#include <stdio.h>

#include "lib/base/must.h"
#include "rules/pattern.h"

enum { LINE_BYTES_MAX = 1 << 20, MATCHES_MAX = 20 };

static int hex_digit(char c)
{
	return ascii_is_digit((unsigned char)c) ? c - '0' : ascii_lower(c) - 'a' + 10;
}

static struct str from_hex(struct arena *arena, struct str hex)
{
	char *out = arena_alloc(arena, hex.len / 2 + 1);
	for (size_t i = 0; i + 1 < hex.len; i += 2)
		out[i / 2] = (char)(hex_digit(hex.ptr[i]) << 4 | hex_digit(hex.ptr[i + 1]));
	return str_make(out, hex.len / 2);
}

static size_t length_of(struct str text, bool wide)
{
	size_t n = 0;
	for (size_t i = 0; i < text.len; i++)
		n += !wide || ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
	return n;
}

static void print_match(const struct regex_match *match, struct str subject, bool wide)
{
	printf(" %zu-%zu", length_of(str_sub(subject, 0, match->start), wide),
	       length_of(str_sub(subject, 0, match->end), wide));
	for (unsigned i = 1; i < match->n_groups; i++) {
		struct str group = match->group[i];
		if (group.ptr)
			printf(",%u:%zu+%zu", i,
			       length_of(str_sub(subject, 0, (size_t)(group.ptr - subject.ptr)),
					 wide),
			       length_of(group, wide));
	}
}

static void match_all(const struct regex *regex, struct str subject, bool wide)
{
	struct regex_match match;
	size_t at = 0;
	bool was_empty = false;
	putchar('M');
	for (int n = 0; n < MATCHES_MAX; n++) {
		enum regex_result result = regex_exec_next(regex, subject, at, was_empty, &match);
		if (result == REGEX_LIMIT)
			printf(" limit");
		if (result != REGEX_MATCH)
			break;
		print_match(&match, subject, wide);
		at = match.end;
		was_empty = match.start == match.end;
	}
	putchar('\n');
}

int main(void)
{
	static char line[LINE_BYTES_MAX];
	struct arena *arena = arena_new("match", 0);
	struct pattern *pattern = NULL;
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof line, stdin)) {
		struct str text = from_hex(arena, str_trim(str_from(line + 2)));
		struct why why;
		if (line[0] == 'P') {
			arena_reset(arena);
			text = from_hex(arena, str_trim(str_from(line + 2)));
			bool ok = pattern_parse(arena, text, false, &pattern, &why) == STATUS_OK;
			pattern = ok ? pattern : NULL;
			if (pattern)
				pattern_match_characters(arena, pattern);
			printf(ok ? "A\n" : "R %s\n", why.text);
		} else if (pattern && line[0] == 'C' && pattern->wide) {
			match_all(pattern->wide, text, true);
		} else if (pattern && pattern->regex && line[0] == 'S') {
			match_all(pattern->regex, text, false);
		} else {
			puts("M -");
		}
	}
	arena_free(arena);
	return 0;
}
