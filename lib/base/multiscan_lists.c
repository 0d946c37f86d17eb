/* multiscan_lists: see multiscan_inside.h. */
#include "lib/base/multiscan_inside.h"

void multiscan_lists_init(struct arena *arena, struct multiscan_lists *lists, unsigned key_bits)
{
	lists->used = ARENA_ARRAY(arena, uint64_t, (size_t)1 << (key_bits - 6));
}

void multiscan_lists_mark(struct multiscan_lists *lists, uint32_t key)
{
	lists->used[key >> 6] |= (uint64_t)1 << (key & 63);
}

void multiscan_lists_marked(struct arena *arena, struct arena *first_arena,
			    struct multiscan_lists *lists, unsigned key_bits)
{
	size_t n_words = (size_t)1 << (key_bits - 6);

	lists->ranks = ARENA_ARRAY(arena, uint32_t, n_words);
	for (size_t i = 0; i < n_words; i++) {
		lists->ranks[i] = (uint32_t)lists->n_keys;
		lists->n_keys += multiscan_count_bits(lists->used[i]);
	}
	lists->first = ARENA_ARRAY(first_arena, uint32_t, lists->n_keys + 1);
}

void multiscan_lists_count(struct multiscan_lists *lists, uint32_t key)
{
	lists->first[multiscan_lists_rank(lists, key)]++;
}

/* For now `first` is where each list ends: adding moves it to where it begins. */
void multiscan_lists_counted(struct arena *arena, struct multiscan_lists *lists)
{
	uint32_t total = 0;

	for (size_t i = 0; i <= lists->n_keys; i++)
		total = lists->first[i] += total;
	lists->numbers = ARENA_ARRAY(arena, uint32_t, (size_t)total + 1);
}

void multiscan_lists_add(struct multiscan_lists *lists, uint32_t key, uint32_t number)
{
	lists->numbers[--lists->first[multiscan_lists_rank(lists, key)]] = number;
}
