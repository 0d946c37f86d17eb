/* args: see args.h. */
#include "spamd/args.h"

#include <stdio.h>

#include "lib/base/number.h"

enum option_kind {
	OPTION_SET,        /* bool becomes true */
	OPTION_CLEAR,      /* bool becomes false */
	OPTION_SWITCH,     /* bool; "no" and "no-" in front make it false */
	OPTION_STRING,     /* needs a value */
	OPTION_MAY_STRING, /* value is optional; without one "" */
	OPTION_LIST,       /* as OPTION_STRING, collected */
	OPTION_MAY_LIST,   /* as OPTION_MAY_STRING, collected */
	OPTION_INT,        /* needs a whole number */
	OPTION_IPV4,
	OPTION_IPV6,    /* the later of both wins */
	OPTION_IGNORED, /* accepted with a warning */
	OPTION_REMOVED, /* the program ends */
};

struct option {
	const char *names; /* separated by "|" */
	enum option_kind kind;
	size_t offset;    /* of the field in struct args */
	const char *help; /* one line of --help, without the names; NULL: not listed there */
};

#define FIELD(name) offsetof(struct args, name)

static const struct option options[] = {
	{"listen|listen-ip|ip-address|i", OPTION_MAY_LIST, FIELD(listen),
	 "[HOST|IP|*][:PORT] or /PATH  where to listen (repeatable; default: localhost)"},
	{"port|p", OPTION_STRING, FIELD(port), "PORT  default TCP port (783)"},
	{"4|ipv4only|ipv4-only|ipv4", OPTION_IPV4, 0, " IPv4 only"},
	{"6", OPTION_IPV6, 0, " IPv6 only"},
	{"socketpath", OPTION_STRING, FIELD(socketpath), "PATH  listen on a Unix socket"},
	{"socketowner", OPTION_STRING, FIELD(socketowner), "USER  owner of the Unix socket"},
	{"socketgroup", OPTION_STRING, FIELD(socketgroup), "GROUP  group of the Unix socket"},
	{"socketmode", OPTION_STRING, FIELD(socketmode), "OCTAL  mode of the Unix socket (0666)"},
	{"allowed-ips|A", OPTION_LIST, FIELD(allowed_ips),
	 "NET,...  who may connect (repeatable; default: 127.0.0.1,::1)"},
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
	{"create-prefs|c", OPTION_SWITCH, FIELD(create_prefs), " without effect so far"},
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
	{"spamd-conf", OPTION_STRING, FIELD(spamd_conf),
	 "FILE  further settings, see spamd.conf(5)"},
	{"syslog|s", OPTION_STRING, FIELD(syslog),
	 "FACILITY|FILE|stderr|null  where to log (mail)"},
	{"syslog-socket", OPTION_STRING, FIELD(syslog_socket), "TYPE  none: log to stderr"},
	{"log-timestamp-fmt", OPTION_MAY_STRING, FIELD(log_timestamp_fmt), "FORMAT  strftime(3)"},
	{"debug|D", OPTION_MAY_STRING, FIELD(debug), "[AREA,...]  debugging lines"},
	{"timing", OPTION_SET, FIELD(timing), " without effect so far"},
	{"allow-tell|l", OPTION_SET, FIELD(allow_tell), " answer TELL"},
	{"lint", OPTION_SET, FIELD(lint), " check the configuration and end"},
	{"help|h", OPTION_SET, FIELD(help), " this text"},
	{"version|V", OPTION_SET, FIELD(version), " print versions"},
	{"helper-home-dir|H", OPTION_MAY_STRING, FIELD(helper_home_dir), NULL},
	{"server-cert", OPTION_STRING, FIELD(server_cert), NULL},
	{"server-key", OPTION_STRING, FIELD(server_key), NULL},
	{"ssl", OPTION_SET, FIELD(ssl), NULL},
	{"ssl-verify", OPTION_SET, FIELD(ssl_verify), NULL},
	{"ssl-ca-file", OPTION_STRING, FIELD(ssl_ca_file), NULL},
	{"ssl-ca-path", OPTION_STRING, FIELD(ssl_ca_path), NULL},
	{"ssl-port", OPTION_STRING, FIELD(ssl_port), NULL},
	{"sql-config|q", OPTION_SWITCH, FIELD(sql_config), NULL},
	{"setuid-with-sql|Q", OPTION_SET, FIELD(setuid_with_sql), NULL},
	{"ldap-config", OPTION_SWITCH, FIELD(ldap_config), NULL},
	{"setuid-with-ldap", OPTION_SET, FIELD(setuid_with_ldap), NULL},
	{"virtual-config-dir", OPTION_STRING, FIELD(virtual_config_dir), NULL},
	{"vpopmail|v", OPTION_SWITCH, FIELD(vpopmail), NULL},
	{"stop-at-threshold|S", OPTION_IGNORED, 0, NULL},
	{"add-from|F", OPTION_REMOVED, 0, NULL},
};
enum { N_OPTIONS = sizeof options / sizeof *options };

/* The command line while it is read. */
struct reader {
	struct arena *keep;
	struct args *args;
	int argc, at;
	char *const *argv;
	bool failed, removed;
};

static void complain(struct reader *reader, const char *before, struct str name, const char *after)
{
	fprintf(stderr, "%s%.*s%s\n", before, STR_ARG(name), after);
	reader->failed = true;
}

/* --- finding -----------------------------------------------------------------------------------
 */

static const struct option *find_letter(char letter)
{
	for (int i = 0; i < N_OPTIONS; i++) {
		struct str rest = str_from(options[i].names), name;
		while (str_split_next(&rest, '|', &name)) {
			if (name.len == 1 && name.ptr[0] == letter)
				return &options[i];
		}
	}
	return NULL;
}

/* "no" or "no-" in front of a switch. False when wanted is no beginning of it. */
static bool is_negation(struct str wanted, struct str name)
{
	if (!str_has_prefix_ci(wanted, "no"))
		return false;
	wanted = str_from_at(wanted, 2);
	if (wanted.len > 0 && wanted.ptr[0] == '-')
		wanted = str_from_at(wanted, 1);
	return wanted.len <= name.len && str_eq_ci(str_sub(name, 0, wanted.len), wanted);
}

struct match {
	const struct option *option;
	bool negated, exact;
};

static void note_match(struct match *best, int *n_matches, const struct option *option,
		       bool negated, bool exact)
{
	if (best->exact)
		return;
	if (exact || best->option != option || best->negated != negated)
		++*n_matches;
	if (exact)
		*n_matches = 1;
	*best = (struct match){option, negated, exact};
}

/* An exact name wins, otherwise the name may be cut short as long as one option is meant. */
static int find_long(struct str wanted, struct match *best_out)
{
	int n_matches = 0;

	*best_out = (struct match){0};
	for (int i = 0; i < N_OPTIONS; i++) {
		struct str rest = str_from(options[i].names), name;
		while (str_split_next(&rest, '|', &name)) {
			bool exact = str_eq_ci(name, wanted);
			if (name.len == 1 && !ascii_is_digit((unsigned char)name.ptr[0]))
				continue;
			if (exact || (wanted.len < name.len &&
				      str_eq_ci(str_sub(name, 0, wanted.len), wanted)))
				note_match(best_out, &n_matches, &options[i], false, exact);
			if (options[i].kind == OPTION_SWITCH && is_negation(wanted, name))
				note_match(best_out, &n_matches, &options[i], true,
					   wanted.len >= name.len + 2);
		}
	}
	return n_matches;
}

/* --- values ------------------------------------------------------------------------------------
 */

static bool takes_value(const struct option *option)
{
	return option->kind >= OPTION_STRING && option->kind <= OPTION_INT;
}

static bool value_is_optional(const struct option *option)
{
	return option->kind == OPTION_MAY_STRING || option->kind == OPTION_MAY_LIST;
}

/* [-+]?[0-9]+ at the beginning, underscores between digits as Perl allows; its length. */
static size_t number_length(struct str text)
{
	size_t at = text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+') ? 1 : 0, digits = 0;

	for (; at + digits < text.len; digits++) {
		char c = text.ptr[at + digits];
		if (!ascii_is_digit((unsigned char)c) && c != '_')
			break;
	}
	return digits > 0 ? at + digits : 0;
}

static bool parse_int(struct reader *reader, struct str text, int *out)
{
	char digits[32];
	size_t n = 0;
	int64_t value;

	for (size_t i = 0; i < text.len && n < sizeof digits; i++) {
		if (text.ptr[i] != '_')
			digits[n++] = text.ptr[i];
	}
	if (n == sizeof digits || !number_i64(str_make(digits, n), &value) || value < -1000000000 ||
	    value > 1000000000) {
		complain(reader, "Value \"", text, "\" invalid (number expected)");
		return false;
	}
	*out = (int)value;
	return true;
}

static void store(struct reader *reader, const struct option *option, struct str value)
{
	char *field = (char *)reader->args + option->offset;

	switch (option->kind) {
	case OPTION_STRING:
	case OPTION_MAY_STRING:
		*(const char **)(void *)field = arena_cstr(reader->keep, value);
		break;
	case OPTION_LIST:
	case OPTION_MAY_LIST:
		vec_push(reader->keep, (struct str_vec *)(void *)field,
			 arena_str(reader->keep, value));
		break;
	case OPTION_INT:
		parse_int(reader, value, (int *)(void *)field);
		break;
	default:
		break;
	}
}

static void set_flag(struct reader *reader, const struct option *option, bool negated)
{
	bool *field = (bool *)((char *)reader->args + option->offset);

	switch (option->kind) {
	case OPTION_SET:
		*field = true;
		break;
	case OPTION_CLEAR:
		*field = false;
		break;
	case OPTION_SWITCH:
		*field = !negated;
		break;
	case OPTION_IPV4:
	case OPTION_IPV6:
		reader->args->ipv4_only = option->kind == OPTION_IPV4;
		reader->args->ipv6_only = option->kind == OPTION_IPV6;
		break;
	case OPTION_IGNORED:
		fputs("spamd: the -S option has been deprecated and is no longer supported, "
		      "ignoring\n",
		      stderr);
		break;
	case OPTION_REMOVED:
		fputs("spamd: the -F and --add-from options have been removed from spamd, please "
		      "remove "
		      "from your commandline and re-run\n",
		      stderr);
		reader->removed = true;
		break;
	default:
		break;
	}
}

/* The value is the next word. A word like an option is none for an option that can do without. */
static void take_next_word(struct reader *reader, const struct option *option, struct str name)
{
	if (reader->at >= reader->argc) {
		if (value_is_optional(option))
			store(reader, option, STR_NONE);
		else
			complain(reader, "Option ", name, " requires an argument");
		return;
	}
	struct str word = str_from(reader->argv[reader->at]);
	if (value_is_optional(option) && word.len > 1 && word.ptr[0] == '-') {
		store(reader, option, STR_NONE);
		return;
	}
	reader->at++;
	store(reader, option, word);
}

/* --- reading -----------------------------------------------------------------------------------
 */

/* One letter of "-abc"; the letters left. */
static struct str take_letter(struct reader *reader, struct str letters)
{
	const struct option *option = find_letter(letters.ptr[0]);
	struct str name = str_sub(letters, 0, 1), rest = str_from_at(letters, 1);

	if (!option) {
		complain(reader, "Unknown option: ", name, "");
		return rest;
	}
	if (!takes_value(option)) {
		set_flag(reader, option, false);
		return rest;
	}
	if (rest.len == 0) {
		take_next_word(reader, option, name);
		return STR_NONE;
	}
	size_t number = option->kind == OPTION_INT ? number_length(rest) : rest.len;
	if (number == 0)
		number = rest.len;
	store(reader, option, str_sub(rest, 0, number));
	return str_from_at(rest, number);
}

static void take_long(struct reader *reader, struct str word)
{
	size_t equals = word.len > 0 ? str_find_char(str_from_at(word, 1), '=') : STR_NOT_FOUND;
	struct str name = equals == STR_NOT_FOUND ? word : str_sub(word, 0, equals + 1);
	struct str value = equals == STR_NOT_FOUND ? STR_NONE : str_from_at(word, equals + 2);
	struct match match;
	int n_matches = find_long(name, &match);

	if (n_matches == 0)
		complain(reader, "Unknown option: ", name, "");
	else if (n_matches > 1)
		complain(reader, "Option ", name, " is ambiguous");
	else if (!takes_value(match.option) && equals != STR_NOT_FOUND)
		complain(reader, "Option ", name, " does not take an argument");
	else if (!takes_value(match.option))
		set_flag(reader, match.option, match.negated);
	else if (equals == STR_NOT_FOUND)
		take_next_word(reader, match.option, name);
	else if (value.len == 0 && !value_is_optional(match.option))
		complain(reader, "Option ", name, " requires an argument");
	else
		store(reader, match.option, value);
}

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

enum args_result args_parse(struct arena *keep, int argc, char *const *argv, struct args *args_out)
{
	struct reader reader = {
		.keep = keep, .args = args_out, .argc = argc, .at = 1, .argv = argv};

	set_defaults(args_out);
	while (reader.at < argc && !reader.removed) {
		struct str word = str_from(argv[reader.at++]);
		if (str_eq_c(word, "--"))
			break;
		if (str_has_prefix(word, "--"))
			take_long(&reader, str_from_at(word, 2));
		else if (word.len > 1 && word.ptr[0] == '-') {
			struct str letters = str_from_at(word, 1);
			while (letters.len > 0 && !reader.removed)
				letters = take_letter(&reader, letters);
		}
	}
	if (args_out->timeout_tcp_s < 0)
		args_out->timeout_tcp_s = 30;
	if (args_out->timeout_child_s < 0)
		args_out->timeout_child_s = 300;
	if (reader.removed)
		return ARGS_REMOVED;
	return reader.failed ? ARGS_USAGE : ARGS_OK;
}

/* --- what this version lacks -------------------------------------------------------------------
 */

const char *args_unavailable(const struct args *args)
{
	if (args->ssl || args->ssl_port || args->ssl_verify || args->ssl_ca_file ||
	    args->ssl_ca_path)
		return "--ssl";
	if (args->sql_config || args->setuid_with_sql)
		return "--sql-config";
	if (args->ldap_config || args->setuid_with_ldap)
		return "--ldap-config";
	if (args->vpopmail)
		return "--vpopmail";
	if (args->virtual_config_dir)
		return "--virtual-config-dir";
	return NULL;
}

struct str_vec args_without_effect(struct arena *keep, const struct args *args)
{
	struct str_vec names = {0};

	if (args->create_prefs)
		vec_push(keep, &names, STR_LIT("--create-prefs"));
	if (args->helper_home_dir)
		vec_push(keep, &names, STR_LIT("--helper-home-dir"));
	if (args->timing)
		vec_push(keep, &names, STR_LIT("--timing"));
	if (args->server_cert || args->server_key)
		vec_push(keep, &names, STR_LIT("--server-cert, --server-key"));
	return names;
}

/* --- help --------------------------------------------------------------------------------------
 */

static void print_option(FILE *out, const struct option *option)
{
	struct str rest = str_from(option->names), name;
	const char *blank = " ";

	while (str_split_next(&rest, '|', &name)) {
		fprintf(out, "%s%s%.*s", blank, name.len == 1 ? "-" : "--", STR_ARG(name));
		blank = ", ";
	}
	fprintf(out, " %s\n", option->help);
}

void args_print_usage(bool to_stdout)
{
	FILE *out = to_stdout ? stdout : stderr;

	fputs("Usage: spamd [options]\n\nOptions:\n", out);
	for (int i = 0; i < N_OPTIONS; i++) {
		if (options[i].help)
			print_option(out, &options[i]);
	}
}
