/*
 * check: messages from stdin, files and mailboxes are scored without a daemon, in the manner of the
 * spamassassin command 4.0.1 (sa-surface 4.8), which this is when called by that name.
 */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/wire/wire.h"
#include "spamd/report.h"
#include "spamd/rewrite.h"
#include "spamd/tags.h"
#include "spamd/unmark.h"
#include "whorl/check_args.h"
#include "whorl/command.h"
#include "whorl/input.h"
#include "whorl/lint.h"
#include "whorl/lists.h"
#include "whorl/profile.h"
#include "whorl/teller.h"

enum {
	EXIT_NOTHING_DONE = 1,
	EXIT_REMOVED_OPTION = 2,
	EXIT_SPAM = 5,
	EXIT_KILLED = 15,
};

struct checker {
	struct check_args args;
	struct engine engine;
	struct teller teller;          /* opened by the first report */
	struct check_profile *profile; /* NULL: not asked for */
	size_t n_messages;
	bool found_spam, failed, unchanged; /* unchanged: a list of addresses is */
};

static void put(struct checker *checker, struct str text)
{
	struct why why;

	if (checker->failed || fd_write_all(STDOUT_FILENO, text, &why) == STATUS_OK)
		return;
	checker->failed = true;
	log_error("error writing: %s", why.text);
}

/* --- one message ------------------------------------------------------------------------------ */

static struct str without_markup(struct checker *checker, const struct message *message)
{
	return unmark_message(checker->engine.scan, message, &checker->engine.ruleset->settings);
}

static void learn(struct checker *checker, struct str text, enum learn_class as)
{
	const void *plugin;
	struct why why = {.text = ""};

	if (!prefs_learner(ruleset_prefs(checker->engine.ruleset), &plugin))
		return;
	if (scan_learn(engine_prepare(&checker->engine, text), as, 0, &why) == LEARN_FAILED)
		log_warn("spamassassin: cannot learn the message: %s", why.text);
}

/* To the reputation state of this machine, when spamd.conf has one. */
static enum status tell(struct checker *checker, struct str text, enum trust_kind kind,
			struct why *why)
{
	struct engine *engine = &checker->engine;
	const char *state = engine->reputation.state;
	struct teller *teller = &checker->teller;

	if (!state)
		return why_set(why, STATUS_UNSUPPORTED, "there is nobody to report to");
	if (!teller->ledger && teller_open(teller, engine->keep, state, why) != STATUS_OK)
		return why->status;
	return teller_tell(teller, engine, engine_mail(engine, engine_parse(engine, text)),
			   engine_owner(engine), kind, why);
}

/* What is reported is learnt as spam, what is taken back as ham: each does its part. */
static void report(struct checker *checker, const struct message *message)
{
	const struct check_args *args = &checker->args;
	const struct settings *settings = &checker->engine.ruleset->settings;
	struct str text = without_markup(checker, message);
	struct why why;

	if (args->report && settings->bayes_learn_during_report)
		learn(checker, text, LEARN_SPAM);
	if (args->revoke)
		learn(checker, text, LEARN_HAM);
	if (tell(checker, text, args->revoke ? TRUST_REVOKE : TRUST_SPAM, &why) == STATUS_OK)
		return;
	log_warn("spamassassin: warning, unable to %s message", args->revoke ? "revoke" : "report");
	log_warn("spamassassin: %s", why.text);
}

static enum list_change change_of(const struct check_args *args)
{
	return args->add_to_welcomelist        ? LIST_WELCOME
	       : args->remove_from_welcomelist ? LIST_REMOVE
					       : LIST_BLOCK;
}

static void score(struct checker *checker, struct message *message)
{
	struct engine *engine = &checker->engine;
	const struct verdict *verdict = engine_scan(engine, message);

	put(checker, rewrite_message(engine->scan, verdict));
	if (checker->args.test_mode)
		put(checker, report_make(engine->scan, verdict));
	checker->found_spam = checker->found_spam || verdict->is_spam;
}

static void check_text(struct checker *checker, struct str text)
{
	const struct check_args *args = &checker->args;

	checker->n_messages++;
	if (checker->profile) {
		check_profile_message(checker->profile, &checker->engine, text);
		return;
	}
	struct message *message = engine_parse(&checker->engine, text);
	if (check_args_about_lists(args)) {
		if (!lists_change_message(&checker->engine, change_of(args),
					  engine_mail(&checker->engine, message)))
			checker->unchanged = true;
		return;
	}
	if (args->remove_markup) {
		text = without_markup(checker, message);
		if (!args->test_mode) {
			put(checker, text);
			return;
		}
		message = engine_parse(&checker->engine, text);
	}
	if (args->report || args->revoke)
		report(checker, message);
	else
		score(checker, message);
}

static void check_source(struct checker *checker, const struct mail_source *source)
{
	struct engine *engine = &checker->engine;
	struct str text;
	struct why why;

	switch (mailbox_read(engine->scan, source, INPUT_MESSAGE_BYTES_MAX, &text, &why)) {
	case STATUS_OK:
		check_text(checker, text);
		break;
	case STATUS_NOT_FOUND:
		log_debug("archive-iterator", "%s", why.text);
		break;
	default:
		log_warn("%s", why.text);
		break;
	}
	engine_next(engine);
}

/* --- all of them ------------------------------------------------------------------------------ */

static void tell_progress(const struct checker *checker, size_t at, size_t n)
{
	if (checker->args.progress)
		fprintf(stderr, "\r%zu of %zu messages%s", at, n, at == n ? "\n" : "");
}

static bool counts_messages(const struct check_args *args)
{
	return args->report || args->revoke || check_args_about_lists(args);
}

static int exit_status(const struct checker *checker)
{
	const struct check_args *args = &checker->args;

	if (args->error_code != CHECK_NO_ERROR_CODE && checker->found_spam)
		return args->error_code ? args->error_code : EXIT_SPAM;
	if (checker->n_messages == 0 || checker->failed || checker->unchanged)
		return EXIT_NOTHING_DONE;
	return WIRE_OK;
}

static int check_all(struct checker *checker)
{
	const struct check_args *args = &checker->args;
	struct mail_source_vec sources = {0};
	struct why why;

	if (input_find(checker->engine.keep, &args->targets, check_args_format(args), &sources,
		       NULL, &why) != STATUS_OK) {
		log_error("spamassassin: %s", why.text);
		return EXIT_NOTHING_DONE;
	}
	for (size_t i = 0; i < sources.n && !checker->failed; i++) {
		check_source(checker, &sources.items[i]);
		tell_progress(checker, i + 1, sources.n);
	}
	if (teller_finish(&checker->teller, &why) != STATUS_OK)
		log_warn("spamassassin: %s", why.text);
	if (checker->profile)
		put(checker,
		    check_profile_text(checker->engine.keep, checker->profile, args->json));
	if (counts_messages(args))
		put(checker, arena_printf(checker->engine.keep, "%zu message(s) examined.\n",
					  checker->n_messages));
	return exit_status(checker);
}

/* As in SpamAssassin, what the configuration says of it counts more than -t. */
static void learn_nothing(struct arena *keep, struct engine_args *args)
{
	struct str_vec lines = {0};

	vec_push(keep, &lines, STR_LIT("bayes_auto_learn 0"));
	for (size_t i = 0; i < args->pre.n; i++)
		vec_push(keep, &lines, args->pre.items[i]);
	args->pre = lines;
}

/* Of several only one is done, in this order, as in SpamAssassin. */
static int change_address(struct checker *checker)
{
	const struct check_args *args = &checker->args;
	enum list_change change = args->add_address_welcome ? LIST_WELCOME
				  : args->remove_address    ? LIST_REMOVE
							    : LIST_BLOCK;
	const char *address = args->add_address_welcome ? args->add_address_welcome
			      : args->remove_address    ? args->remove_address
							: args->add_address_block;

	return lists_change_address(&checker->engine, change, str_from(address))
		       ? WIRE_OK
		       : EXIT_NOTHING_DONE;
}

static int run(struct checker *checker, struct arena *keep)
{
	struct check_args *args = &checker->args;
	struct why why;

	if (args->test_mode)
		learn_nothing(keep, &args->engine);
	if (engine_open_log(&args->engine, &why) != STATUS_OK ||
	    engine_open(&checker->engine, keep, &args->engine, &why) != STATUS_OK) {
		log_error("%s", why.text);
		return WIRE_CONFIG;
	}
	if (args->lint)
		return lint(&checker->engine);
	if (args->add_address_welcome || args->add_address_block || args->remove_address)
		return change_address(checker);
	if (args->profile != CHECK_NO_PROFILE)
		checker->profile = check_profile_new(keep, args->profile);
	return check_all(checker);
}

static void killed(int signal)
{
	static const char text[] = "spamassassin: killed by signal\n";
	ssize_t n = write(STDERR_FILENO, text, sizeof text - 1);

	(void)n;
	(void)signal;
	_exit(EXIT_KILLED);
}

static void catch_signals(void)
{
	static const int signals[] = {SIGHUP, SIGINT, SIGTERM};
	struct sigaction action = {.sa_handler = killed};

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaction(signals[i], &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

static int print_version(void)
{
	printf("SpamAssassin version %s\n  as Whorl %s\n  with PCRE2 %s\n", COMPAT_VERSION,
	       PACKAGE_VERSION, regex_library_version());
	return WIRE_OK;
}

static int check_as_told(struct checker *checker, struct arena *keep, int argc, char *const *argv)
{
	const struct check_args *args = &checker->args;

	switch (check_args_parse(keep, argc, argv, &checker->args)) {
	case OPTIONS_OK:
		break;
	case OPTIONS_REMOVED:
		return EXIT_REMOVED_OPTION;
	case OPTIONS_USAGE:
		check_args_print(false);
		return WIRE_USAGE;
	}
	if (args->help || args->version)
		print_version();
	if (args->help) {
		puts("");
		check_args_print(true);
	}
	if (args->help || args->version)
		return WIRE_OK;
	catch_signals();
	return run(checker, keep);
}

static int check(int argc, char *const *argv)
{
	struct arena *keep = arena_new_lasting("keep");
	struct checker checker = {.n_messages = 0};
	int status = check_as_told(&checker, keep, argc, argv);

	engine_close(&checker.engine);
	arena_free(keep);
	return status;
}

const struct command command_check = {"check", "score messages from stdin or files", "spamassassin",
				      check};
