/*
 * args: the command line, with the spelling of Perl spamd 4.0.1 and the habits of its option parser
 * (Getopt::Long with bundling; sa-surface 1.1): short letters combine, long names may be
 * abbreviated and are case-insensitive, words that are no options are ignored.
 */
#ifndef WHORL_SPAMD_ARGS_H
#define WHORL_SPAMD_ARGS_H

#include "lib/base/vec.h"

struct args {
	/* where to listen, and who may come */
	struct str_vec listen; /* "" stands for every address */
	const char *port, *socketpath, *socketowner, *socketgroup, *socketmode;
	struct str_vec allowed_ips;
	bool ipv4_only, ipv6_only;
	char ip_version;      /* '4' or '6': the later of -4 and -6 */
	bool ssl, ssl_verify; /* --ssl-ca-* imply the second, that implies the first */
	const char *ssl_port, *server_cert, *server_key, *ssl_ca_file, *ssl_ca_path;
	/* rules */
	const char *configpath, *siteconfigpath;
	struct str_vec pre, cf;
	bool local;
	/* users */
	const char *username, *groupname, *default_user;
	bool no_user_config, create_prefs, paranoid;
	/* children */
	bool round_robin;
	int min_children, max_children, min_spare, max_spare, max_conn_per_child;
	int timeout_tcp_s, timeout_child_s; /* 0: none */
	/* process */
	bool daemonize;
	const char *pidfile, *spamd_conf;
	const char *syslog, *syslog_socket, *log_timestamp_fmt, *debug;
	bool timing, allow_tell;
	/* do this and end */
	bool help, version, lint;
	/* later versions */
	const char *helper_home_dir, *virtual_config_dir;
	bool sql_config, ldap_config, setuid_with_sql, setuid_with_ldap, vpopmail;
};

enum args_result {
	ARGS_OK,
	ARGS_USAGE,   /* complaints are on stderr; exit status 64 */
	ARGS_REMOVED, /* an option that is gone since long; exit status 2 */
};

/* Strings are those of argv, or copies in keep. */
enum args_result args_parse(struct arena *keep, int argc, char *const *argv, struct args *args_out);

/* The options that this version cannot honour where doing without would be a danger (unencrypted
 * instead of TLS, other preferences than asked for): the first of them, or NULL. */
const char *args_unavailable(const struct args *args);

/* On stdout with -h, on stderr behind complaints. */
void args_print_usage(bool to_stdout);

#endif
