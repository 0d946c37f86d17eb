/*
 * extension: what the rule loader needs of the plugin host, as an interface, so that rules/ does
 * not know plugins/. plugins/host implements it. All objects it hands out live in the keep arena of
 * the rule set.
 */
#ifndef WHORL_RULES_EXTENSION_H
#define WHORL_RULES_EXTENSION_H

#include "lib/base/clock.h"
#include "rules/words.h"

struct ruleset;
struct learner; /* rules/learner.h */

enum load_plugin_result {
	PLUGIN_LOADED,
	PLUGIN_ALREADY_LOADED,
	PLUGIN_UNKNOWN /* Perl-only, or no such class */
};

/* Stages of one message, see plugins/plugin.h. */
enum stage { STAGE_ENRICH, STAGE_LAUNCH, STAGE_COLLECT, STAGE_ADJUST, STAGE_VERDICT, STAGE_AFTER };

struct extension {
	void *host; /* passed to every call */
	/* loadplugin CLASS [PATH]: PATH non-empty names Perl source or a .so */
	enum load_plugin_result (*load_plugin)(void *host, struct str class_name, struct str path,
					       struct why *why);
	/* plugin(CLASS) in conditions, after class aliases */
	bool (*is_loaded)(void *host, struct str class_name);
	/* has(CLASS::METHOD) / can(CLASS::METHOD) for loaded plugins; the core answers for
	 * Mail::SpamAssassin::Conf */
	bool (*has_method)(void *host, struct str class_name, struct str method);
	/* eval function by name; *plugin_out is its owner's identity. NULL when nobody has it. */
	const struct eval_def *(*find_eval)(void *host, struct str name, const void **plugin_out);
	/* eval_call.waits_ns of the plugin's function. May be NULL. */
	unsigned (*eval_waits_ns)(void *host, const struct eval_call *call);
	/* keyword by name (canonical); *target_out is the plugin's configuration */
	const struct keyword_def *(*find_keyword)(void *host, struct str name, void **target_out);
	/* keyword that only a plugin's parse hook knows by shape (bayes_stopword_xx); false when
	 * nobody takes it */
	bool (*parse_unknown)(void *host, struct keyword_line *line,
			      enum keyword_result *result_out);
	/* everything is read, patterns not yet JIT-compiled: ReplaceTags and the like may edit
	 * rules */
	enum status (*config_read)(void *host, struct conf *conf, struct ruleset *ruleset,
				   struct why *why);
	/* user preferences: a copy of all plugin configurations in arena, so that a user's lines
	 * don't touch the shared ones; find_keyword_in finds in that copy. May be NULL while
	 * unused. */
	void *(*conf_copy)(void *host, struct arena *arena);
	const struct keyword_def *(*find_keyword_in)(void *host, void *conf_copy, struct str name,
						     void **target_out);
	/* Message stages: calls the hook of every plugin that has it, in order of loading. Returns
	 * the sum of corrections (ADJUST), else 0. points and is_spam are for ADJUST and VERDICT.
	 */
	double (*run_stage)(void *host, enum stage stage, struct scan *scan, double points,
			    bool is_spam);
	/* Calls the hit() hook of every plugin that has one. NULL while none has. */
	void (*rule_hit)(void *host, struct scan *scan, const struct rule *rule, double points,
			 double so_far);
	/* The at-th (from 0) of the plugins that learn, or NULL; *plugin_out is its identity. May
	 * be NULL. */
	const struct learner *(*find_learner)(void *host, size_t at, const void **plugin_out);
	/* A plugin's configuration: in the copy conf_copy() made, or the shared one when that is
	 * NULL. */
	const void *(*plugin_conf)(void *host, void *conf_copy, const void *plugin);
	/* In a child of the server, once. */
	void (*child_start)(void *host);
	/* In a child of the server, when no client has come for a while, and at its end. */
	void (*child_idle)(void *host);
	/* A plugin is loaded that starts other programs. */
	bool runs_programs;
	/* A message is parsed and not yet rendered. */
	void (*message_parsed)(void *host, void *conf_copy, struct arena *scan,
			       struct message *message, struct deadline deadline);
};

#endif
