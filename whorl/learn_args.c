/* learn_args: see learn_args.h. */
#include "whorl/learn_args.h"

#include <stdio.h>

#define FIELD(name) offsetof(struct learn_args, name)

static const struct option_def options[] = {
	{"forget", OPTION_SET, FIELD(forget), " take back what was learnt"},
	{"sync", OPTION_SET, FIELD(sync), " nothing to do for our own store; exit"},
	{"rebuild", OPTION_SET, FIELD(rebuild), NULL},
	{"force-expire|expire", OPTION_SET, FIELD(force_expire),
	 " delete tokens unused for long, now"},
	{"quiet|q", OPTION_SET, FIELD(quiet), " do not say what was done"},
	{"username|u", OPTION_STRING, FIELD(engine.username), "USER  whose store is used"},
	{"configpath|config-file|config-dir|c|C", OPTION_STRING, FIELD(engine.configpath),
	 "PATH  directory of the stock rules"},
	{"siteconfigpath", OPTION_STRING, FIELD(engine.siteconfigpath),
	 "PATH  directory of the site's rules"},
	{"prefspath|prefs-file|p", OPTION_STRING, FIELD(engine.prefspath),
	 "FILE  the user's preferences"},
	{"cf", OPTION_LIST, FIELD(engine.cf), "LINE  configuration line behind all others"},
	{"folders|f", OPTION_STRING, FIELD(folders), "FILE  a list of targets, one a line"},
	{"local|L", OPTION_SET, FIELD(engine.local), " no network"},
	{"no-sync|nosync", OPTION_SET, FIELD(no_sync), " accepted; there is no journal"},
	{"no-rebuild|norebuild", OPTION_SET, FIELD(no_rebuild), NULL},
	{"showdots", OPTION_SET, FIELD(showdots), " a dot on stderr for each message"},
	{"progress", OPTION_SET, FIELD(progress), " a bar on stderr"},
	{"use-ignores", OPTION_SET, FIELD(use_ignores),
	 " leave out what bayes_ignore_from and _to name"},
	{"learnprob", OPTION_STRING, FIELD(learnprob), "P  learn each message with this chance"},
	{"randseed", OPTION_INT, FIELD(randseed), "N  seed of that chance"},
	{"stopafter", OPTION_INT, FIELD(stop_after), "N  stop when so many were learnt"},
	{"max-size", OPTION_INT, FIELD(max_bytes),
	 "BYTES  leave out larger messages (512000; 0: none)"},
	{"debug|debug-level|D", OPTION_MAY_STRING, FIELD(engine.debug),
	 "[AREA,...]  debugging lines"},
	{"help|h|?", OPTION_SET, FIELD(help), " this text"},
	{"version|V", OPTION_SET, FIELD(version), " print the version"},
	{"dump", OPTION_MAY_STRING, FIELD(dump), "[all|data|magic]  print the store"},
	{"import", OPTION_SET, FIELD(import), " take over SpamAssassin's bayes_toks, bayes_seen"},
	{"backup", OPTION_SET, FIELD(backup), " print the store as a backup"},
	{"clear", OPTION_SET, FIELD(clear), " delete everything in the store"},
	{"restore", OPTION_STRING, FIELD(restore), "FILE  put a backup in the store's place"},
	{"dir", OPTION_SET, FIELD(dir), NULL},
	{"file", OPTION_SET, FIELD(file), NULL},
	{"mbox", OPTION_SET, FIELD(mbox), " the targets are mbox mailboxes"},
	{"mbx", OPTION_SET, FIELD(mbx), " the targets are mbx mailboxes"},
	{"single", OPTION_SET, FIELD(single), NULL},
	{"db|dbpath", OPTION_STRING, FIELD(dbpath), "PATH  in the place of bayes_path"},
	{"re|regexp", OPTION_STRING, FIELD(regexp), "RE  which tokens --dump prints"},
};

static const struct option_table table = {options, sizeof options / sizeof *options, false};

static const struct class_word {
	const char *word;
	enum learn_action class;
} class_words[] = {
	{"--spam", ACTION_SPAM}, {"-spam", ACTION_SPAM},    {"--ham", ACTION_HAM},
	{"-ham", ACTION_HAM},    {"--nonspam", ACTION_HAM}, {"-nonspam", ACTION_HAM},
};

static enum learn_action class_of(const char *word)
{
	for (size_t i = 0; i < sizeof class_words / sizeof *class_words; i++)
		if (strcmp(class_words[i].word, word) == 0)
			return class_words[i].class;
	return ACTION_UNSET;
}

bool learn_args_add_target(struct arena *keep, struct learn_args *args, struct str text)
{
	if (args->class == ACTION_UNSET && !args->forget)
		return false;
	vec_push(keep, &args->targets,
		 arena_printf(keep, "%s:%s:%.*s", args->class == ACTION_SPAM ? "spam" : "ham",
			      args->mbox  ? "mbox"
			      : args->mbx ? "mbx"
					  : "detect",
			      STR_ARG(text)));
	return true;
}

/* The words between two that name a class; argv[0] is not looked at. */
static enum options_result parse_part(struct arena *keep, int argc, char *const *argv,
				      struct learn_args *args)
{
	struct str_vec words = {0};
	enum options_result result = options_parse(keep, &table, argc, argv, args, &words);

	if (result != OPTIONS_OK)
		return result;
	for (size_t i = 0; i < words.n; i++)
		if (!learn_args_add_target(keep, args, words.items[i])) {
			puts("Please select either --spam or --ham or --forget before the first "
			     "target");
			return OPTIONS_USAGE;
		}
	return OPTIONS_OK;
}

/* A class holds for the targets behind it, so the line is read part by part. */
static enum options_result parse_parts(struct arena *keep, int argc, char *const *argv,
				       struct learn_args *args)
{
	int from = 0;

	for (int i = 1; i <= argc; i++) {
		if (i < argc && class_of(argv[i]) == ACTION_UNSET)
			continue;
		enum options_result result = parse_part(keep, i - from, argv + from, args);
		if (result != OPTIONS_OK)
			return result;
		if (i < argc)
			args->class = class_of(argv[i]);
		from = i;
	}
	return OPTIONS_OK;
}

static void tell_deprecated(struct learn_args *args)
{
	if (args->rebuild)
		fputs("The --rebuild option has been deprecated.  Please use --sync instead.\n",
		      stderr);
	if (args->no_rebuild)
		fputs("The --no-rebuild option has been deprecated.  Please use --no-sync "
		      "instead.\n",
		      stderr);
	if (args->forget && (args->no_sync || args->no_rebuild))
		fputs("sa-learn warning: --forget requires read/write access to the database, and "
		      "is incompatible with --no-sync\n",
		      stderr);
	args->sync = args->sync || args->rebuild || args->force_expire;
}

enum options_result learn_args_parse(struct arena *keep, int argc, char *const *argv,
				     struct learn_args *args_out)
{
	*args_out = (struct learn_args){.max_bytes = LEARN_NOT_ASKED,
					.randseed = LEARN_NOT_ASKED,
					.stop_after = LEARN_NOT_ASKED};
	enum options_result result = parse_parts(keep, argc, argv, args_out);

	if (result != OPTIONS_OK)
		return result;
	tell_deprecated(args_out);
	if (args_out->single && !learn_args_add_target(keep, args_out, STR_LIT("-")))
		return OPTIONS_USAGE;
	return OPTIONS_OK;
}

void learn_args_print(void)
{
	puts("Usage: whorl learn [options] (--spam|--ham|--forget) [FILE|FOLDER|MAILBOX...]\n"
	     "       whorl learn (--sync|--force-expire|--dump|--backup|--restore FILE|--import|"
	     "--clear)\n\nMessages from stdin or the targets are learnt.\n\nOptions:\n"
	     "  --spam, --ham  what the targets behind are");
	options_print(&table, true);
}
