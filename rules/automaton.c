/*
 * automaton: see automaton.h. The tree becomes pieces that are read in turn (automaton_pieces.c),
 * sets of pieces become states (the subset construction), nearest first, until there are enough of
 * them.
 */
#include "rules/automaton_inside.h"

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

static size_t add_state(struct builder *builder, const struct number_vec *state)
{
	struct str key = str_make((const char *)state->items, state->n * sizeof *state->items);
	const size_t *known = map_find(builder->known, key);

	if (known)
		return *known;
	if (builder->n_states == builder->n_states_max) {
		builder->is_exact = builder->is_prefix_free = false;
		return YES;
	}
	size_t *number = ARENA_NEW(builder->arena, size_t);
	*number = builder->n_states++;
	builder->states[*number] = *state;
	map_put_kept(builder->known, key, number);
	return *number;
}

/* The state of what is reached from all of these. */
static size_t state_of(struct builder *builder, const struct number_vec *pieces)
{
	struct number_vec state = {0};

	builder->round++;
	for (size_t i = 0; i < pieces->n; i++)
		reach(builder, &state, pieces->items[i]);
	if (!state.n)
		return NO;
	bool is_match = builder->seen[MATCH] == builder->round;
	if (is_match || builder->seen[MAYBE] == builder->round) {
		builder->is_exact &= is_match;
		builder->is_prefix_free &= state.n == 1;
		return YES;
	}
	return add_state(builder, &state);
}

static void follow(struct builder *builder, size_t from)
{
	struct automaton *automaton = builder->automaton;
	const struct number_vec state = builder->states[from];
	struct number_vec *after =
		ARENA_ARRAY(builder->arena, struct number_vec, automaton->n_classes);

	for (size_t i = 0; i < state.n; i++) {
		const struct piece *piece = &builder->pieces.items[state.items[i]];
		const struct set_classes *set = &builder->sets.items[piece->set];
		for (unsigned k = 0; k < set->n; k++)
			vec_push(builder->arena, &after[set->classes[k]], piece->next);
	}
	for (unsigned i = 0; i < automaton->n_classes; i++)
		automaton->next[from * automaton->n_classes + i] =
			(uint16_t)(state_of(builder, &after[i]) * automaton->n_classes);
}

static bool make_states(struct builder *builder, uint32_t first)
{
	struct automaton *automaton = builder->automaton;
	struct number_vec start = {0};
	size_t n_max = STATE_NUMBERS_MAX / automaton->n_classes;

	builder->n_states_max = n_max < STATES_MAX ? n_max : STATES_MAX;
	builder->states = ARENA_ARRAY(builder->arena, struct number_vec, builder->n_states_max);
	builder->seen = ARENA_ARRAY(builder->arena, uint32_t, builder->pieces.n);
	builder->known = map_new(builder->arena);
	builder->n_states = FIRST;
	automaton->next =
		ARENA_ARRAY(builder->arena, uint16_t, builder->n_states_max * automaton->n_classes);
	vec_push(builder->arena, &start, first);
	if (state_of(builder, &start) != FIRST)
		return false; /* it matches what is empty */
	for (size_t i = FIRST; i < builder->n_states; i++)
		follow(builder, i);
	return true;
}

/* From every state it comes to know after so many bytes. */
static bool is_short(const struct builder *builder)
{
	const struct automaton *automaton = builder->automaton;
	bool *knows = ARENA_ARRAY(builder->arena, bool, builder->n_states);

	knows[NO] = knows[YES] = true;
	for (unsigned round = 0; round < AUTOMATON_SHORT && !knows[FIRST]; round++) {
		/* a state is behind those that lead to it, but for loops */
		for (size_t i = FIRST; i < builder->n_states; i++) {
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
		       const struct limits *limits, struct builder *builder)
{
	*builder = (struct builder){.arena = scratch,
				    .limits = *limits,
				    .is_prefix_free = true,
				    .automaton = ARENA_NEW(scratch, struct automaton)};
	uint32_t first = automaton_pieces(builder, tree);
	if (builder->has_failed)
		return false;
	make_classes(builder);
	return make_states(builder, first);
}

static const struct automaton *kept(struct arena *keep, const struct builder *builder)
{
	struct automaton *automaton = ARENA_NEW(keep, struct automaton);
	size_t n = builder->n_states * builder->automaton->n_classes;

	*automaton = *builder->automaton;
	automaton->next = memcpy(ARENA_ARRAY(keep, uint16_t, n), builder->automaton->next,
				 n * sizeof *automaton->next);
	for (unsigned byte = 0; byte < 256; byte++)
		automaton->begins[byte] =
			automaton->next[FIRST * automaton->n_classes + automaton->class_of[byte]] !=
			NO;
	automaton->is_exact = builder->is_exact;
	automaton->is_prefix_free = builder->is_exact && builder->is_prefix_free;
	automaton->is_short = is_short(builder);
	automaton->at_boundary = builder->boundary != NULL;
	return automaton;
}

const struct automaton *automaton_of(struct arena *keep, struct arena *scratch,
				     const struct re_tree *tree)
{
	static const struct limits limits[] = {
		{256, 100, 600}, {12, 4, 4000}, {6, 4, 4000}, {4, 4, 4000}};
	struct builder builder;

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		if (try_limits(scratch, tree, &limits[i], &builder))
			return kept(keep, &builder);
		if (!builder.has_failed)
			break;
	}
	return NULL;
}
