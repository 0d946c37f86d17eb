/* arena: growth, reset, caps, and the same through the malloc twin. */
#include "config.h"

#include "tests/unit/unit.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static struct arena *new_arena(void **state, size_t cap_bytes)
{
	if (*state)
		setenv("WHORL_ARENA_MALLOC", "1", 1);
	else
		unsetenv("WHORL_ARENA_MALLOC");
	return arena_new("test", cap_bytes);
}

static void objects_are_aligned_and_apart(void **state)
{
	struct arena *arena = new_arena(state, 0);
	unsigned char *objects[2000];
	for (size_t i = 0; i < 2000; i++) {
		objects[i] = arena_alloc(arena, i * 7 % 300);
		assert_int_equal((uintptr_t)objects[i] % 16, 0);
		memset(objects[i], (int)(i & 0xFF), i * 7 % 300);
	}
	for (size_t i = 0; i < 2000; i++)
		for (size_t k = 0; k < i * 7 % 300; k++)
			assert_int_equal(objects[i][k], i & 0xFF);
	arena_free(arena);
}

static void large_objects_grow_and_keep_their_bytes(void **state)
{
	struct arena *arena = new_arena(state, 0);
	size_t size = 10;
	unsigned char *data = arena_alloc(arena, size);
	memset(data, 'x', size);
	while (size < 20 * 1000 * 1000) {
		arena_alloc(arena, 1); /* so that data is not the newest object */
		data = arena_grow(arena, data, size, size * 3);
		memset(data + size, 'x', size * 2);
		size *= 3;
	}
	for (size_t i = 0; i < size; i++)
		if (data[i] != 'x')
			fail_msg("byte %zu of %zu was lost", i, size);
	arena_free(arena);
}

static void lasting_objects_of_all_sizes_keep_their_bytes(void **state)
{
	enum { N = 40, LEAST = 100, MOST = 3 * 1000 * 1000 };
	unsigned char *objects[N] = {0};
	size_t sizes[N] = {0};
	(void)state;
	struct arena *arena = arena_new_lasting("test");
	for (size_t size = LEAST; size < MOST; size = size * 3 / 2)
		for (size_t i = 0; i < N; i++) {
			size_t grown = size + i * 1000;
			if (size / LEAST % N > i && sizes[i])
				continue; /* others stay as they are */
			objects[i] = arena_grow(arena, objects[i], sizes[i], grown);
			assert_int_equal((uintptr_t)objects[i] % 16, 0);
			memset(objects[i] + sizes[i], (int)i, grown - sizes[i]);
			sizes[i] = grown;
		}
	for (size_t i = 0; i < N; i++)
		for (size_t k = 0; k < sizes[i]; k++)
			if (objects[i][k] != i)
				fail_msg("byte %zu of object %zu was lost", k, i);
	arena_reset(arena);
	assert_int_equal(arena_used_bytes(arena), 0);
	memset(arena_alloc(arena, MOST), 'y', MOST);
	memset(arena_alloc(arena, LEAST), 'z', LEAST);
	arena_free(arena);
}

static void the_newest_object_grows_in_place(void **state)
{
	(void)state;
#ifndef ARENA_MALLOC
	unsetenv("WHORL_ARENA_MALLOC");
	struct arena *arena = arena_new("test", 0);
	char *first = arena_alloc(arena, 100);
	char *second = arena_alloc(arena, 100);
	assert_ptr_equal(arena_grow(arena, second, 100, 1000), second);
	assert_ptr_not_equal(arena_grow(arena, first, 100, 1000), first);
	assert_ptr_equal(arena_grow(arena, first, 100, 50), first);
	arena_free(arena);
#endif
}

static void calloc_zeroes_recycled_memory(void **state)
{
	struct arena *arena = new_arena(state, 0);
	for (int round = 0; round < 5; round++) {
		unsigned char *data = arena_calloc(arena, 100, 50);
		for (size_t i = 0; i < 5000; i++)
			assert_int_equal(data[i], 0);
		memset(data, 0xAA, 5000);
		arena_alloc(arena, 300 * 1000);
		arena_reset(arena);
		assert_int_equal(arena_used_bytes(arena), 0);
	}
	arena_free(arena);
}

static void past_the_cap_it_is_exhausted(void **state)
{
	struct arena *arena = new_arena(state, 1000 * 1000);
	arena_alloc(arena, 900 * 1000);
	assert_false(arena_exhausted(arena));
	arena_alloc(arena, 200 * 1000);
	assert_true(arena_exhausted(arena));
	arena_reset(arena);
	assert_false(arena_exhausted(arena));
	arena_free(arena);
}

/* The signal that ends a child which runs fn, 0 when it lives. */
static int signal_of(void (*fn)(struct arena *), void **state)
{
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
		signal(SIGABRT, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		fn(new_arena(state, 1000 * 1000));
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void take_twice_the_cap(struct arena *arena)
{
	for (int i = 0; i < 1000; i++)
		arena_alloc(arena, 10 * 1000);
}

static void take_too_many(struct arena *arena)
{
	arena_calloc(arena, SIZE_MAX / 8, 16);
}

static void far_past_the_cap_the_process_dies(void **state)
{
	assert_int_equal(signal_of(take_twice_the_cap, state), SIGABRT);
	assert_int_equal(signal_of(take_too_many, state), SIGABRT);
}

static void note(void *data)
{
	char **end = data;
	*(*end)++ = 'x';
}

struct order {
	char *text;
	char mark;
};

static void append_mark(void *data)
{
	struct order *order = data;
	size_t len = strlen(order->text);
	order->text[len] = order->mark;
}

static void hooks_run_once_newest_first(void **state)
{
	struct arena *arena = new_arena(state, 0);
	char text[8] = "", *end = text;
	struct order a = {text, 'a'}, b = {text, 'b'};
	arena_on_reset(arena, append_mark, &a);
	arena_on_reset(arena, append_mark, &b);
	arena_reset(arena);
	assert_string_equal(text, "ba");
	arena_reset(arena);
	assert_string_equal(text, "ba");
	arena_on_reset(arena, note, &end);
	arena_free(arena);
	assert_string_equal(text, "xa");
}

static void text(void **state)
{
	struct arena *arena = new_arena(state, 0);
	struct str copy = arena_str(arena, str_make("a\0b", 3));
	assert_int_equal(copy.len, 3);
	assert_memory_equal(copy.ptr, "a\0b", 4);
	assert_string_equal(arena_cstr(arena, STR_NONE), "");
	assert_str(arena_printf(arena, "%d-%s", 42, "x"), "42-x");
	struct str wide = arena_printf(arena, "%01000d", 7);
	assert_int_equal(wide.len, 1000);
	assert_int_equal(wide.ptr[999], '7');
	assert_int_equal(wide.ptr[1000], '\0');
	assert_str(arena_lower(arena, STR_LIT("ABC\xC4[@z")), "abc\xC4[@z");
	assert_string_equal(arena_name(arena), "test");
	arena_free(arena);
	arena_free(NULL);
}

static int twin;

/* clang-format off */
#define BOTH(test) cmocka_unit_test(test), {"twin: " #test, test, NULL, NULL, &twin}
/* clang-format on */

UNIT_MAIN(BOTH(objects_are_aligned_and_apart), BOTH(large_objects_grow_and_keep_their_bytes),
	  cmocka_unit_test(lasting_objects_of_all_sizes_keep_their_bytes),
	  cmocka_unit_test(the_newest_object_grows_in_place), BOTH(calloc_zeroes_recycled_memory),
	  BOTH(past_the_cap_it_is_exhausted), BOTH(far_past_the_cap_the_process_dies),
	  BOTH(hooks_run_once_newest_first), BOTH(text))
