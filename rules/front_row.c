/* front_row: what stands at the beginning of every match, see front.h. */
#include "rules/front.h"

enum {
	ROW_MIN = 6,
	RUN_MAX = 1000,
	SHORT_RUN = 16, /* is looked for at many places at once */
	BLOCK_BYTES = 16,
};

/* PCRE2 finds places that begin with a byte of some set fast when they are fewer. */
static const double ROW_PAYS_CHANCE = 0.1;

/* Add what stands at the beginning of every match of the row of nodes; true: and what is behind
 * them stands there, too. */
static bool add_row(struct front_row *row, const struct re_node *node);

static bool is_at(const struct re_node *node, unsigned byte)
{
	return node->op == RE_SET
		       ? re_set_has(node->set, byte)
		       : byte == node->byte || (node->icase && byte == re_other_case(node->byte));
}

/* Rows are as long as there are bits, runs of one set as long as they are. */
static bool add_position(struct front_row *row, const struct re_node *node)
{
	bool is_same = row->n == 0 || row->is_run;

	for (unsigned byte = 0; row->n && byte < 256; byte++)
		is_same &= is_at(node, byte) == (row->masks[byte] & 1);
	if (row->n >= (is_same ? RUN_MAX : FRONT_ROW_MAX))
		return false;
	for (unsigned byte = 0; row->n < FRONT_ROW_MAX && byte < 256; byte++)
		if (is_at(node, byte))
			row->masks[byte] |= (uint32_t)1 << row->n;
	row->is_run = is_same;
	row->n++;
	return true;
}

static bool add_repeat(struct front_row *row, const struct re_node *node)
{
	for (uint32_t i = 0; i < node->min; i++) {
		unsigned before = row->n;
		if (!add_row(row, node->first))
			return false;
		if (row->n == before)
			break; /* of no width */
	}
	return node->min == node->max;
}

static bool add_node(struct front_row *row, const struct re_node *node)
{
	switch (node->op) {
	case RE_LITERAL:
	case RE_SET:
		return add_position(row, node);
	case RE_EMPTY:
	case RE_ASSERT:
	case RE_LOOK:
	case RE_OPTIONS:
		return true;
	case RE_CONCAT:
	case RE_GROUP:
		return add_row(row, node->first);
	case RE_REPEAT:
		return add_repeat(row, node);
	default:
		return false;
	}
}

static bool add_row(struct front_row *row, const struct re_node *node)
{
	for (; node; node = node->next)
		if (!add_node(row, node))
			return false;
	return true;
}

static double chance_of_first(const struct front_row *row)
{
	struct factor_set first = {0};

	for (unsigned byte = 0; byte < 256; byte++)
		if (row->masks[byte] & 1)
			byte_set_add(&first.bytes, byte);
	factor_set_measure(&first);
	return first.chance;
}

static bool is_in(const struct front_row *row, unsigned byte)
{
	return row->masks[byte] & 1;
}

/* Of a run's set, if there are few. */
static void find_ranges(struct front_row *row)
{
	unsigned n = 0, from;

	for (unsigned byte = 0; byte < 256; byte++) {
		if (!is_in(row, byte))
			continue;
		for (from = byte; byte < 255 && is_in(row, byte + 1); byte++)
			;
		if (n == sizeof row->ranges / sizeof *row->ranges)
			return;
		row->ranges[n][0] = (uint8_t)from;
		row->ranges[n++][1] = (uint8_t)(byte - from);
	}
	row->n_ranges = n;
}

void front_row_set_boundary(struct front_row *row)
{
	row->begins_word = row->is_run;
	for (unsigned byte = 0; byte < 256; byte++)
		row->begins_word &= !is_in(row, byte) || ascii_is_word((unsigned char)byte);
}

struct front_row *front_row_of(struct arena *keep, const struct re_tree *tree)
{
	struct front_row row = {0};

	if (front_width_min(tree) < ROW_MIN)
		return NULL;
	add_row(&row, tree->root);
	if (row.n < ROW_MIN || chance_of_first(&row) < ROW_PAYS_CHANCE)
		return NULL;
	struct front_row *kept = ARENA_NEW(keep, struct front_row);
	*kept = row;
	if (row.is_run && row.n <= SHORT_RUN)
		find_ranges(kept);
	return kept;
}

/* How far behind `at` the next place is where the row may be; 0: it is there. Read from its end:
 * the byte that does not fit there says how far to go at least. */
static size_t row_misses(const struct front_row *row, const unsigned char *bytes)
{
	for (unsigned i = row->n; i-- > 0;) {
		uint32_t fits = row->masks[bytes[i]];
		if (row->is_run ? fits & 1 : fits >> i & 1)
			continue;
		if (row->is_run)
			return i + 1;
		fits &= ((uint32_t)1 << i) - 1;
		return fits ? i - (31 - (unsigned)__builtin_clz(fits)) : i + 1;
	}
	return 0;
}

/* --- short runs, at sixteen places at once ---------------------------------------------------- */

typedef unsigned char block __attribute__((vector_size(BLOCK_BYTES)));
typedef uint64_t halves __attribute__((vector_size(BLOCK_BYTES)));

static block all_of(uint8_t byte)
{
	block bytes = {0};

	return bytes + byte;
}

static block are_in_range(block bytes, uint8_t from, uint8_t more)
{
	return (block)(bytes - all_of(from) <= all_of(more));
}

static block are_in_run(const struct front_row *row, const unsigned char *bytes)
{
	block at, fits = {0};

	memcpy(&at, bytes, sizeof at);
	for (unsigned i = 0; i < row->n_ranges; i++)
		fits |= are_in_range(at, row->ranges[i][0], row->ranges[i][1]);
	return fits;
}

static block are_of_words(const unsigned char *bytes)
{
	block at;

	memcpy(&at, bytes, sizeof at);
	return are_in_range(at | 0x20, 'a', 25) | are_in_range(at, '0', 9) |
	       are_in_range(at, '_', 0);
}

/* The first of the places where a run begins; BLOCK_BYTES: none of them. */
static unsigned first_run(const struct front_row *row, const unsigned char *bytes)
{
	block fits = are_in_run(row, bytes);
	halves words;
	unsigned i = 0;

	for (unsigned k = 1; k < row->n; k++)
		fits &= are_in_run(row, bytes + k);
	if (row->begins_word)
		fits &= ~are_of_words(bytes - 1);
	words = (halves)fits;
	if ((words[0] | words[1]) == 0)
		return BLOCK_BYTES;
	while (!fits[i])
		i++;
	return i;
}

/* All before the place that is returned are none. */
static size_t pass_over(const struct front_row *row, struct str text, size_t at, size_t last)
{
	const unsigned char *bytes = (const unsigned char *)text.ptr;

	while (at > 0 && at <= last && at + BLOCK_BYTES + row->n <= text.len) {
		unsigned i = first_run(row, bytes + at);
		at += i;
		if (i < BLOCK_BYTES)
			break;
	}
	return at;
}

size_t front_row_next(const struct front_row *row, struct str text, size_t at, size_t last)
{
	const unsigned char *bytes = (const unsigned char *)text.ptr;

	while (at <= last) {
		if (row->n_ranges)
			at = pass_over(row, text, at, last);
		if (at + row->n > text.len)
			return text.len + 1;
		size_t misses = row_misses(row, bytes + at);
		if (misses == 0)
			return at;
		at += misses;
	}
	return at;
}
