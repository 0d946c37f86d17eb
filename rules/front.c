/*
 * front: see front.h. A walk over the tree that spells out how matches begin, up to FRONT_BYTES
 * byte sets. What is not understood may be anything; look-arounds and anchors are left out.
 */
#include "rules/front.h"

enum {
	BUCKETS = 16,
	STEPS_MAX = 20000, /* a pattern with more beginnings has none */
	DEEP_MAX = 200,
	FIRST_MIN = 3, /* PCRE2 finds places with one of two bytes faster */
};

/* A pattern is better tried at every place when more than this part of them is left. */
static const double CHANCE_MAX = 0.1;

/* What comes behind the node that is read. */
struct rest {
	const struct re_node *next;   /* nodes in a row, or NULL */
	const struct re_node *repeat; /* or one more turn of this, then what comes behind it */
	uint32_t min;                 /* turns that it has to make still */
	unsigned began;               /* where its last turn began */
	const struct rest *behind;
};

struct walk {
	struct byte_set prefix[FRONT_BYTES];
	unsigned n_bytes; /* that are spelled out */
	struct factor_set buckets[BUCKETS][FRONT_BYTES];
	unsigned n_steps;
	bool failed;
};

static void add_set(struct byte_set *to, const struct byte_set *set)
{
	for (size_t i = 0; i < sizeof to->bits; i++)
		to->bits[i] |= set->bits[i];
}

static unsigned lowest(const struct byte_set *set)
{
	unsigned byte = 0;

	while (byte < 255 && !byte_set_has(set, byte))
		byte++;
	return (unsigned char)ascii_lower((char)byte);
}

/* The first n positions are told, the others may be anything. */
static void emit(struct walk *walk, unsigned n)
{
	struct byte_set any;

	if (n == 0) {
		walk->failed = true;
		return;
	}
	memset(&any, 0xff, sizeof any);
	unsigned bucket = lowest(&walk->prefix[0]) % BUCKETS;
	for (unsigned i = 0; i < FRONT_BYTES; i++)
		add_set(&walk->buckets[bucket][i].bytes, i < n ? &walk->prefix[i] : &any);
}

static void read_node(struct walk *walk, const struct re_node *node, unsigned at, unsigned depth,
		      const struct rest *rest);
static void read_repeat(struct walk *walk, const struct re_node *node, uint32_t min, unsigned at,
			unsigned depth, const struct rest *rest);

static void go_on(struct walk *walk, unsigned at, unsigned depth, const struct rest *rest)
{
	if (++walk->n_steps > STEPS_MAX || depth > DEEP_MAX)
		walk->failed = true;
	if (walk->failed)
		return;
	if (!rest || at == walk->n_bytes)
		emit(walk, at);
	else if (rest->next)
		read_node(walk, rest->next, at, depth + 1, rest->behind);
	else if (rest->repeat && at > rest->began)
		read_repeat(walk, rest->repeat, rest->min, at, depth + 1, rest->behind);
	else
		go_on(walk, at, depth + 1, rest->behind);
}

/* Nodes in a row: the one and what comes behind it. */
static void read_row(struct walk *walk, const struct re_node *node, unsigned at, unsigned depth,
		     const struct rest *rest)
{
	if (node)
		read_node(walk, node, at, depth, rest);
	else
		go_on(walk, at, depth, rest);
}

static void read_repeat(struct walk *walk, const struct re_node *node, uint32_t min, unsigned at,
			unsigned depth, const struct rest *rest)
{
	struct rest again = {NULL, node, min ? min - 1 : 0, at, rest};

	if (min == 0)
		go_on(walk, at, depth, rest);
	read_row(walk, node->first, at, depth, node->max > 1 ? &again : rest);
}

static void read_byte(struct walk *walk, const struct re_node *node, unsigned at, unsigned depth,
		      const struct rest *rest)
{
	struct byte_set set = {{0}};

	if (node->op == RE_SET) {
		memcpy(&set, node->set, sizeof set);
	} else {
		byte_set_add(&set, node->byte);
		if (node->icase)
			byte_set_add(&set, re_other_case(node->byte));
	}
	walk->prefix[at] = set;
	go_on(walk, at + 1, depth, rest);
}

/* `rest` is what comes behind the node's row. */
static void read_alone(struct walk *walk, const struct re_node *node, unsigned at, unsigned depth,
		       const struct rest *rest)
{
	switch (node->op) {
	case RE_LITERAL:
	case RE_SET:
		read_byte(walk, node, at, depth, rest);
		break;
	case RE_EMPTY:
	case RE_ASSERT:
	case RE_OPTIONS:
	case RE_LOOK:
		go_on(walk, at, depth, rest);
		break;
	case RE_CONCAT:
	case RE_GROUP:
		read_row(walk, node->first, at, depth, rest);
		break;
	case RE_ALT:
		for (const struct re_node *child = node->first; child; child = child->next)
			read_alone(walk, child, at, depth + 1, rest);
		break;
	case RE_REPEAT:
		if (node->max == 0)
			go_on(walk, at, depth, rest);
		else
			read_repeat(walk, node, node->min, at, depth, rest);
		break;
	default:
		emit(walk, at);
		break;
	}
}

static void read_node(struct walk *walk, const struct re_node *node, unsigned at, unsigned depth,
		      const struct rest *rest)
{
	struct rest row = {.next = node->next, .behind = rest};

	if (++walk->n_steps > STEPS_MAX || depth > DEEP_MAX)
		walk->failed = true;
	if (!walk->failed)
		read_alone(walk, node, at, depth + 1, node->next ? &row : rest);
}

/* --- the masks -------------------------------------------------------------------------------- */

/* How large a part of the places is left, were bytes independent of each other. */
static double chance_of(struct walk *walk)
{
	double sum = 0;

	for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
		double chance = 1;
		for (unsigned i = 0; i < FRONT_BYTES; i++) {
			factor_set_measure(&walk->buckets[bucket][i]);
			chance *= walk->buckets[bucket][i].chance;
		}
		sum += chance;
	}
	return sum;
}

/* Behind what has no width "^" or "\\A", in whatever mode. */
static bool begins_line(const struct re_node *node)
{
	for (; node; node = node->next) {
		if (node->op == RE_ASSERT &&
		    (str_eq_c(node->text, "^") || str_eq_c(node->text, "\\A")))
			return true;
		if (node->op == RE_GROUP || node->op == RE_CONCAT)
			return begins_line(node->first);
		if (node->op != RE_ASSERT && node->op != RE_OPTIONS && node->op != RE_EMPTY &&
		    node->op != RE_LOOK)
			return false;
	}
	return false;
}

static unsigned n_first(const struct walk *walk)
{
	struct byte_set first = {{0}};
	unsigned n = 0;

	for (unsigned bucket = 0; bucket < BUCKETS; bucket++)
		add_set(&first, &walk->buckets[bucket][0].bytes);
	for (unsigned byte = 0; byte < 256; byte++)
		n += byte_set_has(&first, byte);
	return n;
}

static void fill_masks(struct front *front, const struct walk *walk)
{
	for (unsigned bucket = 0; bucket < BUCKETS; bucket++)
		for (unsigned i = 0; i < FRONT_BYTES; i++)
			for (unsigned byte = 0; byte < 256; byte++)
				if (byte_set_has(&walk->buckets[bucket][i].bytes, byte))
					front->masks[i][byte] |= (uint16_t)(1u << bucket);
}

/* As many bytes of the beginnings as can be, up to FRONT_BYTES. */
static struct walk *spelled_out(struct arena *scratch, const struct re_node *root)
{
	struct walk *walk = ARENA_NEW(scratch, struct walk);

	for (unsigned n_bytes = FRONT_BYTES; n_bytes > 0; n_bytes--) {
		*walk = (struct walk){.n_bytes = n_bytes};
		read_row(walk, root, 0, 0, NULL);
		if (!walk->failed)
			break;
	}
	return walk;
}

const struct front *front_of(struct arena *keep, struct arena *scratch, const struct re_tree *tree)
{
	struct walk *walk = spelled_out(scratch, tree->root);
	bool at_line = begins_line(tree->root);

	if (walk->failed && !at_line)
		return NULL;
	struct front *front = ARENA_NEW(keep, struct front);
	front->at_line = at_line;
	front->pays = at_line || (n_first(walk) >= FIRST_MIN && chance_of(walk) <= CHANCE_MAX);
	if (walk->failed)
		memset(front->masks, 0xff, sizeof front->masks);
	else
		fill_masks(front, walk);
	return front;
}

/* --- how long a match is ---------------------------------------------------------------------- */

static uint32_t width_of(const struct re_node *node);

static uint32_t add_width(uint32_t a, uint32_t b)
{
	return a > RE_INFINITE - b ? RE_INFINITE : a + b;
}

static uint32_t width_of_row(const struct re_node *node)
{
	uint32_t width = 0;

	for (; node; node = node->next)
		width = add_width(width, width_of(node));
	return width;
}

static uint32_t least_width(const struct re_node *node)
{
	uint32_t least = node ? RE_INFINITE : 0;

	for (; node; node = node->next) {
		uint32_t width = width_of(node);
		if (width < least)
			least = width;
	}
	return least;
}

static uint32_t width_of(const struct re_node *node)
{
	uint64_t width;

	switch (node->op) {
	case RE_LITERAL:
	case RE_SET:
	case RE_WIDE:
		return 1;
	case RE_CONCAT:
	case RE_GROUP:
		return width_of_row(node->first);
	case RE_ALT:
		return least_width(node->first);
	case RE_REPEAT:
		width = node->min ? (uint64_t)node->min * width_of_row(node->first) : 0;
		return width > RE_INFINITE ? RE_INFINITE : (uint32_t)width;
	default:
		return 0;
	}
}

uint32_t front_width_min(const struct re_tree *tree)
{
	return width_of(tree->root);
}

/* --- looking ---------------------------------------------------------------------------------- */

static bool may_begin(const struct front *front, const unsigned char *bytes)
{
	return front->masks[0][bytes[0]] & front->masks[1][bytes[1]] & front->masks[2][bytes[2]] &
	       front->masks[3][bytes[3]];
}

/* The first beginning of a line from `at`; behind the text: there is none. */
static size_t next_line(struct str text, size_t at)
{
	if (at == 0 || (at <= text.len && text.ptr[at - 1] == '\n'))
		return at;
	const char *end = at < text.len ? memchr(text.ptr + at, '\n', text.len - at) : NULL;
	return end ? (size_t)(end - text.ptr) + 1 : text.len + 1;
}

size_t front_next(const struct front *front, struct str text, size_t from, size_t last)
{
	const unsigned char *bytes = (const unsigned char *)text.ptr;
	size_t at = front->at_line ? next_line(text, from) : from;

	while (at <= last && at + FRONT_BYTES <= text.len && !may_begin(front, bytes + at))
		at = front->at_line ? next_line(text, at + 1) : at + 1;
	return at;
}
