/* From what children have scanned to tallies: the ring, the file, and what is counted. */
#include "tests/unit/folder.h"

#include <sys/wait.h>
#include <unistd.h>

#include "reputation/reputation.h"
#include "spamd/counting.h"

enum { DAY_S = 86400, NOW_S = 20000 * DAY_S, HOST = 7, TEXT = 8 };

struct state {
	struct arena *arena;
	char folder[UNIT_FOLDER_BYTES];
	struct counting counting;
};

static int set_up(void **state_out)
{
	struct state *state = calloc(1, sizeof *state);
	struct why why;

	unit_make_folder(state->folder);
	state->arena = arena_new("test", 0);
	assert_int_equal(glimpses_new(&state->counting.glimpses, &why), STATUS_OK);
	assert_int_equal(exposures_open(state->arena, state->folder, EXPOSURES_WRITE,
					&state->counting.exposures, &why),
			 STATUS_OK);
	assert_int_equal(table_open(state->arena,
				    arena_printf(state->arena, "%s/table", state->folder).ptr,
				    TABLE_WRITE, &state->counting.table, &why),
			 STATUS_OK);
	*state_out = state;
	return 0;
}

static int tear_down(void **state_out)
{
	struct state *state = *state_out;

	arena_free(state->arena);
	unit_remove_folder(state->folder);
	free(state);
	return 0;
}

static void pass_by(struct state *state, uint64_t host, uint64_t text, uint16_t mark, int64_t now_s)
{
	struct glimpse glimpse = {.mark = mark,
				  .n_keys = 2,
				  .algorithms = {FINGERPRINT_HOST, FINGERPRINT_TXT},
				  .keys = {host, text}};

	glimpses_put(state->counting.glimpses, &glimpse);
	counting_run(&state->counting, now_s);
}

static struct seen seen_of(struct state *state, uint8_t algorithm, uint64_t key, int64_t now_s)
{
	return exposures_at(state->counting.exposures, (struct trust_key_id){algorithm, key},
			    now_s);
}

static void know(struct state *state, uint8_t algorithm, uint64_t key, enum trust_state what)
{
	struct table_value value = {.algorithm = algorithm, .state = (uint8_t)what};

	assert_int_equal(table_put(state->counting.table, key, &value, NULL), STATUS_OK);
}

static void test_counts(void **state_out)
{
	struct state *state = *state_out;

	for (uint16_t i = 0; i < 30; i++)
		pass_by(state, HOST, TEXT, 1 + i % 3, NOW_S);
	struct seen seen = seen_of(state, FINGERPRINT_TXT, TEXT, NOW_S);
	assert_int_equal(seen.n, 30);
	assert_int_equal(seen.n_old, 0);
	assert_int_equal(seen.n_groups, 3);
	assert_int_equal(seen.groups[2].n, 10);
	/* two days are young, the third is not */
	assert_int_equal(seen_of(state, FINGERPRINT_TXT, TEXT, NOW_S + 2 * DAY_S).n_old, 0);
	assert_int_equal(seen_of(state, FINGERPRINT_TXT, TEXT, NOW_S + 3 * DAY_S).n_old, 30);
	assert_int_equal(seen_of(state, FINGERPRINT_TXT, TEXT + 1, NOW_S).n, 0);
	/* a clock that goes back does no harm */
	pass_by(state, HOST, TEXT, 1, NOW_S - 10 * DAY_S);
	assert_int_equal(seen_of(state, FINGERPRINT_TXT, TEXT, NOW_S).n, 31);
}

static void test_good_company(void **state_out)
{
	struct state *state = *state_out;

	for (uint16_t i = 0; i < 30; i++)
		pass_by(state, HOST, TEXT, 1 + i % 3, NOW_S);
	assert_int_equal(seen_of(state, FINGERPRINT_TXT, TEXT, NOW_S).n_context, 0);
	pass_by(state, HOST, TEXT + 1, 1, NOW_S + 4 * DAY_S);
	assert_int_equal(seen_of(state, FINGERPRINT_TXT, TEXT + 1, NOW_S + 4 * DAY_S).n_context, 1);
	/* the link itself is in no company */
	assert_int_equal(seen_of(state, FINGERPRINT_HOST, HOST, NOW_S + 4 * DAY_S).n_context, 0);
	know(state, FINGERPRINT_HOST, HOST, TRUST_SUSPECT);
	pass_by(state, HOST, TEXT + 2, 1, NOW_S + 4 * DAY_S);
	assert_int_equal(seen_of(state, FINGERPRINT_TXT, TEXT + 2, NOW_S + 4 * DAY_S).n_context, 0);
}

static void test_what_is_blocked_counts_for_nothing(void **state_out)
{
	struct state *state = *state_out;

	know(state, FINGERPRINT_TXT, TEXT, TRUST_PUBLISHED);
	pass_by(state, HOST, TEXT, 1, NOW_S);
	assert_int_equal(seen_of(state, FINGERPRINT_HOST, HOST, NOW_S).n, 0);
}

/* Keys that come again and again outlive any number of others. */
static void test_many_keys(void **state_out)
{
	struct state *state = *state_out;
	const struct seen_mail mail = {.mark = 1, .at_s = NOW_S};

	for (int i = 0; i < 200; i++)
		exposures_add(state->counting.exposures,
			      (struct trust_key_id){FINGERPRINT_TXT, TEXT}, &mail);
	for (uint64_t i = 1; i < 300000; i++)
		exposures_add(
			state->counting.exposures,
			(struct trust_key_id){FINGERPRINT_ANC, i * UINT64_C(0x2545f4914f6cdd1d)},
			&mail);
	assert_int_equal(seen_of(state, FINGERPRINT_TXT, TEXT, NOW_S).n, 200);
}

/* Written by one process, read by another; another file in its place is made anew by who writes. */
static void test_the_file(void **state_out)
{
	struct state *state = *state_out;
	struct exposures *reader, *again;
	const char *path = arena_printf(state->arena, "%s/exposures", state->folder).ptr;

	pass_by(state, HOST, TEXT, 1, NOW_S);
	assert_int_equal(exposures_open(state->arena, state->folder, EXPOSURES_READ, &reader, NULL),
			 STATUS_OK);
	assert_int_equal(
		exposures_at(reader, (struct trust_key_id){FINGERPRINT_TXT, TEXT}, NOW_S).n, 1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(exposures_open(state->arena, state->folder, EXPOSURES_READ, &reader, NULL),
			 STATUS_NOT_FOUND);
	FILE *file = fopen(path, "w");
	fputs("something else", file);
	fclose(file);
	assert_int_equal(exposures_open(state->arena, state->folder, EXPOSURES_READ, &reader, NULL),
			 STATUS_INVALID);
	assert_int_equal(exposures_open(state->arena, state->folder, EXPOSURES_WRITE, &again, NULL),
			 STATUS_OK);
	assert_int_equal(exposures_at(again, (struct trust_key_id){FINGERPRINT_TXT, TEXT}, NOW_S).n,
			 0);
}

/* What was written torn is never read: all keys of a glimpse tell the same number. */
static void write_many(struct state *state, uint16_t writer)
{
	for (uint64_t i = 0; i < 20000; i++) {
		struct glimpse glimpse = {.mark = writer, .n_keys = GLIMPSE_KEYS_MAX};

		for (size_t k = 0; k < GLIMPSE_KEYS_MAX; k++)
			glimpse.keys[k] = i << 8 | writer;
		glimpses_put(state->counting.glimpses, &glimpse);
	}
	_exit(0);
}

static void test_children_at_once(void **state_out)
{
	struct state *state = *state_out;
	struct glimpse glimpse;
	unsigned n = 0, n_running = 3;

	for (uint16_t writer = 1; writer <= 3; writer++)
		if (fork() == 0)
			write_many(state, writer);
	while (n_running > 0 || glimpses_take(state->counting.glimpses, &glimpse)) {
		while (glimpses_take(state->counting.glimpses, &glimpse)) {
			assert_int_equal(glimpse.n_keys, GLIMPSE_KEYS_MAX);
			assert_int_equal(glimpse.keys[0] & 255, glimpse.mark);
			for (size_t k = 1; k < GLIMPSE_KEYS_MAX; k++)
				assert_true(glimpse.keys[k] == glimpse.keys[0]);
			n++;
		}
		n_running -= waitpid(-1, NULL, WNOHANG) > 0;
	}
	assert_true(n >= 1000 && n <= 60000);
}

/* A child that was killed while it wrote holds nobody up for long. */
static void test_a_killed_writer(void **state_out)
{
	struct state *state = *state_out;
	struct glimpse glimpse = {.mark = 1, .n_keys = 1, .keys = {5}};

	/* its ticket is drawn, and nothing has come of it: the counter is the first of the memory
	 */
	*(_Atomic uint64_t *)(void *)state->counting.glimpses += 1;
	glimpses_put(state->counting.glimpses, &glimpse);
	int looks = 0;
	while (!glimpses_take(state->counting.glimpses, &glimpse))
		assert_true(looks++ < 1000);
	assert_int_equal(glimpse.keys[0], 5);
	assert_true(looks > 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNIT_MAIN(TEST(test_counts), TEST(test_good_company), TEST(test_what_is_blocked_counts_for_nothing),
	  TEST(test_many_keys), TEST(test_the_file), TEST(test_children_at_once),
	  TEST(test_a_killed_writer))
