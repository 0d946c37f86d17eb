/* check_args: see check_args.h. */
#include "whorl/check_args.h"

#include <stdio.h>

#define FIELD(name) offsetof(struct check_args, name)

#define GONE(name)                                                                                 \
	"The " name " option has been removed from spamassassin, please remove from your "         \
	"commandline and re-run."
#define OBSOLETE(name) "The " name " option has been deprecated, ignoring."

static const struct option_def options[] = {
	{"test-mode|test|t", OPTION_SET, FIELD(test_mode),
	 " print the report behind the message; learn nothing"},
	{"error-code|exit-code|e", OPTION_MAY_INT, FIELD(error_code),
	 "[N]  exit status for spam (5)"},
	{"remove-markup|despamassassinify|d", OPTION_SET, FIELD(remove_markup),
	 " give back the message as it was before it was marked"},
	{"local-only|local|L", OPTION_SET, FIELD(engine.local), " no network tests"},
	{"mbox", OPTION_SET, FIELD(mbox), " the files are mbox mailboxes"},
	{"mbx", OPTION_SET, FIELD(mbx), " the files are mbx mailboxes"},
	{"dir", OPTION_SET, FIELD(dir), " the files are folders of messages"},
	{"file", OPTION_SET, FIELD(file), " each file is one message"},
	{"lint", OPTION_SET, FIELD(lint), " check the configuration; exit status 1 for faults"},
	{"net", OPTION_SET, FIELD(net), " use the network for --lint, too"},
	{"spamd-conf", OPTION_STRING, FIELD(engine.spamd_conf),
	 "FILE  spamd.conf: with a reputation section its rules, and reports go there"},
	{"configpath|config-file|config-dir|c|C", OPTION_STRING, FIELD(engine.configpath),
	 "PATH  directory of the stock rules"},
	{"siteconfigpath", OPTION_STRING, FIELD(engine.siteconfigpath),
	 "PATH  directory of the site's rules"},
	{"prefspath|prefs-file|p", OPTION_STRING, FIELD(engine.prefspath),
	 "FILE  the user's preferences (~/.spamassassin/user_prefs)"},
	{"create-prefs", OPTION_SWITCH, FIELD(engine.create_prefs),
	 " make that file when it is missing (default)"},
	{"x", OPTION_SET, FIELD(no_create_prefs), " do not make it"},
	{"pre", OPTION_LIST, FIELD(engine.pre), "LINE  configuration line in front of all others"},
	{"cf", OPTION_LIST, FIELD(engine.cf), "LINE  configuration line behind all others"},
	{"debug|D", OPTION_MAY_STRING, FIELD(engine.debug), "[AREA,...]  debugging lines"},
	{"username|u", OPTION_STRING, FIELD(engine.username), "USER  whose state is used"},
	{"4|ipv4only|ipv4-only|ipv4", OPTION_LETTER, FIELD(engine.ip_version), " IPv4 only"},
	{"6", OPTION_LETTER, FIELD(engine.ip_version), " IPv6 only"},
	{"report|r", OPTION_SET, FIELD(report), " report the messages as spam"},
	{"revoke|k", OPTION_SET, FIELD(revoke), " take reports back"},
	{"add-to-welcomelist|W|add-to-whitelist", OPTION_SET, FIELD(add_to_welcomelist),
	 " addresses of the messages are welcome"},
	{"add-to-blocklist|add-to-blacklist", OPTION_SET, FIELD(add_to_blocklist),
	 " addresses of the messages are blocked"},
	{"remove-from-welcomelist|R|remove-from-whitelist", OPTION_SET,
	 FIELD(remove_from_welcomelist), " forget addresses of the messages"},
	{"add-addr-to-welcomelist|add-addr-to-whitelist", OPTION_STRING, FIELD(add_address_welcome),
	 "ADDRESS  it is welcome"},
	{"add-addr-to-blocklist|add-addr-to-blacklist", OPTION_STRING, FIELD(add_address_block),
	 "ADDRESS  it is blocked"},
	{"remove-addr-from-welcomelist|remove-addr-from-whitelist", OPTION_STRING,
	 FIELD(remove_address), "ADDRESS  forget it"},
	{"profile", OPTION_MAY_INT, FIELD(profile),
	 "[N]  print where the time goes instead of the messages; each is scanned N times"},
	{"json", OPTION_SET, FIELD(json), " print that as JSON"},
	{"progress", OPTION_SET, FIELD(progress), " tell on stderr how far it is"},
	{"version|V", OPTION_SET, FIELD(version), " print versions"},
	{"help|h|?", OPTION_SET, FIELD(help), " this text"},
	{"pipe|P", OPTION_IGNORED, 0, OBSOLETE("-P")},
	{"stop-at-threshold|S", OPTION_IGNORED, 0, OBSOLETE("-S")},
	{"log-to-mbox|l", OPTION_MAY_IGNORED, 0, OBSOLETE("-l")},
	{"F", OPTION_REMOVED, 0, GONE("-F")},
	{"add-from|no-add-from|noadd-from", OPTION_REMOVED, 0, GONE("--add-from")},
	{"warning-from|w", OPTION_REMOVED, 0, GONE("-w")},
	{"whitelist-factory|M", OPTION_REMOVED, 0, GONE("-M")},
};

static const struct option_table table = {options, sizeof options / sizeof *options, false};

enum options_result check_args_parse(struct arena *keep, int argc, char *const *argv,
				     struct check_args *args_out)
{
	*args_out = (struct check_args){
		.engine.create_prefs = true,
		.error_code = CHECK_NO_ERROR_CODE,
		.profile = CHECK_NO_PROFILE,
	};
	enum options_result result =
		options_parse(keep, &table, argc, argv, args_out, &args_out->targets);
	if (args_out->no_create_prefs)
		args_out->engine.create_prefs = false;
	if (args_out->lint) {
		args_out->engine.lint = true;
		args_out->engine.create_prefs = false;
		args_out->engine.local = args_out->engine.local || !args_out->net;
	}
	if (args_out->targets.n == 0)
		vec_push(keep, &args_out->targets, STR_LIT("-"));
	return result;
}

void check_args_print(bool to_stdout)
{
	fputs("Usage: whorl check [options] [FILE...]\n\nA message from stdin or the files is "
	      "scored and printed with its marks.\n\nOptions:\n",
	      to_stdout ? stdout : stderr);
	options_print(&table, to_stdout);
}

const char *check_args_format(const struct check_args *args)
{
	return args->mbox   ? "mbox"
	       : args->mbx  ? "mbx"
	       : args->dir  ? "dir"
	       : args->file ? "file"
			    : "detect";
}

bool check_args_about_lists(const struct check_args *args)
{
	return args->add_to_welcomelist || args->add_to_blocklist || args->remove_from_welcomelist;
}
