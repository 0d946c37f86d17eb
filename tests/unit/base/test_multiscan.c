/* multiscan against the plainest search there is, on texts and sequences drawn at random from few
 * bytes, so that much is found. */
#include "tests/unit/unit.h"

#include "lib/base/multiscan.h"

enum { TEXT_BYTES = 2200, SEQUENCES_MAX = 600, SETS = 8, WHERES = 4 };

/* Bytes of a kind of their own, such that share one, and such of 128 and more. */
static const char *const alphabets[] = {"abc", "aB(\n)", "ab\xc3\xa9\xe9", "\xc3\xa9\x80 ",
					"ab[{}]!?\xc3"};
enum { ALPHABETS = sizeof alphabets / sizeof *alphabets };

static uint32_t state = 1;

static unsigned draw(unsigned below)
{
	return unit_draw(&state, below);
}

static unsigned char draw_byte(const char *alphabet)
{
	return (unsigned char)alphabet[draw((unsigned)strlen(alphabet))];
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
		unsigned char byte = (unsigned char)ascii_lower(text[i]);
		if (at < MULTISCAN_SET ? at != byte
				       : !byte_set_has(&sequence->sets[at - MULTISCAN_SET], byte))
			return false;
	}
	return true;
}

/* The first one is of all bytes, the next of all but one; others have bytes of the alphabet, and
 * capitals, which stand for nothing. */
static void draw_sets(const char *alphabet, struct byte_set *sets)
{
	memset(sets, 0, SETS * sizeof *sets);
	for (unsigned byte = 0; byte < 256; byte++)
		byte_set_add(&sets[0], byte);
	unsigned char left_out = draw_byte(alphabet);
	for (unsigned byte = 0; byte < 256; byte++)
		if (byte != left_out)
			byte_set_add(&sets[1], byte);
	for (unsigned i = 2; i < SETS; i++)
		for (unsigned n = 1 + draw(3); n > 0; n--)
			byte_set_add(&sets[i], draw_byte(alphabet));
}

static struct multiscan_sequence draw_sequence(struct arena *arena, const char *alphabet,
					       const struct byte_set *sets, unsigned id,
					       unsigned wide_in_100)
{
	struct multiscan_sequence sequence = {.id = id, .sets = sets};
	uint16_t *at;

	sequence.n = (uint8_t)(MULTISCAN_BYTES_MIN +
			       draw(MULTISCAN_BYTES_MAX - MULTISCAN_BYTES_MIN + 1));
	sequence.where = (uint16_t)(draw(2) ? MULTISCAN_EVERYWHERE : 1u << draw(WHERES));
	if (sequence.n > 3)
		sequence.rarest = (uint8_t)draw(sequence.n - 2u);
	at = ARENA_ARRAY(arena, uint16_t, sequence.n);
	for (unsigned i = 0; i < sequence.n; i++)
		at[i] = (uint16_t)(draw(100) < wide_in_100
					   ? MULTISCAN_SET + draw(SETS)
					   : (unsigned char)ascii_lower((char)draw_byte(alphabet)));
	sequence.at = at;
	return sequence;
}

static void expect(const struct multiscan_sequence *sequence, struct str text, unsigned where)
{
	if (!(sequence->where & where))
		return;
	for (size_t at = 0; at + sequence->n <= text.len; at++)
		if (matches(sequence, text.ptr + at))
			expected[sequence->id][at + sequence->n] = true;
}

/* The text has no byte more than it has, so that the sanitizers see what is read behind it. */
static struct str draw_text(struct arena *arena, const char *alphabet, size_t length)
{
	char *text = arena_alloc(arena, length);

	for (size_t i = 0; i < length; i++)
		text[i] = (char)draw_byte(alphabet);
	return str_make(text, length);
}

static void compare(unsigned n, unsigned wide_in_100, size_t length)
{
	struct arena *arena = arena_new("test", 0);
	const char *alphabet = alphabets[draw(ALPHABETS)];
	unsigned where = 1u << draw(WHERES);
	struct byte_set sets[SETS];
	struct multiscan_sequence_vec sequences = {0};
	struct str text = draw_text(arena, alphabet, length);

	memset(found, 0, sizeof found);
	memset(expected, 0, sizeof expected);
	draw_sets(alphabet, sets);
	for (unsigned id = 0; id < n; id++) {
		struct multiscan_sequence sequence =
			draw_sequence(arena, alphabet, sets, id / 2, wide_in_100);
		vec_push(arena, &sequences, sequence);
		expect(&sequence, text, where);
	}
	multiscan_run(multiscan_new(arena, &sequences), text, (uint16_t)where, note, NULL);
	assert_memory_equal(found, expected, sizeof found);
	arena_free(arena);
}

static void test_narrow(void **unused)
{
	(void)unused;
	for (unsigned round = 0; round < 60; round++)
		compare(1 + draw(40), 10, draw(TEXT_BYTES));
}

static void test_wide(void **unused)
{
	(void)unused;
	for (unsigned round = 0; round < 40; round++)
		compare(1 + draw(SEQUENCES_MAX - 1), 60, draw(300));
}

/* Nothing but sets, that of all bytes among them: no table can hold some of these. */
static void test_widest(void **unused)
{
	(void)unused;
	for (unsigned round = 0; round < 25; round++)
		compare(1 + draw(300), 100, draw(100));
}

/* What lies across the ends of the parts that a text is searched in. */
static void test_long(void **unused)
{
	(void)unused;
	for (unsigned round = 0; round < 30; round++)
		compare(1 + draw(60), 50, TEXT_BYTES - draw(200));
}

static void test_short_texts(void **unused)
{
	(void)unused;
	for (unsigned round = 0; round < 1000; round++)
		compare(1 + draw(20), 50, draw(16));
}

static void test_nothing(void **unused)
{
	struct arena *arena = arena_new("test", 0);
	struct multiscan_sequence_vec none = {0};

	(void)unused;
	multiscan_run(multiscan_new(arena, &none), STR_LIT(""), 1, note, NULL);
	multiscan_run(multiscan_new(arena, &none), STR_LIT("text"), 1, note, NULL);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_narrow), cmocka_unit_test(test_wide),
		cmocka_unit_test(test_widest), cmocka_unit_test(test_short_texts),
		cmocka_unit_test(test_long),   cmocka_unit_test(test_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
