/*
 * multiscan_high: sequences whose window has bytes of 128 and more in the text, and those that no
 * table can hold.
 *
 * Hashed: a window of few texts has a list for each, by its hash.
 *
 * Masked: for what is too wide for that. A bit for each sequence; a table for each position of the
 * window, and some behind it, has for each byte the bits of the sequences that allow it there. The
 * AND of what the tables have for a place in the text names those that are then compared in full.
 */
#include "lib/base/multiscan_inside.h"

enum {
	HASH_BITS_MIN = 12,
	HASH_BITS_MAX = 22,
	MASK_BYTES = 8,
	WORDS_AT_ONCE = 2,
};

/* Two words at once, where the machine can. */
typedef uint64_t words __attribute__((vector_size(8 * WORDS_AT_ONCE)));

struct masks {
	struct multiscan_sequence_vec sequences; /* by bit */
	size_t n;                                /* of words for each byte */
	words *table[MASK_BYTES];                /* byte * n + bit / bits of words */
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

static void add_mask(struct masks *masks, size_t bit)
{
	const struct multiscan_sequence *sequence = &masks->sequences.items[bit];
	size_t at = bit / (64 * WORDS_AT_ONCE), word = bit / 64 % WORDS_AT_ONCE;

	for (unsigned i = 0; i < MASK_BYTES; i++) {
		struct multiscan_bytes list = multiscan_bytes_of(sequence, sequence->rarest + i);
		for (unsigned k = 0; k < list.n; k++)
			masks->table[i][list.bytes[k] * masks->n + at][word] |= (uint64_t)1
										<< bit % 64;
	}
}

static void make_masks(struct arena *arena, struct masks *masks)
{
	size_t n_bits = 64 * WORDS_AT_ONCE;

	masks->n = (masks->sequences.n + n_bits - 1) / n_bits;
	for (unsigned i = 0; i < MASK_BYTES; i++)
		masks->table[i] = ARENA_ARRAY(arena, words, 256 * masks->n + 1);
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

/* The bytes at a place, in lower case; behind the text 0, which sequences may allow: what fits has
 * yet to be compared. */
struct window {
	unsigned char bytes[MASK_BYTES];
	size_t at;
};

static struct window window_at(const struct multiscan_search *search, size_t at)
{
	struct window window = {.at = at};

	for (unsigned i = 0; i < MASK_BYTES && at + i < search->length; i++)
		window.bytes[i] = (unsigned char)ascii_lower((char)search->bytes[at + i]);
	return window;
}

static void look_hashed(const struct multiscan_high *high, struct multiscan_search *search,
			const struct window *window)
{
	uint32_t hash = hash_of(high, window->bytes);

	if (!multiscan_lists_has(&high->hashed, hash))
		return;
	const uint32_t *first = high->hashed.first + multiscan_lists_rank(&high->hashed, hash);
	for (uint32_t i = first[0]; i < first[1]; i++) {
		const struct multiscan_sequence *sequence =
			&high->sequences[high->hashed.numbers[i]];
		multiscan_compare(search, sequence, window->at - sequence->rarest);
	}
}

static void compare_masked(const struct masks *masks, struct multiscan_search *search,
			   const struct window *window, size_t word, uint64_t bits)
{
	for (; bits; bits &= bits - 1) {
		const struct multiscan_sequence *sequence =
			&masks->sequences.items[word * 64 +
						(size_t)__builtin_ctzll((unsigned long long)bits)];
		multiscan_compare(search, sequence, window->at - sequence->rarest);
	}
}

static void look_masked(const struct masks *masks, struct multiscan_search *search,
			const struct window *window)
{
	const words *rows[MASK_BYTES];

	for (unsigned i = 0; i < MASK_BYTES; i++)
		rows[i] = masks->table[i] + window->bytes[i] * masks->n;
	for (size_t at = 0; at < masks->n; at++) {
		words fit = rows[0][at] & rows[1][at] & rows[2][at];
		if (!(fit[0] | fit[1]))
			continue;
		for (unsigned i = MULTISCAN_WINDOW; i < MASK_BYTES; i++)
			fit &= rows[i][at];
		for (size_t i = 0; i < WORDS_AT_ONCE; i++)
			compare_masked(masks, search, window, at * WORDS_AT_ONCE + i, fit[i]);
	}
}

void multiscan_high_look(const struct multiscan_high *high, struct multiscan_search *search,
			 size_t at)
{
	struct window window = window_at(search, at);

	look_hashed(high, search, &window);
	look_masked(&high->wide, search, &window);
}

void multiscan_high_run_loose(const struct multiscan_high *high, struct multiscan_search *search)
{
	if (high->loose.sequences.n == 0)
		return;
	for (size_t at = 0; at < search->length; at++) {
		struct window window = window_at(search, at);
		look_masked(&high->loose, search, &window);
	}
}
