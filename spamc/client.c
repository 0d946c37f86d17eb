#include "spamc/client.h"

#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/random.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "lib/net/socket.h"
#include "lib/base/inflate.h"
#include "lib/wire/request.h"

enum {
	REPLY_EXTRA_BYTES = 1 << 20, /* what a reply may have beyond the largest message */
	READ_BYTES = 65536,
};

void spamc_say(const struct spamc_args *args, const char *format, ...)
{
	char text[1024];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	if (args->log_to_stderr)
		fprintf(stderr, "spamc: %s\n", text);
	else
		syslog(LOG_ERR, "%s", text);
}

/* --- the request --- */

static enum wire_verb verb_of(enum spamc_mode mode)
{
	switch (mode) {
	case SPAMC_FILTER:
		return WIRE_VERB_PROCESS;
	case SPAMC_HEADERS:
		return WIRE_VERB_HEADERS;
	case SPAMC_CHECK:
		return WIRE_VERB_CHECK;
	case SPAMC_TESTS:
		return WIRE_VERB_SYMBOLS;
	case SPAMC_REPORT:
		return WIRE_VERB_REPORT;
	case SPAMC_REPORT_IFSPAM:
		return WIRE_VERB_REPORT_IFSPAM;
	case SPAMC_PING:
		return WIRE_VERB_PING;
	default:
		return WIRE_VERB_TELL;
	}
}

static void fill_tell(struct wire_request *request, enum spamc_mode mode)
{
	switch (mode) {
	case SPAMC_LEARN_SPAM:
		request->message_class = STR_LIT("spam");
		request->set_local = true;
		break;
	case SPAMC_LEARN_HAM:
		request->message_class = STR_LIT("ham");
		request->set_local = true;
		break;
	case SPAMC_FORGET:
		request->remove_local = true;
		break;
	case SPAMC_REPORT_SPAM:
		request->message_class = STR_LIT("spam");
		request->set_local = request->set_remote = true;
		break;
	case SPAMC_REVOKE:
		request->message_class = STR_LIT("ham");
		request->set_local = request->remove_remote = true;
		break;
	default:
		break;
	}
}

static struct str user_name(struct arena *arena, const struct spamc_args *args)
{
	struct passwd *entry;

	if (args->user.ptr)
		return args->user;
	entry = getpwuid(geteuid());
	return entry ? arena_str(arena, str_from(entry->pw_name)) : STR_NONE;
}

/* Head and body in one buffer, so that they leave in one write where the kernel lets them. */
static enum status build_request(struct arena *arena, const struct spamc_args *args,
				 struct str message, struct buf *out, struct why *why)
{
	struct wire_request request = {.verb = verb_of(args->mode)};
	struct buf packed;
	enum status status;

	buf_init(&packed, arena);
	if (args->mode != SPAMC_PING) {
		request.user = user_name(arena, args);
		request.has_user = request.user.ptr != NULL;
		request.has_length = true;
		fill_tell(&request, args->mode);
	}
	if (args->zlib && args->mode != SPAMC_PING && !spamc_mode_tells(args->mode)) {
		status = zlib_deflate(message, &packed, why);
		if (status != STATUS_OK)
			return status;
		request.zlib = true;
		message = buf_str(&packed);
	}
	request.length = message.len;
	buf_reserve(out, message.len + 1024);
	wire_request_write(out, &request);
	buf_add_str(out, message);
	return STATUS_OK;
}

/* --- the server --- */

static int connect_code(const struct why *why)
{
	switch (why->saved_errno) {
	case EACCES:
	case EPERM:
		return WIRE_NOPERM;
	case ECONNREFUSED:
	case ETIMEDOUT:
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EHOSTDOWN:
	case EINPROGRESS:
	case EALREADY:
		return WIRE_UNAVAILABLE;
	default:
		return why->status == STATUS_TIMEOUT ? WIRE_UNAVAILABLE : WIRE_SOFTWARE;
	}
}

static struct deadline connect_deadline(const struct spamc_args *args)
{
	return deadline_in_ms((int64_t)args->connect_timeout_s * 1000);
}

static int connect_unix(const struct spamc_args *args, struct conn *conn)
{
	struct net_address address;
	struct why why = {0};

	if (address_unix(args->socket_path, &address, &why) == STATUS_OK &&
	    net_connect_address(&address, connect_deadline(args), conn, &why) == STATUS_OK)
		return 0;
	spamc_say(args, "connect(AF_UNIX) to spamd using --socket='%.*s' failed: %s",
		  STR_ARG(args->socket_path), why.text);
	return connect_code(&why);
}

/* Addresses of all hosts in order; with -x only the first host counts. */
static int find_addresses(struct arena *arena, const struct spamc_args *args,
			  struct net_address_vec *out)
{
	struct str names = str_vec_join(arena, &args->hosts, ", ");
	size_t n_hosts = args->safe_fallback ? args->hosts.n : 1;

	for (size_t i = 0; i < n_hosts; i++) {
		struct net_address_vec found = {0};
		const char *host = arena_cstr(arena, args->hosts.items[i]);
		struct why why;

		if (address_resolve(arena, host, args->port, args->family, &found, &why) !=
		    STATUS_OK) {
			spamc_say(args, "getaddrinfo(%s) failed: %s", host, why.text);
			if (why.status == STATUS_TIMEOUT && n_hosts == 1)
				return WIRE_TEMPFAIL;
			continue;
		}
		for (size_t n = 0; n < found.n; n++)
			vec_push(arena, out, found.items[n]);
	}
	if (out->n == 0) {
		spamc_say(args, "could not resolve any hosts (%.*s): no such host", STR_ARG(names));
		return WIRE_NOHOST;
	}
	return 0;
}

static size_t first_address(const struct spamc_args *args, size_t n_addresses)
{
	unsigned word = 0;

	if (!args->randomize || getrandom(&word, sizeof word, 0) != (ssize_t)sizeof word)
		return 0;
	return word % n_addresses;
}

static void sleep_s(unsigned seconds)
{
	struct timespec left = {.tv_sec = (time_t)seconds};

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

static int connect_tcp(const struct spamc_args *args, const struct net_address_vec *addresses,
		       struct conn *conn)
{
	unsigned tries = args->connect_retries ? args->connect_retries : 3;
	size_t first = first_address(args, addresses->n);
	struct why why = {0};

	if (args->safe_fallback && tries < addresses->n)
		tries = (unsigned)addresses->n; /* every server gets its chance */
	for (unsigned n = 0; n < tries; n++) {
		const struct net_address *address = &addresses->items[(first + n) % addresses->n];
		char text[ADDRESS_TEXT_BYTES];

		if (net_connect_address(address, connect_deadline(args), conn, &why) == STATUS_OK)
			return 0;
		address_format(address, text);
		spamc_say(args, "connect to spamd on %s failed, retrying (#%u of %u): %s", text,
			  n + 1, tries, why.text);
		if (n + 1 < tries)
			sleep_s(args->retry_sleep_s);
	}
	spamc_say(args, "connection attempt to spamd aborted after %u retries", tries);
	return connect_code(&why);
}

/* --- the answer --- */

struct exchange {
	struct arena *arena;
	const struct spamc_args *args;
	struct conn *conn;
	struct deadline deadline;
	struct buf in;
	size_t used;
	bool at_end;
	struct wire_reply_reader reader;
};

static int read_some(struct exchange *x)
{
	struct why why;
	size_t n;
	char *room = buf_reserve(&x->in, READ_BYTES);

	if (conn_read(x->conn, room, READ_BYTES, &n, x->deadline, &why) != STATUS_OK) {
		spamc_say(x->args, "reading from spamd failed: %s", why.text);
		return WIRE_IOERR;
	}
	buf_commit(&x->in, n);
	x->at_end = n == 0;
	if (x->in.len > x->args->max_size_bytes + REPLY_EXTRA_BYTES)
		return WIRE_TEMPFAIL;
	return 0;
}

/* An error and a PONG are one line; what has fields is read up to the empty line. */
static bool is_one_line(const struct exchange *x)
{
	return x->reader.reply.code != 0 || x->args->mode == SPAMC_PING;
}

static int read_head(struct exchange *x)
{
	for (;;) {
		size_t used;
		enum wire_progress progress = wire_reply_read(
			&x->reader, str_from_at(buf_str(&x->in), x->used), x->at_end, &used);
		int result;

		x->used += used;
		if (progress == WIRE_GOT_HEAD || (progress == WIRE_GOT_LINE && is_one_line(x)))
			return 0;
		if (progress == WIRE_GOT_LINE)
			continue;
		if (progress == WIRE_FAULT) {
			spamc_say(x->args, "bad response from spamd: %.*s",
				  STR_ARG(x->reader.fault));
			return x->in.len == 0 || x->at_end ? WIRE_IOERR : WIRE_PROTOCOL;
		}
		result = read_some(x);
		if (result)
			return result;
	}
}

static int read_body(struct exchange *x, struct str *body_out)
{
	const struct wire_reply *head = &x->reader.reply;

	while (!x->at_end && !(head->has_length && x->in.len - x->used >= head->length)) {
		int result = read_some(x);

		if (result)
			return result;
	}
	*body_out = str_from_at(buf_str(&x->in), x->used);
	if (!head->has_length)
		return 0;
	if (body_out->len < head->length) {
		spamc_say(x->args, "failed sanity check, %llu bytes claimed, %zu bytes seen",
			  (unsigned long long)head->length, body_out->len);
		return WIRE_PROTOCOL;
	}
	*body_out = str_sub(*body_out, 0, head->length);
	return 0;
}

static int exchange_run(struct exchange *x, struct str request, struct spamc_reply *reply_out)
{
	struct why why;
	enum status status = conn_write_all(x->conn, request, x->deadline, &why);
	int result;

	/* A server that refuses answers before it has read all: the answer tells more than the
	 * broken pipe. */
	if (status != STATUS_OK && status != STATUS_CLOSED) {
		spamc_say(x->args, "writing to spamd failed: %s", why.text);
		return WIRE_IOERR;
	}
	conn_half_close(x->conn);
	result = read_head(x);
	if (result)
		return result;
	reply_out->head = x->reader.reply;
	if (reply_out->head.code) {
		spamc_say(x->args, "spamd answered: %.*s", STR_ARG(reply_out->head.status_line));
		return reply_out->head.code >= WIRE_USAGE && reply_out->head.code <= WIRE_TIMEOUT
			       ? reply_out->head.code
			       : WIRE_PROTOCOL;
	}
	if (x->args->mode == SPAMC_PING || spamc_mode_tells(x->args->mode))
		return 0;
	if (!reply_out->head.has_spam)
		return WIRE_PROTOCOL;
	return read_body(x, &reply_out->body);
}

static int transact_once(struct arena *arena, const struct spamc_args *args,
			 const struct net_address_vec *addresses, struct str request,
			 struct spamc_reply *reply_out)
{
	struct exchange x = {.arena = arena, .args = args};
	struct conn conn;
	int result = args->socket_path.len ? connect_unix(args, &conn)
					   : connect_tcp(args, addresses, &conn);

	if (result)
		return result;
	x.conn = &conn;
	x.deadline = deadline_in_ms((int64_t)args->timeout_s * 1000);
	buf_init(&x.in, arena);
	wire_reply_reader_init(&x.reader, arena);
	result = exchange_run(&x, request, reply_out);
	conn_close(&conn);
	return result;
}

int spamc_transact(struct arena *arena, const struct spamc_args *args, struct str message,
		   struct spamc_reply *reply_out)
{
	unsigned tries = args->filter_retries ? args->filter_retries : 1;
	struct net_address_vec addresses = {0};
	struct buf request;
	struct why why;
	int result = 0;

	buf_init(&request, arena);
	if (build_request(arena, args, message, &request, &why) != STATUS_OK) {
		spamc_say(args, "%s", why.text);
		return WIRE_OSERR;
	}
	if (args->socket_path.len == 0)
		result = find_addresses(arena, args, &addresses);
	for (unsigned n = 0; n < tries && result == 0; n++) {
		if (n > 0)
			sleep_s(args->filter_retry_sleep_s);
		result = transact_once(arena, args, &addresses, buf_str(&request), reply_out);
		if (result == 0 || (result != WIRE_IOERR && result != WIRE_PROTOCOL))
			break;
		if (n + 1 < tries)
			result = 0;
	}
	return result;
}
