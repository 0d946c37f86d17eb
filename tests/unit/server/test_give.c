/* give: a child that is through is seen to be, whether it says so or not, once and not for the next
 * request. */
#include "tests/unit/unit.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/server/parent.h"

enum { TURNS = 20000, SPINS = 4000, PATIENCE_MS = 10000 };

/* A parent with one child, whose end of the channel is child_fd, and a client's end of what it
 * serves. */
struct family {
	struct arena *arena;
	struct prefork prefork;
	struct child *child;
	int child_fd, client_fd;
};

/* As give_next() does it. */
static void give(struct family *family)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	family->client_fd = ends[0];
	family->child->conn_fd = ends[1];
	family->child->n_turns = custody_turns(family->child->custody);
	family->child->is_given = true;
	family->child->state = CHILD_BUSY;
}

static void begin(struct family *family)
{
	int parent_fd;
	struct why why;

	*family = (struct family){.arena = arena_new("test", 0)};
	scoreboard_init(&family->prefork.board, family->arena);
	assert_int_equal(channel_open(&parent_fd, &family->child_fd, &why), STATUS_OK);
	family->child = scoreboard_add(&family->prefork.board, 1, parent_fd);
	family->child->custody = custody_new();
	assert_non_null(family->child->custody);
	give(family);
}

static void end(struct family *family)
{
	scoreboard_remove(&family->prefork.board, 1);
	close(family->child_fd);
	close(family->client_fd);
	arena_free(family->arena);
}

static bool is_open(const struct family *family)
{
	char byte;

	return recv(family->client_fd, &byte, 1, MSG_DONTWAIT) < 0;
}

static void nobody_is_woken_for_nothing(void **state)
{
	struct family family;

	(void)state;
	begin(&family);
	assert_true(give_sleep_well(&family.prefork));
	assert_false(give_is_through(family.child));
	assert_false(custody_be_through(family.child->custody));
	assert_true(give_is_through(family.child));
	assert_true(give_sleep_well(&family.prefork)); /* nothing waits for it */
	assert_true(is_open(&family));
	give_note_idle(family.child);
	assert_false(is_open(&family));
	assert_false(give_is_through(family.child));
	assert_int_equal(family.child->state, CHILD_IDLE);
	end(&family);
}

static void who_waits_is_told(void **state)
{
	struct family family;

	(void)state;
	begin(&family);
	family.prefork.overloaded = true;
	assert_true(give_sleep_well(&family.prefork));
	assert_true(custody_be_through(family.child->custody));
	assert_false(give_sleep_well(&family.prefork));
	give_note_idle(family.child);
	family.prefork.overloaded = false;
	close(family.client_fd);
	give(&family);
	assert_true(give_sleep_well(&family.prefork));
	assert_false(custody_be_through(family.child->custody));
	end(&family);
}

/* The word of a child that was seen to be through, and serves the next: that one's connection is
 * not let go of. */
static void a_late_word_is_no_news(void **state)
{
	struct family family;
	enum channel_word word;

	(void)state;
	begin(&family);
	custody_be_through(family.child->custody);
	assert_true(channel_send(family.child_fd, CHANNEL_IDLE));
	give_note_idle(family.child);
	close(family.client_fd);
	give(&family);
	assert_true(give_hear(family.child, DEADLINE_NOW, &word));
	assert_int_equal(word, CHANNEL_SAID);
	assert_true(is_open(&family));
	custody_be_through(family.child->custody);
	assert_true(channel_send(family.child_fd, CHANNEL_IDLE));
	assert_true(give_hear(family.child, DEADLINE_NOW, &word));
	assert_int_equal(word, CHANNEL_IDLE);
	assert_false(is_open(&family));
	assert_false(give_hear(family.child, DEADLINE_NOW, &word));
	end(&family);
}

/* In another process, as fast as it can. */
static _Noreturn void be_through_often(const struct family *family)
{
	for (int i = 0; i < TURNS; i++) {
		enum channel_word word;

		if (channel_receive(family->child_fd, deadline_in_ms(PATIENCE_MS), &word) !=
		    STATUS_OK)
			_exit(1);
		if (custody_be_through(family->child->custody) &&
		    !channel_send(family->child_fd, CHANNEL_IDLE))
			_exit(1);
	}
	_exit(0);
}

/* The parent's wish and the child's turn come close together: the parent does not sleep on. It is
 * by chance that they meet, so this finds wakes that never come rather than a wrong order of two
 * steps. */
static void no_turn_is_missed(void **state)
{
	struct family family;
	int wait_status;

	(void)state;
	begin(&family);
	pid_t pid = fork();
	if (pid == 0)
		be_through_often(&family);
	for (int i = 0; i < TURNS; i++) {
		struct pollfd channel = {.fd = family.child->fd, .events = POLLIN};
		enum channel_word word;

		family.prefork.overloaded = false;
		give_sleep_well(&family.prefork);
		assert_true(channel_send(family.child->fd, CHANNEL_SERVE));
		family.prefork.overloaded = true;
		/* at every moment of the child's turn */
		for (volatile int n = i % SPINS; n > 0; n--)
			continue;
		while (!give_is_through(family.child)) {
			if (give_sleep_well(&family.prefork))
				assert_int_equal(poll(&channel, 1, PATIENCE_MS), 1);
			if (!give_is_through(family.child))
				assert_true(give_hear(family.child, DEADLINE_NOW, &word));
		}
		family.child->n_turns = custody_turns(family.child->custody);
	}
	assert_int_equal(waitpid(pid, &wait_status, 0), pid);
	assert_int_equal(wait_status, 0);
	end(&family);
}

UNIT_MAIN(cmocka_unit_test(nobody_is_woken_for_nothing), cmocka_unit_test(who_waits_is_told),
	  cmocka_unit_test(a_late_word_is_no_news), cmocka_unit_test(no_turn_is_missed))
