/*
 * multiscan_plain: sequences whose window is ASCII in the text. Three kinds of bytes make a key of
 * 18 bits; a bit for each says no most of the time. What is left is put aside in steps: by the
 * kinds around the window, then by the kinds of all positions, then, where kinds do not decide, by
 * bytes. Each step goes over a short list without a branch that depends on the text, and asks the
 * memory for what the next one reads: between two messages other work drives the tables out of the
 * caches.
 */
#include "lib/base/multiscan_inside.h"

enum {
	KEYS_MAX = 16384,       /* more for one sequence, and it is loose */
	KEYS_ALL_MAX = 1 << 22, /* so for those beyond this many of all */
	PAIRS_MAX = 256,
};

/* A sequence by kinds: positions of several kinds are here, those of one in its literal. */
struct shape {
	uint16_t sets[MULTISCAN_BYTES_MAX]; /* kinds, as numbers of sets; 0, of all, behind the last
					     */
	uint8_t at[MULTISCAN_BYTES_MAX];    /* which positions those are */
	uint8_t n_sets;                     /* a multiple of SETS_AT_ONCE */
	uint8_t n, window;
	uint32_t number; /* of the sequence; the highest bit: where the text is ASCII, what the
			    kinds allow, the bytes do */
};
enum { SETS_AT_ONCE = 4 };
#define SHAPE_IS_EXACT 0x80000000u

/* What is looked at first of a shape: its positions of one kind, all at once. */
struct literal {
	uint8_t kinds[MULTISCAN_BYTES_MAX];
	uint16_t where;
	uint8_t window;
	uint8_t unused;   /* 16 bytes up to here */
	uint8_t mask[16]; /* 0 for other positions, and what is no position */
};

/* What is known of a key in use. */
struct entry {
	uint32_t first;         /* in numbers; ends where that of the next entry begins */
	uint32_t before, after; /* coarse kinds around the window that any of its shapes allows */
	uint16_t where;
};

struct multiscan_plain {
	const struct multiscan_sequence *sequences;
	struct multiscan_kinds kinds;
	struct multiscan_lists lists; /* key → shapes */
	struct entry *entries;        /* by rank of the key */
	struct shape *shapes;
	struct literal *literals; /* by shape */
	size_t n_shapes;
};

/* --- building --------------------------------------------------------------------------------- */

/* What is needed of a sequence only while the table is made. */
struct draft {
	uint64_t window[MULTISCAN_WINDOW]; /* kinds */
	uint32_t before, after;            /* coarse ones */
	uint32_t shape;
};

struct builder {
	struct multiscan_plain *plain;
	struct draft *drafts;
	size_t n_drafts, n_keys;
};

static uint64_t n_keys_of(const struct draft *draft)
{
	return (uint64_t)multiscan_count_bits(draft->window[0]) *
	       multiscan_count_bits(draft->window[1]) * multiscan_count_bits(draft->window[2]);
}

static bool has_plain_key(const struct draft *draft)
{
	uint64_t high = (uint64_t)1 << MULTISCAN_KIND_HIGH;

	return (draft->window[0] & ~high) && (draft->window[1] & ~high) &&
	       (draft->window[2] & ~high);
}

static void add_position(struct multiscan_plain *plain, unsigned position, uint64_t kinds,
			 bool *is_exact)
{
	struct shape *shape = &plain->shapes[plain->n_shapes];
	struct literal *literal = &plain->literals[plain->n_shapes];

	if (multiscan_count_bits(kinds) == 1) {
		literal->kinds[position] = (uint8_t)multiscan_take(&kinds);
		literal->mask[position] = UINT8_MAX;
	} else if (kinds != UINT64_MAX) {
		shape->sets[shape->n_sets] = multiscan_kinds_set(&plain->kinds, kinds, is_exact);
		shape->at[shape->n_sets++] = (uint8_t)position;
	}
}

static void add_shape(struct builder *builder, struct draft *draft, uint32_t number)
{
	struct multiscan_plain *plain = builder->plain;
	const struct multiscan_sequence *sequence = &plain->sequences[number];
	struct shape *shape = &plain->shapes[plain->n_shapes];
	uint64_t kinds[MULTISCAN_BYTES_MAX];
	unsigned from = sequence->rarest, behind = from + MULTISCAN_WINDOW;
	bool is_exact = true;

	for (unsigned i = 0; i < MULTISCAN_BYTES_MAX; i++) {
		kinds[i] = multiscan_kinds_at(&plain->kinds, sequence, i, &is_exact);
		add_position(plain, i, kinds[i], &is_exact);
	}
	while (shape->n_sets % SETS_AT_ONCE) /* 0: of all */
		shape->n_sets++;
	draft->before = from ? multiscan_kinds_coarse(&plain->kinds, kinds[from - 1]) : UINT32_MAX;
	draft->after = behind < sequence->n ? multiscan_kinds_coarse(&plain->kinds, kinds[behind])
					    : UINT32_MAX;
	draft->shape = (uint32_t)plain->n_shapes++;
	plain->literals[draft->shape].where = sequence->where;
	plain->literals[draft->shape].window = sequence->rarest;
	shape->n = sequence->n;
	shape->window = sequence->rarest;
	shape->number = number | (is_exact ? SHAPE_IS_EXACT : 0);
}

/* False: it would need too many keys. A sequence whose window is never ASCII has no shape, its keys
 * only tell where to look for it. */
static bool add_sequence(struct builder *builder, uint32_t number)
{
	const struct multiscan_sequence *sequence = &builder->plain->sequences[number];
	struct draft *draft = &builder->drafts[builder->n_drafts];
	bool is_exact = true; /* unused */

	for (unsigned i = 0; i < MULTISCAN_WINDOW; i++)
		draft->window[i] = multiscan_kinds_at(&builder->plain->kinds, sequence,
						      sequence->rarest + i, &is_exact);
	if (has_plain_key(draft)) {
		if (n_keys_of(draft) > KEYS_MAX || builder->n_keys > KEYS_ALL_MAX)
			return false;
		add_shape(builder, draft, number);
	}
	builder->n_keys += n_keys_of(draft);
	builder->n_drafts++;
	return true;
}

typedef void key_fn(struct builder *builder, uint32_t key, bool is_high, const struct draft *draft);

static void each_key(struct builder *builder, const struct draft *draft, key_fn *fn)
{
	const uint64_t *window = draft->window;

	for (uint64_t first = window[0]; first;) {
		unsigned a = multiscan_take(&first);
		for (uint64_t second = window[1]; second;) {
			unsigned b = multiscan_take(&second);
			for (uint64_t third = window[2]; third;) {
				unsigned c = multiscan_take(&third);
				fn(builder,
				   a << 2 * MULTISCAN_KIND_BITS | b << MULTISCAN_KIND_BITS | c,
				   a == MULTISCAN_KIND_HIGH || b == MULTISCAN_KIND_HIGH ||
					   c == MULTISCAN_KIND_HIGH,
				   draft);
			}
		}
	}
}

static void mark_key(struct builder *builder, uint32_t key, bool is_high, const struct draft *draft)
{
	(void)is_high;
	(void)draft;
	multiscan_lists_mark(&builder->plain->lists, key);
}

static void count_key(struct builder *builder, uint32_t key, bool is_high,
		      const struct draft *draft)
{
	(void)draft;
	if (!is_high)
		multiscan_lists_count(&builder->plain->lists, key);
}

static void add_key(struct builder *builder, uint32_t key, bool is_high, const struct draft *draft)
{
	struct multiscan_plain *plain = builder->plain;

	if (is_high)
		return;
	multiscan_lists_add(&plain->lists, key, draft->shape);
	struct entry *entry = &plain->entries[multiscan_lists_rank(&plain->lists, key)];
	entry->before |= draft->before;
	entry->after |= draft->after;
	entry->where |= plain->literals[draft->shape].where;
}

static void each_key_of_all(struct builder *builder, key_fn *fn)
{
	for (size_t i = builder->n_drafts; i-- > 0;)
		each_key(builder, &builder->drafts[i], fn);
}

static void make_table(struct arena *arena, struct arena *scratch, struct builder *builder)
{
	struct multiscan_plain *plain = builder->plain;

	multiscan_lists_init(arena, &plain->lists, MULTISCAN_KEY_BITS);
	each_key_of_all(builder, mark_key);
	multiscan_lists_marked(arena, scratch, &plain->lists, MULTISCAN_KEY_BITS);
	each_key_of_all(builder, count_key);
	multiscan_lists_counted(arena, &plain->lists);
	plain->entries = ARENA_ARRAY(arena, struct entry, plain->lists.n_keys + 1);
	each_key_of_all(builder, add_key);
	for (size_t i = 0; i <= plain->lists.n_keys; i++)
		plain->entries[i].first = plain->lists.first[i];
	plain->lists.first = NULL;
}

struct multiscan_plain *multiscan_plain_new(struct arena *arena,
					    const struct multiscan_sequence_vec *sequences,
					    bool *is_loose)
{
	struct multiscan_plain *plain = ARENA_NEW(arena, struct multiscan_plain);
	struct arena *scratch = arena_new("multiscan", 0);
	struct builder builder = {.plain = plain};

	multiscan_kinds_init(arena, &plain->kinds);
	plain->sequences = sequences->items;
	plain->shapes = ARENA_ARRAY(scratch, struct shape, sequences->n + 1);
	plain->literals = ARENA_ARRAY(scratch, struct literal, sequences->n + 1);
	builder.drafts = ARENA_ARRAY(scratch, struct draft, sequences->n + 1);
	for (size_t i = 0; i < sequences->n; i++)
		is_loose[i] = !add_sequence(&builder, (uint32_t)i);
	plain->shapes = memcpy(ARENA_ARRAY(arena, struct shape, plain->n_shapes + 1), plain->shapes,
			       plain->n_shapes * sizeof *plain->shapes);
	plain->literals = memcpy(ARENA_ARRAY(arena, struct literal, plain->n_shapes + 1),
				 plain->literals, plain->n_shapes * sizeof *plain->literals);
	make_table(arena, scratch, &builder);
	arena_free(scratch);
	return plain;
}

/* --- searching -------------------------------------------------------------------------------- */

/* A place of a block, and what there may be: the rank of a key, or a shape. */
struct guess {
	uint32_t number;
	uint16_t place;
};

/* A part of a text. */
struct block {
	uint8_t kinds[MULTISCAN_MARGIN + MULTISCAN_BLOCK + MULTISCAN_MARGIN];
	size_t at, n;
	struct guess keys[MULTISCAN_BLOCK + 1];
	size_t n_keys;
	struct guess pairs[PAIRS_MAX + 1];
	size_t n_pairs;
};

MULTISCAN_INLINE void fill_kinds(const struct multiscan_plain *plain,
				 const struct multiscan_search *search, struct block *block)
{
	const uint8_t *of = plain->kinds.of;
	size_t before = block->at < MULTISCAN_MARGIN ? block->at : MULTISCAN_MARGIN;
	size_t rest = search->length - block->at;
	size_t after = rest < block->n + MULTISCAN_MARGIN ? rest : block->n + MULTISCAN_MARGIN;
	const unsigned char *bytes = search->bytes + block->at - before;
	uint8_t *kinds = block->kinds + MULTISCAN_MARGIN - before;

	memset(block->kinds, MULTISCAN_KIND_NONE, MULTISCAN_MARGIN - before);
	for (size_t i = 0; i < before + after; i++)
		kinds[i] = of[bytes[i]];
	memset(kinds + before + after, MULTISCAN_KIND_NONE, block->n + MULTISCAN_MARGIN - after);
}

static uint32_t key_at(const uint8_t *kinds)
{
	return (uint32_t)kinds[0] << 2 * MULTISCAN_KIND_BITS |
	       (uint32_t)kinds[1] << MULTISCAN_KIND_BITS | kinds[2];
}

/* Places whose key is in use. */
MULTISCAN_INLINE void find_keys(const struct multiscan_plain *plain, struct block *block)
{
	const uint8_t *kinds = block->kinds + MULTISCAN_MARGIN;
	uint32_t key = key_at(kinds) >> MULTISCAN_KIND_BITS;
	size_t n = 0;

	for (size_t i = 0; i < block->n; i++) {
		key = (key << MULTISCAN_KIND_BITS | kinds[i + 2]) &
		      ((1u << MULTISCAN_KEY_BITS) - 1);
		block->keys[n].number = key;
		block->keys[n].place = (uint16_t)i;
		n += multiscan_lists_has(&plain->lists, key);
	}
	block->n_keys = n;
}

/* Keys become ranks. */
MULTISCAN_INLINE void rank_keys(const struct multiscan_plain *plain, struct block *block)
{
	for (size_t i = 0; i < block->n_keys; i++) {
		uint32_t rank = multiscan_lists_rank(&plain->lists, block->keys[i].number);
		block->keys[i].number = rank;
		__builtin_prefetch(&plain->entries[rank]);
	}
}

static bool is_high(const uint8_t *kinds)
{
	return (kinds[0] == MULTISCAN_KIND_HIGH) | (kinds[1] == MULTISCAN_KIND_HIGH) |
	       (kinds[2] == MULTISCAN_KIND_HIGH);
}

/* Only keys with a shape that the kinds around allow; how many places are for multiscan_high. */
MULTISCAN_INLINE size_t sort_keys(const struct multiscan_plain *plain, struct block *block,
				  uint16_t where, uint16_t *high)
{
	const uint8_t *coarse = plain->kinds.coarse;
	size_t n = 0, n_high = 0;

	for (size_t i = 0; i < block->n_keys; i++) {
		struct guess guess = block->keys[i];
		const uint8_t *kinds = block->kinds + MULTISCAN_MARGIN + guess.place;
		const struct entry *entry = &plain->entries[guess.number];
		high[n_high] = guess.place;
		n_high += is_high(kinds);
		block->keys[n] = guess;
		n += entry->before >> coarse[kinds[-1]] &
		     entry->after >> coarse[kinds[MULTISCAN_WINDOW]] &
		     ((entry->where & where) != 0);
		__builtin_prefetch(&plain->lists.numbers[entry->first]);
	}
	block->n_keys = n;
	return n_high;
}

typedef uint64_t halves __attribute__((vector_size(16)));

static halves load(const void *at)
{
	halves bytes;

	memcpy(&bytes, at, sizeof bytes);
	return bytes;
}

/* Only pairs whose positions of one kind are there. */
MULTISCAN_INLINE void sort_literals(const struct multiscan_plain *plain,
				    const struct multiscan_search *search, struct block *block)
{
	size_t n = 0;

	for (size_t i = 0; i < block->n_pairs; i++) {
		struct guess guess = block->pairs[i];
		const struct literal *literal = &plain->literals[guess.number];
		const uint8_t *kinds =
			block->kinds + MULTISCAN_MARGIN + guess.place - literal->window;
		halves differ = (load(kinds) ^ load(literal->kinds)) & load(literal->mask);
		__builtin_prefetch(&plain->shapes[guess.number]);
		block->pairs[n] = guess;
		n += ((differ[0] | differ[1]) == 0) & ((literal->where & search->where) != 0);
	}
	block->n_pairs = n;
}

MULTISCAN_INLINE bool fits_shape(const struct multiscan_plain *plain, const struct shape *shape,
				 const uint8_t *kinds)
{
	const uint64_t *sets = plain->kinds.sets;
	uint64_t fits = 1;

	for (unsigned k = 0; k < shape->n_sets; k += SETS_AT_ONCE)
		for (unsigned i = k; i < k + SETS_AT_ONCE; i++)
			fits &= sets[shape->sets[i]] >> kinds[shape->at[i]];
	return fits;
}

/* Only pairs whose kinds are allowed at all positions. */
MULTISCAN_INLINE void sort_pairs(const struct multiscan_plain *plain, struct block *block)
{
	size_t n = 0;

	for (size_t i = 0; i < block->n_pairs; i++) {
		struct guess guess = block->pairs[i];
		const struct shape *shape = &plain->shapes[guess.number];
		const uint8_t *kinds =
			block->kinds + MULTISCAN_MARGIN + guess.place - shape->window;
		block->pairs[n] = guess;
		n += fits_shape(plain, shape, kinds);
	}
	block->n_pairs = n;
}

/* Any of the kinds of a sequence, or of some behind it, is KIND_HIGH: one more has a bit that no
 * kind has. */
static bool has_high(const uint8_t *kinds)
{
	const uint64_t ones = 0x0101010101010101u;
	uint64_t first, last;

	memcpy(&first, kinds, sizeof first);
	memcpy(&last, kinds + MULTISCAN_BYTES_MAX - sizeof last, sizeof last);
	return ((first + ones) | (last + ones)) & ones << MULTISCAN_KIND_BITS;
}

MULTISCAN_INLINE void tell_pairs(const struct multiscan_plain *plain,
				 struct multiscan_search *search, struct block *block)
{
	sort_literals(plain, search, block);
	sort_pairs(plain, block);
	for (size_t i = 0; i < block->n_pairs; i++) {
		struct guess guess = block->pairs[i];
		const struct shape *shape = &plain->shapes[guess.number];
		const struct multiscan_sequence *sequence =
			&plain->sequences[shape->number & ~SHAPE_IS_EXACT];
		size_t begin = block->at + guess.place - shape->window;
		if (shape->number & SHAPE_IS_EXACT &&
		    !has_high(block->kinds + MULTISCAN_MARGIN + guess.place - shape->window))
			multiscan_tell(search, sequence->id, begin + shape->n);
		else
			multiscan_compare(search, sequence, begin);
	}
	block->n_pairs = 0;
}

MULTISCAN_INLINE void find_pairs(const struct multiscan_plain *plain,
				 struct multiscan_search *search, struct block *block)
{
	block->n_pairs = 0;
	for (size_t i = 0; i < block->n_keys; i++) {
		const struct entry *entry = &plain->entries[block->keys[i].number];
		for (uint32_t k = entry[0].first; k < entry[1].first; k++) {
			uint32_t shape = plain->lists.numbers[k];
			__builtin_prefetch(&plain->literals[shape]);
			block->pairs[block->n_pairs].number = shape;
			block->pairs[block->n_pairs++].place = block->keys[i].place;
			if (block->n_pairs == PAIRS_MAX)
				tell_pairs(plain, search, block);
		}
	}
	tell_pairs(plain, search, block);
}

MULTISCAN_WIDE size_t multiscan_plain_run(const struct multiscan_plain *plain,
					  struct multiscan_search *search, size_t at, size_t n,
					  uint16_t *high_out)
{
	struct block block;

	block.at = at;
	block.n = n;
	fill_kinds(plain, search, &block);
	find_keys(plain, &block);
	rank_keys(plain, &block);
	size_t n_high = sort_keys(plain, &block, search->where, high_out);
	find_pairs(plain, search, &block);
	return n_high;
}
