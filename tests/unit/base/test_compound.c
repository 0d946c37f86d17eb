/* compound: the examples of [MS-OVBA] 3.2, and a small file written here by [MS-CFB]'s rules. */
#include "tests/unit/unit.h"

#include "lib/base/buf.h"
#include "lib/base/compound.h"

#define BYTES(text) str_make(text, sizeof text - 1)

static int set_up(void **state)
{
	*state = arena_new("test", 0);
	return 0;
}

static int tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

static void check(struct arena *arena, struct str packed, const char *plain)
{
	struct str out = compound_unpack(arena, packed, 1 << 20);

	assert_int_equal(out.len, strlen(plain));
	assert_memory_equal(out.ptr, plain, out.len);
}

static void test_examples(void **state)
{
	char many[74];

	check(*state,
	      BYTES("\x01\x2f\xb0\x00\x23\x61\x61\x61\x62\x63\x64\x65\x82\x66\x00\x70\x61\x67\x68"
		    "\x69"
		    "\x6a\x01\x38\x08\x61\x6b\x6c\x00\x30\x6d\x6e\x6f\x70\x06\x71\x02\x70\x04\x10"
		    "\x72"
		    "\x73\x74\x75\x76\x10\x77\x78\x79\x7a\x00\x3c"),
	      "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa");
	memset(many, 'a', 73);
	many[73] = '\0';
	check(*state, BYTES("\x01\x03\xb0\x02\x61\x45\x00"), many);
	check(*state,
	      BYTES("\x01\x19\xb0\x00\x61\x62\x63\x64\x65\x66\x67\x68\x00\x69\x6a\x6b\x6c\x6d\x6e"
		    "\x6f"
		    "\x70\x00\x71\x72\x73\x74\x75\x76\x2e"),
	      "abcdefghijklmnopqrstuv.");
}

static void test_faults(void **state)
{
	struct compound_stream_vec streams = {0};

	/* a copy of what isn't there */
	assert_int_equal(compound_unpack(*state, BYTES("\x01\x03\xb0\x01\xff\xff\x00"), 100).len,
			 0);
	assert_int_equal(compound_unpack(*state, BYTES("\x01"), 100).len, 0);
	assert_false(compound_read(*state, STR_LIT("no compound file"), &streams));
}

/* --- a file: header, FAT, directory, one stream of two sectors, one short stream --- */

static void put(char *file, size_t at, uint32_t value, unsigned n_bytes)
{
	for (unsigned i = 0; i < n_bytes; i++)
		file[at + i] = (char)(value >> 8 * i);
}

static void put_entry(char *file, size_t at, const char *name, int type, uint32_t first,
		      uint32_t bytes)
{
	for (size_t i = 0; name[i]; i++)
		file[at + 2 * i] = name[i];
	put(file, at + 64, (uint32_t)(2 * strlen(name) + 2), 2);
	file[at + 66] = (char)type;
	put(file, at + 116, first, 4);
	put(file, at + 120, bytes, 4);
}

/* Sectors: 0 FAT, 1 directory, 2 and 3 the long stream (10 sectors long is its size, so that it is
 * cut), 4 mini FAT, 5 the short streams. */
static struct str make_file(struct arena *arena)
{
	enum { BYTES_ALL = 512 * 7 };
	static const uint32_t fat[] = {0xfffffffd, 0xfffffffe, 3,         0xfffffffe,
				       0xfffffffe, 0xfffffffe, 0xffffffff};
	char *file = ARENA_ARRAY(arena, char, BYTES_ALL);

	memcpy(file, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
	put(file, 30, 9, 2);
	put(file, 48, 1, 4);
	put(file, 56, 64, 4); /* streams below 64 bytes are short */
	put(file, 60, 4, 4);
	put(file, 68, 0xfffffffe, 4);
	memset(file + 76, 0xff, 436);
	put(file, 76, 0, 4);
	for (size_t i = 0; i < sizeof fat / sizeof *fat; i++)
		put(file, 512 + 4 * i, fat[i], 4);
	put_entry(file, 1024, "Root Entry", 5, 5, 64);
	put_entry(file, 1024 + 128, "Module1", 2, 2, 600);
	put_entry(file, 1024 + 256, "dir", 2, 0, 5);
	memset(file + 1536, 'L', 1024);
	put(file, 512 * 5, 0xfffffffe, 4);
	memcpy(file + 512 * 6, "short", 5);
	return str_make(file, BYTES_ALL);
}

static void test_file(void **state)
{
	struct compound_stream_vec streams = {0};
	struct str file = make_file(*state);

	assert_true(compound_read(*state, file, &streams));
	assert_int_equal(streams.n, 2);
	assert_true(str_eq_c(streams.items[0].name, "Module1"));
	assert_int_equal(streams.items[0].contents.len, 600);
	assert_true(str_eq_c(streams.items[1].name, "dir"));
	assert_true(str_eq_c(streams.items[1].contents, "short"));
	/* wherever it is cut or bent, it is read to an end */
	for (size_t len = 0; len < file.len; len += 61) {
		streams = (struct compound_stream_vec){0};
		compound_read(*state, str_sub(file, 0, len), &streams);
	}
	put((char *)(uintptr_t)file.ptr, 512 + 4 * 3, 2, 4); /* a circle */
	streams = (struct compound_stream_vec){0};
	compound_read(*state, file, &streams);
	assert_int_equal(streams.items[0].contents.len, 600);
}

UNIT_MAIN(cmocka_unit_test_setup_teardown(test_examples, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_faults, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_file, set_up, tear_down))
