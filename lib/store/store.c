/* store: see store.h. */
#include "lib/store/store.h"

void store_close(struct store *store)
{
	if (store)
		store->def->close(store);
}

enum status store_begin(struct store *store, bool writable, struct store_txn **txn_out,
			struct why *why)
{
	return store->def->begin(store, writable, DEADLINE_NEVER, txn_out, why);
}

enum status store_begin_by(struct store *store, bool writable, struct deadline deadline,
			   struct store_txn **txn_out, struct why *why)
{
	return store->def->begin(store, writable, deadline, txn_out, why);
}

enum status store_commit(struct store_txn *txn, struct why *why)
{
	return txn->store->def->commit(txn, why);
}

void store_abort(struct store_txn *txn)
{
	txn->store->def->abort(txn);
}

enum status store_get(struct store_txn *txn, struct str key, struct str *value_out)
{
	return txn->store->def->get(txn, key, value_out);
}

enum status store_put(struct store_txn *txn, struct str key, struct str value, struct why *why)
{
	return txn->store->def->put(txn, key, value, why);
}

enum status store_delete(struct store_txn *txn, struct str key, struct why *why)
{
	return txn->store->def->remove(txn, key, why);
}

enum status store_walk(struct store_txn *txn, struct str from,
		       bool (*visit)(void *data, struct str key, struct str value), void *data,
		       struct why *why)
{
	return txn->store->def->walk(txn, from, visit, data, why);
}

enum status store_wipe(struct store_txn *txn, struct why *why)
{
	return txn->store->def->wipe(txn, why);
}
