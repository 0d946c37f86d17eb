/*
 * perlre_behind: see perlre_behind.h. PCRE2 10.42 wants every alternative of a look-behind of one
 * length; Perl takes any up to 255. So a look-behind of varying length becomes one with an
 * alternative for each length and choice.
 */
#include "rules/perlre_behind.h"

enum { BEHIND_MAX = 255, ALTERNATIVES_MAX = 1000 };

struct width {
	uint64_t min, max; /* RE_INFINITE and more: unbounded */
};

VEC_OF(node_vec, struct re_node *);

static struct width width_of(const struct re_node *node);

static struct width width_of_children(const struct re_node *node)
{
	struct width sum = {0, 0};
	for (const struct re_node *child = node->first; child; child = child->next) {
		struct width width = width_of(child);
		sum.min += width.min;
		sum.max += width.max;
	}
	return sum;
}

static struct width width_of_branches(const struct re_node *node)
{
	struct width whole = {RE_INFINITE, 0};
	for (const struct re_node *child = node->first; child; child = child->next) {
		struct width width = width_of(child);
		whole.min = width.min < whole.min ? width.min : whole.min;
		whole.max = width.max > whole.max ? width.max : whole.max;
	}
	return whole;
}

static struct width width_of_wide(const struct re_node *node)
{
	return (struct width){1, str_eq_c(node->text, "\\R") ? 2 : RE_INFINITE};
}

static struct width width_of(const struct re_node *node)
{
	struct width width;
	switch (node->op) {
	case RE_LITERAL:
	case RE_SET:
		return (struct width){1, 1};
	case RE_WIDE:
		return width_of_wide(node);
	case RE_BACKREF:
		return (struct width){0, RE_INFINITE};
	case RE_CONCAT:
	case RE_GROUP:
		return width_of_children(node);
	case RE_ALT:
		return width_of_branches(node);
	case RE_REPEAT:
		width = width_of(node->first);
		width.min = width.min >= RE_INFINITE ? RE_INFINITE : width.min * node->min;
		width.max = width.max == 0 || node->max == 0 ? 0
			    : width.max >= RE_INFINITE || node->max == RE_INFINITE
				    ? RE_INFINITE
				    : width.max * node->max;
		return width;
	default:
		return (struct width){0, 0};
	}
}

static bool has_captures(const struct re_node *node)
{
	if (node->op == RE_GROUP && node->is_capture)
		return true;
	for (const struct re_node *child = node->first; child; child = child->next)
		if (has_captures(child))
			return true;
	return false;
}

/* "\b?" and the like: PCRE2 sees a varying length in it, though it has none. */
static bool has_optional_nothing(const struct re_node *node)
{
	if (node->op == RE_REPEAT && node->min != node->max)
		return true; /* callers know that its width does not vary */
	for (const struct re_node *child = node->first; child && node->op != RE_LOOK;
	     child = child->next)
		if (has_optional_nothing(child))
			return true;
	return false;
}

static bool has_one_form(const struct re_node *node)
{
	struct width width = width_of(node);
	return width.min == width.max && !has_optional_nothing(node);
}

static struct re_node *copy_of(struct arena *arena, const struct re_node *node)
{
	struct re_node *copy = ARENA_NEW(arena, struct re_node);
	*copy = *node;
	copy->next = NULL;
	return copy;
}

static bool expand(struct arena *arena, const struct re_node *node, struct node_vec *out);

/* Every sequence of left followed by every one of right. */
static bool cross(struct arena *arena, const struct node_vec *left, const struct node_vec *right,
		  struct node_vec *out)
{
	if (left->n * right->n > ALTERNATIVES_MAX)
		return false;
	for (size_t i = 0; i < left->n; i++)
		for (size_t j = 0; j < right->n; j++) {
			struct re_node *pair = ARENA_NEW(arena, struct re_node);
			pair->op = RE_CONCAT;
			pair->first = copy_of(arena, left->items[i]);
			pair->first->next = copy_of(arena, right->items[j]);
			vec_push(arena, out, pair);
		}
	return true;
}

static bool expand_concat(struct arena *arena, const struct re_node *node, struct node_vec *out)
{
	struct node_vec so_far = {0};
	vec_push(arena, &so_far, ARENA_NEW(arena, struct re_node)); /* RE_EMPTY */
	for (const struct re_node *child = node->first; child; child = child->next) {
		struct node_vec pieces = {0}, longer = {0};
		if (!expand(arena, child, &pieces) || !cross(arena, &so_far, &pieces, &longer))
			return false;
		so_far = longer;
	}
	*out = so_far;
	return true;
}

/* n copies of a piece. */
static bool expand_times(struct arena *arena, const struct re_node *piece, uint32_t n,
			 struct node_vec *out)
{
	struct re_node all = {.op = RE_CONCAT}, **tail = &all.first;
	struct node_vec sequences = {0};
	for (uint32_t i = 0; i < n; i++) {
		*tail = copy_of(arena, piece);
		tail = &(*tail)->next;
	}
	if (!expand_concat(arena, &all, &sequences))
		return false;
	for (size_t i = 0; i < sequences.n; i++)
		vec_push(arena, out, sequences.items[i]);
	return out->n <= ALTERNATIVES_MAX;
}

static bool expand_repeat(struct arena *arena, const struct re_node *node, struct node_vec *out)
{
	struct width width = width_of(node->first);
	for (uint32_t n = node->min; n <= node->max; n++) {
		if (width.min != width.max) {
			if (!expand_times(arena, node->first, n, out))
				return false;
			continue;
		}
		struct re_node *copy = copy_of(arena, node);
		copy->min = copy->max = n;
		copy->suffix = 0;
		vec_push(arena, out, copy);
	}
	return out->n <= ALTERNATIVES_MAX;
}

static bool expand_children(struct arena *arena, const struct re_node *node, struct node_vec *out)
{
	for (const struct re_node *child = node->first; child; child = child->next) {
		struct node_vec pieces = {0};
		if (!expand(arena, child, &pieces))
			return false;
		for (size_t i = 0; i < pieces.n; i++) {
			struct re_node *piece = copy_of(arena, pieces.items[i]);
			if (node->op == RE_GROUP) {
				struct re_node *wrapped = copy_of(arena, node);
				wrapped->first = piece;
				piece = wrapped;
			}
			vec_push(arena, out, piece);
		}
	}
	return out->n <= ALTERNATIVES_MAX;
}

static bool expand_newline(struct arena *arena, struct node_vec *out)
{
	static const char *const texts[] = {"\\r\\n", "\\v"};
	for (size_t i = 0; i < 2; i++) {
		struct re_node *node = ARENA_NEW(arena, struct re_node);
		node->op = RE_ASSERT; /* only its text counts from here on */
		node->text = str_from(texts[i]);
		vec_push(arena, out, node);
	}
	return true;
}

/* Sequences of one length each that together match what node matches. */
static bool expand(struct arena *arena, const struct re_node *node, struct node_vec *out)
{
	if (node->op != RE_ALT && has_one_form(node)) {
		vec_push(arena, out, copy_of(arena, node));
		return true;
	}
	switch (node->op) {
	case RE_CONCAT:
		return expand_concat(arena, node, out);
	case RE_REPEAT:
		return expand_repeat(arena, node, out);
	case RE_ALT:
	case RE_GROUP:
		return expand_children(arena, node, out);
	case RE_WIDE:
		return expand_newline(arena, out);
	default:
		return false;
	}
}

static bool branches_have_one_width(const struct re_node *body)
{
	if (body->op != RE_ALT)
		return has_one_form(body);
	for (const struct re_node *branch = body->first; branch; branch = branch->next)
		if (!branches_have_one_width(branch))
			return false;
	return true;
}

enum status perlre_fix_behind(struct arena *arena, const struct re_node *look,
			      const struct re_node **body_out, struct why *why)
{
	struct width width = width_of(look->first);
	*body_out = look->first;
	if (width.max > BEHIND_MAX)
		return why_set(why, STATUS_INVALID,
			       "Lookbehind longer than 255 not implemented in regex");
	if (width.min != width.max && has_captures(look->first))
		return why_set(
			why, STATUS_INVALID,
			"Variable length lookbehind with capturing is experimental in regex");
	if (branches_have_one_width(look->first))
		return STATUS_OK;
	struct node_vec sequences = {0};
	if (!expand(arena, look->first, &sequences))
		return why_set(why, STATUS_UNSUPPORTED, "Lookbehind has too many forms in regex");
	struct re_node *alternatives = ARENA_NEW(arena, struct re_node);
	alternatives->op = RE_ALT;
	for (size_t i = 0; i < sequences.n; i++)
		sequences.items[i]->next = i + 1 < sequences.n ? sequences.items[i + 1] : NULL;
	alternatives->first = sequences.n ? sequences.items[0] : NULL;
	*body_out = alternatives;
	return STATUS_OK;
}
