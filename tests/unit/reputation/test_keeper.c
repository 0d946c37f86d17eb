/* From a report in the ledger to an opinion, and the same again after a replay. */
#include "tests/unit/unit.h"

#include <ftw.h>
#include <unistd.h>

#include "reputation/keeper.h"
#include "reputation/rebuild.h"
#include "reputation/reputation.h"

enum { NOW_S = 1700000000 };

struct state {
	struct arena *arena;
	char folder[64];
	struct keeper *keeper;
};

static int set_up(void **state_out)
{
	struct state *state = calloc(1, sizeof *state);
	struct why why;

	snprintf(state->folder, sizeof state->folder, "/tmp/whorl-unit-XXXXXX");
	assert_non_null(mkdtemp(state->folder));
	state->arena = arena_new("test", 0);
	assert_int_equal(keeper_open(state->arena, state->folder, &trust_constants_default,
				     &state->keeper, &why),
			 STATUS_OK);
	*state_out = state;
	return 0;
}

static int unlink_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	(void)info, (void)type, (void)ftw;
	return remove(path);
}

static int tear_down(void **state_out)
{
	struct state *state = *state_out;

	arena_free(state->arena);
	nftw(state->folder, unlink_one, 8, FTW_DEPTH | FTW_PHYS);
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

static void test_one_keeper(void **state_out)
{
	struct state *state = *state_out;
	struct keeper *other;

	assert_int_equal(
		keeper_open(state->arena, state->folder, &trust_constants_default, &other, NULL),
		STATUS_REFUSED);
}

UNIT_MAIN(cmocka_unit_test_setup_teardown(test_reports_become_an_opinion, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_revoked, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_replay, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_rebuilt_under_a_keeper, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_versions, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_one_keeper, set_up, tear_down))
