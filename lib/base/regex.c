/*
 * regex: see regex.h. The only file that knows PCRE2.
 *
 * What a match needs besides the pattern (match context, offsets, JIT stack) is one per process,
 * made when first needed and kept: a documented exception to "no mutable globals", like the
 * character tables, which every compiled pattern points to.
 */
#include "lib/base/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <locale.h>
#include <stdlib.h>
#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/base/must.h"

enum {
	JIT_STACK_FIRST_BYTES = 32 * 1024,
	JIT_STACK_LAST_BYTES = 4 * 1024 * 1024,
	LOGGED_PATTERN_BYTES = 200,
	DECIDED_BYTES = 2048,       /* longer texts are not decided without backtracking */
	DECIDED_MATCH_LIMIT = 5000, /* what is backtracked before, of a regex known for it */
	WORKSPACE_INTS = 1500,      /* some 250 ways at once */
	/* Where the parts of PCRE2's tables lie (pcre2_maketables(3), pcre2_dftables). */
	TABLE_LOWER = 0,
	TABLE_FLIP = 256,
};

struct regex_past {
	bool limit_was_logged;
	bool has_backtracked; /* up to the limit, in a text that took decide() little */
};

struct regex {
	pcre2_code *code;
	struct regex_past *past; /* apart, because the regex itself is const to its users */
	struct regex_limits limits;
	bool is_jitted, is_utf;
	unsigned n_groups;
	struct str pattern;
	struct regex_name_vec names;
};

/* What stands side by side is in the cache together. */
struct regex_with_past {
	struct regex_past past;
	struct regex regex;
};

const struct regex_limits regex_limits_default = {
	.match_limit = 10 * 1000 * 1000,
	.depth_limit = 1000 * 1000,
	.heap_limit_kib = 64 * 1024,
};

static struct {
	const uint8_t *tables;
	pcre2_match_context *context;
	pcre2_match_data *groups; /* REGEX_GROUPS_MAX offsets */
	pcre2_match_data *whole;  /* group 0 only, for tests, which do not look at it */
	pcre2_match_data *bounds; /* group 0 only */
	pcre2_jit_stack *jit_stack;
	bool is_swollen; /* a match has outgrown the stack, and match data keep what that took */
	struct regex_limits limits; /* for what is compiled from now on; all 0: the default */
	/* what the context has been told */
	struct regex_limits limits_in_force;
	size_t last_start;
} process;

/* --- compiling -------------------------------------------------------------------------------- */

/*
 * PCRE2's tables of the C locale, with À-Þ and à-þ as each other's case; not the signs D7 and F7
 * between them. Classes (\w, [[:alpha:]]) stay ASCII.
 */
static const uint8_t *latin1_tables(void)
{
	if (process.tables)
		return process.tables;
	locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	must(c_locale != (locale_t)0);
	locale_t before = uselocale(c_locale);
	uint8_t *tables = (uint8_t *)(uintptr_t)pcre2_maketables(NULL);
	uselocale(before);
	freelocale(c_locale);
	must(tables != NULL);
	for (unsigned upper = 0xC0; upper <= 0xDE; upper++) {
		unsigned lower = upper + 0x20;
		if (upper == 0xD7)
			continue;
		tables[TABLE_LOWER + upper] = (uint8_t)lower;
		tables[TABLE_FLIP + upper] = (uint8_t)lower;
		tables[TABLE_FLIP + lower] = (uint8_t)upper;
	}
	process.tables = tables;
	return tables;
}

static pcre2_compile_context *new_compile_context(unsigned flags)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	must(context != NULL);
	must(pcre2_set_newline(context, PCRE2_NEWLINE_LF) == 0);
	if (!(flags & REGEX_UTF))
		pcre2_set_character_tables(context, latin1_tables());
	return context;
}

static uint32_t compile_options(unsigned flags)
{
	uint32_t options = PCRE2_DUPNAMES | PCRE2_NEVER_BACKSLASH_C;
	if (flags & REGEX_ICASE)
		options |= PCRE2_CASELESS;
	if (flags & REGEX_MULTILINE)
		options |= PCRE2_MULTILINE;
	if (flags & REGEX_DOTALL)
		options |= PCRE2_DOTALL;
	if (flags & REGEX_EXTENDED)
		options |= PCRE2_EXTENDED;
	if (flags & REGEX_ANCHORED)
		options |= PCRE2_ANCHORED;
	if (flags & REGEX_BOUNDED)
		options |= PCRE2_USE_OFFSET_LIMIT;
	options |= (flags & REGEX_UTF) ? PCRE2_UTF : PCRE2_NEVER_UTF;
	return options;
}

static enum status compile_failure(int error, size_t offset, struct why *why)
{
	char text[256];
	pcre2_get_error_message(error, (PCRE2_UCHAR *)text, sizeof text);
	enum status status = STATUS_INVALID;
	if (error == PCRE2_ERROR_PATTERN_TOO_LARGE)
		status = STATUS_TOO_LARGE;
	else if (error == PCRE2_ERROR_HEAP_FAILED)
		status = STATUS_NO_MEMORY;
	return why_set(why, status, "%s at offset %zu", text, offset);
}

static int compare_names(const void *a, const void *b)
{
	unsigned x = ((const struct regex_name *)a)->group;
	unsigned y = ((const struct regex_name *)b)->group;
	return (x > y) - (x < y);
}

static void read_names(struct arena *arena, struct regex *regex)
{
	uint32_t n_names, entry_bytes;
	PCRE2_SPTR table;
	must(pcre2_pattern_info(regex->code, PCRE2_INFO_NAMECOUNT, &n_names) == 0);
	must(pcre2_pattern_info(regex->code, PCRE2_INFO_NAMEENTRYSIZE, &entry_bytes) == 0);
	must(pcre2_pattern_info(regex->code, PCRE2_INFO_NAMETABLE, &table) == 0);
	for (uint32_t i = 0; i < n_names; i++) {
		PCRE2_SPTR entry = table + (size_t)i * entry_bytes;
		struct regex_name name = {
			arena_str(arena, str_from((const char *)entry + 2)),
			(unsigned)entry[0] << 8 | entry[1],
		};
		vec_push(arena, &regex->names, name);
	}
	if (n_names)
		qsort(regex->names.items, n_names, sizeof *regex->names.items, compare_names);
}

static void free_code(void *code)
{
	pcre2_code_free(code);
}

static struct regex_limits current_limits(void)
{
	return process.limits.match_limit ? process.limits : regex_limits_default;
}

static struct regex *wrap_code(struct arena *arena, pcre2_code *code, struct str pattern,
			       unsigned flags)
{
	struct regex_with_past *both = ARENA_NEW(arena, struct regex_with_past);
	struct regex *regex = &both->regex;
	regex->past = &both->past;
	regex->code = code;
	arena_on_reset(arena, free_code, code);
	regex->pattern = arena_str(arena, pattern);
	regex->limits = current_limits();
	regex->is_utf = (flags & REGEX_UTF) != 0;
	/* What the JIT compiler cannot take, the interpreter runs. */
	regex->is_jitted =
		!(flags & REGEX_NO_JIT) && pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0;
	uint32_t n_groups;
	must(pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &n_groups) == 0);
	regex->n_groups = n_groups;
	read_names(arena, regex);
	return regex;
}

enum status regex_compile(struct arena *arena, struct str pattern, unsigned flags,
			  struct regex **regex_out, struct why *why)
{
	int error;
	size_t offset;
	pcre2_compile_context *context = new_compile_context(flags);
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)(pattern.ptr ? pattern.ptr : ""), pattern.len,
					 compile_options(flags), &error, &offset, context);
	pcre2_compile_context_free(context);
	if (!code)
		return compile_failure(error, offset, why);
	*regex_out = wrap_code(arena, code, pattern, flags);
	return STATUS_OK;
}

struct regex *regex_must(struct arena *arena, const char *pattern, unsigned flags)
{
	struct regex *regex;
	struct why why;
	if (regex_compile(arena, str_from(pattern), flags, &regex, &why) != STATUS_OK) {
		log_error("regex: /%s/: %s", pattern, why.text);
		must(!"a fixed pattern compiles");
	}
	return regex;
}

void regex_set_limits(const struct regex_limits *limits)
{
	process.limits = *limits;
}

/* --- matching --------------------------------------------------------------------------------- */

static void make_scratch(void)
{
	process.context = pcre2_match_context_create(NULL);
	process.groups = pcre2_match_data_create(REGEX_GROUPS_MAX, NULL);
	process.whole = pcre2_match_data_create(1, NULL);
	process.bounds = pcre2_match_data_create(1, NULL);
	must(process.context && process.groups && process.whole && process.bounds);
	process.limits_in_force = (struct regex_limits){0};
	process.last_start = PCRE2_UNSET;
	process.jit_stack =
		pcre2_jit_stack_create(JIT_STACK_FIRST_BYTES, JIT_STACK_LAST_BYTES, NULL);
	if (process.jit_stack) /* NULL when PCRE2 has no JIT */
		pcre2_jit_stack_assign(process.context, NULL, process.jit_stack);
}

static void limit_matches(uint32_t match_limit)
{
	pcre2_set_match_limit(process.context, match_limit);
	process.limits_in_force.match_limit = match_limit;
}

static void set_limits(const struct regex_limits *limits)
{
	pcre2_set_match_limit(process.context, limits->match_limit);
	pcre2_set_depth_limit(process.context, limits->depth_limit);
	pcre2_set_heap_limit(process.context, limits->heap_limit_kib);
	process.limits_in_force = *limits;
}

/* Most patterns have the same limits as the one before. */
static inline void apply_limits(const struct regex_limits *limits, size_t last_start)
{
	const struct regex_limits *told = &process.limits_in_force;

	if (told->match_limit != limits->match_limit || told->depth_limit != limits->depth_limit ||
	    told->heap_limit_kib != limits->heap_limit_kib)
		set_limits(limits);
	if (process.last_start != last_start)
		pcre2_set_offset_limit(process.context, last_start);
	process.last_start = last_start;
}

static void log_limit(const struct regex *regex, int error)
{
	if (regex->past->limit_was_logged)
		return;
	regex->past->limit_was_logged = true;
	char text[128];
	pcre2_get_error_message(error, (PCRE2_UCHAR *)text, sizeof text);
	struct str shown = str_sub(regex->pattern, 0, LOGGED_PATTERN_BYTES);
	log_warn("regex: %s, taken as no match: /%.*s%s", text, STR_ARG(shown),
		 shown.len < regex->pattern.len ? "..." : "/");
}

/* PCRE2's return value. The JIT's stack is smaller than the interpreter's heap: that gets a try
 * when the stack was too small. */
static int run(const struct regex *regex, struct str subject, size_t start, uint32_t how,
	       pcre2_match_data *data)
{
	PCRE2_SPTR bytes = (PCRE2_SPTR)(subject.ptr ? subject.ptr : "");
	uint32_t options = how | (regex->is_utf ? PCRE2_NO_UTF_CHECK : 0);
	if (regex->is_jitted) {
		int found = pcre2_jit_match(regex->code, bytes, subject.len, start, how, data,
					    process.context);
		if (found != PCRE2_ERROR_JIT_STACKLIMIT)
			return found;
	}
	process.is_swollen = regex->is_jitted;
	return pcre2_match(regex->code, bytes, subject.len, start, options | PCRE2_NO_JIT, data,
			   process.context);
}

/* --- without backtracking ------------------------------------------------------------------------
 * PCRE2's other algorithm follows all ways through a pattern at once. It keeps "(a|aa)+$" from
 * taking for ever, as Perl does, which remembers where it has been. It knows no groups, it is slow,
 * and it refuses what it cannot do or what has too many ways: then there is no decision. */

/* Of what is atomic it would take the longest, not the first. */
static bool is_decidable(const struct regex *regex, struct str subject, size_t start)
{
	static const char *const atomic[] = {"(?>", "(*", "++", "*+", "?+", "}+", "\\K"};

	if (subject.len - start > DECIDED_BYTES)
		return false;
	for (size_t i = 0; i < sizeof atomic / sizeof *atomic; i++)
		if (str_contains(regex->pattern, atomic[i]))
			return false;
	return true;
}

static int follow_all(const struct regex *regex, struct str subject, size_t start, uint32_t how,
		      pcre2_match_data *data)
{
	int workspace[WORKSPACE_INTS];
	int found = pcre2_dfa_match(regex->code, (PCRE2_SPTR)subject.ptr, subject.len, start, how,
				    data, process.context, workspace, WORKSPACE_INTS);

	return found == PCRE2_ERROR_NOMATCH ? found : found < 0 ? PCRE2_ERROR_MATCHLIMIT : 1;
}

/* The first match begins where all ways together say; groups are those of the first way from there,
 * if that comes to an end, else the whole is the longest. */
static int decide(const struct regex *regex, struct str subject, size_t start, uint32_t how,
		  pcre2_match_data *data)
{
	if (regex->is_utf)
		how |= PCRE2_NO_UTF_CHECK;
	int found = follow_all(regex, subject, start, how, data);
	if (found < 0)
		return found;
	regex->past->has_backtracked = true;
	if (data == process.whole)
		return found;
	size_t at = pcre2_get_ovector_pointer(data)[0];
	if (at < start)
		return PCRE2_ERROR_MATCHLIMIT;
	found = pcre2_match(regex->code, (PCRE2_SPTR)subject.ptr, subject.len, at,
			    how | PCRE2_ANCHORED | PCRE2_NO_JIT, data, process.context);
	return found >= 0 ? found : follow_all(regex, subject, at, how, data);
}

static void free_scratch(void)
{
	pcre2_match_context_free(process.context);
	pcre2_match_data_free(process.groups);
	pcre2_match_data_free(process.whole);
	pcre2_match_data_free(process.bounds);
	if (process.jit_stack)
		pcre2_jit_stack_free(process.jit_stack);
	process.context = NULL;
	process.is_swollen = false;
}

static struct regex_span span_of(pcre2_match_data *data)
{
	const size_t *offsets = pcre2_get_ovector_pointer(data);

	/* \K in a look-ahead */
	return (struct regex_span){offsets[0], offsets[1] < offsets[0] ? offsets[0] : offsets[1]};
}

static void read_groups(struct regex_match *match, struct str subject, unsigned n_groups)
{
	const size_t *offsets = pcre2_get_ovector_pointer(process.groups);
	struct regex_span span = span_of(process.groups);
	match->n_groups = n_groups;
	match->start = span.start;
	match->end = span.end;
	for (unsigned i = 0; i < REGEX_GROUPS_MAX; i++) {
		match->group[i] = STR_NONE;
		if (i >= n_groups || offsets[2 * i] == PCRE2_UNSET)
			continue;
		const char *base = subject.ptr ? subject.ptr : "";
		size_t from = offsets[2 * i], to = offsets[2 * i + 1];
		match->group[i] = str_make(base + from, to < from ? 0 : to - from);
	}
}

enum wanted { WANT_TEST, WANT_BOUNDS, WANT_GROUPS };

static pcre2_match_data *data_for(enum wanted wanted)
{
	return wanted == WANT_GROUPS   ? process.groups
	       : wanted == WANT_BOUNDS ? process.bounds
				       : process.whole;
}

/* REGEX_MATCH: the offsets are in data_for(wanted); *n_groups_out tells how many. */
static enum regex_result exec(const struct regex *regex, struct str subject, size_t start,
			      size_t last_start, uint32_t how, enum wanted wanted,
			      unsigned *n_groups_out)
{
	if (start > subject.len)
		return REGEX_NO_MATCH;
	if (process.is_swollen)
		free_scratch();
	if (!process.context)
		make_scratch();
	apply_limits(&regex->limits, last_start);
	pcre2_match_data *data = data_for(wanted);
	bool is_known = regex->past->has_backtracked && is_decidable(regex, subject, start);
	if (is_known)
		limit_matches(DECIDED_MATCH_LIMIT);
	int found = run(regex, subject, start, how, data);
	if (found == PCRE2_ERROR_MATCHLIMIT && is_known)
		apply_limits(&regex->limits, last_start);
	if (found == PCRE2_ERROR_MATCHLIMIT && is_decidable(regex, subject, start))
		found = decide(regex, subject, start, how, data);
	if (found == PCRE2_ERROR_NOMATCH)
		return REGEX_NO_MATCH;
	if (found < 0) {
		log_limit(regex, found);
		return REGEX_LIMIT;
	}
	/* 0: more groups than we have room for */
	*n_groups_out = found ? (unsigned)found : REGEX_GROUPS_MAX;
	return REGEX_MATCH;
}

static enum regex_result exec_groups(const struct regex *regex, struct str subject, size_t start,
				     size_t last_start, uint32_t how, struct regex_match *match_out)
{
	unsigned n_groups;
	enum regex_result result = exec(regex, subject, start, last_start, how,
					match_out ? WANT_GROUPS : WANT_TEST, &n_groups);

	if (result == REGEX_MATCH && match_out)
		read_groups(match_out, subject, n_groups);
	return result;
}

enum regex_result regex_exec(const struct regex *regex, struct str subject, size_t start,
			     struct regex_match *match_out)
{
	return exec_groups(regex, subject, start, PCRE2_UNSET, 0, match_out);
}

enum regex_result regex_exec_next(const struct regex *regex, struct str subject, size_t start,
				  bool last_was_empty, struct regex_match *match_out)
{
	return exec_groups(regex, subject, start, PCRE2_UNSET,
			   last_was_empty ? PCRE2_NOTEMPTY_ATSTART : 0, match_out);
}

enum regex_result regex_exec_between(const struct regex *regex, struct str subject, size_t start,
				     size_t last_start, bool last_was_empty,
				     struct regex_match *match_out)
{
	return start > last_start
		       ? REGEX_NO_MATCH
		       : exec_groups(regex, subject, start, last_start,
				     last_was_empty ? PCRE2_NOTEMPTY_ATSTART : 0, match_out);
}

enum regex_result regex_find_between(const struct regex *regex, struct str subject, size_t start,
				     size_t last_start, bool last_was_empty,
				     struct regex_span *span_out)
{
	unsigned n_groups;
	enum regex_result result;

	if (start > last_start)
		return REGEX_NO_MATCH;
	result = exec(regex, subject, start, last_start,
		      last_was_empty ? PCRE2_NOTEMPTY_ATSTART : 0, WANT_BOUNDS, &n_groups);
	if (result == REGEX_MATCH)
		*span_out = span_of(process.bounds);
	return result;
}

/* --- about a pattern -------------------------------------------------------------------------- */

const struct regex_name_vec *regex_names(const struct regex *regex)
{
	return &regex->names;
}

unsigned regex_group_count(const struct regex *regex)
{
	return regex->n_groups;
}

bool regex_is_anchored(const struct regex *regex)
{
	uint32_t options = 0;

	pcre2_pattern_info(regex->code, PCRE2_INFO_ALLOPTIONS, &options);
	return options & PCRE2_ANCHORED;
}

struct str regex_pattern(const struct regex *regex)
{
	return regex->pattern;
}

size_t regex_size_bytes(const struct regex *regex)
{
	size_t code_bytes = 0, jit_bytes = 0;
	pcre2_pattern_info(regex->code, PCRE2_INFO_SIZE, &code_bytes);
	pcre2_pattern_info(regex->code, PCRE2_INFO_JITSIZE, &jit_bytes);
	return code_bytes + jit_bytes;
}

void regex_quote(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!ascii_is_word((unsigned char)s.ptr[i]))
			buf_add_char(out, '\\');
		buf_add_char(out, s.ptr[i]);
	}
}

const char *regex_library_version(void)
{
	static char version[64];
	if (!version[0])
		pcre2_config(PCRE2_CONFIG_VERSION, version);
	return version;
}
