/* log: SpamAssassin's line formats, escapes, repeated lines, debug areas; and clock: deadlines. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/regex.h"

static struct arena *arena;
static char path[] = "/tmp/whorl-test-log-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	arena = arena_new("test", 0);
	int fd = mkstemp(path);
	close(fd);
	return fd < 0;
}

static int tear_down(void **state)
{
	(void)state;
	log_close();
	unlink(path);
	arena_free(arena);
	return 0;
}

static void open_log(struct log_settings settings)
{
	unlink(path);
	settings.ident = "spamd";
	settings.kind = LOG_KIND_FILE;
	settings.file = path;
	assert_int_equal(log_open(&settings, NULL), STATUS_OK);
}

static struct str written(void)
{
	struct str text;
	assert_int_equal(file_read(arena, path, 1000000, &text, NULL), STATUS_OK);
	return text;
}

static bool matches(struct str text, const char *pattern)
{
	return regex_test(regex_must(arena, pattern, 0), text);
}

static void lines_in_a_file(void **state)
{
	(void)state;
	open_log((struct log_settings){0});
	log_info("spamd: server pid: %d", 42);
	log_warn("spamd: bad protocol");
	log_error("oops\n\n");
	log_debug("x", "not wanted");
	struct str text = written();
	struct str expected = arena_printf(arena,
					   "\\A\\w{3} \\w{3} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4} "
					   "\\[%d\\] info: spamd: server "
					   "pid: 42\\n.{24} \\[\\d+\\] warn: spamd: bad protocol\\n"
					   ".{24} \\[\\d+\\] error: oops\\n\\z",
					   (int)getpid());
	assert_true(matches(text, expected.ptr));
	struct stat info;
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
}

static void lines_on_stderr(void **state)
{
	(void)state;
	fflush(stderr);
	int saved = dup(STDERR_FILENO);
	int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0600);
	dup2(fd, STDERR_FILENO);
	struct log_settings settings = {.kind = LOG_KIND_NONE, .to_stderr = true};
	assert_int_equal(log_open(&settings, NULL), STATUS_OK);
	log_info("hello");
	log_close();
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fd);
	assert_true(matches(written(),
			    "\\A\\w{3} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} \\[\\d+\\] "
			    "info: hello\\n\\z"));
}

/* Logger.pm escape_str */
static void mail_cannot_forge_lines(void **state)
{
	(void)state;
	open_log((struct log_settings){.timestamp_format = ""});
	log_info("a\nb\tc\rd\\e\x1b[0m\x7f\xe9 %s", "f");
	struct str expected = arena_printf(
		arena, "[%d] info: a\\nb\\tc\\rd\\\\e\\x{1B}[0m\\x{7F}\\x{E9} f\n", (int)getpid());
	assert_true(str_eq(written(), expected));
}

static void stamps_of_ones_own(void **state)
{
	(void)state;
	open_log((struct log_settings){.timestamp_format = "%Y!"});
	log_info("x");
	assert_true(matches(written(), "\\A\\d{4}! \\[\\d+\\] info: x\\n\\z"));
}

static unsigned count(struct str text, const char *needle)
{
	unsigned n = 0;
	size_t at;
	while ((at = str_find(text, str_from(needle))) != STR_NOT_FOUND) {
		n++;
		text = str_from_at(text, at + 1);
	}
	return n;
}

/* Logger.pm log_message: ten are written; of more, the last ones are counted. */
static void repeated_lines_are_counted(void **state)
{
	(void)state;
	open_log((struct log_settings){0});
	for (int i = 0; i < 10; i++)
		log_info("again");
	log_info("other");
	assert_int_equal(count(written(), "again"), 10);

	open_log((struct log_settings){0});
	for (int i = 0; i < 15; i++)
		log_info("again");
	assert_int_equal(count(written(), "again\n"), 10);
	log_info("other");
	assert_int_equal(count(written(), "info: again [... logline repeated 5 times]\n"), 1);
	assert_int_equal(count(written(), "again"), 11);

	open_log((struct log_settings){0});
	for (int i = 0; i < 11; i++)
		log_info("again");
	log_info("other");
	assert_int_equal(count(written(), "again\n"), 11);
}

static void very_long_lines_are_cut(void **state)
{
	(void)state;
	open_log((struct log_settings){0});
	char *many = arena_alloc(arena, 100001);
	memset(many, '\xFF', 100000);
	many[100000] = '\0';
	log_info("%s", many);
	log_info("next");
	struct str text = written();
	assert_int_equal(count(text, "\n"), 2);
	assert_true(text.len > 10000 && text.len < 100000);
}

static void debug_areas(void **state)
{
	(void)state;
	open_log((struct log_settings){.debug = true, .debug_areas = "all,norules, uri"});
	assert_true(log_debug_wanted("dns"));
	assert_true(log_debug_wanted("uri"));
	assert_false(log_debug_wanted("rules"));
	log_debug("dns", "asked %s", "x");
	log_debug("rules", "silent");
	assert_true(matches(written(), "\\] dbg: dns: asked x\\n\\z"));
	open_log((struct log_settings){.debug = true, .debug_areas = "uri,dns,nouri"});
	assert_false(log_debug_wanted("uri"));
	assert_true(log_debug_wanted("dns"));
	assert_false(log_debug_wanted("rules"));
	open_log((struct log_settings){.debug = true});
	assert_true(log_debug_wanted("anything"));
	open_log((struct log_settings){.debug_areas = "all"});
	assert_false(log_debug_wanted("anything"));
}

static void reopening_after_rotation(void **state)
{
	(void)state;
	open_log((struct log_settings){0});
	log_info("before");
	assert_int_equal(unlink(path), 0);
	log_info("lost");
	log_reopen();
	log_info("after");
	assert_int_equal(count(written(), "\n"), 1);
	assert_true(matches(written(), "after\\n\\z"));
}

static void what_cannot_be_opened(void **state)
{
	(void)state;
	open_log((struct log_settings){0});
	struct why why;
	struct log_settings bad = {.kind = LOG_KIND_FILE, .file = "/dev/null/log"};
	assert_int_equal(log_open(&bad, &why), STATUS_IO);
	bad = (struct log_settings){.kind = LOG_KIND_SYSLOG, .facility = "nonsense"};
	assert_int_equal(log_open(&bad, &why), STATUS_INVALID);
	log_info("still here"); /* the old sink stays */
	assert_true(matches(written(), "still here\\n\\z"));
}

/* The order is that of the calls, whoever is written at once. */
static void lines_that_wait(void **state)
{
	(void)state;
	open_log((struct log_settings){0});
	struct log_held held = log_held_new();
	log_wait_in(&held);
	log_hold();
	log_info("one");
	log_warn("two");
	assert_int_equal(written().len, 0);
	log_flush();
	assert_true(matches(written(), "\\A.*: one\\n.*: two\\n\\z"));
	log_info("three");
	assert_false(matches(written(), "three"));
	log_error("four");
	assert_true(matches(written(), ": two\\n.*: three\\n.*: four\\n\\z"));
	log_info("five");
	log_release();
	log_info("six");
	assert_true(matches(written(), ": four\\n.*: five\\n.*: six\\n\\z"));
	log_held_free(&held);
	log_wait_in(&held);
}

/* There is room for one write that does not mix with others'. */
static void more_lines_than_can_wait(void **state)
{
	(void)state;
	open_log((struct log_settings){0});
	struct log_held held = log_held_new();
	log_wait_in(&held);
	log_hold();
	for (int i = 0; i < 500; i++)
		log_info("line %d is here", i);
	char *long_text = arena_alloc(arena, LINES_BYTES + 1);
	memset(long_text, 'x', LINES_BYTES);
	long_text[LINES_BYTES] = '\0';
	log_info("%s", long_text);
	log_info("behind it");
	log_release();
	struct str text = written(), line;
	for (int i = 0; i < 500; i++) {
		assert_true(str_split_next(&text, '\n', &line));
		assert_true(matches(line, arena_printf(arena, ": line %d is here\\z", i).ptr));
	}
	assert_true(matches(text, "\\A[^\n]*: x{4096}\\n[^\n]*: behind it\\n\\z"));
	log_held_free(&held);
	log_wait_in(&held);
}

static void a_killed_process_has_held_lines(void **state)
{
	(void)state;
	open_log((struct log_settings){0});
	struct log_held held = log_held_new();
	pid_t pid = fork();
	if (pid == 0) {
		log_wait_in(&held);
		log_hold();
		log_info("last words");
		if (fork() == 0) { /* what it begins has no part in them */
			log_info("of another");
			_exit(0);
		}
		wait(NULL);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(matches(written(), "\\A[^\n]*: of another\\n\\z"));
	log_write_held(&held);
	struct str expected = arena_printf(
		arena, ": of another\\n[^\n]*\\[%d\\] info: last words\\n\\z", (int)pid);
	assert_true(matches(written(), expected.ptr));
	log_write_held(&held);
	assert_true(matches(written(), expected.ptr));
	log_held_free(&held);
}

/* Whoever writes them, each is written once, in order. */
static void the_parent_writes_what_waits(void **state)
{
	enum { LINES = 5000 };
	(void)state;
	open_log((struct log_settings){0});
	struct log_held held = log_held_new();
	pid_t pid = fork(), ended = 0;
	if (pid == 0) {
		log_wait_in(&held);
		log_hold();
		for (int i = 0; i < LINES; i++) {
			log_info("line %d is here", i);
			if (i % 7 == 0)
				log_flush();
		}
		raise(SIGSTOP);
		log_release();
		_exit(0);
	}
	for (int status = 0; ended == 0; log_write_waiting(&held))
		ended = waitpid(pid, &status, WNOHANG | WUNTRACED);
	struct str text = written(), line;
	for (int i = 0; i < LINES; i++) {
		assert_true(str_split_next(&text, '\n', &line));
		assert_true(matches(line, arena_printf(arena, ": line %d is here\\z", i).ptr));
	}
	assert_int_equal(text.len, 0);
	size_t before = written().len;
	kill(pid, SIGCONT);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(written().len, before);
	log_held_free(&held);
}

static void deadlines(void **state)
{
	(void)state;
	assert_false(deadline_passed(DEADLINE_NEVER));
	assert_int_equal(deadline_left_ms(DEADLINE_NEVER), -1);
	assert_int_equal(deadline_in_ms(0).at_ms, 0);
	assert_int_equal(deadline_in_ms(-5).at_ms, 0);
	struct deadline soon = deadline_in_ms(30), later = deadline_in_ms(60000);
	assert_true(deadline_left_ms(soon) > 0 && deadline_left_ms(soon) <= 30);
	assert_int_equal(deadline_earlier(soon, later).at_ms, soon.at_ms);
	assert_int_equal(deadline_earlier(later, soon).at_ms, soon.at_ms);
	assert_int_equal(deadline_earlier(DEADLINE_NEVER, soon).at_ms, soon.at_ms);
	assert_int_equal(deadline_earlier(soon, DEADLINE_NEVER).at_ms, soon.at_ms);
	usleep(35000);
	assert_true(deadline_passed(soon));
	assert_int_equal(deadline_left_ms(soon), 0);
	assert_int_equal(deadline_left_ms(deadline_in_ms(INT64_MAX)), INT32_MAX);
}

static void mail_dates(void **state)
{
	(void)state;
	char text[40];
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	clock_rfc5322(1795470496, text, sizeof text);
	assert_string_equal(text, "Mon, 23 Nov 2026 22:48:16 +0100");
	setenv("TZ", "NST3:30", 1);
	tzset();
	clock_rfc5322(0, text, sizeof text);
	assert_string_equal(text, "Wed, 31 Dec 1969 20:30:00 -0330");
	unsetenv("TZ");
	tzset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_in_a_file),
		cmocka_unit_test(lines_on_stderr),
		cmocka_unit_test(mail_cannot_forge_lines),
		cmocka_unit_test(stamps_of_ones_own),
		cmocka_unit_test(repeated_lines_are_counted),
		cmocka_unit_test(very_long_lines_are_cut),
		cmocka_unit_test(debug_areas),
		cmocka_unit_test(reopening_after_rotation),
		cmocka_unit_test(what_cannot_be_opened),
		cmocka_unit_test(lines_that_wait),
		cmocka_unit_test(more_lines_than_can_wait),
		cmocka_unit_test(a_killed_process_has_held_lines),
		cmocka_unit_test(the_parent_writes_what_waits),
		cmocka_unit_test(deadlines),
		cmocka_unit_test(mail_dates),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
