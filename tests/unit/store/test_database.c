#include "tests/unit/unit.h"

#include <unistd.h>

#include "lib/store/database.h"

struct state {
	struct arena *arena;
	char path[64];
	struct database *database;
};

static int set_up(void **state_out)
{
	struct state *state = calloc(1, sizeof *state);
	char folder[] = "/tmp/whorl-unit-XXXXXX";

	assert_non_null(mkdtemp(folder));
	snprintf(state->path, sizeof state->path, "%s/db", folder);
	state->arena = arena_new("test", 0);
	assert_int_equal(
		database_open(state->arena, state->path, true, 0600, &state->database, NULL),
		STATUS_OK);
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

static void test_values(void **state_out)
{
	struct state *state = *state_out;
	struct statement *insert, *select;
	bool row;

	assert_int_equal(database_run(state->database, "CREATE TABLE t(a, b, c, d)", NULL),
			 STATUS_OK);
	assert_int_equal(
		database_prepare(state->database, "INSERT INTO t VALUES(?,?,?,?)", &insert, NULL),
		STATUS_OK);
	for (int i = 0; i < 3; i++) {
		statement_set_i64(insert, 0, INT64_C(5000000000) + i);
		statement_set_real(insert, 1, 0.5);
		statement_set_bytes(insert, 2, STR_LIT("a\0b"));
		statement_set_text(insert, 3, STR_NONE);
		assert_int_equal(statement_run(insert, NULL), STATUS_OK);
	}
	assert_int_equal(database_last_id(state->database), 3);
	assert_int_equal(
		database_prepare(state->database, "SELECT * FROM t ORDER BY a DESC", &select, NULL),
		STATUS_OK);
	for (int i = 2; i >= 0; i--) {
		assert_int_equal(statement_step(select, &row, NULL), STATUS_OK);
		assert_true(row);
		assert_int_equal(statement_i64(select, 0), INT64_C(5000000000) + i);
		assert_true(statement_real(select, 1) == 0.5);
		assert_true(str_eq(statement_bytes(select, 2), STR_LIT("a\0b")));
		assert_int_equal(statement_bytes(select, 3).len, 0);
	}
	assert_int_equal(statement_step(select, &row, NULL), STATUS_OK);
	assert_false(row);
}

static void test_version_tells_of_others(void **state_out)
{
	struct state *state = *state_out;
	struct database *other;
	int64_t before = database_version(state->database);

	assert_int_equal(database_open(state->arena, state->path, false, 0600, &other, NULL),
			 STATUS_OK);
	assert_int_equal(database_version(state->database), before);
	assert_int_equal(database_run(other, "CREATE TABLE t(a)", NULL), STATUS_OK);
	assert_int_not_equal(database_version(state->database), before);
}

static void test_errors(void **state_out)
{
	struct state *state = *state_out;
	struct database *none;
	struct statement *statement;
	struct why why;

	assert_int_equal(database_open(state->arena, "/nonexistent/db", false, 0600, &none, &why),
			 STATUS_NOT_FOUND);
	assert_int_equal(database_prepare(state->database, "SELEKT", &statement, &why), STATUS_IO);
	assert_non_null(strstr(why.text, "syntax error"));
}

UNIT_MAIN(cmocka_unit_test_setup_teardown(test_values, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_version_tells_of_others, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_errors, set_up, tear_down))
