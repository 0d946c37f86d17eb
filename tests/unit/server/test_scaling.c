/* scaling: numbers of children (spamd: scaling parameters; SpamdForkScaling.pm adapt_num_children).
 */
#include "tests/unit/unit.h"

#include <signal.h>

#include "lib/server/prefork.h"

static struct server_settings settings(int min_children, int max_children, int min_spare,
				       int max_spare)
{
	return (struct server_settings){.min_children = min_children,
					.max_children = max_children,
					.min_spare = min_spare,
					.max_spare = max_spare,
					.max_conn_per_child = 200};
}

static void how_many_start(void **state)
{
	struct server_settings s = settings(1, 5, 1, 2);

	(void)state;
	assert_int_equal(server_start_children(&s), 2);
	s = settings(3, 5, 1, 2);
	assert_int_equal(server_start_children(&s), 3);
	s = settings(1, 1, 1, 2);
	assert_int_equal(server_start_children(&s), 1);
	s = settings(1, 5, 1, 2);
	s.round_robin = true;
	assert_int_equal(server_start_children(&s), 5);
}

static void senseless_numbers_are_mended(void **state)
{
	struct server_settings s = settings(0, 0, 9, 2);

	(void)state;
	s.max_conn_per_child = -1;
	server_settings_normalize(&s);
	assert_int_equal(s.min_children, 1);
	assert_int_equal(s.max_children, 5);
	assert_int_equal(s.min_spare, 4);
	assert_int_equal(s.max_spare, 5);
	assert_int_equal(s.max_conn_per_child, 200);
}

static void one_step_at_a_time(void **state)
{
	struct server_settings s = settings(2, 5, 1, 2);

	(void)state;
	assert_int_equal(prefork_step(&s, 0, 4), PREFORK_GROW);
	assert_int_equal(prefork_step(&s, 0, 5), PREFORK_AT_LIMIT);
	assert_int_equal(prefork_step(&s, 1, 5), PREFORK_STAY);
	assert_int_equal(prefork_step(&s, 2, 5), PREFORK_STAY);
	assert_int_equal(prefork_step(&s, 3, 5), PREFORK_SHRINK);
	assert_int_equal(prefork_step(&s, 3, 2), PREFORK_STAY);
}

/* Util.pm exit_status_str */
static void how_a_child_ended(void **state)
{
	char text[64];

	(void)state;
	prefork_exit_text(0, text, sizeof text);
	assert_str(str_from(text), "exit 0");
	prefork_exit_text(3 << 8, text, sizeof text);
	assert_str(str_from(text), "exit 3");
	prefork_exit_text(SIGINT, text, sizeof text);
	assert_str(str_from(text), "interrupted, signal 2 (0002)");
	prefork_exit_text(SIGSEGV | 0x80, text, sizeof text);
	assert_str(str_from(text), "DIED, signal 11 (008b)");
}

UNIT_MAIN(cmocka_unit_test(how_many_start), cmocka_unit_test(senseless_numbers_are_mended),
	  cmocka_unit_test(one_step_at_a_time), cmocka_unit_test(how_a_child_ended))
