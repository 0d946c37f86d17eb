/*
 * bayes_store: what a database of tokens must be able to do: LMDB and memory (store_kv.c), SQL
 * (store_sql.c, store_odbc.c), Redis (store_redis.c). Every call but totals, lookup, seen and the
 * walks needs a transaction that writes; those need one that reads at least.
 */
#ifndef WHORL_BAYES_STORE_H
#define WHORL_BAYES_STORE_H

#include "plugins/Bayes/tokens.h"

enum { BAYES_DB_VERSION = 3 };

struct token_record {
	uint32_t spam, ham;
	int64_t atime_s;
};

/* What SpamAssassin keeps beside the tokens. */
struct bayes_totals {
	uint64_t spam, ham, tokens;
	int64_t oldest_s, newest_s; /* access times of tokens; 0 when there is none */
	int64_t last_sync_s, last_expire_s, last_delta_s;
	uint64_t last_reduction;
};

struct bayes_store;
typedef bool bayes_token_visit(void *data, const unsigned char *key,
			       const struct token_record *record);
typedef bool bayes_seen_visit(void *data, struct str id, char flag);

struct bayes_store_def {
	/* Others share the store from afar: a transaction is one message, never many. */
	bool commits_each;
	void (*close)(struct bayes_store *store);
	enum status (*begin)(struct bayes_store *store, bool writable, struct why *why);
	/* To write, unless another does so now: STATUS_TIMEOUT. NULL: as begin. */
	enum status (*begin_if_free)(struct bayes_store *store, struct why *why);
	/* STATUS_REFUSED: another learner was faster with the same message; begin again. */
	enum status (*commit)(struct bayes_store *store, struct why *why);
	void (*abort)(struct bayes_store *store);
	enum status (*totals)(struct bayes_store *store, struct bayes_totals *totals_out,
			      struct why *why);
	enum status (*totals_put)(struct bayes_store *store, const struct bayes_totals *totals,
				  struct why *why);
	/* One record a token; all zero for those unknown. */
	enum status (*lookup)(struct bayes_store *store, const struct token *tokens, size_t n,
			      struct token_record *records_out, struct why *why);
	/* Adds to the counts of tokens, not below 0; who has none goes. Times only move forward.
	 * Keeps *totals (tokens, times) in step. */
	enum status (*change)(struct bayes_store *store, const struct token *tokens, size_t n,
			      int spam, int ham, int64_t atime_s, struct bayes_totals *totals,
			      struct why *why);
	enum status (*touch)(struct bayes_store *store, const struct token *tokens, size_t n,
			     int64_t atime_s, struct why *why);
	/* 's', 'h', or 0 when the message is not known. */
	enum status (*seen)(struct bayes_store *store, struct str id, char *flag_out,
			    struct why *why);
	enum status (*seen_put)(struct bayes_store *store, struct str id, char flag /* 0: forget */,
				struct why *why);
	/* As it is; for restoring and importing. */
	enum status (*token_put)(struct bayes_store *store, const unsigned char *key,
				 const struct token_record *record, struct why *why);
	enum status (*token_remove)(struct bayes_store *store, const unsigned char *key,
				    struct why *why);
	/* From a key on (NULL: the first), in order of keys. */
	enum status (*walk_tokens)(struct bayes_store *store, const unsigned char *from,
				   bayes_token_visit *visit, void *data, struct why *why);
	enum status (*walk_seen)(struct bayes_store *store, bayes_seen_visit *visit, void *data,
				 struct why *why);
	enum status (*wipe)(struct bayes_store *store, struct why *why);
};

struct bayes_store {
	const struct bayes_store_def *def;
	/* How long begin() waits for another writer on the same machine (STATUS_TIMEOUT); 0:
	 * without end. Servers of databases have limits of their own. */
	int write_wait_ms;
};

/* Over lib/store; path ends in ".lmdb". Without create: STATUS_NOT_FOUND when there is none. */
enum status bayes_store_open_lmdb(const char *path, unsigned mode, bool create,
				  struct bayes_store **store_out, struct why *why);
struct bayes_store *bayes_store_open_memory(void);
/* SpamAssassin's tables in SQLite; the rows of one user. */
enum status bayes_store_open_sql(struct str dsn, struct str user, unsigned mode, bool create,
				 struct bayes_store **store_out, struct why *why);
/* SpamAssassin's keys in Redis, of all users; times to live in seconds, 0 for ever. Nothing is
 * connected yet: each begin() sees to that. Only in builds WITH_REDIS. */
enum status bayes_store_open_redis(struct str dsn, int64_t token_ttl_s, int64_t seen_ttl_s,
				   struct bayes_store **store_out, struct why *why);
/* SpamAssassin's tables in any database that ODBC reaches: PostgreSQL, MySQL; the rows of one user.
 * Nothing is connected yet: each begin() sees to that. Only in builds WITH_ODBC. */
struct bayes_store *bayes_store_open_odbc(struct str dsn, struct str login, struct str password,
					  struct str user);

/* What change() does to one record; false: the token goes. */
bool token_record_change(struct token_record *record, int spam, int ham, int64_t atime_s);
/* change() of one token for stores that read and put records. */
enum status bayes_change_one(struct bayes_store *store,
			     enum status (*get)(struct bayes_store *store, const unsigned char *key,
						struct token_record *out, struct why *why),
			     const unsigned char *key, int spam, int ham, int64_t atime_s,
			     struct bayes_totals *sums, struct why *why);

#endif
