/* libspamc: see libspamc.h. A thin coat over what spamc itself uses. */
#include "spamc/libspamc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/wire/wire.h"
#include "spamc/client.h"
#include "spamc/message.h"
#include "spamc/result.h"

enum { FIELDS_BYTES = 1024, LOG_BYTES = 1024, COPY_BYTES = 65536 };

struct libspamc_private_message {
	int flags;
	void (*spamc_header)(struct message *m, int flags, char *buf, int len);
	void (*spamd_header)(struct message *m, int flags, const char *buf, int len);
};

/* --- log ---------------------------------------------------------------------------------------
 */

/* The one thing that is the process's and not the caller's: the interface knows no other way. */
static void (*log_callback)(int flags, int level, char *msg, va_list args);

void register_libspamc_log_callback(void (*function)(int flags, int level, char *msg, va_list args))
{
	log_callback = function;
}

void libspamc_log(int flags, int level, char *msg, ...)
{
	char text[LOG_BYTES];
	va_list list;

	va_start(list, msg);
	if ((flags & SPAMC_LOG_TO_CALLBACK) && log_callback) {
		log_callback(flags, level, msg, list);
	} else {
		vsnprintf(text, sizeof text, msg, list);
		if (flags & SPAMC_LOG_TO_STDERR)
			fprintf(stderr, "spamc: %s\n", text);
		else
			syslog(level, "%s", text);
	}
	va_end(list);
}

static void say(const struct spamc_args *args, const char *text)
{
	static char format[] = "%s";

	libspamc_log(args->say_flags, LOG_ERR, format, text);
}

/* --- transport ---------------------------------------------------------------------------------
 */

void transport_init(struct transport *tp)
{
	*tp = (struct transport){.type = TRANSPORT_LOCALHOST, .port = WIRE_PORT, .retry_sleep = -1};
}

static int family_of(int flags)
{
	bool four = flags & SPAMC_USE_INET4, six = flags & SPAMC_USE_INET6;

	if (four == six)
		return AF_UNSPEC;
	return four ? AF_INET : AF_INET6;
}

static int look_up(const struct transport *tp, const char *name, struct addrinfo **found_out)
{
	struct addrinfo hints = {.ai_family = family_of(tp->flags), .ai_socktype = SOCK_STREAM};
	char port[8];

	snprintf(port, sizeof port, "%u", (unsigned)tp->port);
	return getaddrinfo(name, port, &hints, found_out);
}

/* Each name of the list is one host. */
static int look_up_list(struct transport *tp)
{
	static char failure[] = "getaddrinfo(%s) failed: %s";
	struct arena *arena = arena_new("libspamc", 0);
	struct str rest = str_from(tp->hostname), name;
	bool try_again = false;

	while (str_split_next(&rest, ',', &name) && tp->nhosts < TRANSPORT_MAX_HOSTS) {
		const char *host = arena_cstr(arena, name);
		int error = look_up(tp, host, &tp->hosts[tp->nhosts]);

		if (error == 0)
			tp->nhosts++;
		else
			libspamc_log(tp->flags, LOG_DEBUG, failure, host, gai_strerror(error));
		try_again |= error == EAI_AGAIN;
	}
	arena_free(arena);
	if (tp->nhosts > 0)
		return EX_OK;
	return try_again ? EX_TEMPFAIL : EX_NOHOST;
}

static void turn_hosts(struct transport *tp)
{
	size_t n = (size_t)tp->nhosts, first = spamc_random_below(n);
	struct addrinfo *turned[TRANSPORT_MAX_HOSTS];

	for (size_t i = 0; i < n; i++)
		turned[i] = tp->hosts[(first + i) % n];
	memcpy(tp->hosts, turned, n * sizeof *turned);
}

static void keep_first(struct transport *tp)
{
	for (; tp->nhosts > 1; tp->nhosts--) {
		freeaddrinfo(tp->hosts[tp->nhosts - 1]);
		tp->hosts[tp->nhosts - 1] = NULL;
	}
}

int transport_setup(struct transport *tp, int flags)
{
	int result;

	tp->flags = flags;
	tp->nhosts = 0;
	switch (tp->type) {
	case TRANSPORT_UNIX:
		return tp->socketpath ? EX_OK : EX_OSERR;
	case TRANSPORT_LOCALHOST:
		if (look_up(tp, NULL, &tp->hosts[0]) != 0)
			return EX_OSERR;
		tp->nhosts = 1;
		return EX_OK;
	case TRANSPORT_TCP:
		result = tp->hostname ? look_up_list(tp) : EX_OSERR;
		if (result == EX_OK && (flags & SPAMC_RANDOMIZE_HOSTS))
			turn_hosts(tp);
		if (!(flags & SPAMC_SAFE_FALLBACK))
			keep_first(tp);
		return result;
	default:
		return EX_OSERR;
	}
}

void transport_cleanup(struct transport *tp)
{
	for (int i = 0; i < tp->nhosts; i++) {
		if (tp->hosts[i])
			freeaddrinfo(tp->hosts[i]);
		tp->hosts[i] = NULL;
	}
	tp->nhosts = 0;
}

static void hosts_of(struct arena *arena, const struct transport *tp, struct spamc_host_vec *out)
{
	for (int i = 0; i < tp->nhosts; i++) {
		struct spamc_host host = {0};

		for (const struct addrinfo *at = tp->hosts[i]; at; at = at->ai_next) {
			struct net_address address = {.len = at->ai_addrlen};

			if (at->ai_addrlen > sizeof address.storage)
				continue;
			memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
			vec_push(arena, &host.addresses, address);
		}
		vec_push(arena, out, host);
	}
}

/* --- options -----------------------------------------------------------------------------------
 */

static unsigned asked_of(int flags)
{
	unsigned asked = 0;

	asked |= flags & SPAMC_CHECK_ONLY ? SPAMC_ASKED_CHECK : 0;
	asked |= flags & SPAMC_SYMBOLS ? SPAMC_ASKED_TESTS : 0;
	asked |= flags & SPAMC_REPORT ? SPAMC_ASKED_REPORT : 0;
	asked |= flags & SPAMC_REPORT_IFSPAM ? SPAMC_ASKED_REPORT_IFSPAM : 0;
	asked |= flags & SPAMC_HEADERS ? SPAMC_ASKED_HEADERS : 0;
	asked |= flags & SPAMC_PING ? SPAMC_ASKED_PING : 0;
	return asked;
}

static unsigned seconds(int value, unsigned if_negative)
{
	return value < 0 ? if_negative : (unsigned)value;
}

static struct spamc_args args_of(const struct transport *tp, const char *username, int flags,
				 const struct message *m)
{
	struct spamc_args args = {
		.asked = asked_of(flags),
		.max_size_bytes = m->max_len,
		.timeout_s = seconds(m->timeout, 0),
		.connect_timeout_s = seconds(m->connect_timeout, 0),
		.connect_retries = seconds(tp->connect_retries, 0),
		.retry_sleep_s = seconds(tp->retry_sleep, 1),
		.filter_retries = seconds(tp->filter_retries, 0),
		.filter_retry_sleep_s = seconds(tp->filter_retry_sleep, 1),
		.safe_fallback = flags & SPAMC_SAFE_FALLBACK,
		.zlib = flags & SPAMC_USE_ZLIB,
		.tls = flags & SPAMC_USE_SSL,
		.tls_cert = tp->ssl_cert_file,
		.tls_key = tp->ssl_key_file,
		.tls_ca_file = tp->ssl_ca_file,
		.tls_ca_path = tp->ssl_ca_path,
		.no_user = username == NULL,
		.say = say,
		.say_flags = flags,
	};

	if (username)
		args.user = str_from(username);
	if (tp->type == TRANSPORT_UNIX || tp->socketpath)
		args.socket_path = str_from(tp->socketpath);
	args.mode = spamc_strongest_mode(args.asked);
	return args;
}

/* --- reading and writing -----------------------------------------------------------------------
 */

static void forget(struct message *m)
{
	m->type = MESSAGE_NONE;
	m->raw = m->pre = m->msg = m->post = m->outbuf = m->out = NULL;
	m->raw_len = m->pre_len = m->msg_len = m->post_len = m->out_len = 0;
	m->content_length = -1;
	m->is_spam = EX_TOOBIG;
	m->score = m->threshold = 0;
}

static int no_memory(int flags)
{
	static char text[] = "out of memory";

	libspamc_log(flags, LOG_ERR, text);
	return EX_OSERR;
}

/* The parts lie in raw, as they always did; the dots of BSMTP are taken off in place. */
static void take_parts(struct message *m, const struct spamc_message *parts)
{
	char *end = m->raw + m->raw_len;

	m->pre = m->raw;
	m->pre_len = (int)parts->before.len;
	m->msg = m->raw + m->pre_len;
	m->msg_len = (int)parts->body.len;
	memcpy(m->msg, parts->body.ptr, parts->body.len);
	m->post_len = (int)parts->after.len;
	m->post = end - m->post_len;
	m->type = m->priv->flags & SPAMC_BSMTP_MODE ? MESSAGE_BSMTP : MESSAGE_RAW;
	m->out = m->msg;
	m->out_len = m->msg_len;
}

static int read_into(struct arena *arena, int fd, struct message *m)
{
	struct spamc_args args = {.max_size_bytes = m->max_len,
				  .bsmtp = m->priv->flags & SPAMC_BSMTP_MODE};
	struct spamc_message parts;
	int result = m->max_len > SPAMC_MAX_MESSAGE_LEN
			     ? EX_USAGE
			     : spamc_message_read(arena, fd, &args, &parts);

	if (result == EX_USAGE || parts.raw.len == 0)
		return result;
	m->raw = malloc(parts.raw.len + 1);
	if (!m->raw)
		return no_memory(m->priv->flags);
	memcpy(m->raw, parts.raw.ptr, parts.raw.len);
	m->raw_len = (int)parts.raw.len;
	m->type = MESSAGE_ERROR;
	if (parts.too_big)
		return EX_TOOBIG;
	if (result == EX_OK)
		take_parts(m, &parts);
	return result;
}

int message_read(int in_fd, int flags, struct message *m)
{
	struct arena *arena;
	int result;

	forget(m);
	m->priv = calloc(1, sizeof *m->priv);
	if (!m->priv)
		return no_memory(flags);
	m->priv->flags = flags;
	if (flags & SPAMC_PING)
		return EX_OK;
	arena = arena_new("libspamc", 0);
	result = read_into(arena, in_fd, m);
	arena_free(arena);
	return result;
}

static long write_all(int fd, const char *data, int len)
{
	struct why why;

	if (len <= 0)
		return 0;
	return fd_write_all(fd, str_make(data, (size_t)len), &why) == STATUS_OK ? len : -1;
}

static long write_bsmtp(int fd, const struct message *m)
{
	struct arena *arena = arena_new("libspamc", 0);
	struct spamc_args args = {.bsmtp = true};
	struct spamc_message parts = {
		.before = str_make(m->pre, (size_t)m->pre_len),
		.after = str_make(m->post, (size_t)m->post_len),
	};
	struct str text =
		spamc_message_wrap(arena, &args, &parts, str_make(m->out, (size_t)m->out_len));
	long written = write_all(fd, text.ptr, (int)text.len);

	arena_free(arena);
	return written;
}

long message_write(int out_fd, struct message *m)
{
	if (m->priv && (m->priv->flags & (SPAMC_CHECK_ONLY | SPAMC_PING)))
		return m->is_spam == EX_ISSPAM || m->is_spam == EX_NOTSPAM
			       ? write_all(out_fd, m->out, m->out_len)
			       : -1;
	switch (m->type) {
	case MESSAGE_ERROR:
		return write_all(out_fd, m->raw, m->raw_len);
	case MESSAGE_RAW:
		return write_all(out_fd, m->out, m->out_len);
	case MESSAGE_BSMTP:
		return write_bsmtp(out_fd, m);
	default:
		return -1;
	}
}

void message_dump(int in_fd, int out_fd, struct message *m, int flags)
{
	static char failure[] = "copying the message failed: %s";
	char block[8192];
	ssize_t n;

	if (m && m->type != MESSAGE_NONE)
		message_write(out_fd, m);
	while ((n = read(in_fd, block, sizeof block)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n > 0 && write_all(out_fd, block, (int)n) >= 0)
			continue;
		libspamc_log(flags, LOG_ERR, failure, strerror(errno));
		return;
	}
}

void message_cleanup(struct message *m)
{
	free(m->outbuf);
	free(m->raw);
	free(m->priv);
	m->priv = NULL;
	forget(m);
}

/* --- transactions ------------------------------------------------------------------------------
 */

static void use_own_text(struct message *m)
{
	free(m->outbuf);
	m->outbuf = NULL;
	m->out = m->msg;
	m->out_len = m->msg_len;
}

static int take_result(struct message *m, struct str text)
{
	m->outbuf = malloc(text.len + 1);
	if (!m->outbuf)
		return EX_OSERR;
	memcpy(m->outbuf, text.ptr ? text.ptr : "", text.len);
	m->outbuf[text.len] = '\0';
	m->out = m->outbuf;
	m->out_len = (int)text.len;
	return EX_OK;
}

static void take_verdict(struct message *m, const struct spamc_args *args,
			 const struct wire_reply *head)
{
	m->content_length = head->has_length ? (int)head->length : -1;
	if (head->has_spam) {
		m->is_spam = head->is_spam ? EX_ISSPAM : EX_NOTSPAM;
		m->score = (float)head->score;
		m->threshold = (float)head->required;
	} else if (args->mode == SPAMC_MODE_PING) {
		m->is_spam = EX_NOTSPAM;
	}
}

static void tell_of_fields(struct arena *arena, struct message *m, int flags,
			   const struct wire_reply *head)
{
	for (size_t i = 0; m->priv->spamd_header && i < head->others.n; i++) {
		const char *line = arena_cstr(arena, head->others.items[i]);

		m->priv->spamd_header(m, flags, line, (int)head->others.items[i].len);
	}
}

/* Ask, and take what the answer says; the text becomes out where there is one. */
static int transact(struct arena *arena, const struct transport *tp, struct spamc_args *args,
		    struct message *m, struct spamc_reply *reply)
{
	char fields[FIELDS_BYTES] = "";
	struct spamc_host_vec hosts = {0};
	struct str message = str_make(m->msg, (size_t)m->msg_len);
	int result;

	use_own_text(m);
	m->is_spam = EX_TOOBIG;
	if (m->priv->spamc_header) {
		m->priv->spamc_header(m, args->say_flags, fields, sizeof fields);
		fields[sizeof fields - 1] = '\0';
		args->more_fields = str_from(fields);
	}
	hosts_of(arena, tp, &hosts);
	if (!args->socket_path.ptr && hosts.n == 0)
		return EX_NOHOST;
	result = spamc_transact(arena, args, &hosts, message, reply);
	if (result)
		return result;
	tell_of_fields(arena, m, args->say_flags, &reply->head);
	take_verdict(m, args, &reply->head);
	if (spamc_mode_tells(args->mode))
		return EX_OK;
	return take_result(m, spamc_result_text(arena, args, message, reply));
}

int message_filter(struct transport *tp, const char *username, int flags, struct message *m)
{
	struct arena *arena = arena_new("libspamc", 0);
	struct spamc_args args = args_of(tp, username, flags, m);
	struct spamc_reply reply = {0};
	int result = transact(arena, tp, &args, m, &reply);

	arena_free(arena);
	return result;
}

static unsigned did_of(const struct wire_reply *head)
{
	return (head->did_set_local ? SPAMC_SET_LOCAL : 0) |
	       (head->did_set_remote ? SPAMC_SET_REMOTE : 0) |
	       (head->did_remove_local ? SPAMC_REMOVE_LOCAL : 0) |
	       (head->did_remove_remote ? SPAMC_REMOVE_REMOTE : 0);
}

int message_tell(struct transport *tp, const char *username, int flags, struct message *m,
		 int msg_class, unsigned int tellflags, unsigned int *didtellflags)
{
	struct arena *arena = arena_new("libspamc", 0);
	struct spamc_args args = args_of(tp, username, flags, m);
	struct spamc_reply reply = {0};
	int result;

	args.mode = SPAMC_MODE_TELL;
	if (msg_class)
		args.tell.message_class = msg_class == SPAMC_MESSAGE_CLASS_SPAM ? "spam" : "ham";
	args.tell.set_local = tellflags & SPAMC_SET_LOCAL;
	args.tell.set_remote = tellflags & SPAMC_SET_REMOTE;
	args.tell.remove_local = tellflags & SPAMC_REMOVE_LOCAL;
	args.tell.remove_remote = tellflags & SPAMC_REMOVE_REMOTE;
	result = transact(arena, tp, &args, m, &reply);
	if (result == EX_OK)
		*didtellflags |= did_of(&reply.head);
	arena_free(arena);
	return result;
}

/* A failure gives the message back, or a score that says nothing. */
static int give_back(struct message *m, int in_fd, int out_fd, int flags, int result)
{
	if (flags & SPAMC_CHECK_ONLY) {
		write_all(out_fd, "0/0\n", 4);
		result = EX_NOTSPAM;
	} else {
		message_dump(in_fd, out_fd, m, flags);
	}
	message_cleanup(m);
	return result;
}

int message_process(struct transport *trans, char *username, int max_size, int in_fd, int out_fd,
		    const int flags)
{
	struct message m = {.max_len = max_size < 0 ? 0 : (unsigned)max_size};
	int result;

	forget(&m);
	if (max_size < 0)
		return give_back(&m, in_fd, out_fd, flags, EX_SOFTWARE);
	result = message_read(in_fd, flags, &m);
	if (result == EX_OK)
		result = message_filter(trans, username, flags, &m);
	if (result != EX_OK)
		return give_back(&m, in_fd, out_fd, flags, result);
	if (message_write(out_fd, &m) < 0)
		result = EX_IOERR;
	else if (m.is_spam != EX_TOOBIG)
		result = m.is_spam;
	message_cleanup(&m);
	return result;
}

int process_message(struct transport *tp, char *username, int max_size, int in_fd, int out_fd,
		    const int check_only, const int safe_fallback)
{
	int flags = SPAMC_RAW_MODE;

	flags |= check_only ? SPAMC_CHECK_ONLY : 0;
	flags |= safe_fallback ? SPAMC_SAFE_FALLBACK : 0;
	return message_process(tp, username, max_size, in_fd, out_fd, flags);
}

void register_spamc_header_callback(const struct message *m,
				    void (*func)(struct message *m, int flags, char *buf, int len))
{
	m->priv->spamc_header = func;
}

void register_spamd_header_callback(const struct message *m,
				    void (*func)(struct message *m, int flags, const char *buf,
						 int len))
{
	m->priv->spamd_header = func;
}
