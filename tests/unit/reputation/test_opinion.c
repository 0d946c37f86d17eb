/* What a message's keys mean together (doc/fingerprints.md "What must agree"). */
#include "tests/unit/unit.h"

#include "reputation/reputation.h"
#include "reputation/table.h"
#include "reputation/trust.h"
#include "tests/unit/folder.h"

struct state {
	struct arena *arena;
	char folder[UNIT_FOLDER_BYTES];
	struct table *table;
	VEC_OF(, struct reputation_key) keys; /* of the message */
};

static int set_up(void **state_out)
{
	struct state *state = calloc(1, sizeof *state);

	state->arena = arena_new("opinion", 0);
	unit_make_folder(state->folder);
	assert_int_equal(table_open(state->arena,
				    arena_printf(state->arena, "%s/table", state->folder).ptr,
				    TABLE_WRITE, &state->table, NULL),
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

/* n more keys of the message, of which this is known; TRUST_UNKNOWN: nothing. */
static void add(struct state *state, enum fingerprint_algorithm algorithm, size_t n,
		enum trust_state what, double log_odds)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t key = (state->keys.n + 1) * 0x9e3779b97f4a7c15u;
		struct table_value value = {.log_odds = log_odds,
					    .algorithm = (uint8_t)algorithm,
					    .state = (uint8_t)what,
					    .groups = 3};

		vec_push(state->arena, &state->keys,
			 ((struct reputation_key){(uint8_t)algorithm, key}));
		if (what != TRUST_UNKNOWN)
			assert_int_equal(table_put(state->table, key, &value, NULL), STATUS_OK);
	}
}

static struct reputation_opinion *opinion(struct state *state)
{
	struct reputation *reputation;

	assert_int_equal(reputation_open(state->arena, state->folder, &reputation, NULL),
			 STATUS_OK);
	return reputation_look_up(state->arena, reputation, state->keys.items, state->keys.n);
}

/* Reported, and yet legitimate: such keys never make spam, however many there are. */
static void test_legitimate_is_no_witness(void **state_out)
{
	struct state *state = *state_out;

	add(state, FINGERPRINT_TXT, 1, TRUST_LEGITIMATE, 1.1);
	add(state, FINGERPRINT_ANC, 20, TRUST_LEGITIMATE, 1.1);
	add(state, FINGERPRINT_DOM, 4, TRUST_LEGITIMATE, 1.1);
	add(state, FINGERPRINT_SND, 1, TRUST_LEGITIMATE, 1.1);
	assert_int_equal(opinion(state)->confidence, 10);
}

/* Two anchors are asked for: one of the spam and one of a footer are not two. */
static void test_legitimate_completes_no_number(void **state_out)
{
	struct state *state = *state_out;

	add(state, FINGERPRINT_ANC, 1, TRUST_PUBLISHED, 4.5);
	add(state, FINGERPRINT_ANC, 5, TRUST_LEGITIMATE, 0.5);
	add(state, FINGERPRINT_ANC, 4, TRUST_UNKNOWN, 0);
	assert_true(opinion(state)->confidence <= 10);
}

/* Spam with a legitimate text, link and sender beside its own words is spam. */
static void test_decoys(void **state_out)
{
	struct state *state = *state_out;

	add(state, FINGERPRINT_ANC, 2, TRUST_PUBLISHED, 4.5);
	add(state, FINGERPRINT_ANC, 50, TRUST_LEGITIMATE, -6);
	add(state, FINGERPRINT_HOST, 3, TRUST_LEGITIMATE, -6);
	add(state, FINGERPRINT_SND, 1, TRUST_LEGITIMATE, -6);
	assert_true(opinion(state)->confidence >= 95);
}

/* What only leads to a place that everybody links to is not legitimate for that. */
static void test_legitimate(void **state_out)
{
	struct state *state = *state_out;

	add(state, FINGERPRINT_HOST, 1, TRUST_LEGITIMATE, -6);
	assert_false(opinion(state)->is_legitimate);
	add(state, FINGERPRINT_ANC, 3, TRUST_LEGITIMATE, -6);
	assert_true(opinion(state)->is_legitimate);
	assert_true(opinion(state)->confidence < 10);
}

/* A person has one signature and a newsletter one template: the next mail of a sender is not spam
 * for having them; for leading to the same place it is. */
static void test_customs_of_a_sender(void **state_out)
{
	struct state *state = *state_out;

	add(state, FINGERPRINT_SND, 1, TRUST_PUBLISHED, 4.5);
	add(state, FINGERPRINT_ANT, 6, TRUST_PUBLISHED, 4.5);
	add(state, FINGERPRINT_TEL, 1, TRUST_PUBLISHED, 4.5);
	add(state, FINGERPRINT_SUB, 1, TRUST_PUBLISHED, 4.5);
	add(state, FINGERPRINT_DOM, 5, TRUST_PUBLISHED, 4.5);
	assert_int_equal(opinion(state)->confidence, 45);
	add(state, FINGERPRINT_HOST, 1, TRUST_PUBLISHED, 4.5);
	assert_true(opinion(state)->confidence >= 95);
}

UNIT_MAIN(cmocka_unit_test_setup_teardown(test_legitimate_is_no_witness, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_legitimate_completes_no_number, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_decoys, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_legitimate, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_customs_of_a_sender, set_up, tear_down))
