/* multiscan_kinds: see multiscan_inside.h. */
#include "lib/base/multiscan_inside.h"

#include "lib/base/must.h"

enum {
	SETS_MAX = 8192,
	SLOTS = 4 * SETS_MAX,
};

/* Kinds of several bytes come behind the others. Control characters are of kind 0. */
static void set_kinds(struct multiscan_kinds *kinds)
{
	static const char single[] = "abcdefghijklmnopqrstuvwxyz0123456789 \n\t.,-_/:;@=<>&#%$";
	static const char *const several[] = {"\v\f\r", "!?", "\"'", "()", "[]", "+*", "`~^{}|\\"};
	unsigned next = 0;

	for (const char *byte = single; *byte; byte++) {
		kinds->of[(unsigned char)*byte] = (uint8_t)++next;
		kinds->of[(unsigned char)ascii_upper(*byte)] = (uint8_t)next;
	}
	for (unsigned i = 0; i < sizeof several / sizeof *several; i++) {
		next++;
		for (const char *byte = several[i]; *byte; byte++)
			kinds->of[(unsigned char)*byte] = (uint8_t)next;
	}
	must(next < MULTISCAN_KIND_NONE);
	kinds->shared = 1 | (((uint64_t)1 << (next + 1)) - ((uint64_t)1 << sizeof single));
	for (unsigned byte = 0; byte < 128; byte++)
		if (!ascii_is_upper((unsigned char)byte))
			kinds->bytes[kinds->of[byte]][byte / 64] |= (uint64_t)1 << byte % 64;
	memset(kinds->of + 128, MULTISCAN_KIND_HIGH, 128);
}

/* Letters keep their own. */
static void set_coarse(struct multiscan_kinds *kinds)
{
	for (unsigned byte = 0; byte < 128; byte++) {
		uint8_t *coarse = &kinds->coarse[kinds->of[byte]];
		if (ascii_is_lower((unsigned char)byte))
			*coarse = (uint8_t)(byte - 'a');
		else if (ascii_is_digit((unsigned char)byte))
			*coarse = 26;
		else if (!ascii_is_upper((unsigned char)byte))
			*coarse =
				ascii_is_space((unsigned char)byte) ? 27 : 28 + kinds->of[byte] % 2;
	}
	kinds->coarse[MULTISCAN_KIND_NONE] = 30;
	kinds->coarse[MULTISCAN_KIND_HIGH] = 31;
}

void multiscan_kinds_init(struct arena *arena, struct multiscan_kinds *kinds)
{
	set_kinds(kinds);
	set_coarse(kinds);
	kinds->sets = ARENA_ARRAY(arena, uint64_t, SETS_MAX);
	kinds->set_at = ARENA_ARRAY(arena, uint16_t, SLOTS);
	kinds->sets[0] = UINT64_MAX;
	kinds->n_sets = 1;
}

uint64_t multiscan_kinds_at(const struct multiscan_kinds *kinds,
			    const struct multiscan_sequence *sequence, unsigned position,
			    bool *is_exact)
{
	struct multiscan_bits bits = multiscan_bits_of(sequence, position);
	uint64_t set = 0;

	if (position >= sequence->n)
		return UINT64_MAX;
	for (unsigned i = 0; i < 2; i++)
		for (uint64_t word = bits.words[i]; word;)
			set |= (uint64_t)1 << kinds->of[i * 64 + multiscan_take(&word)];
	for (uint64_t shared = set & kinds->shared; shared;) {
		const uint64_t *bytes = kinds->bytes[multiscan_take(&shared)];
		*is_exact &= !(bytes[0] & ~bits.words[0]) && !(bytes[1] & ~bits.words[1]);
	}
	if (multiscan_bits_high(&bits))
		set |= (uint64_t)1 << MULTISCAN_KIND_HIGH;
	return set;
}

uint16_t multiscan_kinds_set(struct multiscan_kinds *kinds, uint64_t set, bool *is_exact)
{
	uint64_t hash = set * 0x9e3779b97f4a7c15u;
	size_t slot = (size_t)(hash >> 32) % SLOTS;

	if (set == UINT64_MAX)
		return 0;
	for (; kinds->set_at[slot]; slot = (slot + 1) % SLOTS)
		if (kinds->sets[kinds->set_at[slot]] == set)
			return kinds->set_at[slot];
	if (kinds->n_sets == SETS_MAX) {
		*is_exact = false;
		return 0;
	}
	kinds->set_at[slot] = (uint16_t)kinds->n_sets;
	kinds->sets[kinds->n_sets] = set;
	return (uint16_t)kinds->n_sets++;
}

uint32_t multiscan_kinds_coarse(const struct multiscan_kinds *kinds, uint64_t set)
{
	uint32_t coarse = 0;

	while (set)
		coarse |= (uint32_t)1 << kinds->coarse[multiscan_take(&set)];
	return coarse;
}
