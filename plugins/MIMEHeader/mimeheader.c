/* MIMEHeader: rules over the headers of every part (SpamAssassin's Plugin/MIMEHeader.pm). */
#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/base/number.h"
#include "lib/base/pairs.h"
#include "plugins/plugin.h"

/* All rules share what is known of a message. */
static const char slot_key;

enum { PARTS_MAX = 1000, HITS_MAX = 1000 };

struct mime_rule {
	struct str header; /* without ":raw" */
	bool raw, negate;
	struct str if_unset;
	struct pattern *pattern;
	struct str needs;              /* what is in every value that it matches, in any case */
	const struct factors *factors; /* that says so; the pattern has others: it does not */
};

/* What tflags say: which parts, how often. */
struct mime_limits {
	size_t first, last; /* part numbers from 1 */
	unsigned max_hits;
	bool concat;
};

/* What one header says in each part, for the rules that read it alike. */
struct reading {
	const struct mime_rule *rule; /* the first of them */
	struct value {
		struct str text;
		struct pairs pairs;
	} * values; /* by part */
};

/* Of one message. */
struct facts {
	struct part_vec parts;
	VEC_OF(, struct reading) readings;
};

/* --- the value of a part --- */

static void add_line_end(struct buf *out)
{
	if (out->len == 0 || out->ptr[out->len - 1] != '\n')
		buf_add_char(out, '\n');
}

static struct str all_headers(struct arena *arena, const struct part *part, bool raw)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < part->headers.list.n; i++) {
		const struct header *header = &part->headers.list.items[i];

		buf_add_str(&out, header->name);
		buf_add_cstr(&out, raw ? ":" : ": ");
		buf_add_str(&out, raw ? header->raw : header->decoded);
		add_line_end(&out);
	}
	return buf_str(&out);
}

static struct str part_value(struct arena *arena, const struct mime_rule *rule,
			     const struct part *part)
{
	const struct header_index *index;
	const struct header *header;
	struct buf out;

	if (str_eq_c(rule->header, "ALL"))
		return all_headers(arena, part, rule->raw);
	index = headers_find(&part->headers, rule->header);
	if (!index || index->at.n == 0)
		return rule->if_unset;
	header = &part->headers.list.items[index->at.items[index->at.n - 1]];
	if (rule->raw)
		return header->raw;
	buf_init(&out, arena);
	buf_add_str(&out, header->decoded);
	buf_add_char(&out, '\n');
	return buf_str(&out);
}

static bool reads_alike(const struct mime_rule *a, const struct mime_rule *b)
{
	return a->raw == b->raw && str_eq(a->header, b->header) && str_eq(a->if_unset, b->if_unset);
}

static struct facts *facts_of(struct scan *scan)
{
	void **slot = scan_plugin_slot(scan, &slot_key);
	struct facts *facts = *slot;

	if (!facts) {
		*slot = facts = ARENA_NEW(scan_arena(scan), struct facts);
		message_parts(scan_arena(scan), scan_mail(scan)->message, false, &facts->parts);
	}
	return facts;
}

/* By part. */
static const struct value *values_of(struct scan *scan, struct facts *facts,
				     const struct mime_rule *rule)
{
	struct reading reading = {.rule = rule};

	for (size_t i = 0; i < facts->readings.n; i++)
		if (reads_alike(facts->readings.items[i].rule, rule))
			return facts->readings.items[i].values;
	reading.values = ARENA_ARRAY(scan_arena(scan), struct value, facts->parts.n + 1);
	for (size_t i = 0; i < facts->parts.n; i++) {
		struct str text = part_value(scan_arena(scan), rule, facts->parts.items[i]);
		reading.values[i] = (struct value){text, pairs_of(text)};
	}
	vec_push(scan_arena(scan), &facts->readings, reading);
	return reading.values;
}

/* --- matching --- */

/* Values of named groups, by name in order of first capture. */
struct captured {
	struct str name;
	struct str_vec values;
};
VEC_OF(captured_vec, struct captured);

/* [A-Z][A-Z0-9]* in pieces joined by "_", as tags are called. */
static bool is_tag_name(struct str name)
{
	if (!name.len || !ascii_is_upper((unsigned char)name.ptr[0]) ||
	    name.ptr[name.len - 1] == '_' || str_contains(name, "__"))
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (ascii_is_lower((unsigned char)name.ptr[i]))
			return false;
	return true;
}

static struct captured *captured_find(struct arena *arena, struct captured_vec *all,
				      struct str name)
{
	struct captured fresh = {.name = name};

	for (size_t i = 0; i < all->n; i++)
		if (str_eq(all->items[i].name, name))
			return &all->items[i];
	vec_push(arena, all, fresh);
	return &all->items[all->n - 1];
}

static void capture(struct arena *arena, const struct regex *regex, const struct regex_match *match,
		    struct captured_vec *all)
{
	const struct regex_name_vec *names = regex_names(regex);

	for (size_t i = 0; i < names->n; i++) {
		unsigned group = names->items[i].group;
		struct str value = group < match->n_groups ? match->group[group] : STR_NONE;
		if (!value.len || !is_tag_name(names->items[i].name))
			continue;
		struct captured *captured = captured_find(arena, all, names->items[i].name);
		if (!str_vec_has(&captured->values, value))
			vec_push(arena, &captured->values, value);
	}
}

static void publish(struct scan *scan, const struct captured_vec *all)
{
	for (size_t i = 0; i < all->n; i++) {
		const char *tag = arena_cstr(scan_arena(scan), all->items[i].name);
		for (size_t j = 0; j < all->items[i].values.n; j++)
			(j ? scan_tag_add : scan_tag_set)(scan, tag, all->items[i].values.items[j]);
	}
}

/* "range=2-5", "range=-5", "range=2-", "range=2"; another word says nothing. */
static void read_range(struct str text, struct mime_limits *limits)
{
	size_t dash = str_find_char(text, '-');
	struct str low = str_sub(text, 0, dash), high = STR_NONE;
	uint64_t first = limits->first, last = limits->last;

	if (dash != STR_NOT_FOUND)
		high = str_from_at(text, dash + 1);
	if ((low.len && !number_u64(low, &first)) || (high.len && !number_u64(high, &last)))
		return;
	limits->first = (size_t)first;
	limits->last = (size_t)(dash == STR_NOT_FOUND ? first : last);
}

static struct mime_limits limits_of(const struct rule *rule)
{
	struct mime_limits limits = {0, PARTS_MAX, rule->flags & RULE_MULTIPLE ? HITS_MAX : 1,
				     false};
	struct str rest = rule->tflags, word;

	while (str_word_next(&rest, &word)) {
		if (str_has_prefix(word, "range="))
			read_range(str_from_at(word, 6), &limits);
		limits.concat |= str_eq_c(word, "concat");
	}
	if (rule->max_hits)
		limits.max_hits = rule->max_hits;
	return limits;
}

static void tell_hit(const struct eval_call *call, const struct regex_match *match, size_t part)
{
	if (part)
		log_debug("mimeheader", "ran rule %.*s ======> got hit: \"%.*s\" (part %zu)",
			  STR_ARG(call->rule->name), STR_ARG(match->group[0]), part);
	else
		log_debug("mimeheader", "ran rule %.*s ======> got hit: \"%.*s\" (concat)",
			  STR_ARG(call->rule->name), STR_ARG(match->group[0]));
}

/* part: its number, 0 for all together */
static bool try_value(struct scan *scan, const struct eval_call *call, struct str value,
		      unsigned max, size_t part)
{
	const struct regex *regex = ((const struct mime_rule *)call->data)->pattern->regex;
	struct captured_vec captured = {0};
	struct regex_match match;
	bool was_empty = false;
	unsigned n = 0;

	for (size_t at = 0;
	     n < max && regex_exec_next(regex, value, at, was_empty, &match) == REGEX_MATCH; n++) {
		capture(scan_arena(scan), regex, &match, &captured);
		scan_hit_plain(scan, call->rule);
		tell_hit(call, &match, part);
		was_empty = match.end == match.start;
		at = match.end;
	}
	publish(scan, &captured);
	return n > 0;
}

static bool may_match(const struct mime_rule *rule, const struct value *value)
{
	return rule->factors != rule->pattern->factors ||
	       pairs_may_have(&value->pairs, rule->needs);
}

static int run(struct scan *scan, const struct eval_call *call)
{
	const struct mime_rule *rule = call->data;
	struct mime_limits limits = limits_of(call->rule);
	struct buf all;

	/* A negated rule hits whatever the headers are; so it does in SpamAssassin 4.0.1. */
	if (rule->negate) {
		log_debug("mimeheader", "ran rule %.*s ======> got hit: \"<negative match>\"",
			  STR_ARG(call->rule->name));
		return 1;
	}
	buf_init(&all, scan_arena(scan));
	struct facts *facts = facts_of(scan);
	const struct value *values = values_of(scan, facts, rule);
	for (size_t i = 0; i < facts->parts.n && i < limits.last; i++) {
		struct str value = values[i].text;

		if (i + 1 < limits.first)
			continue;
		if (limits.concat) {
			buf_add_str(&all, value);
			add_line_end(&all);
		} else if (may_match(rule, &values[i]) &&
			   try_value(scan, call, value, limits.max_hits, i + 1)) {
			return 0;
		}
	}
	if (limits.concat)
		try_value(scan, call, buf_str(&all), limits.max_hits, 0);
	return 0;
}

static const struct eval_def eval = {"check_mimeheader", NULL, run};

/* --- mimeheader NAME HEADER[:raw] =~ /re/ [if-unset: X] --- */

static struct str take_if_unset(struct str *pattern)
{
	size_t at = str_find(*pattern, STR_LIT("[if-unset:"));
	struct str value;

	if (at == STR_NOT_FOUND || at == 0 || pattern->ptr[pattern->len - 1] != ']' ||
	    !ascii_is_space((unsigned char)pattern->ptr[at - 1]))
		return STR_NONE;
	value = str_from_at(*pattern, at + 10);
	value.len--;
	*pattern = str_trim_right(str_sub(*pattern, 0, at));
	return str_trim_left(value);
}

/* "Content-Type:raw =~ /re/"; false when it is not of that shape */
static bool split_line(struct str text, struct mime_rule *rule, struct str *pattern)
{
	size_t end = 0, colon;

	while (end < text.len && !ascii_is_space((unsigned char)text.ptr[end]) &&
	       text.ptr[end] != '=' && text.ptr[end] != '!')
		end++;
	rule->header = str_sub(text, 0, end);
	text = str_trim_left(str_from_at(text, end));
	if (!str_has_prefix(text, "=~") && !str_has_prefix(text, "!~"))
		return false;
	rule->negate = text.ptr[0] == '!';
	*pattern = str_trim_left(str_from_at(text, 2));
	colon = str_find_char(rule->header, ':');
	if (colon != STR_NOT_FOUND) {
		struct str modifier = str_from_at(rule->header, colon + 1);

		rule->raw = str_eq_c(modifier, "raw");
		if (modifier.len && !rule->raw)
			return false;
		rule->header = str_sub(rule->header, 0, colon);
	}
	return rule->header.len && pattern->len;
}

static bool is_rule_name(struct str name)
{
	if (name.len == 0 || name.len > 128 || ascii_is_digit((unsigned char)name.ptr[0]))
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!ascii_is_word((unsigned char)name.ptr[i]))
			return false;
	return true;
}

static enum keyword_result mimeheader(struct keyword_line *line)
{
	struct mime_rule *rule = ARENA_NEW(line->arena, struct mime_rule);
	struct str rest = line->value, name, pattern;

	if (!str_word_next(&rest, &name) || !is_rule_name(name))
		return KEYWORD_INVALID_VALUE;
	rest = str_trim(rest);
	if (!split_line(rest, rule, &pattern))
		return KEYWORD_INVALID_VALUE;
	rule->header = arena_str(line->arena, rule->header);
	rule->if_unset = arena_str(line->arena, take_if_unset(&pattern));
	if (pattern_parse_plain(line->arena, pattern, &rule->pattern, &line->why) != STATUS_OK) {
		keyword_diag(line, DIAG_INFO, "mimeheader: invalid regexp for %.*s '%.*s': %s",
			     STR_ARG(name), STR_ARG(pattern), line->why.text);
		return KEYWORD_INVALID_VALUE;
	}
	rule->needs = pattern_literal(line->arena, rule->pattern);
	rule->factors = rule->pattern->factors;
	conf_add_eval_rule(line, name, VIEW_BODY, &eval, line->target, rule);
	return KEYWORD_OK;
}

static const struct keyword_def keywords[] = {
	{"mimeheader", NULL, WHO_PRIVILEGED, KEYWORD_CUSTOM, 0, mimeheader},
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};

static const char *const methods[] = {"has_all_header",    "has_tflags_range",
				      "has_tflags_concat", "has_tflags_multiple",
				      "has_capture_rules", NULL};

const struct plugin_def plugin_mimeheader = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::MIMEHeader",
	.keywords = keywords,
	.methods = methods,
};
