/*
 * front: see front.h. The beginnings of matches, spelled out (spell.h), are shared out among
 * buckets by their first byte. Masks, rows and lines only choose places; the automaton then reads
 * on from them.
 */
#include "rules/front.h"

#include "rules/spell.h"

enum {
	BUCKETS = 16,
	STEPS_MAX = 20000,  /* a pattern with more beginnings has none */
	READ_MAX = 1 << 20, /* bytes of one search; PCRE2, which has limits, is to look further */
	FIRST_MIN = 3,      /* PCRE2 finds places with one of two bytes faster */
};

/* A pattern is better tried at every place when more than this part of them is left. */
static const double CHANCE_MAX = 0.1;
/* A place passed over takes about 1 ns. */
static const double MASKS_PAY_NS = 2;
/* Of a byte of text: what is tried less is not worth the time that making a row or an automaton
 * takes. */
static const double OFTEN_NS = 0.3, STATES_PER_NS = 128;
/* PCRE2 finds places that begin with a byte of some set fast when they are fewer. */
static const double AUTOMATON_PAYS_CHANCE = 0.02;

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

static const struct front_masks *masks_of(struct arena *keep, const struct walk *walk)
{
	struct front_masks *masks = ARENA_NEW(keep, struct front_masks);

	for (unsigned bucket = 0; bucket < BUCKETS; bucket++)
		for (unsigned i = 0; i < FRONT_BYTES; i++)
			for (unsigned byte = 0; byte < 256; byte++)
				if (byte_set_has(&walk->buckets[bucket][i].bytes, byte))
					masks->of[i][byte] |= (uint16_t)(1u << bucket);
	return masks;
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

/* --- the whole -------------------------------------------------------------------------------- */

static const struct front_masks *masks_that_pay(struct arena *keep, struct arena *scratch,
						const struct re_tree *tree, bool at_line)
{
	struct walk *walk = spelled_out(scratch, tree->root);

	if (walk->spelling.failed ||
	    (!at_line && (n_first(walk) < FIRST_MIN || chance_of(walk) > CHANCE_MAX)))
		return NULL;
	return masks_of(keep, walk);
}

/* By itself. */
static bool automaton_pays(const struct automaton *automaton)
{
	struct factor_set first = {0};

	for (unsigned byte = 0; byte < 256; byte++)
		if (automaton->begins[byte])
			byte_set_add(&first.bytes, byte);
	factor_set_measure(&first);
	return automaton->is_exact && automaton->is_short && first.chance >= AUTOMATON_PAYS_CHANCE;
}

static bool is_of_run(const struct re_node *node, unsigned byte)
{
	return node->op == RE_SET
		       ? re_set_has(node->set, byte)
		       : byte == node->byte || (node->icase && byte == re_other_case(node->byte));
}

/* "x{3,}" in front of all; NULL: something else. A back-reference could tell its matches apart. */
static const struct re_node *leading_run(const struct re_tree *tree)
{
	const struct re_node *node = tree->root, *one;

	while (node && (node->op == RE_CONCAT || node->op == RE_OPTIONS))
		node = node->op == RE_CONCAT ? node->first : node->next;
	if (!node || node->op != RE_REPEAT || !node->min || node->max != RE_INFINITE ||
	    tree->has_references)
		return NULL;
	one = node->first;
	return one && !one->next && (one->op == RE_SET || one->op == RE_LITERAL) ? one : NULL;
}

static const bool *run_of(struct arena *keep, const struct re_tree *tree)
{
	const struct re_node *one = leading_run(tree);
	bool *run;

	if (!one)
		return NULL;
	run = ARENA_ARRAY(keep, bool, 256);
	for (unsigned byte = 0; byte < 256; byte++)
		run[byte] = is_of_run(one, byte);
	return run;
}

/* The more is gained the more may be spent at start-up. */
static unsigned states_for(double ns)
{
	double n = ns * STATES_PER_NS;

	return n < AUTOMATON_STATES_MAX ? (unsigned)n : AUTOMATON_STATES_MAX;
}

const struct front *front_of(struct arena *keep, struct arena *scratch, const struct re_tree *tree,
			     double try_byte_ns, double text_chance)
{
	struct front front = {.at_line = begins_line(tree->root)};
	bool is_dear = try_byte_ns >= MASKS_PAY_NS;
	bool is_often = try_byte_ns * text_chance >= OFTEN_NS;
	struct front_row *row = is_often ? front_row_of(keep, tree) : NULL;

	front.row = row;
	if (is_dear)
		front.masks = masks_that_pay(keep, scratch, tree, front.at_line);
	bool finds = front.masks || front.row || (front.at_line && is_dear);
	if (is_often && (finds || !front.at_line))
		front.automaton =
			automaton_of(keep, scratch, tree, states_for(try_byte_ns * text_chance));
	if (row && front.automaton && front.automaton->at_boundary)
		front_row_set_boundary(row);
	if (front.automaton)
		front.run = run_of(keep, tree);
	if (!finds && !front.run && !(front.automaton && automaton_pays(front.automaton)))
		return NULL;
	struct front *kept = ARENA_NEW(keep, struct front);
	*kept = front;
	return kept;
}

/* --- how long a match is ---------------------------------------------------------------------- */

static uint32_t add_width(uint32_t a, uint32_t b)
{
	return a > RE_INFINITE - b ? RE_INFINITE : a + b;
}

uint32_t front_width_of_row(const struct re_node *node)
{
	uint32_t width = 0;

	for (; node; node = node->next)
		width = add_width(width, front_width_of(node));
	return width;
}

static uint32_t least_width(const struct re_node *node)
{
	uint32_t least = node ? RE_INFINITE : 0;

	for (; node; node = node->next) {
		uint32_t width = front_width_of(node);
		if (width < least)
			least = width;
	}
	return least;
}

uint32_t front_width_of(const struct re_node *node)
{
	uint64_t width;

	switch (node->op) {
	case RE_LITERAL:
	case RE_SET:
	case RE_WIDE:
		return 1;
	case RE_CONCAT:
	case RE_GROUP:
		return front_width_of_row(node->first);
	case RE_ALT:
		return least_width(node->first);
	case RE_REPEAT:
		width = node->min ? (uint64_t)node->min * front_width_of_row(node->first) : 0;
		return width > RE_INFINITE ? RE_INFINITE : (uint32_t)width;
	default:
		return 0;
	}
}

uint32_t front_width_min(const struct re_tree *tree)
{
	return front_width_of(tree->root);
}

/* --- looking ---------------------------------------------------------------------------------- */

static bool may_begin(const struct front_masks *masks, const unsigned char *bytes)
{
	return masks->of[0][bytes[0]] & masks->of[1][bytes[1]] & masks->of[2][bytes[2]] &
	       masks->of[3][bytes[3]];
}

/* Too near the end of the text nothing is known. */
static bool is_masked(const struct front_masks *masks, struct str text, size_t at)
{
	return at + FRONT_BYTES <= text.len &&
	       !may_begin(masks, (const unsigned char *)text.ptr + at);
}

/* The first beginning of a line from `at`; behind the text: there is none. */
static size_t next_line(struct str text, size_t at)
{
	if (at == 0 || (at <= text.len && text.ptr[at - 1] == '\n'))
		return at;
	const char *end = at < text.len ? memchr(text.ptr + at, '\n', text.len - at) : NULL;
	return end ? (size_t)(end - text.ptr) + 1 : text.len + 1;
}

static size_t next_of_line(const struct front *front, struct str text, size_t at, size_t last)
{
	for (;;) {
		at = next_line(text, at);
		if (at > last || at > text.len)
			return at;
		size_t next = front->row     ? front_row_next(front->row, text, at, last)
			      : front->masks ? at + is_masked(front->masks, text, at)
					     : at;
		if (next == at)
			return at;
		at = next;
	}
}

/* The next place that is chosen without the automaton. */
static size_t next_place(const struct front *front, struct str text, size_t at, size_t last)
{
	const unsigned char *bytes = (const unsigned char *)text.ptr;

	if (front->at_line)
		return next_of_line(front, text, at, last);
	if (front->row)
		return front_row_next(front->row, text, at, last);
	if (front->masks)
		while (at <= last && is_masked(front->masks, text, at))
			at++;
	else
		while (at <= last && at < text.len && !front->automaton->begins[bytes[at]])
			at++;
	return at;
}

size_t front_behind(const struct front *front, struct str text, size_t at)
{
	const unsigned char *bytes = (const unsigned char *)text.ptr;

	at++;
	while (front->run && at < text.len && front->run[bytes[at - 1]] && front->run[bytes[at]])
		at++;
	return at;
}

struct front_place front_next(const struct front *front, struct str text, size_t from, size_t last)
{
	const struct automaton *automaton = front->automaton;
	struct front_place place = {0};

	size_t n_read = 0;

	for (size_t at = from;; at = front_behind(front, text, at)) {
		place.at = at = next_place(front, text, at, last);
		if (at > last || at > text.len || !automaton)
			return place;
		n_read += front->row ? front->row->n : 1;
		if (automaton->at_boundary && !automaton_is_boundary(text, at))
			continue;
		enum automaton_answer answer = automaton_ask(automaton, text, at, &place.end);
		n_read += place.end - at;
		bool is_tired = answer == AUTOMATON_NO && n_read > READ_MAX;
		place.is_unknown = is_tired || (answer == AUTOMATON_UNKNOWN && !front->run);
		place.is_match = answer == AUTOMATON_YES && automaton->is_exact;
		place.is_end_known = place.is_match && automaton->is_prefix_free;
		if (answer != AUTOMATON_NO || is_tired)
			return place;
	}
}
