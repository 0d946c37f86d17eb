/* explanation: see explanation.h. Here: for programs. */
#include "whorl/explanation.h"

#include "lib/base/json.h"

static void place(struct json *json, const char *name, struct conf_position where)
{
	if (!where.file)
		return;
	json_open(json, name, '{');
	json_string(json, "file", str_from(where.file));
	json_number(json, "line", where.line);
	json_close(json, '}');
}

static void rule_fields(struct json *json, const struct explanation *e)
{
	place(json, "defined", e->rule->where);
	json_string(json, "definition", e->definition);
	json_string(json, "describe", e->rule->describe);
	json_number(json, "priority", e->rule->priority);
	json_string(json, "tflags", e->rule->tflags);
	json_open(json, "score", '{');
	json_number(json, "points", e->points);
	json_number(json, "set", e->score_set);
	json_open(json, "all_sets", '[');
	for (int i = 0; i < 4; i++)
		json_number(json, NULL, e->rule->scores[i]);
	json_close(json, ']');
	place(json, "where", e->rule->score_where);
	json_bool(json, "user_preferences", e->score_is_users);
	json_close(json, '}');
}

static void eval_fields(struct json *json, const struct rule *rule)
{
	if (rule->kind != RULE_EVAL || !rule->eval)
		return;
	json_open(json, "eval", '{');
	json_string(json, "function", rule->eval->function);
	json_open(json, "arguments", '[');
	for (size_t i = 0; i < rule->eval->args.n; i++)
		json_string(json, NULL, rule->eval->args.items[i]);
	json_close(json, ']');
	json_close(json, '}');
}

static void match_fields(struct json *json, const struct explanation *e)
{
	if (e->looked_at.len)
		json_string(json, "looked_at", e->looked_at);
	if (!e->rule->pattern)
		return;
	json_string(json, "regex", e->rule->pattern->perl);
	json_string(json, "modifiers", e->rule->pattern->flags);
	json_open(json, "matches", '[');
	for (size_t i = 0; i < e->matches.n; i++) {
		const struct explain_match *match = &e->matches.items[i];
		json_open(json, NULL, '{');
		json_number(json, "line", (double)match->line);
		json_string(json, "before", match->before);
		json_string(json, "text", match->text);
		json_string(json, "after", match->after);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void meta_fields(struct json *json, const struct explanation *e)
{
	if (!e->expression.len)
		return;
	json_string(json, "expression", e->rule->expr_text);
	json_string(json, "values", e->expression);
	json_open(json, "operands", '[');
	for (size_t i = 0; i < e->operands.n; i++)
		explanation_json(json, e->operands.items[i]);
	json_close(json, ']');
}

void explanation_json(struct json *json, const struct explanation *e)
{
	static const char *const states[] = {
		[EXPLAIN_HIT] = "hit",
		[EXPLAIN_MISS] = "miss",
		[EXPLAIN_NOT_RUN] = "not_run",
		[EXPLAIN_UNKNOWN] = "unknown",
	};

	json_open(json, NULL, '{');
	json_string(json, "rule", e->name);
	json_string(json, "state", str_from(states[e->state]));
	json_number(json, "value", e->value);
	if (e->reason.len)
		json_string(json, "reason", e->reason);
	if (e->rule) {
		rule_fields(json, e);
		eval_fields(json, e->rule);
		match_fields(json, e);
		meta_fields(json, e);
	}
	json_close(json, '}');
}

static void hit_fields(struct json *json, const struct verdict *verdict, const struct hit *hit)
{
	json_open(json, NULL, '{');
	json_string(json, "rule", hit->rule->name);
	json_number(json, "points", verdict_hit_points(verdict->prefs, hit));
	json_number(json, "copies", hit->copies);
	json_number(json, "value", hit->count);
	json_bool(json, "subrule", hit->rule->flags & RULE_IS_SUBRULE);
	place(json, "defined", hit->rule->where);
	place(json, "score_where", hit->rule->score_where);
	json_close(json, '}');
}

void explain_verdict_json(struct json *json, const struct engine *engine,
			  const struct verdict *verdict)
{
	const struct hits *hits = scan_hits(verdict->scan);

	(void)engine;
	scan_settle((struct scan *)verdict->scan);
	json_open(json, NULL, '{');
	json_bool(json, "spam", verdict->is_spam);
	json_number(json, "points", verdict->points);
	json_number(json, "required", verdict->required);
	json_number(json, "score_set", verdict->prefs->score_set);
	json_string(json, "autolearn", verdict->autolearn);
	json_bool(json, "stopped", scan_was_stopped(verdict->scan));
	json_bool(json, "timed_out", scan_timed_out(verdict->scan));
	json_open(json, "hits", '[');
	for (size_t i = 0; i < hits->list.n; i++)
		hit_fields(json, verdict, &hits->list.items[i]);
	json_close(json, ']');
	json_close(json, '}');
}
