/*
 * odbc: what the files of the store in SpamAssassin's tables, over ODBC, share (store_odbc.c).
 */
#ifndef WHORL_BAYES_ODBC_H
#define WHORL_BAYES_ODBC_H

#include "lib/query/connection.h"
#include "plugins/Bayes/bayes_store.h"

enum {
	ODBC_IN_TOKENS = 100, /* in one list */
	ODBC_WALK_ROWS = 1000,
	ODBC_NO_OLDEST = 2147483647,
	ODBC_STEPS = 3,
};

extern const size_t odbc_row_steps[ODBC_STEPS]; /* of tokens in one statement that puts them */

/* Texts that differ from one database to the other, and those with lists in them. */
struct odbc_texts {
	const char *add[ODBC_STEPS]; /* counts of so many tokens as odbc_row_steps says */
	const char *put_token, *put_seen;
	const char *lookup, *take, *clean, *touch;
};

struct odbc_store {
	struct bayes_store store;
	struct arena *arena;
	struct str dsn, login, password, user;
	struct sql *sql; /* NULL: there is no connection */
	struct odbc_texts texts;
	int32_t user_id;          /* 0: not there yet */
	struct bayes_totals base; /* as they will be when this transaction is done */
	bool replaces;            /* everything: what comes twice counts as it came last */
	struct deadline not_before;
	struct why last; /* why there is no connection */
};

static inline struct odbc_store *odbc_of(struct bayes_store *store)
{
	return (struct odbc_store *)store;
}

/* --- values --- */

static inline struct sql_value odbc_integer(int64_t value)
{
	return (struct sql_value){.kind = SQL_VALUE_INTEGER,
				  .integer = value > INT32_MAX   ? INT32_MAX
					     : value < INT32_MIN ? INT32_MIN
								 : (int32_t)value};
}

static inline struct sql_value odbc_text(struct str value)
{
	return (struct sql_value){.kind = SQL_VALUE_TEXT, .text = value};
}

static inline struct sql_value odbc_bytes(const unsigned char *key)
{
	return (struct sql_value){.kind = SQL_VALUE_BYTES,
				  .text = str_make((const char *)key, TOKEN_KEY_BYTES)};
}

/* Of a column that counts. */
static inline uint64_t odbc_count_at(struct sql *sql, unsigned at)
{
	int64_t value = sql_integer(sql, at);

	return value < 0 ? 0 : (uint64_t)value;
}

#define ODBC_ASK(store, query, why, ...)                                                           \
	sql_ask((store)->sql, (query), (const struct sql_value[]){__VA_ARGS__},                    \
		sizeof((const struct sql_value[]){__VA_ARGS__}) / sizeof(struct sql_value), (why))

/* --- odbc_texts.c --- */
void odbc_make_texts(struct arena *arena, enum sql_kind kind, struct odbc_texts *texts);

/* --- odbc_link.c --- */
void odbc_disconnect(struct odbc_store *store);
/* A connection, and who the user is. */
enum status odbc_ready(struct odbc_store *store, struct why *why);
enum status odbc_make_user(struct odbc_store *store, struct why *why);

/* --- odbc_tokens.c --- */
enum status odbc_lookup(struct bayes_store *base, const struct token *tokens, size_t n,
			struct token_record *out, struct why *why);
enum status odbc_change(struct bayes_store *base, const struct token *tokens, size_t n, int spam,
			int ham, int64_t atime_s, struct bayes_totals *sums, struct why *why);
enum status odbc_touch(struct bayes_store *base, const struct token *tokens, size_t n,
		       int64_t atime_s, struct why *why);
enum status odbc_token_put(struct bayes_store *base, const unsigned char *key,
			   const struct token_record *record, struct why *why);
enum status odbc_token_remove(struct bayes_store *base, const unsigned char *key, struct why *why);
enum status odbc_walk_tokens(struct bayes_store *base, const unsigned char *from,
			     bayes_token_visit *visit, void *data, struct why *why);

/* --- odbc_seen.c --- */
enum status odbc_seen(struct bayes_store *base, struct str id, char *flag_out, struct why *why);
enum status odbc_seen_put(struct bayes_store *base, struct str id, char flag, struct why *why);
enum status odbc_walk_seen(struct bayes_store *base, bayes_seen_visit *visit, void *data,
			   struct why *why);

/* --- store_odbc.c --- */
enum status odbc_totals_put(struct bayes_store *base, const struct bayes_totals *from,
			    struct why *why);

#endif
