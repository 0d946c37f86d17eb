/* scores: users' preferences from a database. Macros and the default query are those of
 * SpamAssassin's Conf/SQL.pm, whose documentation gives the rows. */
#include "tests/unit/folder.h"

#include "lib/store/database.h"
#include "rules/load.h"
#include "spamd/scores.h"

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

static const struct prefs *load_prefs(const char *lines)
{
	struct load_options options = {.rules_path = "/nonexistent",
				       .site_path = "/nonexistent",
				       .rules_optional = true,
				       .local_tests_only = true};
	struct diag_sink diags = {.arena = arena};
	struct ruleset *ruleset;
	struct why why;

	vec_push(arena, &options.cf, STR_LIT("body KEEP /keep/"));
	vec_push(arena, &options.cf, str_from(lines));
	assert_int_equal(ruleset_load(arena, &options, NULL, &diags, &ruleset, &why), STATUS_OK);
	return ruleset_prefs(ruleset);
}

static void the_default_query(void **state)
{
	struct str_vec values;

	(void)state;
	assert_str(scores_query(arena, STR_NONE, "alice@example.org", &values),
		   "select preference, value from userpref where username = ? or username = "
		   "'@GLOBAL' order by username asc");
	assert_int_equal(values.n, 1);
	assert_str(values.items[0], "alice@example.org");
}

static void macros_are_bound_in_turn(void **state)
{
	struct str custom =
		STR_LIT("SELECT preference, value FROM _TABLE_ WHERE username IN "
			"(_DOMAIN_, _USERNAME_, _MAILBOX_, _USERNAME_) AND x = '_OTHER_'");
	struct str_vec values;

	(void)state;
	assert_str(scores_query(arena, custom, "o'brien@example.org", &values),
		   "SELECT preference, value FROM userpref WHERE username IN (?, ?, ?, ?) AND x = "
		   "'_OTHER_'");
	assert_int_equal(values.n, 4);
	assert_str(values.items[0], "example.org");
	assert_str(values.items[1], "o'brien@example.org");
	assert_str(values.items[2], "o'brien");
	assert_str(values.items[3], "o'brien@example.org");
}

static void a_name_without_domain(void **state)
{
	struct str_vec values;

	(void)state;
	scores_query(arena, STR_LIT("_MAILBOX_ _DOMAIN_"), "alice", &values);
	assert_int_equal(values.n, 2);
	assert_str(values.items[0], "alice");
	assert_int_equal(values.items[1].len, 0);
}

static const char *make_database(const char *folder)
{
	const char *path = arena_printf(arena, "%s/scores.db", folder).ptr;
	struct database *database;
	struct why why;

	assert_int_equal(database_open(arena, path, true, 0600, &database, &why), STATUS_OK);
	assert_int_equal(
		database_run(database,
			     "create table userpref (username varchar(100), preference "
			     "varchar(50), value varchar(100), prefid integer primary key);"
			     "insert into userpref (username, preference, value) values "
			     "('@GLOBAL', 'required_score', '6'), ('@GLOBAL', 'score KEEP', '0.5'),"
			     "('alice', 'required_score', '8'), ('o''brien', 'score KEEP', '3'),"
			     "('odd', NULL, NULL), ('odd', 'no_such_word', '1')",
			     &why),
		STATUS_OK);
	return path;
}

static struct session session_with(const char *lines)
{
	return (struct session){
		.scan = arena, .prefs = load_prefs(lines), .deadline = deadline_in_ms(20000)};
}

static double keep_points(const struct session *session)
{
	const struct ruleset *ruleset = session->prefs->ruleset;

	return prefs_points(session->prefs, ruleset_find(ruleset, STR_LIT("KEEP")));
}

static void rows_are_preferences(void **state)
{
	char folder[UNIT_FOLDER_BYTES];
	unit_make_folder(folder);
	const char *path = make_database(folder);
	const char *line = arena_printf(arena, "user_scores_dsn DBI:SQLite:dbname=%s", path).ptr;
	struct session session = session_with(line);

	(void)state;
	/* '@GLOBAL' sorts in front, so that a user's own rows win. */
	assert_true(scores_read_sql(&session, "alice"));
	assert_true(session.prefs->settings->required_score == 8);
	assert_true(keep_points(&session) == 0.5);
	session = session_with(line);
	assert_true(scores_read_sql(&session, "o'brien"));
	assert_true(session.prefs->settings->required_score == 6);
	assert_true(keep_points(&session) == 3);
	session = session_with(line);
	assert_true(scores_read_sql(&session, "x' or '1'='1"));
	assert_true(session.prefs->settings->required_score == 6);
	assert_true(scores_read_sql(&session, "odd"));
	unit_remove_folder(folder); /* the journals of open databases with it */
}

static void faults_are_told(void **state)
{
	struct session session = session_with("required_score 4");

	(void)state;
	/* Nothing to ask is right. */
	assert_true(scores_read_sql(&session, "alice"));
	assert_true(scores_read_ldap(&session, "alice"));
	assert_true(session.prefs->settings->required_score == 4);
	session = session_with("user_scores_dsn DBI:SQLite:dbname=/nonexistent/prefs.db");
	assert_false(scores_read_sql(&session, "alice"));
	session = session_with("user_scores_dsn nonsense");
	assert_false(scores_read_sql(&session, "alice"));
	assert_false(scores_read_ldap(&session, "alice"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_query),     cmocka_unit_test(macros_are_bound_in_turn),
		cmocka_unit_test(a_name_without_domain), cmocka_unit_test(rows_are_preferences),
		cmocka_unit_test(faults_are_told),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
