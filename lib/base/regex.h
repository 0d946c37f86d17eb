/*
 * regex: PCRE2 behind one file. Patterns are bytes (no UTF), newline is LF only, case folding is
 * Latin-1 (Perl folds C0-DE/E0-FE except D7/F7 on byte strings; the tables are ours, so it does not
 * depend on the process's locale), \w \d \s are ASCII (Perl /aa). JIT where it is available.
 * Compiled patterns are immutable and may be shared by forked children.
 */
#ifndef WHORL_BASE_REGEX_H
#define WHORL_BASE_REGEX_H

#include <stdint.h>
#include "lib/base/vec.h"
#include "lib/base/why.h"

enum regex_flag {
	REGEX_ICASE = 1,     /* i */
	REGEX_MULTILINE = 2, /* m */
	REGEX_DOTALL = 4,    /* s */
	REGEX_EXTENDED = 8,  /* x */
	REGEX_ANCHORED = 16,
	REGEX_UTF =
		32, /* pattern and subject are valid UTF-8; for our own patterns, not for rules */
	REGEX_NO_JIT = 64,
	REGEX_BOUNDED = 128, /* regex_exec_between() will be called */
};

struct regex; /* owned by the arena it was compiled into */

/* Limits of every match; see regex_limits_default. */
struct regex_limits {
	uint32_t match_limit, depth_limit;
	uint32_t heap_limit_kib;
};
extern const struct regex_limits regex_limits_default;

/* STATUS_INVALID: why has PCRE2's text and the offset. STATUS_TOO_LARGE: the compiled form is too
 * big for this PCRE2's link size (error 120). The regex lives as long as the arena. */
enum status regex_compile(struct arena *arena, struct str pattern, unsigned flags,
			  struct regex **regex_out, struct why *why);
/* For fixed patterns of our own: a failure is our bug. */
struct regex *regex_must(struct arena *arena, const char *pattern, unsigned flags);

enum { REGEX_GROUPS_MAX = 32 };

struct regex_match {
	unsigned n_groups;                  /* highest set group + 1 */
	struct str group[REGEX_GROUPS_MAX]; /* ptr NULL: did not take part */
	size_t start, end;                  /* of group 0, offsets in the subject */
};

enum regex_result { REGEX_NO_MATCH = 0, REGEX_MATCH = 1, REGEX_LIMIT = -1 };

/*
 * Match from offset `start` on (look-behind sees what is before it). match_out may be NULL.
 * REGEX_LIMIT: a match, depth, heap or JIT stack limit was hit; callers treat it as no match and
 * the first of each regex in a process is logged. In texts of some thousand bytes most patterns
 * that backtrack without end are decided all the same.
 */
enum regex_result regex_exec(const struct regex *regex, struct str subject, size_t start,
			     struct regex_match *match_out);
/* The next match behind one that ended at start; when that was empty (last_was_empty) the next one
 * may be empty only further on: what Perl's //g does with pos(). */
enum regex_result regex_exec_next(const struct regex *regex, struct str subject, size_t start,
				  bool last_was_empty, struct regex_match *match_out);
/* The next match that begins at `start` or later, but not behind last_start. Of a regex compiled
 * with REGEX_BOUNDED. */
enum regex_result regex_exec_between(const struct regex *regex, struct str subject, size_t start,
				     size_t last_start, bool last_was_empty,
				     struct regex_match *match_out);
/* The same of its bounds only, which costs less than its groups. */
struct regex_span {
	size_t start, end;
};
enum regex_result regex_find_between(const struct regex *regex, struct str subject, size_t start,
				     size_t last_start, bool last_was_empty,
				     struct regex_span *span_out);
static inline bool regex_test(const struct regex *regex, struct str subject)
{
	return regex_exec(regex, subject, 0, NULL) == REGEX_MATCH;
}

/* Named groups in order of their number. */
struct regex_name {
	struct str name;
	unsigned group;
};
VEC_OF(regex_name_vec, struct regex_name);
const struct regex_name_vec *regex_names(const struct regex *regex);
unsigned regex_group_count(const struct regex *regex);
/* It matches at the beginning of a subject only, and knows. */
bool regex_is_anchored(const struct regex *regex);
struct str regex_pattern(const struct regex *regex);
size_t regex_size_bytes(const struct regex *regex); /* code + JIT */

/* Every regex compiled afterwards gets these limits (spamd.conf). */
void regex_set_limits(const struct regex_limits *limits);
/* Append s with every byte that is not [A-Za-z0-9_] backslashed (Perl quotemeta). */
struct buf;
void regex_quote(struct buf *out, struct str s);
const char *regex_library_version(void);

#endif
