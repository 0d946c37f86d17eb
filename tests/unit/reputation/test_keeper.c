/* From a report in the ledger to an opinion, and the same again after a replay. */
#include "tests/unit/folder.h"

#include <unistd.h>

#include "reputation/keeper.h"
#include "reputation/rebuild.h"
#include "reputation/reputation.h"

enum { NOW_S = 1700000000 };

struct state {
	struct arena *arena;
	char folder[UNIT_FOLDER_BYTES];
	struct keeper *keeper;
};

static int set_up(void **state_out)
{
	struct state *state = calloc(1, sizeof *state);
	struct why why;

	unit_make_folder(state->folder);
	state->arena = arena_new("test", 0);
	assert_int_equal(keeper_open(state->arena, state->folder, &trust_constants_default,
				     &state->keeper, &why),
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

static bool append(struct state *state, const char *id, const char *reporter, const char *group,
		   enum trust_kind kind)
{
	static const struct trust_key_id keys[] = {{FINGERPRINT_TXT, 42}, {FINGERPRINT_ATT, 43}};
	struct ledger_report report = {
		.id = str_from(id),
		.reporter = str_from(reporter),
		.group = str_from(group),
		.at_s = NOW_S,
		.class = TRUST_ADMIN,
		.kind = kind,
		.keys = keys,
		.n_keys = 2,
	};
	uint64_t sequence;
	bool is_new;

	assert_int_equal(
		ledger_append(keeper_ledger(state->keeper), &report, &sequence, &is_new, NULL),
		STATUS_OK);
	return is_new;
}

static struct reputation_opinion *look_up(struct state *state)
{
	static const struct reputation_key keys[] = {{FINGERPRINT_TXT, 42}, {FINGERPRINT_CTK, 7}};
	struct reputation *reputation;

	assert_int_equal(reputation_open(state->arena, state->folder, &reputation, NULL),
			 STATUS_OK);
	return reputation_look_up(state->arena, reputation, keys, 2);
}

static void report_thrice(struct state *state)
{
	assert_true(append(state, "1", "alice", "a", TRUST_SPAM));
	assert_true(append(state, "2", "bob", "b", TRUST_SPAM));
	assert_true(append(state, "3", "carol", "c", TRUST_SPAM));
	assert_false(append(state, "3", "carol", "c", TRUST_SPAM));
}

static void test_reports_become_an_opinion(void **state_out)
{
	struct state *state = *state_out;
	size_t n;

	assert_int_equal(look_up(state)->confidence, 10);
	report_thrice(state);
	assert_true(keeper_has_work(state->keeper, NOW_S));
	assert_int_equal(keeper_work(state->keeper, NOW_S, &n, NULL), STATUS_OK);
	assert_int_equal(n, 3);
	assert_true(look_up(state)->confidence >= 95);
	assert_int_equal(look_up(state)->matches.n, 1);
}

static void test_revoked(void **state_out)
{
	struct state *state = *state_out;

	report_thrice(state);
	assert_int_equal(keeper_work(state->keeper, NOW_S, NULL, NULL), STATUS_OK);
	append(state, "4", "dave", "d", TRUST_REVOKE);
	append(state, "5", "erin", "e", TRUST_REVOKE);
	assert_int_equal(keeper_work(state->keeper, NOW_S, NULL, NULL), STATUS_OK);
	assert_int_equal(look_up(state)->confidence, 10);
	assert_true(look_up(state)->is_contested);
}

static void test_replay(void **state_out)
{
	struct state *state = *state_out;
	struct reputation_opinion *before, *after;
	uint64_t n;

	report_thrice(state);
	assert_int_equal(keeper_work(state->keeper, NOW_S + 200000, NULL, NULL), STATUS_OK);
	before = look_up(state);
	assert_int_equal(rebuild_run(state->folder, &trust_constants_default, NOW_S + 200000, NULL,
				     NULL, &n, NULL),
			 STATUS_OK);
	assert_int_equal(n, 3);
	after = look_up(state);
	assert_true(before->log_odds == after->log_odds);
	assert_int_equal(before->matches.n, after->matches.n);
}

/* A table that a power cut has left as anything is made anew, and what was known is known. */
static void test_broken_table(void **state_out)
{
	static const char *const contents[] = {"", "WHORLT1", "anything else, of any length"};
	struct state *state = *state_out;

	report_thrice(state);
	assert_int_equal(keeper_work(state->keeper, NOW_S, NULL, NULL), STATUS_OK);
	double before = look_up(state)->log_odds;
	for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
		const char *path = arena_printf(state->arena, "%s/table", state->folder).ptr;

		unlink(path);
		FILE *file = fopen(path, "w");
		assert_non_null(file);
		fprintf(file, "%-*s", (int)(i * 5000), contents[i]);
		fclose(file);
		arena_reset(state->arena); /* the keeper has died */
		assert_int_equal(reputation_prepare(state->folder, NULL), STATUS_OK);
		assert_int_equal(keeper_open(state->arena, state->folder, &trust_constants_default,
					     &state->keeper, NULL),
				 STATUS_OK);
		assert_int_equal(keeper_work(state->keeper, NOW_S, NULL, NULL), STATUS_OK);
		assert_true(look_up(state)->log_odds == before);
	}
}

/* Whoever keeps the state goes on with the new records, and readers with the new table. */
static void test_rebuilt_under_a_keeper(void **state_out)
{
	static const struct reputation_key keys[] = {{FINGERPRINT_TXT, 42}, {FINGERPRINT_CTK, 7}};
	struct state *state = *state_out;
	struct reputation *reputation;
	uint64_t n;

	append(state, "1", "alice", "a", TRUST_SPAM);
	append(state, "2", "bob", "b", TRUST_SPAM);
	assert_int_equal(keeper_work(state->keeper, NOW_S, NULL, NULL), STATUS_OK);
	assert_int_equal(reputation_open(state->arena, state->folder, &reputation, NULL),
			 STATUS_OK);
	assert_int_equal(
		rebuild_run(state->folder, &trust_constants_default, NOW_S, NULL, NULL, &n, NULL),
		STATUS_OK);
	append(state, "3", "carol", "c", TRUST_SPAM);
	assert_true(keeper_has_work(state->keeper, NOW_S));
	assert_int_equal(keeper_work(state->keeper, NOW_S, NULL, NULL), STATUS_OK);
	assert_true(reputation_look_up(state->arena, reputation, keys, 2)->confidence >= 95);
	assert_true(look_up(state)->confidence >= 95);
}

/* A ledger of an earlier version is brought up to date, one of a later version is left alone. */
static void test_versions(void **state_out)
{
	struct state *state = *state_out;
	struct ledger *ledger = keeper_ledger(state->keeper), *again;
	struct why why;
	uint64_t n;

	append(state, "1", "alice", "a", TRUST_SPAM);
	assert_int_equal(database_run(ledger_database(ledger),
				      "DROP INDEX report_reporter;"
				      "ALTER TABLE report DROP COLUMN signature;"
				      "ALTER TABLE report DROP COLUMN seen;"
				      "PRAGMA user_version = 0",
				      &why),
			 STATUS_OK);
	assert_int_equal(ledger_open(state->arena, state->folder, false, &again, &why), STATUS_OK);
	assert_int_equal(ledger_count_since(again, STR_LIT("alice"), NOW_S, &n, &why), STATUS_OK);
	assert_int_equal(n, 1);
	assert_true(append(state, "2", "bob", "b", TRUST_SPAM));
	database_run(ledger_database(again), "PRAGMA user_version = 99", NULL);
	assert_int_equal(ledger_open(state->arena, state->folder, false, &again, &why),
			 STATUS_UNSUPPORTED);
}

static uint8_t state_in_table(struct state *state, uint64_t key)
{
	struct table_value value;

	return table_find(keeper_table(state->keeper), key, &value) ? value.state : UINT8_MAX;
}

static void refresh(struct state *state, int64_t now_s)
{
	bool is_done = false;

	while (!is_done)
		assert_int_equal(keeper_refresh(state->keeper, now_s, &is_done, NULL), STATUS_OK);
}

/* Nobody says a word, and the verdict fades; in the end the key is forgotten. */
static void test_time_passes(void **state_out)
{
	struct state *state = *state_out;

	report_thrice(state);
	assert_int_equal(keeper_work(state->keeper, NOW_S, NULL, NULL), STATUS_OK);
	assert_int_equal(state_in_table(state, 42), TRUST_PUBLISHED);
	refresh(state, NOW_S + 5 * 86400);
	assert_int_equal(state_in_table(state, 42), TRUST_PUBLISHED);
	refresh(state, NOW_S + 40 * 86400);
	assert_int_not_equal(state_in_table(state, 42), TRUST_PUBLISHED);
	assert_int_not_equal(state_in_table(state, 42), UINT8_MAX);
	refresh(state, NOW_S + 130 * 86400);
	assert_int_equal(state_in_table(state, 42), UINT8_MAX);
	assert_int_equal(table_count(keeper_table(state->keeper)), 0);
	assert_int_equal(keeper_work(state->keeper, NOW_S + 130 * 86400, NULL, NULL), STATUS_OK);
	assert_int_equal(state_in_table(state, 42), UINT8_MAX);
}

/* --- folded as they come or all at once: the same --- */

static void append_random(struct state *state, unsigned *seed, int64_t *now_s)
{
	struct trust_key_id keys[3];
	struct ledger_report report = {.keys = keys, .n_keys = 3};
	struct seen seen[3] = {0};
	char name[16], group[16], id[32];
	uint64_t sequence;
	bool is_new;

	*seed = *seed * 1103515245 + 12345;
	*now_s += *seed / 65536 % 9000;
	for (size_t i = 0; i < 3; i++) {
		keys[i] = (struct trust_key_id){(uint8_t)(1 + i), 100 + *seed / (256U << i) % 40};
		seen[i] = (struct seen){.n = 30, .n_old = *seed / 64 % 3 ? 0 : 30, .n_groups = 4};
		seen[i].day = (uint16_t)(*now_s / 86400);
		for (uint16_t k = 0; k < 4; k++)
			seen[i].groups[k] = (struct seen_group){(uint16_t)(k + 1), 7};
	}
	snprintf(name, sizeof name, "r%u", *seed / 1024 % 30);
	snprintf(group, sizeof group, "g%u", *seed / 1024 % 11);
	snprintf(id, sizeof id, "%u.%lld", *seed, (long long)*now_s);
	report.id = str_from(id);
	report.reporter = str_from(name);
	report.group = str_from(group);
	report.at_s = *now_s;
	report.class = *seed / 2048 % 9 == 0 ? TRUST_ADMIN : TRUST_USER;
	report.kind = *seed / 4096 % 5 == 0 ? TRUST_REVOKE : TRUST_SPAM;
	report.seen = *seed / 8192 % 3 == 0 ? seen : NULL;
	assert_int_equal(
		ledger_append(keeper_ledger(state->keeper), &report, &sequence, &is_new, NULL),
		STATUS_OK);
}

/* Of every key that may be there, in order. */
static uint64_t table_sum(struct state *state)
{
	uint64_t sum = 0xcbf29ce484222325;

	table_follow(keeper_table(state->keeper));
	for (uint64_t key = 100; key < 140; key++) {
		struct table_value value = {.log_odds = 0};
		bool found = table_find(keeper_table(state->keeper), key, &value);
		uint64_t words[] = {found,           (uint64_t)(int64_t)(value.log_odds * 1024),
				    value.algorithm, value.state,
				    value.groups,    value.day};

		for (size_t i = 0; i < sizeof words / sizeof *words; i++)
			sum = (sum ^ words[i]) * 0x100000001b3;
	}
	return sum;
}

struct record_sum {
	uint64_t sum;
	size_t n;
};

static void sum_records(struct state *state, const char *sql, struct record_sum *out)
{
	struct statement *rows;
	bool row = true;

	assert_int_equal(
		database_prepare(ledger_database(keeper_ledger(state->keeper)), sql, &rows, NULL),
		STATUS_OK);
	while (statement_step(rows, &row, NULL) == STATUS_OK && row) {
		struct str bytes = statement_bytes(rows, 0);

		for (size_t i = 0; i < bytes.len; i++)
			out->sum = (out->sum ^ (unsigned char)bytes.ptr[i]) * 0x100000001b3;
		out->n++;
	}
}

static struct record_sum sum_up(struct state *state)
{
	struct record_sum sum = {.sum = 0xcbf29ce484222325};

	sum_records(state, "SELECT record FROM key ORDER BY algorithm, key", &sum);
	sum_records(state, "SELECT record FROM reporter ORDER BY id", &sum);
	sum_records(state, "SELECT record FROM campaign ORDER BY id", &sum);
	return sum;
}

static void test_replay_equals_what_grew(void **state_out)
{
	struct state *state = *state_out;
	unsigned seed = 7;
	int64_t now_s = NOW_S;
	uint64_t n;

	for (int i = 0; i < 600; i++) {
		append_random(state, &seed, &now_s);
		if (seed / 128 % 3 == 0)
			assert_int_equal(keeper_work(state->keeper, now_s, NULL, NULL), STATUS_OK);
	}
	now_s += 3 * 86400;
	assert_int_equal(keeper_work(state->keeper, now_s, NULL, NULL), STATUS_OK);
	refresh(state, now_s);
	struct record_sum grown = sum_up(state);
	uint64_t table = table_sum(state);
	assert_true(grown.n > 100);
	assert_int_equal(
		rebuild_run(state->folder, &trust_constants_default, now_s, NULL, NULL, &n, NULL),
		STATUS_OK);
	assert_int_equal(n, 600);
	refresh(state, now_s); /* old campaigns go with the next round */
	struct record_sum replayed = sum_up(state);
	assert_int_equal(replayed.n, grown.n);
	assert_true(replayed.sum == grown.sum);
	assert_true(table_sum(state) == table);
}

static void test_one_keeper(void **state_out)
{
	struct state *state = *state_out;
	struct keeper *other;

	assert_int_equal(
		keeper_open(state->arena, state->folder, &trust_constants_default, &other, NULL),
		STATUS_REFUSED);
}

UNIT_MAIN(cmocka_unit_test_setup_teardown(test_time_passes, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_replay_equals_what_grew, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_reports_become_an_opinion, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_revoked, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_replay, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_broken_table, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_rebuilt_under_a_keeper, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_versions, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_one_keeper, set_up, tear_down))
