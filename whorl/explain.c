/* explain: why a rule hit, or did not; how the verdict came about. */
#include <stdio.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/options.h"
#include "lib/wire/wire.h"
#include "whorl/command.h"
#include "whorl/explanation.h"
#include "whorl/input.h"

struct explain_args {
	struct engine_args engine;
	struct str_vec rules;
	bool json, verdict, help;
	const char *message;
};

#define FIELD(name) offsetof(struct explain_args, name)

static const struct option_def options[] = {
	{"json|j", OPTION_SET, FIELD(json), " for programs"},
	{"verdict|v", OPTION_SET, FIELD(verdict), " all hits, the heaviest first, and the sum"},
	{"message|m", OPTION_STRING, FIELD(message), "FILE  the message (standard input)"},
	{"local-only|local|L", OPTION_SET, FIELD(engine.local), " no network tests"},
	{"configpath|C", OPTION_STRING, FIELD(engine.configpath),
	 "PATH  directory of the stock rules"},
	{"siteconfigpath", OPTION_STRING, FIELD(engine.siteconfigpath),
	 "PATH  directory of the site's rules"},
	{"prefspath|p", OPTION_STRING, FIELD(engine.prefspath), "FILE  the user's preferences"},
	{"config", OPTION_STRING, FIELD(engine.spamd_conf),
	 "FILE  spamd.conf: with a reputation section its rules, too"},
	{"pre", OPTION_LIST, FIELD(engine.pre), "LINE  configuration line in front of all others"},
	{"cf", OPTION_LIST, FIELD(engine.cf), "LINE  configuration line behind all others"},
	{"debug|D", OPTION_MAY_STRING, FIELD(engine.debug), "[AREA,...]  debugging lines"},
	{"help|h", OPTION_SET, FIELD(help), " this text"},
};

static const struct option_table table = {options, sizeof options / sizeof *options, false};

static void print_usage(bool to_stdout)
{
	fputs("Usage: whorl explain [options] RULE... < MESSAGE\n"
	      "       whorl explain [options] --verdict < MESSAGE\n\nOptions:\n",
	      to_stdout ? stdout : stderr);
	options_print(&table, to_stdout);
}

static void explain_text(struct buf *out, const struct engine *engine,
			 const struct verdict *verdict, const struct explain_args *args)
{
	if (args->verdict)
		explain_verdict_text(out, engine, verdict);
	for (size_t i = 0; i < args->rules.n; i++)
		explanation_text(out, explanation_make(engine, verdict, args->rules.items[i]), 0);
}

static void explain_json(struct buf *out, const struct engine *engine,
			 const struct verdict *verdict, const struct explain_args *args)
{
	struct json json;

	json_init(&json, out);
	json_open(&json, NULL, '[');
	if (args->verdict)
		explain_verdict_json(&json, engine, verdict);
	for (size_t i = 0; i < args->rules.n; i++)
		explanation_json(&json, explanation_make(engine, verdict, args->rules.items[i]));
	json_close(&json, ']');
	buf_add_char(out, '\n');
}

static enum status read_message(struct arena *arena, const char *path, struct str *text_out,
				struct why *why)
{
	return path ? file_read(arena, path, INPUT_MESSAGE_BYTES_MAX, text_out, why)
		    : input_stdin(arena, text_out, why);
}

static int run(struct engine *engine, struct arena *keep, const struct explain_args *args)
{
	struct str text;
	struct buf out;
	struct why why;

	if (engine_open_log(&args->engine, &why) != STATUS_OK ||
	    engine_open(engine, keep, &args->engine, &why) != STATUS_OK) {
		log_error("%s", why.text);
		return WIRE_CONFIG;
	}
	if (read_message(engine->scan, args->message, &text, &why) != STATUS_OK) {
		log_error("%s", why.text);
		return 1;
	}
	const struct verdict *verdict = engine_scan(engine, engine_parse(engine, text));
	buf_init(&out, engine->scan);
	(args->json ? explain_json : explain_text)(&out, engine, verdict, args);
	if (fd_write_all(STDOUT_FILENO, buf_str(&out), &why) == STATUS_OK)
		return WIRE_OK;
	log_error("error writing: %s", why.text);
	return 1;
}

static int explain(int argc, char *const *argv)
{
	struct arena *keep = arena_new("keep", 0);
	struct explain_args args = {.verdict = false};
	struct engine engine = {.keep = NULL};
	int status = WIRE_OK;

	bool ok = options_parse(keep, &table, argc, argv, &args, &args.rules) == OPTIONS_OK &&
		  (args.rules.n > 0 || args.verdict);
	if (args.help || !ok)
		print_usage(args.help);
	if (!args.help)
		status = ok ? run(&engine, keep, &args) : WIRE_USAGE;
	engine_close(&engine);
	arena_free(keep);
	return status;
}

const struct command command_explain = {"explain", "why a rule hit, or did not", NULL, explain};
