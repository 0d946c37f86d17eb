/* profile: see profile.h. */
#include "whorl/profile.h"

#include <stdlib.h>

#include "lib/base/json.h"
#include "lib/base/profile.h"
#include "spamd/rewrite.h"

enum { FUNCTIONS_SHOWN = 25, FUNCTIONS_MAX = 4096, RULES_SHOWN = 40 };

struct check_profile {
	struct arena *keep;
	int n_passes;
	size_t n_messages, n_bytes;
	struct profile sum;
};

struct check_profile *check_profile_new(struct arena *keep, int n_passes)
{
	struct check_profile *all = ARENA_NEW(keep, struct check_profile);

	all->keep = keep;
	all->n_passes = n_passes < 1 ? 1 : n_passes;
	return all;
}

/* --- collecting --- */

static int64_t total_of(const struct profile *profile)
{
	int64_t ns = 0;

	for (int stage = 0; stage < PROFILE_STAGES; stage++)
		ns += profile->ns[stage];
	return ns;
}

static void add_function(struct check_profile *all, const struct profile_function *function)
{
	for (size_t i = 0; i < all->sum.functions.n; i++) {
		struct profile_function *known = &all->sum.functions.items[i];

		if (known->name != function->name)
			continue;
		known->ns += function->ns;
		known->n_calls += function->n_calls;
		return;
	}
	if (all->sum.functions.n < FUNCTIONS_MAX)
		vec_push(all->keep, &all->sum.functions, *function);
}

static void add_rules(struct check_profile *all, const struct profile *pass)
{
	struct profile_rule_vec *sum = &all->sum.rules;
	struct profile_rule untried = {.name = STR_NONE};

	while (sum->n < pass->rules.n)
		vec_push(all->keep, sum, untried);
	for (size_t i = 0; i < pass->rules.n; i++) {
		const struct profile_rule *rule = &pass->rules.items[i];

		if (!rule->name.len)
			continue;
		sum->items[i].name = rule->name;
		sum->items[i].ns += rule->ns;
		sum->items[i].n_messages += rule->n_messages;
		sum->items[i].n_tries += rule->n_tries;
		sum->items[i].n_bytes += rule->n_bytes;
		sum->items[i].n_hits += rule->n_hits;
	}
}

static void add(struct check_profile *all, const struct profile *pass)
{
	for (int stage = 0; stage < PROFILE_STAGES; stage++)
		all->sum.ns[stage] += pass->ns[stage];
	for (size_t i = 0; i < pass->functions.n; i++)
		add_function(all, &pass->functions.items[i]);
}

static struct profile *one_pass(struct arena *arena, struct engine *engine, struct str text,
				bool counts_rules)
{
	struct profile *profile = profile_new(arena);

	profile->counts_rules = counts_rules;
	profile_run(profile);
	const struct verdict *verdict = engine_scan(engine, engine_parse(engine, text));
	struct profile_mark mark = profile_enter(PROFILE_REPLY);
	rewrite_message(engine->scan, verdict);
	profile_leave(mark);
	profile_run(NULL);
	return profile;
}

/* Passes of their own, because reading the clock for each rule takes longer than most rules do. */
static const struct profile *count_rules(const struct check_profile *all, struct arena *arena,
					 struct engine *engine, struct str text)
{
	struct profile *fastest = NULL;

	for (int i = 0; i < all->n_passes; i++) {
		struct profile *pass = one_pass(arena, engine, text, true);
		for (size_t id = 0; fastest && id < pass->rules.n; id++)
			if (fastest->rules.items[id].ns > pass->rules.items[id].ns)
				fastest->rules.items[id].ns = pass->rules.items[id].ns;
		fastest = fastest ? fastest : pass;
		engine_next(engine);
	}
	return fastest;
}

void check_profile_message(struct check_profile *all, struct engine *engine, struct str text)
{
	struct arena *arena = arena_new("profile", 0);
	struct profile *fastest = NULL;

	text = arena_str(arena, text);
	for (int i = 0; i < all->n_passes; i++) {
		struct profile *pass = one_pass(arena, engine, text, false);
		if (!fastest || total_of(pass) < total_of(fastest))
			fastest = pass;
		engine_next(engine);
	}
	add(all, fastest);
	add_rules(all, count_rules(all, arena, engine, text));
	all->n_messages++;
	all->n_bytes += text.len;
	arena_free(arena);
}

/* --- the table --- */

static int by_time(const void *a, const void *b)
{
	const struct profile_function *left = a, *right = b;

	return (left->ns < right->ns) - (left->ns > right->ns);
}

static double us_each(const struct check_profile *all, int64_t ns)
{
	return (double)ns / 1000 / (double)(all->n_messages ? all->n_messages : 1);
}

static void add_row(struct buf *out, const struct check_profile *all, const char *name, int64_t ns)
{
	int64_t total_ns = total_of(&all->sum);

	buf_printf(out, "%-40s %10.1f %7.1f%%\n", name, us_each(all, ns),
		   total_ns ? 100.0 * (double)ns / (double)total_ns : 0);
}

static int by_rule_time(const void *a, const void *b)
{
	const struct profile_rule *left = a, *right = b;

	return (left->ns < right->ns) - (left->ns > right->ns);
}

/* Those that were tried, the most expensive first. */
static struct profile_rule_vec rules_of(struct arena *arena, const struct check_profile *all)
{
	struct profile_rule_vec rules = {0};

	for (size_t i = 0; i < all->sum.rules.n; i++)
		if (all->sum.rules.items[i].name.len)
			vec_push(arena, &rules, all->sum.rules.items[i]);
	if (rules.n)
		qsort(rules.items, rules.n, sizeof *rules.items, by_rule_time);
	return rules;
}

static void add_rule_rows(struct buf *out, const struct check_profile *all,
			  const struct profile_rule_vec *rules)
{
	struct profile_rule sum = {.name = STR_LIT("all of them")};

	buf_printf(out, "\n%-40s %10s %9s %9s %9s %9s\n", "regexes by rule", "us each", "messages",
		   "tries", "kbytes", "hits");
	for (size_t i = 0; i <= rules->n; i++) {
		const struct profile_rule *rule = i < rules->n ? &rules->items[i] : &sum;

		if (i < RULES_SHOWN || i == rules->n)
			buf_printf(out, "%-40.*s %10.2f %9zu %9zu %9.1f %9zu\n",
				   STR_ARG(rule->name), us_each(all, rule->ns), rule->n_messages,
				   rule->n_tries, (double)rule->n_bytes / 1000, rule->n_hits);
		sum.ns += rule->ns;
		sum.n_messages += rule->n_messages;
		sum.n_tries += rule->n_tries;
		sum.n_bytes += rule->n_bytes;
		sum.n_hits += rule->n_hits;
	}
}

static struct str table(struct arena *arena, const struct check_profile *all,
			const struct profile_function_vec *functions,
			const struct profile_rule_vec *rules)
{
	struct buf out;

	buf_init(&out, arena);
	buf_printf(&out, "%zu messages of %.1f kB on average\n%-40s %10s %8s\n", all->n_messages,
		   all->n_messages ? (double)all->n_bytes / (double)all->n_messages / 1000 : 0,
		   "stage", "us each", "share");
	for (int stage = 1; stage < PROFILE_STAGES; stage++)
		add_row(&out, all, profile_stage_name(stage), all->sum.ns[stage]);
	add_row(&out, all, profile_stage_name(PROFILE_OTHER), all->sum.ns[PROFILE_OTHER]);
	add_row(&out, all, "total", total_of(&all->sum));
	buf_add_cstr(&out, "\nevals by function\n");
	for (size_t i = 0; i < functions->n && i < FUNCTIONS_SHOWN; i++)
		add_row(&out, all, functions->items[i].name, functions->items[i].ns);
	add_rule_rows(&out, all, rules);
	return buf_str(&out);
}

static void add_rule(struct json *json, const struct check_profile *all,
		     const struct profile_rule *rule)
{
	json_open(json, NULL, '{');
	json_string(json, "name", rule->name);
	json_number(json, "us", us_each(all, rule->ns));
	json_number(json, "messages", (double)rule->n_messages);
	json_number(json, "tries", (double)rule->n_tries);
	json_number(json, "bytes", (double)rule->n_bytes);
	json_number(json, "hits", (double)rule->n_hits);
	json_close(json, '}');
}

static struct str json_of(struct arena *arena, const struct check_profile *all,
			  const struct profile_function_vec *functions,
			  const struct profile_rule_vec *rules)
{
	struct buf out;
	struct json json;

	buf_init(&out, arena);
	json_init(&json, &out);
	json_open(&json, NULL, '{');
	json_number(&json, "messages", (double)all->n_messages);
	json_number(&json, "bytes", (double)all->n_bytes);
	json_number(&json, "total_us", us_each(all, total_of(&all->sum)));
	json_open(&json, "stages", '{');
	for (int stage = 0; stage < PROFILE_STAGES; stage++)
		json_number(&json, profile_stage_name(stage), us_each(all, all->sum.ns[stage]));
	json_close(&json, '}');
	json_open(&json, "evals", '{');
	for (size_t i = 0; i < functions->n; i++)
		json_number(&json, functions->items[i].name, us_each(all, functions->items[i].ns));
	json_close(&json, '}');
	json_open(&json, "rules", '[');
	for (size_t i = 0; i < rules->n; i++)
		add_rule(&json, all, &rules->items[i]);
	json_close(&json, ']');
	json_close(&json, '}');
	buf_add_char(&out, '\n');
	return buf_str(&out);
}

struct str check_profile_text(struct arena *arena, const struct check_profile *all, bool as_json)
{
	struct profile_function_vec functions = {0};

	for (size_t i = 0; i < all->sum.functions.n; i++)
		vec_push(arena, &functions, all->sum.functions.items[i]);
	if (functions.n)
		qsort(functions.items, functions.n, sizeof *functions.items, by_time);
	struct profile_rule_vec rules = rules_of(arena, all);
	return as_json ? json_of(arena, all, &functions, &rules)
		       : table(arena, all, &functions, &rules);
}
