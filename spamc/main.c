/*
 * spamc: client of spamd: standard input → spamd → standard output. Whatever happens, the message
 * is not lost: unless -x asks for an exit code, a failure gives back the message as it came.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <syslog.h>

#include "lib/wire/wire.h"
#include "spamc/client.h"
#include "spamc/message.h"

static void print_version(void)
{
	puts("SpamAssassin Client version 4.0.1 (Whorl " PACKAGE_VERSION ")");
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

static struct str score_line(struct arena *arena, const struct wire_reply *head)
{
	return arena_printf(arena, "%.1f/%.1f\n", head->score, head->required);
}

/* The header came back; the body is the one we have. */
static struct str with_own_body(struct arena *arena, struct str header, struct str message)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add_str(&out, header);
	for (size_t i = 0; i + 1 < message.len; i++) {
		size_t second = i + 1 + (message.ptr[i + 1] == '\r');

		if (message.ptr[i] == '\n' && second < message.len && message.ptr[second] == '\n') {
			buf_add_str(&out, str_from_at(message, second + 1));
			break;
		}
	}
	return buf_str(&out);
}

static struct str result_text(struct arena *arena, const struct spamc_args *args,
			      const struct spamc_message *message, const struct spamc_reply *reply)
{
	const struct wire_reply *head = &reply->head;
	bool did = head->did_set_local || head->did_set_remote || head->did_remove_local ||
		   head->did_remove_remote;
	struct str body = reply->body;

	switch (args->mode) {
	case SPAMC_FILTER:
		return spamc_message_wrap(arena, args, message, body);
	case SPAMC_HEADERS:
		return spamc_message_wrap(arena, args, message,
					  with_own_body(arena, body, message->body));
	case SPAMC_CHECK:
		return score_line(arena, head);
	case SPAMC_TESTS:
		return body;
	case SPAMC_REPORT_IFSPAM:
		if (!head->is_spam)
			return STR_NONE;
		/* fall through */
	case SPAMC_REPORT: {
		struct buf out;

		buf_init(&out, arena);
		buf_add_str(&out, score_line(arena, head));
		buf_add_str(&out, body);
		return buf_str(&out);
	}
	case SPAMC_PING:
		return arena_printf(arena, "SPAMD/%.*s %d\n", STR_ARG(head->version), head->code);
	case SPAMC_REPORT_SPAM:
	case SPAMC_REVOKE:
		return did ? STR_LIT("Message successfully reported/revoked\n")
			   : STR_LIT("Unable to report/revoke message\n");
	default:
		return did ? STR_LIT("Message successfully un/learned\n")
			   : STR_LIT("Message was already un/learned\n");
	}
}

static int succeed(struct arena *arena, const struct spamc_args *args,
		   const struct spamc_message *message, const struct spamc_reply *reply)
{
	int result = spamc_deliver(args, result_text(arena, args, message, reply), false);

	if (result == 0 && args->exit_code && reply->head.is_spam)
		return EXIT_IS_SPAM;
	return result;
}

/* What a failure prints: the message where the caller wants it back, else a result that says
 * nothing. */
static int fail(const struct spamc_args *args, const struct spamc_message *message, int code)
{
	bool fallback = args->safe_fallback || message->too_big;
	int result = 0;

	if (args->mode == SPAMC_PING ||
	    (args->mode >= SPAMC_LEARN_SPAM && args->mode <= SPAMC_FORGET))
		return message->too_big ? EXIT_TOO_BIG : code;
	if (spamc_mode_filters(args->mode)) {
		if (fallback)
			result = spamc_deliver(args, message->raw, message->too_big);
	} else {
		result = spamc_deliver(
			args, args->mode == SPAMC_TESTS ? STR_LIT("\n") : STR_LIT("0/0\n"), false);
	}
	if (fallback || result)
		return result;
	return code == WIRE_UNAVAILABLE && args->unavailable_tempfail ? WIRE_TEMPFAIL : code;
}

static int run(struct arena *arena, const struct spamc_args *args)
{
	struct spamc_message message = {0};
	struct spamc_reply reply = {0};
	int result = 0;

	if (args->mode != SPAMC_PING)
		result = spamc_message_read(arena, args, &message);
	if (message.too_big) {
		spamc_say(args, "skipped message, greater than max message size (%zu bytes)",
			  args->max_size_bytes);
		return fail(args, &message, 0);
	}
	if (result == 0)
		result = spamc_transact(arena, args, message.body, &reply);
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
