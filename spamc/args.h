/*
 * args: spamc's command line and spamc.conf, as spamc 4.0.1 spells them (spamc(1);
 * sa-surface 2.1, 2.2).
 */
#ifndef WHORL_SPAMC_ARGS_H
#define WHORL_SPAMC_ARGS_H

#include "lib/base/vec.h"
#include "lib/net/address.h"

enum spamc_mode {
	SPAMC_MODE_FILTER,        /* PROCESS */
	SPAMC_MODE_HEADERS,       /* --headers: HEADERS, the body joined again here */
	SPAMC_MODE_CHECK,         /* -c */
	SPAMC_MODE_TESTS,         /* -y */
	SPAMC_MODE_REPORT,        /* -R */
	SPAMC_MODE_REPORT_IFSPAM, /* -r */
	SPAMC_MODE_PING,          /* -K */
	SPAMC_MODE_LEARN_SPAM,
	SPAMC_MODE_LEARN_HAM,
	SPAMC_MODE_FORGET, /* -L */
	SPAMC_MODE_REPORT_SPAM,
	SPAMC_MODE_REVOKE, /* -C */
	SPAMC_MODE_TELL,   /* what spamc_args.tell says (libspamc) */
};

/* What the options asked for; the strongest is the mode, the rest shape what is printed. */
enum spamc_asked {
	SPAMC_ASKED_CHECK = 1,
	SPAMC_ASKED_TESTS = 2,
	SPAMC_ASKED_REPORT = 4,
	SPAMC_ASKED_REPORT_IFSPAM = 8,
	SPAMC_ASKED_HEADERS = 16,
	SPAMC_ASKED_PING = 32,
	SPAMC_ASKED_LEARN = 64,
	SPAMC_ASKED_TELL = 128, /* -C */
};

enum {
	SPAMC_MAX_SIZE_DEFAULT = 500 * 1024,
	SPAMC_MAX_HOSTS = 256,
	SPAMC_MAX_SIZE_LIMIT = 256 * 1024 * 1024,
	EXIT_IS_SPAM = 1,
	EXIT_TOO_BIG = 98, /* of -L only; otherwise such a message goes through with 0 */
};

/* TELL in full: what libspamc's callers may combine. */
struct spamc_tell {
	const char *message_class; /* "spam", "ham", or NULL */
	bool set_local, set_remote, remove_local, remove_remote;
};

struct spamc_args {
	enum spamc_mode mode;
	unsigned asked;       /* enum spamc_asked */
	struct str_vec hosts; /* empty: the loopback addresses */
	unsigned port;
	struct str socket_path;
	struct str user; /* ptr NULL: the name of the effective uid */
	bool no_user;    /* not even that (libspamc) */
	size_t max_size_bytes;
	unsigned timeout_s, connect_timeout_s; /* 0: none */
	unsigned connect_retries;              /* 0: nobody said */
	unsigned retry_sleep_s, filter_retries, filter_retry_sleep_s;
	enum net_family family;
	bool exit_code, bsmtp, safe_fallback, unavailable_tempfail, randomize, log_to_stderr, zlib;
	bool tls;
	const char *tls_cert, *tls_key, *tls_ca_file, *tls_ca_path; /* or NULL */
	char **pipe_to;                                             /* -e: its argv, or NULL */
	bool show_help, show_version;
	struct spamc_tell tell;
	struct str more_fields; /* lines to add to the request's head, each with CRLF */
	/* Takes what spamc_say() says; NULL: standard error or syslog. */
	void (*say)(const struct spamc_args *args, const char *text);
	int say_flags; /* for say */
};

/*
 * Reads spamc.conf (or -F FILE) and the command line, the latter winning. 0, or the exit code: 64
 * usage (said on stderr; *usage_out: the help text should follow), 78 configuration file. Strings
 * live in arena or argv.
 */
int spamc_args_read(struct arena *arena, int argc, char **argv, struct spamc_args *args_out,
		    bool *usage_out);

/* The mode of several things asked for (enum spamc_asked), other than learning and reporting. */
enum spamc_mode spamc_strongest_mode(unsigned asked);
/* Learning and reporting: TELL. */
bool spamc_mode_tells(enum spamc_mode mode);

#endif
