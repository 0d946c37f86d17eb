/*
 * redis: a connection to a Redis server: commands are queued, sent together, and answered in order.
 * Every wait has a deadline; a connection on which anything went wrong is of no more use, and is
 * closed and opened anew by whoever owns it. Not carried over a fork.
 */
#ifndef WHORL_STORE_REDIS_H
#define WHORL_STORE_REDIS_H

#include "lib/base/clock.h"
#include "lib/base/str.h"
#include "lib/base/why.h"

struct redis;

/* path: of a Unix socket; else host and port. */
struct redis_server {
	const char *path, *host;
	int port;
};

enum redis_kind { REDIS_NONE, REDIS_TEXT, REDIS_INTEGER, REDIS_LIST, REDIS_ERROR };

/* Valid until the next answer is received. */
struct redis_value {
	enum redis_kind kind;
	int64_t integer;
	struct str text; /* of errors and status lines as well */
	size_t n;        /* of a list */
	const void *items;
};

/* STATUS_TIMEOUT, STATUS_REFUSED (nobody listens) or STATUS_IO. Closed by redis_close(). */
enum status redis_open(const struct redis_server *server, struct deadline deadline,
		       struct redis **redis_out, struct why *why);
void redis_close(struct redis *redis);
/* False when the server has ended the connection, or an answer came late. */
bool redis_is_usable(struct redis *redis);
/* One command of n words (bytes of any kind), queued until the next answer is waited for. */
void redis_send(struct redis *redis, size_t n, const struct str *words);
/* The answer to the oldest command that has none yet. STATUS_INVALID: the server says that the
 * command cannot be done, why tells its words; the connection goes on. */
enum status redis_receive(struct redis *redis, struct deadline deadline,
			  struct redis_value *value_out, struct why *why);
struct redis_value redis_value_at(const struct redis_value *list, size_t at);
/* "1.0.2", of the library. */
const char *redis_version(void);

#endif
