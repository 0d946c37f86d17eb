/*
 * spamc: client of spamd: standard input → spamd → standard output. Whatever happens, the message
 * is not lost: unless -x asks for an exit code, a failure gives back the message as it came.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

#include "lib/net/tls.h"
#include "lib/wire/wire.h"
#include "spamc/client.h"
#include "spamc/message.h"
#include "spamc/result.h"

static void print_version(void)
{
	puts("SpamAssassin Client version 4.0.1\n  as Whorl " PACKAGE_VERSION);
	printf("  compiled with SSL support (%s)\n", tls_library_version());
	puts("  compiled with zlib support");
}

static void print_usage(void)
{
	static const char text[] =
		"\nUsage: spamc [options] [-e command [args]] < message\n\n"
		"Server:\n"
		"  -d, --dest HOST[,HOST...]   servers to try, in order [localhost]\n"
		"  -p, --port PORT             [783]\n"
		"  -U, --socket PATH           a Unix socket instead\n"
		"  -4, -6                      only IPv4, only IPv6\n"
		"  -H, --randomize             begin with any of the addresses\n"
		"  -z, --compress              send the message compressed\n"
		"  -S, --ssl                   with TLS\n"
		"      --ssl-cert FILE, --ssl-key FILE   who we are\n"
		"      --ssl-ca-file FILE, --ssl-ca-path DIR   whom to trust; without, anybody\n"
		"  -t, --timeout SECONDS       for the answer; 0 for none [600]\n"
		"  -n, --connect-timeout SECONDS   [as -t]\n"
		"      --connect-retries N, --retry-sleep SECONDS          [3, 1]\n"
		"      --filter-retries N, --filter-retry-sleep SECONDS    [1, 1]\n"
		"What to do:\n"
		"  (nothing)                   the message, marked up\n"
		"      --headers               the same, only the header is sent back\n"
		"  -c, --check                 SCORE/THRESHOLD, exit code 1 for spam\n"
		"  -y, --tests                 names of the rules that hit\n"
		"  -R, --full                  the report\n"
		"  -r, --full-spam             the report, of spam only\n"
		"  -L, --learntype spam|ham|forget\n"
		"  -C, --reporttype report|revoke\n"
		"  -K                          is the server there?\n"
		"Message:\n"
		"  -u, --username NAME         whose preferences to use [you]\n"
		"  -s, --max-size BYTES        larger ones go through unscanned [512000]\n"
		"  -B, --bsmtp                 the input is one BSMTP batch\n"
		"  -e, --pipe-to COMMAND ARGS  feed the result to a command; must be last\n"
		"Failure:\n"
		"  -E, --exitcode              exit code 1 for spam\n"
		"  -x, --no-safe-fallback      an exit code instead of the message as it came\n"
		"  -X, --unavailable-tempfail  with -x: 75 instead of 69\n"
		"  -l, --log-to-stderr         instead of syslog\n"
		"Other:\n"
		"  -F, --config FILE           options from FILE\n"
		"  -h, --help; -V, --version";

	print_version();
	puts(text);
}

static int succeed(struct arena *arena, const struct spamc_args *args,
		   const struct spamc_message *message, const struct spamc_reply *reply)
{
	struct str text = spamc_result_text(arena, args, message->body, reply);
	int result;

	if (!spamc_mode_tells(args->mode) && args->mode != SPAMC_MODE_PING &&
	    args->mode != SPAMC_MODE_CHECK)
		text = spamc_message_wrap(arena, args, message, text);
	result = spamc_deliver(args, text, false);

	if (result == 0 && args->exit_code && reply->head.is_spam)
		return EXIT_IS_SPAM;
	return result;
}

/* What a failure prints: the message where the caller wants it back, else a result that says
 * nothing. */
static int print_failure(const struct spamc_args *args, const struct spamc_message *message)
{
	if (args->asked & (SPAMC_ASKED_PING | SPAMC_ASKED_LEARN))
		return 0;
	if (args->asked & (SPAMC_ASKED_CHECK | SPAMC_ASKED_REPORT | SPAMC_ASKED_REPORT_IFSPAM))
		return spamc_deliver(args, STR_LIT("0/0\n"), false);
	if (args->asked & SPAMC_ASKED_TESTS)
		return spamc_deliver(args, STR_LIT("\n"), false);
	if (args->safe_fallback || message->too_big)
		return spamc_deliver(args, message->raw, true);
	return 0;
}

static int fail(const struct spamc_args *args, const struct spamc_message *message, int code)
{
	int result = print_failure(args, message);

	if (args->asked & (SPAMC_ASKED_PING | SPAMC_ASKED_LEARN))
		return message->too_big ? EXIT_TOO_BIG : code;
	if (args->safe_fallback || message->too_big || result)
		return result;
	return code == WIRE_UNAVAILABLE && args->unavailable_tempfail ? WIRE_TEMPFAIL : code;
}

static int run(struct arena *arena, const struct spamc_args *args)
{
	struct spamc_message message = {0};
	struct spamc_host_vec hosts;
	struct spamc_reply reply = {0};
	int result = spamc_find_hosts(arena, args, &hosts);

	if (result == 0 && args->mode != SPAMC_MODE_PING)
		result = spamc_message_read(arena, STDIN_FILENO, args, &message);
	if (message.too_big) {
		spamc_say(args, "skipped message, greater than max message size (%zu bytes)",
			  args->max_size_bytes);
		return fail(args, &message, 0);
	}
	if (result == 0)
		result = spamc_transact(arena, args, &hosts, message.body, &reply);
	return result ? fail(args, &message, result) : succeed(arena, args, &message, &reply);
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new("spamc", 0);
	struct spamc_args args;
	bool usage;
	int result = spamc_args_read(arena, argc, argv, &args, &usage);

	signal(SIGPIPE, SIG_IGN);
	openlog("spamc", LOG_CONS | LOG_PID, LOG_MAIL);
	if (usage || args.show_help)
		print_usage();
	else if (result == 0 && args.show_version)
		print_version();
	else if (result == 0)
		result = run(arena, &args);
	arena_free(arena);
	return result;
}
