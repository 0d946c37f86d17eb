/* give: a connection that waits gets a child; see parent.h. */
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/server/parent.h"

enum { TAKE_MS = 10000 /* for a child to look at what it was given */ };

/* --- what children say -------------------------------------------------------------------------
 */

static void keep_conn(struct child *child, int conn_fd)
{
	if (child->conn_fd >= 0)
		close(child->conn_fd);
	child->conn_fd = conn_fd;
}

bool give_is_through(const struct child *child)
{
	return child->is_given && custody_turns(child->custody) != child->n_turns;
}

bool give_hear(struct child *child, struct deadline deadline, enum channel_word *word_out)
{
	int fd;

	if (channel_receive_fd(child->fd, deadline, word_out, &fd) != STATUS_OK)
		return false;
	child->has_spoken = true;
	/* it was seen to be through before it was heard, and serves the next already */
	if (*word_out == CHANNEL_IDLE && child->is_given && !give_is_through(child))
		*word_out = CHANNEL_SAID;
	else
		keep_conn(child, fd);
	return true;
}

void give_note_idle(struct child *child)
{
	keep_conn(child, -1);
	child->is_given = false;
	child->state = CHILD_IDLE;
}

bool give_sleep_well(struct prefork *prefork)
{
	bool is_through = false;

	for (size_t i = 0; i < prefork->board.children.n; i++) {
		struct child *child = &prefork->board.children.items[i];

		if (child->custody && child->is_wanted != prefork->overloaded) {
			child->is_wanted = prefork->overloaded;
			custody_want_turns(child->custody, child->is_wanted);
		}
		is_through |= give_is_through(child);
	}
	return !is_through || !prefork->overloaded;
}

/* --- giving ------------------------------------------------------------------------------------
 */

/* Told to accept, a child answers that it is busy; one that does not is no good any more. */
static bool order_to_accept(struct child *child)
{
	struct deadline deadline = deadline_in_ms(ACCEPT_CONFIRM_MS);
	enum channel_word word = CHANNEL_IDLE;

	if (channel_send(child->fd, CHANNEL_ACCEPT)) {
		while (word == CHANNEL_IDLE && give_hear(child, deadline, &word))
			continue; /* it may have said that it is idle after it was seen to be */
	}
	if (word == CHANNEL_BUSY) {
		child->state = CHILD_BUSY;
		return true;
	}
	log_debug("prefork", "child %ld did not accept", (long)child->pid);
	children_retire(child);
	return false;
}

static bool order_somebody(struct prefork *prefork)
{
	struct child *child;

	while ((child = scoreboard_lowest_idle(&prefork->board)) != NULL) {
		if (order_to_accept(child))
			return true;
	}
	return false;
}

/* The connection is the child's; a copy stays here until it is idle again. */
static bool hand_over(struct child *child, const struct parcel *parcel, int conn_fd)
{
	custody_offer(child->custody, parcel);
	child->n_turns = custody_turns(child->custody);
	if (!channel_send_fd(child->fd, CHANNEL_SERVE, conn_fd))
		return false;
	keep_conn(child, conn_fd);
	child->is_given = true;
	child->state = CHILD_BUSY;
	child->offered_ms = clock_mono_ms();
	return true;
}

void give_end_the_deaf(struct prefork *prefork)
{
	int64_t now_ms = clock_mono_ms();

	if (now_ms < prefork->look_at_ms)
		return;
	prefork->look_at_ms = now_ms + POLL_MS;
	for (size_t i = 0; i < prefork->board.children.n; i++) {
		const struct child *child = &prefork->board.children.items[i];

		if (child->conn_fd < 0 || !child->custody || !child->offered_ms ||
		    now_ms - child->offered_ms < TAKE_MS || !custody_is_offered(child->custody))
			continue;
		log_warn("spamd: child [%ld] does not take the connection it was given",
			 (long)child->pid);
		kill(child->pid, SIGKILL);
	}
}

void give_show_lines(const struct prefork *prefork)
{
	int64_t now_ms = clock_mono_ms();

	for (size_t i = 0; i < prefork->board.children.n; i++) {
		const struct child *child = &prefork->board.children.items[i];

		if (child->state != CHILD_IDLE && now_ms - child->offered_ms >= LOOK_MS)
			log_write_waiting(&child->held);
	}
}

/* From a moving start: none starves. */
static bool accept_one(struct prefork *prefork, struct parcel *parcel_out, int *fd_out)
{
	size_t n = prefork->listeners->n;
	struct conn conn;
	struct why why;

	for (size_t i = 0; i < n; i++) {
		size_t at = (prefork->turn + i) % n;
		enum status status =
			net_accept(&prefork->listeners->items[at], &conn, DEADLINE_NOW, &why);

		if (status == STATUS_OK) {
			*parcel_out = (struct parcel){.kind = PARCEL_REQUEST,
						      .listener = (int)at,
						      .started_us = clock_mono_us(),
						      .peer = conn.peer,
						      .local_port = conn.local_port};
			*fd_out = conn.fd;
			prefork->turn = at + 1;
			return true;
		}
		if (status != STATUS_TIMEOUT && status != STATUS_CLOSED)
			log_warn("spamd: accept failed: %s", why.text);
	}
	return false;
}

/* All idle children have died. Who comes next takes it from the queue. */
static void keep_client(struct prefork *prefork, const struct parcel *parcel, int conn_fd)
{
	if (!prefork->settings->has_room ||
	    !parcel_send(prefork->sides.room.from_room[0], parcel, conn_fd, STR_NONE))
		log_warn("spamd: no child takes the connection");
	close(conn_fd);
}

bool give_next(struct prefork *prefork, bool room_waits)
{
	struct child *child = scoreboard_lowest_idle(&prefork->board);
	struct parcel parcel;
	int conn_fd;

	if (!child || room_waits || !child->custody)
		return order_somebody(prefork);
	if (!accept_one(prefork, &parcel, &conn_fd))
		return true; /* it has gone away again */
	while ((child = scoreboard_lowest_idle(&prefork->board)) != NULL) {
		if (child->custody && hand_over(child, &parcel, conn_fd))
			return true;
		children_retire(child);
	}
	keep_client(prefork, &parcel, conn_fd);
	return false;
}

bool give_room_waits(const struct prefork *prefork)
{
	struct pollfd queue = {.fd = prefork->sides.room.from_room[1], .events = POLLIN};

	return prefork->settings->has_room && poll(&queue, 1, 0) > 0;
}
