/* tls: two ends of a socket pair, the server in a process of its own. Certificates are our own, for
 * server.example and stranger.example. */
#include "tests/unit/unit.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/net/tls.h"

enum { LIMIT_MS = 20000, LARGE_BYTES = 3 * 1024 * 1024 };

static struct arena *arena;

static int start(void **state)
{
	(void)state;
	arena = arena_new("test", 0);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static const char *file(const char *name)
{
	const char *srcdir = getenv("srcdir");

	return arena_printf(arena, "%s/tests/unit/net/%s", srcdir ? srcdir : ".", name).ptr;
}

static struct tls_context *server_context(bool verify)
{
	const struct tls_settings settings = {.cert_file = file("server.pem"),
					      .key_file = file("server.key"),
					      .ca_file = file("server.pem"),
					      .verify = verify};
	struct tls_context *context = NULL;
	struct why why;

	assert_int_equal(tls_server_context(&settings, &context, &why), STATUS_OK);
	return context;
}

static struct tls_context *client_context(const char *name, const char *trusted)
{
	const struct tls_settings settings = {
		.cert_file = name ? file(arena_printf(arena, "%s.pem", name).ptr) : NULL,
		.key_file = name ? file(arena_printf(arena, "%s.key", name).ptr) : NULL,
		.ca_file = trusted ? file(trusted) : NULL,
		.verify = trusted != NULL};
	struct tls_context *context = NULL;
	struct why why;

	assert_int_equal(tls_client_context(&settings, &context, &why), STATUS_OK);
	return context;
}

static struct conn adopt(int fd)
{
	struct conn conn;
	struct why why;

	assert_int_equal(conn_adopt(fd, &conn, &why), STATUS_OK);
	return conn;
}

typedef int server_fn(struct tls_context *context, struct conn *conn);

/* The server's end is fn's, in a child; its result is the child's exit status. */
static pid_t serve(server_fn *fn, bool verify, struct conn *client_out)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[0]);
		struct tls_context *context = server_context(verify);
		struct conn conn = adopt(ends[1]);
		int result = fn(context, &conn);
		conn_close(&conn);
		tls_context_free(context);
		arena_free(arena);
		_exit(result);
	}
	close(ends[1]);
	*client_out = adopt(ends[0]);
	return pid;
}

static int result_of(pid_t pid)
{
	int wait_status;

	assert_int_equal(waitpid(pid, &wait_status, 0), pid);
	assert_true(WIFEXITED(wait_status));
	return WEXITSTATUS(wait_status);
}

/* Everything until the end of the stream. */
static struct str read_all(struct conn *conn)
{
	struct buf out;
	struct why why;
	size_t n = 1;

	buf_init(&out, arena);
	while (n > 0) {
		char *room = buf_reserve(&out, 65536);
		if (conn_read(conn, room, 65536, &n, deadline_in_ms(LIMIT_MS), &why) != STATUS_OK)
			return STR_NONE;
		buf_commit(&out, n);
	}
	return buf_str(&out);
}

static struct str large_text(void)
{
	char *text = arena_alloc(arena, LARGE_BYTES);

	for (size_t i = 0; i < LARGE_BYTES; i++)
		text[i] = (char)('a' + i % 23);
	return str_make(text, LARGE_BYTES);
}

/* --- servers -----------------------------------------------------------------------------------
 */

/* What came is sent back when the client has said that there is no more. */
static int echo(struct tls_context *context, struct conn *conn)
{
	struct why why;

	if (tls_accept(context, conn, deadline_in_ms(LIMIT_MS), &why) != STATUS_OK)
		return why.status == STATUS_REFUSED ? 2 : 1;
	struct str text = read_all(conn);
	if (conn_write_all(conn, text, deadline_in_ms(LIMIT_MS), &why) != STATUS_OK)
		return 3;
	conn_finish(conn, LIMIT_MS);
	return 0;
}

/* The same without ever waiting in a call of tls. */
static int echo_in_steps(struct tls_context *context, struct conn *conn)
{
	struct buf text;
	enum status status;
	struct why why;
	size_t n = 1;

	buf_init(&text, arena);
	if (tls_accept_begin(context, conn, &why) != STATUS_OK)
		return 1;
	while ((status = tls_accept_step(conn, &why)) == STATUS_TIMEOUT) {
		struct pollfd ready = {.fd = conn->fd, .events = tls_wants(conn)};
		if (poll(&ready, 1, LIMIT_MS) != 1)
			return 2;
	}
	if (status != STATUS_OK)
		return 3;
	while (status != STATUS_OK || n > 0) {
		struct pollfd ready = {.fd = conn->fd, .events = POLLIN};
		status = conn_read(conn, buf_reserve(&text, 65536), 65536, &n, DEADLINE_NOW, &why);
		if (status == STATUS_TIMEOUT && poll(&ready, 1, LIMIT_MS) == 1)
			continue;
		if (status != STATUS_OK)
			return 4;
		buf_commit(&text, n);
	}
	struct str left = buf_str(&text);
	while (left.len > 0) {
		struct pollfd ready = {.fd = conn->fd, .events = POLLOUT};
		int64_t before = conn->n_written_bytes;
		status = conn_write_all(conn, left, DEADLINE_NOW, &why);
		left = str_from_at(left, (size_t)(conn->n_written_bytes - before));
		if (status == STATUS_TIMEOUT && poll(&ready, 1, LIMIT_MS) == 1)
			continue;
		if (status != STATUS_OK)
			return 5;
	}
	conn_finish(conn, LIMIT_MS);
	return 0;
}

static int never_answers(struct tls_context *context, struct conn *conn)
{
	char byte;

	(void)context;
	while (poll(&(struct pollfd){.fd = conn->fd, .events = POLLIN}, 1, LIMIT_MS) == 1)
		if (recv(conn->fd, &byte, 1, 0) <= 0)
			return 0;
	return 1;
}

/* --- tests -------------------------------------------------------------------------------------
 */

static void send_and_compare(server_fn *fn, struct str text)
{
	struct tls_context *context = client_context(NULL, "server.pem");
	char described[TLS_TEXT_BYTES];
	struct conn conn;
	struct why why;
	pid_t pid = serve(fn, false, &conn);

	assert_int_equal(
		tls_connect(context, &conn, "server.example", deadline_in_ms(LIMIT_MS), &why),
		STATUS_OK);
	tls_describe(&conn, described);
	assert_true(str_has_prefix(str_from(described), "TLSv1."));
	assert_int_equal(conn_write_all(&conn, text, deadline_in_ms(LIMIT_MS), &why), STATUS_OK);
	conn_half_close(&conn);
	assert_true(str_eq(read_all(&conn), text));
	conn_finish(&conn, LIMIT_MS);
	assert_int_equal(result_of(pid), 0);
	tls_context_free(context);
}

static void bytes_come_back(void **state)
{
	(void)state;
	send_and_compare(echo, STR_LIT("a line\r\n"));
	send_and_compare(echo, large_text());
	send_and_compare(echo_in_steps, STR_LIT("a line\r\n"));
	send_and_compare(echo_in_steps, large_text());
}

static enum status connect_as(const char *client, const char *trusted, const char *host,
			      bool server_verifies, int *server_result_out)
{
	struct tls_context *context = client_context(client, trusted);
	struct conn conn;
	struct why why;
	pid_t pid = serve(echo, server_verifies, &conn);
	enum status status = tls_connect(context, &conn, host, deadline_in_ms(LIMIT_MS), &why);

	if (status == STATUS_OK) {
		conn_half_close(&conn);
		read_all(&conn);
	}
	conn_finish(&conn, LIMIT_MS);
	*server_result_out = result_of(pid);
	tls_context_free(context);
	return status;
}

static void certificates_count(void **state)
{
	int server;

	(void)state;
	assert_int_equal(connect_as(NULL, "server.pem", "server.example", false, &server),
			 STATUS_OK);
	assert_int_equal(connect_as(NULL, NULL, "anything.example", false, &server), STATUS_OK);
	assert_int_equal(connect_as(NULL, "stranger.pem", NULL, false, &server), STATUS_REFUSED);
	assert_int_equal(connect_as(NULL, "server.pem", "other.example", false, &server),
			 STATUS_REFUSED);
	/* The server insists on one that it trusts. */
	connect_as(NULL, NULL, NULL, true, &server);
	assert_int_equal(server, 2);
	connect_as("stranger", NULL, NULL, true, &server);
	assert_int_equal(server, 2);
	assert_int_equal(connect_as("server", NULL, NULL, true, &server), STATUS_OK);
	assert_int_equal(server, 0);
}

static void files_that_will_not_do(void **state)
{
	struct tls_settings settings = {.cert_file = file("server.pem"),
					.key_file = file("stranger.key")};
	struct tls_context *context = NULL;
	struct why why;

	(void)state;
	assert_int_equal(tls_server_context(&settings, &context, &why), STATUS_INVALID);
	assert_non_null(strstr(why.text, "stranger.key"));
	settings.key_file = file("none.key");
	assert_int_equal(tls_server_context(&settings, &context, &why), STATUS_INVALID);
	assert_non_null(strstr(why.text, "none.key"));
	settings.cert_file = file("test_tls.c");
	assert_int_equal(tls_server_context(&settings, &context, &why), STATUS_INVALID);
	assert_null(context);
}

static void who_does_not_speak_it(void **state)
{
	struct tls_context *context = server_context(false);
	struct conn conn;
	struct why why;
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	conn = adopt(ends[0]);
	assert_int_equal(write(ends[1], "PING SPAMC/1.2\r\n", 16), 16);
	assert_int_equal(tls_accept(context, &conn, deadline_in_ms(LIMIT_MS), &why),
			 STATUS_INVALID);
	conn_close(&conn);
	close(ends[1]);
	/* Gone in the middle. */
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	conn = adopt(ends[0]);
	close(ends[1]);
	assert_int_not_equal(tls_accept(context, &conn, deadline_in_ms(LIMIT_MS), &why), STATUS_OK);
	conn_close(&conn);
	tls_context_free(context);
}

static void deadlines_hold(void **state)
{
	struct tls_context *context = client_context(NULL, NULL);
	struct conn conn;
	struct why why;
	pid_t pid = serve(never_answers, false, &conn);

	(void)state;
	assert_int_equal(tls_connect(context, &conn, NULL, deadline_in_ms(50), &why),
			 STATUS_TIMEOUT);
	conn_close(&conn);
	assert_int_equal(result_of(pid), 0);
	tls_context_free(context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_come_back),        cmocka_unit_test(certificates_count),
		cmocka_unit_test(files_that_will_not_do), cmocka_unit_test(who_does_not_speak_it),
		cmocka_unit_test(deadlines_hold),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
