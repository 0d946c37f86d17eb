/* factor_set: sets of factors: joined, cut, and made simpler. See factor.h. */
#include <stdlib.h>

#include "lib/base/map.h"
#include "rules/factor.h"

enum {
	PRODUCT_MAX = 128,
	SETS_MAX = 32768,
	CUT_BYTES = 4, /* what is kept of a factor that is cut, at first */
};

/* Factors of one length are merged when they become more likely by this part of all. */
static const double MERGE_PART = 0.25;

/* --- positions -------------------------------------------------------------------------------- */

/* How many bytes are in the set; *last_out is the highest. */
static unsigned count_bytes(const struct byte_set *set, unsigned *last_out)
{
	unsigned i = sizeof set->bits - 1;

	while (i > 0 && !set->bits[i])
		i--;
	*last_out = set->bits[i] ? i * 8 + 31 - (unsigned)__builtin_clz(set->bits[i]) : 0;
	return re_set_count(set->bits);
}

unsigned factor_position(struct factor_builder *builder, const struct byte_set *set)
{
	unsigned byte;

	if (count_bytes(set, &byte) == 1)
		return byte;
	struct str key = str_make((const char *)set->bits, sizeof set->bits);
	size_t known = (size_t)(uintptr_t)map_find(builder->known_sets, key);
	if (!known && builder->sets.n >= SETS_MAX)
		known = 1; /* any byte */
	if (!known) {
		struct factor_set new_set = {.bytes = *set};
		factor_set_measure(&new_set);
		vec_push(builder->arena, &builder->sets, new_set);
		known = builder->sets.n;
		map_put(builder->known_sets, key, (void *)(uintptr_t)known);
	}
	return MULTISCAN_SET + (unsigned)known - 1;
}

void factor_builder_init(struct factor_builder *builder, struct arena *arena)
{
	struct byte_set any;

	*builder = (struct factor_builder){
		.arena = arena,
		.known_sets = map_new(arena),
		.pairs = ARENA_ARRAY(arena, struct factor_pair, FACTOR_PAIRS),
	};
	memset(&any, 0xff, sizeof any);
	factor_position(builder, &any);
}

static void add_position(const struct factor_builder *builder, struct byte_set *set, unsigned at)
{
	if (at < MULTISCAN_SET) {
		byte_set_add(set, at);
		return;
	}
	const struct byte_set *other = &builder->sets.items[at - MULTISCAN_SET].bytes;
	for (size_t i = 0; i < sizeof set->bits; i++)
		set->bits[i] |= other->bits[i];
}

/* --- simpler ---------------------------------------------------------------------------------- */

static int compare_factors(const void *a, const void *b)
{
	const struct factor *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return memcmp(x->at, y->at, x->n * sizeof *x->at);
}

void factors_drop_doubles(struct factor_vec *any)
{
	size_t kept = 0;

	if (any->n)
		qsort(any->items, any->n, sizeof *any->items, compare_factors);
	for (size_t i = 0; i < any->n; i++)
		if (!kept || compare_factors(&any->items[kept - 1], &any->items[i]) != 0)
			any->items[kept++] = any->items[i];
	any->n = kept;
}

static struct factor merged(struct factor_builder *builder, const struct factor *factors, size_t n)
{
	struct factor merged = {.n = factors->n};

	for (unsigned i = 0; i < merged.n; i++) {
		struct byte_set set = {{0}};
		for (size_t j = 0; j < n; j++)
			add_position(builder, &set, factors[j].at[i]);
		merged.at[i] = (uint16_t)factor_position(builder, &set);
	}
	return merged;
}

/* Spellings of one letter rather than words of one length. */
static bool are_alike(const struct factor *a, const struct factor *b)
{
	return a->n == b->n && (a->n < 3 || a->at[0] == b->at[0]);
}

void factors_simplify(struct factor_builder *builder, struct factor_vec *any)
{
	size_t kept = 0;

	factors_drop_doubles(any);
	double whole = factor_chance(builder, any);
	for (size_t i = 0, n; i < any->n; i += n) {
		for (n = 1; i + n < any->n && are_alike(&any->items[i], &any->items[i + n]); n++)
			continue;
		struct factor one = merged(builder, &any->items[i], n);
		struct factor_vec before = {&any->items[i], n, n}, after = {&one, 1, 1};
		double more = factor_chance(builder, &after) - factor_chance(builder, &before);
		if (n > 1 && more <= whole * MERGE_PART) {
			any->items[kept++] = one;
			continue;
		}
		memmove(&any->items[kept], &any->items[i], n * sizeof *any->items);
		kept += n;
	}
	any->n = kept;
}

/* --- shorter ---------------------------------------------------------------------------------- */

static void keep_end(struct factor_vec *any, unsigned bytes)
{
	for (size_t i = 0; i < any->n; i++) {
		struct factor *factor = &any->items[i];
		if (factor->n <= bytes)
			continue;
		memmove(factor->at, factor->at + factor->n - bytes, bytes * sizeof *factor->at);
		factor->n = (uint8_t)bytes;
	}
}

static void keep_front(struct factor_vec *any, unsigned bytes)
{
	for (size_t i = 0; i < any->n; i++)
		if (any->items[i].n > bytes)
			any->items[i].n = (uint8_t)bytes;
}

static void cut(struct factor_builder *builder, struct factor_vec *any, size_t max,
		void (*keep)(struct factor_vec *, unsigned))
{
	for (unsigned bytes = CUT_BYTES; any->n > max && bytes > 0; bytes--) {
		keep(any, bytes);
		factors_simplify(builder, any);
	}
	if (any->n > max) { /* nothing is known of them */
		any->n = 1;
		any->items[0].n = 0;
	}
}

static struct factor_vec copy(struct arena *arena, const struct factor_vec *any)
{
	struct factor_vec out = {0};

	for (size_t i = 0; i < any->n; i++)
		vec_push(arena, &out, any->items[i]);
	return out;
}

void factors_cut_to_front(struct factor_builder *builder, struct factor_vec *any)
{
	*any = copy(builder->arena, any);
	cut(builder, any, PRODUCT_MAX / 2, keep_front);
}

void factors_cut_to_end(struct factor_builder *builder, struct factor_vec *any)
{
	*any = copy(builder->arena, any);
	cut(builder, any, PRODUCT_MAX / 2, keep_end);
}

/* --- longer ----------------------------------------------------------------------------------- */

unsigned factors_longest(const struct factor_vec *any)
{
	unsigned length = 0;

	for (size_t i = 0; i < any->n; i++)
		if (any->items[i].n > length)
			length = any->items[i].n;
	return length;
}

static struct factor join(const struct factor *a, const struct factor *b)
{
	struct factor joined = {.n = (uint8_t)(a->n + b->n)};

	memcpy(joined.at, a->at, a->n * sizeof *a->at);
	memcpy(joined.at + a->n, b->at, b->n * sizeof *b->at);
	return joined;
}

bool factors_append(struct factor_builder *builder, struct factor_vec *left,
		    const struct factor_vec *right, bool *cut_out)
{
	struct factor_vec mine = *left, product = {0};
	unsigned longest_right = factors_longest(right);

	*cut_out = false;
	if (longest_right == 0)
		return true;
	if (mine.n * right->n > PRODUCT_MAX ||
	    factors_longest(&mine) + longest_right > MULTISCAN_BYTES_MAX) {
		*cut_out = true;
		mine = copy(builder->arena, &mine);
		if (longest_right > MULTISCAN_BYTES_MAX - 1)
			return false;
		keep_end(&mine, MULTISCAN_BYTES_MAX - longest_right);
		factors_drop_doubles(&mine);
		cut(builder, &mine, PRODUCT_MAX / right->n, keep_end);
		if (mine.n * right->n > PRODUCT_MAX)
			return false;
	}
	for (size_t i = 0; i < mine.n; i++)
		for (size_t j = 0; j < right->n; j++)
			vec_push(builder->arena, &product, join(&mine.items[i], &right->items[j]));
	*left = product;
	return true;
}
