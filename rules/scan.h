/*
 * scan: rules over one mail → hits. Also the API that eval functions and plugins call while a scan
 * runs. Nothing here adds points or changes the mail; the verdict does that later from the hits.
 */
#ifndef WHORL_RULES_SCAN_H
#define WHORL_RULES_SCAN_H

#include "lib/base/clock.h"
#include "lib/base/timing.h"
#include "rules/hits.h"
#include "rules/ruleset.h"
#include "rules/words.h"

struct scan;

struct scan_options {
	struct deadline deadline;
	struct str client_host, client_ip; /* _REMOTEHOSTNAME_, _REMOTEHOSTADDR_ */
	struct str user;
	struct str
		state_dir; /* where this user's state is kept; empty: that of the process's user */
	struct timing *timing; /* or NULL */
};

/*
 * What scans of one rule set share: who depends on whom, literals to look for. Made when rules are
 * loaded; a rule set of a user's own has none, then each scan makes it.
 */
struct scan_tables;
const struct scan_tables *scan_tables_make(struct arena *arena, const struct ruleset *ruleset,
					   bool shared /* for many scans */);

/* Between message_parse() and mail_make(): plugins that turn attachments into text do so now. */
void scan_message_parsed(struct arena *arena, const struct prefs *prefs, struct message *message,
			 const struct scan_options *options);
/* The earlier of deadline and the end of time_limit from now. To be asked before the message is
 * read when reading is to count; the scan asks again. */
struct deadline scan_deadline(const struct prefs *prefs, struct deadline deadline);
/* The whole run: stages ENRICH, LAUNCH, RULES (by priority), COLLECT, ADJUST. The result lives in
 * arena. */
struct scan *scan_run(struct arena *arena, const struct prefs *prefs, struct mail *mail,
		      const struct scan_options *options);

/* --- for whoever reads the result --- */
const struct hits *scan_hits(const struct scan *scan);
/* Sub-rules are tried when somebody needs them; now all are, so that scan_hits() has them, too. */
void scan_settle(struct scan *scan);
const struct mail *scan_mail(const struct scan *scan);
const struct prefs *scan_prefs(const struct scan *scan);
bool scan_timed_out(const struct scan *scan);
/* The time is over by now, whether a rule was left out for it or not. */
bool scan_is_late(const struct scan *scan);
bool scan_was_stopped(const struct scan *scan);
const struct str_vec *scan_log_items(const struct scan *scan);
/* The signed correction of the points that plugins gave in ADJUST. */
double scan_correction(const struct scan *scan);
/* VERDICT and AFTER: the journey says when. */
void scan_stage(struct scan *scan, enum stage stage, double points, bool is_spam);

/* --- for eval functions and plugins --- */
struct arena *scan_arena(struct scan *scan);
/* Header by SpamAssassin's name ("From:addr"); empty when undefined. */
struct str scan_header(struct scan *scan, const char *spec);
/* The same of a header that the configuration names; nothing when that is no name. */
struct str scan_header_named(struct scan *scan, struct str spec);
bool scan_header_is_set(struct scan *scan, const char *spec);
/* The plugin's configuration in force for this request. */
const void *scan_plugin_conf(const struct scan *scan, const void *plugin);
/* A URI found in an attachment joins those of the message; before rules run. Copied. */
void scan_uri_add(struct scan *scan, struct str raw);
/* Another text in a line of the body, for every rule that runs from now on. text must live as long
 * as the scan. */
void scan_body_line_set(struct scan *scan, size_t line, struct str text);
/* A pointer of the plugin's own for this message, NULL at first. */
void **scan_plugin_slot(struct scan *scan, const void *plugin);
/* Record n hits of a rule by name or object (a rule of score 0 is ignored). area as in SpamAssassin
 * ("HEADER: ", "BODY: "). */
void scan_hit(struct scan *scan, const struct rule *rule, unsigned n);
/* One hit that reports show without an area ("BODY: "). */
void scan_hit_plain(struct scan *scan, const struct rule *rule);
void scan_hit_name(struct scan *scan, const char *rule_name);
/* A hit that brings its own points and, when the configuration has none, its description. Nothing
 * happens when points are 0. */
void scan_hit_scored(struct scan *scan, const char *rule_name, double points, const char *describe);
/* The same with an area for reports ("AWL: "), and also with 0 points. */
void scan_hit_adjusted(struct scan *scan, const char *rule_name, double points, const char *area);
/* No further rule runs (shortcircuit); nor is the message learnt by itself. */
void scan_stop(struct scan *scan);
/* "name=value" at the end of the log's result line. */
void scan_log_item(struct scan *scan, struct str item);
/* Text shown behind the rule's description in reports (test_log). */
void scan_note(struct scan *scan, const struct rule *rule, struct str note);
/* The same by name; nothing happens when there is no such rule. */
void scan_note_name(struct scan *scan, const char *rule_name, struct str note);
/* Tags: scalar or list. Values are copied. */
void scan_tag_set(struct scan *scan, const char *tag, struct str value);
void scan_tag_add(struct scan *scan, const char *tag, struct str value);
/* A tag whose value depends on its argument, _NAME(argument)_; asked for when the answer is
 * written. */
typedef struct str scan_tag_fn(struct scan *scan, const void *plugin, struct str argument);
void scan_tag_function(struct scan *scan, const char *tag, const void *plugin, scan_tag_fn *value);
bool scan_tag_call(const struct scan *scan, struct str tag, struct str argument,
		   struct str *value_out);
/* False of a scan that is only for learning (scan_prepare()). */
bool scan_runs_rules(const struct scan *scan);
/* The user the request is for, as the client or the system names him; may be empty. */
struct str scan_user(const struct scan *scan);
/* Where his state is kept, for find_expand_for(); may be empty. */
struct str scan_state_dir(const struct scan *scan);
/* Points of the hits so far. */
double scan_points(const struct scan *scan);
/* Until when the scan should be over. */
struct deadline scan_until(const struct scan *scan);
/* Values of a tag, or NULL. */
const struct str_vec *scan_tag(const struct scan *scan, struct str tag);
/* They with blanks between; empty when there is none. */
struct str scan_tag_text(struct scan *scan, const char *tag);
/* SPF vouches for the envelope's sender; whoever checks SPF says so. sender ptr NULL: not known. */
void scan_spf_set(struct scan *scan, struct str sender);
bool scan_spf_pass(const struct scan *scan, struct str *sender_out);
/* Metadata header for `header` rules (X-Languages ...). */
void scan_metadata_set(struct scan *scan, const char *name, struct str value);
/* Number of hits of a rule so far; 0 also when it has not run. */
unsigned scan_hit_count(const struct scan *scan, const struct rule *rule);
/* It was tried on this message, or counts as if (metas wait for that). */
bool scan_rule_has_run(const struct scan *scan, const struct rule *rule);
/* What metas read: 0 without a hit. */
double scan_rule_value(const struct scan *scan, const struct rule *rule);

#endif
