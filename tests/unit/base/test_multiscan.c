/* multiscan against the plainest search there is, on texts and sequences drawn at random from few
 * bytes, so that much is found. */
#include "tests/unit/unit.h"

#include "lib/base/multiscan.h"

enum { TEXT_BYTES = 200, ENDS_MAX = 64, SEQUENCES_MAX = 600, SETS = 3 };

static uint32_t state;

static unsigned draw(unsigned below)
{
	state = state * 1664525u + 1013904223u;
	return (state >> 8) % below;
}

/* found[id][end] */
static bool found[SEQUENCES_MAX][TEXT_BYTES + 1], expected[SEQUENCES_MAX][TEXT_BYTES + 1];

static void note(void *data, unsigned id, size_t end)
{
	assert_null(data);
	assert_true(id < SEQUENCES_MAX && end <= TEXT_BYTES);
	found[id][end] = true;
}

static bool matches(const struct multiscan_sequence *sequence, const char *text)
{
	for (unsigned i = 0; i < sequence->n; i++) {
		unsigned at = sequence->at[i];
		unsigned char byte = (unsigned char)text[i];
		if (at < MULTISCAN_SET ? at != byte
				       : !byte_set_has(&sequence->sets[at - MULTISCAN_SET], byte))
			return false;
	}
	return true;
}

static struct multiscan_sequence draw_sequence(struct arena *arena, const struct byte_set *sets,
					       unsigned id, unsigned wide_in_100)
{
	struct multiscan_sequence sequence = {.id = id, .sets = sets};
	uint16_t *at;

	sequence.n = (uint8_t)(MULTISCAN_BYTES_MIN +
			       draw(MULTISCAN_BYTES_MAX - MULTISCAN_BYTES_MIN + 1));
	if (sequence.n > 3)
		sequence.rarest = (uint8_t)draw(sequence.n - 2u);
	at = ARENA_ARRAY(arena, uint16_t, sequence.n);
	for (unsigned i = 0; i < sequence.n; i++)
		at[i] = (uint16_t)(draw(100) < wide_in_100 ? MULTISCAN_SET + draw(SETS)
							   : 'a' + draw(3));
	sequence.at = at;
	return sequence;
}

static void compare(struct arena *arena, unsigned n, unsigned wide_in_100)
{
	struct byte_set sets[SETS] = {{{0}}};
	struct multiscan_sequence_vec sequences = {0};
	char text[TEXT_BYTES + MULTISCAN_PAD] = {0};

	for (unsigned byte = 0; byte < 256; byte++) {
		if (byte == 'a' || byte == 'c')
			byte_set_add(&sets[0], byte);
		if (byte != 'b')
			byte_set_add(&sets[1], byte);
		byte_set_add(&sets[2], byte);
	}
	memset(found, 0, sizeof found);
	memset(expected, 0, sizeof expected);
	for (unsigned i = 0; i < TEXT_BYTES; i++)
		text[i] = (char)('a' + draw(3));
	for (unsigned id = 0; id < n; id++) {
		struct multiscan_sequence sequence =
			draw_sequence(arena, sets, id / 2, wide_in_100);
		vec_push(arena, &sequences, sequence);
		for (size_t at = 0; at + sequence.n <= TEXT_BYTES; at++)
			if (matches(&sequence, text + at))
				expected[sequence.id][at + sequence.n] = true;
	}
	multiscan_run(multiscan_new(arena, &sequences), str_make(text, TEXT_BYTES), note, NULL);
	assert_memory_equal(found, expected, sizeof found);
}

static void test_narrow(void **unused)
{
	(void)unused;
	for (state = 1; state < 2000; state += 97) {
		struct arena *arena = arena_new("test", 0);
		compare(arena, 1 + draw(40), 10);
		arena_free(arena);
	}
}

static void test_wide(void **unused)
{
	(void)unused;
	for (state = 5; state < 2000; state += 97) {
		struct arena *arena = arena_new("test", 0);
		compare(arena, 1 + draw(SEQUENCES_MAX - 1), 60);
		arena_free(arena);
	}
}

static void test_nothing(void **unused)
{
	struct arena *arena = arena_new("test", 0);
	struct multiscan_sequence_vec none = {0};
	char text[MULTISCAN_PAD] = {0};

	(void)unused;
	multiscan_run(multiscan_new(arena, &none), str_make(text, 0), note, NULL);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_narrow),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
