/* prefilter: see prefilter.h. */
#include "rules/prefilter.h"

#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/base/profile.h"

enum { NO_SLOT = 0 };
#define ALL_LINES UINT32_MAX

/* What the prefilter knows of one rule. */
struct slot {
	const struct pattern *pattern; /* whose factors are looked for */
	unsigned times;
	uint32_t end_min, end_max; /* as in struct factors */
	uint32_t line;             /* the only one it is for, or ALL_LINES */
	unsigned rule_id;
};
VEC_OF(slot_vec, struct slot);

struct prefilter {
	struct multiscan *multiscan; /* its ids are slots */
	struct slot_vec slots;       /* the first one is nobody's */
	uint16_t *where_of;      /* line → its bit for the scanner; 0: nothing is looked for in
				    it; NULL: everything, in all lines */
	size_t n_lines;          /* in where_of */
	const uint32_t *slot_of; /* rule id → slot */
	uint8_t *excludable;     /* by rule id: 1 when it cannot match where nothing is found */
	size_t n_rules;
};

/* Where one rule is worth trying, as far as it is known. */
struct found {
	struct place *places;
	uint32_t n, cap;
	/* in the last line that has any: how many, and the offsets of their ends */
	uint32_t line, times, first_end, last_end;
};

struct candidates {
	const struct prefilter *prefilter;
	struct found *found; /* by slot, if is_found */
	bool *is_found;      /* by slot: anything of it */
	uint8_t *excluded;   /* by rule id */
	struct arena *arena;
	uint32_t line; /* that is searched now */
};

enum prefilter_mode prefilter_mode(void)
{
	const char *mode = getenv("WHORL_PREFILTER");

	if (!mode)
		return PREFILTER_ON;
	return strcmp(mode, "off") == 0     ? PREFILTER_OFF
	       : strcmp(mode, "check") == 0 ? PREFILTER_CHECK
					    : PREFILTER_ON;
}

/* --- building --------------------------------------------------------------------------------- */

static bool is_wide(const struct rule *rule)
{
	const struct multiscan_sequence_vec *any = &rule->pattern->factors->any;

	for (size_t i = 0; i < any->n; i++)
		if (multiscan_is_wide(&any->items[i]))
			return true;
	return false;
}

/*
 * Whether the passes over the texts of the view pay. One takes some 2 ns for each byte, a pattern
 * tried everywhere about as much; but where each rule is for one header of many, it is tried on a
 * small part of what the pass goes over.
 */
static bool pays(const struct rule_vec *rules, bool wide, bool by_line)
{
	size_t n = 0;

	for (size_t i = 0; i < rules->n; i++)
		n += rules->items[i]->pattern->factors && is_wide(rules->items[i]) == wide;
	return n >= (by_line ? 64 : 8);
}

static bool has_slot(const struct prefilter *prefilter, const struct rule *rule,
		     const bool *does_pay)
{
	return rule->pattern->factors && rule->id < prefilter->n_rules && does_pay[is_wide(rule)];
}

static uint32_t line_with_most(const uint32_t *n_sequences, size_t n_lines)
{
	uint32_t most = 0;

	for (uint32_t line = 1; line < n_lines; line++)
		if (n_sequences[line] > n_sequences[most])
			most = line;
	return most;
}

/* The scanner tells few kinds of texts apart: lines that much is looked for in have a bit each,
 * others share the last one. */
static void tell_lines_apart(struct arena *arena, struct prefilter *prefilter,
			     const struct rule_vec *rules, const uint32_t *line_of,
			     const bool *does_pay)
{
	uint32_t *n_sequences;

	for (size_t i = 0; i < rules->n; i++)
		if (has_slot(prefilter, rules->items[i], does_pay) &&
		    line_of[rules->items[i]->id] >= prefilter->n_lines)
			prefilter->n_lines = line_of[rules->items[i]->id] + 1;
	prefilter->where_of = ARENA_ARRAY(arena, uint16_t, prefilter->n_lines + 1);
	n_sequences = ARENA_ARRAY(arena, uint32_t, prefilter->n_lines + 1);
	for (size_t i = 0; i < rules->n; i++)
		if (has_slot(prefilter, rules->items[i], does_pay))
			n_sequences[line_of[rules->items[i]->id]] +=
				(uint32_t)rules->items[i]->pattern->factors->any.n;
	for (size_t i = 0; i < prefilter->n_lines; i++) {
		uint32_t line = line_with_most(n_sequences, prefilter->n_lines);
		size_t bit = i < MULTISCAN_PLACES ? i : MULTISCAN_PLACES - 1;
		if (n_sequences[line])
			prefilter->where_of[line] = (uint16_t)(1u << bit);
		n_sequences[line] = 0;
	}
}

static void add_rule(struct arena *arena, struct prefilter *prefilter, uint32_t *slot_of,
		     struct multiscan_sequence_vec *sequences, const struct rule *rule,
		     uint32_t line)
{
	const struct factors *factors = rule->pattern->factors;
	struct slot slot = {rule->pattern,    factors->times, factors->end_min,
			    factors->end_max, line,           rule->id};

	slot_of[rule->id] = (uint32_t)prefilter->slots.n;
	for (size_t i = 0; i < factors->any.n; i++) {
		struct multiscan_sequence sequence = factors->any.items[i];
		sequence.id = slot_of[rule->id];
		sequence.where =
			line == ALL_LINES ? MULTISCAN_EVERYWHERE : prefilter->where_of[line];
		vec_push(arena, sequences, sequence);
	}
	vec_push(arena, &prefilter->slots, slot);
}

struct prefilter *prefilter_make(struct arena *arena, const struct rule_vec *rules, size_t n_rules,
				 const uint32_t *line_of, const bool *empty_is_miss)
{
	struct prefilter *prefilter = ARENA_NEW(arena, struct prefilter);
	struct multiscan_sequence_vec sequences = {0};
	struct slot nobody = {NULL, 1, 0, RE_INFINITE, ALL_LINES, 0};
	uint32_t *slot_of = ARENA_ARRAY(arena, uint32_t, n_rules + 1);
	bool does_pay[2] = {pays(rules, false, line_of != NULL),
			    pays(rules, true, line_of != NULL)};

	vec_push(arena, &prefilter->slots, nobody);
	prefilter->slot_of = slot_of;
	prefilter->n_rules = n_rules;
	prefilter->excludable = ARENA_ARRAY(arena, uint8_t, n_rules + 1);
	if (line_of)
		tell_lines_apart(arena, prefilter, rules, line_of, does_pay);
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = rules->items[i];
		if (!has_slot(prefilter, rule, does_pay))
			continue;
		add_rule(arena, prefilter, slot_of, &sequences, rule,
			 line_of ? line_of[rule->id] : ALL_LINES);
		prefilter->excludable[rule->id] = !rule->negate && !rule->pattern->needs.n &&
						  (!empty_is_miss || empty_is_miss[rule->id]);
	}
	if (sequences.n)
		prefilter->multiscan = multiscan_new(arena, &sequences);
	return prefilter;
}

/* --- searching -------------------------------------------------------------------------------- */

static void add_place(struct arena *arena, struct found *found, struct place place)
{
	if (found->n == found->cap) {
		uint32_t cap = found->cap ? found->cap * 2 : 4;
		found->places = arena_grow(arena, found->places, found->cap * sizeof place,
					   cap * sizeof place);
		found->cap = cap;
	}
	found->places[found->n++] = place;
}

/* Where matches with what was found in the line begin. */
static struct place place_of(const struct slot *slot, const struct found *found)
{
	struct place place = {.line = found->line};

	if (found->first_end > slot->end_max)
		place.from = found->first_end - slot->end_max;
	if (found->last_end > slot->end_min)
		place.to = found->last_end - slot->end_min;
	return place;
}

static void count(struct found *found, uint32_t line, uint32_t end)
{
	if (line != found->line || !found->times) {
		found->line = line;
		found->times = 0;
		found->first_end = found->last_end = end;
	}
	found->times++;
	if (end < found->first_end)
		found->first_end = end;
	if (end > found->last_end)
		found->last_end = end;
}

static void note(void *data, unsigned id, size_t end)
{
	struct candidates *candidates = data;
	const struct slot *slot = &candidates->prefilter->slots.items[id];
	struct found *found = &candidates->found[id];

	if (slot->line != ALL_LINES && slot->line != candidates->line)
		return;
	if (!candidates->is_found[id]) {
		candidates->is_found[id] = true;
		*found = (struct found){0};
	}
	count(found, candidates->line, (uint32_t)end);
	if (found->times == slot->times) {
		candidates->excluded[slot->rule_id] = 0;
		add_place(candidates->arena, found, place_of(slot, found));
	} else if (found->times > slot->times) {
		found->places[found->n - 1] = place_of(slot, found);
	}
}

static void search_lines(struct candidates *candidates, const struct str *lines, size_t n_lines)
{
	const struct prefilter *prefilter = candidates->prefilter;
	uint16_t where = MULTISCAN_EVERYWHERE;

	if (prefilter->where_of && n_lines > prefilter->n_lines)
		n_lines = prefilter->n_lines;
	for (size_t i = 0; i < n_lines; i++) {
		if (prefilter->where_of)
			where = prefilter->where_of[i];
		candidates->line = (uint32_t)i;
		if (where)
			multiscan_run(prefilter->multiscan, lines[i], where, note, candidates);
	}
}

/* Offsets are of 32 bits. */
static bool are_too_long(const struct str *lines, size_t n_lines)
{
	for (size_t i = 0; i < n_lines; i++)
		if (lines[i].len >= UINT32_MAX)
			return true;
	return n_lines >= ALL_LINES;
}

static struct candidates *find_candidates(struct arena *scan, const struct prefilter *prefilter,
					  const struct str *lines, size_t n_lines)
{
	struct candidates *candidates = ARENA_NEW(scan, struct candidates);

	if (!prefilter->multiscan)
		return candidates;
	if (are_too_long(lines, n_lines))
		return candidates; /* everything is tried */
	candidates->arena = scan;
	candidates->prefilter = prefilter;
	candidates->found = arena_alloc(scan, prefilter->slots.n * sizeof *candidates->found);
	candidates->is_found = ARENA_ARRAY(scan, bool, prefilter->slots.n);
	candidates->excluded = arena_alloc(scan, prefilter->n_rules + 1);
	memcpy(candidates->excluded, prefilter->excludable, prefilter->n_rules + 1);
	search_lines(candidates, lines, n_lines);
	return candidates;
}

struct candidates *prefilter_scan(struct arena *scan, const struct prefilter *prefilter,
				  const struct str *lines, size_t n_lines)
{
	struct profile_mark mark = profile_enter(PROFILE_PREFILTER);
	struct candidates *candidates = find_candidates(scan, prefilter, lines, n_lines);

	profile_leave(mark);
	return candidates;
}

struct place_list candidates_of(const struct candidates *candidates, unsigned rule_id,
				const struct pattern *pattern)
{
	const struct prefilter *prefilter = candidates->prefilter;
	uint32_t slot =
		prefilter && rule_id < prefilter->n_rules ? prefilter->slot_of[rule_id] : NO_SLOT;

	if (slot == NO_SLOT || prefilter->slots.items[slot].pattern != pattern)
		return (struct place_list){true, NULL, 0};
	if (!candidates->is_found[slot])
		return (struct place_list){false, NULL, 0};
	return (struct place_list){false, candidates->found[slot].places,
				   candidates->found[slot].n};
}

const uint8_t *candidates_excluded(const struct candidates *candidates)
{
	return candidates->excluded;
}

bool place_list_has(const struct place_list *list, size_t line, size_t start)
{
	if (list->all)
		return true;
	for (size_t i = 0; i < list->n; i++)
		if (list->places[i].line == line)
			return list->places[i].from <= start && start <= list->places[i].to;
	return false;
}
