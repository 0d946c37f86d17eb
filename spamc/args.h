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

enum {
	SPAMC_MAX_SIZE_DEFAULT = 500 * 1024,
	SPAMC_MAX_SIZE_LIMIT = 256 * 1024 * 1024,
	EXIT_IS_SPAM = 1,
	EXIT_TOO_BIG = 98, /* of -L only; otherwise such a message goes through with 0 */
};

struct spamc_args {
	enum spamc_mode mode;
	struct str_vec hosts;
	unsigned port;
	struct str socket_path;
	struct str user; /* ptr NULL: the name of the effective uid */
	size_t max_size_bytes;
	unsigned timeout_s, connect_timeout_s; /* 0: none */
	unsigned connect_retries, retry_sleep_s, filter_retries, filter_retry_sleep_s;
	enum net_family family;
	bool exit_code, bsmtp, safe_fallback, unavailable_tempfail, randomize, log_to_stderr, zlib;
	char **pipe_to; /* -e: its argv, or NULL */
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
