/*
 * multiscan_inside: what the files of multiscan share; see multiscan.c for how they work together.
 */
#ifndef WHORL_BASE_MULTISCAN_INSIDE_H
#define WHORL_BASE_MULTISCAN_INSIDE_H

#include "lib/base/multiscan.h"

enum {
	MULTISCAN_WINDOW = 3,   /* neighbouring bytes that a table knows */
	MULTISCAN_BLOCK = 1024, /* places that are looked at in one go */
};

/* Compiled for what the processor has, too: it is found out at start-up. Clang gives such functions
 * other names than their callers ask for. */
#if defined __x86_64__ && defined __gnu_linux__ && defined __GNUC__ && !defined __clang__
#define MULTISCAN_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define MULTISCAN_WIDE
#endif
/* What such a function calls, to be compiled for the same. */
#define MULTISCAN_INLINE static inline __attribute__((always_inline))

/* --- multiscan_lists.c ------------------------------------------------------------------------ */

/* Lists of numbers, by a key of few bits; most keys have none. Made in three rounds over the same
 * pairs of key and number: mark all keys, count all, add all. */
struct multiscan_lists {
	uint64_t *used;  /* bit by key */
	uint32_t *ranks; /* keys in use before those of each word of `used` */
	uint32_t *first; /* rank → its first number; one more at the end */
	uint32_t *numbers;
	size_t n_keys; /* in use */
};

void multiscan_lists_init(struct arena *arena, struct multiscan_lists *lists, unsigned key_bits);
void multiscan_lists_mark(struct multiscan_lists *lists, uint32_t key);
/* first_arena: where `first` lives. */
void multiscan_lists_marked(struct arena *arena, struct arena *first_arena,
			    struct multiscan_lists *lists, unsigned key_bits);
void multiscan_lists_count(struct multiscan_lists *lists, uint32_t key);
void multiscan_lists_counted(struct arena *arena, struct multiscan_lists *lists);
void multiscan_lists_add(struct multiscan_lists *lists, uint32_t key, uint32_t number);

static inline bool multiscan_lists_has(const struct multiscan_lists *lists, uint32_t key)
{
	return lists->used[key >> 6] >> (key & 63) & 1;
}

static inline uint32_t multiscan_count_bits(uint64_t bits)
{
	bits -= bits >> 1 & 0x5555555555555555u;
	bits = (bits & 0x3333333333333333u) + (bits >> 2 & 0x3333333333333333u);
	return (uint32_t)(((bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0fu) * 0x0101010101010101u >> 56);
}

/* Of a key in use. */
static inline uint32_t multiscan_lists_rank(const struct multiscan_lists *lists, uint32_t key)
{
	uint64_t below = ((uint64_t)1 << (key & 63)) - 1;

	return lists->ranks[key >> 6] + multiscan_count_bits(lists->used[key >> 6] & below);
}

/* --- sequences (multiscan.c) ------------------------------------------------------------------ */

bool multiscan_allows(const struct multiscan_sequence *sequence, unsigned position,
		      unsigned char byte);

/* The bytes of a position that may stand in a text; of one behind the last, all. Bit by byte. */
struct multiscan_bits {
	uint64_t words[4];
};
struct multiscan_bits multiscan_bits_of(const struct multiscan_sequence *sequence,
					unsigned position);

static inline bool multiscan_bits_has(const struct multiscan_bits *bits, unsigned byte)
{
	return bits->words[byte >> 6] >> (byte & 63) & 1;
}

static inline unsigned multiscan_bits_plain(const struct multiscan_bits *bits)
{
	return multiscan_count_bits(bits->words[0]) + multiscan_count_bits(bits->words[1]);
}

static inline unsigned multiscan_bits_high(const struct multiscan_bits *bits)
{
	return multiscan_count_bits(bits->words[2]) + multiscan_count_bits(bits->words[3]);
}

/* The lowest number of a set that is not empty, taken out of it. */
static inline unsigned multiscan_take(uint64_t *bits)
{
	unsigned first = (unsigned)__builtin_ctzll((unsigned long long)*bits);

	*bits &= *bits - 1;
	return first;
}

/* As a list, ascending. */
struct multiscan_bytes {
	unsigned n;
	unsigned char bytes[256];
};
struct multiscan_bytes multiscan_bytes_of(const struct multiscan_sequence *sequence,
					  unsigned position);

struct multiscan_search {
	const unsigned char *bytes;
	size_t length;
	uint16_t where;
	multiscan_found_fn *found;
	void *data;
	/* what was told last: not again */
	unsigned last_id;
	size_t last_end;
};

/* The sequence is in the text, if it begins at `begin`, which may lie before the text (as a number
 * that wrapped around). */
void multiscan_compare(struct multiscan_search *search, const struct multiscan_sequence *sequence,
		       size_t begin);
void multiscan_tell(struct multiscan_search *search, unsigned id, size_t end);

/* --- multiscan_kinds.c: bytes by kind ----------------------------------------------------------
 */

enum {
	MULTISCAN_KIND_BITS = 6,
	MULTISCAN_KINDS = 1 << MULTISCAN_KIND_BITS,
	MULTISCAN_KIND_NONE = 62, /* outside of the text */
	MULTISCAN_KIND_HIGH = 63, /* all bytes of 128 and more */
};

/* Letters and digits have a kind each, seldom signs share one. */
struct multiscan_kinds {
	uint8_t of[256];                    /* by byte */
	uint8_t coarse[MULTISCAN_KINDS];    /* by kind: one of 32 */
	uint64_t shared;                    /* bit by kind: of several ASCII bytes */
	uint64_t bytes[MULTISCAN_KINDS][2]; /* by kind, bit by ASCII byte but capitals */
	/* Sets of kinds, each once; the first is of all. */
	uint64_t *sets;
	size_t n_sets;
	uint16_t *set_at; /* hash table → index in sets; 0: empty */
};

void multiscan_kinds_init(struct arena *arena, struct multiscan_kinds *kinds);
/* Of a position of a sequence, bit by kind; behind the last, all. *is_exact becomes false where
 * they are of more ASCII bytes than the position is. */
uint64_t multiscan_kinds_at(const struct multiscan_kinds *kinds,
			    const struct multiscan_sequence *sequence, unsigned position,
			    bool *is_exact);
/* Its index in sets; that of all kinds when there is no room, and *is_exact becomes false. */
uint16_t multiscan_kinds_set(struct multiscan_kinds *kinds, uint64_t set, bool *is_exact);
/* Bit by coarse kind. */
uint32_t multiscan_kinds_coarse(const struct multiscan_kinds *kinds, uint64_t set);

/* --- multiscan_plain.c: where the window has no byte of 128 or more ----------------------------
 */

enum {
	MULTISCAN_KEY_BITS = MULTISCAN_KIND_BITS * MULTISCAN_WINDOW,
	MULTISCAN_MARGIN = MULTISCAN_BYTES_MAX + 4, /* kinds readable around those of a block */
};

struct multiscan_plain;

/* NULL when all windows are of the other kind. Sets is_loose[i] where the sequence is for neither.
 */
struct multiscan_plain *multiscan_plain_new(struct arena *arena,
					    const struct multiscan_sequence_vec *sequences,
					    bool *is_loose);
/* Places 0 to n - 1 of the block that begins at `at`. Returns how many have a window that is worth
 * being looked at for bytes of 128 and more; these are in high_out. */
size_t multiscan_plain_run(const struct multiscan_plain *plain, struct multiscan_search *search,
			   size_t at, size_t n, uint16_t *high_out);

/* --- multiscan_high.c: where it has -------------------------------------------------------------
 */

struct multiscan_high;

struct multiscan_high *multiscan_high_new(struct arena *arena,
					  const struct multiscan_sequence_vec *sequences,
					  const bool *is_loose);
/* Of the n places from `at` on, at most MULTISCAN_BLOCK, these have a window with a byte of 128 or
 * more. */
void multiscan_high_look(const struct multiscan_high *high, struct multiscan_search *search,
			 size_t at, size_t n, const uint16_t *places, size_t n_places);
/* What is_loose told of: everywhere. */
void multiscan_high_run_loose(const struct multiscan_high *high, struct multiscan_search *search);

#endif
