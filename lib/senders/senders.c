/*
 * senders: lists in a store of keys: "ADDRESS|ip=NETWORK" → "COUNT TOTAL", numbers as Perl writes
 * them, so that a total is the same after it was written and read in either. See senders.h.
 */
#include "lib/senders/senders.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/base/digest.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/number.h"

enum { LONG_ADDRESS_BYTES = 400 };

struct store_senders {
	struct senders senders;
	struct store_txn *txn;
};

static struct store_txn *txn_of(struct senders *senders)
{
	return ((struct store_senders *)senders)->txn;
}

/* --- keys and values -------------------------------------------------------------------------- */

/* A store's keys are bounded and addresses are not: the end of a long one is its digest. */
static struct str stored_address(struct arena *arena, struct str address)
{
	char digest[2 * DIGEST_MAX_BYTES + 1];

	if (address.len <= LONG_ADDRESS_BYTES)
		return address;
	digest_hex(DIGEST_SHA1, address, digest);
	return arena_printf(arena, "%.*s#%s", LONG_ADDRESS_BYTES, address.ptr, digest);
}

static struct str stored_key(struct arena *arena, const struct sender_key *key)
{
	return arena_printf(arena, "%.*s|ip=%.*s", STR_ARG(stored_address(arena, key->address)),
			    STR_ARG(key->ip));
}

static bool read_key(struct str text, struct sender_key *key_out)
{
	size_t at = str_find(text, STR_LIT("|ip="));

	if (at == STR_NOT_FOUND)
		return false;
	*key_out = (struct sender_key){str_sub(text, 0, at), str_from_at(text, at + 4), STR_NONE};
	return true;
}

static struct sender_entry read_value(struct str text)
{
	struct sender_entry entry = {0};
	struct str count = STR_NONE;

	str_word_next(&text, &count);
	number_i64(count, &entry.count);
	entry.total = number_perl(text);
	return entry;
}

static struct str value_of(struct arena *arena, const struct sender_entry *entry)
{
	char total[32];

	number_format_perl(entry->total, total);
	return arena_printf(arena, "%lld %s", (long long)entry->count, total);
}

/* --- the list --------------------------------------------------------------------------------- */

static enum status get(struct senders *senders, const struct sender_key *key,
		       struct sender_entry *entry_out, struct why *why)
{
	struct str value;
	enum status status = store_get(txn_of(senders), stored_key(senders->arena, key), &value);

	if (status == STATUS_OK)
		*entry_out = read_value(value);
	else if (status != STATUS_NOT_FOUND)
		return why_set(why, status, "cannot read the list of senders");
	return STATUS_OK;
}

static enum status put(struct senders *senders, const struct sender_key *key,
		       const struct sender_entry *entry, struct why *why)
{
	return store_put(txn_of(senders), stored_key(senders->arena, key),
			 value_of(senders->arena, entry), why);
}

static enum status add(struct senders *senders, const struct sender_key *key, double points,
		       const struct sender_entry *entry, struct why *why)
{
	(void)points;
	return put(senders, key, entry, why);
}

struct keys_of_address {
	struct arena *arena;
	struct str prefix; /* "ADDRESS|" */
	struct str_vec keys;
};

static bool note_key(void *data, struct str key, struct str value)
{
	struct keys_of_address *found = data;

	(void)value;
	if (!str_eq(str_sub(key, 0, found->prefix.len), found->prefix))
		return false;
	vec_push(found->arena, &found->keys, arena_str(found->arena, key));
	return true;
}

static enum status remove_all(struct senders *senders, struct str address, struct why *why)
{
	struct keys_of_address found = {
		.arena = senders->arena,
		.prefix = arena_printf(senders->arena, "%.*s|",
				       STR_ARG(stored_address(senders->arena, address)))};

	if (store_walk(txn_of(senders), found.prefix, note_key, &found, why) != STATUS_OK)
		return why->status;
	for (size_t i = 0; i < found.keys.n; i++)
		if (store_delete(txn_of(senders), found.keys.items[i], why) != STATUS_OK)
			return why->status;
	return STATUS_OK;
}

static enum status remove_one(struct senders *senders, const struct sender_key *key,
			      struct why *why)
{
	return store_delete(txn_of(senders), stored_key(senders->arena, key), why);
}

static enum status remove_entry(struct senders *senders, const struct sender_key *key,
				struct why *why)
{
	if (str_eq_c(key->ip, SENDERS_NO_IP))
		return remove_all(senders, key->address, why);
	return remove_one(senders, key, why);
}

struct visitor {
	senders_visit *visit;
	void *data;
};

static bool visit_pair(void *data, struct str key, struct str value)
{
	const struct visitor *visitor = data;
	const struct sender_entry entry = read_value(value);
	struct sender_key parts;

	return !read_key(key, &parts) || visitor->visit(visitor->data, &parts, &entry);
}

static enum status walk(struct senders *senders, senders_visit *visit, void *data, struct why *why)
{
	struct visitor visitor = {visit, data};

	return store_walk(txn_of(senders), STR_NONE, visit_pair, &visitor, why);
}

static enum status close_store(struct senders *senders, struct why *why)
{
	if (senders->writable)
		return store_commit(txn_of(senders), why);
	store_abort(txn_of(senders));
	return STATUS_OK;
}

static void abort_store(struct senders *senders)
{
	store_abort(txn_of(senders));
}

static const struct senders_def store_def = {
	.get = get,
	.add = add,
	.remove = remove_entry,
	.remove_one = remove_one,
	.put = put,
	.walk = walk,
	.close = close_store,
	.abort = abort_store,
};

enum status senders_open_store(struct arena *arena, struct store *store, bool writable,
			       struct deadline deadline, struct senders **senders_out,
			       struct why *why)
{
	struct store_senders *list = ARENA_NEW(arena, struct store_senders);
	enum status status = store_begin_by(store, writable, deadline, &list->txn, why);

	if (status == STATUS_TIMEOUT) {
		log_info("auto-welcomelist: cannot write: %s", why->text);
		writable = false;
		status = store_begin(store, false, &list->txn, why);
	}
	if (status != STATUS_OK)
		return status;
	list->senders = (struct senders){&store_def, arena, writable};
	*senders_out = &list->senders;
	return STATUS_OK;
}

/* --- opening ---------------------------------------------------------------------------------- */

/* What another process has opened is not ours to close. */
static void close_process(void *data)
{
	struct senders_process *process = data;

	bool is_ours = process->store && process->pid == getpid();

	if (is_ours)
		store_close(process->store);
	*process = (struct senders_process){
		.inherited = is_ours || !process->store ? process->inherited : process->store};
}

static bool is_open(const struct senders_process *process, const char *path)
{
	return process->store && process->pid == getpid() && strcmp(process->path, path) == 0;
}

static enum status open_file(struct arena *arena, const struct senders_options *options,
			     struct senders_process *process, bool create, struct why *why)
{
	const char *path = arena_printf(arena, "%.*s.lmdb", STR_ARG(options->path)).ptr;

	if (is_open(process, path))
		return STATUS_OK;
	if (strlen(path) >= sizeof process->path)
		return why_set(why, STATUS_TOO_LARGE, "auto_welcomelist_path is too long");
	close_process(process);
	process->pid = getpid();
	if (create)
		file_make_parents(path, options->mode);
	if (store_open_lmdb(path, options->mode & 0666, create, &process->store, why) !=
	    STATUS_OK) {
		process->store = NULL;
		return why->status;
	}
	memcpy(process->path, path, strlen(path) + 1);
	return STATUS_OK;
}

struct senders_process *senders_process_new(struct arena *keep)
{
	struct senders_process *process = ARENA_NEW(keep, struct senders_process);

	arena_on_reset(keep, close_process, process);
	return process;
}

enum status senders_open(struct arena *arena, const struct senders_options *options,
			 struct senders_process *process, bool writable, struct deadline deadline,
			 struct senders **senders_out, struct why *why)
{
	if (options->dsn.len)
		return senders_open_sql(arena, options, writable, deadline, senders_out, why);
	if (!process)
		process = senders_process_new(arena);
	if (open_file(arena, options, process, writable, why) != STATUS_OK)
		return why->status;
	return senders_open_store(arena, process->store, writable, deadline, senders_out, why);
}

/* --- by whatever the list is kept in ---------------------------------------------------------- */

bool senders_is_writable(const struct senders *senders)
{
	return senders->writable;
}

enum status senders_close(struct senders *senders, struct why *why)
{
	return senders->def->close(senders, why);
}

void senders_abort(struct senders *senders)
{
	senders->def->abort(senders);
}

enum status senders_get(struct senders *senders, const struct sender_key *key,
			struct sender_entry *entry_out, struct why *why)
{
	*entry_out = (struct sender_entry){0};
	return senders->def->get(senders, key, entry_out, why);
}

enum status senders_add(struct senders *senders, const struct sender_key *key, double points,
			struct sender_entry *entry, struct why *why)
{
	entry->count++;
	entry->total += points;
	return senders->writable ? senders->def->add(senders, key, points, entry, why) : STATUS_OK;
}

enum status senders_remove(struct senders *senders, const struct sender_key *key, struct why *why)
{
	return senders->writable ? senders->def->remove(senders, key, why) : STATUS_OK;
}

enum status senders_remove_one(struct senders *senders, const struct sender_key *key,
			       struct why *why)
{
	if (!senders->def->remove_one)
		return why_set(why, STATUS_UNSUPPORTED, "only a list of our own can be cleaned");
	return senders->def->remove_one(senders, key, why);
}

enum status senders_put(struct senders *senders, const struct sender_key *key,
			const struct sender_entry *entry, struct why *why)
{
	if (!senders->def->put)
		return why_set(why, STATUS_UNSUPPORTED, "only a list of our own can be filled");
	return senders->def->put(senders, key, entry, why);
}

enum status senders_walk(struct senders *senders, senders_visit *visit, void *data, struct why *why)
{
	if (!senders->def->walk)
		return why_set(why, STATUS_UNSUPPORTED, "only a list of our own can be listed");
	return senders->def->walk(senders, visit, data, why);
}
