/*
 * fuzz_multiscan: what the scanner finds is what the plainest search finds. Lines up to an empty
 * one are sequences, the rest is the text. In a sequence "." is any byte, "^x" any but x, "|x" both
 * x and the byte before it; its first byte says where the window is.
 */
#include "lib/base/multiscan.h"
#include "lib/base/must.h"

enum { SEQUENCES_MAX = 200, TEXT_MAX = 3000 };

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

struct finds {
	bool found[SEQUENCES_MAX][TEXT_MAX + 1];
};

static void note(void *data, unsigned id, size_t end)
{
	struct finds *finds = data;

	must(id < SEQUENCES_MAX && end <= TEXT_MAX);
	finds->found[id][end] = true;
}

static void add_byte(struct byte_set *set, char byte)
{
	byte_set_add(set, (unsigned char)ascii_lower(byte));
}

/* All positions are sets. */
static struct multiscan_sequence read_sequence(struct arena *arena, struct str line, unsigned id)
{
	struct multiscan_sequence sequence = {.id = id, .where = MULTISCAN_EVERYWHERE};
	struct byte_set *sets = ARENA_ARRAY(arena, struct byte_set, MULTISCAN_BYTES_MAX);
	uint16_t *at = ARENA_ARRAY(arena, uint16_t, MULTISCAN_BYTES_MAX);

	for (size_t i = 1; i < line.len && sequence.n < MULTISCAN_BYTES_MAX; i++) {
		struct byte_set *set = &sets[sequence.n];
		bool has_next = i + 1 < line.len;
		at[sequence.n] = (uint16_t)(MULTISCAN_SET + sequence.n);
		if (line.ptr[i] == '.' || (line.ptr[i] == '^' && has_next))
			memset(set, 0xff, sizeof *set);
		if (line.ptr[i] == '^' && has_next) {
			unsigned char byte = (unsigned char)ascii_lower(line.ptr[++i]);
			set->bits[byte >> 3] &= (uint8_t) ~(1u << (byte & 7));
		} else if (line.ptr[i] == '|' && has_next && sequence.n) {
			add_byte(set - 1, line.ptr[++i]);
			continue;
		} else {
			add_byte(set, line.ptr[i]);
		}
		sequence.n++;
	}
	sequence.at = at;
	sequence.sets = sets;
	if (sequence.n > 3)
		sequence.rarest = (uint8_t)((unsigned char)line.ptr[0] % (sequence.n - 2u));
	return sequence;
}

static bool stands_at(const struct multiscan_sequence *sequence, struct str text, size_t at)
{
	if (at + sequence->n > text.len)
		return false;
	for (unsigned i = 0; i < sequence->n; i++)
		if (!byte_set_has(&sequence->sets[i], (unsigned char)ascii_lower(text.ptr[at + i])))
			return false;
	return true;
}

static void compare(const struct multiscan_sequence_vec *sequences, struct str text,
		    const struct finds *finds)
{
	for (unsigned id = 0; id < sequences->n; id++) {
		const struct multiscan_sequence *sequence = &sequences->items[id];
		for (size_t end = 0; end <= text.len; end++)
			must(finds->found[id][end] ==
			     (end >= sequence->n && stands_at(sequence, text, end - sequence->n)));
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena *arena = arena_new("scan", 0);
	struct str text = str_make((const char *)data, size), line;
	struct multiscan_sequence_vec sequences = {0};
	struct finds *finds = ARENA_NEW(arena, struct finds);

	while (str_split_next(&text, '\n', &line) && line.len > 0) {
		struct multiscan_sequence sequence =
			read_sequence(arena, line, (unsigned)sequences.n);
		if (sequence.n >= MULTISCAN_BYTES_MIN && sequences.n < SEQUENCES_MAX)
			vec_push(arena, &sequences, sequence);
	}
	if (text.len > TEXT_MAX)
		text.len = TEXT_MAX;
	multiscan_run(multiscan_new(arena, &sequences), text, 1, note, finds);
	compare(&sequences, text, finds);
	arena_free(arena);
	return 0;
}
