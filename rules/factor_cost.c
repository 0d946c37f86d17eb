/*
 * factor_cost: what looking for a factor costs. How often it is seen is told by how often kinds of
 * bytes follow each other in mail (factor_pairs.h, measured); what an occurrence then costs by the
 * constants below (doc/performance.md says how they were measured).
 */
#include <math.h>
#include <stdlib.h>

#include "rules/factor.h"
#include "rules/factor_pairs.h"

/* A pattern is tried on a text of TEXT_BYTES for TRY_NS and, for each byte, TRY_BYTE_NS and more
 * for long ones, NODE_NS for each node, up to LONG_NS; an occurrence is noted in FOUND_NS; what
 * only begins like one is put aside in NEAR_NS; a sequence that is masked takes MASKED_NS for each
 * byte of text. */
static const double TEXT_BYTES = 200, TRY_NS = 100, TRY_BYTE_NS = 1, NODE_NS = 0.01, LONG_NS = 15;
static const double FOUND_NS = 12, NEAR_NS = 4, MASKED_NS = 0.01;

double factor_try_byte_ns(size_t n_nodes)
{
	double more = (double)n_nodes * NODE_NS;

	return TRY_BYTE_NS + (more < LONG_NS ? more : LONG_NS);
}

double factor_cost_max(const struct factor_builder *builder)
{
	return builder->try_byte_ns * 0.7;
}

/* Pairs that were not seen are seen so often, in PAIRS_IN. */
static const double UNSEEN = 20;

static double kind_chance(unsigned kind)
{
	static double chances[N_KINDS];

	if (chances[kind] == 0)
		for (unsigned next = 0; next < N_KINDS; next++)
			chances[kind] += (pairs[kind][next] + UNSEEN) / PAIRS_IN;
	return chances[kind];
}

static unsigned kind_size(unsigned kind)
{
	static unsigned sizes[N_KINDS];

	if (sizes[kind] == 0)
		for (unsigned byte = 0; byte < 256; byte++)
			sizes[kind] +=
				kind_of[byte] == kind && !ascii_is_upper((unsigned char)byte);
	return sizes[kind];
}

/* Letters are capitals so often. */
static const double CAPITALS = 0.1;

double factor_byte_chance(unsigned byte)
{
	unsigned char folded = (unsigned char)ascii_lower((unsigned char)byte);
	double chance = kind_chance(kind_of[folded]) / kind_size(kind_of[folded]);

	return folded != byte ? chance * CAPITALS : chance;
}

/* --- sets as parts of kinds ------------------------------------------------------------------- */

void factor_set_measure(struct factor_set *set)
{
	unsigned n_of_kind[256] = {0};

	set->n = 0;
	set->n_kinds = 0;
	set->chance = 0;
	for (unsigned i = 0; i < sizeof set->bytes.bits; i++)
		for (unsigned bits = set->bytes.bits[i]; bits; bits &= bits - 1) {
			n_of_kind[kind_of[i * 8 + (unsigned)__builtin_ctz(bits)]]++;
			set->n++;
		}
	for (unsigned kind = 0; kind < N_KINDS; kind++) {
		if (!n_of_kind[kind])
			continue;
		float part = (float)n_of_kind[kind] / (float)kind_size(kind);
		set->kinds[set->n_kinds] = (uint8_t)kind;
		set->parts[set->n_kinds++] = part > 1 ? 1 : part;
		set->chance += part * kind_chance(kind);
	}
}

/* What a position stands for, as a set or in `single`. */
static const struct factor_set *set_at(const struct factor_builder *builder, unsigned at,
				       struct factor_set *single)
{
	if (at >= MULTISCAN_SET)
		return &builder->sets.items[at - MULTISCAN_SET];
	single->n = single->n_kinds = 1;
	single->kinds[0] = kind_of[at];
	single->parts[0] = 1 / (float)kind_size(kind_of[at]);
	single->chance = single->parts[0] * kind_chance(kind_of[at]);
	return single;
}

/* Of a byte of `second` behind one of `first`. */
static double pair_chance(const struct factor_set *first, const struct factor_set *second)
{
	double both = 0;

	for (unsigned i = 0; i < first->n_kinds; i++) {
		double row = 0;
		for (unsigned j = 0; j < second->n_kinds; j++)
			row += (pairs[first->kinds[i]][second->kinds[j]] + UNSEEN) *
			       second->parts[j];
		both += row * first->parts[i];
	}
	both /= PAIRS_IN;
	return first->chance > 0 && both < first->chance ? both / first->chance : 1;
}

static double next_chance(struct factor_builder *builder, unsigned first, unsigned second)
{
	struct factor_pair *known = &builder->pairs[(first * 31 + second) % FACTOR_PAIRS];
	struct factor_set a, b;

	if (known->is_set && known->first == first && known->second == second)
		return known->chance;
	known->is_set = true;
	known->first = (uint16_t)first;
	known->second = (uint16_t)second;
	known->chance = pair_chance(set_at(builder, first, &a), set_at(builder, second, &b));
	return known->chance;
}

static double chance_of(struct factor_builder *builder, const uint16_t *at, unsigned n)
{
	struct factor_set single;
	double chance = set_at(builder, at[0], &single)->chance;

	for (unsigned i = 1; i < n; i++)
		chance *= next_chance(builder, at[i - 1], at[i]);
	return chance;
}

double factor_chance(struct factor_builder *builder, const struct factor_vec *any)
{
	double chance = 0;

	for (size_t i = 0; i < any->n; i++)
		chance +=
			any->items[i].n ? chance_of(builder, any->items[i].at, any->items[i].n) : 1;
	return chance;
}

/* --- the cost --------------------------------------------------------------------------------- */

/* What is known of the positions of one factor. */
struct measured {
	double chances[MULTISCAN_BYTES_MAX]; /* of the first, and of each behind the one before */
	double of_itself[MULTISCAN_BYTES_MAX];
	unsigned n_bytes[MULTISCAN_BYTES_MAX];
};

static double measure_positions(struct factor_builder *builder, const struct factor *factor,
				struct measured *measured)
{
	double chance = 1;

	for (unsigned i = 0; i < factor->n; i++) {
		struct factor_set single;
		const struct factor_set *set = set_at(builder, factor->at[i], &single);
		measured->of_itself[i] = set->chance;
		measured->n_bytes[i] = set->n;
		measured->chances[i] =
			i ? next_chance(builder, factor->at[i - 1], factor->at[i]) : set->chance;
		chance *= measured->chances[i];
	}
	return chance;
}

static struct factor_window window_at(const struct measured *measured, unsigned from,
				      unsigned bytes)
{
	struct factor_window window = {.chance = measured->of_itself[from],
				       .is_wide = bytes < FACTOR_WINDOW};
	unsigned texts = measured->n_bytes[from];

	for (unsigned i = from + 1; i < from + bytes; i++) {
		window.chance *= measured->chances[i];
		texts *= measured->n_bytes[i];
	}
	window.is_wide |= texts > MULTISCAN_WINDOW_TEXTS_MAX;
	return window;
}

unsigned factor_rarest(struct factor_builder *builder, const struct factor *factor,
		       struct factor_window *window_out)
{
	struct factor_window best = {.chance = HUGE_VAL, .is_wide = true};
	unsigned best_from = 0, bytes = factor->n < FACTOR_WINDOW ? factor->n : FACTOR_WINDOW;
	struct measured measured;
	double chance_of_all = measure_positions(builder, factor, &measured);

	for (unsigned from = 0; from + bytes <= factor->n && bytes; from++) {
		struct factor_window window = window_at(&measured, from, bytes);
		if (window.is_wide < best.is_wide ||
		    (window.is_wide == best.is_wide && window.chance < best.chance)) {
			best = window;
			best_from = from;
		}
	}
	best.chance_of_all = chance_of_all;
	*window_out = best;
	return best_from;
}

/* That a text has them so many times: the tail of a Poisson distribution. */
static double chance_of_times(double mean, unsigned times)
{
	double term = exp(-mean), below = term;

	for (unsigned i = 1; i < times; i++) {
		term *= mean / i;
		below += term;
	}
	return below < 1 ? 1 - below : 0;
}

double factor_text_chance(struct factor_builder *builder, const struct factor_vec *any,
			  unsigned times)
{
	return chance_of_times(factor_chance(builder, any) * TEXT_BYTES, times);
}

double factor_cost(struct factor_builder *builder, const struct factor_vec *any, unsigned times)
{
	double chance = 0, looking = 0;

	for (size_t i = 0; i < any->n; i++)
		if (any->items[i].n < MULTISCAN_BYTES_MIN)
			return HUGE_VAL;
	for (size_t i = 0; i < any->n; i++) {
		struct factor_window window;
		factor_rarest(builder, &any->items[i], &window);
		looking += window.chance * NEAR_NS + (window.is_wide ? MASKED_NS : 0);
		chance += window.chance_of_all;
	}
	if (!any->n)
		return HUGE_VAL;
	return looking + chance * FOUND_NS +
	       chance_of_times(chance * TEXT_BYTES, times) *
		       (TRY_NS / TEXT_BYTES + builder->try_byte_ns);
}
