/* match_tables: what is made for match.c when rules are loaded: prefilters, and which rules read
 * the same header. */
#include "lib/base/map.h"
#include "rules/scanning.h"

static struct str key_of(struct arena *arena, const struct header_spec *spec)
{
	return arena_printf(arena, "%d %u %.*s", (int)spec->kind, spec->mods, STR_ARG(spec->name));
}

static bool is_header_rule(const struct rule *rule)
{
	return rule->kind == RULE_HEADER && (rule->pattern || rule->exists);
}

static void add_header(struct arena *arena, struct scan_tables *tables, struct map *known,
		       struct rule *rule)
{
	struct str key = key_of(arena, &rule->header);
	uint32_t *at = map_find(known, key);
	if (!at) {
		at = ARENA_NEW(arena, uint32_t);
		*at = (uint32_t)tables->headers.n;
		vec_push(arena, &tables->headers, rule);
		map_put(known, key, at);
	}
	tables->header_of[rule->id] = *at;
}

/* What a rule sees of a missing header is the same for every mail. */
static bool is_miss(const struct rule *rule)
{
	struct str text = rule->has_if_unset ? rule->if_unset : STR_LIT("");
	return rule->pattern && rule->pattern->regex &&
	       regex_test(rule->pattern->regex, text) == rule->negate;
}

static void find_headers(struct arena *arena, const struct ruleset *ruleset,
			 struct scan_tables *tables)
{
	struct map *known = map_new(arena);
	tables->header_of = ARENA_ARRAY(arena, uint32_t, ruleset->rules.n + 1);
	tables->unset_is_miss = ARENA_ARRAY(arena, bool, ruleset->rules.n + 1);
	for (size_t i = 0; i < ruleset->rules.n; i++) {
		struct rule *rule = ruleset->rules.items[i];
		if (!is_header_rule(rule))
			continue;
		add_header(arena, tables, known, rule);
		tables->unset_is_miss[rule->id] = is_miss(rule);
	}
}

void match_tables_make(struct arena *arena, const struct ruleset *ruleset,
		       struct scan_tables *tables)
{
	tables->mode = prefilter_mode();
	find_headers(arena, ruleset, tables);
	for (int view = 0; view < VIEW_COUNT; view++) {
		struct rule_vec rules = {0};
		for (size_t i = 0; i < ruleset->rules.n; i++) {
			struct rule *rule = ruleset->rules.items[i];
			if (rule->pattern && rule->view == (enum rule_view)view)
				vec_push(arena, &rules, rule);
		}
		tables->prefilters[view] =
			view == VIEW_HEADER
				? prefilter_make(arena, &rules, tables->n_rules, tables->header_of,
						 tables->unset_is_miss)
				: prefilter_make(arena, &rules, tables->n_rules, NULL, NULL);
	}
}
