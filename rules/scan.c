/*
 * scan: the run over one mail by priority (Plugin/Check.pm check_main), and what eval functions may
 * ask and say meanwhile. See scan.h, scanning.h.
 */
#include "rules/scan.h"

#include <math.h>
#include "lib/base/log.h"
#include "lib/base/must.h"
#include "lib/base/profile.h"
#include "rules/learner.h"
#include "rules/scanning.h"
#include "rules/trace.h"

enum { SCORE_SETS = 4 };
enum { LAUNCH_PRIORITY = -100 }; /* look-ups start before the first priority that is not lower */

static void free_kept(void *kept)
{
	arena_free(((struct kept_patterns *)kept)->arena);
}

const struct scan_tables *scan_tables_make(struct arena *arena, const struct ruleset *ruleset,
					   bool shared)
{
	struct scan_tables *tables = ARENA_NEW(arena, struct scan_tables);
	tables->n_rules = ruleset->rules.n;
	meta_tables_make(arena, ruleset, tables);
	if (shared) {
		tables->kept = ARENA_NEW(arena, struct kept_patterns);
		tables->kept->of = ARENA_ARRAY(arena, const struct regex *, ruleset->rules.n + 1);
		arena_on_reset(arena, free_kept, tables->kept);
	}
	match_tables_make(arena, ruleset, tables);
	later_tables_make(arena, ruleset, tables);
	for (size_t set = 0; shared && set < SCORE_SETS; set++)
		tables->schedules[set] = schedule_make(arena, ruleset, tables, ruleset->plans[set]);
	return tables;
}

/* --- hits ------------------------------------------------------------------------------------- */

bool scan_rule_is_on(const struct scan *scan, unsigned id)
{
	return scan->prefs->plan->has_points[id];
}

static struct str take_notes(struct scan *scan, const struct rule *rule)
{
	struct str_vec texts = {0};
	for (size_t i = 0; i < scan->notes.n; i++)
		if (scan->notes.items[i].rule == rule)
			vec_push(scan->arena, &texts, scan->notes.items[i].text);
	return texts.n ? str_vec_join(scan->arena, &texts, "\n") : STR_NONE;
}

struct hit *scan_hit_of(const struct scan *scan, unsigned rule_id)
{
	uint32_t at = scan->metas.values[rule_id] != 0 ? scan->hit_at[rule_id] : 0;
	return at ? &scan->hits.list.items[at - 1] : NULL;
}

static struct hit *new_hit(struct scan *scan, const struct rule *rule, const char *area)
{
	struct hit hit = {.rule = rule, .area = str_from(area), .points_override = NAN};
	hit.note = take_notes(scan, rule);
	vec_push(scan->arena, &scan->hits.list, hit);
	scan->hit_at[rule->id] = (uint32_t)scan->hits.list.n;
	return &scan->hits.list.items[scan->hits.list.n - 1];
}

/* The plugins hear of a hit before its points count; what they do may add other hits. */
static void tell_plugins(struct scan *scan, const struct rule *rule, double points)
{
	const struct extension *extension = scan->ruleset->extension;
	if (extension && extension->rule_hit)
		extension->rule_hit(extension->host, scan, rule, points, scan->points);
}

static struct hit *add_hit(struct scan *scan, const struct rule *rule, double value,
			   const char *area, double points)
{
	meta_rule_hits(scan, rule->id);
	if (scan->metas.values[rule->id] == 0)
		scan->hit_at[rule->id] = 0;
	scan->metas.values[rule->id] += value;
	meta_opened_to(scan, rule->id, scan->metas.values[rule->id]);
	tell_plugins(scan, rule, points);
	struct hit *hit = scan_hit_of(scan, rule->id);
	if (!hit)
		hit = new_hit(scan, rule, area);
	hit->copies++;
	hit->count = scan->metas.values[rule->id] < 1 ? 1 : (unsigned)scan->metas.values[rule->id];
	if (!(rule->flags & RULE_IS_SUBRULE))
		scan->points += points;
	return hit;
}

/* A rule hits once but for those marked multiple. */
static bool may_hit(const struct scan *scan, const struct rule *rule)
{
	return scan->metas.values[rule->id] == 0 || rule->flags & RULE_MULTIPLE;
}

void scan_got_hit(struct scan *scan, const struct rule *rule, double value, const char *area)
{
	double points = prefs_points(scan->prefs, rule);
	later_expect_hit(scan, rule);
	if (points != 0 && may_hit(scan, rule))
		add_hit(scan, rule, value > 0 ? value : 1, area, points);
}

void scan_got_hits(struct scan *scan, const struct rule *rule, unsigned n, const char *area)
{
	double points = prefs_points(scan->prefs, rule);
	later_expect_hit(scan, rule);
	if (points == 0 || n == 0 || !may_hit(scan, rule))
		return;
	struct hit *hit = add_hit(scan, rule, n, area, points);
	hit->copies += n - 1;
	for (unsigned i = 1; i < n && !(rule->flags & RULE_IS_SUBRULE); i++)
		scan->points += points;
}

void scan_got_hit_scored(struct scan *scan, const struct rule *rule, double value, const char *area,
			 double points)
{
	later_expect_hit(scan, rule);
	if (points != 0 && may_hit(scan, rule))
		add_hit(scan, rule, value, area, points)->points_override = points;
}

/* For a name that the configuration doesn't know. */
static const struct rule *make_rule(struct scan *scan, const char *name, double points,
				    const char *describe)
{
	must(scan->n_extra < SCAN_EXTRA_RULES);
	struct rule *rule = ARENA_NEW(scan->arena, struct rule);
	rule->id = (unsigned)(scan->ruleset->rules.n + scan->n_extra++);
	rule->name = str_from(name);
	rule->describe = str_from(describe);
	for (int i = 0; i < 4; i++)
		rule->scores[i] = points;
	return rule;
}

static const struct rule *find_or_make(struct scan *scan, const char *name, double points,
				       const char *describe)
{
	const struct rule *known = ruleset_find(scan->ruleset, str_from(name));
	return known ? known : make_rule(scan, name, points, describe);
}

void scan_hit_scored(struct scan *scan, const char *name, double points, const char *describe)
{
	if (points != 0)
		scan_got_hit_scored(scan, find_or_make(scan, name, points, describe), 1, "",
				    points);
}

void scan_hit_adjusted(struct scan *scan, const char *name, double points, const char *area)
{
	const struct rule *rule = find_or_make(scan, name, points, NULL);
	later_expect_hit(scan, rule);
	if (!may_hit(scan, rule))
		return;
	struct hit *hit = add_hit(scan, rule, 1, area, points);
	hit->points_override = points;
	hit->is_adjustment = true;
}

/* The score the configuration gives, if it does. */
static void hit_time_limit(struct scan *scan)
{
	static const char name[] = "TIME_LIMIT_EXCEEDED";
	const struct rule *known = ruleset_find(scan->ruleset, str_from(name));
	if (known && known->has_score)
		scan_got_hit(scan, known, 1, "");
	else
		scan_hit_scored(scan, name, 0.001, "Exceeded time limit / deadline");
}

/* --- eval rules ------------------------------------------------------------------------------- */

static const char *eval_area(enum rule_view view)
{
	return view == VIEW_BODY ? "BODY: " : view == VIEW_RAWBODY ? "RAW: " : "";
}

static void take_result(struct scan *scan, const struct rule *rule, int result)
{
	if (result == EVAL_NOT_READY) {
		meta_rule_late(scan, rule->id);
		return;
	}
	trace_eval(scan, rule, result);
	scan_got_hit(scan, rule, result, eval_area(rule->view));
}

static void run_eval(struct scan *scan, const struct planned_eval *eval)
{
	struct profile_mark mark = profile_enter_function(eval->call->def->name);
	int result = eval->run(scan, eval->call);
	profile_leave(mark);
	if (result != 0)
		take_result(scan, scan->ruleset->rules.items[eval->id], result);
}

void scan_run_eval(struct scan *scan, const struct rule *rule)
{
	if (rule->eval && rule->eval->def)
		run_eval(scan, &(struct planned_eval){rule->eval->def->run, rule->eval, rule->id});
}

static void run_evals(struct scan *scan, const struct planned_eval_vec *evals)
{
	for (size_t i = 0; i < evals->n; i++) {
		if (later_put_off(scan, evals->items[i].id))
			continue;
		if (scan_is_out_of_time(scan))
			return;
		run_eval(scan, &evals->items[i]);
	}
}

/* --- the run ---------------------------------------------------------------------------------- */

bool scan_is_out_of_time(struct scan *scan)
{
	if (!scan->timed_out && deadline_passed(scan->deadline)) {
		scan->timed_out = true;
		log_info("check: exceeded time limit, skipping further tests");
	}
	return scan->timed_out;
}

/* Between the groups of a priority; a group that has begun is finished (Plugin/Check.pm). */
static bool is_over(struct scan *scan)
{
	return scan->stopped || scan_is_out_of_time(scan);
}

static double run_stage(struct scan *scan, enum stage stage, double points, bool is_spam)
{
	const struct extension *extension = scan->ruleset->extension;
	if (!extension || !extension->run_stage)
		return 0;
	return extension->run_stage(extension->host, stage, scan, points, is_spam);
}

void scan_stage(struct scan *scan, enum stage stage, double points, bool is_spam)
{
	run_stage(scan, stage, points, is_spam);
}

static void launch(struct scan *scan, size_t nth_step)
{
	scan->metas.turn = turn_of_launch(nth_step);
	run_evals(scan, &scan->prefs->plan->rbl_evals);
	if (!scan->timed_out)
		meta_group_done(scan, &scan->prefs->plan->rbl_rules);
	run_stage(scan, STAGE_LAUNCH, 0, false);
}

size_t scan_launch_step(const struct plan *plan)
{
	size_t nth = 0;
	while (nth < plan->steps.n && plan->steps.items[nth].priority < LAUNCH_PRIORITY)
		nth++;
	return nth;
}

const struct scan_group scan_groups[SCAN_GROUPS] = {
	{GROUP_REGEXES, VIEW_HEADER},  {GROUP_EVALS, VIEW_HEADER},  {GROUP_REGEXES, VIEW_BODY},
	{GROUP_REGEXES, VIEW_URI},     {GROUP_EVALS, VIEW_URI},     {GROUP_EVALS, VIEW_BODY},
	{GROUP_REGEXES, VIEW_RAWBODY}, {GROUP_EVALS, VIEW_RAWBODY}, {GROUP_REGEXES, VIEW_FULL},
	{GROUP_EVALS, VIEW_FULL},
};

static void run_regexes(struct scan *scan, const struct plan_step *step, enum rule_view view)
{
	struct profile_mark mark = profile_enter(PROFILE_CONFIRM);
	if (view == VIEW_HEADER)
		match_headers(scan, &step->regex_rules[view], &step->regex_ids[view]);
	else
		match_lines(scan, &step->regex_rules[view], &step->regex_ids[view], view);
	profile_leave(mark);
}

const struct rule_vec *scan_group_rules(const struct plan_step *step,
					const struct scan_group *group)
{
	return group->kind == GROUP_EVALS ? &step->eval_rules[group->view]
					  : &step->regex_rules[group->view];
}

static void run_group(struct scan *scan, const struct plan_step *step, size_t nth_step,
		      size_t nth_group)
{
	const struct scan_group *group = &scan_groups[nth_group];
	const struct rule_vec *rules = scan_group_rules(step, group);
	scan->metas.turn = turn_of_group(nth_step, nth_group);
	trace_group(scan, group->view, group->kind == GROUP_EVALS, rules->n);
	if (group->kind == GROUP_EVALS)
		run_evals(scan, &step->evals[group->view]);
	else
		run_regexes(scan, step, group->view);
	if (!scan->timed_out)
		meta_group_done(scan, rules);
}

static void run_step(struct scan *scan, size_t nth)
{
	const struct plan_step *step = &scan->prefs->plan->steps.items[nth];
	int64_t began_us = timing_begin();
	trace_priority(scan, step->priority);
	for (size_t i = 0; i < SCAN_GROUPS && !is_over(scan); i++)
		run_group(scan, step, nth, i);
	meta_run_step(scan, nth);
	timing_end(scan->options.timing, step->name, began_us);
}

static void run_steps(struct scan *scan)
{
	const struct plan *plan = scan->prefs->plan;
	size_t n = plan->steps.n;
	size_t launch_step = scan->ruleset->local_tests_only ? n + 1 : scan_launch_step(plan);
	for (size_t i = 0; i < n && !is_over(scan); i++) {
		if (i == launch_step)
			launch(scan, i);
		run_step(scan, i);
	}
	if (launch_step == n && !is_over(scan))
		launch(scan, n);
}

struct deadline scan_deadline(const struct prefs *prefs, struct deadline deadline)
{
	double limit_ms = prefs->settings->time_limit_s * 1000;
	if (limit_ms <= 0)
		return deadline;
	return deadline_earlier(deadline, deadline_in_ms(limit_ms < 1 ? 1 : (int64_t)limit_ms));
}

static struct scan *scan_new(struct arena *arena, const struct prefs *prefs, struct mail *mail,
			     const struct scan_options *options)
{
	struct scan *scan = ARENA_NEW(arena, struct scan);
	scan->arena = arena;
	scan->prefs = prefs;
	scan->ruleset = prefs->ruleset;
	scan->tables = prefs->ruleset->tables;
	if (!scan->tables)
		scan->tables = scan_tables_make(arena, prefs->ruleset, false);
	scan->mail = mail;
	scan->options = *options;
	scan->deadline = scan_deadline(prefs, options->deadline);
	scan->n_ids = scan->ruleset->rules.n + SCAN_EXTRA_RULES;
	scan->hit_at = arena_alloc(arena, scan->n_ids * sizeof *scan->hit_at);
	scan->tags = map_new(arena);
	meta_start(scan);
	return scan;
}

void scan_message_parsed(struct arena *arena, const struct prefs *prefs, struct message *message,
			 const struct scan_options *options)
{
	const struct extension *extension = prefs->ruleset->extension;
	if (extension && extension->message_parsed)
		extension->message_parsed(extension->host, prefs->plugin_confs, arena, message,
					  scan_deadline(prefs, options->deadline));
}

struct scan *scan_prepare(struct arena *arena, const struct prefs *prefs, struct mail *mail,
			  const struct scan_options *options)
{
	struct scan *scan = scan_new(arena, prefs, mail, options);
	int64_t began_us = timing_begin();
	trace_start(scan);
	later_start(scan);
	scan_set_message_tags(scan);
	run_stage(scan, STAGE_ENRICH, 0, false);
	trace_metadata(scan);
	timing_end(options->timing, "extract_message_metadata", began_us);
	return scan;
}

/* Once there is enough to judge by, the scores are those of a site that learns (PerMsgStatus.pm
 * check_timed). */
static void choose_score_set(struct scan *scan)
{
	const void *plugin;
	const struct learner *learner = prefs_learner(scan->prefs, &plugin);
	int set = scan->prefs->score_set;
	if (!(set & SCORE_SET_BAYES) && learner && scan->prefs->settings->use_bayes_rules &&
	    learner->is_usable(scan, plugin))
		scan->prefs = prefs_with_score_set(scan->arena, scan->prefs, set | SCORE_SET_BAYES);
}

/* Reading took all the time there was: SpamAssassin's check is cut off before it can hit anything,
 * unless it was the URIs, which it looks for when the first rule asks for them. */
static bool is_late_already(struct scan *scan)
{
	scan->timed_out = deadline_passed(scan->deadline);
	if (scan->timed_out)
		log_info("check: exceeded time limit in pms check");
	return scan->timed_out;
}

/* SpamAssassin makes the texts before the first rule runs, whether one reads them or not. */
static struct scan *forget_hits(struct scan *scan)
{
	scan->hits.list.n = 0;
	scan->metas.values = ARENA_ARRAY(scan->arena, double, scan->n_ids);
	scan->points = 0;
	log_info("check: exceeded time limit in pms check");
	return scan;
}

/* The shared one, or of a user's own plan. */
static const struct schedule *schedule_of(struct scan *scan)
{
	const struct plan *plan = scan->prefs->plan;
	for (size_t i = 0; i < SCORE_SETS; i++)
		if (scan->tables->schedules[i] && scan->ruleset->plans[i] == plan)
			return scan->tables->schedules[i];
	return schedule_make(scan->arena, scan->ruleset, scan->tables, plan);
}

struct scan *scan_run(struct arena *arena, const struct prefs *prefs, struct mail *mail,
		      const struct scan_options *options)
{
	struct scan *scan = scan_prepare(arena, prefs, mail, options);
	scan->runs_rules = true;
	choose_score_set(scan);
	if (is_late_already(scan) && !mail_uris_are_cut(mail))
		return scan;
	scan->metas.schedule = schedule_of(scan);
	run_steps(scan);
	if (scan->timed_out && mail_views_are_late(mail))
		return forget_hits(scan);
	run_stage(scan, STAGE_COLLECT, 0, false);
	if (scan->timed_out)
		hit_time_limit(scan);
	meta_finish(scan);
	scan->correction = run_stage(scan, STAGE_ADJUST, scan->points, false);
	return scan;
}

/* --- for readers of the result ---------------------------------------------------------------- */

const struct hits *scan_hits(const struct scan *scan)
{
	return &scan->hits;
}

const struct mail *scan_mail(const struct scan *scan)
{
	return scan->mail;
}

const struct prefs *scan_prefs(const struct scan *scan)
{
	return scan->prefs;
}

bool scan_timed_out(const struct scan *scan)
{
	return scan->timed_out;
}

bool scan_is_late(const struct scan *scan)
{
	return scan->timed_out || deadline_passed(scan->deadline);
}

bool scan_was_stopped(const struct scan *scan)
{
	return scan->stopped;
}

const struct str_vec *scan_log_items(const struct scan *scan)
{
	return &scan->log_items;
}

double scan_correction(const struct scan *scan)
{
	return scan->correction;
}
