/*
 * prefs: a user's preferences over the frozen rule set. Nothing of the rule set is changed:
 * settings are copied, lists when a line first touches them (keyword.c), scores and descriptions
 * stand beside the rules, and only a user who may define rules (allow_user_rules) gets a copy of
 * the table of rules.
 */
#include "rules/conf.h"
#include "rules/rule_def.h"

#include "lib/base/log.h"

static struct prefs *shared_prefs(struct arena *arena, const struct ruleset *ruleset, int score_set)
{
	struct prefs *prefs = ARENA_NEW(arena, struct prefs);
	*prefs = (struct prefs){
		.ruleset = ruleset,
		.settings = &ruleset->settings,
		.plan = ruleset->plans[score_set],
		.score_set = score_set,
		.message_settings = &ruleset->message_settings,
		.trust_settings = &ruleset->trust_settings,
		.uri_settings = &ruleset->uri_settings,
	};
	return prefs;
}

void prefs_init(struct ruleset *ruleset)
{
	ruleset->prefs = shared_prefs(ruleset->keep, ruleset, ruleset->score_set);
}

const struct prefs *ruleset_prefs(const struct ruleset *ruleset)
{
	return ruleset->prefs;
}

double prefs_points(const struct prefs *prefs, const struct rule *rule)
{
	const double *changed = prefs->scores ? map_find(prefs->scores, rule->name) : NULL;
	return changed ? changed[prefs->score_set] : rule->scores[prefs->score_set];
}

struct str prefs_describe(const struct prefs *prefs, const struct rule *rule)
{
	const struct str *changed =
		prefs->describes ? map_find(prefs->describes, rule->name) : NULL;
	return changed ? *changed : rule->describe;
}

static const struct plan *plan_for(struct arena *scan, const struct prefs *prefs)
{
	if (!prefs->scores && prefs->ruleset->plans[prefs->score_set])
		return prefs->ruleset->plans[prefs->score_set];
	return plan_make(scan, prefs->ruleset, prefs->scores, prefs->score_set);
}

const struct prefs *prefs_with_score_set(struct arena *scan, const struct prefs *prefs,
					 int score_set)
{
	if (prefs->score_set == score_set)
		return prefs;
	struct prefs *other = ARENA_NEW(scan, struct prefs);
	*other = *prefs;
	other->score_set = score_set;
	other->plan = plan_for(scan, other);
	return other;
}

/* --- reading
 * ------------------------------------------------------------------------------------------------
 */

void conf_own_ruleset(struct conf *conf)
{
	if (conf->has_user_rules)
		return;
	struct ruleset *own = ARENA_NEW(conf->arena, struct ruleset);
	*own = *conf->shared;
	own->keep = conf->arena;
	own->by_name = map_copy(conf->arena, conf->shared->by_name);
	own->tables = NULL;
	own->rules = (struct rule_vec){0};
	for (size_t i = 0; i < conf->shared->rules.n; i++)
		vec_push(conf->arena, &own->rules, conf->shared->rules.items[i]);
	memset(own->plans, 0, sizeof own->plans);
	conf->ruleset = own;
	conf->has_user_rules = true;
}

static struct map *copy_of(struct arena *arena, const struct map *map)
{
	return map ? map_copy(arena, map) : NULL;
}

/* Scores and descriptions that differ from the rules' own, over those of the preferences below. */
static void collect_changes(struct conf *conf, struct prefs *prefs)
{
	struct map *scores = copy_of(conf->arena, prefs->scores);
	struct map *describes = copy_of(conf->arena, prefs->describes);
	size_t cursor = 0;
	for (const struct map_entry *e; (e = map_next(conf->notes, &cursor));) {
		struct rule_notes *notes = e->value;
		const struct rule *rule = ruleset_find(conf->ruleset, notes->name);
		if (!rule)
			continue;
		if (notes->has_score &&
		    (scores || memcmp(notes->scores, rule->scores, sizeof notes->scores) != 0)) {
			scores = scores ? scores : map_new(conf->arena);
			map_put(scores, notes->name, notes->scores);
		}
		if (!str_eq(notes->describe, rule->describe)) {
			describes = describes ? describes : map_new(conf->arena);
			map_put(describes, notes->name, &notes->describe);
		}
	}
	prefs->scores = scores;
	prefs->describes = describes;
}

static void log_diags(const struct diag_sink *sink)
{
	for (size_t i = 0; i < sink->list.n; i++) {
		const struct diag *diag = &sink->list.items[i];
		if (diag->level == DIAG_WARN)
			log_warn("%.*s", STR_ARG(diag->text));
		else
			log_info("%.*s", STR_ARG(diag->text));
	}
}

/* Rules whose notes a privileged user changed are copied, so that the merge does not write into the
 * shared ones. */
static void own_noted_rules(struct conf *conf)
{
	size_t cursor = 0;
	for (const struct map_entry *e; (e = map_next(conf->notes, &cursor));) {
		struct rule_notes *notes = e->value;
		struct rule *rule = ruleset_find(conf->ruleset, notes->name);
		if (!rule || ruleset_find(conf->shared, notes->name) != rule) {
			notes->rule = rule;
			continue;
		}
		struct rule *copy = ARENA_NEW(conf->arena, struct rule);
		*copy = *rule;
		conf->ruleset->rules.items[copy->id] = copy;
		map_put((struct map *)(size_t)conf->ruleset->by_name, notes->name, copy);
		notes->rule = copy;
	}
}

static bool changes_rules(const struct conf *conf)
{
	size_t cursor = 0;
	for (const struct map_entry *e; (e = map_next(conf->notes, &cursor));) {
		const struct rule_notes *notes = e->value;
		const struct rule *rule = notes->rule;
		if (rule &&
		    (notes->priority != rule->priority || !str_eq(notes->tflags, rule->tflags)))
			return true;
	}
	return conf->has_user_rules;
}

static void read_mail_settings(struct conf *conf, struct prefs *prefs)
{
	struct message_settings *message = ARENA_NEW(conf->arena, struct message_settings);
	struct trust_settings *trust = ARENA_NEW(conf->arena, struct trust_settings);
	struct uri_settings *uri = ARENA_NEW(conf->arena, struct uri_settings);

	*message = settings_for_message(prefs->settings);
	*trust = settings_for_trust(prefs->settings);
	*uri = settings_for_uri(prefs->settings,
				conf->registry ? conf->registry : conf->shared->registry);
	prefs->message_settings = message;
	prefs->trust_settings = trust;
	prefs->uri_settings = uri;
}

static struct prefs *finish_prefs(struct conf *conf, const struct prefs *base,
				  struct settings *settings)
{
	struct prefs *prefs = ARENA_NEW(conf->arena, struct prefs);
	*prefs = *base;
	prefs->settings = settings;
	if (conf->plugin_confs)
		prefs->plugin_confs = conf->plugin_confs;
	if (changes_rules(conf)) {
		conf_own_ruleset(conf);
		own_noted_rules(conf);
		conf_finish(conf);
	} else {
		conf_lint_networks(conf);
	}
	prefs->ruleset = conf->ruleset;
	read_mail_settings(conf, prefs);
	collect_changes(conf, prefs);
	prefs->plan = plan_for(conf->arena, prefs);
	return prefs;
}

const struct prefs *prefs_read(struct arena *scan, const struct prefs *base, struct str text,
			       const char *name)
{
	struct diag_sink diags = {.arena = scan};
	struct settings *settings = ARENA_NEW(scan, struct settings);
	*settings = *base->settings;
	struct load_options options = {.local_tests_only = base->ruleset->local_tests_only};
	struct conf conf = {
		.ruleset = (struct ruleset *)(size_t)
				   base->ruleset, /* not written to: see conf_own_ruleset() */
		.shared = base->ruleset,
		.settings = settings,
		.dictionary = (struct dictionary *)(size_t)base->ruleset->dictionary,
		.extension = base->ruleset->extension,
		.options = &options,
		.diags = &diags,
		.user_mode = true,
		.plugin_confs = base->plugin_confs,
		.lang = conf_locale(scan, NULL),
	};
	conf_init(&conf, scan);
	conf_read_named_text(&conf, str_from(name), text);
	const struct prefs *prefs = finish_prefs(&conf, base, settings);
	log_diags(&diags);
	return prefs;
}
