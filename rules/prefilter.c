/* prefilter: see prefilter.h. The texts of a view are folded and laid one behind the other, so that
 * there is one pass for all. */
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
	const uint32_t *slot_of;     /* rule id → slot */
	uint8_t *excludable;         /* by rule id: 1 when it cannot match where nothing is found */
	size_t n_rules;
};

/* Where one rule is worth trying, as far as it is known. */
struct found {
	struct place *places;
	uint32_t n, cap;
	/* in the line that is read now: how many, and the offsets of their ends */
	uint32_t line, times, first_end, last_end;
};

struct candidates {
	const struct prefilter *prefilter;
	struct found *found; /* by slot */
	uint8_t *excluded;   /* by rule id */
	struct arena *arena;
	size_t *starts; /* line → offset in the texts joined; one more at the end */
	size_t n_lines, line;
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
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = rules->items[i];
		if (!rule->pattern->factors || rule->id >= n_rules || !does_pay[is_wide(rule)])
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

static void insert(struct arena *arena, struct found *found, uint32_t at, struct place place)
{
	if (found->n == found->cap) {
		uint32_t cap = found->cap ? found->cap * 2 : 4;
		found->places = arena_grow(arena, found->places, found->cap * sizeof place,
					   cap * sizeof place);
		found->cap = cap;
	}
	memmove(found->places + at + 1, found->places + at, (found->n - at) * sizeof place);
	found->places[at] = place;
	found->n++;
}

/* The place in its line, in full when it is in the list already. */
static void add_place(struct arena *arena, struct found *found, struct place place)
{
	uint32_t at = found->n;

	while (at > 0 && found->places[at - 1].line > place.line)
		at--;
	if (at > 0 && found->places[at - 1].line == place.line)
		found->places[at - 1] = (struct place){place.line, 0, UINT32_MAX};
	else
		insert(arena, found, at, place);
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

/* The line with the byte in front of end. */
static uint32_t line_at(struct candidates *candidates, size_t end)
{
	const size_t *starts = candidates->starts;
	size_t low = 0, high = candidates->n_lines - 1, line = candidates->line;

	if (starts[line] < end && end <= starts[line + 1])
		return (uint32_t)line;
	while (low < high) {
		size_t middle = (low + high + 1) / 2;
		if (starts[middle] < end)
			low = middle;
		else
			high = middle - 1;
	}
	candidates->line = low;
	return (uint32_t)low;
}

static void count(struct found *found, uint32_t line, uint32_t end)
{
	if (line > found->line || !found->times) {
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

/* Occurrences need not come in order; what comes late is not worth counting. */
static void note(void *data, unsigned id, size_t end)
{
	struct candidates *candidates = data;
	const struct slot *slot = &candidates->prefilter->slots.items[id];
	struct found *found = &candidates->found[id];
	uint32_t line = line_at(candidates, end);

	if (slot->line != ALL_LINES && slot->line != line)
		return;
	if (found->times && line < found->line) {
		candidates->excluded[slot->rule_id] = 0;
		add_place(candidates->arena, found, (struct place){line, 0, UINT32_MAX});
		return;
	}
	count(found, line, (uint32_t)(end - candidates->starts[line]));
	if (found->times == slot->times) {
		candidates->excluded[slot->rule_id] = 0;
		insert(candidates->arena, found, found->n, place_of(slot, found));
	} else if (found->times > slot->times) {
		found->places[found->n - 1] = place_of(slot, found);
	}
}

/* Eight bytes in lower case: 0x20 is added where all of the high bit is from an addition that
 * carries into it for 'A' and more, but not for more than 'Z'. */
static uint64_t fold_eight(uint64_t bytes)
{
	const uint64_t ones = 0x0101010101010101u, high = 0x80 * ones;
	uint64_t seven = bytes & ~high;
	uint64_t from_a = seven + (0x80 - 'A') * ones, above_z = seven + (0x80 - 'Z' - 1) * ones;

	return bytes + (((from_a & ~above_z & ~bytes & high) >> 7) * 0x20);
}

static void fold(char *out, struct str text)
{
	size_t at = 0;

	for (; at + 8 <= text.len; at += 8) {
		uint64_t bytes;
		memcpy(&bytes, text.ptr + at, sizeof bytes);
		bytes = fold_eight(bytes);
		memcpy(out + at, &bytes, sizeof bytes);
	}
	for (; at < text.len; at++)
		out[at] = ascii_lower(text.ptr[at]);
}

static struct str join_folded(struct candidates *candidates, const struct str *lines)
{
	size_t length = 0;

	for (size_t i = 0; i < candidates->n_lines; i++) {
		candidates->starts[i] = length;
		length += lines[i].len + 1;
	}
	candidates->starts[candidates->n_lines] = length;
	char *text = arena_alloc(candidates->arena, length + MULTISCAN_PAD);
	for (size_t i = 0; i < candidates->n_lines; i++) {
		fold(text + candidates->starts[i], lines[i]);
		text[candidates->starts[i] + lines[i].len] = '\n';
	}
	memset(text + length, 0, MULTISCAN_PAD);
	return str_make(text, length);
}

static struct candidates *find_candidates(struct arena *scan, const struct prefilter *prefilter,
					  const struct str *lines, size_t n_lines)
{
	struct candidates *candidates = ARENA_NEW(scan, struct candidates);

	if (!prefilter->multiscan)
		return candidates;
	candidates->arena = scan;
	candidates->n_lines = n_lines;
	candidates->starts = ARENA_ARRAY(scan, size_t, n_lines + 1);
	struct str text = join_folded(candidates, lines);
	if (text.len >= UINT32_MAX)
		return candidates; /* offsets are of 32 bits: everything is tried */
	candidates->prefilter = prefilter;
	candidates->found = ARENA_ARRAY(scan, struct found, prefilter->slots.n);
	candidates->excluded = arena_alloc(scan, prefilter->n_rules + 1);
	memcpy(candidates->excluded, prefilter->excludable, prefilter->n_rules + 1);
	if (n_lines)
		multiscan_run(prefilter->multiscan, text, note, candidates);
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
