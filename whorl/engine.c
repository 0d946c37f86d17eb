/* engine: see engine.h. */
#include "whorl/engine.h"

#include <unistd.h>

#include "lib/base/account.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/profile.h"
#include "plugins/host.h"
#include "spamd/feedback.h"
#include "spamd/unmark.h"
#include "whorl/user_state.h"

enum status engine_open_log(const struct engine_args *args, struct why *why)
{
	const char *areas = args->debug && *args->debug ? args->debug : "all";
	const struct log_settings settings = {
		.ident = "whorl",
		.to_stderr = true,
		.plain_warnings = args->plain_warnings,
		.kind = LOG_KIND_NONE,
		.no_info = !args->debug,
		.debug = args->debug && strcmp(areas, "info") != 0,
		.debug_areas = areas,
	};

	return log_open(&settings, why);
}

static void log_diagnostics(const struct engine *engine)
{
	for (size_t i = 0; i < engine->diags.list.n; i++) {
		const struct diag *diag = &engine->diags.list.items[i];
		bool is_warning = diag->level == DIAG_WARN ||
				  (diag->level == DIAG_LINT && engine->args->lint);
		(is_warning ? log_warn : log_info)("%.*s", STR_ARG(diag->text));
	}
	if (engine->ruleset && engine->ruleset->n_unavailable > 0)
		log_info("config: %zu rules never hit, their eval functions are not available: "
			 "%.*s",
			 engine->ruleset->n_unavailable,
			 STR_ARG(engine->ruleset->unavailable_text));
}

/* As in spamd; an account that may not read the state does without. */
static void add_layer(struct engine *engine, struct str_vec *pre)
{
	unsigned char key[REPUTATION_KEY_BYTES];
	struct str_vec lines = {0};
	struct why why;
	enum status status = reputation_read_key(engine->reputation.state, key, &why);

	if ((status != STATUS_OK && status != STATUS_NOT_FOUND) ||
	    feedback_lines(engine->keep, &engine->reputation, &lines, &why) != STATUS_OK) {
		log_info("no fingerprints: %s", why.text);
		engine->reputation.state = NULL;
		return;
	}
	for (size_t i = 0; i < pre->n; i++)
		vec_push(engine->keep, &lines, pre->items[i]);
	*pre = lines;
}

enum status engine_open(struct engine *engine, struct arena *keep, const struct engine_args *args,
			struct why *why)
{
	struct plugin_host *host = plugin_host_new(keep);
	struct config config;

	*engine = (struct engine){.keep = keep, .scan = arena_new("scan", 0), .args = args};
	engine->diags.arena = keep;
	engine->hostname = host_name(keep);
	engine->owner =
		args->username && *args->username ? str_from(args->username) : account_name(keep);
	enum status status = config_read(keep, args->spamd_conf, &config, why);
	if (status != STATUS_OK)
		return status;
	engine->prefs_path = user_state_prefs(keep, args->prefspath, args->create_prefs);
	struct load_options options = {
		.rules_path = args->configpath,
		.site_path = args->siteconfigpath,
		.pre = args->pre,
		.cf = args->cf,
		.user_prefs = engine->prefs_path,
		.settings_only = args->settings_only,
		.local_tests_only = args->local,
		.lint = args->lint,
		.email_address_xs = config.email_address_xs,
		.libidn = config.libidn,
	};
	engine->reputation = config.reputation;
	if (engine->reputation.state && !args->has_layer)
		add_layer(engine, &options.pre);
	status = ruleset_load(keep, &options, plugin_host_extension(host), &engine->diags,
			      &engine->ruleset, why);
	log_diagnostics(engine);
	return status;
}

void engine_next(struct engine *engine)
{
	if (engine->timing)
		log_debug("timing", "%.*s", STR_ARG(timing_text(engine->scan, engine->timing)));
	arena_reset(engine->scan);
	engine->timing = NULL;
}

struct message *engine_parse(struct engine *engine, struct str text)
{
	int64_t began_us = timing_begin();

	if (!engine->timing)
		engine->timing = timing_new(engine->scan);
	struct profile_mark mark = profile_enter(PROFILE_PARSE);
	struct message *message =
		message_parse(engine->scan, text, &engine->ruleset->message_settings);
	profile_leave(mark);
	timing_end(engine->timing, "parse", began_us);
	return message;
}

const struct verdict *engine_scan(struct engine *engine, struct message *message)
{
	const struct ruleset *ruleset = engine->ruleset;
	const struct prefs *prefs = ruleset_prefs(ruleset);
	const struct scan_options options = {
		.deadline = scan_deadline(prefs, DEADLINE_NEVER),
		.user = engine_owner(engine),
		.timing = engine->timing,
	};
	const struct verdict_env env = {.hostname = engine->hostname, .timing = engine->timing};

	scan_message_parsed(engine->scan, prefs, message, &options);
	struct mail *mail =
		mail_make_until(engine->scan, message, &ruleset->message_settings,
				&ruleset->trust_settings, &ruleset->uri_settings, options.deadline);
	struct scan *scan = scan_run(engine->scan, prefs, mail, &options);

	struct profile_mark mark = profile_enter(PROFILE_REPLY);
	const struct verdict *verdict = verdict_make(engine->scan, scan, &env);
	profile_leave(mark);

	scan_stage(scan, STAGE_AFTER, verdict->points, verdict->is_spam);
	autolearn_run(verdict, scan);
	return verdict;
}

static struct message *parse_unmarked(struct engine *engine, struct str text,
				      const struct message_settings *settings)
{
	struct message *message = message_parse(engine->scan, text, settings);

	if (!headers_last(message->headers, "X-Spam-Checker-Version").ptr)
		return message;
	text = unmark_message(engine->scan, message, &engine->ruleset->settings);
	return message_parse(engine->scan, text, settings);
}

struct scan *engine_prepare(struct engine *engine, struct str text)
{
	const struct prefs *prefs = ruleset_prefs(engine->ruleset);
	struct message_settings *settings = ARENA_NEW(engine->scan, struct message_settings);
	const struct scan_options options = {.deadline = DEADLINE_NEVER,
					     .user = engine_owner(engine)};

	*settings = learner_message_settings(prefs);
	struct message *message = parse_unmarked(engine, text, settings);
	scan_message_parsed(engine->scan, prefs, message, &options);
	return scan_prepare(engine->scan, prefs,
			    mail_make(engine->scan, message, settings, prefs->trust_settings,
				      prefs->uri_settings),
			    &options);
}

struct mail *engine_mail(struct engine *engine, struct message *message)
{
	const struct ruleset *ruleset = engine->ruleset;

	return mail_make(engine->scan, message, &ruleset->message_settings,
			 &ruleset->trust_settings, &ruleset->uri_settings);
}

struct str engine_owner(const struct engine *engine)
{
	return engine->owner;
}

void engine_close(struct engine *engine)
{
	if (engine->scan)
		arena_free(engine->scan);
	log_close();
}
