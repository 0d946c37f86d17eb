/* One pass over the lines finds all literals of all rules: by a table of three-byte beginnings,
 * each hit compared in full. */
#include "rules/prefilter.h"

#include <stdlib.h>

#include "lib/base/map.h"

enum { TABLE_BITS = 16, TABLE_SIZE = 1 << TABLE_BITS };

VEC_OF(rule_id_vec, unsigned);

struct literal {
	struct str text; /* lower case */
	struct rule_id_vec rules;
	unsigned bucket;
	struct literal *next; /* of the bucket */
};

struct prefilter {
	uint8_t used[TABLE_SIZE / 8]; /* which buckets have literals */
	struct literal *buckets[TABLE_SIZE];
	const struct pattern *
		*patterns; /* rule id → the pattern whose literals are here, or NULL */
	size_t n_rules;
};

/* Lines of one rule. */
struct line_vec {
	uint32_t *items;
	size_t n, cap;
};

struct candidates {
	const struct prefilter *prefilter;
	struct line_vec *lines; /* by rule id */
};

static unsigned bucket_of(const unsigned char *text)
{
	unsigned key = text[0] | (unsigned)text[1] << 8 | (unsigned)text[2] << 16;

	return key * 2654435761u >> (32 - TABLE_BITS);
}

/* --- building --- */

static void add_literal(struct arena *arena, struct prefilter *prefilter, struct map *known,
			struct str text, unsigned rule_id)
{
	struct literal *literal = map_find(known, text);

	if (!literal) {
		literal = ARENA_NEW(arena, struct literal);
		literal->text = text;
		literal->bucket = bucket_of((const unsigned char *)text.ptr);
		literal->next = prefilter->buckets[literal->bucket];
		prefilter->buckets[literal->bucket] = literal;
		prefilter->used[literal->bucket >> 3] |= (uint8_t)(1u << (literal->bucket & 7));
		map_put(known, text, literal);
	}
	vec_push(arena, &literal->rules, rule_id);
}

struct prefilter *prefilter_make(struct arena *arena, const struct rule_vec *rules, size_t n_rules)
{
	struct prefilter *prefilter = ARENA_NEW(arena, struct prefilter);
	struct map *known = map_new(arena);

	prefilter->n_rules = n_rules;
	prefilter->patterns = ARENA_ARRAY(arena, const struct pattern *, n_rules);
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = rules->items[i];
		const struct str_vec *literals = rule->pattern->literals;

		if (!literals || rule->id >= n_rules)
			continue;
		prefilter->patterns[rule->id] = rule->pattern;
		for (size_t n = 0; n < literals->n; n++)
			add_literal(arena, prefilter, known, literals->items[n], rule->id);
	}
	return prefilter;
}

/* --- searching --- */

static void note(struct arena *scan, struct candidates *candidates, const struct literal *literal,
		 uint32_t line)
{
	for (size_t i = 0; i < literal->rules.n; i++) {
		struct line_vec *lines = &candidates->lines[literal->rules.items[i]];

		if (!lines->n || lines->items[lines->n - 1] != line)
			vec_push(scan, lines, line);
	}
}

static void search(struct arena *scan, struct candidates *candidates, struct str text,
		   uint32_t line)
{
	const struct prefilter *prefilter = candidates->prefilter;
	const unsigned char *bytes = (const unsigned char *)text.ptr;

	for (size_t at = 0; at + 2 < text.len; at++) {
		unsigned bucket = bucket_of(bytes + at);

		if (!(prefilter->used[bucket >> 3] >> (bucket & 7) & 1))
			continue;
		for (const struct literal *literal = prefilter->buckets[bucket]; literal;
		     literal = literal->next)
			if (literal->text.len <= text.len - at &&
			    memcmp(literal->text.ptr, bytes + at, literal->text.len) == 0)
				note(scan, candidates, literal, line);
	}
}

struct candidates *prefilter_scan(struct arena *scan, const struct prefilter *prefilter,
				  const struct str *lines, size_t n_lines)
{
	struct candidates *candidates = ARENA_NEW(scan, struct candidates);

	/* WHORL_NO_PREFILTER in the environment: every rule is tried everywhere, to compare results
	 */
	if (getenv("WHORL_NO_PREFILTER") || n_lines > UINT32_MAX)
		return candidates;
	candidates->prefilter = prefilter;
	candidates->lines = ARENA_ARRAY(scan, struct line_vec, prefilter->n_rules);
	for (size_t i = 0; i < n_lines; i++)
		search(scan, candidates, arena_lower(scan, lines[i]), (uint32_t)i);
	return candidates;
}

struct line_list candidates_of(const struct candidates *candidates, unsigned rule_id,
			       const struct pattern *pattern)
{
	const struct prefilter *prefilter = candidates->prefilter;

	if (!prefilter || rule_id >= prefilter->n_rules || prefilter->patterns[rule_id] != pattern)
		return (struct line_list){true, NULL, 0};
	return (struct line_list){false, candidates->lines[rule_id].items,
				  candidates->lines[rule_id].n};
}
