/*
 * automaton: see automaton.h. The tree becomes pieces that are read in turn (automaton_pieces.c),
 * sets of pieces become states (the subset construction), those first that mail leads to most
 * often, until there are enough of them.
 */
#include "lib/base/heap.h"
#include "rules/automaton_inside.h"
#include "rules/factor.h"

/* --- classes ---------------------------------------------------------------------------------- */

static unsigned members_of(const struct byte_set *bytes, uint8_t *members)
{
	unsigned n = 0;

	for (unsigned i = 0; i < sizeof bytes->bits; i++)
		for (unsigned bits = bytes->bits[i]; bits; bits &= bits - 1)
			members[n++] = (uint8_t)(i * 8 + (unsigned)__builtin_ctz(bits));
	return n;
}

struct classes {
	unsigned n, n_bytes[256];
	uint8_t *of; /* by byte */
};

/* Bytes that no set tells apart are of one class: what the set has only a part of becomes two. */
static void split_classes(struct classes *classes, const struct byte_set *bytes)
{
	uint8_t members[256];
	unsigned n_members = members_of(bytes, members), n_inside[256] = {0}, number[256] = {0};

	for (unsigned i = 0; i < n_members; i++)
		n_inside[classes->of[members[i]]]++;
	for (unsigned i = 0; i < n_members; i++) {
		uint8_t *of = &classes->of[members[i]];
		unsigned old = *of;
		if (n_inside[old] == classes->n_bytes[old])
			continue;
		if (number[old] == 0)
			number[old] = classes->n++;
		*of = (uint8_t)number[old];
	}
	for (unsigned old = 0; old < 256; old++)
		if (number[old]) {
			classes->n_bytes[number[old]] = n_inside[old];
			classes->n_bytes[old] -= n_inside[old];
		}
}

static void note_classes(const struct automaton *automaton, struct set_classes *set)
{
	uint8_t members[256];
	bool has[256] = {false};
	unsigned n_members = members_of(&set->bytes, members);

	for (unsigned i = 0; i < n_members; i++) {
		unsigned number = automaton->class_of[members[i]];
		if (!has[number])
			set->classes[set->n++] = (uint8_t)number;
		has[number] = true;
	}
}

static void make_classes(struct builder *builder)
{
	struct automaton *automaton = builder->automaton;
	struct classes classes = {.n = 1, .n_bytes = {256}, .of = automaton->class_of};

	for (size_t i = 0; i < builder->sets.n; i++)
		split_classes(&classes, &builder->sets.items[i].bytes);
	automaton->n_classes = classes.n;
	for (size_t i = 0; i < builder->sets.n; i++)
		note_classes(automaton, &builder->sets.items[i]);
}

/* --- states ----------------------------------------------------------------------------------- */

/* Add the pieces that are reached from this one without a byte. */
static void reach(struct builder *builder, struct number_vec *state, uint32_t number)
{
	const struct piece *piece = &builder->pieces.items[number];

	while (piece->kind == PIECE_FORK && builder->seen[number] != builder->round) {
		builder->seen[number] = builder->round;
		reach(builder, state, piece->next);
		number = piece->other;
		piece = &builder->pieces.items[number];
	}
	if (builder->seen[number] == builder->round)
		return;
	builder->seen[number] = builder->round;
	vec_push(builder->arena, state, number);
}

enum { NO, YES, FIRST }; /* the first states */

static bool is_likelier(const void *a, const void *b)
{
	return ((const struct due_state *)a)->weight > ((const struct due_state *)b)->weight;
}

static void make_likelier(struct builder *builder, uint32_t number, double weight)
{
	struct state *state = &builder->states.items[number];
	struct due_vec *due = &builder->due;

	state->weight += weight;
	if (state->next)
		return;
	vec_push(builder->arena, due, ((struct due_state){state->weight, number}));
	heap_add(due->items, due->n, sizeof *due->items, is_likelier);
}

static uint32_t add_state(struct builder *builder, const struct number_vec *pieces, double weight)
{
	struct str key = str_make((const char *)pieces->items, pieces->n * sizeof *pieces->items);
	const uint32_t *known = map_find(builder->known, key);

	if (known) {
		make_likelier(builder, *known, weight);
		return *known;
	}
	if (builder->states.n == KNOWN_MAX) {
		builder->is_exact = false;
		return YES;
	}
	uint32_t *number = ARENA_NEW(builder->arena, uint32_t);
	*number = (uint32_t)builder->states.n;
	vec_push(builder->arena, &builder->states, ((struct state){.pieces = *pieces}));
	make_likelier(builder, *number, weight);
	map_put_kept(builder->known, key, number);
	return *number;
}

/* The state of what is reached from all of these. */
static uint32_t state_of(struct builder *builder, const struct number_vec *from, double weight)
{
	struct number_vec pieces = {0};

	builder->round++;
	for (size_t i = 0; i < from->n; i++)
		reach(builder, &pieces, from->items[i]);
	if (!pieces.n)
		return NO;
	bool is_match = builder->seen[MATCH] == builder->round;
	if (is_match || builder->seen[MAYBE] == builder->round) {
		builder->is_exact &= is_match;
		builder->is_prefix_free &= pieces.n == 1;
		return YES;
	}
	return add_state(builder, &pieces, weight);
}

/* Find out where the state leads to. */
static void make(struct builder *builder, uint32_t number)
{
	unsigned n_classes = builder->automaton->n_classes;
	const struct state state = builder->states.items[number];
	struct number_vec *after = ARENA_ARRAY(builder->arena, struct number_vec, n_classes);
	uint32_t *next = ARENA_ARRAY(builder->arena, uint32_t, n_classes);

	for (size_t i = 0; i < state.pieces.n; i++) {
		const struct piece *piece = &builder->pieces.items[state.pieces.items[i]];
		const struct set_classes *set = &builder->sets.items[piece->set];
		for (unsigned k = 0; k < set->n; k++)
			vec_push(builder->arena, &after[set->classes[k]], piece->next);
	}
	for (unsigned i = 0; i < n_classes; i++)
		next[i] = state_of(builder, &after[i], state.weight * builder->chances[i]);
	builder->states.items[number].next = next;
	builder->states.items[number].number = builder->n_made++;
}

/* Of those that are not made; NO: all are. */
static uint32_t likeliest(struct builder *builder)
{
	struct due_vec *due = &builder->due;
	struct due_state first;

	while (due->n) {
		heap_take(due->items, &due->n, sizeof *due->items, is_likelier, &first);
		if (!builder->states.items[first.state].next)
			return first.state;
	}
	return NO;
}

static bool make_states(struct builder *builder, uint32_t first, unsigned n_states_max)
{
	struct number_vec start = {0};

	builder->seen = ARENA_ARRAY(builder->arena, uint32_t, builder->pieces.n);
	builder->known = map_new(builder->arena);
	vec_push(builder->arena, &builder->states, ((struct state){.number = NO}));
	vec_push(builder->arena, &builder->states, ((struct state){.number = YES}));
	builder->n_made = FIRST;
	for (unsigned byte = 0; byte < 256; byte++)
		builder->chances[builder->automaton->class_of[byte]] += factor_byte_chance(byte);
	vec_push(builder->arena, &start, first);
	if (state_of(builder, &start, 1) != FIRST)
		return false; /* it matches what is empty */
	if (n_states_max > UINT16_MAX / builder->automaton->n_classes)
		n_states_max = UINT16_MAX / builder->automaton->n_classes;
	uint32_t number = likeliest(builder);
	for (; number != NO && builder->n_made < n_states_max; number = likeliest(builder))
		make(builder, number);
	builder->is_exact &= number == NO;
	return true;
}

/* What leads to states that are not made may be. */
static uint16_t *table_of(struct arena *keep, const struct builder *builder)
{
	unsigned n_classes = builder->automaton->n_classes;
	uint16_t *table = ARENA_ARRAY(keep, uint16_t, (size_t)builder->n_made * n_classes);

	for (size_t i = FIRST; i < builder->states.n; i++) {
		const struct state *from = &builder->states.items[i];
		for (unsigned k = 0; from->next && k < n_classes; k++) {
			const struct state *to = &builder->states.items[from->next[k]];
			unsigned number = from->next[k] < FIRST || to->next ? to->number : YES;
			table[from->number * n_classes + k] = (uint16_t)(number * n_classes);
		}
	}
	return table;
}

/* From every state it comes to know after so many bytes. */
static bool is_short(struct arena *scratch, const struct automaton *automaton, unsigned n_states)
{
	bool *knows = ARENA_ARRAY(scratch, bool, n_states);

	knows[NO] = knows[YES] = true;
	for (unsigned round = 0; round < AUTOMATON_SHORT && !knows[FIRST]; round++) {
		for (size_t i = FIRST; i < n_states; i++) {
			const uint16_t *next = automaton->next + i * automaton->n_classes;
			unsigned n = 0;
			while (n < automaton->n_classes && knows[next[n] / automaton->n_classes])
				n++;
			knows[i] = n == automaton->n_classes;
		}
	}
	return knows[FIRST];
}

/* --- the whole -------------------------------------------------------------------------------- */

static bool try_limits(struct arena *scratch, const struct re_tree *tree,
		       const struct limits *limits, unsigned n_states_max, struct builder *builder)
{
	*builder = (struct builder){.arena = scratch,
				    .limits = *limits,
				    .is_prefix_free = true,
				    .automaton = ARENA_NEW(scratch, struct automaton)};
	uint32_t first = automaton_pieces(builder, tree);
	if (builder->has_failed)
		return false;
	make_classes(builder);
	return make_states(builder, first, n_states_max);
}

static const struct automaton *kept(struct arena *keep, const struct builder *builder)
{
	struct automaton *automaton = ARENA_NEW(keep, struct automaton);

	*automaton = *builder->automaton;
	automaton->next = table_of(keep, builder);
	for (unsigned byte = 0; byte < 256; byte++)
		automaton->begins[byte] =
			automaton->next[FIRST * automaton->n_classes + automaton->class_of[byte]] !=
			NO;
	automaton->is_exact = builder->is_exact;
	automaton->is_prefix_free = builder->is_exact && builder->is_prefix_free;
	automaton->is_short =
		automaton->is_exact && is_short(builder->arena, automaton, builder->n_made);
	automaton->at_boundary = builder->boundary != NULL;
	return automaton;
}

const struct automaton *automaton_of(struct arena *keep, struct arena *scratch,
				     const struct re_tree *tree, unsigned n_states_max)
{
	static const struct limits limits[] = {
		{256, 100, 600}, {12, 4, 8000}, {6, 4, 4000}, {4, 4, 4000}};
	struct builder builder;

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		if (try_limits(scratch, tree, &limits[i], n_states_max, &builder))
			return kept(keep, &builder);
		if (!builder.has_failed)
			break;
	}
	return NULL;
}
