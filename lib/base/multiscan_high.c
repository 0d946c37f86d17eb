/*
 * multiscan_high: sequences whose window has bytes of 128 and more in the text, and those that no
 * table can hold.
 *
 * Hashed: a window of few texts has a list for each, by its hash.
 *
 * Masked: for what is too wide for that. A bit for each sequence; a table for each position of the
 * window, some before and some behind it, has for each byte the bits of the sequences that allow it
 * there. The AND of what the tables have for a place in the text names those that are there, but
 * for long ones, which are then compared in full. Bits stand in groups, sequences that are alike in
 * one; tables of a bit for each group say first which groups can have any.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/multiscan_inside.h"

enum {
	HASH_BITS_MIN = 12,
	HASH_BITS_MAX = 22,
	MASK_BEFORE = 3, /* positions before the window */
	MASK_BYTES = 11, /* with those */
	WORDS_AT_ONCE = 4,
	GROUPS_AT_ONCE = 4,
};

/* At once, as far as the machine can. */
typedef uint64_t words __attribute__((vector_size(8 * WORDS_AT_ONCE), aligned(16)));

struct masks {
	struct multiscan_sequence_vec sequences; /* by bit */
	size_t n;                 /* of groups, a `words` for each byte; a multiple of
				     GROUPS_AT_ONCE */
	words *table[MASK_BYTES]; /* byte * n + group */
	size_t n_groups_words;
	uint64_t *groups[MASK_BYTES]; /* byte * n_groups_words + group / 64: any bit in its words */
};

struct multiscan_high {
	const struct multiscan_sequence *sequences;
	unsigned hash_bits;
	struct multiscan_lists hashed; /* hash → sequences */
	struct masks wide, loose;
};

/* --- hashed ----------------------------------------------------------------------------------- */

static uint32_t hash_of(const struct multiscan_high *high, const unsigned char *bytes)
{
	uint32_t text = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];

	return text * 2654435761u >> (32 - high->hash_bits);
}

typedef void hash_fn(struct multiscan_high *high, uint32_t hash, uint32_t number);

static void each_hash(struct multiscan_high *high, uint32_t number, hash_fn *fn)
{
	const struct multiscan_sequence *sequence = &high->sequences[number];
	struct multiscan_bytes first = multiscan_bytes_of(sequence, sequence->rarest);
	struct multiscan_bytes second = multiscan_bytes_of(sequence, sequence->rarest + 1u);
	struct multiscan_bytes third = multiscan_bytes_of(sequence, sequence->rarest + 2u);

	for (unsigned a = 0; a < first.n; a++)
		for (unsigned b = 0; b < second.n; b++)
			for (unsigned c = 0; c < third.n; c++) {
				unsigned char bytes[] = {first.bytes[a], second.bytes[b],
							 third.bytes[c]};
				if ((bytes[0] | bytes[1] | bytes[2]) & 128)
					fn(high, hash_of(high, bytes), number);
			}
}

static void mark_hash(struct multiscan_high *high, uint32_t hash, uint32_t number)
{
	(void)number;
	multiscan_lists_mark(&high->hashed, hash);
}

static void count_hash(struct multiscan_high *high, uint32_t hash, uint32_t number)
{
	(void)number;
	multiscan_lists_count(&high->hashed, hash);
}

static void add_hash(struct multiscan_high *high, uint32_t hash, uint32_t number)
{
	multiscan_lists_add(&high->hashed, hash, number);
}

VEC_OF(number_vec, uint32_t);

static void each_hash_of_all(struct multiscan_high *high, const struct number_vec *numbers,
			     hash_fn *fn)
{
	for (size_t i = numbers->n; i-- > 0;)
		each_hash(high, numbers->items[i], fn);
}

static void make_hashed(struct arena *arena, struct multiscan_high *high,
			const struct number_vec *numbers, size_t n_texts)
{
	high->hash_bits = HASH_BITS_MIN;
	while (high->hash_bits < HASH_BITS_MAX && n_texts * 8 > (size_t)1 << high->hash_bits)
		high->hash_bits++;
	multiscan_lists_init(arena, &high->hashed, high->hash_bits);
	each_hash_of_all(high, numbers, mark_hash);
	multiscan_lists_marked(arena, arena, &high->hashed, high->hash_bits);
	each_hash_of_all(high, numbers, count_hash);
	multiscan_lists_counted(arena, &high->hashed);
	each_hash_of_all(high, numbers, add_hash);
}

/* --- masked ----------------------------------------------------------------------------------- */

/* Before the first position as behind the last one, anything may stand. */
static struct multiscan_bytes bytes_of_mask(const struct multiscan_sequence *sequence, unsigned i)
{
	return multiscan_bytes_of(sequence, sequence->rarest + i >= MASK_BEFORE
						    ? sequence->rarest + i - MASK_BEFORE
						    : sequence->n);
}

static void add_mask(struct masks *masks, size_t bit)
{
	const struct multiscan_sequence *sequence = &masks->sequences.items[bit];
	size_t group = bit / (64 * WORDS_AT_ONCE), word = bit / 64 % WORDS_AT_ONCE;

	for (unsigned i = 0; i < MASK_BYTES; i++) {
		struct multiscan_bytes list = bytes_of_mask(sequence, i);
		for (unsigned k = 0; k < list.n; k++) {
			masks->table[i][list.bytes[k] * masks->n + group][word] |= (uint64_t)1
										   << bit % 64;
			masks->groups[i][list.bytes[k] * masks->n_groups_words + group / 64] |=
				(uint64_t)1 << group % 64;
		}
	}
}

/* What a window allows of the bytes of UTF-8, position by position. */
struct likeness {
	struct multiscan_bits bits[MULTISCAN_WINDOW];
	uint32_t number;
};

static int compare_likeness(const void *a, const void *b)
{
	const struct likeness *one = a, *other = b;
	int order = memcmp(one->bits, other->bits, sizeof one->bits);

	return order ? order : (one->number > other->number) - (one->number < other->number);
}

static void sort_by_likeness(struct arena *arena, struct multiscan_sequence_vec *sequences)
{
	struct likeness *all = ARENA_ARRAY(arena, struct likeness, sequences->n + 1);
	struct multiscan_sequence *sorted =
		ARENA_ARRAY(arena, struct multiscan_sequence, sequences->n + 1);

	for (size_t i = 0; i < sequences->n; i++) {
		const struct multiscan_sequence *sequence = &sequences->items[i];
		for (unsigned k = 0; k < MULTISCAN_WINDOW; k++)
			all[i].bits[k] = multiscan_bits_of(sequence, sequence->rarest + k);
		all[i].number = (uint32_t)i;
	}
	qsort(all, sequences->n, sizeof *all, compare_likeness);
	for (size_t i = 0; i < sequences->n; i++)
		sorted[i] = sequences->items[all[i].number];
	sequences->items = sorted;
}

static void make_masks(struct arena *arena, struct masks *masks)
{
	size_t n_bits = 64 * WORDS_AT_ONCE;

	masks->n = (masks->sequences.n + n_bits - 1) / n_bits;
	masks->n = (masks->n + GROUPS_AT_ONCE - 1) / GROUPS_AT_ONCE * GROUPS_AT_ONCE;
	masks->n_groups_words = (masks->n + 63) / 64;
	sort_by_likeness(arena, &masks->sequences);
	for (unsigned i = 0; i < MASK_BYTES; i++) {
		masks->table[i] = ARENA_ARRAY(arena, words, 256 * masks->n + 1);
		masks->groups[i] = ARENA_ARRAY(arena, uint64_t, 256 * masks->n_groups_words + 1);
	}
	for (size_t i = 0; i < masks->sequences.n; i++)
		add_mask(masks, i);
}

/* --- building --------------------------------------------------------------------------------- */

/* Texts of the window that have a byte of 128 or more. */
static size_t n_high_texts(const struct multiscan_sequence *sequence)
{
	size_t all = 1, plain = 1;

	for (unsigned i = 0; i < MULTISCAN_WINDOW; i++) {
		struct multiscan_bits bits = multiscan_bits_of(sequence, sequence->rarest + i);
		unsigned n = multiscan_bits_plain(&bits);
		plain *= n;
		all *= n + multiscan_bits_high(&bits);
	}
	return all - plain;
}

struct multiscan_high *multiscan_high_new(struct arena *arena,
					  const struct multiscan_sequence_vec *sequences,
					  const bool *is_loose)
{
	struct multiscan_high *high = ARENA_NEW(arena, struct multiscan_high);
	struct number_vec hashed = {0};
	size_t n_hashed_texts = 0;

	high->sequences = sequences->items;
	for (size_t i = 0; i < sequences->n; i++) {
		size_t n_texts = is_loose[i] ? 0 : n_high_texts(&sequences->items[i]);
		if (is_loose[i]) {
			vec_push(arena, &high->loose.sequences, sequences->items[i]);
		} else if (n_texts > MULTISCAN_WINDOW_TEXTS_MAX) {
			vec_push(arena, &high->wide.sequences, sequences->items[i]);
		} else if (n_texts) {
			vec_push(arena, &hashed, (uint32_t)i);
			n_hashed_texts += n_texts;
		}
	}
	make_hashed(arena, high, &hashed, n_hashed_texts);
	make_masks(arena, &high->wide);
	make_masks(arena, &high->loose);
	return high;
}

/* --- searching -------------------------------------------------------------------------------- */

/* The bytes around a place, in lower case; outside of the text 0, which sequences may allow. */
struct window {
	const unsigned char *bytes; /* MASK_BYTES; the place is at MASK_BEFORE */
	size_t at;
};

/* A part of the text with what is around it. */
struct block {
	unsigned char bytes[MASK_BYTES + MULTISCAN_BLOCK];
	size_t at;
};

static void fill_block(struct block *block, const struct multiscan_search *search, size_t at,
		       size_t n)
{
	size_t before = at < MASK_BEFORE ? at : MASK_BEFORE, rest = search->length - at;
	size_t after = n + MASK_BYTES - MASK_BEFORE < rest ? n + MASK_BYTES - MASK_BEFORE : rest;
	const unsigned char *from = search->bytes + at - before;
	unsigned char *to = block->bytes + MASK_BEFORE - before;

	block->at = at;
	memset(block->bytes, 0, MASK_BEFORE - before);
	for (size_t i = 0; i < before + after; i++)
		to[i] = (unsigned char)ascii_lower((char)from[i]);
	memset(to + before + after, 0, n + MASK_BYTES - MASK_BEFORE - after);
}

static struct window window_at(const struct block *block, size_t place)
{
	return (struct window){block->bytes + place, block->at + place};
}

static void tell_hashed(const struct multiscan_high *high, struct multiscan_search *search,
			const struct window *window, uint32_t hash)
{
	const uint32_t *first = high->hashed.first + multiscan_lists_rank(&high->hashed, hash);
	for (uint32_t i = first[0]; i < first[1]; i++) {
		const struct multiscan_sequence *sequence =
			&high->sequences[high->hashed.numbers[i]];
		multiscan_compare(search, sequence, window->at - sequence->rarest);
	}
}

/* All positions of the sequence were looked up. */
static bool is_whole(const struct multiscan_sequence *sequence)
{
	return sequence->rarest <= MASK_BEFORE &&
	       sequence->n <= sequence->rarest + MASK_BYTES - MASK_BEFORE;
}

static void tell_masked(const struct masks *masks, struct multiscan_search *search,
			const struct window *window, size_t word, uint64_t bits)
{
	while (bits) {
		const struct multiscan_sequence *sequence =
			&masks->sequences.items[word * 64 + multiscan_take(&bits)];
		size_t begin = window->at - sequence->rarest;

		if (!is_whole(sequence))
			multiscan_compare(search, sequence, begin);
		else if (begin <= search->length && sequence->n <= search->length - begin &&
			 sequence->where & search->where)
			multiscan_tell(search, sequence->id, begin + sequence->n);
	}
}

/* For each position what its table has for the byte there. */
struct rows {
	const words *table[MASK_BYTES];
};

static struct rows rows_of(const struct masks *masks, const struct window *window)
{
	struct rows rows;

	for (unsigned i = 0; i < MASK_BYTES; i++)
		rows.table[i] = masks->table[i] + window->bytes[i] * masks->n;
	return rows;
}

/* Those that can have any, of 64 groups. */
static uint64_t groups_of(const struct masks *masks, const struct window *window, size_t word)
{
	uint64_t groups = ~(uint64_t)0;

#pragma GCC unroll 11
	for (unsigned i = 0; i < MASK_BYTES; i++)
		groups &= masks->groups[i][window->bytes[i] * masks->n_groups_words + word];
	return groups;
}

static bool is_any(const words *fit)
{
	return ((*fit)[0] | (*fit)[1] | (*fit)[2] | (*fit)[3]) != 0;
}

/* GROUPS_AT_ONCE of them, from `group` on. False: nothing fits. */
MULTISCAN_WIDE static bool fit_groups(const struct rows *rows, size_t group, words *fit_out)
{
	words a = rows->table[0][group], b = rows->table[0][group + 1];
	words c = rows->table[0][group + 2], d = rows->table[0][group + 3];

#pragma GCC unroll 11
	for (unsigned i = 1; i < MASK_BYTES; i++) {
		const words *row = rows->table[i] + group;
		a &= row[0];
		b &= row[1];
		c &= row[2];
		d &= row[3];
	}
	fit_out[0] = a;
	fit_out[1] = b;
	fit_out[2] = c;
	fit_out[3] = d;
	a |= b | c | d;
	return is_any(&a);
}

static void tell_groups(const struct masks *masks, struct multiscan_search *search,
			const struct window *window, size_t group, const words *fit)
{
	for (size_t i = 0; i < GROUPS_AT_ONCE; i++)
		for (size_t k = 0; is_any(&fit[i]) && k < WORDS_AT_ONCE; k++)
			if (fit[i][k])
				tell_masked(masks, search, window, (group + i) * WORDS_AT_ONCE + k,
					    fit[i][k]);
}

static void look_masked(const struct masks *masks, struct multiscan_search *search,
			const struct window *window)
{
	const uint64_t at_once = ((uint64_t)1 << GROUPS_AT_ONCE) - 1;
	words fit[GROUPS_AT_ONCE];

	for (size_t word = 0; word < masks->n_groups_words; word++) {
		uint64_t groups = groups_of(masks, window, word);
		if (!groups)
			continue;
		const struct rows rows = rows_of(masks, window);
		for (size_t group = word * 64; groups; group += GROUPS_AT_ONCE) {
			if (groups & at_once && fit_groups(&rows, group, fit))
				tell_groups(masks, search, window, group, fit);
			groups >>= GROUPS_AT_ONCE;
		}
	}
}

/* Without a branch that depends on the text: what the bits say is far away in memory. */
static void look_hashed(const struct multiscan_high *high, struct multiscan_search *search,
			const struct block *block, const uint16_t *places, size_t n_places)
{
	uint16_t hits[MULTISCAN_BLOCK + 1];
	size_t n = 0;

	for (size_t i = 0; i < n_places; i++) {
		hits[n] = places[i];
		n += multiscan_lists_has(&high->hashed,
					 hash_of(high, block->bytes + places[i] + MASK_BEFORE));
	}
	for (size_t i = 0; i < n; i++) {
		struct window window = window_at(block, hits[i]);
		tell_hashed(high, search, &window, hash_of(high, window.bytes + MASK_BEFORE));
	}
}

void multiscan_high_look(const struct multiscan_high *high, struct multiscan_search *search,
			 size_t at, size_t n, const uint16_t *places, size_t n_places)
{
	struct block block;

	if (!n_places)
		return;
	fill_block(&block, search, at, n);
	look_hashed(high, search, &block, places, n_places);
	for (size_t i = 0; i < n_places && high->wide.n; i++) {
		struct window window = window_at(&block, places[i]);
		look_masked(&high->wide, search, &window);
	}
}

void multiscan_high_run_loose(const struct multiscan_high *high, struct multiscan_search *search)
{
	struct block block;

	if (high->loose.sequences.n == 0)
		return;
	for (size_t at = 0; at < search->length; at += MULTISCAN_BLOCK) {
		size_t rest = search->length - at,
		       n = rest < MULTISCAN_BLOCK ? rest : MULTISCAN_BLOCK;
		fill_block(&block, search, at, n);
		for (size_t i = 0; i < n; i++) {
			struct window window = window_at(&block, i);
			look_masked(&high->loose, search, &window);
		}
	}
}
