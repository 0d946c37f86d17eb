/*
 * store: keys → values that outlive the process, behind one interface: LMDB (the default; many
 * readers, one writer) and memory (tests). Keys are ordered bytewise. A store is opened by the
 * process that uses it and not carried over a fork. What is committed survives the death of any
 * process at any moment; a process that dies in a transaction leaves nothing of it.
 */
#ifndef WHORL_STORE_STORE_H
#define WHORL_STORE_STORE_H

#include "lib/base/clock.h"
#include "lib/base/str.h"
#include "lib/base/why.h"

enum { STORE_KEY_BYTES_MAX = 511 };

struct store;
struct store_txn;

/* A file (and "PATH-lock" beside it), made with mode when it is not there and create is true; else
 * STATUS_NOT_FOUND. store_close() frees. */
enum status store_open_lmdb(const char *path, unsigned mode, bool create, struct store **store_out,
			    struct why *why);
struct store *store_open_memory(void);
/* No transaction may be open. */
void store_close(struct store *store);

/* One at a time in a process. Writers wait for each other. */
enum status store_begin(struct store *store, bool writable, struct store_txn **txn_out,
			struct why *why);
/* The same with an end to a writer's waiting: STATUS_TIMEOUT when another still writes by then. */
enum status store_begin_by(struct store *store, bool writable, struct deadline deadline,
			   struct store_txn **txn_out, struct why *why);
/* Both end the transaction, also on failure. */
enum status store_commit(struct store_txn *txn, struct why *why);
void store_abort(struct store_txn *txn);

/* STATUS_NOT_FOUND leaves *value_out; the view is good until the next write or the end. */
enum status store_get(struct store_txn *txn, struct str key, struct str *value_out);
enum status store_put(struct store_txn *txn, struct str key, struct str value, struct why *why);
/* STATUS_OK also when there is no such key. */
enum status store_delete(struct store_txn *txn, struct str key, struct why *why);
/* Pairs from key `from` on in order until visit() says false. It must not write. */
enum status store_walk(struct store_txn *txn, struct str from,
		       bool (*visit)(void *data, struct str key, struct str value), void *data,
		       struct why *why);
enum status store_wipe(struct store_txn *txn, struct why *why);

/* --- for implementations --- */

struct store_def {
	void (*close)(struct store *store);
	enum status (*begin)(struct store *store, bool writable, struct deadline deadline,
			     struct store_txn **txn_out, struct why *why);
	enum status (*commit)(struct store_txn *txn, struct why *why);
	void (*abort)(struct store_txn *txn);
	enum status (*get)(struct store_txn *txn, struct str key, struct str *value_out);
	enum status (*put)(struct store_txn *txn, struct str key, struct str value,
			   struct why *why);
	enum status (*remove)(struct store_txn *txn, struct str key, struct why *why);
	enum status (*walk)(struct store_txn *txn, struct str from,
			    bool (*visit)(void *data, struct str key, struct str value), void *data,
			    struct why *why);
	enum status (*wipe)(struct store_txn *txn, struct why *why);
};

struct store {
	const struct store_def *def;
};

struct store_txn {
	struct store *store;
};

#endif
