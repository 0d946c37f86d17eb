/* netset: addresses and sets. The expected values are those of SpamAssassin 4.0.1's NetSet.pm
 * (without Net::Patricia) and of its IP_PRIVATE. */
#include "tests/unit/unit.h"

#include "lib/base/log.h"
#include "lib/base/netset.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new("test", 0);
	return log_open(&(struct log_settings){.ident = "test", .kind = LOG_KIND_NONE}, NULL);
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct ip ip_of(const char *text)
{
	struct ip ip;
	assert_true(ip_parse(str_from(text), &ip));
	return ip;
}

static void addresses_are_parsed_strictly(void **state)
{
	(void)state;
	static const char *const good[][2] = {{"1.2.3.4", "1.2.3.4"},
					      {"255.255.255.255", "255.255.255.255"},
					      {"::1", "::1"},
					      {"2001:DB8:0:0::1", "2001:db8::1"},
					      {"::ffff:1.2.3.4", "1.2.3.4"},
					      {"::FFFF:0102:0304", "1.2.3.4"},
					      {"::1.2.3.4", "::1.2.3.4"},
					      {"fe80::1", "fe80::1"}};
	char text[46];
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct ip ip = ip_of(good[i][0]);
		ip_format(&ip, text);
		assert_string_equal(text, good[i][1]);
		assert_int_equal(ip.is_v4, strchr(good[i][1], ':') == NULL);
	}
	static const char *const bad[] = {
		"",
		"1.2.3",
		"1.2.3.4.5",
		"256.1.1.1",
		"1.2.3.4 ",
		" 1.2.3.4",
		"1.2.3.04x",
		"[::1]",
		"fe80::1%1",
		"1::2::3",
		"::g",
		"0x1.2.3.4",
		"1.2.3.",
		"localhost",
		"1:2:3:4:5:6:7:8:9",
		"2001:db8:1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa"};
	struct ip ip;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(ip_parse(str_from(bad[i]), &ip));
	assert_false(ip_parse(str_make("1.2.3.4\0", 8), &ip));
	assert_false(ip_parse(STR_NONE, &ip));
}

static void private_addresses(void **state)
{
	(void)state;
	static const char *const yes[] = {
		"10.0.0.0",   "10.255.255.255", "127.0.0.1",   "127.9.9.9",      "169.254.1.1",
		"172.16.0.0", "172.31.255.255", "192.168.0.1", "100.64.0.0",     "100.127.255.255",
		"::1",        "fe80::1",        "febf::1",     "::ffff:10.0.0.1"};
	static const char *const no[] = {"9.255.255.255", "11.0.0.0",        "172.15.255.255",
					 "172.32.0.0",    "192.169.0.0",     "100.63.255.255",
					 "100.128.0.0",   "192.0.2.1",       "198.51.100.1",
					 "0.0.0.0",       "255.255.255.255", "::",
					 "::2",           "fec0::1",         "fc00::1",
					 "2001:db8::1",   "::ffff:9.9.9.9",  "224.0.0.1"};
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
		struct ip ip = ip_of(yes[i]);
		assert_true(ip_is_private(&ip));
	}
	for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
		struct ip ip = ip_of(no[i]);
		assert_false(ip_is_private(&ip));
	}
}

static struct netset *set_of(const char *entries)
{
	struct netset *set = netset_new(arena, "test");
	struct str rest = str_from(entries), entry;
	while (str_split_next(&rest, ',', &entry))
		assert_int_equal(netset_add(set, entry, NULL), STATUS_OK);
	return set;
}

static bool has(const struct netset *set, const char *text)
{
	struct ip ip = ip_of(text);
	return netset_contains(set, &ip);
}

static void forms_of_an_entry(void **state)
{
	(void)state;
	static const struct {
		const char *entry, *inside, *outside;
	} rows[] = {
		{"10.", "10.255.0.1", "11.0.0.0"},
		{"10", "10.255.0.1", "11.0.0.0"},
		{"192.168.", "192.168.255.255", "192.169.0.0"},
		{"192.168", "192.168.1.1", "192.169.0.0"},
		{"192.168.1", "192.168.1.255", "192.168.2.0"},
		{"192.168.1.", "192.168.1.255", "192.168.2.0"},
		{"1.2.3.4", "1.2.3.4", "1.2.3.5"},
		{"001.02.3.4", "1.2.3.4", "1.2.3.5"},
		{"1.2.3.4/31", "1.2.3.5", "1.2.3.6"},
		{"1.2.3.99/24", "1.2.3.0", "1.2.4.0"},
		{"10/9", "10.127.0.0", "10.128.0.0"},
		{"1.2.3.0/255.255.255.128", "1.2.3.127", "1.2.3.128"},
		{"0.0.0.0/0", "200.1.1.1", "2001:db8::1"},
		{"::/0", "200.1.1.1", NULL},
		{"[::1]", "::1", "::2"},
		{"[1.2.3.4]", "1.2.3.4", "1.2.3.5"},
		{"2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::"},
		{"[2001:db8::]/32", "2001:db8:ffff::", "2001:db9::"},
		{"fe80::1%eth0", "fe80::1", "fe80::2"},
		{"::ffff:1.2.3.4", "1.2.3.4", "1.2.3.5"},
		{"::ffff:1.2.3.0/120", "1.2.3.9", "1.2.4.0"},
		{"1.2.3.0/24", "::ffff:1.2.3.9", "::1.2.3.9"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct netset *set = set_of(rows[i].entry);
		assert_int_equal(netset_count(set), 1);
		assert_true(has(set, rows[i].inside));
		if (rows[i].outside)
			assert_false(has(set, rows[i].outside));
	}
}

static void malformed_entries(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",           "!",        "1.2.3.4.5", "1.2.3.4.", "1..2", "256.1.1.1",
		"1.2.3.4/33", "1.2.3.4/", "1.2.3.4/x", "::1/129",  "::g",  "1.2.3.4/255.0.255.0",
		"[::1"};
	struct netset *set = netset_new(arena, "test");
	struct why why;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(netset_add(set, str_from(bad[i]), &why), STATUS_INVALID);
	assert_int_equal(netset_count(set), 0);
	assert_false(has(set, "1.2.3.4"));
}

static void the_first_entry_that_fits_decides(void **state)
{
	(void)state;
	struct netset *set = set_of("!10.1.2.3,10.1/16,! 10/8,11/8,!11.1.1.1,2001:db8::/32");
	assert_int_equal(netset_count(set), 5); /* 11.1.1.1 is covered by 11/8 already */
	assert_false(has(set, "10.1.2.3"));
	assert_true(has(set, "10.1.2.4"));
	assert_false(has(set, "10.2.0.0"));
	assert_true(has(set, "11.1.1.1"));
	assert_false(has(set, "12.0.0.1"));
	assert_true(has(set, "2001:db8::1"));

	set = set_of("1.2.3.4,1.2.3.4,1.2.3.4/32,::ffff:1.2.3.4");
	assert_int_equal(netset_count(set), 1);
}

static void copies_and_clearing(void **state)
{
	(void)state;
	struct netset *set = set_of("10/8");
	struct netset *copy = netset_copy(arena, set);
	assert_int_equal(netset_add(copy, STR_LIT("11/8"), NULL), STATUS_OK);
	assert_int_equal(netset_count(set), 1);
	assert_true(has(copy, "10.1.1.1"));
	netset_clear(copy);
	assert_int_equal(netset_count(copy), 0);
	assert_false(has(copy, "10.1.1.1"));
	assert_true(has(set, "10.1.1.1"));
}

static void ranges_are_the_networks_that_cover_them(void **state)
{
	(void)state;
	struct netset *set = netset_new(arena, "test");
	struct ip low = ip_of("10.0.0.2"), in = ip_of("10.0.0.3"), last = ip_of("10.0.0.20"),
		  over = ip_of("10.0.0.21"), top = ip_of("255.255.255.255");

	assert_int_equal(netset_add(set, STR_LIT("10.0.0.3-10.0.0.20"), NULL), STATUS_OK);
	assert_int_equal(netset_count(set), 5); /* .3, .4/30, .8/29, .16/30, .20 */
	assert_false(netset_contains(set, &low));
	assert_true(netset_contains(set, &in));
	assert_true(netset_contains(set, &last));
	assert_false(netset_contains(set, &over));
	assert_int_equal(netset_add(set, STR_LIT("255.255.255.254 - 255.255.255.255"), NULL),
			 STATUS_OK);
	assert_true(netset_contains(set, &top));
	assert_int_equal(netset_count(set), 6);
	assert_int_equal(netset_add(set, STR_LIT("2001:db8::-2001:db8::ffff"), NULL), STATUS_OK);
	assert_int_equal(netset_count(set), 7);
}

static void ranges_that_are_none(void **state)
{
	(void)state;
	static const char *const bad[] = {"-1", "1.2.3.4-", "1.2.3.4-1.2.3.3", "1.2.3-1.2.4",
					  "1.2.3.4-::1"};
	struct netset *set = netset_new(arena, "test");
	struct why why;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(netset_add(set, str_from(bad[i]), &why), STATUS_INVALID);
	assert_int_equal(netset_count(set), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_are_the_networks_that_cover_them),
		cmocka_unit_test(ranges_that_are_none),
		cmocka_unit_test(addresses_are_parsed_strictly),
		cmocka_unit_test(private_addresses),
		cmocka_unit_test(forms_of_an_entry),
		cmocka_unit_test(malformed_entries),
		cmocka_unit_test(the_first_entry_that_fits_decides),
		cmocka_unit_test(copies_and_clearing),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
