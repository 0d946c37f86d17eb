/* seen: what is old, what is late, and both kinds of bytes. */
#include "tests/unit/unit.h"

#include "reputation/seen.h"

enum { DAY_S = 86400, START_S = 20000 * DAY_S };

enum { LATE_S = 4 * 3600 };

static void add(struct seen_tally *tally, uint16_t mark, int64_t at_s)
{
	seen_add(tally, &(struct seen_mail){.mark = mark, .at_s = at_s, .late_s = LATE_S});
}

static void late(void **state)
{
	(void)state;
	struct seen_tally tally = {.day = 0};

	for (int i = 0; i < 10; i++)
		add(&tally, 1, START_S + i);
	add(&tally, 1, START_S + LATE_S - 1);
	assert_int_equal(seen_at(&tally, START_S + LATE_S).n_late, 0);
	add(&tally, 2, START_S + LATE_S);
	add(&tally, 1, START_S + LATE_S + SEEN_PAUSE_S - 1);
	struct seen seen = seen_at(&tally, START_S + 3 * DAY_S);
	assert_int_equal(seen.n_late, 2);
	assert_int_equal(seen.n, 13);
	assert_int_equal(seen.n_old, 13);
	assert_int_equal(seen.n_groups, 2);
}

/* Behind a pause another mailing begins, and is asked anew whether it keeps coming. */
static void pause_between(void **state)
{
	(void)state;
	struct seen_tally tally = {.day = 0};
	int64_t next_s = START_S + LATE_S + SEEN_PAUSE_S;

	add(&tally, 1, START_S);
	add(&tally, 1, START_S + LATE_S);
	add(&tally, 1, START_S - 1); /* a clock that goes back */
	assert_int_equal(seen_at(&tally, next_s).n_late, 1);
	add(&tally, 1, next_s);
	assert_int_equal(seen_at(&tally, next_s).n_late, 0);
	add(&tally, 1, next_s + LATE_S - 1);
	assert_int_equal(seen_at(&tally, next_s + LATE_S).n_late, 0);
	add(&tally, 1, next_s + LATE_S);
	assert_int_equal(seen_at(&tally, next_s + LATE_S).n_late, 1);
	assert_int_equal(seen_at(&tally, next_s + LATE_S).n, 6);
}

static void there_and_back(void **state)
{
	(void)state;
	struct arena *arena = arena_new("test", 0);
	struct seen seen[2] = {
		{.n = 70000, .n_old = 5, .n_late = 66000, .n_context = 3, .day = 20000},
		{.n = 1, .n_groups = 1, .groups = {{0xfffe, 65535}}}};
	struct buf bytes;

	buf_init(&bytes, arena);
	seen_pack(&bytes, seen, 2);
	const struct seen *back = seen_unpack(arena, buf_str(&bytes), 2);
	assert_non_null(back);
	assert_memory_equal(back, seen, sizeof seen);
	for (size_t len = 0; len < bytes.len; len++)
		assert_null(seen_unpack(arena, str_make(bytes.ptr, len), 2));
	arena_free(arena);
}

/* As ledgers have it that were written before late exposures were counted. */
static void old_bytes(void **state)
{
	(void)state;
	struct arena *arena = arena_new("test", 0);
	static const unsigned char bytes[] = {9, 0, 0, 0, 2,    0,    0,    0,    1, 0,
					      0, 0, 1, 0, 0x20, 0x4e, 0x34, 0x12, 9, 0};
	const struct seen *seen =
		seen_unpack(arena, str_make((const char *)bytes, sizeof bytes), 1);

	assert_non_null(seen);
	assert_int_equal(seen->n, 9);
	assert_int_equal(seen->n_old, 2);
	assert_int_equal(seen->n_late, 0);
	assert_int_equal(seen->day, 20000);
	assert_int_equal(seen->groups[0].mark, 0x1234);
	assert_int_equal(seen->groups[0].n, 9);
	arena_free(arena);
}

UNIT_MAIN(cmocka_unit_test(late), cmocka_unit_test(pause_between), cmocka_unit_test(there_and_back),
	  cmocka_unit_test(old_bytes))
