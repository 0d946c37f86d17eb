/* capture: named groups of rules become tags, and tags stand in other rules' patterns as %{TAG}.
 * See scanning.h. */
#include "rules/pattern.h"
#include "rules/trace.h"

/* Only names in capitals are tags (PerMsgStatus.pm set_captures): A1, FOO_BAR. */
static bool is_tag_name(struct str name)
{
	if (!name.len || !ascii_is_upper((unsigned char)name.ptr[0]) ||
	    name.ptr[name.len - 1] == '_')
		return false;
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.ptr[i];
		bool doubled = c == '_' && name.ptr[i - 1] == '_';
		if ((!ascii_is_upper(c) && !ascii_is_digit(c) && c != '_') || doubled)
			return false;
	}
	return true;
}

void capture_add(struct scan *scan, struct captures *captures, const struct regex *regex,
		 const struct regex_match *match)
{
	const struct regex_name_vec *names = regex_names(regex);
	for (size_t i = 0; i < names->n; i++) {
		const struct regex_name *name = &names->items[i];
		if (name->group >= REGEX_GROUPS_MAX || !match->group[name->group].len ||
		    !is_tag_name(name->name))
			continue;
		if (!captures->values)
			captures->values = map_new(scan->arena);
		struct str_vec *list = map_find(captures->values, name->name);
		if (!list) {
			list = ARENA_NEW(scan->arena, struct str_vec);
			map_put(captures->values, name->name, list);
		}
		if (!str_vec_has(list, match->group[name->group]))
			vec_push(scan->arena, list,
				 arena_str(scan->arena, match->group[name->group]));
	}
}

void capture_publish(struct scan *scan, const struct captures *captures)
{
	const struct map_entry *entry;
	for (size_t cursor = 0;
	     captures->values && (entry = map_next(captures->values, &cursor)) != NULL;) {
		map_put(scan->tags, entry->key, entry->value);
		trace_tag(scan, entry->key, entry->value);
	}
}

static bool has_value(const struct str_vec *values)
{
	for (size_t i = 0; values && i < values->n; i++)
		if (values->items[i].len)
			return true;
	return false;
}

static bool has_all_tags(const struct scan *scan, const struct pattern *pattern)
{
	for (size_t i = 0; i < pattern->needs.n; i++)
		if (!has_value(map_find(scan->tags, pattern->needs.items[i])))
			return false;
	return true;
}

/*
 * Perl compiles the match of every rule but those over the full message once for each process (the
 * o flag of Plugin/Check.pm's generated code), so that the values of the first message stand in the
 * pattern until the child is replaced. Those who compare logs want the same hits, so it is the same
 * here.
 */
static const struct regex *keep_first(struct scan *scan, const struct rule *rule)
{
	struct kept_patterns *kept = scan->tables->kept;
	if (!kept->arena)
		kept->arena = arena_new("captured patterns", 0);
	if (!kept->of[rule->id])
		kept->of[rule->id] = pattern_with_tags(kept->arena, rule->pattern, scan->tags);
	return kept->of[rule->id];
}

static bool keeps_first(const struct scan *scan, const struct rule *rule)
{
	return scan->tables->kept && rule->view != VIEW_FULL;
}

bool capture_regex(struct scan *scan, const struct rule *rule, bool has_text, bool will_match,
		   const struct regex **regex_out)
{
	*regex_out = rule->pattern->regex;
	if (!rule->pattern->needs.n)
		return true;
	if (!has_all_tags(scan, rule->pattern))
		return false;
	if (keeps_first(scan, rule) ? !has_text : !will_match)
		return true;
	*regex_out = keeps_first(scan, rule)
			     ? keep_first(scan, rule)
			     : pattern_with_tags(scan->arena, rule->pattern, scan->tags);
	return *regex_out != NULL;
}
