/* args: see args.h. */
#include <config.h> /* not ours: the one that configure makes */

#include "spamd/args.h"

#include <stdio.h>

#include "lib/base/file.h"
#include "lib/base/options.h"

#define FIELD(name) offsetof(struct args, name)

static const struct option_def options[] = {
	{"listen|listen-ip|ip-address|i", OPTION_MAY_LIST, FIELD(listen),
	 "[ssl:][HOST|IP|*][:PORT] or /PATH  where to listen (repeatable; default: localhost)"},
	{"port|p", OPTION_STRING, FIELD(port), "PORT  default TCP port (783)"},
	{"4|ipv4only|ipv4-only|ipv4", OPTION_LETTER, FIELD(ip_version), " IPv4 only"},
	{"6", OPTION_LETTER, FIELD(ip_version), " IPv6 only"},
	{"socketpath", OPTION_STRING, FIELD(socketpath), "PATH  listen on a Unix socket"},
	{"socketowner", OPTION_STRING, FIELD(socketowner), "USER  owner of the Unix socket"},
	{"socketgroup", OPTION_STRING, FIELD(socketgroup), "GROUP  group of the Unix socket"},
	{"socketmode", OPTION_STRING, FIELD(socketmode), "OCTAL  mode of the Unix socket (0666)"},
	{"allowed-ips|A", OPTION_LIST, FIELD(allowed_ips),
	 "NET,...  who may connect (repeatable; default: 127.0.0.1,::1)"},
	{"ssl", OPTION_SET, FIELD(ssl), " TLS on all TCP listeners"},
	{"ssl-port", OPTION_STRING, FIELD(ssl_port), "PORT  default port of TLS listeners"},
	{"server-cert", OPTION_STRING, FIELD(server_cert), "FILE  certificate (chain), PEM"},
	{"server-key", OPTION_STRING, FIELD(server_key), "FILE  its private key, PEM"},
	{"ssl-verify", OPTION_SET, FIELD(ssl_verify), " insist on a certificate of the client"},
	{"ssl-ca-file", OPTION_STRING, FIELD(ssl_ca_file),
	 "FILE  who may issue clients' certificates"},
	{"ssl-ca-path", OPTION_STRING, FIELD(ssl_ca_path), "DIR  the same, a directory"},
	{"configpath|C", OPTION_STRING, FIELD(configpath), "PATH  directory of the stock rules"},
	{"siteconfigpath", OPTION_STRING, FIELD(siteconfigpath),
	 "PATH  directory of the site's rules"},
	{"pre", OPTION_LIST, FIELD(pre), "LINE  configuration line in front of all others"},
	{"cf", OPTION_LIST, FIELD(cf), "LINE  configuration line behind all others"},
	{"local|L", OPTION_SWITCH, FIELD(local), " no network tests"},
	{"username|u", OPTION_STRING, FIELD(username), "USER  run children as USER"},
	{"groupname|g", OPTION_STRING, FIELD(groupname), "GROUP  run children in GROUP"},
	{"default-user|U", OPTION_STRING, FIELD(default_user),
	 "USER  for requests without a usable user when running as root (nobody)"},
	{"nouser-config|x", OPTION_SET, FIELD(no_user_config), " read no preferences of users"},
	{"user-config", OPTION_CLEAR, FIELD(no_user_config), " undo -x"},
	{"create-prefs|c", OPTION_SWITCH, FIELD(create_prefs),
	 " create preferences from the template"},
	{"paranoid|P", OPTION_SWITCH, FIELD(paranoid), " close when a user is unknown"},
	{"round-robin", OPTION_SWITCH, FIELD(round_robin),
	 " start all children, each accepts by itself"},
	{"min-children", OPTION_INT, FIELD(min_children), "N  at least so many children (1)"},
	{"max-children|m", OPTION_INT, FIELD(max_children), "N  at most so many children (5)"},
	{"min-spare", OPTION_INT, FIELD(min_spare), "N  idle children, at least (1)"},
	{"max-spare", OPTION_INT, FIELD(max_spare), "N  idle children, at most (2)"},
	{"max-conn-per-child", OPTION_INT, FIELD(max_conn_per_child),
	 "N  connections until a child is replaced (200)"},
	{"timeout-tcp|T", OPTION_INT, FIELD(timeout_tcp_s),
	 "N  seconds for the first line (30; 0: any)"},
	{"timeout-child|t", OPTION_INT, FIELD(timeout_child_s),
	 "N  seconds for the rest (300; 0: any)"},
	{"daemonize|d", OPTION_SWITCH, FIELD(daemonize), " go into the background"},
	{"pidfile|r", OPTION_STRING, FIELD(pidfile), "FILE  write the process id to FILE"},
	{"spamd-conf|config", OPTION_STRING, FIELD(spamd_conf),
	 "FILE  further settings, see spamd.conf(5)"},
	{"syslog|s", OPTION_STRING, FIELD(syslog),
	 "FACILITY|FILE|stderr|null  where to log (mail)"},
	{"syslog-socket", OPTION_STRING, FIELD(syslog_socket), "TYPE  none: log to stderr"},
	{"log-timestamp-fmt", OPTION_MAY_STRING, FIELD(log_timestamp_fmt), "FORMAT  strftime(3)"},
	{"debug|D", OPTION_MAY_STRING, FIELD(debug), "[AREA,...]  debugging lines"},
	{"timing", OPTION_SET, FIELD(timing), " log how long the steps of each request took"},
	{"allow-tell|l", OPTION_SET, FIELD(allow_tell), " answer TELL"},
	{"lint", OPTION_SET, FIELD(lint), " check the configuration and end"},
	{"help|h", OPTION_SET, FIELD(help), " this text"},
	{"version|V", OPTION_SET, FIELD(version), " print versions"},
	{"helper-home-dir|H", OPTION_MAY_STRING, FIELD(helper_home_dir),
	 "[DIR]  home of helper programs; without DIR the user's"},
	{"sql-config|q", OPTION_SWITCH, FIELD(sql_config), " preferences from SQL, needs -u"},
	{"setuid-with-sql|Q", OPTION_SET, FIELD(setuid_with_sql),
	 " preferences from SQL, ids of the user"},
	{"ldap-config", OPTION_SWITCH, FIELD(ldap_config), " preferences from LDAP, needs -u"},
	{"setuid-with-ldap", OPTION_SET, FIELD(setuid_with_ldap),
	 " preferences from LDAP, ids of the user"},
	{"virtual-config-dir", OPTION_STRING, FIELD(virtual_config_dir),
	 "PATTERN  folder of a virtual user's preferences (%u %l %d %x)"},
	{"vpopmail|v", OPTION_SWITCH, FIELD(vpopmail), " homes are those of vpopmail"},
	{"stop-at-threshold|S", OPTION_IGNORED, 0,
	 "spamd: the -S option has been deprecated and is no longer supported, ignoring"},
	{"add-from|F", OPTION_REMOVED, 0,
	 "spamd: the -F and --add-from options have been removed from spamd, please remove from "
	 "your commandline and re-run"},
};
static const struct option_table table = {options, sizeof options / sizeof *options, true};

static void set_defaults(struct args *args)
{
	*args = (struct args){
		.min_children = 1,
		.max_children = 5,
		.min_spare = 1,
		.max_spare = 2,
		.max_conn_per_child = 200,
		.timeout_tcp_s = 30,
		.timeout_child_s = 300,
		.default_user = "nobody",
	};
}

/* Perl spamd takes --config for --configpath cut short: rules are a folder, or files called so. */
static void tell_rules_from_settings(struct args *args)
{
	if (!args->spamd_conf || (!file_is_dir(args->spamd_conf) &&
				  !str_has_suffix_ci(str_from(args->spamd_conf), ".cf")))
		return;
	args->configpath = args->spamd_conf;
	args->spamd_conf = NULL;
}

enum args_result args_parse(struct arena *keep, int argc, char *const *argv, struct args *args_out)
{
	static const enum args_result results[] = {
		[OPTIONS_OK] = ARGS_OK,
		[OPTIONS_USAGE] = ARGS_USAGE,
		[OPTIONS_REMOVED] = ARGS_REMOVED,
	};

	set_defaults(args_out);
	enum options_result result = options_parse(keep, &table, argc, argv, args_out, NULL);
	tell_rules_from_settings(args_out);
	args_out->ipv4_only = args_out->ip_version == '4';
	args_out->ipv6_only = args_out->ip_version == '6';
	if (args_out->timeout_tcp_s < 0)
		args_out->timeout_tcp_s = 30;
	if (args_out->timeout_child_s < 0)
		args_out->timeout_child_s = 300;
	if (args_out->ssl_ca_file || args_out->ssl_ca_path)
		args_out->ssl_verify = true;
	if (args_out->ssl_verify)
		args_out->ssl = true;
	return results[result];
}

/* --- what this version lacks -------------------------------------------------------------------
 */

const char *args_unavailable(const struct args *args)
{
#ifndef WITH_LDAP
	if (args->ldap_config || args->setuid_with_ldap)
		return "--ldap-config";
#else
	(void)args;
#endif
	return NULL;
}

/* --- help --------------------------------------------------------------------------------------
 */

void args_print_usage(bool to_stdout)
{
	fputs("Usage: spamd [options]\n\nOptions:\n", to_stdout ? stdout : stderr);
	options_print(&table, to_stdout);
}
