/*
 * plugin.h: the whole public API for plugins, built in or third-party (.so). A plugin is a const
 * table; its code reads the mail and the scan through the functions of rules/scan.h and appends
 * hits; it never adds points and never changes the mail.
 *
 * ABI 1.0 (Whorl 0.1.0): first. Changelog: any change of a struct reachable from here raises the
 * major number; a new function or a new field at the end of plugin_def raises the minor number.
 * ABI 1.2: learner, scan_tag_function(), scan_user().
 * ABI 1.1: hit(), scan_stop(), scan_hit_scored(), scan_log_item().
 * ABI 2.0: child_start(), parsed(); message.metadata.
 * ABI 2.1: runs_programs.
 * ABI 3.0: several learners, learner.list_address(), hit.is_adjustment, scan_options.state_dir;
 * scan_learn_points(), scan_hit_adjusted(), scan_spf_set(), lib/message/origin.h.
 * ABI 3.1: scan_settle(), pattern.try_byte_ns.
 * ABI 3.2: idle().
 * ABI 4.0: mail_views(), mail_rawbody(), mail_uris(), which make what they return when it is first
 * asked for, instead of mail.views and mail.uris; waits.
 * ABI 2.2: fingerprint_register(), fingerprint_of() (plugins/fingerprint/plugin.h).
 */
#ifndef WHORL_PLUGINS_PLUGIN_H
#define WHORL_PLUGINS_PLUGIN_H

#include "lib/message/locales.h"
#include "lib/message/origin.h"
#include "lib/message/parse.h"
#include "lib/message/uri_host.h"
#include "rules/addrlist.h"
#include "rules/learner.h"
#include "rules/load.h"
#include "rules/pattern.h"
#include "rules/scan.h"
#include "rules/words.h"

enum { PLUGIN_ABI_MAJOR = 4, PLUGIN_ABI_MINOR = 0 };

/* Stages of one message, in order; each hook may be NULL.
 *  ENRICH may add text, URIs, metadata; LAUNCH starts look-ups; rules run; COLLECT takes late
 * answers; ADJUST returns one signed correction of the points (AWL, TxRep); VERDICT sees the result
 * and may set tags; AFTER runs when the reply is sent. */
struct plugin_def {
	unsigned abi_major, abi_minor;
	const char *name; /* SpamAssassin class: "Mail::SpamAssassin::Plugin::HeaderEval" */
	const struct eval_def *evals;       /* ends with a NULL name; or NULL */
	const struct keyword_def *keywords; /* likewise */
	const char *const
		*methods;  /* for has()/can(), ends with NULL: names that exist and are true */
	size_t conf_bytes; /* size of the configuration struct (plain data; copied shallowly for
			      users) */
	void (*conf_init)(void *conf, struct arena *keep); /* defaults; conf is zeroed before */
	/* Keywords known only by shape; return KEYWORD_NOT_MINE for others. */
	enum keyword_result (*parse_line)(struct keyword_line *line);
	/* All files are read; may edit rules (ReplaceTags) or build look-up tables in keep. */
	enum status (*config_read)(void *conf, struct conf *conf_reader, struct ruleset *ruleset,
				   struct arena *keep, struct why *why);
	void (*enrich)(struct scan *scan, const void *plugin);
	void (*launch)(struct scan *scan, const void *plugin);
	void (*collect)(struct scan *scan, const void *plugin);
	double (*adjust)(struct scan *scan, const void *plugin, double points);
	void (*verdict)(struct scan *scan, const void *plugin, double points, bool is_spam);
	void (*after)(struct scan *scan, const void *plugin);
	/* A rule is about to be listed as a hit worth points; so_far are the points before it. */
	void (*hit)(struct scan *scan, const void *plugin, const struct rule *rule, double points,
		    double so_far);
	const struct learner *learner; /* of the plugin that learns */
	/* In a child of the server, once, with its privileges. */
	void (*child_start)(const void *conf);
	/* A message is parsed, nothing is rendered yet: parts may get another text
	 * (part_render_as), headers of rules a value (message_metadata_set). */
	void (*parsed)(const void *conf, struct arena *scan, struct message *message,
		       struct deadline deadline);
	/* It starts other programs. A child without any such plugin is forbidden to
	 * (lib/server/confine.h); one from a shared object always counts as such. */
	bool runs_programs;
	/* In a child of the server: no client has come for a while, or the child is about to end.
	 * For work that could wait. */
	void (*idle)(const void *conf);
	const struct eval_wait *waits; /* which evals may wait; ends with a NULL function */
};

/* A shared object exports this symbol. */
#define PLUGIN_EXPORT_SYMBOL "whorl_plugin"
extern const struct plugin_def *const plugins_builtin[]; /* ends with NULL; plugins/builtin.c */

#endif
