/*
 * args: spamc's command line and spamc.conf, as spamc 4.0.1 spells them (spamc(1);
 * sa-surface 2.1, 2.2).
 */
#ifndef WHORL_SPAMC_ARGS_H
#define WHORL_SPAMC_ARGS_H

#include "lib/base/vec.h"
#include "lib/net/address.h"

enum spamc_mode {
	SPAMC_FILTER,        /* PROCESS */
	SPAMC_HEADERS,       /* --headers: HEADERS, the body joined again here */
	SPAMC_CHECK,         /* -c */
	SPAMC_TESTS,         /* -y */
	SPAMC_REPORT,        /* -R */
	SPAMC_REPORT_IFSPAM, /* -r */
	SPAMC_PING,          /* -K */
	SPAMC_LEARN_SPAM,
	SPAMC_LEARN_HAM,
	SPAMC_FORGET, /* -L */
	SPAMC_REPORT_SPAM,
	SPAMC_REVOKE, /* -C */
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

struct spamc_args {
	enum spamc_mode mode;
	unsigned asked;       /* enum spamc_asked */
	struct str_vec hosts; /* empty: the loopback addresses */
	unsigned port;
	struct str socket_path;
	struct str user; /* ptr NULL: the name of the effective uid */
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
};

/*
 * Reads spamc.conf (or -F FILE) and the command line, the latter winning. 0, or the exit code: 64
 * usage (said on stderr; *usage_out: the help text should follow), 78 configuration file. Strings
 * live in arena or argv.
 */
int spamc_args_read(struct arena *arena, int argc, char **argv, struct spamc_args *args_out,
		    bool *usage_out);

/* Learning and reporting: TELL. */
bool spamc_mode_tells(enum spamc_mode mode);
/* The reply is the message again, so that the message itself is what a failure gives back. */
bool spamc_mode_filters(enum spamc_mode mode);

#endif
