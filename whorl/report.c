/* report, revoke: messages are said to be spam, or not to be, in somebody's name. */
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/wire/wire.h"
#include "whorl/command.h"
#include "whorl/fingerprints.h"

enum { PROGRESS_WIDTH = 40, PROGRESS_MIN = 20 };

struct reporting {
	struct fingerprints base;
	struct keeper *keeper; /* NULL: another process keeps the state */
	struct ledger *ledger;
	struct reporter_config reporter;
	enum trust_kind kind;
	size_t n_new, n_known, n_failed;
};

static const char *reporter_name(const struct fingerprints_args *args)
{
	const struct passwd *entry = args->reporter ? NULL : getpwuid(geteuid());

	if (args->reporter)
		return args->reporter;
	return entry ? entry->pw_name : "unknown";
}

/* Keep the state for the while, or leave that to whoever does. */
static enum status open_ledger(struct reporting *reporting, struct why *why)
{
	struct arena *keep = reporting->base.keep;
	const char *state = reporting->base.config.state;
	enum status status =
		keeper_open(keep, state, &trust_constants_default, &reporting->keeper, why);

	if (status == STATUS_REFUSED) {
		reporting->keeper = NULL;
		return ledger_open(keep, state, true, &reporting->ledger, why);
	}
	if (status == STATUS_OK)
		reporting->ledger = keeper_ledger(reporting->keeper);
	return status;
}

static void report_one(struct reporting *reporting, size_t i)
{
	struct fingerprints *base = &reporting->base;
	struct mail *mail = fingerprints_mail(base, i);
	bool is_new = false;
	struct why why;
	enum status status = STATUS_NOT_FOUND;

	if (mail)
		status = feedback_append(base->engine.scan, reporting->ledger, base->settings, mail,
					 &reporting->reporter, reporting->kind, clock_wall_s(),
					 &is_new, &why);
	if (mail && status != STATUS_OK)
		log_warn("%.*s: %s", STR_ARG(fingerprints_name(base, i)), why.text);
	reporting->n_failed += status != STATUS_OK;
	reporting->n_new += status == STATUS_OK && is_new;
	reporting->n_known += status == STATUS_OK && !is_new;
}

/* Drawn on a terminal only, and only when there is something to wait for. */
static void draw_progress(size_t done, size_t n)
{
	int filled = (int)(done * PROGRESS_WIDTH / n);

	if (n < PROGRESS_MIN || !isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r[%.*s%*s] %zu of %zu", filled,
		"########################################", PROGRESS_WIDTH - filled, "", done, n);
	if (done == n)
		fputc('\n', stderr);
}

static int report_all(struct reporting *reporting)
{
	size_t n = reporting->base.messages.n;
	struct why why;

	for (size_t i = 0; i < n; i++) {
		report_one(reporting, i);
		draw_progress(i + 1, n);
	}
	if (reporting->keeper &&
	    keeper_work(reporting->keeper, clock_wall_s(), NULL, &why) != STATUS_OK) {
		log_error("%s", why.text);
		return WIRE_SOFTWARE;
	}
	printf("%s %zu of %zu message(s) as %.*s%s\n",
	       reporting->kind == TRUST_SPAM ? "Reported" : "Revoked", reporting->n_new, n,
	       STR_ARG(reporting->reporter.name),
	       reporting->n_known
		       ? arena_printf(reporting->base.keep, ", %zu said before", reporting->n_known)
				 .ptr
		       : "");
	return reporting->n_failed ? WIRE_NOINPUT : WIRE_OK;
}

static int run(int argc, char *const *argv, enum trust_kind kind, const char *usage_line)
{
	struct reporting reporting = {.kind = kind};
	struct fingerprints *base = &reporting.base;
	struct why why;
	int status;

	if (fingerprints_open(base, argc, argv, usage_line, true, &status)) {
		reporting.reporter = feedback_reporter(
			&base->config, str_from(reporter_name(&base->args)), base->engine.hostname);
		if (open_ledger(&reporting, &why) == STATUS_OK) {
			status = report_all(&reporting);
		} else {
			log_error("%s", why.text);
			status = WIRE_CONFIG;
		}
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
