/* address: what spamd's --listen takes (the expected values follow its regular expression), and
 * names and addresses as text. */
#include "tests/unit/unit.h"

#include "lib/net/address.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new("test", 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void places_to_listen(void **state)
{
	(void)state;
	static const struct {
		const char *text, *host;
		unsigned port;
		bool has_port, tls;
	} rows[] = {
		{"", "*", 783, false, false},
		{"*", "*", 783, false, false},
		{"*:784", "*", 784, true, false},
		{":784", "localhost", 784, true, false},
		{"0", "localhost", 783, false, false},
		{"localhost", "localhost", 783, false, false},
		{"127.0.0.1", "127.0.0.1", 783, false, false},
		{"127.0.0.1:1783", "127.0.0.1", 1783, true, false},
		{"127.0.0.1:", "127.0.0.1", 783, true, false},
		{"mail.example.org:0", "mail.example.org", 0, true, false},
		{"[::1]", "::1", 783, false, false},
		{"[::1]:25", "::1", 25, true, false},
		{"::1", "::1", 783, false, false},
		{"fe80::1%eth0", "fe80::1%eth0", 783, false, false},
		{"dead:beef:1", "dead:beef:1", 783, false, false},
		{"dead:25", "dead", 25, true, false},
		{"[]", "localhost", 783, false, false},
		{"ssl:127.0.0.1:784", "127.0.0.1", 784, true, true},
		{"SSL::784", "localhost", 784, true, true},
		{"ssl:784", "784", 783, false, true},
		{"ssl", "ssl", 783, false, false},
		{"localhost:smtp", "localhost", 25, true, false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct listen_spec spec;
		assert_int_equal(listen_spec_parse(arena, str_from(rows[i].text), 783,
						   NET_FAMILY_ANY, &spec, NULL),
				 STATUS_OK);
		assert_string_equal(arena_cstr(arena, spec.host), rows[i].host);
		assert_int_equal(spec.port, rows[i].port);
		assert_int_equal(spec.has_port, rows[i].has_port);
		assert_int_equal(spec.tls, rows[i].tls);
		assert_int_equal(spec.path.len, 0);
	}
}

static void unix_sockets(void **state)
{
	(void)state;
	struct listen_spec spec;
	assert_int_equal(listen_spec_parse(arena, STR_LIT("/run/x:1.sock"), 783, NET_FAMILY_ANY,
					   &spec, NULL),
			 STATUS_OK);
	assert_str(spec.path, "/run/x:1.sock");
	struct net_address address;
	struct why why;
	char text[ADDRESS_TEXT_BYTES];
	assert_int_equal(address_unix(spec.path, &address, &why), STATUS_OK);
	assert_true(address_is_unix(&address));
	address_format(&address, text);
	assert_string_equal(text, "/run/x:1.sock");
	char longest[108];
	memset(longest, 'x', sizeof longest);
	assert_int_equal(address_unix(str_make(longest, 107), &address, &why), STATUS_OK);
	assert_int_equal(address_unix(str_make(longest, 108), &address, &why), STATUS_TOO_LARGE);
}

static void malformed_places(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"a b", "[::1", "[::1]x", "a:b:c:d!", "x:65536", "x:nosuchservice",
		"a/b", "*x",   "x:1:",   "[::1]:1:2"};
	struct listen_spec spec;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(listen_spec_parse(arena, str_from(bad[i]), 783, NET_FAMILY_ANY,
						   &spec, NULL),
				 STATUS_INVALID);
}

static void hosts_and_ports(void **state)
{
	(void)state;
	struct str host;
	unsigned port;
	assert_true(address_split_host_port(STR_LIT("mx.example.org:25"), &host, &port));
	assert_str(host, "mx.example.org");
	assert_int_equal(port, 25);
	assert_true(address_split_host_port(STR_LIT("mx"), &host, &port));
	assert_int_equal(port, 0);
	assert_true(address_split_host_port(STR_LIT("[2001:db8::1]:25"), &host, &port));
	assert_str(host, "2001:db8::1");
	assert_int_equal(port, 25);
	assert_true(address_split_host_port(STR_LIT("2001:db8::1"), &host, &port));
	assert_str(host, "2001:db8::1");
	assert_false(address_split_host_port(STR_LIT("mx:"), &host, &port));
	assert_false(address_split_host_port(STR_LIT("mx:smtp"), &host, &port));
	assert_false(address_split_host_port(STR_LIT("mx:99999"), &host, &port));
}

static void resolving_numbers(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{"127.0.0.1", "127.0.0.1"}, {"::1", "::1"}, {"::ffff:192.0.2.7", "192.0.2.7"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct net_address_vec found;
		struct why why;
		char text[ADDRESS_TEXT_BYTES];
		assert_int_equal(
			address_resolve(arena, rows[i][0], 783, NET_FAMILY_ANY, &found, &why),
			STATUS_OK);
		assert_int_equal(found.n, 1);
		assert_int_equal(address_port(&found.items[0]), 783);
		address_format(&found.items[0], text);
		assert_string_equal(text, rows[i][1]);
	}
	struct net_address_vec found;
	struct why why;
	assert_int_equal(address_resolve(arena, "::1", 783, NET_FAMILY_IPV4, &found, &why),
			 STATUS_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_to_listen),  cmocka_unit_test(unix_sockets),
		cmocka_unit_test(malformed_places),  cmocka_unit_test(hosts_and_ports),
		cmocka_unit_test(resolving_numbers),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
