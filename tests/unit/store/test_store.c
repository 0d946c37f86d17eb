/* store: what holds of every kind of store; reading Berkeley DB files. */
#include <unistd.h>

#include "lib/store/bdb.h"
#include "lib/store/store.h"
#include "tests/unit/unit.h"

static char path[] = "/tmp/whorl-store-XXXXXX";

static struct store *open_lmdb(void)
{
	struct store *store;
	struct why why;

	assert_int_equal(store_open_lmdb(path, 0600, true, &store, &why), STATUS_OK);
	return store;
}

static int start(void **state)
{
	(void)state;
	int fd = mkstemp(path);
	close(fd);
	unlink(path);
	return 0;
}

static int stop(void **state)
{
	char lock[64];

	(void)state;
	snprintf(lock, sizeof lock, "%s-lock", path);
	unlink(path);
	unlink(lock);
	return 0;
}

static struct store_txn *begin(struct store *store, bool writable)
{
	struct store_txn *txn;
	struct why why;

	assert_int_equal(store_begin(store, writable, &txn, &why), STATUS_OK);
	return txn;
}

static void put(struct store_txn *txn, const char *key, const char *value)
{
	struct why why;

	assert_int_equal(store_put(txn, str_from(key), str_from(value), &why), STATUS_OK);
}

static void commit(struct store_txn *txn)
{
	struct why why;

	assert_int_equal(store_commit(txn, &why), STATUS_OK);
}

enum { WALK_TEXT_BYTES = 256 };

static bool append(void *data, struct str key, struct str value)
{
	char *text = data;

	size_t len = strlen(text);

	snprintf(text + len, WALK_TEXT_BYTES - len, "%.*s=%.*s ", STR_ARG(key), STR_ARG(value));
	return !str_eq_c(key, "d");
}

static void walk(struct store *store, const char *from, const char *expected)
{
	struct store_txn *txn = begin(store, false);
	char text[WALK_TEXT_BYTES] = "";
	struct why why;

	assert_int_equal(store_walk(txn, str_from(from), append, text, &why), STATUS_OK);
	assert_string_equal(text, expected);
	store_abort(txn);
}

static void holds(struct store *store)
{
	struct store_txn *txn = begin(store, true);
	struct str value;
	struct why why;

	assert_int_equal(store_get(txn, STR_LIT("a"), &value), STATUS_NOT_FOUND);
	put(txn, "c", "3");
	put(txn, "a", "1");
	put(txn, "b", "2");
	put(txn, "a", "one");
	commit(txn);
	walk(store, "", "a=one b=2 c=3 ");
	walk(store, "b", "b=2 c=3 ");
	txn = begin(store, true);
	put(txn, "d", "4");
	put(txn, "e", "5");
	assert_int_equal(store_delete(txn, STR_LIT("b"), &why), STATUS_OK);
	assert_int_equal(store_delete(txn, STR_LIT("nothing"), &why), STATUS_OK);
	assert_int_equal(store_get(txn, STR_LIT("b"), &value), STATUS_NOT_FOUND);
	store_abort(txn);
	walk(store, "", "a=one b=2 c=3 ");
	txn = begin(store, true);
	put(txn, "d", "4");
	put(txn, "e", "5");
	assert_int_equal(store_delete(txn, STR_LIT("b"), &why), STATUS_OK);
	commit(txn);
	walk(store, "", "a=one c=3 d=4 ");
	txn = begin(store, true);
	assert_int_equal(store_wipe(txn, &why), STATUS_OK);
	put(txn, "x", "y");
	commit(txn);
	walk(store, "", "x=y ");
}

static void memory(void **state)
{
	struct store *store = store_open_memory();

	(void)state;
	holds(store);
	store_close(store);
}

static void lmdb(void **state)
{
	struct store *store = open_lmdb();

	(void)state;
	holds(store);
	store_close(store);
	store = open_lmdb();
	walk(store, "", "x=y ");
	store_close(store);
}

static void lmdb_is_not_made_unasked(void **state)
{
	struct store *store;
	struct why why;

	(void)state;
	assert_int_equal(store_open_lmdb("/tmp/whorl-no-such-store", 0600, false, &store, &why),
			 STATUS_NOT_FOUND);
}

/* --- Berkeley DB ------------------------------------------------------------------------------ */

enum { PAGE = 512 };

static void number(unsigned char *at, unsigned value, int n)
{
	for (int i = 0; i < n; i++)
		at[i] = (unsigned char)(value >> (8 * i));
}

/* A meta page and one page with key "k" and value "value". */
static void make_bdb(unsigned char file[2 * PAGE])
{
	unsigned char *page = file + PAGE;

	memset(file, 0, 2 * PAGE);
	number(file + 12, 0x061561, 4);
	number(file + 20, PAGE, 4);
	number(page + 20, 2, 2);
	page[25] = 13;
	number(page + 26, PAGE - 2, 2);
	memcpy(page + PAGE - 2, "\001k", 2);
	number(page + 28, PAGE - 8, 2);
	memcpy(page + PAGE - 8, "\001value", 6);
}

static bool take(void *data, struct str key, struct str value)
{
	snprintf(data, 64, "%.*s=%.*s", STR_ARG(key), STR_ARG(value));
	return true;
}

static enum status read_bytes(const unsigned char *bytes, size_t n, char *text, size_t *n_damaged)
{
	struct arena *arena = arena_new("test", 0);
	char name[] = "/tmp/whorl-bdb-XXXXXX";
	int fd = mkstemp(name);
	struct why why;

	assert_int_equal(write(fd, bytes, n), (ssize_t)n);
	close(fd);
	text[0] = 0;
	enum status status = bdb_read(arena, name, take, text, n_damaged, &why);
	unlink(name);
	arena_free(arena);
	return status;
}

static void bdb(void **state)
{
	unsigned char file[2 * PAGE];
	char text[64];
	size_t n_damaged;

	(void)state;
	make_bdb(file);
	assert_int_equal(read_bytes(file, sizeof file, text, &n_damaged), STATUS_OK);
	assert_string_equal(text, "k=value");
	assert_int_equal(n_damaged, 0);
	assert_int_equal(read_bytes(file, 100, text, &n_damaged), STATUS_OK);
	assert_string_equal(text, "");
	assert_int_equal(read_bytes((const unsigned char *)"text", 4, text, &n_damaged),
			 STATUS_INVALID);
}

/* Every byte of the page may be anything. */
static void bdb_damaged(void **state)
{
	unsigned char file[2 * PAGE];
	char text[64];
	size_t n_damaged;

	(void)state;
	for (int at = 0; at < 32; at++)
		for (int value = 0; value < 256; value += 17) {
			make_bdb(file);
			file[PAGE + at] = (unsigned char)value;
			assert_int_equal(read_bytes(file, sizeof file, text, &n_damaged),
					 STATUS_OK);
		}
	make_bdb(file);
	number(file + PAGE + 28, 3, 2);
	assert_int_equal(read_bytes(file, sizeof file, text, &n_damaged), STATUS_OK);
	assert_int_equal(n_damaged, 1);
}

UNIT_MAIN(cmocka_unit_test(memory), cmocka_unit_test_setup_teardown(lmdb, start, stop),
	  cmocka_unit_test(lmdb_is_not_made_unasked), cmocka_unit_test(bdb),
	  cmocka_unit_test(bdb_damaged))
