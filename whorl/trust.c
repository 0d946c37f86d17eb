/* trust: reporters, what they weigh and why; what became of each of their reports. */
#include <stdio.h>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/wire/wire.h"
#include "reputation/names.h"
#include "whorl/command.h"
#include "whorl/state.h"

enum { REPORTS_SHOWN = 20 };

struct trust_args {
	struct state_args args;
	int limit;
};

static const struct option_def options[] = {
	STATE_OPTION_JSON(struct trust_args),
	{"limit|n", OPTION_INT, offsetof(struct trust_args, limit),
	 "N  so many of a reporter's reports, the latest (20)"},
	STATE_OPTIONS(struct trust_args),
};
static const struct option_table table = {options, sizeof options / sizeof *options, false};

struct view {
	struct state state;
	struct trust_args args;
	struct trust *trust; /* the records as they are, to weigh by */
	struct arena *scratch;
	struct buf out;
	struct json json;
	int64_t now_s;
	size_t n_shown;
	int status;
};

/* --- one reporter --- */

struct person {
	const struct trust_reporter *record;
	struct str name, group;
	struct ask_reporter_counts counts;
	double quality, weight; /* of spam reports, now */
};

static bool know(struct view *view, const struct trust_reporter *record, struct person *out)
{
	struct ask *ask = view->state.ask;
	struct why why;

	*out = (struct person){
		.record = record,
		.name = ask_name(ask, view->scratch, record->id),
		.group = ask_name(ask, view->scratch, record->group),
		.quality = trust_beta_quantile(trust_constants_default.confidence, record->alpha,
					       record->beta),
		.weight = trust_weight(view->trust, record, view->now_s),
	};
	if (ask_count_of(ask, record->id, &out->counts, &why) == STATUS_OK)
		return true;
	log_error("%s", why.text);
	view->status = WIRE_IOERR;
	return false;
}

static void json_person(struct view *view, const struct person *person)
{
	struct json *json = &view->json;
	const struct trust_reporter *record = person->record;

	json_string(json, "reporter", person->name);
	json_string(json, "class", str_from(trust_class_name(record->class)));
	json_string(json, "group", person->group);
	json_number(json, "weight", person->weight);
	json_number(json, "quality", person->quality);
	json_number(json, "alpha", record->alpha);
	json_number(json, "beta", record->beta);
	json_number(json, "revoke_alpha", record->revoke_alpha);
	json_number(json, "revoke_beta", record->revoke_beta);
	json_number(json, "reports", (double)person->counts.reports);
	json_number(json, "revokes", (double)person->counts.revokes);
	json_number(json, "first", (double)person->counts.first_s);
	json_number(json, "last", (double)person->counts.last_s);
}

/* --- all of them, a line each --- */

static bool show_line(void *data, const struct trust_reporter *record)
{
	struct view *view = data;
	struct person person;

	arena_reset(view->scratch);
	if (!know(view, record, &person))
		return false;
	if (view->args.args.json) {
		json_init(&view->json, &view->out);
		json_open(&view->json, NULL, '{');
		json_person(view, &person);
		json_close(&view->json, '}');
		buf_add_char(&view->out, '\n');
	} else {
		buf_printf(&view->out,
			   "%-24.*s %-9s %-16.*s %6.2f %7.2f %6.1f %6.1f %8llu %8llu  %s\n",
			   STR_ARG(person.name), trust_class_name(record->class),
			   STR_ARG(person.group), person.weight, person.quality, record->alpha,
			   record->beta, (unsigned long long)person.counts.reports,
			   (unsigned long long)person.counts.revokes,
			   state_time(view->scratch, person.counts.last_s));
	}
	view->status = state_print(&view->out);
	return view->status == WIRE_OK;
}

static void show_all(struct view *view)
{
	struct why why;

	if (!view->args.args.json)
		printf("%-24s %-9s %-16s %6s %7s %6s %6s %8s %8s  %s\n", "reporter", "class",
		       "group", "weight", "quality", "alpha", "beta", "reports", "revokes",
		       "last (UTC)");
	fflush(stdout);
	if (ask_reporters(view->state.ask, show_line, view, &why) != STATUS_OK) {
		log_error("%s", why.text);
		view->status = WIRE_IOERR;
	}
}

/* --- one of them, with history --- */

/* The campaign that the report has become part of; NULL: it said nothing new, or keys are gone. */
static const struct trust_campaign *campaign_of(struct view *view,
						const struct ledger_report *report)
{
	for (size_t i = 0; i < report->n_keys; i++) {
		const struct trust_key *key = trust_find_key(view->trust, report->keys[i]);

		if (key && key->campaign)
			return trust_find_campaign(view->trust, key->campaign);
	}
	return NULL;
}

/* What became of the campaign, and with it of the report. */
static const char *outcome_of(const struct trust_campaign *campaign)
{
	if (!campaign)
		return "no campaign";
	return campaign->is_settled ? trust_state_name(campaign->state) : "open";
}

static bool show_report(void *data, const struct ledger_report *report)
{
	struct view *view = data;
	const struct trust_campaign *campaign = campaign_of(view, report);
	uint32_t id = campaign ? campaign->id : 0;

	if (view->args.args.json) {
		json_open(&view->json, NULL, '{');
		json_string(&view->json, "id", report->id);
		json_number(&view->json, "at", (double)report->at_s);
		json_string(&view->json, "kind", str_from(trust_kind_name((uint8_t)report->kind)));
		json_number(&view->json, "keys", (double)report->n_keys);
		json_number(&view->json, "campaign", id);
		json_string(&view->json, "outcome", str_from(outcome_of(campaign)));
		json_close(&view->json, '}');
	} else {
		buf_printf(&view->out, "  %-16s  %-7s %4zu %9u  %s\n",
			   state_time(view->scratch, report->at_s),
			   trust_kind_name((uint8_t)report->kind), report->n_keys, id,
			   outcome_of(campaign));
	}
	return ++view->n_shown < (size_t)view->args.limit;
}

static void text_head(struct view *view, const struct person *person)
{
	const struct trust_reporter *record = person->record;

	buf_printf(&view->out,
		   "%.*s\n  class %s, group %.*s\n"
		   "  weight %.2f of a report now (quality %.2f: %.1f agreements, %.1f faults)\n"
		   "  revokes: %.1f agreements, %.1f faults\n"
		   "  %llu report(s), %llu revoke(s), the first %s, the last %s (UTC)\n\n"
		   "  %-16s  %-7s %4s %9s  %s\n",
		   STR_ARG(person->name), trust_class_name(record->class), STR_ARG(person->group),
		   person->weight, person->quality, record->alpha - 1, record->beta - 1,
		   record->revoke_alpha - 1, record->revoke_beta - 1,
		   (unsigned long long)person->counts.reports,
		   (unsigned long long)person->counts.revokes,
		   state_time(view->scratch, person->counts.first_s),
		   state_time(view->scratch, person->counts.last_s), "at (UTC)", "what", "keys",
		   "campaign", "settled as");
}

static enum status show_history(struct view *view, uint32_t id, struct why *why)
{
	const struct ask_filter filter = {.reporter = id, .newest_first = true};

	view->n_shown = 0;
	return view->args.limit > 0 ? ask_reports(view->state.ask, &filter, show_report, view, why)
				    : STATUS_OK;
}

static void show_one(struct view *view, struct str name)
{
	uint32_t id = ask_find_name(view->state.ask, name);
	const struct trust_reporter *record = trust_find_reporter(view->trust, id);
	struct person person;
	struct why why;

	arena_reset(view->scratch);
	if (!id || !know(view, record, &person) || !person.counts.last_s) {
		log_warn("nobody has reported as %.*s", STR_ARG(name));
		view->status = WIRE_NOUSER;
		return;
	}
	if (view->args.args.json) {
		json_init(&view->json, &view->out);
		json_open(&view->json, NULL, '{');
		json_person(view, &person);
		json_open(&view->json, "history", '[');
	} else {
		text_head(view, &person);
	}
	enum status status = show_history(view, id, &why);
	if (view->args.args.json) {
		json_close(&view->json, ']');
		json_close(&view->json, '}');
	}
	buf_add_char(&view->out, '\n');
	if (status != STATUS_OK)
		log_error("%s", why.text);
	int printed = state_print(&view->out);
	if (status != STATUS_OK || printed != WIRE_OK)
		view->status = WIRE_IOERR;
}

/* --- the command --- */

static void show(struct view *view, const struct str_vec *names)
{
	struct arena *keep = view->state.keep;

	view->trust = trust_new(keep, &trust_constants_default, ledger_backing(view->state.ledger));
	view->scratch = arena_new("scratch", 0);
	view->now_s = clock_wall_s();
	view->status = WIRE_OK;
	buf_init(&view->out, keep);
	for (size_t i = 0; i < names->n; i++)
		show_one(view, names->items[i]);
	if (!names->n)
		show_all(view);
	arena_free(view->scratch);
}

static int run(int argc, char *const *argv)
{
	struct arena *keep = arena_new("keep", 0);
	struct view view = {.args = {.limit = REPORTS_SHOWN}};
	struct str_vec names = {0};
	int status;

	if (state_args_parse(keep, &table, argc, argv, &view.args, &names,
			     "whorl trust [options] [NAME...]", &status) &&
	    state_open(&view.state, keep, &view.args.args, false, &status)) {
		show(&view, &names);
		status = view.status;
	}
	arena_free(keep);
	log_close();
	return status;
}

const struct command command_trust = {"trust", "reporters, what they weigh and why", NULL, run};
