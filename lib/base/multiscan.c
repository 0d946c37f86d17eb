/*
 * multiscan: see multiscan.h. Each sequence is found by three neighbouring positions of it, its
 * window: by a table of kinds of bytes where the text has ASCII there (multiscan_plain.c), by
 * others where it has not (multiscan_high.c), so that what is meant for rare spellings costs
 * nothing in plain text.
 */
#include "lib/base/multiscan_inside.h"

struct multiscan {
	struct multiscan_sequence_vec sequences; /* `rarest` is where the window is */
	struct multiscan_plain *plain;
	struct multiscan_high *high;
};

/* --- sequences -------------------------------------------------------------------------------- */

bool multiscan_allows(const struct multiscan_sequence *sequence, unsigned position,
		      unsigned char byte)
{
	unsigned at = sequence->at[position];

	return at < MULTISCAN_SET ? at == byte
				  : byte_set_has(&sequence->sets[at - MULTISCAN_SET], byte);
}

static uint64_t word_of(const uint8_t *bytes)
{
	uint64_t low = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
		       (uint32_t)bytes[3] << 24;
	uint64_t high = bytes[4] | (uint32_t)bytes[5] << 8 | (uint32_t)bytes[6] << 16 |
			(uint32_t)bytes[7] << 24;

	return low | high << 32;
}

struct multiscan_bits multiscan_bits_of(const struct multiscan_sequence *sequence,
					unsigned position)
{
	struct multiscan_bits bits = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
	const struct byte_set *set;
	const uint64_t capitals = (((uint64_t)1 << 26) - 1) << ('A' & 63);

	if (position < sequence->n && sequence->at[position] < MULTISCAN_SET) {
		unsigned byte = sequence->at[position];
		bits = (struct multiscan_bits){{0}};
		bits.words[byte >> 6] = (uint64_t)1 << (byte & 63);
	} else if (position < sequence->n) {
		set = &sequence->sets[sequence->at[position] - MULTISCAN_SET];
		for (unsigned i = 0; i < 4; i++)
			bits.words[i] = word_of(set->bits + i * 8);
	}
	bits.words[1] &= ~capitals;
	return bits;
}

struct multiscan_bytes multiscan_bytes_of(const struct multiscan_sequence *sequence,
					  unsigned position)
{
	struct multiscan_bits bits = multiscan_bits_of(sequence, position);
	struct multiscan_bytes list;

	list.n = 0;
	for (unsigned i = 0; i < 4; i++)
		for (uint64_t word = bits.words[i]; word;)
			list.bytes[list.n++] = (unsigned char)(i * 64 + multiscan_take(&word));
	return list;
}

bool multiscan_is_wide(const struct multiscan_sequence *sequence)
{
	unsigned n = 1;

	if (sequence->n < MULTISCAN_WINDOW)
		return true;
	for (unsigned i = 0; i < MULTISCAN_WINDOW && n <= MULTISCAN_WINDOW_TEXTS_MAX; i++)
		n *= multiscan_bytes_of(sequence, sequence->rarest + i).n;
	return n > MULTISCAN_WINDOW_TEXTS_MAX;
}

/* --- building --------------------------------------------------------------------------------- */

enum { WIDE_TEXTS = 4096 };

struct choice {
	unsigned texts; /* of the window */
	bool is_high;   /* in each of them a byte is 128 or more */
};

static struct choice choice_of(const struct multiscan_bits *window)
{
	struct choice choice = {1, false};

	for (unsigned i = 0; i < MULTISCAN_WINDOW; i++) {
		unsigned plain = multiscan_bits_plain(&window[i]);
		choice.texts *= plain + multiscan_bits_high(&window[i]);
		choice.is_high |= plain == 0;
	}
	return choice;
}

/* A window that in no text is ASCII keeps the sequence out of what is done for plain text. Of
 * others the rarest is best, unless it is very wide. */
static void choose_window(struct multiscan_sequence *sequence)
{
	struct multiscan_bits bits[MULTISCAN_BYTES_MAX];
	struct choice best;

	if (sequence->n <= MULTISCAN_WINDOW) {
		sequence->rarest = 0;
		return;
	}
	for (unsigned i = 0; i < sequence->n; i++)
		bits[i] = multiscan_bits_of(sequence, i);
	best = choice_of(bits + sequence->rarest);
	for (unsigned i = 0; i + MULTISCAN_WINDOW <= sequence->n && !best.is_high; i++) {
		struct choice choice = choice_of(bits + i);
		if (choice.is_high || (best.texts > WIDE_TEXTS && choice.texts < best.texts)) {
			best = choice;
			sequence->rarest = (uint8_t)i;
		}
	}
}

struct multiscan *multiscan_new(struct arena *arena, const struct multiscan_sequence_vec *sequences)
{
	struct multiscan *multiscan = ARENA_NEW(arena, struct multiscan);
	bool *is_loose = ARENA_ARRAY(arena, bool, sequences->n + 1);

	multiscan->sequences.items =
		ARENA_ARRAY(arena, struct multiscan_sequence, sequences->n + 1);
	for (size_t i = 0; i < sequences->n; i++) {
		multiscan->sequences.items[i] = sequences->items[i];
		choose_window(&multiscan->sequences.items[i]);
	}
	multiscan->sequences.n = sequences->n;
	multiscan->plain = multiscan_plain_new(arena, &multiscan->sequences, is_loose);
	multiscan->high = multiscan_high_new(arena, &multiscan->sequences, is_loose);
	return multiscan;
}

/* --- searching -------------------------------------------------------------------------------- */

void multiscan_tell(struct multiscan_search *search, unsigned id, size_t end)
{
	if (id == search->last_id && end == search->last_end)
		return;
	search->last_id = id;
	search->last_end = end;
	search->found(search->data, id, end);
}

void multiscan_compare(struct multiscan_search *search, const struct multiscan_sequence *sequence,
		       size_t begin)
{
	if (begin > search->length || search->length - begin < sequence->n ||
	    !(sequence->where & search->where))
		return;
	for (unsigned i = 0; i < sequence->n; i++)
		if (!multiscan_allows(sequence, i,
				      (unsigned char)ascii_lower((char)search->bytes[begin + i])))
			return;
	multiscan_tell(search, sequence->id, begin + sequence->n);
}

void multiscan_run(const struct multiscan *multiscan, struct str text, uint16_t where,
		   multiscan_found_fn *found, void *data)
{
	struct multiscan_search search = {.bytes = (const unsigned char *)text.ptr,
					  .length = text.len,
					  .where = where,
					  .found = found,
					  .data = data};
	uint16_t high[MULTISCAN_BLOCK + 1];

	for (size_t at = 0; at + MULTISCAN_BYTES_MIN <= text.len; at += MULTISCAN_BLOCK) {
		size_t n = text.len - at < MULTISCAN_BLOCK ? text.len - at : MULTISCAN_BLOCK;
		size_t n_high = multiscan_plain_run(multiscan->plain, &search, at, n, high);
		multiscan_high_look(multiscan->high, &search, at, n, high, n_high);
	}
	multiscan_high_run_loose(multiscan->high, &search);
}
