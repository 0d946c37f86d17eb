#include "tests/unit/unit.h"

#include <unistd.h>

#include "reputation/table.h"

struct state {
	struct arena *arena;
	char path[64];
};

static int set_up(void **state_out)
{
	struct state *state = calloc(1, sizeof *state);
	char folder[] = "/tmp/whorl-unit-XXXXXX";

	assert_non_null(mkdtemp(folder));
	snprintf(state->path, sizeof state->path, "%s/table", folder);
	state->arena = arena_new("test", 0);
	*state_out = state;
	return 0;
}

static int tear_down(void **state_out)
{
	struct state *state = *state_out;

	arena_free(state->arena);
	unlink(state->path);
	*strrchr(state->path, '/') = '\0';
	rmdir(state->path);
	free(state);
	return 0;
}

static uint64_t key_of(uint64_t i)
{
	return (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static void test_values_come_back(void **state_out)
{
	struct state *state = *state_out;
	struct table *table;
	struct table_value in = {-3.25, 13, 3, 2, 9, true, 20783}, out;

	assert_int_equal(table_open(state->arena, state->path, TABLE_WRITE, &table, NULL),
			 STATUS_OK);
	assert_int_equal(table_put(table, 0, &in, NULL), STATUS_OK);
	assert_true(table_find(table, 0, &out));
	assert_true(out.log_odds == in.log_odds);
	assert_int_equal(out.algorithm, 13);
	assert_int_equal(out.state, 3);
	assert_int_equal(out.class, 2);
	assert_int_equal(out.groups, 9);
	assert_true(out.has_honeypot);
	assert_int_equal(out.day, 20783);
	table_remove(table, 0);
	assert_false(table_find(table, 0, &out));
	assert_int_equal(table_count(table), 0);
}

/* A reader that was there before the table grew sees what was written after. */
static void test_readers_follow(void **state_out)
{
	struct state *state = *state_out;
	struct table *writer, *reader;
	struct table_value value = {.log_odds = 1}, out;

	assert_int_equal(table_open(state->arena, state->path, TABLE_WRITE, &writer, NULL),
			 STATUS_OK);
	assert_int_equal(table_open(state->arena, state->path, TABLE_READ, &reader, NULL),
			 STATUS_OK);
	for (uint64_t i = 0; i < 20000; i++) {
		value.groups = (uint8_t)(i % 16);
		assert_int_equal(table_put(writer, key_of(i), &value, NULL), STATUS_OK);
		if (i % 997 == 0)
			assert_true(table_find(reader, key_of(i), &out));
	}
	assert_int_equal(table_count(writer), 20000);
	for (uint64_t i = 0; i < 20000; i++) {
		assert_true(table_find(reader, key_of(i), &out));
		assert_int_equal(out.groups, i % 16);
	}
	assert_false(table_find(reader, key_of(20000), &out));
}

static void test_other_files_are_refused(void **state_out)
{
	struct state *state = *state_out;
	struct table *table;
	FILE *file;

	assert_int_equal(table_open(state->arena, state->path, TABLE_READ, &table, NULL),
			 STATUS_NOT_FOUND);
	file = fopen(state->path, "w");
	for (int i = 0; i < 10000; i++)
		fputc('x', file);
	fclose(file);
	assert_int_equal(table_open(state->arena, state->path, TABLE_READ, &table, NULL),
			 STATUS_INVALID);
}

UNIT_MAIN(cmocka_unit_test_setup_teardown(test_values_come_back, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_readers_follow, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_other_files_are_refused, set_up, tear_down))
