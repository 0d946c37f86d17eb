/* parcel, custody: connections on their way from process to process, and from the dead to the
 * living. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/server/channel.h"
#include "lib/server/custody.h"

static const struct parcel sample = {.kind = PARCEL_READ,
				     .listener = 3,
				     .is_let_in = true,
				     .has_line = true,
				     .n_deaths = 0,
				     .started_us = 77,
				     .deadline_ms = 99};

/* The client's end and the server's. */
static void make_connection(int ends[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
}

static void make_queue(int *in, int *out)
{
	struct why why;

	assert_int_equal(parcel_pair(in, out, &why), STATUS_OK);
}

/* What is written into fd is read at the other end: it is that connection. */
static void assert_leads_to(int fd, int client)
{
	char letter = 0;

	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(read(client, &letter, 1), 1);
	assert_int_equal(letter, 'x');
}

static void connection_and_bytes_arrive(void **state)
{
	int in, out, ends[2], fd;
	struct parcel parcel;
	struct buf bytes, large;
	struct why why;

	(void)state;
	make_queue(&in, &out);
	make_connection(ends);
	buf_init(&bytes, NULL);
	buf_init(&large, NULL);
	for (int i = 0; i < 300000; i++)
		buf_printf(&large, "%d,", i);
	assert_int_equal(parcel_receive(out, &parcel, &fd, &bytes, &why), STATUS_TIMEOUT);
	assert_true(parcel_send(in, &sample, ends[1], buf_str(&large)));
	close(ends[1]);
	assert_int_equal(parcel_receive(out, &parcel, &fd, &bytes, &why), STATUS_OK);
	assert_memory_equal(&parcel, &sample, sizeof parcel);
	assert_true(str_eq(buf_str(&bytes), buf_str(&large)));
	assert_leads_to(fd, ends[0]);
	close(fd);
	close(in);
	assert_int_equal(parcel_receive(out, &parcel, &fd, &bytes, &why), STATUS_CLOSED);
	close(out);
	close(ends[0]);
	buf_free(&bytes);
	buf_free(&large);
}

static void nothing_read_is_no_bytes(void **state)
{
	int in, out, ends[2], fd;
	struct parcel parcel;
	struct buf bytes;
	struct why why;

	(void)state;
	make_queue(&in, &out);
	make_connection(ends);
	buf_init(&bytes, NULL);
	assert_true(parcel_send(in, &sample, ends[1], STR_NONE));
	assert_int_equal(parcel_receive(out, &parcel, &fd, &bytes, &why), STATUS_OK);
	assert_int_equal(bytes.len, 0);
	assert_leads_to(fd, ends[0]);
	close(fd);
	/* What is no parcel does no harm. */
	assert_int_equal(write(in, "junk", 4), 4);
	assert_int_equal(parcel_receive(out, &parcel, &fd, &bytes, &why), STATUS_IO);
	close(in);
	close(out);
	close(ends[0]);
	close(ends[1]);
	buf_free(&bytes);
}

/* A queue that nobody empties refuses, it does not block. */
static void a_full_queue_says_so(void **state)
{
	int in, out, ends[2], n = 0;

	(void)state;
	make_queue(&in, &out);
	make_connection(ends);
	while (n < 100000 && parcel_send(in, &sample, ends[1], STR_LIT("x")))
		n++;
	assert_in_range(n, 1, 99999);
	close(in);
	close(out);
	close(ends[0]);
	close(ends[1]);
}

/* --- custody -----------------------------------------------------------------------------------
 */

typedef void child_fn(struct custody *custody);

/* What becomes of a child's request when it is killed at the end of fn. */
static enum custody_fate fate_of(child_fn *fn, int deaths_before, struct parcel *parcel_out,
				 struct buf *bytes)
{
	struct custody *custody = custody_new();
	struct parcel parcel = sample;
	int in, out, ends[2], fd, wait_status;
	struct why why;

	assert_non_null(custody);
	make_queue(&in, &out);
	make_connection(ends);
	parcel.kind = PARCEL_REQUEST;
	parcel.n_deaths = deaths_before;
	pid_t pid = fork();
	if (pid == 0) {
		custody_begin(custody, &parcel);
		fn(custody);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, &wait_status, 0), pid);
	enum custody_fate fate = custody_give(custody, in, ends[1]);
	custody_free(custody);
	if (fate == CUSTODY_GIVEN) {
		assert_int_equal(parcel_receive(out, parcel_out, &fd, bytes, &why), STATUS_OK);
		assert_leads_to(fd, ends[0]);
		close(fd);
	}
	close(in);
	close(out);
	close(ends[0]);
	close(ends[1]);
	return fate;
}

static void reads_two_pieces(struct custody *custody)
{
	struct parcel later = sample;

	later.kind = PARCEL_REQUEST;
	later.deadline_ms = 1234;
	custody_before_read(custody);
	custody_after_read(custody, STR_LIT("CHECK SPAMC/1.5\r\n"));
	custody_update(custody, &later);
	custody_before_read(custody);
	custody_after_read(custody, STR_LIT("\r\nSubject: x\n"));
}

static void reads_a_long_one_before(struct custody *custody)
{
	custody_before_read(custody);
	custody_after_read(custody, STR_LIT("a longer request, which is answered"));
	custody_end(custody);
	custody_begin(custody, &sample);
	custody_before_read(custody);
	custody_after_read(custody, STR_LIT("short"));
}

/* More than the room that is mapped; a piece lies across its end. */
enum { PIECE_BYTES = 10000, PIECES = 300 };

static void reads_many_pieces(struct custody *custody)
{
	char piece[PIECE_BYTES];

	for (int i = 0; i < PIECES; i++) {
		memset(piece, 'a' + i % 26, sizeof piece);
		custody_before_read(custody);
		custody_after_read(custody, str_make(piece, sizeof piece));
	}
}

static void reads_short_ones_after_it(struct custody *custody)
{
	reads_many_pieces(custody);
	custody_end(custody);
	reads_a_long_one_before(custody);
	custody_end(custody);
	custody_begin(custody, &sample);
	reads_two_pieces(custody);
}

static void reads_nothing(struct custody *custody)
{
	(void)custody;
}

static void dies_while_reading(struct custody *custody)
{
	custody_before_read(custody);
}

static void answers(struct custody *custody)
{
	reads_two_pieces(custody);
	custody_end(custody);
}

static void cannot_give_it_away(struct custody *custody)
{
	answers(custody);
	custody_go_on(custody);
}

static void the_next_child_gets_what_was_read(void **state)
{
	struct parcel parcel;
	struct buf bytes;

	(void)state;
	buf_init(&bytes, NULL);
	assert_int_equal(fate_of(reads_two_pieces, 0, &parcel, &bytes), CUSTODY_GIVEN);
	assert_true(str_eq_c(buf_str(&bytes), "CHECK SPAMC/1.5\r\n\r\nSubject: x\n"));
	assert_int_equal(parcel.kind, PARCEL_REQUEST);
	assert_int_equal(parcel.deadline_ms, 1234);
	assert_int_equal(parcel.n_deaths, 1);
	assert_true(parcel.has_line);
	buf_clear(&bytes);
	assert_int_equal(fate_of(cannot_give_it_away, 0, &parcel, &bytes), CUSTODY_GIVEN);
	buf_clear(&bytes);
	assert_int_equal(fate_of(reads_nothing, 0, &parcel, &bytes), CUSTODY_GIVEN);
	assert_int_equal(bytes.len, 0);
	assert_int_equal(fate_of(reads_a_long_one_before, 0, &parcel, &bytes), CUSTODY_GIVEN);
	assert_true(str_eq_c(buf_str(&bytes), "short"));
	buf_free(&bytes);
}

static void however_much_it_was(void **state)
{
	struct parcel parcel;
	struct buf bytes;

	(void)state;
	buf_init(&bytes, NULL);
	assert_int_equal(fate_of(reads_many_pieces, 0, &parcel, &bytes), CUSTODY_GIVEN);
	assert_int_equal(bytes.len, PIECES * PIECE_BYTES);
	for (size_t i = 0; i < bytes.len; i++)
		if (bytes.ptr[i] != (char)('a' + i / PIECE_BYTES % 26))
			fail_msg("byte %zu is another", i);
	buf_clear(&bytes);
	assert_int_equal(fate_of(reads_short_ones_after_it, 0, &parcel, &bytes), CUSTODY_GIVEN);
	assert_true(str_eq_c(buf_str(&bytes), "CHECK SPAMC/1.5\r\n\r\nSubject: x\n"));
	buf_free(&bytes);
}

static void nobody_answers_twice(void **state)
{
	struct parcel parcel;
	struct buf bytes;

	(void)state;
	buf_init(&bytes, NULL);
	assert_int_equal(fate_of(answers, 0, &parcel, &bytes), CUSTODY_OVER);
	assert_int_equal(fate_of(dies_while_reading, 0, &parcel, &bytes), CUSTODY_LOST);
	assert_int_equal(fate_of(reads_nothing, CUSTODY_DEATHS_MAX - 1, &parcel, &bytes),
			 CUSTODY_DEADLY);
	buf_free(&bytes);
}

/* The parent gets a descriptor along with a word. */
static void a_word_brings_a_connection(void **state)
{
	int parent, child, ends[2], fd;
	enum channel_word word;
	struct why why;

	(void)state;
	make_connection(ends);
	assert_int_equal(channel_open(&parent, &child, &why), STATUS_OK);
	assert_true(channel_send_fd(child, CHANNEL_HOLDS, ends[1]));
	assert_true(channel_send(child, CHANNEL_IDLE));
	assert_int_equal(channel_receive_fd(parent, DEADLINE_NEVER, &word, &fd), STATUS_OK);
	assert_int_equal(word, CHANNEL_HOLDS);
	assert_leads_to(fd, ends[0]);
	close(fd);
	assert_int_equal(channel_receive_fd(parent, DEADLINE_NEVER, &word, &fd), STATUS_OK);
	assert_int_equal(word, CHANNEL_IDLE);
	assert_int_equal(fd, -1);
	close(parent);
	close(child);
	close(ends[0]);
	close(ends[1]);
}

UNIT_MAIN(cmocka_unit_test(connection_and_bytes_arrive), cmocka_unit_test(nothing_read_is_no_bytes),
	  cmocka_unit_test(a_full_queue_says_so),
	  cmocka_unit_test(the_next_child_gets_what_was_read),
	  cmocka_unit_test(however_much_it_was), cmocka_unit_test(nobody_answers_twice),
	  cmocka_unit_test(a_word_brings_a_connection))
