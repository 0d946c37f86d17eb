/* socket: listening, connecting, deadlines, and a close that loses nothing; on the loopback only.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/base/log.h"
#include "lib/net/socket.h"

static struct arena *arena;
static char dir[] = "/tmp/whorl-test-socket-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	arena = arena_new("test", 0);
	if (log_open(&(struct log_settings){.ident = "test", .kind = LOG_KIND_NONE}, NULL))
		return -1;
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	rmdir(dir);
	arena_free(arena);
	return 0;
}

static struct listener_vec listen_on(const char *text)
{
	struct listen_spec spec;
	struct listener_vec listeners = {0};
	struct why why;
	assert_int_equal(listen_spec_parse(arena, str_from(text), 0, NET_FAMILY_ANY, &spec, &why),
			 STATUS_OK);
	enum status status = net_listen(arena, &spec, NULL, 1, 0, &listeners, &why);
	if (status != STATUS_OK)
		fail_msg("%s: %s", text, why.text);
	return listeners;
}

static void connect_pair(const struct listener *listener, struct conn *client, struct conn *server)
{
	struct why why;
	assert_int_equal(
		net_connect_address(&listener->address, deadline_in_ms(1000), client, &why),
		STATUS_OK);
	assert_int_equal(net_accept(listener, server, deadline_in_ms(1000), &why), STATUS_OK);
}

static struct str read_to_end(struct conn *conn, struct deadline deadline)
{
	char *data = arena_alloc(arena, 8 * 1024 * 1024);
	size_t len = 0, n;
	do {
		assert_int_equal(
			conn_read(conn, data + len, 8 * 1024 * 1024 - len, &n, deadline, NULL),
			STATUS_OK);
		len += n;
	} while (n);
	return str_make(data, len);
}

static void request_and_answer(const char *where)
{
	struct listener_vec listeners = listen_on(where);
	struct conn client, server;
	connect_pair(&listeners.items[0], &client, &server);
	struct deadline soon = deadline_in_ms(5000);
	assert_int_equal(conn_write_all(&client, STR_LIT("PING"), soon, NULL), STATUS_OK);
	conn_half_close(&client);
	assert_str(read_to_end(&server, soon), "PING");
	assert_int_equal(conn_write_all(&server, STR_LIT("PONG"), soon, NULL), STATUS_OK);
	conn_finish(&server, 10); /* the client has not closed yet: after 10 ms we do */
	assert_int_equal(server.fd, -1);
	assert_str(read_to_end(&client, soon), "PONG");
	assert_int_equal(client.n_read_bytes, 4);
	assert_int_equal(client.n_written_bytes, 4);
	conn_close(&client);
	conn_close(&client);
	net_unlisten(&listeners, true);
}

static void over_tcp(void **state)
{
	(void)state;
	request_and_answer("127.0.0.1:0");
}

static void over_a_unix_socket(void **state)
{
	(void)state;
	const char *path = arena_printf(arena, "%s/sock", dir).ptr;
	request_and_answer(path);
	struct stat info;
	assert_int_not_equal(stat(path, &info), 0);
}

static void who_is_there(void **state)
{
	(void)state;
	struct listener_vec listeners = listen_on("127.0.0.1:0");
	struct conn client, server;
	char name[ADDRESS_HOST_BYTES];
	connect_pair(&listeners.items[0], &client, &server);
	assert_str(listeners.items[0].text, "127.0.0.1");
	assert_true(listeners.items[0].port > 0);
	assert_string_equal(server.peer_ip, "127.0.0.1");
	assert_int_equal(server.peer_port, client.local_port);
	assert_int_equal(server.local_port, listeners.items[0].port);
	conn_peer_name(&server, name);
	assert_true(strlen(name) > 0);
	conn_close(&client);
	conn_close(&server);
	net_unlisten(&listeners, false);
}

static void unix_socket_files(void **state)
{
	(void)state;
	const char *path = arena_printf(arena, "%s/sock", dir).ptr;
	struct listener_vec first = listen_on(path), second = {0};
	struct listen_spec spec;
	struct why why;
	struct stat info;
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0666);
	assert_int_equal(listen_spec_parse(arena, str_from(path), 0, NET_FAMILY_ANY, &spec, &why),
			 STATUS_OK);

	/* alive */
	assert_int_equal(net_listen(arena, &spec, NULL, 1, 0, &second, &why), STATUS_REFUSED);
	assert_non_null(strstr(why.text, "already running on"));
	/* stale */
	net_unlisten(&first, false);
	struct unix_mode mode = {0600, (uid_t)-1, (gid_t)-1};
	assert_int_equal(net_listen(arena, &spec, &mode, 1, 0, &second, &why), STATUS_OK);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	struct conn conn;
	assert_int_equal(net_accept(&second.items[0], &conn, deadline_in_ms(100), &why),
			 STATUS_TIMEOUT);
	net_unlisten(&second, true);
	assert_int_not_equal(stat(path, &info), 0);
	/* gone */
	struct net_address address;
	assert_int_equal(address_unix(str_from(path), &address, &why), STATUS_OK);
	assert_int_equal(net_connect_address(&address, DEADLINE_NEVER, &conn, &why),
			 STATUS_NOT_FOUND);
	assert_int_equal(why.saved_errno, ENOENT);
	/* something else stands there */
	fclose(fopen(path, "w"));
	assert_int_equal(net_listen(arena, &spec, NULL, 1, 0, &second, &why), STATUS_REFUSED);
	unlink(path);
}

static void a_port_that_is_taken(void **state)
{
	(void)state;
	struct listener_vec first = listen_on("127.0.0.1:0"), second = {0};
	struct listen_spec spec;
	struct why why;
	struct str text = arena_printf(arena, "127.0.0.1:%u", first.items[0].port);
	assert_int_equal(listen_spec_parse(arena, text, 0, NET_FAMILY_ANY, &spec, &why), STATUS_OK);
	int64_t before_ms = clock_mono_ms();
	assert_int_equal(net_listen(arena, &spec, NULL, 3, 20, &second, &why), STATUS_IO);
	assert_int_equal(why.saved_errno, EADDRINUSE);
	assert_true(clock_mono_ms() - before_ms >= 40);
	assert_int_equal(second.n, 0);
	net_unlisten(&first, false);

	struct conn conn;
	assert_int_equal(net_connect("127.0.0.1", spec.port, NET_FAMILY_ANY, deadline_in_ms(1000),
				     &conn, &why),
			 STATUS_REFUSED);
	assert_int_equal(why.saved_errno, ECONNREFUSED);
	assert_int_equal(net_connect("::1", 1, NET_FAMILY_IPV4, deadline_in_ms(1000), &conn, &why),
			 STATUS_NOT_FOUND);
	assert_int_equal(why.saved_errno, 0);
}

static void deadlines_hold(void **state)
{
	(void)state;
	struct listener_vec listeners = listen_on("127.0.0.1:0");
	struct conn client, server;
	char data[16];
	size_t n;
	struct why why;
	connect_pair(&listeners.items[0], &client, &server);
	assert_int_equal(conn_read(&server, data, sizeof data, &n, deadline_in_ms(20), &why),
			 STATUS_TIMEOUT);
	/* Nobody reads: the buffers fill up, then the deadline passes. */
	static char much[32 * 1024 * 1024];
	assert_int_equal(
		conn_write_all(&client, str_make(much, sizeof much), deadline_in_ms(50), &why),
		STATUS_TIMEOUT);
	assert_true(client.n_written_bytes > 0);
	conn_close(&client);
	conn_close(&server);
	net_unlisten(&listeners, false);
}

static void a_peer_that_went_away(void **state)
{
	(void)state;
	int ends[2];
	struct conn conn;
	struct why why;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(conn_adopt(ends[0], &conn, &why), STATUS_OK);
	assert_true(conn.is_unix);
	assert_string_equal(conn.peer_ip, "127.0.0.1");
	char name[ADDRESS_HOST_BYTES];
	conn_peer_name(&conn, name);
	assert_string_equal(name, "localhost");
	close(ends[1]);
	assert_int_equal(conn_write_all(&conn, STR_LIT("x"), DEADLINE_NEVER, &why), STATUS_CLOSED);
	assert_int_equal(why.saved_errno, EPIPE); /* and no SIGPIPE */
	conn_finish(&conn, 100);
}

/* The server answers before it has read all: the answer must arrive, no reset. */
static void finishing_loses_nothing(void **state)
{
	(void)state;
	struct listener_vec listeners = listen_on("127.0.0.1:0");
	struct conn client, server;
	connect_pair(&listeners.items[0], &client, &server);
	pid_t pid = fork();
	if (pid == 0) {
		conn_write_all(&server, STR_LIT("76 too long"), deadline_in_ms(1000), NULL);
		conn_finish(&server, 5000);
		_exit(0);
	}
	close(server.fd);
	char *many = arena_calloc(arena, 1, 3000000);
	assert_int_equal(
		conn_write_all(&client, str_make(many, 3000000), deadline_in_ms(5000), NULL),
		STATUS_OK);
	conn_half_close(&client);
	assert_str(read_to_end(&client, deadline_in_ms(5000)), "76 too long");
	conn_close(&client);
	net_unlisten(&listeners, false);
}

static void local_host_is_both_families(void **state)
{
	(void)state;
	struct listener_vec listeners = listen_on("localhost:0");
	assert_true(listeners.n == 1 || listeners.n == 2);
	assert_str(listeners.items[listeners.n - 1].text, "127.0.0.1");
	if (listeners.n == 2)
		assert_str(listeners.items[0].text, "::1");
	net_unlisten(&listeners, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(over_tcp),
		cmocka_unit_test(over_a_unix_socket),
		cmocka_unit_test(who_is_there),
		cmocka_unit_test(unix_socket_files),
		cmocka_unit_test(a_port_that_is_taken),
		cmocka_unit_test(deadlines_hold),
		cmocka_unit_test(a_peer_that_went_away),
		cmocka_unit_test(finishing_loses_nothing),
		cmocka_unit_test(local_host_is_both_families),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
