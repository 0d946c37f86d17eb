/* redis_link: see redis_link.h. */
#include "plugins/Bayes/redis_link.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/number.h"

#define WORDS(words) (sizeof(words) / sizeof *(words)), (words)

/* --- the name of the server ------------------------------------------------------------------- */

/* "/path", "host:port", "[address]:port" */
static enum status parse_server(struct arena *arena, struct str text, struct redis_server *out,
				struct why *why)
{
	size_t colon = str_rfind_char(text, ':');
	struct str host = str_sub(text, 0, colon == STR_NOT_FOUND ? 0 : colon);
	uint64_t port = 0;

	*out = (struct redis_server){0};
	if (text.len && text.ptr[0] == '/') {
		out->path = arena_cstr(arena, text);
		return STATUS_OK;
	}
	if (host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
		host = str_sub(host, 1, host.len - 2);
	else if (str_find_char(host, ':') != STR_NOT_FOUND)
		host = STR_NONE;
	if (!host.len || !number_u64(str_from_at(text, colon + 1), &port) || port < 1 ||
	    port > 65535)
		return why_set(why, STATUS_INVALID, "bayes_sql_dsn: not a server: \"%.*s\"",
			       STR_ARG(text));
	out->host = arena_cstr(arena, host);
	out->port = (int)port;
	return STATUS_OK;
}

enum status redis_link_parse(struct arena *arena, struct str dsn, struct redis_link *link,
			     struct why *why)
{
	struct str rest = dsn, item, server = STR_LIT("127.0.0.1:6379");

	*link = (struct redis_link){.database = STR_LIT("0")};
	while (str_split_next(&rest, ';', &item)) {
		size_t equals = str_find_char(item, '=');
		struct str name = str_sub(item, 0, equals), value;
		if (!item.len)
			continue;
		if (equals == STR_NOT_FOUND)
			return why_set(why, STATUS_INVALID,
				       "bayes_sql_dsn: NAME=VALUE expected, not \"%.*s\"",
				       STR_ARG(item));
		value = arena_str(arena, str_from_at(item, equals + 1));
		if (str_eq_c(name, "database"))
			link->database = value;
		else if (str_eq_c(name, "password"))
			link->password = value;
		else if (str_eq_c(name, "server") && !str_eq_c(value, "undef"))
			server = value;
	}
	return parse_server(arena, server, &link->server, why);
}

/* --- the connection --------------------------------------------------------------------------- */

void redis_link_close(struct redis_link *link)
{
	if (link->redis)
		redis_close(link->redis);
	link->redis = NULL;
}

void redis_link_send(struct redis_link *link, size_t n, const struct str *words)
{
	if (link->redis)
		redis_send(link->redis, n, words);
}

/* A connection that the server ended is made again at once. */
static void leave_alone(struct redis_link *link, enum status status, const struct why *why)
{
	link->last = *why;
	link->not_before = deadline_in_ms(status == STATUS_CLOSED    ? 1
					  : status == STATUS_TIMEOUT ? REDIS_RETRY_SLOW_MS
								     : REDIS_RETRY_MS);
	redis_link_close(link);
}

enum status redis_link_receive(struct redis_link *link, struct deadline deadline,
			       struct redis_value *value_out, struct why *why)
{
	struct why own;
	enum status status;

	why = why ? why : &own;
	if (!link->redis)
		return why_set(why, STATUS_CLOSED, "%s", link->last.text);
	status = redis_receive(link->redis, deadline, value_out, why);
	if (status == STATUS_OK || status == STATUS_INVALID)
		return status;
	leave_alone(link, status, why);
	return status;
}

enum status redis_link_call(struct redis_link *link, size_t n, const struct str *words,
			    struct redis_value *value_out, struct why *why)
{
	redis_link_send(link, n, words);
	return redis_link_receive(link, deadline_in_ms(REDIS_WAIT_MS), value_out, why);
}

static enum status select_database(struct redis_link *link, struct why *why)
{
	const struct str words[] = {STR_LIT("SELECT"), link->database};
	struct redis_value answer;

	return redis_link_call(link, WORDS(words), &answer, why);
}

/* A password is told to servers that ask for it only. */
static enum status authenticate(struct redis_link *link, struct why *why)
{
	const struct str words[] = {STR_LIT("AUTH"), link->password};
	struct redis_value answer;
	enum status status = select_database(link, why);

	if (status != STATUS_INVALID || !strstr(why->text, "NOAUTH"))
		return status;
	if (!link->password.ptr)
		return why_set(why, STATUS_REFUSED,
			       "Redis wants a password, and bayes_sql_dsn has none");
	status = redis_link_call(link, WORDS(words), &answer, why);
	return status == STATUS_OK ? select_database(link, why) : status;
}

/* For the administrator who lists the clients; old servers do not know it. */
static enum status tell_name(struct redis_link *link, struct why *why)
{
	char name[32];
	int len = snprintf(name, sizeof name, "sa[%d]", (int)getpid());
	const struct str words[] = {STR_LIT("CLIENT"), STR_LIT("SETNAME"),
				    str_make(name, (size_t)len)};
	struct redis_value answer;
	enum status status = redis_link_call(link, WORDS(words), &answer, why);

	return status == STATUS_INVALID ? STATUS_OK : status;
}

/* The layout of the keys is known to us; that of an empty database is. */
static enum status check_version(struct redis_link *link, struct why *why)
{
	const struct str words[] = {STR_LIT("MGET"), STR_LIT("v:DB_VERSION"),
				    STR_LIT("v:TOKEN_FORMAT")};
	struct redis_value answer, version, format;
	uint64_t number = 0;
	enum status status = redis_link_call(link, WORDS(words), &answer, why);

	if (status != STATUS_OK)
		return status;
	version = redis_value_at(&answer, 0);
	format = redis_value_at(&answer, 1);
	if (version.kind == REDIS_NONE || str_eq_c(version.text, "0"))
		return STATUS_OK;
	if (!str_eq_c(version.text, "3"))
		return why_set(why, STATUS_UNSUPPORTED,
			       "databases of version %.*s in Redis are not supported",
			       STR_ARG(version.text));
	if (!number_u64(format.text, &number) || number < 2)
		return why_set(why, STATUS_UNSUPPORTED,
			       "the old format of tokens in Redis is not supported; back it up and "
			       "restore it");
	return STATUS_OK;
}

static enum status connect_anew(struct redis_link *link, struct why *why)
{
	enum status status =
		redis_open(&link->server, deadline_in_ms(REDIS_WAIT_MS), &link->redis, why);

	if (status == STATUS_OK)
		status = authenticate(link, why);
	if (status == STATUS_OK)
		status = tell_name(link, why);
	if (status == STATUS_OK)
		status = check_version(link, why);
	if (status == STATUS_OK)
		return STATUS_OK;
	leave_alone(link, status, why);
	return status;
}

enum status redis_link_ready(struct redis_link *link, struct why *why)
{
	struct why own;

	why = why ? why : &own;
	if (link->redis && redis_is_usable(link->redis))
		return STATUS_OK;
	redis_link_close(link);
	if (link->not_before.at_ms && !deadline_passed(link->not_before)) {
		*why = link->last;
		return why_context(why, "not tried again yet");
	}
	return connect_anew(link, why);
}
