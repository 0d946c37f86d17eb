/* Shortcircuit: stop scanning when a rule says that the verdict is clear (SpamAssassin's
 * Plugin/Shortcircuit.pm). */
#include <math.h>
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "plugins/args.h"

enum { QUICK_PRIORITY = -200 };

enum circuit { CIRCUIT_NONE, CIRCUIT_ON, CIRCUIT_HAM, CIRCUIT_SPAM };

struct shortcircuit_conf {
	struct map *rules; /* name → an element of circuits */
	double spam_score, ham_score;
	double min_ham_score, max_spam_score; /* NaN: unset */
};

static const enum circuit circuits[] = {CIRCUIT_NONE, CIRCUIT_ON, CIRCUIT_HAM, CIRCUIT_SPAM};

static void conf_init(void *data, struct arena *keep)
{
	struct shortcircuit_conf *conf = data;

	conf->rules = map_new(keep);
	conf->spam_score = 100;
	conf->ham_score = -100;
	conf->min_ham_score = conf->max_spam_score = NAN;
}

/* --- shortcircuit RULE ham|spam|on|off --- */

static bool is_word(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!ascii_is_word((unsigned char)text.ptr[i]))
			return false;
	return text.len > 0;
}

/* The rule runs early, and its hit teaches nothing. */
static void hasten(struct keyword_line *line, struct str rule, enum circuit circuit)
{
	conf_default_priority(line->conf, rule, QUICK_PRIORITY);
	conf_add_tflags(line->conf, rule,
			circuit == CIRCUIT_HAM ? "nice noautolearn" : "noautolearn");
}

static enum keyword_result shortcircuit(struct keyword_line *line)
{
	struct shortcircuit_conf *conf = line->target;
	struct str rest = line->value, rule, type;
	enum circuit circuit;

	if (!line->value.len)
		return KEYWORD_MISSING_VALUE;
	if (!str_word_next(&rest, &rule) || !is_word(rule))
		return KEYWORD_INVALID_VALUE;
	type = str_trim(rest);
	circuit = str_eq_c(type, "ham")    ? CIRCUIT_HAM
		  : str_eq_c(type, "spam") ? CIRCUIT_SPAM
		  : str_eq_c(type, "on")   ? CIRCUIT_ON
					   : CIRCUIT_NONE;
	if (circuit == CIRCUIT_NONE && !str_eq_c(type, "off"))
		return KEYWORD_INVALID_VALUE;
	keyword_own_map(line, &conf->rules);
	if (circuit == CIRCUIT_HAM || circuit == CIRCUIT_SPAM)
		hasten(line, rule, circuit);
	map_put(conf->rules, rule, (void *)&circuits[circuit]);
	return KEYWORD_OK;
}

#define NUMBER(name, field)                                                                        \
	{                                                                                          \
		name, NULL, WHO_USER, KEYWORD_NUMBER, offsetof(struct shortcircuit_conf, field),   \
			NULL                                                                       \
	}

static const struct keyword_def keywords[] = {
	{"shortcircuit", NULL, WHO_USER, KEYWORD_CUSTOM, 0, shortcircuit},
	NUMBER("shortcircuit_spam_score", spam_score),
	NUMBER("shortcircuit_ham_score", ham_score),
	NUMBER("shortcircuit_min_ham_score", min_ham_score),
	NUMBER("shortcircuit_max_spam_score", max_spam_score),
	{NULL, NULL, WHO_USER, KEYWORD_CUSTOM, 0, NULL},
};

/* --- during a scan --- */

static void enrich(struct scan *scan, const void *plugin)
{
	(void)plugin;
	scan_tag_set(scan, "SC", STR_LIT("no"));
	scan_tag_set(scan, "SCRULE", STR_LIT("none"));
	scan_tag_set(scan, "SCTYPE", STR_LIT("no"));
}

static void stop(struct scan *scan, bool is_ham, double points)
{
	scan_stop(scan);
	scan_tag_set(scan, "SCTYPE", is_ham ? STR_LIT("ham") : STR_LIT("spam"));
	scan_hit_scored(scan, "SHORTCIRCUIT", points, "");
}

static void stop_for_rule(struct scan *scan, const struct shortcircuit_conf *conf,
			  const struct rule *rule, enum circuit circuit, double points)
{
	bool is_ham = circuit == CIRCUIT_HAM || (circuit == CIRCUIT_ON && points < 0);

	scan_tag_set(scan, "SCRULE", rule->name);
	scan_tag_set(scan, "SC",
		     arena_printf(scan_arena(scan), "%.*s (%s)", STR_ARG(rule->name),
				  is_ham ? "ham" : "spam"));
	if (circuit != CIRCUIT_ON)
		points = is_ham ? conf->ham_score : conf->spam_score;
	log_debug("shortcircuit", "s/c %sdue to %.*s, using score of %.15g",
		  circuit == CIRCUIT_ON ? ""
		  : is_ham              ? "ham "
					: "spam ",
		  STR_ARG(rule->name), points);
	if (circuit == CIRCUIT_ON)
		points = is_ham ? -0.0001 : 0.0001;
	stop(scan, is_ham, points);
}

static void hit(struct scan *scan, const void *plugin, const struct rule *rule, double points,
		double so_far)
{
	const struct shortcircuit_conf *conf = scan_plugin_conf(scan, plugin);
	const enum circuit *circuit = map_find(conf->rules, rule->name);

	if (scan_was_stopped(scan))
		return;
	if (so_far < conf->min_ham_score || so_far > conf->max_spam_score)
		stop(scan, so_far < 0, so_far < 0 ? -0.001 : 0.001);
	if (circuit && *circuit != CIRCUIT_NONE)
		stop_for_rule(scan, conf, rule, *circuit, points);
}

static void verdict(struct scan *scan, const void *plugin, double points, bool is_spam)
{
	const struct str_vec *type = scan_tag(scan, STR_LIT("SCTYPE"));

	(void)plugin;
	(void)points;
	(void)is_spam;
	scan_log_item(scan,
		      arena_printf(scan_arena(scan), "shortcircuit=%.*s", STR_ARG(type->items[0])));
}

/* SHORTCIRCUIT hits when a circuit is closed, not by its function. */
static int check_shortcircuit(struct scan *scan, const struct eval_call *call)
{
	(void)scan;
	(void)call;
	return 0;
}

static const struct eval_def evals[] = {
	{"check_shortcircuit", NULL, check_shortcircuit},
	{NULL, NULL, NULL},
};

const struct plugin_def plugin_shortcircuit = {
	.abi_major = PLUGIN_ABI_MAJOR,
	.abi_minor = PLUGIN_ABI_MINOR,
	.name = "Mail::SpamAssassin::Plugin::Shortcircuit",
	.evals = evals,
	.keywords = keywords,
	.conf_bytes = sizeof(struct shortcircuit_conf),
	.conf_init = conf_init,
	.enrich = enrich,
	.hit = hit,
	.verdict = verdict,
};
