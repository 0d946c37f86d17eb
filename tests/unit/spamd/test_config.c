/* spamd.conf: what is wrong in it is told with its line. */
#include "spamd/config.h"
#include "tests/unit/folder.h"

static struct why read_text(const char *text, struct config *config, struct arena *arena)
{
	struct why why = {.status = STATUS_OK};
	char folder[UNIT_FOLDER_BYTES];

	unit_make_folder(folder);
	const char *path = arena_printf(arena, "%s/spamd.conf", folder).ptr;
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	enum status status = config_read(arena, path, config, &why);
	unit_remove_folder(folder);
	if (status == STATUS_OK)
		why.text[0] = '\0';
	return why;
}

static void test_faults(void **state)
{
	static const struct {
		const char *text, *complaint;
	} faults[] = {
		{"linger_ms = 1\nnonsense = 2\n", ":2: "},
		{"\nlinger_ms = -1\n", ":2: linger_ms must be between 0 and 60000"},
		{"reputation {\n state = \"/x\"\n foo = 1\n}\n", ":3: no such option 'foo'"},
		{"reputation {\n state = \"x\"\n}\n", ":2: state must be an absolute path"},
		{"reputation {\n bus = nats\n}\n", ":2: bus must be local"},
		{"reputation {\n\n default_class = king\n}\n", ":3: default_class must be"},
		{"reputation {\n default_quota = -1\n}\n", ":2: default_quota is negative"},
		{"reputation {\n reporter { class = user }\n}\n", ":2: "},
		{"reputation {\n reporter \"x\" {\n class = king }\n}\n", ":3: class must be"},
		{"reputation {\n reporter \"x\" {\n quota = many }\n}\n", ":3: "},
		{"reputation {\n reporter \"x\" { }\n reporter \"x\" { }\n}\n", ":3: "},
		{"reputation {\n reporter \"ed25519:12\" { }\n}\n", "\"ed25519:12\" is no key"},
	};
	struct arena *arena = arena_new("test", 0);

	(void)state;
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		struct config config;
		struct why why = read_text(faults[i].text, &config, arena);

		if (!strstr(why.text, faults[i].complaint))
			print_message("%s: \"%s\"\n", faults[i].text, why.text);
		assert_non_null(strstr(why.text, faults[i].complaint));
	}
	arena_free(arena);
}

static void test_reputation(void **state)
{
	static const char text[] =
		"reputation {\n state = \"/x\"\n default_class = automatic\n default_quota = 7\n"
		" reporter \"a\" { class = \"honeypot\" group = \"g\" quota = 0 }\n"
		" reporter \"b\" { }\n}\nmax_message_mib = 3\n";
	struct arena *arena = arena_new("test", 0);
	struct config config;

	(void)state;
	assert_string_equal(read_text(text, &config, arena).text, "");
	assert_int_equal(config.max_message_bytes, 3 << 20);
	assert_string_equal(config.reputation.state, "/x");
	assert_int_equal(config.reputation.default_class, TRUST_AUTOMATIC);
	assert_int_equal(config.reputation.reporters.n, 2);
	assert_int_equal(config.reputation.reporters.items[0].class, TRUST_HONEYPOT);
	assert_int_equal(config.reputation.reporters.items[0].quota, 0);
	assert_true(str_eq_c(config.reputation.reporters.items[0].group, "g"));
	assert_int_equal(config.reputation.reporters.items[1].class, TRUST_USER);
	assert_int_equal(config.reputation.reporters.items[1].quota, 7);
	arena_free(arena);
}

UNIT_MAIN(cmocka_unit_test(test_faults), cmocka_unit_test(test_reputation))
