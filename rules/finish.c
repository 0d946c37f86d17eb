/*
 * finish: when all lines are read. Puts notes and definitions together, gives defaults, orders
 * metas, moves priorities and resolves eval functions. Matches SpamAssassin's Conf/Parser.pm:
 * fix_tests, compile_meta_rules, fix_priorities, fix_tflags, finish_parsing. Where SpamAssassin
 * goes through a Perl hash in its random order, and the outcome depends on it (chains of metas),
 * the whole chain is followed here.
 */
#include "rules/conf.h"

#include <stdlib.h>
#include "lib/base/buf.h"
#include "lib/base/must.h"
#include "lib/base/number.h"
#include "rules/expr.h"

enum { NET_PRIORITY = -100 };

/* --- notes → rules
 * ------------------------------------------------------------------------------------- */

struct flag_word {
	const char *word;
	unsigned flag;
};

static const struct flag_word flag_words[] = {
	{"net", RULE_NET},
	{"nice", RULE_NICE},
	{"learn", RULE_LEARN},
	{"userconf", RULE_USERCONF},
	{"noautolearn", RULE_NOAUTOLEARN},
	{"multiple", RULE_MULTIPLE},
	{"nosubject", RULE_NOSUBJECT},
	{"nolog", RULE_NOLOG},
	{"autolearn_force", RULE_AUTOLEARN_FORCE},
	{"autolearn_body", RULE_AUTOLEARN_BODY},
	{"autolearn_header", RULE_AUTOLEARN_HEADER},
	{"noawl", RULE_NOAWL},
};

static unsigned read_flags(struct str tflags)
{
	unsigned flags = 0;
	for (size_t i = 0; i < sizeof flag_words / sizeof flag_words[0]; i++)
		if (text_has_word(tflags, flag_words[i].word))
			flags |= flag_words[i].flag;
	return flags;
}

/* maxhits=N, 0 without */
static unsigned read_max_hits(struct str tflags)
{
	size_t at = str_find(tflags, STR_LIT("maxhits="));
	if (at == STR_NOT_FOUND)
		return 0;
	double n = number_perl(str_from_at(tflags, at + 8));
	return n > 0 && n < 1e9 ? (unsigned)n : 0;
}

static void apply_tflags(struct rule *rule, struct str tflags)
{
	unsigned ours = 0;
	for (size_t i = 0; i < sizeof flag_words / sizeof flag_words[0]; i++)
		ours |= flag_words[i].flag;
	rule->tflags = tflags;
	rule->flags = (rule->flags & ~ours) | read_flags(tflags);
	rule->max_hits = read_max_hits(tflags);
}

static void default_scores(struct rule *rule)
{
	double score = rule->flags & RULE_IS_TEST ? 0.01 : 1;
	if (rule->flags & RULE_NICE)
		score = -score;
	for (unsigned i = 0; i < 4; i++)
		rule->scores[i] = score;
}

static void merge_rule(struct rule *rule, const struct rule_notes *notes)
{
	apply_tflags(rule, notes->tflags);
	rule->describe = notes->describe;
	rule->priority = notes->priority;
	rule->has_score = notes->has_score;
	rule->score_where = notes->score_where;
	if (notes->has_score)
		memcpy(rule->scores, notes->scores, sizeof rule->scores);
	else
		default_scores(rule);
}

void conf_merge_notes(struct conf *conf)
{
	size_t cursor = 0;
	for (const struct map_entry *e; (e = map_next(conf->notes, &cursor));) {
		const struct rule_notes *notes = e->value;
		if (notes->rule)
			merge_rule(notes->rule, notes);
	}
}

/* --- dependencies of metas
 * ---------------------------------------------------------------------------------- */

struct meta {
	struct rule *rule;
	const struct rule_vec *needs; /* defined rules it names */
	unsigned n_open;              /* metas among them not yet in order */
	VEC_OF(, size_t) needed_by;   /* indices of metas */
	bool is_solved;
};
VEC_OF(meta_vec, struct meta);

struct graph {
	struct conf *conf;
	struct meta_vec metas;
	size_t *index_of; /* rule id → index in metas + 1 */
	VEC_OF(, size_t) order;
};

/* A user's lines must not touch the shared expressions; their bindings by rule number hold for the
 * user's table, too. */
static bool is_ours_to_bind(const struct conf *conf, const struct rule *rule)
{
	return !conf->user_mode || rule->flags & RULE_PRIVILEGED_USER;
}

static void add_meta(struct graph *graph, struct rule *rule)
{
	struct conf *conf = graph->conf;
	struct meta meta = {.rule = rule};
	if (is_ours_to_bind(conf, rule))
		expr_bind(conf->arena, rule->expr, rule, conf->ruleset->by_name,
			  conf->ruleset->local_tests_only);
	meta.needs = expr_dependencies(rule->expr);
	vec_push(conf->arena, &graph->metas, meta);
	graph->index_of[rule->id] = graph->metas.n;
}

static void link_metas(struct graph *graph)
{
	for (size_t i = 0; i < graph->metas.n; i++) {
		struct meta *meta = &graph->metas.items[i];
		for (size_t j = 0; j < meta->needs->n; j++) {
			size_t index = graph->index_of[meta->needs->items[j]->id];
			if (!index)
				continue;
			meta->n_open++;
			vec_push(graph->conf->arena, &graph->metas.items[index - 1].needed_by, i);
		}
	}
}

static void put_in_order(struct graph *graph)
{
	for (size_t i = 0; i < graph->metas.n; i++)
		if (!graph->metas.items[i].n_open)
			vec_push(graph->conf->arena, &graph->order, i);
	for (size_t at = 0; at < graph->order.n; at++) {
		struct meta *meta = &graph->metas.items[graph->order.items[at]];
		meta->is_solved = true;
		for (size_t j = 0; j < meta->needed_by.n; j++)
			if (--graph->metas.items[meta->needed_by.items[j]].n_open == 0)
				vec_push(graph->conf->arena, &graph->order,
					 meta->needed_by.items[j]);
	}
}

static struct graph make_graph(struct conf *conf)
{
	struct graph graph = {.conf = conf};
	struct rule_vec *rules = &conf->ruleset->rules;
	graph.index_of = ARENA_ARRAY(conf->arena, size_t, rules->n ? rules->n : 1);
	for (size_t i = 0; i < rules->n; i++)
		if (rules->items[i]->kind == RULE_META)
			add_meta(&graph, rules->items[i]);
	link_metas(&graph);
	put_in_order(&graph);
	return graph;
}

/* A meta in a cycle, or that waits for one, waits for nothing (meta.c): it is evaluated once, first
 * of all, although SpamAssassin calls it excluded (Conf/Parser.pm link_meta_dependencies). */
static void report_unsolved(struct graph *graph, const struct meta *meta)
{
	struct conf *conf = graph->conf;
	struct str_vec names = {0};
	for (size_t i = 0; i < meta->needs->n; i++) {
		size_t index = graph->index_of[meta->needs->items[i]->id];
		if (index && !graph->metas.items[index - 1].is_solved)
			vec_push(conf->arena, &names, meta->needs->items[i]->name);
	}
	struct str list = str_vec_join(conf->arena, &names, ", ");
	conf_diag(conf, DIAG_LINT,
		  "rules: excluding meta test %.*s, unsolved meta dependencies: %.*s",
		  STR_ARG(meta->rule->name), STR_ARG(list));
}

static void keep_order(struct graph *graph)
{
	struct rule_vec *order = &graph->conf->ruleset->meta_order;
	*order = (struct rule_vec){0};
	for (size_t i = 0; i < graph->order.n; i++)
		vec_push(graph->conf->arena, order, graph->metas.items[graph->order.items[i]].rule);
	for (size_t i = 0; i < graph->metas.n; i++)
		if (!graph->metas.items[i].is_solved)
			vec_push(graph->conf->arena, order, graph->metas.items[i].rule);
}

/* --- priorities and net
 * -------------------------------------------------------------------------------------- */

/* Those who need come before what they need, so that one pass pulls a whole chain down. */
static void pull_priorities(struct graph *graph)
{
	for (size_t i = graph->order.n; i-- > 0;) {
		const struct meta *meta = &graph->metas.items[graph->order.items[i]];
		int base = meta->rule->priority;
		for (size_t j = 0; j < meta->needs->n; j++) {
			struct rule *need = meta->needs->items[j];
			if (need->priority <= base)
				continue;
			need->priority =
				base < NET_PRIORITY && need->flags & RULE_NET ? NET_PRIORITY : base;
		}
	}
}

/* tflags count under the name, also without a rule. */
static bool names_net(struct conf *conf, const struct rule *meta)
{
	const struct str_vec *names = expr_names(meta->expr);
	for (size_t i = 0; i < names->n; i++) {
		const struct rule_notes *notes = map_find(conf->notes, names->items[i]);
		if (notes && !notes->rule && text_has_word(notes->tflags, "net"))
			return true;
	}
	return false;
}

static void inherit_net(struct graph *graph)
{
	for (size_t i = 0; i < graph->order.n; i++) {
		const struct meta *meta = &graph->metas.items[graph->order.items[i]];
		struct rule *rule = meta->rule;
		bool inherits = names_net(graph->conf, rule);
		for (size_t j = 0; j < meta->needs->n; j++)
			inherits = inherits || meta->needs->items[j]->flags & RULE_NET;
		if (inherits && !(rule->flags & RULE_NET))
			apply_tflags(rule, rule->tflags.len
						   ? arena_printf(graph->conf->arena, "%.*s net",
								  STR_ARG(rule->tflags))
						   : STR_LIT("net"));
	}
}

static void net_rules_run_early(struct ruleset *ruleset)
{
	for (size_t i = 0; i < ruleset->rules.n; i++) {
		struct rule *rule = ruleset->rules.items[i];
		if (rule->priority == 0 && rule->flags & RULE_NET)
			rule->priority = NET_PRIORITY;
	}
}

static void finish_metas(struct conf *conf)
{
	struct graph graph = make_graph(conf);
	keep_order(&graph);
	for (size_t i = 0; i < graph.metas.n; i++)
		if (!graph.metas.items[i].is_solved &&
		    is_ours_to_bind(conf, graph.metas.items[i].rule))
			report_unsolved(&graph, &graph.metas.items[i]);
	if (conf->user_mode)
		return;
	pull_priorities(&graph);
	inherit_net(&graph);
}

/* --- eval functions
 * -------------------------------------------------------------------------------------------- */

static bool in_bare_argument(unsigned char c)
{
	return ascii_is_alnum(c) || c == '.' || c == ':' || c == '-';
}

/* Is what follows an argument a comma or the end? Then *rest moves behind it. */
static bool argument_ends(struct str *rest, size_t at)
{
	struct str behind = str_trim_left(str_from_at(*rest, at));
	if (behind.len && behind.ptr[0] != ',')
		return false;
	*rest = str_trim_left(str_from_at(behind, 1));
	return true;
}

/* One argument: quoted, up to the first like quote that an end follows; or bare. */
static bool next_argument(struct str *rest, struct str *argument_out)
{
	struct str s = *rest = str_trim_left(*rest);
	if (!s.len)
		return false;
	char quote = s.ptr[0];
	if (quote == '\'' || quote == '"') {
		for (size_t i = 1; i < s.len; i++)
			if (s.ptr[i] == quote && argument_ends(rest, i + 1)) {
				*argument_out = str_sub(s, 1, i - 1);
				return true;
			}
		return false;
	}
	size_t n = 0;
	while (n < s.len && in_bare_argument((unsigned char)s.ptr[n]))
		n++;
	*argument_out = str_sub(s, 0, n);
	return n && argument_ends(rest, n);
}

static bool read_arguments(struct conf *conf, struct eval_call *call)
{
	struct str rest = call->args_text, argument;
	while (next_argument(&rest, &argument))
		vec_push(conf->arena, &call->args, arena_str(conf->arena, argument));
	return str_trim(rest).len == 0;
}

/* A function may be bound to one type of rule; body functions also serve rawbody. */
static bool type_is_right(struct conf *conf, const struct rule *rule)
{
	static const char *const view_names[VIEW_COUNT] = {"header", "body", "uri", "rawbody",
							   "full"};
	const char *wanted = shipped_eval_type(conf, rule->eval->function);
	const char *actual = view_names[rule->view];
	if (!wanted || strcmp(wanted, actual) == 0 ||
	    (strcmp(wanted, "body") == 0 && rule->view == VIEW_RAWBODY))
		return true;
	conf_diag(conf, DIAG_LINT, "wrong rule type defined for %.*s, expected '%s'",
		  STR_ARG(rule->name), wanted);
	return false;
}

/* Would it be run in the score set in force? SpamAssassin tells of an unknown function only then.
 */
static bool would_run(const struct conf *conf, const struct rule *rule)
{
	int set = conf->ruleset->score_set;
	bool net = set & SCORE_SET_NET;
	return rule->scores[set] != 0 && (net || !(rule->flags & (RULE_NET | RULE_IS_RBL))) &&
	       !(rule->flags & RULE_LEARN);
}

struct missing {
	struct str function;
	size_t n;
};

static void count_missing(struct conf *conf, struct map *counts, struct str function)
{
	struct missing *missing = map_find(counts, function);
	if (!missing) {
		missing = ARENA_NEW(conf->arena, struct missing);
		missing->function = function;
		map_put(counts, function, missing);
	}
	missing->n++;
	conf->ruleset->n_unavailable++;
}

static void find_function(struct conf *conf, struct rule *rule, struct map *counts)
{
	struct eval_call *call = rule->eval;
	const struct extension *x = conf->extension;
	struct why why;
	if (call->def)
		return;
	if (x && x->find_eval)
		call->def = x->find_eval(x->host, call->function, &call->plugin);
	if (call->def && x->eval_waits_ns)
		call->waits_ns = x->eval_waits_ns(x->host, call);
	if (call->def) {
		if (call->def->prepare &&
		    call->def->prepare(conf->arena, call, &why) != STATUS_OK) {
			conf_diag(conf, DIAG_WARN, "rules: %.*s: %s", STR_ARG(rule->name),
				  why.text);
			call->def = NULL;
		}
		return;
	}
	count_missing(conf, counts, call->function);
	if (!shipped_has_eval(conf, call->function) && would_run(conf, rule))
		conf_diag(conf, conf->lint ? DIAG_LINT : DIAG_WARN,
			  "rules: unknown eval '%.*s' for %.*s", STR_ARG(call->function),
			  STR_ARG(rule->name));
}

static int compare_missing(const void *a, const void *b)
{
	const struct missing *const *left = a, *const *right = b;
	if ((*left)->n != (*right)->n)
		return (*left)->n < (*right)->n ? 1 : -1;
	return str_cmp((*left)->function, (*right)->function);
}

static void describe_missing(struct conf *conf, const struct map *counts)
{
	size_t n = map_count(counts), cursor = 0, at = 0;
	const struct missing **list = ARENA_ARRAY(conf->arena, const struct missing *, n ? n : 1);
	for (const struct map_entry *e; (e = map_next(counts, &cursor));)
		list[at++] = e->value;
	qsort(list, n, sizeof *list, compare_missing);
	struct buf out;
	buf_init(&out, conf->arena);
	for (size_t i = 0; i < n; i++)
		buf_printf(&out, "%s%.*s (%zu)", i ? ", " : "", STR_ARG(list[i]->function),
			   list[i]->n);
	conf->ruleset->unavailable_text = buf_str(&out);
}

void conf_resolve_evals(struct conf *conf)
{
	struct map *counts = map_new(conf->arena);
	for (size_t i = 0; i < conf->ruleset->rules.n; i++) {
		struct rule *rule = conf->ruleset->rules.items[i];
		if (rule->kind != RULE_EVAL ||
		    (conf->user_mode && !(rule->flags & RULE_PRIVILEGED_USER)))
			continue;
		if (!read_arguments(conf, rule->eval))
			conf_diag(conf, DIAG_LINT,
				  "syntax error for eval function %.*s: %.*s(%.*s)",
				  STR_ARG(rule->name), STR_ARG(rule->eval->function),
				  STR_ARG(rule->eval->args_text));
		else if (type_is_right(conf, rule))
			find_function(conf, rule, counts);
	}
	if (!conf->user_mode)
		describe_missing(conf, counts);
}

/* Razor2 and Pyzor, when they may fork (their default), start as early as look-ups do (their
 * finish_parsing_start). */
static void start_forking_rules_early(struct conf *conf)
{
	static const struct {
		const char *function, *switch_name;
	} early[] = {
		{"check_razor2", "razor_fork"},
		{"check_razor2_range", "razor_fork"},
		{"check_pyzor", "pyzor_fork"},
	};
	for (size_t i = 0; i < conf->ruleset->rules.n; i++) {
		struct rule *rule = conf->ruleset->rules.items[i];
		for (size_t j = 0; rule->kind == RULE_EVAL && j < sizeof early / sizeof early[0];
		     j++) {
			struct str value = settings_value(conf->settings, early[j].switch_name);
			if (str_eq_c(rule->eval->function, early[j].function) &&
			    shipped_has_eval(conf, rule->eval->function) && !str_eq_c(value, "0"))
				rule->priority = NET_PRIORITY;
		}
	}
}

void conf_finish(struct conf *conf)
{
	conf_merge_notes(conf);
	if (!conf->user_mode)
		start_forking_rules_early(conf);
	finish_metas(conf);
	net_rules_run_early(conf->ruleset);
	conf_resolve_evals(conf);
	conf_lint_networks(conf);
}
