/* fingerprints: see fingerprints.h. */
#include "whorl/fingerprints.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/wire/wire.h"
#include "spamd/unmark.h"

#define FIELD(name) offsetof(struct fingerprints_args, name)

#define COMMON_OPTIONS                                                                             \
	{"config", OPTION_STRING, FIELD(config), "FILE  spamd.conf with the reputation section"},  \
		{"state", OPTION_STRING, FIELD(state),                                             \
		 "FOLDER  state folder instead of the configured one"},                            \
		{"format", OPTION_STRING, FIELD(format),                                           \
		 "file|dir|mbox|mbx|detect  of the targets"},                                      \
		{"configpath|C", OPTION_STRING, FIELD(engine.configpath),                          \
		 "PATH  directory of the stock rules"},                                            \
		{"siteconfigpath", OPTION_STRING, FIELD(engine.siteconfigpath),                    \
		 "PATH  directory of the site's rules"},                                           \
		{"cf", OPTION_LIST, FIELD(engine.cf),                                              \
		 "LINE  configuration line behind all others"},                                    \
		{"debug|D", OPTION_MAY_STRING, FIELD(engine.debug),                                \
		 "[AREA,...]  debugging lines"},                                                   \
	{                                                                                          \
		"help|h", OPTION_SET, FIELD(help), " this text"                                    \
	}

static const struct option_def look_options[] = {
	{"json|j", OPTION_SET, FIELD(json), " for programs: one object a line"},
	COMMON_OPTIONS,
};

static const struct option_def report_options[] = {
	{"reporter|r", OPTION_STRING, FIELD(reporter), "NAME  who reports (the calling user)"},
	{"key", OPTION_STRING, FIELD(sign_key), "FILE  report in the name of this key, and sign"},
	{"print", OPTION_SET, FIELD(print), " print signed reports, for another machine's ledger"},
	{"arf", OPTION_SET, FIELD(arf), " all messages are reports of a feedback loop (RFC 5965)"},
	{"no-arf", OPTION_SET, FIELD(no_arf), " none is: take such reports as they are"},
	{"json|j", OPTION_SET, FIELD(json), " say what was done as an object"},
	COMMON_OPTIONS,
};

static const struct option_table tables[] = {
	[FINGERPRINTS_KEYS] = {look_options, sizeof look_options / sizeof *look_options, false},
	[FINGERPRINTS_LOOKUP] = {look_options, sizeof look_options / sizeof *look_options, false},
	[FINGERPRINTS_REPORT] = {report_options, sizeof report_options / sizeof *report_options,
				 false},
};

static void print_usage(const struct option_table *table, const char *usage_line, bool to_stdout)
{
	fprintf(to_stdout ? stdout : stderr, "Usage: %s\n\nOptions:\n", usage_line);
	options_print(table, to_stdout);
}

/* An mbox need not be called one. */
static bool begins_as_mbox(struct str target)
{
	char path[PATH_MAX], head[5] = "";
	int fd;

	if (target.len >= sizeof path || str_eq_c(target, "-"))
		return false;
	snprintf(path, sizeof path, "%.*s", STR_ARG(target));
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, head, sizeof head);
	close(fd);
	return n == sizeof head && memcmp(head, "From ", sizeof head) == 0;
}

/* Messages of all targets; standard input without any. */
static enum status find_messages(struct fingerprints *fingerprints, struct why *why)
{
	struct fingerprints_args *args = &fingerprints->args;

	if (!args->targets.n)
		vec_push(fingerprints->keep, &args->targets, STR_LIT("-"));
	for (size_t i = 0; !args->format && i < args->targets.n; i++)
		if (begins_as_mbox(args->targets.items[i]))
			args->targets.items[i] =
				mailbox_target(fingerprints->keep, args->targets.items[i], "mbox");
	return input_find(fingerprints->keep, &args->targets,
			  args->format ? args->format : "detect", &fingerprints->messages,
			  &fingerprints->missing, why);
}

static enum status open_all(struct fingerprints *fingerprints, bool needs_state, struct why *why)
{
	struct fingerprints_args *args = &fingerprints->args;
	struct config config;
	enum status status = engine_open_log(&args->engine, why);

	if (status == STATUS_OK)
		status = config_read(fingerprints->keep, args->config, &config, why);
	if (status != STATUS_OK)
		return status;
	fingerprints->config = config.reputation;
	if (args->state)
		fingerprints->config.state = args->state;
	if (needs_state && !fingerprints->config.state)
		return why_set(
			why, STATUS_INVALID,
			"no state folder: give --state, or --config with a reputation section");
	args->engine.local = args->engine.has_layer = args->engine.settings_only = true;
	args->engine.spamd_conf = args->config;
	status = feedback_lines(fingerprints->keep, &fingerprints->config, &args->engine.pre, why);
	if (status == STATUS_OK)
		status = engine_open(&fingerprints->engine, fingerprints->keep, &args->engine, why);
	if (status == STATUS_OK)
		status = find_messages(fingerprints, why);
	return status;
}

bool fingerprints_open(struct fingerprints *fingerprints, int argc, char *const *argv,
		       const char *usage_line, enum fingerprints_use use, int *exit_out)
{
	const struct option_table *table = &tables[use];
	struct why why;

	*fingerprints = (struct fingerprints){.keep = arena_new("keep", 0)};
	bool ok = options_parse(fingerprints->keep, table, argc, argv, &fingerprints->args,
				&fingerprints->args.targets) == OPTIONS_OK;
	*exit_out = ok && fingerprints->args.help ? WIRE_OK : WIRE_USAGE;
	if (!ok || fingerprints->args.help) {
		print_usage(table, usage_line, ok);
		return false;
	}
	*exit_out = WIRE_CONFIG;
	if (open_all(fingerprints, use != FINGERPRINTS_KEYS, &why) != STATUS_OK) {
		log_error("%s", why.text);
		return false;
	}
	fingerprints->settings = fingerprint_plugin_settings(fingerprints->engine.ruleset);
	return fingerprints->settings != NULL;
}

void fingerprints_close(struct fingerprints *fingerprints)
{
	if (fingerprints->engine.keep)
		engine_close(&fingerprints->engine);
	arena_free(fingerprints->keep);
}

static enum status read_message(struct fingerprints *fingerprints, size_t i, struct str *text_out,
				struct why *why)
{
	const struct mail_source *source = &fingerprints->messages.items[i];

	if (strcmp(source->path, "-") == 0)
		return input_stdin(fingerprints->engine.scan, text_out, why);
	return mailbox_read(fingerprints->engine.scan, source, INPUT_MESSAGE_BYTES_MAX, text_out,
			    why);
}

struct message *fingerprints_read(struct fingerprints *fingerprints, size_t i)
{
	struct str text;
	struct why why;

	engine_next(&fingerprints->engine);
	if (read_message(fingerprints, i, &text, &why) == STATUS_OK)
		return engine_parse(&fingerprints->engine, text);
	log_warn("%s", why.text);
	return NULL;
}

struct mail *fingerprints_mail(struct fingerprints *fingerprints, struct message *message)
{
	struct engine *engine = &fingerprints->engine;
	const struct ruleset *ruleset = engine->ruleset;

	message = unmark_parse(engine->scan, message->raw, &ruleset->settings,
			       &ruleset->message_settings);
	return mail_make(engine->scan, message, &ruleset->message_settings,
			 &ruleset->trust_settings, &ruleset->uri_settings);
}

struct str fingerprints_name(struct fingerprints *fingerprints, size_t i)
{
	const struct mail_source *source = &fingerprints->messages.items[i];

	if (source->is_whole)
		return str_from(source->path);
	return arena_printf(fingerprints->engine.scan, "%s@%llu", source->path,
			    (unsigned long long)source->offset_bytes);
}
