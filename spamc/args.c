#include "spamc/args.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/file.h"
#include "lib/base/number.h"
#include "lib/wire/wire.h"

enum {
	EX_USAGE = WIRE_USAGE,
	EX_CONFIG = WIRE_CONFIG,
	CONF_MAX_BYTES = 1 << 20,
	CONF_MAX_WORDS = 1000
};

enum option {
	OPTION_DEST,
	OPTION_RANDOMIZE,
	OPTION_PORT,
	OPTION_SSL,
	OPTION_SSL_CERT,
	OPTION_SSL_KEY,
	OPTION_SSL_CA_FILE,
	OPTION_SSL_CA_PATH,
	OPTION_SOCKET,
	OPTION_CONFIG,
	OPTION_TIMEOUT,
	OPTION_CONNECT_TIMEOUT,
	OPTION_CONNECT_RETRIES,
	OPTION_RETRY_SLEEP,
	OPTION_FILTER_RETRIES,
	OPTION_FILTER_RETRY_SLEEP,
	OPTION_MAX_SIZE,
	OPTION_USERNAME,
	OPTION_LEARN,
	OPTION_REPORT_TYPE,
	OPTION_BSMTP,
	OPTION_CHECK,
	OPTION_TESTS,
	OPTION_FULL_SPAM,
	OPTION_FULL,
	OPTION_HEADERS,
	OPTION_EXIT_CODE,
	OPTION_NO_FALLBACK,
	OPTION_TEMPFAIL,
	OPTION_LOG_STDERR,
	OPTION_PIPE_TO,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_COMPRESS,
	OPTION_IPV4,
	OPTION_IPV6,
	OPTION_IGNORED,
	OPTION_PING,
};

enum takes { TAKES_NOTHING, TAKES_VALUE, MAY_TAKE_VALUE };

static const struct option_def {
	const char *long_name; /* or NULL */
	char short_name;       /* or 0 */
	enum takes takes;
	enum option option;
} option_defs[] = {
	{"dest", 'd', TAKES_VALUE, OPTION_DEST},
	{"randomize", 'H', TAKES_NOTHING, OPTION_RANDOMIZE},
	{"port", 'p', TAKES_VALUE, OPTION_PORT},
	{"ssl", 'S', MAY_TAKE_VALUE, OPTION_SSL},
	{"ssl-cert", 0, MAY_TAKE_VALUE, OPTION_SSL_CERT},
	{"ssl-key", 0, MAY_TAKE_VALUE, OPTION_SSL_KEY},
	{"ssl-ca-file", 0, MAY_TAKE_VALUE, OPTION_SSL_CA_FILE},
	{"ssl-ca-path", 0, MAY_TAKE_VALUE, OPTION_SSL_CA_PATH},
	{"socket", 'U', TAKES_VALUE, OPTION_SOCKET},
	{"config", 'F', TAKES_VALUE, OPTION_CONFIG},
	{"timeout", 't', TAKES_VALUE, OPTION_TIMEOUT},
	{"connect-timeout", 'n', TAKES_VALUE, OPTION_CONNECT_TIMEOUT},
	{"connect-retries", 0, TAKES_VALUE, OPTION_CONNECT_RETRIES},
	{"retry-sleep", 0, TAKES_VALUE, OPTION_RETRY_SLEEP},
	{"filter-retries", 0, TAKES_VALUE, OPTION_FILTER_RETRIES},
	{"filter-retry-sleep", 0, TAKES_VALUE, OPTION_FILTER_RETRY_SLEEP},
	{"max-size", 's', TAKES_VALUE, OPTION_MAX_SIZE},
	{"username", 'u', TAKES_VALUE, OPTION_USERNAME},
	{"learntype", 'L', TAKES_VALUE, OPTION_LEARN},
	{"reporttype", 'C', TAKES_VALUE, OPTION_REPORT_TYPE},
	{"bsmtp", 'B', TAKES_NOTHING, OPTION_BSMTP},
	{"check", 'c', TAKES_NOTHING, OPTION_CHECK},
	{"tests", 'y', TAKES_NOTHING, OPTION_TESTS},
	{"full-spam", 'r', TAKES_NOTHING, OPTION_FULL_SPAM},
	{"full", 'R', TAKES_NOTHING, OPTION_FULL},
	{"headers", 0, TAKES_NOTHING, OPTION_HEADERS},
	{"exitcode", 'E', TAKES_NOTHING, OPTION_EXIT_CODE},
	{"no-safe-fallback", 'x', TAKES_NOTHING, OPTION_NO_FALLBACK},
	{"unavailable-tempfail", 'X', TAKES_NOTHING, OPTION_TEMPFAIL},
	{"log-to-stderr", 'l', TAKES_NOTHING, OPTION_LOG_STDERR},
	{"pipe-to", 'e', TAKES_VALUE, OPTION_PIPE_TO},
	{"help", 'h', TAKES_NOTHING, OPTION_HELP},
	{"version", 'V', TAKES_NOTHING, OPTION_VERSION},
	{"compress", 'z', TAKES_NOTHING, OPTION_COMPRESS},
	{NULL, '4', TAKES_NOTHING, OPTION_IPV4},
	{NULL, '6', TAKES_NOTHING, OPTION_IPV6},
	{NULL, 'f', TAKES_NOTHING, OPTION_IGNORED},
	{NULL, 'K', TAKES_NOTHING, OPTION_PING},
};
enum { N_OPTIONS = sizeof option_defs / sizeof *option_defs };

/* The words to read, configuration file first, and where we are in them. */
struct reader {
	struct arena *arena;
	struct spamc_args *args;
	char **words;
	int n_words, at;
	int wrong;  /* exit code of a mistake that does not stop the reading */
	bool usage; /* a mistake after which the help text follows */
};

bool spamc_mode_tells(enum spamc_mode mode)
{
	return mode >= SPAMC_MODE_LEARN_SPAM;
}

/* --- values --- */

static int complain(const char *what)
{
	fprintf(stderr, "spamc: %s\n", what);
	return EX_USAGE;
}

/* Digits in front, as atoi(3) would read them: what old scripts pass must go on working. */
static unsigned number_of(const char *text)
{
	struct str s = str_trim_left(str_from(text));
	uint64_t value = 0;
	size_t digits = 0;

	while (digits < s.len && ascii_is_digit((unsigned char)s.ptr[digits]))
		digits++;
	number_u64(str_sub(s, 0, digits), &value);
	return value > 0x7fffffff ? 0x7fffffff : (unsigned)value;
}

static void read_hosts(struct reader *r, const char *value)
{
	struct str rest = str_from(value), host;

	r->args->hosts.n = 0;
	while (str_split_next(&rest, ',', &host))
		if (host.len)
			vec_push(r->arena, &r->args->hosts, arena_str(r->arena, host));
}

/* A wrong word is said at once, but what follows is still read. */
static void read_learn(struct reader *r, const char *value)
{
	struct spamc_args *args = r->args;
	struct str type = str_from(value);

	args->asked |= SPAMC_ASKED_LEARN;
	if (str_eq_c(type, "spam"))
		args->mode = SPAMC_MODE_LEARN_SPAM;
	else if (str_eq_c(type, "ham"))
		args->mode = SPAMC_MODE_LEARN_HAM;
	else if (str_eq_c(type, "forget"))
		args->mode = SPAMC_MODE_FORGET;
	else
		r->wrong = complain("Please specify a legal learn type");
}

static void read_report_type(struct reader *r, const char *value)
{
	struct spamc_args *args = r->args;
	struct str type = str_from(value);

	args->asked |= SPAMC_ASKED_TELL;
	if (str_eq_c(type, "report"))
		args->mode = SPAMC_MODE_REPORT_SPAM;
	else if (str_eq_c(type, "revoke"))
		args->mode = SPAMC_MODE_REVOKE;
	else
		r->wrong = complain("Please specify a legal report type");
}

/* A version used to follow; none is legal today. */
static void read_tls(struct reader *r, const char *value)
{
	r->args->tls = true;
	if (value[0])
		r->wrong = complain("a version of TLS cannot be chosen");
}

/* --- modes ------------------------------------------------------------------------------------ */

static void ask(struct spamc_args *args, enum option option)
{
	switch (option) {
	case OPTION_CHECK:
		args->exit_code = true;
		args->asked |= SPAMC_ASKED_CHECK;
		break;
	case OPTION_TESTS:
		args->asked |= SPAMC_ASKED_TESTS;
		break;
	case OPTION_FULL_SPAM:
		args->asked |= SPAMC_ASKED_REPORT_IFSPAM;
		break;
	case OPTION_FULL:
		args->asked |= SPAMC_ASKED_REPORT;
		break;
	case OPTION_HEADERS:
		args->asked |= SPAMC_ASKED_HEADERS;
		break;
	default:
		args->asked |= SPAMC_ASKED_PING;
		break;
	}
}

/* Several may be asked for: this is what spamc has always sent then. */
enum spamc_mode spamc_strongest_mode(unsigned asked)
{
	if (asked & SPAMC_ASKED_PING)
		return SPAMC_MODE_PING;
	if (asked & SPAMC_ASKED_CHECK)
		return SPAMC_MODE_CHECK;
	if (asked & SPAMC_ASKED_REPORT_IFSPAM)
		return SPAMC_MODE_REPORT_IFSPAM;
	if (asked & SPAMC_ASKED_REPORT)
		return SPAMC_MODE_REPORT;
	if (asked & SPAMC_ASKED_TESTS)
		return SPAMC_MODE_TESTS;
	return asked & SPAMC_ASKED_HEADERS ? SPAMC_MODE_HEADERS : SPAMC_MODE_FILTER;
}

static int excludes(const char *what)
{
	char text[80];

	snprintf(text, sizeof text, "Learning excludes %s", what);
	return complain(text);
}

static int check_learning(const struct spamc_args *args)
{
	static const struct {
		unsigned asked;
		const char *what;
	} others[] = {
		{SPAMC_ASKED_CHECK, "check only"},
		{SPAMC_ASKED_PING, "ping"},
		{SPAMC_ASKED_REPORT_IFSPAM, "report if spam"},
		{SPAMC_ASKED_REPORT, "report"},
		{SPAMC_ASKED_TESTS, "symbols"},
		{SPAMC_ASKED_TELL, "reporting to collaborative filtering databases"},
	};
	int result = 0;

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (args->asked & others[i].asked)
			result = excludes(others[i].what);
	return result;
}

static int settle(struct spamc_args *args)
{
	if (args->max_size_bytes > SPAMC_MAX_SIZE_LIMIT)
		return complain("-s parameter is beyond max of 268435456");
	if ((args->tls_cert == NULL) != (args->tls_key == NULL))
		return complain("--ssl-cert and --ssl-key must be specified together");
	if (args->asked & SPAMC_ASKED_LEARN)
		return check_learning(args);
	if (!(args->asked & SPAMC_ASKED_TELL))
		args->mode = spamc_strongest_mode(args->asked);
	return 0;
}

static int apply_flag(struct reader *r, enum option option)
{
	struct spamc_args *args = r->args;

	switch (option) {
	case OPTION_RANDOMIZE:
		args->randomize = true;
		return 0;
	case OPTION_BSMTP:
		args->bsmtp = true;
		return 0;
	case OPTION_EXIT_CODE:
		args->exit_code = true;
		return 0;
	case OPTION_NO_FALLBACK:
		args->safe_fallback = false;
		return 0;
	case OPTION_TEMPFAIL:
		if (args->safe_fallback)
			complain("This option is only valid if -x is set first");
		else
			args->unavailable_tempfail = true;
		return 0;
	case OPTION_LOG_STDERR:
		args->log_to_stderr = true;
		return 0;
	case OPTION_COMPRESS:
		args->zlib = true;
		return 0;
	case OPTION_IPV4:
		args->family = NET_FAMILY_IPV4;
		return 0;
	case OPTION_IPV6:
		args->family = NET_FAMILY_IPV6;
		return 0;
	case OPTION_HELP:
		args->show_help = true;
		return 0;
	case OPTION_VERSION:
		args->show_version = true;
		return 0;
	case OPTION_IGNORED:
		return 0;
	default:
		ask(args, option);
		return 0;
	}
}

static int apply_value(struct reader *r, enum option option, char *value)
{
	struct spamc_args *args = r->args;

	switch (option) {
	case OPTION_DEST:
		read_hosts(r, value);
		return 0;
	case OPTION_PORT:
		args->port = number_of(value);
		return 0;
	case OPTION_SOCKET:
		args->socket_path = str_from(value);
		return 0;
	case OPTION_TIMEOUT:
		args->timeout_s = number_of(value);
		return 0;
	case OPTION_CONNECT_TIMEOUT:
		args->connect_timeout_s = number_of(value);
		return 0;
	case OPTION_CONNECT_RETRIES:
		args->connect_retries = number_of(value);
		return 0;
	case OPTION_RETRY_SLEEP:
		args->retry_sleep_s = number_of(value);
		return 0;
	case OPTION_FILTER_RETRIES:
		args->filter_retries = number_of(value);
		return 0;
	case OPTION_FILTER_RETRY_SLEEP:
		args->filter_retry_sleep_s = number_of(value);
		return 0;
	case OPTION_MAX_SIZE:
		args->max_size_bytes = number_of(value);
		return 0;
	case OPTION_USERNAME:
		args->user = str_from(value);
		return 0;
	case OPTION_LEARN:
		read_learn(r, value);
		return 0;
	case OPTION_REPORT_TYPE:
		read_report_type(r, value);
		return 0;
	case OPTION_SSL:
		read_tls(r, value);
		return 0;
	case OPTION_SSL_CERT:
		args->tls_cert = value;
		return 0;
	case OPTION_SSL_KEY:
		args->tls_key = value;
		return 0;
	case OPTION_SSL_CA_FILE:
		args->tls_ca_file = value;
		return 0;
	case OPTION_SSL_CA_PATH:
		args->tls_ca_path = value;
		return 0;
	default: /* OPTION_CONFIG: read before */
		return 0;
	}
}

/* --- the command line --- */

static int usage_error(struct reader *r, const char *what, struct str name)
{
	fprintf(stderr, "Error in argument %d : %s %.*s\n", r->at, what, STR_ARG(name));
	r->usage = true;
	return EX_USAGE;
}

/* "-e COMMAND ARGS" takes all the rest. */
static void take_pipe(struct reader *r, char *first)
{
	int n = r->n_words - r->at - 1, i = 0;
	char **argv = ARENA_ARRAY(r->arena, char *, (size_t)n + 2);

	argv[i++] = first;
	while (++r->at < r->n_words)
		argv[i++] = r->words[r->at];
	r->args->pipe_to = argv;
}

static int apply(struct reader *r, const struct option_def *def, char *value, struct str name)
{
	if (def->takes == TAKES_NOTHING)
		return value ? usage_error(r, "no argument allowed for option", name)
			     : apply_flag(r, def->option);
	if (!value && r->at + 1 < r->n_words && r->words[r->at + 1][0] != '-')
		value = r->words[++r->at];
	if (def->takes == MAY_TAKE_VALUE)
		return apply_value(r, def->option, value ? value : "");
	if (!value)
		return usage_error(r, "argument required for option", name);
	if (def->option == OPTION_PIPE_TO) {
		take_pipe(r, value);
		return 0;
	}
	return apply_value(r, def->option, value);
}

static int read_long(struct reader *r, char *word)
{
	char *equals = strchr(word, '=');
	struct str name = str_make(word, equals ? (size_t)(equals - word) : strlen(word));

	for (size_t i = 0; i < N_OPTIONS; i++)
		if (option_defs[i].long_name && str_eq_c(name, option_defs[i].long_name))
			return apply(r, &option_defs[i], equals ? equals + 1 : NULL, name);
	return usage_error(r, "option not found", name);
}

/* "-l", "-p 783", "-p783". Flags are not bundled: what follows one in its word has never counted.
 */
static int read_short(struct reader *r, char *letters)
{
	struct str name = str_make(letters, 1);

	for (size_t i = 0; i < N_OPTIONS; i++) {
		const struct option_def *def = &option_defs[i];

		if (def->short_name != letters[0])
			continue;
		if (def->option == OPTION_SSL) {
			r->args->tls = true; /* "-S" takes nothing, "--ssl" might */
			return 0;
		}
		return apply(r, def, def->takes == TAKES_VALUE && letters[1] ? letters + 1 : NULL,
			     name);
	}
	return usage_error(r, "option not found", name);
}

/* Up to the first word that is no option. */
static int read_words(struct reader *r)
{
	int result = 0;

	for (r->at = 0; r->at < r->n_words && !result; r->at++) {
		char *word = r->words[r->at];

		if (word[0] != '-' || word[1] == '\0' || strcmp(word, "--") == 0)
			break;
		result = word[1] == '-' ? read_long(r, word + 2) : read_short(r, word + 1);
		if (r->args->show_help || r->args->show_version)
			return result; /* what follows does not matter */
	}
	if (result)
		return result;
	result = settle(r->args);
	return result ? result : r->wrong;
}

/* --- spamc.conf --- */

/* The last -F FILE, --config FILE or --config=FILE. */
static const char *config_path(int argc, char **argv)
{
	const char *path = NULL;

	for (int i = 1; i < argc && strcmp(argv[i], "-e") != 0; i++) {
		if (strncmp(argv[i], "--config=", 9) == 0)
			path = argv[i] + 9;
		else if (strcmp(argv[i], "-F") == 0 || strcmp(argv[i], "--config") == 0)
			path = i + 1 < argc ? argv[i + 1] : NULL;
		else if (strncmp(argv[i], "-F", 2) == 0)
			path = argv[i] + 2;
	}
	return path;
}

static int config_words(struct arena *arena, const char *path, struct str_vec *words)
{
	const char *file = path ? path : WHORL_SPAMC_CONF;
	struct str text, line, word;
	struct why why;

	if (file_read(arena, file, CONF_MAX_BYTES, &text, &why) != STATUS_OK) {
		if (!path)
			return 0;
		fprintf(stderr, "Failed to open config file: %s\n", file);
		return EX_CONFIG;
	}
	while (str_line_next(&text, &line)) {
		if (line.len > 0 && line.ptr[0] == '#')
			continue;
		while (str_word_next(&line, &word))
			vec_push(arena, words, word);
	}
	if (words->n <= CONF_MAX_WORDS)
		return 0;
	fprintf(stderr, "Exceeded max number of arguments in config file: %s\n", file);
	return EX_CONFIG;
}

static const struct spamc_args defaults = {
	.port = WIRE_PORT,
	.max_size_bytes = SPAMC_MAX_SIZE_DEFAULT,
	.timeout_s = 600,
	.connect_timeout_s = (unsigned)-1,
	.retry_sleep_s = 1,
	.filter_retries = 1,
	.filter_retry_sleep_s = 1,
	.safe_fallback = true,
};

int spamc_args_read(struct arena *arena, int argc, char **argv, struct spamc_args *args_out,
		    bool *usage_out)
{
	struct reader r = {.arena = arena, .args = args_out};
	struct str_vec from_file = {0};
	int result = config_words(arena, config_path(argc, argv), &from_file);

	*args_out = defaults;
	*usage_out = false;
	if (result)
		return result;
	r.words = ARENA_ARRAY(arena, char *, from_file.n + (size_t)argc + 1);
	for (size_t i = 0; i < from_file.n; i++)
		r.words[r.n_words++] = arena_cstr(arena, from_file.items[i]);
	for (int i = 1; i < argc; i++)
		r.words[r.n_words++] = argv[i];
	result = read_words(&r);
	*usage_out = r.usage;
	if (args_out->connect_timeout_s == (unsigned)-1)
		args_out->connect_timeout_s = args_out->timeout_s;
	return result;
}
