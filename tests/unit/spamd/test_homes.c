/* homes: folders and preferences of users. Folders are those that Perl spamd's
 * handle_virtual_config_dir makes of the same patterns and names, but for names of dots only
 * (doc/deviations.md). */
#include "tests/unit/folder.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/file.h"
#include "rules/load.h"
#include "spamd/homes.h"

enum { NOBODY = 65534 };

static struct arena *arena;
static struct service service;
static struct args args;
static struct session session;
static char *dir;

static const struct prefs *load_prefs(void)
{
	struct load_options options = {.rules_path = "/nonexistent",
				       .site_path = "/nonexistent",
				       .rules_optional = true,
				       .local_tests_only = true};
	struct diag_sink diags = {.arena = arena};
	struct ruleset *ruleset;
	struct why why;

	vec_push(arena, &options.cf, STR_LIT("body KEEP /keep/"));
	assert_int_equal(ruleset_load(arena, &options, NULL, &diags, &ruleset, &why), STATUS_OK);
	return ruleset_prefs(ruleset);
}

/* What lies in homes is never read as root. */
static int start(void **state)
{
	static char template[] = "/tmp/whorl-homes-XXXXXX";

	(void)state;
	if (geteuid() == 0)
		assert_int_equal(seteuid(NOBODY), 0);
	arena = arena_new("test", 0);
	dir = mkdtemp(template);
	assert_non_null(dir);
	service.args = &args;
	session = (struct session){.service = &service, .scan = arena, .prefs = load_prefs()};
	return 0;
}

static int stop(void **state)
{
	(void)state;
	unit_remove_folder(dir);
	arena_free(arena);
	/* A leak checker attaches to the process, which one that has changed ids does not allow. */
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	prctl(PR_SET_DUMPABLE, 1);
	return 0;
}

static const char *below(const char *path)
{
	return arena_printf(arena, "%s/%s", dir, path).ptr;
}

static void make_dir(const char *path)
{
	assert_int_equal(mkdir(below(path), 0755), 0);
}

static void make_file(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(below(path), "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(below(path), mode), 0);
}

static void assert_folder(const char *pattern, const char *user, const char *expected)
{
	assert_string_equal(homes_virtual_dir(arena, pattern, user), expected);
}

static void patterns_and_names(void **state)
{
	(void)state;
	assert_folder("/v/%u", "alice@example.org", "/v/alice@example.org");
	assert_folder("/v/%d/%l", "alice@example.org", "/v/example.org/alice");
	assert_folder("/v/%d/%l", "alice", "/v//");
	assert_folder("/v/%%/%u", "alice", "/v/%/alice");
	assert_folder("/v/%l-%l", "a@b", "/v/a-a");
	/* The last "@" divides. */
	assert_folder("/v/%d/%l", "a@b@c", "/v/c/a@b");
	assert_folder("/v/%u", "a/../../etc b", "/v/a_.._.._etc_b");
	assert_folder("/v/%u", "\xc3\xbc\n", "/v/___");
	assert_folder("/v/%u", "a+b=c,d-e_f.g", "/v/a+b=c,d-e_f.g");
}

static void no_name_leads_out(void **state)
{
	(void)state;
	assert_folder("/v/%u", "..", "/v/__");
	assert_folder("/v/%u", ".", "/v/_");
	assert_folder("/v/%d/%l", "..@..", "/v/__/__");
	assert_folder("/v/%u/x", "...", "/v/___/x");
}

/* %x: the address's own folder where it has preferences, else its domain's. */
static void exim_style(void **state)
{
	(void)state;
	make_dir("x");
	make_dir("x/alice@example.org");
	make_file("x/alice@example.org/user_prefs", "required_score 1\n", 0644);
	assert_folder(below("x/%x"), "alice@example.org", below("x/alice@example.org"));
	assert_folder(below("x/%x"), "bob@example.org", below("x/example.org"));
}

static void virtual_preferences(void **state)
{
	const struct prefs *before = session.prefs;

	(void)state;
	make_dir("v");
	make_dir("v/alice");
	make_dir("v/mallory");
	make_file("v/alice/user_prefs", "required_score 7.5\n", 0644);
	args.virtual_config_dir = below("v/%u");
	homes_read_virtual(&session, "alice");
	assert_true(session.prefs->settings->required_score == 7.5);
	assert_string_equal(session.state_dir, below("v/alice"));
	session.prefs = before;
	homes_read_virtual(&session, "nobody-there");
	assert_true(session.prefs == before);
	assert_string_equal(session.state_dir, below("v/nobody-there"));
	args.virtual_config_dir = NULL;
}

/* A link out of a home is followed for its owner only. */
static void preferences_in_a_home(void **state)
{
	const struct prefs *before = session.prefs;

	(void)state;
	make_dir("home");
	make_dir("home/.spamassassin");
	make_file("secret", "required_score 9\n", 0644);
	make_file("home/.spamassassin/user_prefs", "required_score 3\n", 0644);
	homes_read_prefs(&session, below("home"), geteuid());
	assert_true(session.prefs->settings->required_score == 3);
	assert_string_equal(session.state_dir, below("home/.spamassassin"));
	assert_int_equal(unlink(below("home/.spamassassin/user_prefs")), 0);
	assert_int_equal(symlink(below("secret"), below("home/.spamassassin/user_prefs")), 0);
	session.prefs = before;
	homes_read_prefs(&session, below("home"), geteuid() + 1);
	assert_true(session.prefs == before);
	homes_read_prefs(&session, below("home"), geteuid());
	assert_true(session.prefs->settings->required_score == 9);
	session.prefs = before;
	homes_read_prefs(&session, "", geteuid());
	homes_read_prefs(&session, below("not there"), geteuid());
	assert_true(session.prefs == before);
}

static void what_is_no_file_is_not_read(void **state)
{
	const struct prefs *before = session.prefs;

	(void)state;
	make_dir("odd");
	make_dir("odd/.spamassassin");
	make_dir("odd/.spamassassin/user_prefs");
	homes_read_prefs(&session, below("odd"), geteuid());
	assert_true(session.prefs == before);
	assert_int_equal(rmdir(below("odd/.spamassassin/user_prefs")), 0);
	assert_int_equal(mkfifo(below("odd/.spamassassin/user_prefs"), 0644), 0);
	homes_read_prefs(&session, below("odd"), geteuid()); /* and does not wait for a writer */
	assert_true(session.prefs == before);
}

static void a_state_folder_is_made(void **state)
{
	struct stat info;

	(void)state;
	make_dir("fresh");
	homes_create_state_dir(below("fresh"), "somebody");
	assert_int_equal(stat(below("fresh/.spamassassin"), &info), 0);
	assert_int_equal(info.st_mode & 0777, 0700);
	homes_create_state_dir(below("fresh"), "somebody");
}

/* Programs that answer as vpopmail's do. */
static void homes_of_vpopmail(void **state)
{
	(void)state;
	make_dir("vpopmail");
	make_dir("vpopmail/bin");
	make_file("vpopmail/bin/vuserinfo",
		  "#!/bin/sh\n"
		  "case \"$2\" in\n"
		  "alice@example.org) echo /home/vpopmail/domains/example.org/alice ;;\n"
		  "*) echo no such user; exit 1 ;;\n"
		  "esac\n",
		  0755);
	make_file("vpopmail/bin/valias",
		  "#!/bin/sh\n"
		  "case \"$1\" in\n"
		  "sales@example.org) echo 'sales@example.org -> &alice@example.org' ;;\n"
		  "info@example.org) echo 'info@example.org -> &sales@example.org' ;;\n"
		  "maildir@example.org) echo 'maildir@example.org -> /mail/of/it/Maildir/' ;;\n"
		  "loop@example.org) echo 'loop@example.org -> &loop@example.org' ;;\n"
		  "*) exit 1 ;;\n"
		  "esac\n",
		  0755);
	const char *home = below("vpopmail");
	assert_string_equal(homes_vpopmail_dir(arena, home, "alice@example.org"),
			    "/home/vpopmail/domains/example.org/alice");
	assert_string_equal(homes_vpopmail_dir(arena, home, "sales@example.org"),
			    "/home/vpopmail/domains/example.org/alice");
	assert_string_equal(homes_vpopmail_dir(arena, home, "info@example.org"),
			    "/home/vpopmail/domains/example.org/alice");
	assert_string_equal(homes_vpopmail_dir(arena, home, "maildir@example.org"), "/mail/of/it");
	assert_null(homes_vpopmail_dir(arena, home, "loop@example.org"));
	assert_null(homes_vpopmail_dir(arena, home, "nobody@example.org"));
	assert_null(homes_vpopmail_dir(arena, home, "-d"));
	assert_null(homes_vpopmail_dir(arena, home, "a b;reboot"));
	assert_null(homes_vpopmail_dir(arena, below("nothing here"), "alice@example.org"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_and_names),
		cmocka_unit_test(no_name_leads_out),
		cmocka_unit_test(exim_style),
		cmocka_unit_test(virtual_preferences),
		cmocka_unit_test(preferences_in_a_home),
		cmocka_unit_test(what_is_no_file_is_not_read),
		cmocka_unit_test(a_state_folder_is_made),
		cmocka_unit_test(homes_of_vpopmail),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
