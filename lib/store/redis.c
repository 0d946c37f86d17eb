/* redis: see redis.h; the only file that knows hiredis. */
#include "lib/store/redis.h"

#include <errno.h>
#include <hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/must.h"

struct redis {
	redisContext *context;
	redisReply *reply; /* the last one */
};

static struct timeval time_left(struct deadline deadline)
{
	int left_ms = deadline_left_ms(deadline);

	/* 0 would wait for ever. */
	left_ms = left_ms == 0 ? 1 : left_ms < 0 ? 1000 * 1000 : left_ms;
	return (struct timeval){left_ms / 1000, left_ms % 1000 * 1000};
}

/* Why the context is in error. */
static enum status failure(const redisContext *context, const char *what, struct why *why)
{
	if (!context)
		return why_set(why, STATUS_NO_MEMORY, "%s: no memory", what);
	if (context->err == REDIS_ERR_IO && (errno == EAGAIN || errno == EINPROGRESS))
		return why_set(why, STATUS_TIMEOUT, "%s: no answer in time", what);
	if (context->err == REDIS_ERR_EOF)
		return why_set(why, STATUS_CLOSED, "%s: the server closed the connection", what);
	return why_set(why, errno == ECONNREFUSED ? STATUS_REFUSED : STATUS_IO, "%s: %s", what,
		       context->errstr[0] ? context->errstr : "connection failed");
}

enum status redis_open(const struct redis_server *server, struct deadline deadline,
		       struct redis **redis_out, struct why *why)
{
	struct timeval wait = time_left(deadline);
	struct redis *redis;
	redisContext *context;

	errno = 0;
	context = server->path ? redisConnectUnixWithTimeout(server->path, wait)
			       : redisConnectWithTimeout(server->host, server->port, wait);
	if (!context || context->err) {
		enum status status = failure(context, "Redis", why);
		if (context)
			redisFree(context);
		return status;
	}
	redis = calloc(1, sizeof *redis);
	must(redis);
	redis->context = context;
	*redis_out = redis;
	return STATUS_OK;
}

static void forget_reply(struct redis *redis)
{
	if (redis->reply)
		freeReplyObject(redis->reply);
	redis->reply = NULL;
}

void redis_close(struct redis *redis)
{
	forget_reply(redis);
	redisFree(redis->context);
	free(redis);
}

bool redis_is_usable(struct redis *redis)
{
	struct pollfd fd = {.fd = redis->context->fd, .events = POLLIN};

	/* Nothing is expected here: what can be read is the end, or an answer to nobody. */
	return !redis->context->err && poll(&fd, 1, 0) == 0;
}

void redis_send(struct redis *redis, size_t n, const struct str *words)
{
	const char **texts = malloc(n * sizeof *texts);
	size_t *lengths = malloc(n * sizeof *lengths);

	must(texts && lengths);
	for (size_t i = 0; i < n; i++) {
		texts[i] = words[i].ptr ? words[i].ptr : "";
		lengths[i] = words[i].len;
	}
	if (!redis->context->err)
		redisAppendCommandArgv(redis->context, (int)n, texts, lengths);
	free(texts);
	free(lengths);
}

/* --- answers ---------------------------------------------------------------------------------- */

static enum status flush(struct redis *redis, struct deadline deadline, struct why *why)
{
	int done = 0;

	while (!done) {
		errno = 0;
		if (deadline_passed(deadline))
			return why_set(why, STATUS_TIMEOUT, "Redis: it reads too slowly");
		if (redisSetTimeout(redis->context, time_left(deadline)) != REDIS_OK ||
		    redisBufferWrite(redis->context, &done) != REDIS_OK)
			return failure(redis->context, "Redis", why);
	}
	return STATUS_OK;
}

/* Reads until there is a reply; each read waits no longer than what is left. */
static enum status wait_for_reply(struct redis *redis, struct deadline deadline, struct why *why)
{
	void *reply = NULL;

	for (;;) {
		errno = 0;
		if (redisGetReplyFromReader(redis->context, &reply) != REDIS_OK)
			return failure(redis->context, "Redis", why);
		if (reply) {
			redis->reply = reply;
			return STATUS_OK;
		}
		if (deadline_passed(deadline))
			return why_set(why, STATUS_TIMEOUT, "Redis: no answer in time");
		if (redisSetTimeout(redis->context, time_left(deadline)) != REDIS_OK ||
		    redisBufferRead(redis->context) != REDIS_OK)
			return failure(redis->context, "Redis", why);
	}
}

static struct redis_value value_of(const redisReply *reply)
{
	struct redis_value value = {.text = str_make(reply->str, reply->len)};

	switch (reply->type) {
	case REDIS_REPLY_STRING:
	case REDIS_REPLY_STATUS:
		value.kind = REDIS_TEXT;
		break;
	case REDIS_REPLY_ERROR:
		value.kind = REDIS_ERROR;
		break;
	case REDIS_REPLY_INTEGER:
		value = (struct redis_value){.kind = REDIS_INTEGER, .integer = reply->integer};
		break;
	case REDIS_REPLY_ARRAY:
		value = (struct redis_value){
			.kind = REDIS_LIST, .n = reply->elements, .items = reply->element};
		break;
	default:
		value = (struct redis_value){.kind = REDIS_NONE};
		break;
	}
	return value;
}

enum status redis_receive(struct redis *redis, struct deadline deadline,
			  struct redis_value *value_out, struct why *why)
{
	enum status status = flush(redis, deadline, why);

	forget_reply(redis);
	*value_out = (struct redis_value){.kind = REDIS_NONE};
	if (status == STATUS_OK)
		status = wait_for_reply(redis, deadline, why);
	if (status != STATUS_OK) {
		if (!redis->context->err)
			redis->context->err = REDIS_ERR_OTHER;
		return status;
	}
	*value_out = value_of(redis->reply);
	return value_out->kind == REDIS_ERROR
		       ? why_set(why, STATUS_INVALID, "Redis: %.*s", STR_ARG(value_out->text))
		       : STATUS_OK;
}

struct redis_value redis_value_at(const struct redis_value *list, size_t at)
{
	redisReply *const *items = list->items;

	return at < list->n && items[at] ? value_of(items[at])
					 : (struct redis_value){.kind = REDIS_NONE};
}

const char *redis_version(void)
{
	static char text[32];

	snprintf(text, sizeof text, "%d.%d.%d", HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH);
	return text;
}
