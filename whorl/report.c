/* report, revoke: messages are said to be spam, or not to be, in somebody's name. */
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/message/arf.h"
#include "lib/wire/wire.h"
#include "whorl/command.h"
#include "whorl/fingerprints.h"
#include "whorl/progress.h"
#include "whorl/state.h"
#include "whorl/teller.h"

enum { PROGRESS_MIN = 20 };

struct reporting {
	struct fingerprints base;
	struct teller teller; /* not open when reports are printed */
	struct feedback feedback;
	enum trust_kind kind; /* as commanded; reports of feedback loops say it themselves */
	size_t n_new, n_known, n_silent, n_left_out, n_unread;
	int fault; /* exit code of what stops everything */
};

/* --- who --- */

static const char *calling_user(void)
{
	const struct passwd *entry = getpwuid(geteuid());

	return entry ? entry->pw_name : "unknown";
}

static enum status find_reporter(struct reporting *reporting, struct why *why)
{
	struct fingerprints *base = &reporting->base;
	const struct fingerprints_args *args = &base->args;
	struct str name = str_from(args->reporter ? args->reporter : calling_user());
	struct sign_key *key = NULL;

	if (args->sign_key) {
		enum status status = sign_key_read(base->keep, args->sign_key, &key, why);
		if (status != STATUS_OK)
			return status;
		name = exchange_key_name(base->keep, key);
	} else if (exchange_is_key(name) || args->print) {
		return why_set(why, STATUS_INVALID,
			       "what a key says, and what is printed, is signed: give --key");
	}
	reporting->feedback.reporter =
		feedback_reporter(&base->config, name, base->engine.hostname);
	reporting->feedback.sign_key = key;
	return STATUS_OK;
}

/* The printed lines are a file that can be imported. */
static enum status print_head(struct reporting *reporting, struct why *why)
{
	struct buf line;

	buf_init(&line, reporting->base.keep);
	enum status status = state_add_head(&line, reporting->base.config.state, false, why);
	return status == STATUS_OK ? fd_write_all(STDOUT_FILENO, buf_str(&line), why) : status;
}

static enum status open_ledger(struct reporting *reporting, struct why *why)
{
	if (reporting->base.args.print)
		return print_head(reporting, why);
	return teller_open(&reporting->teller, reporting->base.keep, reporting->base.config.state,
			   why);
}

/* --- one message --- */

/* What a feedback loop's report is about, in place of the report. False: it says nothing of spam.
 */
static bool unpack(struct reporting *reporting, size_t i, struct message **message)
{
	struct fingerprints *base = &reporting->base;
	const struct fingerprints_args *args = &base->args;
	struct arf arf;

	reporting->feedback.kind = reporting->kind;
	if (args->no_arf)
		return true;
	if (!arf_read(base->engine.scan, *message, &arf)) {
		if (args->arf)
			log_warn("%.*s: no report of a feedback loop",
				 STR_ARG(fingerprints_name(base, i)));
		return !args->arf;
	}
	if (arf.kind == ARF_OTHER || !arf.message.len) {
		log_warn("%.*s: feedback of type \"%.*s\"%s: left out",
			 STR_ARG(fingerprints_name(base, i)), STR_ARG(arf.type),
			 arf.message.len ? "" : " without a message");
		return false;
	}
	if (reporting->kind == TRUST_SPAM && arf.kind == ARF_NOT_SPAM)
		reporting->feedback.kind = TRUST_REVOKE;
	*message = engine_parse(&base->engine, arf.message);
	return true;
}

static enum status print_report(struct reporting *reporting, struct why *why)
{
	struct arena *scan = reporting->base.engine.scan;
	struct ledger_report report;
	struct buf line;
	enum status status =
		feedback_make(scan, &reporting->feedback, clock_wall_s(), &report, why);

	if (status != STATUS_OK)
		return status;
	buf_init(&line, scan);
	exchange_write(&line, &report);
	return fd_write_all(STDOUT_FILENO, buf_str(&line), why);
}

static enum status enter(struct reporting *reporting, struct mail *mail, bool *is_new,
			 struct why *why)
{
	struct fingerprints *base = &reporting->base;
	struct arena *scan = base->engine.scan;
	struct feedback *feedback = &reporting->feedback;
	struct trust_key_id *keys = ARENA_ARRAY(scan, struct trust_key_id, LEDGER_KEYS_MAX);

	feedback->keys = keys;
	feedback->n_keys = feedback_keys(scan, base->settings, mail, keys);
	*is_new = true;
	return base->args.print ? print_report(reporting, why)
				: feedback_enter(scan, reporting->teller.ledger, feedback,
						 clock_wall_s(), is_new, why);
}

static void report_one(struct reporting *reporting, size_t i)
{
	struct fingerprints *base = &reporting->base;
	struct message *message = fingerprints_read(base, i);
	bool is_new = false;
	struct why why;
	enum status status;

	if (!message) {
		reporting->n_unread++;
		return;
	}
	if (!unpack(reporting, i, &message)) {
		reporting->n_left_out++;
		return;
	}
	status = enter(reporting, fingerprints_mail(base, message), &is_new, &why);
	if (status != STATUS_OK)
		log_warn("%.*s: %s", STR_ARG(fingerprints_name(base, i)), why.text);
	reporting->n_silent += status == STATUS_NOT_FOUND;
	reporting->n_new += status == STATUS_OK && is_new;
	reporting->n_known += status == STATUS_OK && !is_new;
	if (status != STATUS_OK && status != STATUS_NOT_FOUND)
		reporting->fault = status == STATUS_REFUSED ? WIRE_NOPERM : WIRE_TEMPFAIL;
}

/* --- all of them --- */

static void print_json(const struct reporting *reporting)
{
	struct buf out;
	struct json json;

	buf_init(&out, reporting->base.keep);
	json_init(&json, &out);
	json_open(&json, NULL, '{');
	json_string(&json, "reporter", reporting->feedback.reporter.name);
	json_number(&json, "messages", (double)reporting->base.messages.n);
	json_number(&json, "new", (double)reporting->n_new);
	json_number(&json, "known", (double)reporting->n_known);
	json_number(&json, "without_keys", (double)reporting->n_silent);
	json_number(&json, "left_out", (double)reporting->n_left_out);
	json_number(&json, "unread", (double)reporting->n_unread);
	json_close(&json, '}');
	puts(buf_cstr(&out));
}

static void add_count(struct buf *out, size_t n, const char *what)
{
	if (n)
		buf_printf(out, ", %zu %s", n, what);
}

static void print_text(const struct reporting *reporting)
{
	struct buf more;

	buf_init(&more, reporting->base.keep);
	add_count(&more, reporting->n_known, "said before");
	add_count(&more, reporting->n_silent, "without fingerprints");
	add_count(&more, reporting->n_left_out, "left out");
	printf("%s %zu of %zu message(s) as %.*s%s\n",
	       reporting->kind == TRUST_SPAM ? "Reported" : "Revoked", reporting->n_new,
	       reporting->base.messages.n, STR_ARG(reporting->feedback.reporter.name),
	       buf_cstr(&more));
}

static int finish(struct reporting *reporting)
{
	struct why why;

	if (teller_finish(&reporting->teller, &why) != STATUS_OK) {
		/* what was reported is safe; it is folded when that works again */
		log_error("%s", why.text);
		return WIRE_TEMPFAIL;
	}
	if (reporting->base.args.json && !reporting->base.args.print)
		print_json(reporting);
	else if (!reporting->base.args.print)
		print_text(reporting);
	if (reporting->fault)
		return reporting->fault;
	return reporting->n_unread || reporting->base.missing ? WIRE_NOINPUT : WIRE_OK;
}

/* A bar on a terminal only, and only when there is something to wait for. */
static int report_all(struct reporting *reporting)
{
	size_t n = reporting->base.messages.n, i;
	bool shows = n >= PROGRESS_MIN && isatty(STDERR_FILENO);
	struct progress progress;

	if (shows)
		progress_begin(&progress, n);
	for (i = 0; i < n && !reporting->fault; i++) {
		report_one(reporting, i);
		if (shows)
			progress_update(&progress, i + 1);
	}
	if (shows)
		progress_end(&progress, i);
	return finish(reporting);
}

static int fail(const struct why *why, int code)
{
	log_error("%s", why->text);
	return code;
}

static int run(int argc, char *const *argv, enum trust_kind kind, const char *usage_line)
{
	struct reporting reporting = {.kind = kind};
	struct fingerprints *base = &reporting.base;
	struct why why;
	int status;

	if (fingerprints_open(base, argc, argv, usage_line, FINGERPRINTS_REPORT, &status)) {
		if (find_reporter(&reporting, &why) != STATUS_OK)
			status = fail(&why, WIRE_USAGE);
		else if (open_ledger(&reporting, &why) != STATUS_OK)
			status = fail(&why, WIRE_TEMPFAIL);
		else
			status = report_all(&reporting);
	}
	fingerprints_close(base);
	return status;
}

static int run_report(int argc, char *const *argv)
{
	return run(argc, argv, TRUST_SPAM, "whorl report [options] [FILE...]");
}

static int run_revoke(int argc, char *const *argv)
{
	return run(argc, argv, TRUST_REVOKE, "whorl revoke [options] [FILE...]");
}

const struct command command_report = {"report", "say that messages are spam", NULL, run_report};
const struct command command_revoke = {"revoke", "say that messages are not spam", NULL,
				       run_revoke};
