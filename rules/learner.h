/*
 * learner: what a plugin that learns from messages (Bayes) offers to the server's TELL, to
 * autolearning and to the learning command. Callers go through the scan_ functions; a plugin
 * implements struct learner and names it in its plugin_def. Nothing here runs inside a scan but
 * is_usable().
 */
#ifndef WHORL_RULES_LEARNER_H
#define WHORL_RULES_LEARNER_H

#include <stdio.h>
#include "rules/scan.h"

enum learn_class { LEARN_HAM, LEARN_SPAM };

enum learn_flag {
	LEARN_NO_RELEARN = 1 << 0,  /* leave alone what was learnt as the opposite (autolearn) */
	LEARN_USE_IGNORES = 1 << 1, /* leave alone what bayes_ignore_from and _to name */
};

enum learn_result {
	LEARN_DONE,    /* learnt or forgotten, and durable against the death of this process */
	LEARN_NOTHING, /* already so: known as this class, or (forget) not known */
	LEARN_FAILED,  /* no learner, switched off, or the store failed; why says which */
};

/* What the learning command asks of the store as a whole. */
enum learner_task {
	LEARNER_SYNC,
	LEARNER_EXPIRE,
	LEARNER_DUMP,    /* magic and tokens as the request says, SpamAssassin's columns */
	LEARNER_BACKUP,  /* to request->out */
	LEARNER_RESTORE, /* from request->path; replaces everything */
	LEARNER_IMPORT,  /* from SpamAssassin's Berkeley DB files; request->path as bayes_path, or
			    NULL: where bayes_path points */
	LEARNER_CLEAR,
};

struct learner_request {
	enum learner_task task;
	FILE *out;
	const char *path;
	const struct regex *token_filter; /* DUMP: of the token's five bytes; or NULL */
	bool dump_magic, dump_tokens;
	bool quiet;
	void (*progress)(void *data, uint64_t done, uint64_t total); /* may be NULL */
	void *progress_data;
};

struct learner {
	/* There is enough to score this message with (SpamAssassin is_scan_available). */
	bool (*is_usable)(struct scan *scan, const void *plugin);
	/* Whether learning would do something: false when this class is known already. */
	bool (*would_learn)(struct scan *scan, const void *plugin, enum learn_class as,
			    unsigned flags);
	enum learn_result (*learn)(struct scan *scan, const void *plugin, enum learn_class as,
				   unsigned flags, struct why *why);
	enum learn_result (*forget)(struct scan *scan, const void *plugin, struct why *why);
	/* Between begin and end learning is gathered into larger writes; end returns when they are
	 * durable. */
	enum status (*batch_begin)(const struct prefs *prefs, const void *plugin, struct str user,
				   struct why *why);
	enum status (*batch_end)(const struct prefs *prefs, const void *plugin, struct why *why);
	enum status (*maintain)(struct arena *scan, const struct prefs *prefs, const void *plugin,
				struct str user, const struct learner_request *request,
				struct why *why);
};

/* How a message that is only learnt is parsed: X-Spam-* headers of other filters count then. */
struct message_settings learner_message_settings(const struct prefs *prefs);
/* A message as far as learning needs it: plugins have enriched it, no rule has run. */
struct scan *scan_prepare(struct arena *arena, const struct prefs *prefs, struct mail *mail,
			  const struct scan_options *options);

bool scan_would_learn(struct scan *scan, enum learn_class as, unsigned flags);
enum learn_result scan_learn(struct scan *scan, enum learn_class as, unsigned flags,
			     struct why *why);
enum learn_result scan_forget(struct scan *scan, struct why *why);

/* The learner of a configuration, or NULL; *plugin_out is its identity. */
const struct learner *prefs_learner(const struct prefs *prefs, const void **plugin_out);

#endif
