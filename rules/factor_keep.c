/* factor_keep: the factors chosen for a pattern, as they are kept with it. See factor.h. */
#include "rules/factor.h"

/* Positions with the sets numbered anew, as far as they are used. */
static void keep_sets(struct arena *keep, const struct factor_builder *builder,
		      const struct factor_vec *any, struct factors *out)
{
	size_t n = 0;
	unsigned *number = ARENA_ARRAY(builder->arena, unsigned, builder->sets.n + 1);
	struct byte_set *sets = NULL;

	for (size_t i = 0; i < any->n; i++)
		for (unsigned j = 0; j < any->items[i].n; j++) {
			unsigned at = any->items[i].at[j];
			if (at >= MULTISCAN_SET && !number[at - MULTISCAN_SET])
				number[at - MULTISCAN_SET] = (unsigned)++n;
		}
	if (n)
		sets = ARENA_ARRAY(keep, struct byte_set, n);
	for (size_t i = 0; i < builder->sets.n; i++)
		if (number[i])
			sets[number[i] - 1] = builder->sets.items[i].bytes;
	for (size_t i = 0; i < any->n; i++) {
		const struct factor *factor = &any->items[i];
		uint16_t *at = arena_alloc(keep, factor->n * sizeof *at);
		for (unsigned j = 0; j < factor->n; j++)
			at[j] = factor->at[j] < MULTISCAN_SET
					? factor->at[j]
					: (uint16_t)(MULTISCAN_SET - 1 +
						     number[factor->at[j] - MULTISCAN_SET]);
		out->any.items[i].at = at;
		out->any.items[i].sets = sets;
	}
}

const struct factors *factors_keep(struct arena *keep, struct factor_builder *builder,
				   const struct factor_vec *any, unsigned times, uint32_t end_min,
				   uint32_t end_max)
{
	struct factors *out = ARENA_NEW(keep, struct factors);

	out->times = times;
	out->end_min = end_min;
	out->end_max = end_max;
	out->text_chance = factor_text_chance(builder, any, 1);
	for (size_t i = 0; i < any->n; i++) {
		struct factor_window window;
		struct multiscan_sequence sequence = {
			.n = any->items[i].n,
			.rarest = (uint8_t)factor_rarest(builder, &any->items[i], &window),
		};
		vec_push(keep, &out->any, sequence);
	}
	keep_sets(keep, builder, any, out);
	return out;
}
