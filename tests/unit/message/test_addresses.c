/* addresses; what is expected comes from SpamAssassin's parse_header_addresses with
 * Email::Address::XS. */
#include "lib/message/message.h"
#include "tests/unit/unit.h"

static struct arena *scan;

static int set_up(void **state)
{
	(void)state;
	scan = arena_new("scan", 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(scan);
	return 0;
}

static struct address_vec parse(const char *text)
{
	struct address_vec found = {.n = 0};

	struct message_settings settings = message_settings_default;

	settings.email_address_xs = true;
	addresses_parse(scan, str_from(text), &settings, &found);
	return found;
}

/* One address that is expected; NULL = absent. */
static void assert_one(const char *text, const char *name, const char *address)
{
	struct address_vec found = parse(text);

	assert_int_equal(found.n, 1);
	struct address *one = found.items;
	assert_true(name ? str_eq_c(one->name, name) && one->name.ptr : !one->name.ptr);
	assert_true(address ? str_eq_c(one->address, address) && one->address.ptr
			    : !one->address.ptr);
}

static void usual_forms(void **state)
{
	(void)state;
	assert_one(" joe@example.com\n", NULL, "joe@example.com");
	assert_one("Joe Doe <joe@example.com>", "Joe Doe", "joe@example.com");
	assert_one("\"Doe, Joe\" <joe@example.com>", "Doe, Joe", "joe@example.com");
	assert_one("joe@example.com (Joe  Doe)", "Joe Doe", "joe@example.com");
	assert_one("'Joe' <joe@example.com>", "Joe", "joe@example.com");
	assert_one("=?utf-8?q?J=C3=B6?= <joe@example.com>", "J\xc3\xb6", "joe@example.com");
	assert_str(parse("=?utf-8?q?J=C3=B6?= <a@b.c>").items[0].phrase, "=?utf-8?q?J=C3=B6?= ");
	assert_str(parse("a@b.example").items[0].host, "b.example");
	assert_int_equal(parse("a@b.c, Friend <d@e.f>; g@h.i").n, 3);
	assert_int_equal(parse("").n, 0);
	assert_int_equal(parse(" \n").n, 0);
}

static void odd_forms(void **state)
{
	(void)state;
	assert_one("Joe <joe@example.com> <joe@example.com>", "Joe", "joe@example.com");
	assert_one("\"joe@example.com\" <joe@example.com>", "joe@example.com", "joe@example.com");
	assert_one("\"joe@example.com\"", NULL, "joe@example.com");
	assert_one("Joe <>", "Joe", NULL);
	assert_one("Friends: joe@example.com;", NULL, "joe@example.com");
	assert_int_equal(parse("undisclosed-recipients:;").n, 0);
	assert_one("Joe <joe@ example.com>", "Joe", "joe@example.com"); /* by the strict grammar */
	assert_one("Joe < joe@example.com >", "Joe", "joe@example.com");
	assert_one("<joe smith@example.com>", NULL, NULL);
	assert_int_equal(parse("<o@3>,<o@3>,<o@3>").n, 3);
}

UNIT_MAIN(cmocka_unit_test_setup_teardown(usual_forms, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(odd_forms, set_up, tear_down))
