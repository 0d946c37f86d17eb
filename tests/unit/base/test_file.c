/* file: reading with limits, listing, paths; and why: reasons. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/base/file.h"

static struct arena *arena;
static char dir[] = "/tmp/whorl-test-file-XXXXXX";

static const char *in_dir(const char *name)
{
	return arena_printf(arena, "%s/%s", dir, name).ptr;
}

static void write_file(const char *name, const char *text)
{
	int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, str_from(text), NULL), STATUS_OK);
	close(fd);
}

static int set_up(void **state)
{
	(void)state;
	arena = arena_new("test", 0);
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	static const char *const names[] = {"b.cf", "a.CF", "x.pre", ".hidden.cf", "fifo", "empty"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlink(in_dir(names[i]));
	rmdir(dir);
	arena_free(arena);
	return 0;
}

static void reading_with_a_limit(void **state)
{
	(void)state;
	struct str text = STR_NONE;
	struct why why;
	write_file("b.cf", "12345");
	write_file("empty", "");
	assert_int_equal(file_read(arena, in_dir("b.cf"), 5, &text, &why), STATUS_OK);
	assert_str(text, "12345");
	assert_int_equal(text.ptr[5], '\0');
	assert_int_equal(file_read(arena, in_dir("b.cf"), 4, &text, &why), STATUS_TOO_LARGE);
	assert_int_equal(file_read(arena, in_dir("empty"), 0, &text, &why), STATUS_OK);
	assert_int_equal(text.len, 0);
	assert_int_equal(text.ptr[0], '\0');
}

static void what_cannot_be_read(void **state)
{
	(void)state;
	struct str text;
	struct why why;
	assert_int_equal(file_read(arena, in_dir("none"), 9, &text, &why), STATUS_NOT_FOUND);
	assert_int_equal(why.saved_errno, ENOENT);
	assert_non_null(strstr(why.text, "none: No such file"));
	assert_int_equal(file_read(arena, dir, 9, &text, &why), STATUS_INVALID);
	assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
	assert_int_equal(file_read(arena, in_dir("fifo"), 9, &text, &why), STATUS_INVALID);
	/* Sizes of /proc files are 0: the limit holds all the same. */
	assert_int_equal(file_read(arena, "/proc/self/status", 10, &text, &why), STATUS_TOO_LARGE);
	assert_int_equal(file_read(arena, "/proc/self/status", 100000, &text, &why), STATUS_OK);
	assert_true(text.len > 100);
}

static void reading_a_pipe(void **state)
{
	(void)state;
	int ends[2];
	struct str text;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fd_write_all(ends[1], STR_LIT("through a pipe"), NULL), STATUS_OK);
	close(ends[1]);
	assert_int_equal(file_read_fd(arena, ends[0], 100, &text, NULL), STATUS_OK);
	assert_str(text, "through a pipe");
	close(ends[0]);
	struct why why;
	assert_int_equal(file_read_fd(arena, ends[0], 100, &text, &why), STATUS_IO);
	assert_int_equal(why.saved_errno, EBADF);
}

static void listing(void **state)
{
	(void)state;
	write_file("b.cf", "");
	write_file("a.CF", "");
	write_file("x.pre", "");
	write_file(".hidden.cf", "");
	struct str_vec names;
	struct why why;
	assert_int_equal(file_list(arena, dir, ".cf", &names, &why), STATUS_OK);
	assert_str(str_vec_join(arena, &names, " "), "a.CF b.cf");
	assert_int_equal(file_list(arena, in_dir("none"), "", &names, &why), STATUS_NOT_FOUND);
	assert_int_equal(names.n, 0);
	assert_true(file_is_dir(dir));
	assert_false(file_is_dir(in_dir("b.cf")));
	assert_true(file_exists(in_dir("b.cf")));
	assert_false(file_exists(in_dir("none")));
}

static void paths(void **state)
{
	(void)state;
	assert_str(path_join(arena, STR_LIT("/a"), STR_LIT("b")), "/a/b");
	assert_str(path_join(arena, STR_LIT("/a/"), STR_LIT("b")), "/a/b");
	assert_str(path_join(arena, STR_LIT("/a"), STR_LIT("/b")), "/b");
	assert_str(path_join(arena, STR_NONE, STR_LIT("b")), "b");
	assert_str(path_dir(STR_LIT("/a/b.cf")), "/a");
	assert_str(path_dir(STR_LIT("/b.cf")), "/");
	assert_str(path_dir(STR_LIT("b.cf")), ".");
	assert_str(path_base(STR_LIT("/a/b.cf")), "b.cf");
	assert_str(path_base(STR_LIT("b.cf")), "b.cf");
	assert_str(path_base(STR_LIT("/a/")), "");
}

static void reasons(void **state)
{
	(void)state;
	struct why why;
	assert_int_equal(why_set(&why, STATUS_INVALID, "line %d", 7), STATUS_INVALID);
	assert_int_equal(why_context(&why, "%s", "x.cf"), STATUS_INVALID);
	assert_string_equal(why.text, "x.cf: line 7");
	assert_int_equal(why.saved_errno, 0);
	errno = ENOENT;
	assert_int_equal(why_errno(&why, STATUS_IO, "open"), STATUS_IO);
	assert_string_equal(why.text, "open: No such file or directory");
	assert_int_equal(why.saved_errno, ENOENT);
	assert_int_equal(why_set(NULL, STATUS_TIMEOUT, "x"), STATUS_TIMEOUT);
	for (int i = 0; i < 100; i++) /* too long is cut, not written over */
		why_context(&why, "0123456789");
	assert_int_equal(strlen(why.text), sizeof why.text - 1);
	assert_string_equal(status_name(STATUS_TIMEOUT), "timeout");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_with_a_limit),
		cmocka_unit_test(what_cannot_be_read),
		cmocka_unit_test(reading_a_pipe),
		cmocka_unit_test(listing),
		cmocka_unit_test(paths),
		cmocka_unit_test(reasons),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
