#include "spamc/client.h"

#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/random.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "lib/net/tls.h"
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
	if (args->say)
		args->say(args, text);
	else if (args->log_to_stderr)
		fprintf(stderr, "spamc: %s\n", text);
	else
		syslog(LOG_ERR, "%s", text);
}

/* --- the request --- */

static enum wire_verb verb_of(enum spamc_mode mode)
{
	switch (mode) {
	case SPAMC_MODE_FILTER:
		return WIRE_VERB_PROCESS;
	case SPAMC_MODE_HEADERS:
		return WIRE_VERB_HEADERS;
	case SPAMC_MODE_CHECK:
		return WIRE_VERB_CHECK;
	case SPAMC_MODE_TESTS:
		return WIRE_VERB_SYMBOLS;
	case SPAMC_MODE_REPORT:
		return WIRE_VERB_REPORT;
	case SPAMC_MODE_REPORT_IFSPAM:
		return WIRE_VERB_REPORT_IFSPAM;
	case SPAMC_MODE_PING:
		return WIRE_VERB_PING;
	default:
		return WIRE_VERB_TELL;
	}
}

static void fill_tell(struct wire_request *request, const struct spamc_args *args)
{
	const struct spamc_tell *tell = &args->tell;

	switch (args->mode) {
	case SPAMC_MODE_TELL:
		if (tell->message_class)
			request->message_class = str_from(tell->message_class);
		request->set_local = tell->set_local;
		request->set_remote = tell->set_remote;
		request->remove_local = tell->remove_local;
		request->remove_remote = tell->remove_remote;
		break;
	case SPAMC_MODE_LEARN_SPAM:
		request->message_class = STR_LIT("spam");
		request->set_local = true;
		break;
	case SPAMC_MODE_LEARN_HAM:
		request->message_class = STR_LIT("ham");
		request->set_local = true;
		break;
	case SPAMC_MODE_FORGET:
		request->remove_local = true;
		break;
	case SPAMC_MODE_REPORT_SPAM:
		request->message_class = STR_LIT("spam");
		request->set_local = request->set_remote = true;
		break;
	case SPAMC_MODE_REVOKE:
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

	if (args->user.ptr || args->no_user)
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
	if (args->mode != SPAMC_MODE_PING) {
		request.user = user_name(arena, args);
		request.has_user = request.user.ptr != NULL;
		request.has_length = true;
		fill_tell(&request, args);
	}
	if (args->zlib && args->mode != SPAMC_MODE_PING && !spamc_mode_tells(args->mode)) {
		status = zlib_deflate(message, &packed, why);
		if (status != STATUS_OK)
			return status;
		request.zlib = true;
		message = buf_str(&packed);
	}
	request.length = message.len;
	buf_reserve(out, message.len + 1024);
	wire_request_write(out, &request);
	if (args->more_fields.len > 0) {
		buf_truncate(out, out->len - strlen("\r\n"));
		buf_add_str(out, args->more_fields);
		buf_add_cstr(out, "\r\n");
	}
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

static struct deadline answer_deadline(const struct spamc_args *args)
{
	return deadline_in_ms((int64_t)args->timeout_s * 1000);
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

/* The loopback addresses, without asking anybody. */
static void add_loopback(struct arena *arena, const struct spamc_args *args,
			 struct spamc_host_vec *hosts)
{
	static const char *const names[] = {"::1", "127.0.0.1"};
	struct spamc_host host = {0};

	for (size_t i = 0; i < 2; i++) {
		struct net_address_vec found;
		struct why why;

		if (address_resolve(arena, names[i], args->port, args->family, &found, &why) ==
		    STATUS_OK)
			vec_push(arena, &host.addresses, found.items[0]);
	}
	if (host.addresses.n > 0)
		vec_push(arena, hosts, host);
}

/* A random number below n; 0 when the system has none to give. */
size_t spamc_random_below(size_t n)
{
	uint32_t word = 0;

	if (getrandom(&word, sizeof word, 0) != (ssize_t)sizeof word)
		return 0;
	return word % n;
}

/* Begins with any of the hosts and, in each, with any of its addresses. */
static void turn_hosts(struct arena *arena, struct spamc_host_vec *hosts)
{
	struct spamc_host_vec turned = {0};
	size_t first = spamc_random_below(hosts->n);

	for (size_t i = 0; i < hosts->n; i++) {
		const struct net_address_vec *from =
			&hosts->items[(first + i) % hosts->n].addresses;
		size_t start = spamc_random_below(from->n);
		struct spamc_host host = {0};

		for (size_t n = 0; n < from->n; n++)
			vec_push(arena, &host.addresses, from->items[(start + n) % from->n]);
		vec_push(arena, &turned, host);
	}
	*hosts = turned;
}

/* Several names and no address: "try again" beats "no such host". */
static int resolve_hosts(struct arena *arena, const struct spamc_args *args,
			 struct spamc_host_vec *hosts)
{
	bool try_again = false;

	for (size_t i = 0; i < args->hosts.n && hosts->n < SPAMC_MAX_HOSTS; i++) {
		const char *name = arena_cstr(arena, args->hosts.items[i]);
		struct spamc_host host = {0};
		struct why why;

		if (address_resolve(arena, name, args->port, args->family, &host.addresses, &why) ==
		    STATUS_OK)
			vec_push(arena, hosts, host);
		else
			spamc_say(args, "getaddrinfo(%s) failed: %s", name, why.text);
		try_again |= host.addresses.n == 0 && why.status == STATUS_TIMEOUT;
	}
	if (hosts->n > 0)
		return 0;
	spamc_say(args, "could not resolve any hosts (%.*s): %s",
		  STR_ARG(str_vec_join(arena, &args->hosts, ",")),
		  try_again ? "a temporary error occurred" : "no such host");
	return try_again ? WIRE_TEMPFAIL : WIRE_NOHOST;
}

int spamc_find_hosts(struct arena *arena, const struct spamc_args *args,
		     struct spamc_host_vec *hosts_out)
{
	int result = 0;

	*hosts_out = (struct spamc_host_vec){0};
	if (args->socket_path.ptr)
		return 0;
	if (args->hosts.n == 0)
		add_loopback(arena, args, hosts_out);
	else
		result = resolve_hosts(arena, args, hosts_out);
	if (result == 0 && hosts_out->n == 0)
		return WIRE_OSERR;
	if (args->randomize && args->hosts.n > 0 && result == 0)
		turn_hosts(arena, hosts_out);
	if (!args->safe_fallback && hosts_out->n > 1)
		hosts_out->n = 1;
	return result;
}

static void sleep_s(unsigned seconds)
{
	struct timespec left = {.tv_sec = (time_t)seconds};

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

/* Each address of a host in turn. */
static enum status connect_host(const struct spamc_args *args, const struct spamc_host *host,
				struct conn *conn, struct why *why)
{
	enum status status = STATUS_NOT_FOUND;

	for (size_t i = 0; i < host->addresses.n && status != STATUS_OK; i++) {
		char text[ADDRESS_TEXT_BYTES];

		address_format(&host->addresses.items[i], text);
		if (strcmp(text, "255.255.255.255") == 0) /* fails always; for tests */
			status = why_set(why, STATUS_IO, "a broadcast address");
		else
			status = net_connect_address(&host->addresses.items[i],
						     connect_deadline(args), conn, why);
		if (status != STATUS_OK)
			spamc_say(args, "connect to spamd on %s failed: %s", text, why->text);
	}
	return status;
}

/* Rounds over the hosts, beginning with host number first. */
static int connect_tcp(const struct spamc_args *args, const struct spamc_host_vec *hosts,
		       size_t first, struct conn *conn)
{
	unsigned rounds = args->connect_retries;
	struct why why = {0};

	if (rounds == 0) /* nobody said how many: every server gets its chance */
		rounds = hosts->n > 3 ? (unsigned)hosts->n : 3;
	for (unsigned n = 0; n < rounds; n++) {
		if (connect_host(args, &hosts->items[(first + n) % hosts->n], conn, &why) ==
		    STATUS_OK)
			return 0;
		/* The next server may be there: do not keep the mail waiting. */
		if (n + 1 < rounds && !(why.saved_errno == ECONNREFUSED && n + 1 < hosts->n))
			sleep_s(args->retry_sleep_s);
	}
	spamc_say(args, "connection attempt to spamd aborted after %u retries", rounds);
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
	return x->reader.reply.code != 0 || x->args->mode == SPAMC_MODE_PING;
}

static int read_head(struct exchange *x)
{
	for (;;) {
		size_t used;
		enum wire_progress progress = wire_reply_read(
			&x->reader, str_from_at(buf_str(&x->in), x->used), false, &used);
		int result;

		x->used += used;
		if (progress == WIRE_GOT_HEAD || (progress == WIRE_GOT_LINE && is_one_line(x)))
			return 0;
		if (progress == WIRE_GOT_LINE)
			continue;
		if (progress == WIRE_FAULT) {
			spamc_say(x->args, "bad response from spamd: %.*s",
				  STR_ARG(x->reader.fault));
			return WIRE_PROTOCOL;
		}
		if (x->at_end) {
			spamc_say(x->args, "the answer of spamd ends in its header");
			return WIRE_IOERR;
		}
		result = read_some(x);
		if (result)
			return result;
	}
}

/*
 * Up to the end of the stream, for more than the length is as wrong as less. A connection that
 * breaks when all is there has done no harm.
 */
static int read_body(struct exchange *x, struct str *body_out)
{
	const struct wire_reply *head = &x->reader.reply;

	if (!head->has_length)
		return WIRE_PROTOCOL;
	while (!x->at_end) {
		bool whole = x->in.len - x->used == head->length;
		int result = read_some(x);

		if (result && whole)
			break;
		if (result)
			return result;
	}
	*body_out = str_from_at(buf_str(&x->in), x->used);
	if (body_out->len == head->length)
		return 0;
	spamc_say(x->args, "failed sanity check, %llu bytes claimed, %zu bytes seen",
		  (unsigned long long)head->length, body_out->len);
	return WIRE_PROTOCOL;
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
	if (x->args->mode == SPAMC_MODE_PING)
		return 0;
	if (reply_out->head.code) {
		spamc_say(x->args, "spamd answered: %.*s", STR_ARG(reply_out->head.status_line));
		return reply_out->head.code >= WIRE_USAGE && reply_out->head.code <= WIRE_TIMEOUT
			       ? reply_out->head.code
			       : WIRE_PROTOCOL;
	}
	if (spamc_mode_tells(x->args->mode))
		return 0;
	if (x->args->mode == SPAMC_MODE_CHECK)
		return reply_out->head.has_spam ? 0 : WIRE_PROTOCOL;
	return read_body(x, &reply_out->body);
}

/* Where the server is and how it is spoken to. */
struct route {
	const struct spamc_host_vec *hosts;
	size_t first;            /* of hosts */
	struct tls_context *tls; /* or NULL */
};

static int open_tls(const struct spamc_args *args, struct tls_context **context_out)
{
	struct tls_settings settings = {
		.cert_file = args->tls_cert,
		.key_file = args->tls_key,
		.ca_file = args->tls_ca_file,
		.ca_path = args->tls_ca_path,
		.verify = args->tls_ca_file || args->tls_ca_path,
	};
	struct why why;

	*context_out = NULL;
	if (!args->tls || tls_client_context(&settings, context_out, &why) == STATUS_OK)
		return 0;
	spamc_say(args, "%s", why.text);
	return WIRE_OSERR;
}

static int open_route(const struct spamc_args *args, const struct route *route, struct conn *conn)
{
	struct why why;
	int result = args->socket_path.ptr ? connect_unix(args, conn)
					   : connect_tcp(args, route->hosts, route->first, conn);

	if (result || !route->tls)
		return result;
	if (tls_connect(route->tls, conn, NULL, answer_deadline(args), &why) == STATUS_OK)
		return 0;
	spamc_say(args, "TLS with spamd failed: %s", why.text);
	conn_close(conn);
	return WIRE_UNAVAILABLE;
}

static int transact_once(struct arena *arena, const struct spamc_args *args,
			 const struct route *route, struct str request,
			 struct spamc_reply *reply_out)
{
	struct exchange x = {.arena = arena, .args = args};
	struct conn conn;
	int result = open_route(args, route, &conn);

	if (result)
		return result;
	x.conn = &conn;
	x.deadline = answer_deadline(args);
	buf_init(&x.in, arena);
	wire_reply_reader_init(&x.reader, arena);
	result = exchange_run(&x, request, reply_out);
	conn_close(&conn);
	return result;
}

/* As often as --filter-retries says, each time beginning with the next server. */
static int transact_by(struct arena *arena, const struct spamc_args *args, struct route *route,
		       struct str request, struct spamc_reply *reply_out)
{
	unsigned tries = args->filter_retries ? args->filter_retries : 1;
	int result = WIRE_IOERR;

	for (; route->first < tries; route->first++) {
		if (route->first > 0)
			sleep_s(args->filter_retry_sleep_s);
		result = transact_once(arena, args, route, request, reply_out);
		if (result != WIRE_IOERR && result != WIRE_PROTOCOL)
			break;
	}
	return result;
}

int spamc_transact(struct arena *arena, const struct spamc_args *args,
		   const struct spamc_host_vec *hosts, struct str message,
		   struct spamc_reply *reply_out)
{
	struct route route = {.hosts = hosts};
	struct buf request;
	struct why why;
	int result;

	buf_init(&request, arena);
	if (build_request(arena, args, message, &request, &why) != STATUS_OK) {
		spamc_say(args, "%s", why.text);
		return WIRE_OSERR;
	}
	result = open_tls(args, &route.tls);
	if (result == 0)
		result = transact_by(arena, args, &route, buf_str(&request), reply_out);
	if (route.tls)
		tls_context_free(route.tls);
	return result;
}
