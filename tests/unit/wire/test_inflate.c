/* inflate: there and back, cut short, and bombs. */
#include "tests/unit/unit.h"

#include "lib/base/inflate.h"

static void there_and_back(void **state)
{
	struct buf packed, plain;
	struct why why;

	(void)state;
	buf_init(&packed, NULL);
	buf_init(&plain, NULL);
	assert_int_equal(zlib_deflate(STR_LIT("Subject: x\n\nx\n"), &packed, &why), STATUS_OK);
	buf_add_cstr(&packed, "what follows is ignored");
	assert_int_equal(zlib_inflate(buf_str(&packed), 100, &plain, &why), STATUS_OK);
	assert_str(buf_str(&plain), "Subject: x\n\nx\n");
	buf_free(&packed);
	buf_free(&plain);
}

static void cut_short(void **state)
{
	struct buf packed, plain;
	struct why why;

	(void)state;
	buf_init(&packed, NULL);
	assert_int_equal(zlib_deflate(STR_LIT("Subject: x\n\nx\n"), &packed, &why), STATUS_OK);
	for (size_t len = 0; len < packed.len; len++) {
		buf_init(&plain, NULL);
		assert_int_equal(zlib_inflate(str_sub(buf_str(&packed), 0, len), 100, &plain, &why),
				 STATUS_INVALID);
		assert_str(str_from(why.text), "failed to find end of zlib stream");
		buf_free(&plain);
	}
	buf_init(&plain, NULL);
	assert_int_equal(zlib_inflate(STR_LIT("Subject: x\n\n"), 100, &plain, &why),
			 STATUS_INVALID);
	buf_free(&plain);
	buf_free(&packed);
}

static void a_bomb_is_stopped(void **state)
{
	struct buf zeros, packed, plain;
	struct why why;
	size_t size = 32 * 1024 * 1024, limit = 1024 * 1024;

	(void)state;
	buf_init(&zeros, NULL);
	buf_init(&packed, NULL);
	buf_init(&plain, NULL);
	memset(buf_reserve(&zeros, size), 0, size);
	buf_commit(&zeros, size);
	assert_int_equal(zlib_deflate(buf_str(&zeros), &packed, &why), STATUS_OK);
	assert_int_equal(zlib_inflate(buf_str(&packed), limit, &plain, &why), STATUS_TOO_LARGE);
	assert_true(plain.len < limit + 128 * 1024);
	buf_free(&zeros);
	buf_free(&packed);
	buf_free(&plain);
}

UNIT_MAIN(cmocka_unit_test(there_and_back), cmocka_unit_test(cut_short),
	  cmocka_unit_test(a_bomb_is_stopped))
