/*
 * load: configuration files → a frozen rule set. The stages are files: find (search paths) → read
 * (lines, include, if/ifplugin, lang) → keywords → rule definitions → expr (metas) → finish
 * (descriptions, scores, priorities, patterns).
 */
#ifndef WHORL_RULES_LOAD_H
#define WHORL_RULES_LOAD_H

#include "rules/diag.h"
#include "rules/extension.h"
#include "rules/ruleset.h"

struct load_options {
	const char *rules_path; /* -C: directory or file; NULL: search list (sa-surface 1.1) */
	const char *site_path;  /* --siteconfigpath; NULL: search list */
	struct str_vec pre, cf; /* --pre, --cf lines */
	const char *user_prefs; /* a user_prefs file read with everything allowed, as the
				   spamassassin command does; or NULL */
	bool rules_optional; /* do not insist on rules in the rules' directory (SpamAssassin without
				require_rules) */
	/* For who learns or compares and never scans: lines that define rules are passed over. */
	bool settings_only;
	bool local_tests_only; /* -L */
	bool lint;             /* --lint: also what SpamAssassin only checks then */
	/* Optional Perl modules that change what SpamAssassin makes of mail: had it them here? */
	bool email_address_xs, libidn;
	const char *locale; /* for `lang`; NULL: from the environment */
};

/* Fails only when no rules can be found or read at all; everything else is a diagnostic. The rule
 * set lives in keep. */
enum status ruleset_load(struct arena *keep, const struct load_options *options,
			 const struct extension *extension, struct diag_sink *diags,
			 struct ruleset **ruleset_out, struct why *why);

/* For plugins that define rules from keywords of their own (mimeheader, uri_detail): adds or
 * replaces rule NAME as an eval rule run with view; def->prepare is not called, data is the call's.
 * NULL (and a diagnostic) for a bad name. */
struct rule *conf_add_eval_rule(struct keyword_line *line, struct str name, enum rule_view view,
				const struct eval_def *def, const void *plugin, void *data);
/* The same with a function that is looked up by its name when all is read, as in a rule's line. */
void conf_define_eval_rule(struct keyword_line *line, struct str name, enum rule_view view,
			   const char *function);
/* For reuse: NAME is known as a rule, and defined later or not. */
void conf_add_empty_rule(struct keyword_line *line, struct str name);
/* For shortcircuit: the rule's priority becomes priority where it is still 0; words are added to
 * its tflags. The rule need not be defined yet. */
void conf_default_priority(struct conf *conf, struct str rule_name, int priority);
void conf_set_priority(struct conf *conf, struct str rule_name, int priority);
void conf_add_tflags(struct conf *conf, struct str rule_name, const char *words);
struct diag_sink *conf_diags(struct conf *conf);
const struct settings *conf_settings(const struct conf *conf);
bool conf_local_tests_only(const struct conf *conf);
/* A path of the configuration: __local_rules_dir__ and the like, ~ and ~user (SpamAssassin.pm
 * sed_path). */
struct str find_expand(struct arena *arena, struct str path);
/* The same for a user whose state is in state_dir (empty: whoever runs the process): what
 * __userstate__ stands for, and the folder above it is what "~" does. */
struct str find_expand_for(struct arena *arena, struct str path, struct str state_dir);

/* --- for keywords' parse() --- */

/* Check line->value by def->type and put it at def->offset: what the reader does for all types but
 * CUSTOM. A plugin may call it with a def of its own after looking at the value. */
enum keyword_result keyword_set(struct keyword_line *line, const struct keyword_def *def);
/* Before a user's line changes a list that the shared configuration owns: *list becomes a copy of
 * this user's. No effect outside user preferences. */
struct addr_list *keyword_own_addr_list(struct keyword_line *line, struct addr_list **list);
struct addr_rcvd_list *keyword_own_rcvd_list(struct keyword_line *line,
					     struct addr_rcvd_list **list);
struct map *keyword_own_map(struct keyword_line *line, struct map **map);
void keyword_own_strings(struct keyword_line *line, struct str_vec *vec);
/* A diagnostic at the line being read. */
void keyword_diag(struct keyword_line *line, enum diag_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
