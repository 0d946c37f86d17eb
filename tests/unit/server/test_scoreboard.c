/* scoreboard: order, states, and the child that takes the next connection. */
#include "tests/unit/unit.h"

#include <unistd.h>

#include "lib/server/scoreboard.h"

static struct scoreboard *board_of(struct arena *arena)
{
	static const struct {
		pid_t pid;
		enum child_state state;
	} children[] = {{30, CHILD_IDLE},
			{10, CHILD_BUSY},
			{40, CHILD_RETIRED},
			{20, CHILD_IDLE},
			{50, CHILD_STARTING}};
	struct scoreboard *board = ARENA_NEW(arena, struct scoreboard);

	scoreboard_init(board, arena);
	for (size_t i = 0; i < sizeof children / sizeof *children; i++)
		scoreboard_add(board, children[i].pid, -1)->state = children[i].state;
	return board;
}

static void states_in_order_of_pids(void **state)
{
	struct arena *arena = arena_new("test", 0);
	struct scoreboard *board = board_of(arena);
	struct buf text;

	(void)state;
	buf_init(&text, arena);
	scoreboard_states(board, &text);
	assert_str(buf_str(&text), "BIIKS");
	assert_int_equal(scoreboard_count(board, CHILD_IDLE), 2);
	assert_int_equal(scoreboard_serving(board), 4);
	assert_int_equal(scoreboard_lowest_idle(board)->pid, 20);
	assert_int_equal(scoreboard_highest_idle(board)->pid, 30);
	arena_free(arena);
}

static void removing(void **state)
{
	struct arena *arena = arena_new("test", 0);
	struct scoreboard *board = board_of(arena);
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	scoreboard_add(board, 25, fds[0]);
	scoreboard_remove(board, 25);
	assert_int_equal(read(fds[0], fds, 1), -1); /* closed */
	close(fds[1]);
	scoreboard_remove(board, 10);
	scoreboard_remove(board, 50);
	scoreboard_remove(board, 99);
	assert_null(scoreboard_find(board, 10));
	assert_int_equal(board->children.n, 3);
	assert_int_equal(board->children.items[0].pid, 20);
	scoreboard_remove(board, 20);
	scoreboard_remove(board, 30);
	assert_null(scoreboard_lowest_idle(board));
	assert_null(scoreboard_highest_idle(board));
	arena_free(arena);
}

UNIT_MAIN(cmocka_unit_test(states_in_order_of_pids), cmocka_unit_test(removing))
