/*
 * scan: the run over one mail by priority (Plugin/Check.pm check_main), and what eval functions may
 * ask and say meanwhile. See scan.h, scanning.h.
 */
#include "rules/scan.h"

#include <math.h>
#include "lib/base/must.h"
#include "rules/scanning.h"

enum { LAUNCH_PRIORITY = -100 }; /* look-ups start before the first priority that is not lower */

const struct scan_tables *scan_tables_make(struct arena *arena, const struct ruleset *ruleset)
{
	struct scan_tables *tables = ARENA_NEW(arena, struct scan_tables);
	tables->n_rules = ruleset->rules.n;
	meta_tables_make(arena, ruleset, tables);
	for (int view = 0; view < VIEW_COUNT; view++) {
		struct rule_vec rules = {0};
		for (size_t i = 0; i < ruleset->rules.n; i++) {
			struct rule *rule = ruleset->rules.items[i];
			if (rule->pattern && rule->view == (enum rule_view)view &&
			    view != VIEW_HEADER)
				vec_push(arena, &rules, rule);
		}
		tables->prefilters[view] =
			rules.n ? prefilter_make(arena, &rules, tables->n_rules) : NULL;
	}
	return tables;
}

/* --- hits ------------------------------------------------------------------------------------- */

bool scan_rule_is_on(const struct scan *scan, const struct rule *rule)
{
	return prefs_points(scan->prefs, rule) != 0;
}

static struct str take_notes(struct scan *scan, const struct rule *rule)
{
	struct str_vec texts = {0};
	for (size_t i = 0; i < scan->notes.n; i++)
		if (scan->notes.items[i].rule == rule)
			vec_push(scan->arena, &texts, scan->notes.items[i].text);
	return texts.n ? str_vec_join(scan->arena, &texts, "\n") : STR_NONE;
}

static struct hit *new_hit(struct scan *scan, const struct rule *rule, const char *area)
{
	struct hit hit = {.rule = rule, .area = str_from(area), .points_override = NAN};
	hit.note = take_notes(scan, rule);
	vec_push(scan->arena, &scan->hits.list, hit);
	scan->hit_at[rule->id] = scan->hits.list.n;
	return &scan->hits.list.items[scan->hits.list.n - 1];
}

static void add_hit(struct scan *scan, const struct rule *rule, double value, const char *area)
{
	size_t at = scan->hit_at[rule->id];
	struct hit *hit = at ? &scan->hits.list.items[at - 1] : new_hit(scan, rule, area);
	meta_rule_ready(scan, rule);
	scan->metas.values[rule->id] += value;
	hit->copies++;
	hit->count = scan->metas.values[rule->id] < 1 ? 1 : (unsigned)scan->metas.values[rule->id];
}

void scan_got_hit(struct scan *scan, const struct rule *rule, double value, const char *area)
{
	if (!scan_rule_is_on(scan, rule))
		return;
	if (scan->metas.values[rule->id] != 0 && !(rule->flags & RULE_MULTIPLE))
		return;
	add_hit(scan, rule, value > 0 ? value : 1, area);
}

/* A hit of a name that the configuration may not know. */
static void hit_unconfigured(struct scan *scan, const char *name, double points,
			     const char *describe)
{
	const struct rule *known = ruleset_find(scan->ruleset, str_from(name));
	if (known && known->has_score) {
		scan_got_hit(scan, known, 1, "");
		return;
	}
	must(scan->n_extra < SCAN_EXTRA_RULES);
	struct rule *rule = ARENA_NEW(scan->arena, struct rule);
	rule->id = (unsigned)(scan->ruleset->rules.n + scan->n_extra++);
	rule->name = str_from(name);
	rule->describe = str_from(describe);
	for (int i = 0; i < 4; i++)
		rule->scores[i] = points;
	add_hit(scan, rule, 1, "");
	scan->hits.list.items[scan->hits.list.n - 1].points_override = points;
}

/* --- eval rules ------------------------------------------------------------------------------- */

static const char *eval_area(enum rule_view view)
{
	return view == VIEW_BODY ? "BODY: " : view == VIEW_RAWBODY ? "RAW: " : "";
}

static void run_eval(struct scan *scan, const struct rule *rule)
{
	int result = rule->eval && rule->eval->def ? rule->eval->def->run(scan, rule->eval) : 0;
	if (result == EVAL_NOT_READY)
		return;
	if (result != 0)
		scan_got_hit(scan, rule, result, eval_area(rule->view));
	else
		meta_rule_ready(scan, rule);
}

static void run_evals(struct scan *scan, const struct rule_vec *rules)
{
	for (size_t i = 0; i < rules->n && !scan_is_out_of_time(scan); i++)
		run_eval(scan, rules->items[i]);
}

/* --- the run ---------------------------------------------------------------------------------- */

bool scan_is_out_of_time(struct scan *scan)
{
	if (!scan->timed_out && deadline_passed(scan->deadline))
		scan->timed_out = true;
	return scan->timed_out;
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

static void launch(struct scan *scan)
{
	run_evals(scan, &scan->prefs->plan->rbl_rules);
	run_stage(scan, STAGE_LAUNCH, 0, false);
}

static void run_step(struct scan *scan, const struct plan_step *step)
{
	match_headers(scan, &step->regex_rules[VIEW_HEADER]);
	run_evals(scan, &step->eval_rules[VIEW_HEADER]);
	match_lines(scan, &step->regex_rules[VIEW_BODY], VIEW_BODY);
	match_lines(scan, &step->regex_rules[VIEW_URI], VIEW_URI);
	run_evals(scan, &step->eval_rules[VIEW_URI]);
	run_evals(scan, &step->eval_rules[VIEW_BODY]);
	match_lines(scan, &step->regex_rules[VIEW_RAWBODY], VIEW_RAWBODY);
	run_evals(scan, &step->eval_rules[VIEW_RAWBODY]);
	match_lines(scan, &step->regex_rules[VIEW_FULL], VIEW_FULL);
	run_evals(scan, &step->eval_rules[VIEW_FULL]);
	meta_run_ready(scan);
}

static void run_steps(struct scan *scan)
{
	const struct plan_step_vec *steps = &scan->prefs->plan->steps;
	bool launched = scan->ruleset->local_tests_only;
	for (size_t i = 0; i < steps->n && !scan_is_out_of_time(scan); i++) {
		if (!launched && steps->items[i].priority >= LAUNCH_PRIORITY) {
			launched = true;
			launch(scan);
		}
		run_step(scan, &steps->items[i]);
	}
	if (!launched && !scan->timed_out)
		launch(scan);
}

static double points_so_far(const struct scan *scan)
{
	double points = 0;
	for (size_t i = 0; i < scan->hits.list.n; i++) {
		const struct hit *hit = &scan->hits.list.items[i];
		if (!(hit->rule->flags & RULE_IS_SUBRULE))
			points += hit->copies * (isnan(hit->points_override)
							 ? prefs_points(scan->prefs, hit->rule)
							 : hit->points_override);
	}
	return points;
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
		scan->tables = scan_tables_make(arena, prefs->ruleset);
	scan->mail = mail;
	scan->options = *options;
	scan->deadline = deadline_earlier(
		options->deadline, deadline_in_ms((int64_t)(prefs->settings->time_limit_s * 1000)));
	scan->n_ids = scan->ruleset->rules.n + SCAN_EXTRA_RULES;
	scan->hit_at = ARENA_ARRAY(arena, size_t, scan->n_ids);
	scan->tags = map_new(arena);
	meta_start(scan);
	return scan;
}

struct scan *scan_run(struct arena *arena, const struct prefs *prefs, struct mail *mail,
		      const struct scan_options *options)
{
	struct scan *scan = scan_new(arena, prefs, mail, options);
	run_stage(scan, STAGE_ENRICH, 0, false);
	run_steps(scan);
	run_stage(scan, STAGE_COLLECT, 0, false);
	if (scan->timed_out)
		hit_unconfigured(scan, "TIME_LIMIT_EXCEEDED", 0.001,
				 "Exceeded time limit / deadline");
	meta_finish(scan);
	scan->correction = run_stage(scan, STAGE_ADJUST, points_so_far(scan), false);
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

double scan_correction(const struct scan *scan)
{
	return scan->correction;
}
