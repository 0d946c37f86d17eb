/* addrlist: globs as welcomelist_from takes them. The expectations were taken from
 * SpamAssassin 4.0.1's add_to_addrlist. */
#include "tests/unit/unit.h"

#include "rules/addrlist.h"

static struct arena *arena;

static bool matches(const char *glob, const char *address)
{
	struct addr_list *list = addr_list_new(arena);
	addr_list_add(list, str_from(glob));
	return addr_list_match(list, str_from(address)).len > 0;
}

static void plain_addresses(void **state)
{
	(void)state;
	assert_true(matches("a@b.example", "A@B.Example"));
	assert_true(matches("A@B.EXAMPLE", "a@b.example"));
	assert_false(matches("a@b.example", "a@bxexample"));
	assert_false(matches("a@b.example", "xa@b.example"));
	assert_false(matches("a@b.example", "a@b.example.org"));
}

static void wildcards(void **state)
{
	(void)state;
	assert_true(matches("*@b.example", "who@b.example"));
	assert_true(matches("*@b.example", "@b.example"));
	assert_true(matches("*@*.b.example", "x@y.z.b.example"));
	assert_false(matches("*@*.b.example", "x@b.example"));
	assert_true(matches("?@b.example", "x@b.example"));
	assert_false(matches("?@b.example", "xy@b.example"));
	assert_true(matches("**", "anything"));
	assert_true(matches("*a*b*c", "aXXbXXbc"));
	assert_false(matches("*a*b*c", "aXXbXXb"));
}

/* A NUL, a backslash and an opening parenthesis stand for an underscore. */
static void odd_bytes(void **state)
{
	(void)state;
	assert_true(matches("a(b@c", "a_b@c"));
	assert_false(matches("a(b@c", "a(b@c"));
	assert_true(matches("a.b+c@d", "a.b+c@d"));
	assert_false(matches("a.b+c@d", "axbbc@d"));
}

/* Many stars must not take for ever. */
static void hostile_glob(void **state)
{
	(void)state;
	char address[4000];
	memset(address, 'a', sizeof address - 1);
	address[sizeof address - 1] = '\0';
	assert_false(matches("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", address));
}

static void removal(void **state)
{
	(void)state;
	struct addr_list *list = addr_list_new(arena);
	addr_list_add(list, STR_LIT("*@b.example"));
	addr_list_add(list, STR_LIT("a@c.example"));
	struct addr_list *copy = addr_list_copy(arena, list);
	assert_int_equal(addr_list_count(list), 2);
	assert_true(addr_list_remove(list, STR_LIT("*@B.example")));
	assert_false(addr_list_remove(list, STR_LIT("x@b.example")));
	assert_int_equal(addr_list_count(list), 1);
	assert_int_equal(addr_list_match(list, STR_LIT("x@b.example")).len, 0);
	assert_true(addr_list_match(copy, STR_LIT("x@b.example")).len > 0);
	addr_list_add(list, STR_LIT("*@b.example"));
	assert_true(addr_list_match(list, STR_LIT("x@b.example")).len > 0);
}

static void with_relays(void **state)
{
	(void)state;
	struct addr_rcvd_list *list = addr_rcvd_list_new(arena);
	struct addr_rcvd_vec found = {0};
	addr_rcvd_list_add(list, STR_LIT("*@B.example"), STR_LIT("Relay.Example"));
	addr_rcvd_list_add(list, STR_LIT("*@b.example"), STR_LIT("[192.0.2.1]"));
	addr_rcvd_list_add(list, STR_LIT("a@b.example"), STR_LIT("other.example"));
	addr_rcvd_list_match(list, arena, STR_LIT("A@b.example"), &found);
	assert_int_equal(found.n, 2);
	const struct addr_rcvd *wide = found.items[1];
	assert_str(wide->glob, "*@b.example");
	assert_int_equal(wide->domains.n, 2);
	assert_str(wide->domains.items[0], "relay.example");
	assert_true(addr_rcvd_list_remove_domain(list, STR_LIT("*@b.example"),
						 STR_LIT("relay.example")));
	assert_int_equal(wide->domains.n, 1);
	assert_true(
		addr_rcvd_list_remove_domain(list, STR_LIT("*@b.example"), STR_LIT("[192.0.2.1]")));
	assert_int_equal(addr_rcvd_list_count(list), 1);
}

int main(void)
{
	arena = arena_new("test", 0);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_addresses), cmocka_unit_test(wildcards),
		cmocka_unit_test(odd_bytes),       cmocka_unit_test(hostile_glob),
		cmocka_unit_test(removal),         cmocka_unit_test(with_relays),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
