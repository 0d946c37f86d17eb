/*
 * front: see front.h. The beginnings of matches, spelled out (spell.h), are shared out among
 * buckets by their first byte.
 */
#include "rules/front.h"

#include "rules/spell.h"

enum {
	BUCKETS = 16,
	STEPS_MAX = 20000, /* a pattern with more beginnings has none */
	FIRST_MIN = 3,     /* PCRE2 finds places with one of two bytes faster */
};

/* A pattern is better tried at every place when more than this part of them is left. */
static const double CHANCE_MAX = 0.1;

struct walk {
	struct spelling spelling;
	struct factor_set buckets[BUCKETS][FRONT_BYTES];
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
static void tell(struct spelling *spelling, unsigned n)
{
	struct walk *walk = spelling->data;
	struct byte_set any;

	if (n == 0) {
		spelling->failed = true;
		return;
	}
	memset(&any, 0xff, sizeof any);
	unsigned bucket = lowest(&spelling->prefix[0]) % BUCKETS;
	for (unsigned i = 0; i < FRONT_BYTES; i++)
		add_set(&walk->buckets[bucket][i].bytes, i < n ? &spelling->prefix[i] : &any);
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
		memset(walk, 0, sizeof *walk);
		walk->spelling = (struct spelling){
			.n_bytes = n_bytes, .steps_max = STEPS_MAX, .tell = tell, .data = walk};
		spell_row(&walk->spelling, root);
		if (!walk->spelling.failed)
			break;
	}
	return walk;
}

const struct front *front_of(struct arena *keep, struct arena *scratch, const struct re_tree *tree)
{
	struct walk *walk = spelled_out(scratch, tree->root);
	bool at_line = begins_line(tree->root);

	if (walk->spelling.failed && !at_line)
		return NULL;
	struct front *front = ARENA_NEW(keep, struct front);
	front->at_line = at_line;
	front->pays = at_line || (n_first(walk) >= FIRST_MIN && chance_of(walk) <= CHANCE_MAX);
	if (walk->spelling.failed)
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
