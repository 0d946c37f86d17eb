/*
 * libspamc: SpamAssassin's client library, by its names, constants and structs: programs written
 *for that one compile and link with this one. What the calls do differently is in
 *doc/deviations.md.
 *
 *	struct transport t; struct message m = {0};
 *	transport_init(&t);   t.type = TRANSPORT_TCP; t.hostname = "a,b"; t.port = 783;
 *	transport_setup(&t, flags);
 *	m.max_len = 512000; m.timeout = m.connect_timeout = 60;
 *	message_read(0, flags, &m); message_filter(&t, user, flags, &m); message_write(1, &m);
 *	message_cleanup(&m); transport_cleanup(&t);
 *
 * Results are EX_ codes of sysexits(3) and those below. Strings and structs stay the caller's; what
 * a message points to is freed by message_cleanup(). Calls on different messages may run at once in
 * several threads, apart from register_libspamc_log_callback(), which is for the whole process.
 */
#ifndef LIBSPAMC_H
#define LIBSPAMC_H 1

#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sysexits.h>
#include <syslog.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SPAMC_HAS_ADDRINFO 1

#define EX_NOTSPAM 0
#define EX_ISSPAM  1
#define EX_TOOBIG  866 /* larger than max_len; or no verdict */

/* --- flags: what to do and how -----------------------------------------------------------------
 */

#define SPAMC_MODE_MASK  1 /* form of the message: */
#define SPAMC_RAW_MODE   0
#define SPAMC_BSMTP_MODE 1

#define SPAMC_USE_INET6        (1 << 31)
#define SPAMC_USE_INET4        (1 << 30)
#define SPAMC_CHECK_ONLY       (1 << 29) /* the score only */
#define SPAMC_SAFE_FALLBACK    (1 << 28) /* other hosts may be tried */
#define SPAMC_USE_SSL          (1 << 27)
#define SPAMC_REPORT           (1 << 26)
#define SPAMC_REPORT_IFSPAM    (1 << 25)
#define SPAMC_SYMBOLS          (1 << 24) /* names of the rules that hit */
#define SPAMC_RANDOMIZE_HOSTS  (1 << 23)
#define SPAMC_LOG_TO_STDERR    (1 << 22) /* otherwise to syslog */
#define SPAMC_LEARN            (1 << 21)
#define SPAMC_REPORT_MSG       (1 << 20)
#define SPAMC_PING             (1 << 19)
#define SPAMC_TLSV1            (1 << 18) /* without effect: TLS 1.2 or later */
#define SPAMC_SSLV3            (1 << 17) /* without effect */
#define SPAMC_USE_ZLIB         (1 << 16)
#define SPAMC_HEADERS          (1 << 15)
#define SPAMC_LOG_TO_CALLBACK  (1 << 14)
#define SPAMC_UNAVAIL_TEMPFAIL (1 << 13) /* spamc's -X */

/* message_tell() */
#define SPAMC_MESSAGE_CLASS_SPAM 1
#define SPAMC_MESSAGE_CLASS_HAM  2
#define SPAMC_SET_LOCAL          1
#define SPAMC_SET_REMOTE         2
#define SPAMC_REMOVE_LOCAL       4
#define SPAMC_REMOVE_REMOTE      8

#define SPAMC_MAX_MESSAGE_LEN (256 * 1024 * 1024)

/* --- the message -------------------------------------------------------------------------------
 */

typedef enum {
	MESSAGE_NONE,  /* nothing was read */
	MESSAGE_ERROR, /* raw is all there is */
	MESSAGE_RAW,
	MESSAGE_BSMTP,
	MAX_MESSAGE_TYPE
} message_type_t;

struct libspamc_private_message;

struct message {
	/* The caller's, before message_read(). */
	unsigned int max_len; /* bytes */
	int timeout;          /* seconds for the answer; 0: none */
	int connect_timeout;  /* seconds for each connection; 0: none */

	/* From message_read(). */
	message_type_t type;
	char *raw;
	int raw_len; /* as read */
	char *pre;
	int pre_len; /* BSMTP: the envelope in front */
	char *msg;
	int msg_len; /* what is sent */
	char *post;
	int post_len; /* BSMTP: the envelope behind */
	int content_length;

	/* From message_filter(). */
	int is_spam; /* EX_ISSPAM, EX_NOTSPAM, EX_TOOBIG */
	float score, threshold;
	char *outbuf;
	char *out;
	int out_len; /* the result, or msg when it failed */

	struct libspamc_private_message *priv;
};

/* --- the server --------------------------------------------------------------------------------
 */

#define TRANSPORT_LOCALHOST 0x01
#define TRANSPORT_TCP       0x02
#define TRANSPORT_UNIX      0x03

#define TRANSPORT_MAX_HOSTS 256

struct transport {
	int type;
	const char *socketpath; /* TRANSPORT_UNIX */
	const char *hostname;   /* TRANSPORT_TCP: names, comma-separated */
	unsigned short port;
	struct addrinfo *hosts[TRANSPORT_MAX_HOSTS]; /* from transport_setup() */
	int nhosts;
	int flags;
	int connect_retries; /* rounds over the hosts; 0: 3, or one for each */
	int retry_sleep;     /* seconds; negative: 1 */
	int filter_retries;  /* of the whole transaction; 0: 1 */
	int filter_retry_sleep;
	/* For SPAMC_USE_SSL, PEM files, or NULL. */
	const char *ssl_cert_file;
	const char *ssl_key_file;
	const char *ssl_ca_file;
	const char *ssl_ca_path;
};

/* Everything empty, this machine, port 783. */
extern void transport_init(struct transport *tp);
/* Looks the hosts up: EX_OK, EX_NOHOST, EX_TEMPFAIL, EX_OSERR. */
extern int transport_setup(struct transport *tp, int flags);
/* Frees what transport_setup() found; the struct stays the caller's. */
extern void transport_cleanup(struct transport *tp);
#define SPAMC_HAS_TRANSPORT_CLEANUP

/* --- the calls ---------------------------------------------------------------------------------
 */

/* EX_OK; EX_TOOBIG (raw has max_len + 1 bytes, the rest is still in in_fd); EX_IOERR; EX_DATAERR:
 * no BSMTP. */
int message_read(int in_fd, int flags, struct message *m);
/* Bytes written, or negative. */
long message_write(int out_fd, struct message *m);
/* One transaction, retries included. EX_OK, or why not; out is msg then. */
int message_filter(struct transport *tp, const char *username, int flags, struct message *m);
/* Learning and reporting; *didtellflags has what was done (SPAMC_SET_, SPAMC_REMOVE_). */
int message_tell(struct transport *tp, const char *username, int flags, struct message *m,
		 int msg_class, unsigned int tellflags, unsigned int *didtellflags);
/* What was read of the message, then the rest of in_fd: all of it as it came. */
void message_dump(int in_fd, int out_fd, struct message *m, int flags);
/* Read, filter, write; on failure dump. EX_ISSPAM, EX_NOTSPAM, EX_OK, or the error. */
int message_process(struct transport *trans, char *username, int max_size, int in_fd, int out_fd,
		    const int flags);
void message_cleanup(struct message *m);
/* Older than message_process(). */
int process_message(struct transport *tp, char *username, int max_size, int in_fd, int out_fd,
		    const int check_only, const int safe_fallback);

/* func writes fields for the request into buf, each with CRLF, NUL-terminated, at most len bytes.
 */
void register_spamc_header_callback(const struct message *m,
				    void (*func)(struct message *m, int flags, char *buf, int len));
/* func hears of the fields of the answer that libspamc does not know. */
void register_spamd_header_callback(const struct message *m,
				    void (*func)(struct message *m, int flags, const char *buf,
						 int len));
/* For SPAMC_LOG_TO_CALLBACK. */
void register_libspamc_log_callback(void (*function)(int flags, int level, char *msg,
						     va_list args));
void libspamc_log(int flags, int level, char *msg, ...);

#ifdef __cplusplus
}
#endif

#endif
