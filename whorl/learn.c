/*
 * learn: messages are learnt as spam or ham, or forgotten, and the store of tokens is looked after,
 * in the manner of sa-learn 4.0.1 (sa-surface 4.9), which this is when called by that name.
 */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/number.h"
#include "lib/wire/wire.h"
#include "rules/learner.h"
#include "spamd/tags.h"
#include "spamd/unmark.h"
#include "spamd/verdict.h"
#include "whorl/command.h"
#include "whorl/input.h"
#include "whorl/learn_args.h"
#include "whorl/progress.h"

enum {
	EXIT_NOTHING_DONE = 1,
	EXIT_DIED = 255, /* where sa-learn dies, and no system call had failed */
	MAX_BYTES_DEFAULT = 500 * 1024,
	FOLDERS_BYTES_MAX = 16 << 20,
	NICE = 10, /* servers on this machine come first */
};

struct lessons {
	struct learn_args args;
	struct engine engine;
	const struct learner *learner; /* the classifier; NULL: only others learn */
	const void *plugin;
	struct progress progress;
	size_t n_examined, n_learned, n_read;
	double chance; /* 0: all are learnt */
	bool failed;
	struct why why; /* of what failed */
};

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
	interrupted = signal;
}

/* As Perl dies: with the number of what failed last. */
static int died(const struct why *why)
{
	return why->saved_errno ? why->saved_errno : EXIT_DIED;
}

static struct str user_of(const struct lessons *lessons)
{
	return engine_owner(&lessons->engine);
}

/* --- one message ------------------------------------------------------------------------------ */

static void learn_text(struct lessons *lessons, char class, struct str text)
{
	const struct learn_args *args = &lessons->args;
	struct scan *scan = engine_prepare(&lessons->engine, text);
	struct why why = {0};
	enum learn_result result =
		args->forget ? scan_forget(scan, &why)
			     : scan_learn(scan, class == 's' ? LEARN_SPAM : LEARN_HAM,
					  args->use_ignores ? LEARN_USE_IGNORES : 0, &why);

	lessons->n_examined++;
	if (result == LEARN_FAILED) {
		lessons->failed = true;
		lessons->why = why;
		log_error("bayes: %s", why.text);
	} else if (result == LEARN_DONE) {
		lessons->n_learned++;
	}
	if (args->showdots)
		putc('.', stderr);
}

static bool is_left_out(struct lessons *lessons)
{
	if (!(lessons->chance > 0) ||
	    (double)random() / ((double)RAND_MAX + 1) / lessons->chance < 1)
		return false;
	if (lessons->args.showdots)
		putc('_', stderr);
	return true;
}

static void learn_source(struct lessons *lessons, const struct mail_source *source)
{
	int max = lessons->args.max_bytes;
	size_t max_bytes = max == LEARN_NOT_ASKED ? MAX_BYTES_DEFAULT
			   : max < 0              ? 0 /* none is small enough */
			   : max == 0             ? INPUT_MESSAGE_BYTES_MAX
						  : (size_t)max;
	struct str text;
	struct why why;

	switch (mailbox_read(lessons->engine.scan, source, max_bytes, &text, &why)) {
	case STATUS_OK:
		lessons->n_read++;
		if (!is_left_out(lessons))
			learn_text(lessons, source->class, text);
		break;
	case STATUS_NOT_FOUND:
		log_debug("archive-iterator", "%s", why.text);
		break;
	case STATUS_TOO_LARGE:
		log_info("archive-iterator: skipping large message: %s", why.text);
		break;
	default:
		log_warn("%s", why.text);
		break;
	}
	engine_next(&lessons->engine);
}

/* --- all of them ------------------------------------------------------------------------------ */

static bool is_over(const struct lessons *lessons)
{
	return lessons->failed || interrupted ||
	       (lessons->args.stop_after != LEARN_NOT_ASKED &&
		(double)lessons->n_learned > lessons->args.stop_after);
}

static void learn_sources(struct lessons *lessons, const struct mail_source_vec *sources)
{
	bool shows = lessons->args.progress;

	if (shows)
		progress_begin(&lessons->progress, sources->n);
	for (size_t i = 0; i < sources->n && !is_over(lessons); i++) {
		learn_source(lessons, &sources->items[i]);
		if (shows)
			progress_update(&lessons->progress, i + 1);
	}
	if (shows)
		progress_end(&lessons->progress, lessons->n_read);
	if (lessons->args.showdots)
		putc('\n', stderr);
}

/* "ham:mbox:PATH" as it stands, anything else as if it stood on the command line. */
static enum status read_folders(struct lessons *lessons, struct why *why)
{
	struct learn_args *args = &lessons->args;
	struct arena *keep = lessons->engine.keep;
	struct str text, line;

	if (file_read(keep, args->folders, FOLDERS_BYTES_MAX, &text, why) != STATUS_OK)
		return why->status;
	while (str_line_next(&text, &line)) {
		if (!str_trim(line).len)
			continue;
		if (str_has_prefix(line, "ham::") || str_has_prefix(line, "spam::")) {
			size_t at = str_find(line, STR_LIT("::"));
			line = arena_printf(keep, "%.*s:detect:%.*s", (int)at, line.ptr,
					    STR_ARG(str_from_at(line, at + 2)));
		}
		if (str_has_prefix(line, "ham:") || str_has_prefix(line, "spam:"))
			vec_push(keep, &args->targets, line);
		else if (!learn_args_add_target(keep, args, line))
			return why_set(why, STATUS_INVALID,
				       "Please select either --spam or --ham or --forget before "
				       "the first target");
	}
	return STATUS_OK;
}

static int finish(struct lessons *lessons)
{
	struct why why = {0};
	const struct prefs *prefs = ruleset_prefs(lessons->engine.ruleset);

	if (lessons->learner &&
	    lessons->learner->batch_end(prefs, lessons->plugin, &why) != STATUS_OK) {
		lessons->failed = true;
		lessons->why = why;
		log_error("bayes: %s", why.text);
	}
	if (!lessons->args.quiet)
		printf("%s tokens from %zu message(s) (%zu message(s) examined)\n",
		       lessons->args.forget ? "Forgot" : "Learned", lessons->n_learned,
		       lessons->n_examined);
	if (lessons->failed) {
		log_error(
			"ERROR: the Bayes learn function returned an error, please re-run with -D "
			"for more information");
		return died(&lessons->why);
	}
	if (interrupted) {
		log_error("interrupted");
		return EXIT_DIED;
	}
	return lessons->n_read ? WIRE_OK : EXIT_NOTHING_DONE;
}

static int usage(const char *message)
{
	if (message)
		puts(message);
	learn_args_print();
	return WIRE_USAGE;
}

static int learn_all(struct lessons *lessons)
{
	struct learn_args *args = &lessons->args;
	struct arena *keep = lessons->engine.keep;
	struct mail_source_vec sources = {0};
	struct why why = {0};
	enum status status = args->folders ? read_folders(lessons, &why) : STATUS_OK;

	if (status == STATUS_OK && !args->targets.n && !args->folders)
		learn_args_add_target(keep, args, STR_LIT("-"));
	if (status == STATUS_OK)
		status = input_find(keep, &args->targets, "detect", &sources, NULL, &why);
	if (status == STATUS_OK && lessons->learner)
		status = lessons->learner->batch_begin(ruleset_prefs(lessons->engine.ruleset),
						       lessons->plugin, user_of(lessons), &why);
	if (status != STATUS_OK) {
		log_error("%s", why.text);
		return why.status == STATUS_INVALID ? usage(NULL) : died(&why);
	}
	(void)!nice(NICE);
	learn_sources(lessons, &sources);
	return finish(lessons);
}

/* --- the store as a whole --------------------------------------------------------------------- */

static void show_progress(void *data, uint64_t done, uint64_t total)
{
	(void)data;
	(void)done;
	(void)total;
	putc('.', stderr);
}

static int maintain(struct lessons *lessons, struct learner_request request, const char *what)
{
	struct why why = {0};
	enum status status;

	if (!lessons->learner) {
		log_error("no plugin that keeps tokens is loaded");
		return EXIT_DIED;
	}
	request.out = stdout;
	request.quiet = lessons->args.quiet;
	if (lessons->args.showdots)
		request.progress = show_progress;
	status = lessons->learner->maintain(lessons->engine.scan,
					    ruleset_prefs(lessons->engine.ruleset), lessons->plugin,
					    user_of(lessons), &request, &why);
	if (lessons->args.showdots && request.task == LEARNER_RESTORE && status == STATUS_OK)
		putc('\n', stderr);
	if (status == STATUS_OK && fflush(stdout) != 0)
		status = why_errno(&why, STATUS_IO, "error writing");
	if (status == STATUS_OK)
		return WIRE_OK;
	log_warn("bayes: %s", why.text);
	log_error("ERROR: Bayes %s returned an error, please re-run with -D for more information",
		  what);
	return request.task == LEARNER_IMPORT ? EXIT_NOTHING_DONE : died(&why);
}

static int dump(struct lessons *lessons)
{
	const char *what = lessons->args.dump;
	bool all = !*what || strcmp(what, "all") == 0;
	struct learner_request request = {
		.task = LEARNER_DUMP,
		.dump_magic = all || strcmp(what, "magic") == 0,
		.dump_tokens = all || strcmp(what, "data") == 0,
	};
	struct regex *filter = NULL;
	struct why why;

	if (!request.dump_magic && !request.dump_tokens) {
		log_warn("Unknown dump option '%s'", what);
		return EXIT_NOTHING_DONE;
	}
	if (lessons->args.regexp &&
	    regex_compile(lessons->engine.keep, str_from(lessons->args.regexp), 0, &filter, &why) !=
		    STATUS_OK) {
		log_error("Invalid dump_tokens regex '%s': %s", lessons->args.regexp, why.text);
		return EXIT_DIED;
	}
	request.token_filter = filter;
	return maintain(lessons, request, "dump");
}

static int run_action(struct lessons *lessons)
{
	const struct learn_args *args = &lessons->args;

	if (args->dump)
		return dump(lessons);
	if (args->import)
		return maintain(lessons, (struct learner_request){.task = LEARNER_IMPORT},
				"import");
	if (args->clear)
		return maintain(lessons, (struct learner_request){.task = LEARNER_CLEAR}, "clear");
	if (args->backup)
		return maintain(lessons, (struct learner_request){.task = LEARNER_BACKUP},
				"backup");
	if (args->restore)
		return maintain(
			lessons,
			(struct learner_request){.task = LEARNER_RESTORE, .path = args->restore},
			"restore");
	if (!lessons->engine.ruleset->settings.use_bayes) {
		log_warn("ERROR: configuration specifies 'use_bayes 0', sa-learn disabled");
		return EXIT_NOTHING_DONE;
	}
	if (args->force_expire)
		return maintain(lessons, (struct learner_request){.task = LEARNER_EXPIRE},
				"expire");
	if (args->sync)
		return maintain(lessons, (struct learner_request){.task = LEARNER_SYNC}, "sync");
	return learn_all(lessons);
}

/* --- the command ------------------------------------------------------------------------------ */

static bool has_action(const struct learn_args *args)
{
	return args->class != ACTION_UNSET || args->forget || args->sync || args->dump ||
	       args->import || args->clear || args->backup || args->restore || args->folders;
}

/* What the command line says goes behind what the files say. */
static void add_lines(struct arena *keep, struct learn_args *args)
{
	struct str_vec lines = {0};

	if (args->dbpath)
		vec_push(keep, &lines,
			 arena_printf(keep, "bayes_path %s%s", args->dbpath,
				      file_is_dir(args->dbpath) ? "/bayes" : ""));
	if (args->dump || args->import || args->clear || args->backup || args->restore)
		vec_push(keep, &lines, STR_LIT("use_bayes 1"));
	for (size_t i = 0; i < args->engine.cf.n; i++)
		vec_push(keep, &lines, args->engine.cf.items[i]);
	args->engine.cf = lines;
}

static void catch_signals(void)
{
	static const int signals[] = {SIGHUP, SIGINT, SIGTERM};
	struct sigaction action = {.sa_handler = interrupt};

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaction(signals[i], &action, NULL);
}

static int run(struct lessons *lessons, struct arena *keep)
{
	struct learn_args *args = &lessons->args;
	struct why why;

	add_lines(keep, args);
	args->engine.settings_only = true;
	args->engine.plain_warnings = true;
	if (engine_open_log(&args->engine, &why) != STATUS_OK ||
	    engine_open(&lessons->engine, keep, &args->engine, &why) != STATUS_OK) {
		log_error("%s", why.text);
		return EXIT_DIED;
	}
	lessons->learner = prefs_learner(ruleset_prefs(lessons->engine.ruleset), &lessons->plugin);
	if (!prefs_can_learn(ruleset_prefs(lessons->engine.ruleset))) {
		log_error("no plugin that learns is loaded");
		return EXIT_DIED;
	}
	if (args->learnprob)
		number_decimal(str_from(args->learnprob), &lessons->chance);
	srandom(args->randseed != LEARN_NOT_ASKED ? (unsigned)args->randseed
						  : (unsigned)clock_mono_us());
	catch_signals();
	return run_action(lessons);
}

static int learn_as_told(struct lessons *lessons, struct arena *keep, int argc, char *const *argv)
{
	const struct learn_args *args = &lessons->args;

	if (learn_args_parse(keep, argc, argv, &lessons->args) != OPTIONS_OK || args->help)
		return usage(NULL);
	if (args->version) {
		printf("SpamAssassin version %s\n", COMPAT_VERSION);
		return WIRE_OK;
	}
	if (args->showdots && args->progress) {
		puts("--showdots and --progress may not be used together, please select just one");
		return WIRE_OK;
	}
	if (!has_action(args))
		return usage("Please select either --spam, --ham, --folders, --forget, --sync, "
			     "--import,\n--dump, --clear, --backup or --restore");
	return run(lessons, keep);
}

static int learn(int argc, char *const *argv)
{
	struct arena *keep = arena_new("keep", 0);
	struct lessons lessons = {.n_read = 0};
	int status = learn_as_told(&lessons, keep, argc, argv);

	engine_close(&lessons.engine);
	arena_free(keep);
	return status;
}

const struct command command_learn = {
	.name = "learn",
	.summary = "learn messages as spam or ham; look after the store of tokens",
	.compatible_name = "sa-learn",
	.run = learn,
};
