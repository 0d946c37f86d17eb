/* Literals of which one must be in every match, read off a pattern's tree. Conservative: what is
 * not understood promises nothing. Everything is folded to lower case (ASCII), as the text is when
 * it is searched. */
#include <stdint.h>

#include "rules/prefilter.h"

enum {
	EXACT_MAX = 32,     /* alternatives that are carried along */
	LENGTH_MAX = 24,    /* bytes of one of them */
	LITERALS_MAX = 256, /* alternatives that are promised */
	LITERAL_MIN = 3,    /* shorter ones are in every text */
	SET_MAX = 6,
};

/* What is known of the texts a node matches. */
struct known {
	bool is_exact; /* the node matches exactly these texts (it may match "") */
	struct str_vec exact;
	bool has_best; /* every match holds one of these */
	struct str_vec best;
};

static struct known known_of(struct arena *arena, const struct re_node *node);

static struct known nothing(void)
{
	return (struct known){.is_exact = false};
}

static struct known exactly(struct arena *arena, struct str text)
{
	struct known known = {.is_exact = true};

	vec_push(arena, &known.exact, text);
	return known;
}

static size_t shortest(const struct str_vec *vec)
{
	size_t length = SIZE_MAX;

	for (size_t i = 0; i < vec->n; i++)
		if (vec->items[i].len < length)
			length = vec->items[i].len;
	return vec->n ? length : 0;
}

/* The set that says more: longer at its shortest, then smaller. */
static void keep_better(struct known *known, const struct str_vec *other)
{
	size_t mine = known->has_best ? shortest(&known->best) : 0, theirs = shortest(other);

	if (theirs == 0 || other->n > LITERALS_MAX)
		return;
	if (known->has_best && (mine > theirs || (mine == theirs && known->best.n <= other->n)))
		return;
	known->best = *other;
	known->has_best = true;
}

/* --- leaves --- */

static struct known of_set(struct arena *arena, const struct re_set *set)
{
	struct known known = {.is_exact = true};

	for (unsigned c = 0; c < 256; c++) {
		char *byte;

		if (!re_set_has(set, c) ||
		    (c < 0x80 && ascii_is_upper((unsigned char)c) && re_set_has(set, c | 0x20)))
			continue;
		if (known.exact.n == SET_MAX)
			return nothing();
		byte = arena_alloc(arena, 1);
		*byte = ascii_lower((char)c);
		vec_push(arena, &known.exact, str_make(byte, 1));
	}
	return known.exact.n ? known : nothing();
}

static struct known of_literal(struct arena *arena, const struct re_node *node)
{
	char *byte = arena_alloc(arena, 1);

	if (node->icase && node->byte >= 0x80)
		return nothing(); /* folded beyond ASCII */
	*byte = ascii_lower((char)node->byte);
	return exactly(arena, str_make(byte, 1));
}

/* --- sequences --- */

static struct str join(struct arena *arena, struct str a, struct str b)
{
	char *text = arena_alloc(arena, a.len + b.len + 1);

	memcpy(text, a.ptr, a.len);
	memcpy(text + a.len, b.ptr, b.len);
	return str_make(text, a.len + b.len);
}

/* Every text of *left followed by every one of right; false when that is too much. */
static bool cross(struct arena *arena, struct str_vec *left, const struct str_vec *right)
{
	struct str_vec product = {0};

	if (left->n * right->n > EXACT_MAX)
		return false;
	for (size_t i = 0; i < left->n; i++)
		for (size_t j = 0; j < right->n; j++) {
			if (left->items[i].len + right->items[j].len > LENGTH_MAX)
				return false;
			vec_push(arena, &product, join(arena, left->items[i], right->items[j]));
		}
	*left = product;
	return true;
}

static struct known of_sequence(struct arena *arena, const struct re_node *child)
{
	struct known all = exactly(arena, STR_LIT(""));
	struct str_vec run = all.exact;

	for (; child; child = child->next) {
		struct known known = known_of(arena, child);

		if (known.is_exact && cross(arena, &run, &known.exact))
			continue;
		all.is_exact = false;
		keep_better(&all, &run);
		if (known.has_best)
			keep_better(&all, &known.best);
		run.n = 0;
		run.items = NULL;
		run.cap = 0;
		if (known.is_exact)
			run = known.exact;
		else
			vec_push(arena, &run, STR_LIT(""));
	}
	if (all.is_exact)
		all.exact = run;
	keep_better(&all, &run);
	return all;
}

static struct known of_alternatives(struct arena *arena, const struct re_node *child)
{
	struct known all = {.is_exact = true, .has_best = true};

	for (; child; child = child->next) {
		struct known known = known_of(arena, child);

		if (known.is_exact)
			keep_better(&known, &known.exact);
		all.is_exact &= known.is_exact && all.exact.n + known.exact.n <= EXACT_MAX;
		all.has_best &= known.has_best && all.best.n + known.best.n <= LITERALS_MAX;
		for (size_t i = 0; all.is_exact && i < known.exact.n; i++)
			vec_push(arena, &all.exact, known.exact.items[i]);
		for (size_t i = 0; all.has_best && i < known.best.n; i++)
			vec_push(arena, &all.best, known.best.items[i]);
	}
	return all;
}

static struct known of_repeat(struct arena *arena, const struct re_node *node)
{
	struct known inner = known_of(arena, node->first), all = nothing();

	if (node->max == 0)
		return exactly(arena, STR_LIT(""));
	if (node->min == 1 && node->max == 1)
		return inner;
	if (node->min == 0 && node->max == 1 && inner.is_exact && inner.exact.n < EXACT_MAX) {
		all.is_exact = true;
		for (size_t i = 0; i < inner.exact.n; i++)
			vec_push(arena, &all.exact, inner.exact.items[i]);
		vec_push(arena, &all.exact, STR_LIT(""));
		return all;
	}
	if (node->min == 0)
		return all;
	if (inner.is_exact) {
		struct str_vec run = inner.exact;
		uint32_t n = 1;

		while (n < node->min && cross(arena, &run, &inner.exact))
			n++;
		keep_better(&all, &run);
		all.is_exact = node->min == node->max && n == node->min;
		all.exact = run;
	}
	if (inner.has_best)
		keep_better(&all, &inner.best);
	return all;
}

static struct known known_of(struct arena *arena, const struct re_node *node)
{
	switch (node->op) {
	case RE_LITERAL:
		return of_literal(arena, node);
	case RE_SET:
		return of_set(arena, node->set);
	case RE_EMPTY:
	case RE_ASSERT:
	case RE_OPTIONS:
	case RE_LOOK:
		return exactly(arena, STR_LIT(""));
	case RE_CONCAT:
	case RE_GROUP:
		return of_sequence(arena, node->first);
	case RE_ALT:
		return of_alternatives(arena, node->first);
	case RE_REPEAT:
		return of_repeat(arena, node);
	default:
		return nothing();
	}
}

static bool has_verb(const struct re_node *node)
{
	if (node->op == RE_VERB)
		return true;
	for (const struct re_node *child = node->first; child; child = child->next)
		if (has_verb(child))
			return true;
	return false;
}

const struct str_vec *prefilter_literals(struct arena *keep, struct arena *scratch,
					 const struct re_tree *tree)
{
	struct known known;
	struct str_vec *out;

	if (has_verb(tree->root))
		return NULL;
	known = known_of(scratch, tree->root);
	if (known.is_exact)
		keep_better(&known, &known.exact);
	if (!known.has_best || shortest(&known.best) < LITERAL_MIN)
		return NULL;
	out = ARENA_NEW(keep, struct str_vec);
	for (size_t i = 0; i < known.best.n; i++)
		vec_push(keep, out, arena_str(keep, known.best.items[i]));
	return out;
}
