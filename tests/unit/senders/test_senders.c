/* senders: keys, entries and their lives, in every kind of list; taking over SpamAssassin's files.
 */
#include <math.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/senders/senders.h"
#include "lib/store/database.h"
#include "tests/unit/folder.h"

static char folder[UNIT_FOLDER_BYTES];
static struct arena *arena;
static struct senders_process *process; /* a file is opened once in a process */

static int start(void **state)
{
	(void)state;
	arena = arena_new("test", 0);
	process = senders_process_new(arena);
	unit_make_folder(folder);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	arena_free(arena);
	unit_remove_folder(folder);
	return 0;
}

static struct str in_folder(const char *name)
{
	return arena_printf(arena, "%s/%s", folder, name);
}

/* --- keys ------------------------------------------------------------------------------------- */

static void addresses(void **state)
{
	(void)state;
	assert_str(sender_address(arena, STR_LIT("O'Neil;\"x\"|y!z@Example.ORG")),
		   "o_neil__x__y_z@example.org");
}

static void check_network(const char *ip, unsigned v4_bits, unsigned v6_bits, const char *expected)
{
	struct str network = sender_network(arena, str_from(ip), v4_bits, v6_bits);

	unit_assert_str(network, str_from(expected), __FILE__, __LINE__);
}

/* As AutoWelcomelist.pm's ip_to_awl_key with NetAddr::IP makes them. */
static void networks(void **state)
{
	(void)state;
	check_network("192.0.2.130", 16, 48, "192.0");
	check_network("10.0.2.130", 16, 48, "10.0");
	check_network("192.0.2.130", 32, 48, "192.0.2.130");
	check_network("192.0.2.130", 25, 48, "192.0.2.128");
	check_network("192.0.2.130", 24, 48, "192.0.2");
	check_network("192.0.0.130", 24, 48, "192");
	check_network("192.0.2.130", 0, 48, "0");
	check_network("2001:db8:1:2::3", 16, 48, "2001:0DB8:0001::");
	check_network("2001:db8:1:2::3", 16, 47, "2001:0DB8::");
	check_network("2001:db8:1:2::3", 16, 128, "2001:0DB8:0001:0002:0000:0000:0000:0003");
	check_network("2001:db8:1:2::3", 16, 0, "0000::");
	assert_null(sender_network(arena, STR_LIT("300.1.1.1"), 16, 48).ptr);
	assert_null(sender_network(arena, STR_LIT("host"), 16, 48).ptr);
}

/* --- entries ---------------------------------------------------------------------------------- */

static struct sender_key key(const char *address, const char *ip, const char *signer)
{
	return (struct sender_key){str_from(address), str_from(ip), str_from(signer)};
}

static struct senders *open_list(const struct senders_options *options, bool writable)
{
	struct senders *senders = NULL;
	struct why why;

	if (senders_open(arena, options, process, writable, deadline_in_ms(60000), &senders,
			 &why) != STATUS_OK)
		fail_msg("%s", why.text);
	return senders;
}

static void close_list(struct senders *senders)
{
	struct why why;

	assert_int_equal(senders_close(senders, &why), STATUS_OK);
}

static void add(struct senders *senders, struct sender_key key, double points)
{
	struct sender_entry entry;
	struct why why;

	assert_int_equal(senders_get(senders, &key, &entry, &why), STATUS_OK);
	assert_int_equal(senders_add(senders, &key, points, &entry, &why), STATUS_OK);
}

static void expect(struct senders *senders, struct sender_key key, int64_t count, double total)
{
	struct sender_entry entry;
	struct why why;

	assert_int_equal(senders_get(senders, &key, &entry, &why), STATUS_OK);
	assert_int_equal(entry.count, count);
	assert_true(fabs(entry.total - total) < 1e-9);
}

static void drop(struct senders *senders, struct sender_key key)
{
	struct why why;

	assert_int_equal(senders_remove(senders, &key, &why), STATUS_OK);
}

/* What holds of every kind of list. */
static void live(const struct senders_options *options)
{
	struct senders *senders = open_list(options, true);

	assert_true(senders_is_writable(senders));
	add(senders, key("a@example.org", "192.0", ""), 1.5);
	add(senders, key("a@example.org", "192.0", ""), -0.25);
	add(senders, key("a@example.org", "none", ""), 100);
	add(senders, key("a@example.org.au", "192.0", ""), 7);
	close_list(senders);

	senders = open_list(options, false);
	expect(senders, key("a@example.org", "192.0", ""), 2, 1.25);
	expect(senders, key("a@example.org", "none", ""), 1, 100);
	expect(senders, key("b@example.org", "192.0", ""), 0, 0);
	add(senders, key("a@example.org", "192.0", ""), 3); /* not writable: nothing happens */
	close_list(senders);

	senders = open_list(options, true);
	expect(senders, key("a@example.org", "192.0", ""), 2, 1.25);
	drop(senders, key("a@example.org", "none", ""));
	expect(senders, key("a@example.org", "192.0", ""), 0, 0);
	expect(senders, key("a@example.org.au", "192.0", ""), 1, 7);
	drop(senders, key("a@example.org.au", "192.0", ""));
	expect(senders, key("a@example.org.au", "192.0", ""), 0, 0);
	close_list(senders);
}

static void file(void **state)
{
	(void)state;
	live(&(struct senders_options){.path = in_folder("list"), .mode = 0600});
}

static const char schema[] =
	"CREATE TABLE awl (username varchar(100) NOT NULL default '', email varchar(255) NOT NULL "
	"default '', ip varchar(40) NOT NULL default '', msgcount int(11) NOT NULL default '0', "
	"totscore float NOT NULL default '0', signedby varchar(255) NOT NULL default '', last_hit "
	"timestamp NOT NULL default CURRENT_TIMESTAMP, PRIMARY KEY (username,email,signedby,ip))";

static struct senders_options table(void)
{
	struct arena *scratch = arena_new("scratch", 0);
	struct database *database;
	struct why why;

	unlink(in_folder("list.db").ptr);
	assert_int_equal(
		database_open(scratch, in_folder("list.db").ptr, true, 0600, &database, &why),
		STATUS_OK);
	assert_int_equal(database_run(database, schema, &why), STATUS_OK);
	arena_free(scratch);
	return (struct senders_options){
		.dsn = arena_printf(arena, "DBI:SQLite:dbname=%s/list.db", folder),
		.table = STR_LIT("awl"),
		.user = STR_LIT("tester"),
	};
}

static void sql(void **state)
{
	struct senders_options options = table();

	(void)state;
	live(&options);
}

/* One entry a signer; the network says nothing then. */
static void sql_signers(void **state)
{
	struct senders_options options = table();
	struct senders *senders;

	(void)state;
	options.tells_signers = true;
	senders = open_list(&options, true);
	add(senders, key("a@example.org", "192.0", "example.org Esp.example"), 2);
	expect(senders, key("a@example.org", "198.51", "esp.example"), 1, 2);
	expect(senders, key("a@example.org", "192.0", ""), 0, 0);
	drop(senders, key("a@example.org", "none", "example.org"));
	expect(senders, key("a@example.org", "192.0", "example.org"), 0, 0);
	expect(senders, key("a@example.org", "192.0", "esp.example"), 1, 2);
	close_list(senders);
}

static void wrong_options(void **state)
{
	struct senders_options options = table();
	struct senders *senders;
	struct why why;

	(void)state;
	options.table = STR_LIT("awl; DROP TABLE awl");
	assert_int_equal(senders_open(arena, &options, NULL, true, DEADLINE_NEVER, &senders, &why),
			 STATUS_INVALID);
	options = (struct senders_options){.path = in_folder("nowhere")};
	assert_int_equal(senders_open(arena, &options, NULL, false, DEADLINE_NEVER, &senders, &why),
			 STATUS_NOT_FOUND);
}

/* A store's keys have an end, addresses have not. */
static void long_addresses(void **state)
{
	struct senders_options options = {.path = in_folder("list"), .mode = 0600};
	char *one = arena_alloc(arena, 2001), *other = arena_alloc(arena, 2001);
	struct senders *senders = open_list(&options, true);

	(void)state;
	memset(one, 'x', 2000);
	memset(other, 'x', 2000);
	one[2000] = other[2000] = 0;
	other[1999] = 'y';
	add(senders, key(one, "192.0", ""), 1);
	add(senders, key(other, "192.0", ""), 2);
	expect(senders, key(one, "192.0", ""), 1, 1);
	expect(senders, key(other, "192.0", ""), 1, 2);
	drop(senders, key(one, "none", ""));
	expect(senders, key(one, "192.0", ""), 0, 0);
	expect(senders, key(other, "192.0", ""), 1, 2);
	close_list(senders);
}

/* --- several processes ------------------------------------------------------------------------ */

enum { WRITERS = 4, MESSAGES = 25 };

/* Becomes another program: what a child has inherited is not its to free, and a leak checker would
 * count it. */
static _Noreturn void end_child(bool is_well)
{
	execl(is_well ? "/bin/true" : "/bin/false", "end", (char *)NULL);
	_exit(2);
}

static void write_many(const struct senders_options *options)
{
	for (int i = 0; i < MESSAGES; i++) {
		struct senders *senders = open_list(options, true);

		add(senders, key("busy@example.org", "192.0", ""), 0.5);
		close_list(senders);
	}
}

/* Nobody's message is lost to another's. */
static void writers(const struct senders_options *options)
{
	struct senders *senders;

	for (int i = 0; i < WRITERS; i++)
		if (fork() == 0) {
			write_many(options);
			end_child(true);
		}
	for (int i = 0; i < WRITERS; i++) {
		int status;

		wait(&status);
		assert_int_equal(status, 0);
	}
	senders = open_list(options, false);
	expect(senders, key("busy@example.org", "192.0", ""), WRITERS * MESSAGES,
	       WRITERS * MESSAGES * 0.5);
	close_list(senders);
}

static void many_writers(void **state)
{
	struct senders_options options = table();

	(void)state;
	writers(&(struct senders_options){.path = in_folder("list"), .mode = 0600});
	writers(&options);
}

/* Who waits in vain reads. */
static void held(void **state)
{
	struct senders_options options = {.path = in_folder("list"), .mode = 0600};
	struct senders *senders = open_list(&options, true), *other;
	struct why why;
	int status;

	(void)state;
	if (fork() == 0) {
		enum status result = senders_open(arena, &options, process, true,
						  deadline_in_ms(20), &other, &why);
		end_child(result == STATUS_OK && !senders_is_writable(other));
	}
	wait(&status);
	assert_int_equal(status, 0);
	close_list(senders);
}

/* --- taking over ------------------------------------------------------------------------------ */

static void put32(unsigned char *at, uint32_t value)
{
	memcpy(at, &value, sizeof value);
}

static void put16(unsigned char *at, unsigned value)
{
	uint16_t number = (uint16_t)value;

	memcpy(at, &number, sizeof number);
}

/* A file of two pages in this machine's byte order: the table's head, and one page of pairs. */
static void make_theirs(const char *const *texts, unsigned n)
{
	enum { PAGE = 512 };
	unsigned char file[2 * PAGE] = {0}, *page = file + PAGE;
	unsigned end = PAGE;
	FILE *out = fopen(in_folder("theirs").ptr, "w");

	put32(file + 12, 0x061561);
	put32(file + 20, PAGE);
	put16(page + 20, n);
	page[25] = 13;
	for (unsigned i = 0; i < n; i++) {
		end -= (unsigned)strlen(texts[i]) + 1;
		page[end] = 1;
		memcpy(page + end + 1, texts[i], strlen(texts[i]));
		put16(page + 26 + 2 * i, end);
	}
	assert_int_equal(fwrite(file, 1, sizeof file, out), sizeof file);
	fclose(out);
}

static void import(void **state)
{
	static const char *const texts[] = {
		"a@example.org|ip=192.0|totscore",
		"12.25",
		"a@example.org|ip=192.0",
		"3",
		"half@example.org|ip=none",
		"1",
		"no key",
		"7",
	};
	struct senders_options options = {.path = in_folder("list"), .mode = 0600};
	struct senders *senders = open_list(&options, true);
	struct why why;
	size_t n;

	(void)state;
	make_theirs(texts, sizeof texts / sizeof *texts);
	assert_int_equal(senders_import(arena, senders, in_folder("theirs").ptr, &n, &why),
			 STATUS_OK);
	assert_int_equal(n, 2);
	expect(senders, key("a@example.org", "192.0", ""), 3, 12.25);
	expect(senders, key("half@example.org", "none", ""), 1, 0);
	assert_int_equal(senders_import(arena, senders, in_folder("nothing").ptr, &n, &why),
			 STATUS_NOT_FOUND);
	close_list(senders);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),      cmocka_unit_test(networks),
		cmocka_unit_test(file),           cmocka_unit_test(sql),
		cmocka_unit_test(sql_signers),    cmocka_unit_test(wrong_options),
		cmocka_unit_test(long_addresses), cmocka_unit_test(many_writers),
		cmocka_unit_test(held),           cmocka_unit_test(import),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
