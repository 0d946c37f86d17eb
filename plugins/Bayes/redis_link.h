/*
 * redis_link: the connection of a store in Redis: named by bayes_sql_dsn, made when it is needed,
 * made anew when it broke. When the server is not there it is left alone for a while, so that scans
 * go on at their own pace.
 */
#ifndef WHORL_BAYES_REDIS_LINK_H
#define WHORL_BAYES_REDIS_LINK_H

#include "lib/base/arena.h"
#include "lib/store/redis.h"

enum {
	REDIS_WAIT_MS = 2000,  /* for a connection, and for the answers to what was sent together */
	REDIS_RETRY_MS = 2000, /* from a failure to the next try */
	REDIS_RETRY_SLOW_MS = 10000, /* the same when it was found out by waiting */
};

struct redis_link {
	struct redis_server server;
	struct str password, database;
	struct redis *redis; /* NULL: there is no connection */
	struct deadline not_before;
	struct why last; /* why there is none */
};

/* "server=HOST:PORT;password=WORD;database=NUMBER", each of them optional; the server may be the
 * path of a socket, or an address in brackets (BayesStore/Redis.pm). */
enum status redis_link_parse(struct arena *arena, struct str dsn, struct redis_link *link_out,
			     struct why *why);
/* A connection on which all is well, with the database selected and its version looked at. */
enum status redis_link_ready(struct redis_link *link, struct why *why);
void redis_link_close(struct redis_link *link);
void redis_link_send(struct redis_link *link, size_t n, const struct str *words);
/* redis_receive(); a connection that broke is closed. */
enum status redis_link_receive(struct redis_link *link, struct deadline deadline,
			       struct redis_value *value_out, struct why *why);
/* One command and its answer. */
enum status redis_link_call(struct redis_link *link, size_t n, const struct str *words,
			    struct redis_value *value_out, struct why *why);

#endif
