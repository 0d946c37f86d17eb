/*
 * automaton_pieces: a tree as pieces that are read in turn (Thompson's construction), from its end
 * to its beginning.
 */
#include "rules/automaton_inside.h"
#include "rules/front.h"

static uint32_t add_piece(struct builder *builder, enum piece_kind kind, uint32_t next,
			  uint32_t other)
{
	struct piece piece = {.kind = kind, .next = next, .other = other};

	if (builder->pieces.n >= builder->limits.pieces) {
		builder->has_failed = true;
		return MAYBE;
	}
	vec_push(builder->arena, &builder->pieces, piece);
	return (uint32_t)builder->pieces.n - 1;
}

static uint32_t add_set(struct builder *builder, const struct byte_set *bytes)
{
	struct set_classes set = {.bytes = *bytes};
	struct str key = str_make((const char *)bytes, sizeof *bytes);
	const uint32_t *known = map_find(builder->known_sets, key);

	if (known)
		return *known;
	if (builder->sets.n >= SETS_MAX) {
		builder->has_failed = true;
		return 0;
	}
	uint32_t *number = ARENA_NEW(builder->arena, uint32_t);
	*number = (uint32_t)builder->sets.n;
	vec_push(builder->arena, &builder->sets, set);
	map_put(builder->known_sets, key, number);
	return *number;
}

static uint32_t set_of_literal(struct builder *builder, const struct re_node *node)
{
	uint32_t *known = &builder->literals[node->icase][node->byte];
	struct byte_set bytes = {{0}};

	if (*known == 0) {
		byte_set_add(&bytes, node->byte);
		if (node->icase)
			byte_set_add(&bytes, re_other_case(node->byte));
		*known = add_set(builder, &bytes) + 1;
	}
	return *known - 1;
}

static uint32_t read_byte(struct builder *builder, const struct re_node *node, uint32_t next)
{
	struct byte_set bytes = {{0}};
	uint32_t piece = add_piece(builder, PIECE_SET, next, 0);

	if (builder->has_failed)
		return MAYBE;
	if (node->op == RE_SET) {
		memcpy(&bytes, node->set->bits, sizeof bytes);
		builder->pieces.items[piece].set = add_set(builder, &bytes);
	} else {
		builder->pieces.items[piece].set = set_of_literal(builder, node);
	}
	return piece;
}

/* Each returns the piece that a text of the node begins with. depth: so many bytes at least are in
 * front of it. next: what comes behind it. */
static uint32_t read_node(struct builder *builder, const struct re_node *node, uint32_t depth,
			  uint32_t next);

static uint32_t read_row(struct builder *builder, const struct re_node *node, uint32_t depth,
			 uint32_t next)
{
	if (depth >= builder->limits.depth || builder->has_failed)
		return MAYBE;
	if (!node)
		return next;
	if (builder->nesting >= NESTING_MAX) {
		builder->has_failed = true;
		return MAYBE;
	}
	builder->nesting++;
	if (node->next)
		next = read_row(builder, node->next, depth + front_width_of(node), next);
	next = read_node(builder, node, depth, next);
	builder->nesting--;
	return next;
}

static uint32_t read_alternatives(struct builder *builder, const struct re_node *node,
				  uint32_t depth, uint32_t next)
{
	if (!node)
		return next;
	uint32_t all = read_node(builder, node, depth, next);
	while ((node = node->next) && !builder->has_failed)
		all = add_piece(builder, PIECE_FORK, read_node(builder, node, depth, next), all);
	return all;
}

/* As many more turns as there are. */
static uint32_t read_loop(struct builder *builder, const struct re_node *node, uint32_t depth,
			  uint32_t next)
{
	uint32_t fork = add_piece(builder, PIECE_FORK, MAYBE, next);

	if (builder->has_failed)
		return MAYBE;
	uint32_t first = read_row(builder, node->first, depth, fork);
	builder->pieces.items[fork].next = first;
	return fork;
}

static uint32_t times(uint32_t width, uint32_t turns)
{
	uint64_t product = (uint64_t)width * turns;

	return product < RE_INFINITE / 2 ? (uint32_t)product : RE_INFINITE / 2;
}

static uint32_t read_repeat(struct builder *builder, const struct re_node *node, uint32_t depth,
			    uint32_t next)
{
	uint32_t width = front_width_of_row(node->first), min = node->min;
	uint32_t more = node->max == RE_INFINITE ? RE_INFINITE : node->max - min;

	if (min > 1 && width == 0) {
		builder->is_exact = false;
		more = RE_INFINITE;
		min = 1;
	}
	if (width && min > builder->limits.depth / width + 2)
		min = builder->limits.depth / width + 2; /* those behind are not looked at */
	if (more == RE_INFINITE || more > builder->limits.turns) {
		builder->is_exact &= node->max == RE_INFINITE;
		next = read_loop(builder, node, depth + times(width, min), next);
	} else {
		for (uint32_t rest = next; more > 0; more--)
			next = add_piece(builder, PIECE_FORK,
					 read_row(builder, node->first,
						  depth + times(width, min + more - 1), next),
					 rest);
	}
	for (; min > 0; min--)
		next = read_row(builder, node->first, depth + times(width, min - 1), next);
	return next;
}

static uint32_t read_node(struct builder *builder, const struct re_node *node, uint32_t depth,
			  uint32_t next)
{
	if (builder->has_failed)
		return MAYBE;
	switch (node->op) {
	case RE_LITERAL:
	case RE_SET:
		return read_byte(builder, node, next);
	case RE_ASSERT:
	case RE_LOOK:
		builder->is_exact &= node == builder->boundary;
		return next;
	case RE_EMPTY:
	case RE_OPTIONS:
		return next;
	case RE_CONCAT:
	case RE_GROUP:
		builder->is_exact &= !str_eq_c(node->text, "(?>");
		return read_row(builder, node->first, depth, next);
	case RE_ALT:
		return read_alternatives(builder, node->first, depth, next);
	case RE_REPEAT:
		builder->is_exact &= node->suffix != '+';
		return node->max ? read_repeat(builder, node, depth, next) : next;
	default:
		return MAYBE;
	}
}

/* The \b that the whole pattern begins with, or NULL. */
static const struct re_node *boundary_of(const struct re_node *node)
{
	while (node && (node->op == RE_GROUP || node->op == RE_CONCAT || node->op == RE_OPTIONS))
		node = node->op == RE_OPTIONS ? node->next : node->first;
	return node && node->op == RE_ASSERT && str_eq_c(node->text, "\\b") ? node : NULL;
}

uint32_t automaton_pieces(struct builder *builder, const struct re_tree *tree)
{
	builder->known_sets = map_new(builder->arena);
	builder->boundary = boundary_of(tree->root);
	builder->is_exact = true;
	add_piece(builder, PIECE_MATCH, 0, 0);
	add_piece(builder, PIECE_MAYBE, 0, 0);
	return read_row(builder, tree->root, 0, MATCH);
}
