/* scoreboard: see scoreboard.h. */
#include "lib/server/scoreboard.h"

#include <unistd.h>

#include "lib/base/clock.h"

void scoreboard_init(struct scoreboard *board, struct arena *arena)
{
	*board = (struct scoreboard){.arena = arena};
}

struct child *scoreboard_add(struct scoreboard *board, pid_t pid, int fd)
{
	struct child_vec *list = &board->children;
	struct child fresh = {.pid = pid,
			      .fd = fd,
			      .conn_fd = -1,
			      .state = CHILD_STARTING,
			      .started_ms = clock_mono_ms()};
	size_t at;

	vec_push(board->arena, list, fresh);
	for (at = list->n - 1; at > 0 && list->items[at - 1].pid > pid; at--)
		list->items[at] = list->items[at - 1];
	list->items[at] = fresh;
	return &list->items[at];
}

struct child *scoreboard_find(struct scoreboard *board, pid_t pid)
{
	for (size_t i = 0; i < board->children.n; i++) {
		if (board->children.items[i].pid == pid)
			return &board->children.items[i];
	}
	return NULL;
}

static void close_all_of(struct child *child)
{
	if (child->fd >= 0)
		close(child->fd);
	if (child->conn_fd >= 0)
		close(child->conn_fd);
	custody_free(child->custody);
	log_held_free(&child->held);
}

void scoreboard_leave(const struct scoreboard *board)
{
	for (size_t i = 0; i < board->children.n; i++)
		close_all_of(&board->children.items[i]);
}

void scoreboard_remove(struct scoreboard *board, pid_t pid)
{
	struct child_vec *list = &board->children;
	struct child *child = scoreboard_find(board, pid);

	if (!child)
		return;
	close_all_of(child);
	size_t at = (size_t)(child - list->items);
	memmove(child, child + 1, (list->n - at - 1) * sizeof *child);
	list->n--;
}

struct child *scoreboard_lowest_idle(struct scoreboard *board)
{
	for (size_t i = 0; i < board->children.n; i++) {
		if (board->children.items[i].state == CHILD_IDLE)
			return &board->children.items[i];
	}
	return NULL;
}

struct child *scoreboard_highest_idle(struct scoreboard *board)
{
	for (size_t i = board->children.n; i > 0; i--) {
		if (board->children.items[i - 1].state == CHILD_IDLE)
			return &board->children.items[i - 1];
	}
	return NULL;
}

int scoreboard_count(const struct scoreboard *board, enum child_state state)
{
	int n = 0;

	for (size_t i = 0; i < board->children.n; i++)
		n += board->children.items[i].state == state;
	return n;
}

int scoreboard_serving(const struct scoreboard *board)
{
	return (int)board->children.n - scoreboard_count(board, CHILD_RETIRED);
}

void scoreboard_states(const struct scoreboard *board, struct buf *out)
{
	static const char letters[] = {
		[CHILD_STARTING] = 'S',
		[CHILD_IDLE] = 'I',
		[CHILD_BUSY] = 'B',
		[CHILD_RETIRED] = 'K',
	};

	for (size_t i = 0; i < board->children.n; i++)
		buf_add_char(out, letters[board->children.items[i].state]);
}
