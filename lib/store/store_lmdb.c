/*
 * store_lmdb: the only file that knows LMDB. One file without a directory; the map is as large as
 * it may ever become, which costs address space only. Data pages are flushed at each commit, the
 * page that names the newest of them with the next (MDB_NOMETASYNC): a crash of the machine may
 * cost the last commit but never the file, the death of a process costs nothing. LMDB's own lock of
 * writers knows no deadline; who wants to write takes flock(2) on the file first, which does.
 */
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/must.h"
#include "lib/store/store.h"

enum { READERS_MAX = 1024, LOCK_TRIES_BETWEEN_MS = 2 };
static const size_t map_bytes = sizeof(size_t) > 4 ? (size_t)16 << 30 : (size_t)512 << 20;

struct lmdb_store {
	struct store store;
	MDB_env *env;
	MDB_dbi dbi;
	int lock_fd; /* the file again, for flock(2) */
};

struct lmdb_txn {
	struct store_txn txn;
	MDB_txn *handle;
	MDB_dbi dbi;
	int lock_fd; /* to be unlocked at the end; -1: reads only */
	/* A writer works its way through keys in order, and from one to the next the cursor is
	 * quicker than a search from the root. LMDB closes it with the transaction. */
	MDB_cursor *cursor;
};

static const struct store_def lmdb_def;

static enum status fail(struct why *why, const char *what, int error)
{
	return why_set(why, error == MDB_MAP_FULL ? STATUS_TOO_LARGE : STATUS_IO, "%s: %s", what,
		       mdb_strerror(error));
}

static MDB_val val(struct str s)
{
	return (MDB_val){s.len, (void *)(uintptr_t)s.ptr};
}

static struct str view(MDB_val v)
{
	return str_make(v.mv_data, v.mv_size);
}

static void close_env(struct store *store)
{
	struct lmdb_store *lmdb = (struct lmdb_store *)store;

	mdb_env_close(lmdb->env);
	close(lmdb->lock_fd);
	free(lmdb);
}

/* --- transactions ----------------------------------------------------------------------------- */

static void pause_ms(int ms)
{
	struct timespec span = {0, ms * 1000000L};

	nanosleep(&span, NULL);
}

static enum status lock(int fd, struct deadline deadline, struct why *why)
{
	int operation = deadline.at_ms ? LOCK_EX | LOCK_NB : LOCK_EX;

	while (flock(fd, operation) != 0) {
		if (errno == EWOULDBLOCK && !deadline_passed(deadline))
			pause_ms(LOCK_TRIES_BETWEEN_MS);
		else if (errno == EWOULDBLOCK)
			return why_set(why, STATUS_TIMEOUT, "another process is writing");
		else if (errno != EINTR)
			return why_errno(why, STATUS_IO, "cannot lock");
	}
	return STATUS_OK;
}

/* The end of a transaction. */
static void release(struct lmdb_txn *txn)
{
	if (txn->lock_fd >= 0)
		flock(txn->lock_fd, LOCK_UN);
	free(txn);
}

static enum status begin(struct store *store, bool writable, struct deadline deadline,
			 struct store_txn **txn_out, struct why *why)
{
	struct lmdb_store *lmdb = (struct lmdb_store *)store;
	struct lmdb_txn *txn;
	int error;

	if (writable && lock(lmdb->lock_fd, deadline, why) != STATUS_OK)
		return why->status;
	txn = calloc(1, sizeof *txn);
	must(txn);
	txn->txn.store = store;
	txn->dbi = lmdb->dbi;
	txn->lock_fd = writable ? lmdb->lock_fd : -1;
	error = mdb_txn_begin(lmdb->env, NULL, writable ? 0 : MDB_RDONLY, &txn->handle);
	if (!error && writable)
		error = mdb_cursor_open(txn->handle, txn->dbi, &txn->cursor);
	if (error) {
		if (txn->handle)
			mdb_txn_abort(txn->handle);
		release(txn);
		return fail(why, "cannot begin a transaction", error);
	}
	*txn_out = &txn->txn;
	return STATUS_OK;
}

static enum status commit(struct store_txn *base, struct why *why)
{
	struct lmdb_txn *txn = (struct lmdb_txn *)base;
	int error = mdb_txn_commit(txn->handle);

	release(txn);
	return error ? fail(why, "cannot commit", error) : STATUS_OK;
}

static void abort_txn(struct store_txn *base)
{
	struct lmdb_txn *txn = (struct lmdb_txn *)base;

	mdb_txn_abort(txn->handle);
	release(txn);
}

static enum status get(struct store_txn *base, struct str key, struct str *value_out)
{
	struct lmdb_txn *txn = (struct lmdb_txn *)base;
	MDB_val k = val(key), v;
	int error = txn->cursor ? mdb_cursor_get(txn->cursor, &k, &v, MDB_SET)
				: mdb_get(txn->handle, txn->dbi, &k, &v);

	if (error)
		return error == MDB_NOTFOUND ? STATUS_NOT_FOUND : STATUS_IO;
	*value_out = view(v);
	return STATUS_OK;
}

static enum status put(struct store_txn *base, struct str key, struct str value, struct why *why)
{
	struct lmdb_txn *txn = (struct lmdb_txn *)base;
	MDB_val k = val(key), v = val(value);

	must(txn->cursor);
	int error = mdb_cursor_put(txn->cursor, &k, &v, 0);
	return error ? fail(why, "cannot store", error) : STATUS_OK;
}

static enum status del(struct store_txn *base, struct str key, struct why *why)
{
	struct lmdb_txn *txn = (struct lmdb_txn *)base;
	MDB_val k = val(key);
	int error = mdb_del(txn->handle, txn->dbi, &k, NULL);

	return error && error != MDB_NOTFOUND ? fail(why, "cannot delete", error) : STATUS_OK;
}

static enum status walk(struct store_txn *base, struct str from,
			bool (*visit)(void *data, struct str key, struct str value), void *data,
			struct why *why)
{
	struct lmdb_txn *txn = (struct lmdb_txn *)base;
	MDB_val k = val(from), v;
	MDB_cursor *cursor;
	int error = mdb_cursor_open(txn->handle, txn->dbi, &cursor);

	if (error)
		return fail(why, "cannot walk", error);
	error = mdb_cursor_get(cursor, &k, &v, from.len ? MDB_SET_RANGE : MDB_FIRST);
	while (!error && visit(data, view(k), view(v)))
		error = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
	mdb_cursor_close(cursor);
	return error && error != MDB_NOTFOUND ? fail(why, "cannot walk", error) : STATUS_OK;
}

static enum status wipe(struct store_txn *base, struct why *why)
{
	struct lmdb_txn *txn = (struct lmdb_txn *)base;
	int error = mdb_drop(txn->handle, txn->dbi, 0);

	return error ? fail(why, "cannot wipe", error) : STATUS_OK;
}

static const struct store_def lmdb_def = {
	.close = close_env,
	.begin = begin,
	.commit = commit,
	.abort = abort_txn,
	.get = get,
	.put = put,
	.remove = del,
	.walk = walk,
	.wipe = wipe,
};

/* The mode also where the umask would take bits off, as SpamAssassin has it; never for others'
 * files.
 */
static bool make_file(const char *path, unsigned mode)
{
	int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, mode);

	if (fd < 0)
		return errno == EEXIST;
	(void)!fchmod(fd, mode);
	close(fd);
	return true;
}

/* Beside the store; who may use the one needs the other. */
static bool make_lock_file(const char *path, unsigned mode)
{
	size_t size = strlen(path) + sizeof "-lock";
	char *lock = malloc(size);
	bool made;

	must(lock);
	snprintf(lock, size, "%s-lock", path);
	made = make_file(lock, mode);
	free(lock);
	return made;
}

static int open_env(struct lmdb_store *lmdb, const char *path, unsigned mode)
{
	const unsigned flags = MDB_NOSUBDIR | MDB_NOMETASYNC | MDB_NOTLS | MDB_NORDAHEAD;
	MDB_txn *txn;
	int error = mdb_env_create(&lmdb->env), dead;

	if (error)
		return error;
	mdb_env_set_mapsize(lmdb->env, map_bytes);
	mdb_env_set_maxreaders(lmdb->env, READERS_MAX);
	error = mdb_env_open(lmdb->env, path, flags, mode);
	if (error)
		return error;
	mdb_reader_check(lmdb->env, &dead);
	error = mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, &txn);
	if (error)
		return error;
	error = mdb_dbi_open(txn, NULL, 0, &lmdb->dbi);
	if (error)
		mdb_txn_abort(txn);
	else
		error = mdb_txn_commit(txn);
	return error;
}

enum status store_open_lmdb(const char *path, unsigned mode, bool create, struct store **store_out,
			    struct why *why)
{
	struct lmdb_store *lmdb;
	int error;

	if (!create && access(path, F_OK) != 0)
		return why_errno(why, STATUS_NOT_FOUND, "%s", path);
	if (create && (!make_file(path, mode) || !make_lock_file(path, mode)))
		return why_errno(why, STATUS_IO, "cannot make %s", path);
	lmdb = calloc(1, sizeof *lmdb);
	must(lmdb);
	lmdb->store.def = &lmdb_def;
	error = open_env(lmdb, path, mode);
	lmdb->lock_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (!error && lmdb->lock_fd < 0)
		error = errno;
	if (error) {
		if (lmdb->env)
			mdb_env_close(lmdb->env);
		if (lmdb->lock_fd >= 0)
			close(lmdb->lock_fd);
		free(lmdb);
		return fail(why, path, error);
	}
	*store_out = &lmdb->store;
	return STATUS_OK;
}
