/*
 * senders: how many messages an address has sent and what they scored together: the lists that AWL
 * and TxRep go by (SpamAssassin's DBBasedAddrList and SQLBasedAddrList). An entry belongs to an
 * address and the network it wrote from; in SQL tables also to a user and a signer.
 *
 * A list is open for one message or one command: what is changed between senders_open() and
 * senders_close() is one transaction, where the database knows such.
 */
#ifndef WHORL_SENDERS_SENDERS_H
#define WHORL_SENDERS_SENDERS_H

#include <stdint.h>
#include "lib/base/clock.h"
#include "lib/base/vec.h"
#include "lib/base/why.h"
#include "lib/store/store.h"

enum { SENDERS_WAIT_MS = 10 * 1000 }; /* for another writer */

/* Of an entry without a network. */
#define SENDERS_NO_IP "none"

struct sender_key {
	struct str address;   /* sender_address() made it */
	struct str ip;        /* SENDERS_NO_IP, or what the caller makes of the address */
	struct str signed_by; /* domains with blanks between; empty: not signed. For SQL only */
};

struct sender_entry {
	int64_t count;
	double total; /* of points */
};

/* Which list. */
struct senders_options {
	/* A file of our own, PATH.lmdb, when dsn is empty. */
	struct str path;
	unsigned mode; /* of the file */
	/* A table with SpamAssassin's columns (sql/awl_*.sql, sql/txrep_*.sql). */
	struct str dsn, sql_user, sql_password, table, user;
	bool no_transaction;   /* SQL: the table is open twice, each statement stands for itself */
	bool tells_signers;    /* entries by signer (auto_welcomelist_distinguish_signed) */
	bool prefers_outgoing; /* SQL: an address's entry is that of mail sent to it from inside
				  (txrep_welcomelist_out) */
};

/* What a process keeps open from one use to the next; all zero at first. Does not survive a fork:
 * it is opened again. */
struct senders_process {
	struct store *store;
	struct store *inherited; /* opened by the parent process, left alone */
	char path[1024];
	int pid;
};

/* One in the arena that is closed with it. */
struct senders_process *senders_process_new(struct arena *keep);

struct senders;

/*
 * Without writable nothing is changed, and STATUS_NOT_FOUND tells that there is no such list. A
 * list that another process writes into for too long is opened for reading: senders_is_writable()
 * tells. process may be NULL.
 */
enum status senders_open(struct arena *arena, const struct senders_options *options,
			 struct senders_process *process, bool writable, struct deadline deadline,
			 struct senders **senders_out, struct why *why);
/* Over any store, for tests; the store stays open. */
enum status senders_open_store(struct arena *arena, struct store *store, bool writable,
			       struct deadline deadline, struct senders **senders_out,
			       struct why *why);
bool senders_is_writable(const struct senders *senders);
/* Ends the transaction. */
enum status senders_close(struct senders *senders, struct why *why);
/* The same, and what can be undone is. */
void senders_abort(struct senders *senders);

/* All zero for one that is not known. */
enum status senders_get(struct senders *senders, const struct sender_key *key,
			struct sender_entry *entry_out, struct why *why);
/* One more message: the entry, as senders_get() gave it or the caller has changed it, counts one
 * more and has points more, and is kept. A list that is not writable is left as it is. */
enum status senders_add(struct senders *senders, const struct sender_key *key, double points,
			struct sender_entry *entry, struct why *why);
/* The entry goes; of one without a network all entries of the address go. */
enum status senders_remove(struct senders *senders, const struct sender_key *key, struct why *why);
/* That entry alone. */
enum status senders_remove_one(struct senders *senders, const struct sender_key *key,
			       struct why *why);
/* In order of keys, until visit() says false; it must not change the list. STATUS_UNSUPPORTED of
 * SQL tables. */
typedef bool senders_visit(void *data, const struct sender_key *key,
			   const struct sender_entry *entry);
enum status senders_walk(struct senders *senders, senders_visit *visit, void *data,
			 struct why *why);
/* As it is, for importing. */
enum status senders_put(struct senders *senders, const struct sender_key *key,
			const struct sender_entry *entry, struct why *why);

/* An address as keys have it: lower case, without what could be taken for a part of a key
 * (AutoWelcomelist.pm pack_addr). */
struct str sender_address(struct arena *arena, struct str address);
/* The network of an address as keys have it: the first bits of IPv4 or IPv6, zeroes at its end left
 * out (ip_to_awl_key). ptr NULL when the text is no address. */
struct str sender_network(struct arena *arena, struct str ip, unsigned v4_bits, unsigned v6_bits);

/* Entries of a Berkeley DB file of SpamAssassin's (auto-welcomelist, auto-whitelist, tx-reputation)
 * are put into the list. *n_out: how many. */
enum status senders_import(struct arena *arena, struct senders *senders, const char *path,
			   size_t *n_out, struct why *why);

/* --- between the files of this folder --- */

struct senders_def {
	enum status (*get)(struct senders *senders, const struct sender_key *key,
			   struct sender_entry *entry_out, struct why *why);
	enum status (*add)(struct senders *senders, const struct sender_key *key, double points,
			   const struct sender_entry *entry, struct why *why);
	enum status (*remove)(struct senders *senders, const struct sender_key *key,
			      struct why *why);
	enum status (*remove_one)(struct senders *senders, const struct sender_key *key,
				  struct why *why); /* may be NULL */
	enum status (*put)(struct senders *senders, const struct sender_key *key,
			   const struct sender_entry *entry, struct why *why); /* may be NULL */
	enum status (*walk)(struct senders *senders, senders_visit *visit, void *data,
			    struct why *why); /* may be NULL */
	enum status (*close)(struct senders *senders, struct why *why);
	void (*abort)(struct senders *senders);
};

struct senders {
	const struct senders_def *def;
	struct arena *arena;
	bool writable;
};

enum status senders_open_sql(struct arena *arena, const struct senders_options *options,
			     bool writable, struct deadline deadline, struct senders **senders_out,
			     struct why *why);

#endif
