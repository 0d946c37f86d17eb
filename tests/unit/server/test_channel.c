/* channel, pidfile: small words and small files. */
#include "tests/unit/unit.h"

#include <unistd.h>

#include "lib/base/file.h"
#include "lib/server/channel.h"
#include "lib/server/pidfile.h"

static void words_go_both_ways(void **state)
{
	int parent, child;
	struct why why;
	enum channel_word word;

	(void)state;
	assert_int_equal(channel_open(&parent, &child, &why), STATUS_OK);
	assert_int_equal(channel_receive(parent, deadline_in_ms(1), &word), STATUS_TIMEOUT);
	assert_true(channel_send(child, CHANNEL_IDLE));
	assert_true(channel_send(child, CHANNEL_BUSY));
	assert_int_equal(channel_receive(parent, DEADLINE_NEVER, &word), STATUS_OK);
	assert_int_equal(word, CHANNEL_IDLE);
	assert_int_equal(channel_receive(parent, DEADLINE_NEVER, &word), STATUS_OK);
	assert_int_equal(word, CHANNEL_BUSY);
	assert_true(channel_send(parent, CHANNEL_ACCEPT));
	assert_int_equal(channel_receive(child, DEADLINE_NEVER, &word), STATUS_OK);
	close(parent);
	assert_int_equal(channel_receive(child, DEADLINE_NEVER, &word), STATUS_CLOSED);
	assert_false(channel_send(child, CHANNEL_IDLE));
	close(child);
}

static void the_pid_is_in_the_file(void **state)
{
	char path[] = "/tmp/whorl-pidfile-XXXXXX", text[32];
	struct arena *arena = arena_new("test", 0);
	struct why why;
	struct str read_back;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(pidfile_write(path, &why), STATUS_OK);
	assert_int_equal(file_read(arena, path, 100, &read_back, &why), STATUS_OK);
	snprintf(text, sizeof text, "%ld\n", (long)getpid());
	assert_true(str_eq_c(read_back, text));
	assert_int_equal(pidfile_remove(path, &why), STATUS_OK);
	assert_int_equal(pidfile_remove(path, &why), STATUS_IO);
	assert_int_equal(pidfile_write("/no/such/folder/pid", &why), STATUS_IO);
	arena_free(arena);
}

UNIT_MAIN(cmocka_unit_test(words_go_both_ways), cmocka_unit_test(the_pid_is_in_the_file))
