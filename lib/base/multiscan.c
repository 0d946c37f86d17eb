/*
 * multiscan: see multiscan.h. Two passes, each for what it is good at.
 *
 * Anchored: a sequence with three neighbouring positions of few members is found by a table of all
 * three-byte texts these allow; a bit for each slot of the table says no most of the time.
 *
 * Masked: for what is too wide for that. Groups of 256 sequences have four tables of 256 masks: bit
 * b of table p's mask for a byte says that sequence b allows the byte at its p-th position; the AND
 * of four look-ups names the sequences that are then compared in full.
 */
#include "lib/base/multiscan.h"

#include <stdlib.h>

enum {
	ANCHOR_BYTES = 3,
	TABLE_BITS_MIN = 13,
	TABLE_BITS_MAX = 20,
	MASK_BYTES = 4,
	GROUP_PAIRS = 2,
	GROUP_SEQUENCES = 128 * GROUP_PAIRS,
};

/* A sequence at a three-byte text: where it begins before that. */
struct anchor {
	uint32_t sequence;
	uint32_t text; /* the three bytes */
};

/* Two words at once, where the machine can. */
typedef uint64_t word_pair __attribute__((vector_size(16)));

struct mask {
	word_pair pairs[GROUP_PAIRS]; /* bit by sequence */
};

struct group {
	struct mask masks[MASK_BYTES][256];
	size_t first; /* in masked */
};

struct multiscan {
	struct arena *arena;
	struct multiscan_sequence_vec anchored, masked;
	unsigned table_bits;
	uint8_t *used;    /* bit by slot */
	uint32_t *starts; /* slot → its first anchor; one more at the end */
	struct anchor *anchors;
	size_t n_anchors;
	struct group *groups;
	size_t n_groups;
};

static bool allows(const struct multiscan_sequence *sequence, unsigned position, unsigned char byte)
{
	unsigned at = sequence->at[position];

	return at < MULTISCAN_SET ? at == byte
				  : byte_set_has(&sequence->sets[at - MULTISCAN_SET], byte);
}

static unsigned n_allowed(const struct multiscan_sequence *sequence, unsigned position)
{
	unsigned at = sequence->at[position], n = 0;

	if (at < MULTISCAN_SET)
		return 1;
	for (unsigned i = 0; i < sizeof sequence->sets->bits; i++)
		n += (unsigned)__builtin_popcount(sequence->sets[at - MULTISCAN_SET].bits[i]);
	return n;
}

/* The bytes of a position, as a list. */
struct byte_list {
	unsigned n;
	unsigned char bytes[256];
};

static struct byte_list allowed(const struct multiscan_sequence *sequence, unsigned position)
{
	struct byte_list list = {.n = 0};

	if (sequence->at[position] < MULTISCAN_SET) {
		list.bytes[list.n++] = (unsigned char)sequence->at[position];
		return list;
	}
	for (unsigned byte = 0; byte < 256; byte++)
		if (allows(sequence, position, (unsigned char)byte))
			list.bytes[list.n++] = (unsigned char)byte;
	return list;
}

/* --- the table of anchors --------------------------------------------------------------------- */

/* Three bytes of memory as a number. */
static const union {
	unsigned char bytes[4];
	uint32_t number;
} three_bytes = {{0xff, 0xff, 0xff, 0}};

static unsigned slot_of(const struct multiscan *multiscan, uint32_t text)
{
	return text * 2654435761u >> (32 - multiscan->table_bits);
}

/* The same as the machine lays it out: fourth byte away. */
static uint32_t text_at(const unsigned char *bytes)
{
	uint32_t text;

	memcpy(&text, bytes, sizeof text);
	return text & three_bytes.number;
}

bool multiscan_is_wide(const struct multiscan_sequence *sequence)
{
	unsigned n = 1;

	if (sequence->n < ANCHOR_BYTES)
		return true;
	for (unsigned i = 0; i < ANCHOR_BYTES && n <= MULTISCAN_WINDOW_TEXTS_MAX; i++)
		n *= n_allowed(sequence, sequence->rarest + i);
	return n > MULTISCAN_WINDOW_TEXTS_MAX;
}

VEC_OF(anchor_vec, struct anchor);

static void add_anchors(struct multiscan *multiscan, struct anchor_vec *anchors, uint32_t number)
{
	const struct multiscan_sequence *sequence = &multiscan->anchored.items[number];
	struct byte_list first = allowed(sequence, sequence->rarest);
	struct byte_list second = allowed(sequence, sequence->rarest + 1u);
	struct byte_list third = allowed(sequence, sequence->rarest + 2u);

	for (unsigned a = 0; a < first.n; a++)
		for (unsigned b = 0; b < second.n; b++)
			for (unsigned c = 0; c < third.n; c++) {
				unsigned char bytes[4] = {first.bytes[a], second.bytes[b],
							  third.bytes[c], 0};
				struct anchor anchor = {number, text_at(bytes)};
				vec_push(multiscan->arena, anchors, anchor);
			}
}

static void choose_table_size(struct multiscan *multiscan, size_t n_anchors)
{
	multiscan->table_bits = TABLE_BITS_MIN;
	while (multiscan->table_bits < TABLE_BITS_MAX &&
	       n_anchors * 8 > (size_t)1 << multiscan->table_bits)
		multiscan->table_bits++;
}

/* Counting sort by slot. */
static void fill_table(struct multiscan *multiscan, const struct anchor_vec *anchors)
{
	choose_table_size(multiscan, anchors->n);
	size_t n_slots = (size_t)1 << multiscan->table_bits;
	multiscan->used = ARENA_ARRAY(multiscan->arena, uint8_t, n_slots / 8);
	multiscan->starts = ARENA_ARRAY(multiscan->arena, uint32_t, n_slots + 1);
	multiscan->anchors = ARENA_ARRAY(multiscan->arena, struct anchor, anchors->n + 1);
	multiscan->n_anchors = anchors->n;
	for (size_t i = 0; i < anchors->n; i++) {
		unsigned slot = slot_of(multiscan, anchors->items[i].text);
		multiscan->used[slot >> 3] |= (uint8_t)(1u << (slot & 7));
		multiscan->starts[slot]++;
	}
	uint32_t total = 0;
	for (size_t i = 0; i <= n_slots; i++)
		total = multiscan->starts[i] += total;
	for (size_t i = anchors->n; i-- > 0;)
		multiscan
			->anchors[--multiscan->starts[slot_of(multiscan, anchors->items[i].text)]] =
			anchors->items[i];
}

/* --- the masks -------------------------------------------------------------------------------- */

/* The positions that the masks look at: from the rarest on, moved back where the end is near. */
static unsigned mask_from(const struct multiscan_sequence *sequence)
{
	if (sequence->n < MASK_BYTES)
		return 0;
	return sequence->rarest + MASK_BYTES <= sequence->n ? sequence->rarest
							    : sequence->n - MASK_BYTES;
}

static void add_to_group(struct group *group, const struct multiscan_sequence *sequence,
			 unsigned bit)
{
	unsigned from = mask_from(sequence);
	struct byte_list any = {.n = 256};

	for (unsigned byte = 0; byte < 256; byte++)
		any.bytes[byte] = (unsigned char)byte;
	for (unsigned i = 0; i < MASK_BYTES; i++) {
		struct byte_list list = from + i < sequence->n ? allowed(sequence, from + i) : any;
		for (unsigned k = 0; k < list.n; k++)
			group->masks[i][list.bytes[k]].pairs[bit / 128][bit / 64 % 2] |=
				(uint64_t)1 << bit % 64;
	}
}

static void make_masks(struct multiscan *multiscan)
{
	const struct multiscan_sequence_vec *masked = &multiscan->masked;

	multiscan->n_groups = (masked->n + GROUP_SEQUENCES - 1) / GROUP_SEQUENCES;
	multiscan->groups = ARENA_ARRAY(multiscan->arena, struct group, multiscan->n_groups + 1);
	for (size_t i = 0; i < masked->n; i++) {
		struct group *group = &multiscan->groups[i / GROUP_SEQUENCES];
		group->first = i - i % GROUP_SEQUENCES;
		add_to_group(group, &masked->items[i], i % GROUP_SEQUENCES);
	}
}

/* --- building --------------------------------------------------------------------------------- */

struct multiscan *multiscan_new(struct arena *arena, const struct multiscan_sequence_vec *sequences)
{
	struct multiscan *multiscan = ARENA_NEW(arena, struct multiscan);
	struct anchor_vec anchors = {0};

	multiscan->arena = arena;
	for (size_t i = 0; i < sequences->n; i++) {
		const struct multiscan_sequence *sequence = &sequences->items[i];
		if (multiscan_is_wide(sequence)) {
			vec_push(arena, &multiscan->masked, *sequence);
			continue;
		}
		vec_push(arena, &multiscan->anchored, *sequence);
		add_anchors(multiscan, &anchors, (uint32_t)(multiscan->anchored.n - 1));
	}
	fill_table(multiscan, &anchors);
	make_masks(multiscan);
	return multiscan;
}

/* --- searching -------------------------------------------------------------------------------- */

struct search {
	const struct multiscan *multiscan;
	const unsigned char *bytes;
	size_t length;
	multiscan_found_fn *found;
	void *data;
};

/* Position `from` of the sequence lies at `at`. */
static void compare(const struct search *search, const struct multiscan_sequence *sequence,
		    unsigned from, size_t at)
{
	size_t begin = at - from;

	if (at < from || begin + sequence->n > search->length)
		return;
	for (unsigned i = 0; i < sequence->n; i++)
		if (!allows(sequence, i, search->bytes[begin + i]))
			return;
	search->found(search->data, sequence->id, begin + sequence->n);
}

static void look_up(const struct search *search, unsigned slot, uint32_t text, size_t at)
{
	const struct multiscan *multiscan = search->multiscan;

	for (uint32_t i = multiscan->starts[slot]; i < multiscan->starts[slot + 1]; i++) {
		const struct anchor *anchor = &multiscan->anchors[i];
		const struct multiscan_sequence *sequence =
			&multiscan->anchored.items[anchor->sequence];
		if (anchor->text == text)
			compare(search, sequence, sequence->rarest, at);
	}
}

static void run_anchored(const struct search *search)
{
	const struct multiscan *multiscan = search->multiscan;

	for (size_t at = 0; at + ANCHOR_BYTES <= search->length; at++) {
		uint32_t text = text_at(search->bytes + at);
		unsigned slot = slot_of(multiscan, text);
		if (multiscan->used[slot >> 3] >> (slot & 7) & 1)
			look_up(search, slot, text, at);
	}
}

static void compare_masked(const struct search *search, const struct group *group, unsigned word,
			   uint64_t bits, size_t at)
{
	for (; bits; bits &= bits - 1) {
		unsigned bit = (unsigned)__builtin_ctzll((unsigned long long)bits);
		const struct multiscan_sequence *sequence =
			&search->multiscan->masked.items[group->first + word * 64 + bit];
		compare(search, sequence, mask_from(sequence), at);
	}
}

static void run_masked(const struct search *search, const struct group *group)
{
	for (size_t at = 0; at < search->length; at++) {
		const unsigned char *bytes = search->bytes + at;
		const word_pair *a = group->masks[0][bytes[0]].pairs;
		const word_pair *b = group->masks[1][bytes[1]].pairs;
		const word_pair *c = group->masks[2][bytes[2]].pairs;
		const word_pair *d = group->masks[3][bytes[3]].pairs;
		word_pair x = a[0] & b[0] & c[0] & d[0], y = a[1] & b[1] & c[1] & d[1];
		word_pair any = x | y;
		if (!(any[0] | any[1]))
			continue;
		compare_masked(search, group, 0, x[0], at);
		compare_masked(search, group, 1, x[1], at);
		compare_masked(search, group, 2, y[0], at);
		compare_masked(search, group, 3, y[1], at);
	}
}

void multiscan_run(const struct multiscan *multiscan, struct str text, multiscan_found_fn *found,
		   void *data)
{
	struct search search = {multiscan, (const unsigned char *)text.ptr, text.len, found, data};

	if (multiscan->n_anchors)
		run_anchored(&search);
	for (size_t i = 0; i < multiscan->n_groups; i++)
		run_masked(&search, &multiscan->groups[i]);
}
