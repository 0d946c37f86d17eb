/*
 * learner: what a plugin that learns from messages (Bayes, TxRep) offers to the server's TELL, to
 * autolearning and to the learning command. Callers go through the scan_ functions; a plugin
 * implements struct learner and names it in its plugin_def. The one with is_usable() is the
 * classifier; others only have learn() and forget(), and are told of every message that the
 * classifier is asked to learn. Nothing here runs inside a scan but is_usable().
 */
#ifndef WHORL_RULES_LEARNER_H
#define WHORL_RULES_LEARNER_H

#include <stdio.h>
#include "rules/scan.h"

enum learn_class { LEARN_HAM, LEARN_SPAM };

enum learn_flag {
	LEARN_NO_RELEARN = 1 << 0,     /* leave alone what was learnt as the opposite (autolearn) */
	LEARN_USE_IGNORES = 1 << 1,    /* leave alone what bayes_ignore_from and _to name */
	LEARN_NOT_CLASSIFIER = 1 << 2, /* for the others only: the classifier knows it already */
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

/* What a command wants of the lists of addresses that AWL and TxRep keep. */
enum list_change { LIST_WELCOME, LIST_BLOCK, LIST_REMOVE };

struct list_request {
	enum list_change change;
	struct str address;
	struct str user, state_dir; /* as in scan_options */
	FILE *out; /* what was done is said there, in SpamAssassin's words; or NULL */
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
	/* An address's history begins anew as that of a friend or of a spammer, or is forgotten.
	 * Only plugins that keep such a list have this. STATUS_REFUSED: it is switched off. */
	enum status (*list_address)(struct arena *scan, const struct prefs *prefs,
				    const void *plugin, const struct list_request *request,
				    struct why *why);
};

/* Points of the hits so far without those of rules that say nothing of the message itself (flags
 * learn, userconf, noautolearn), as the score set without Bayes gives them. Reckoned when first
 * asked for, and not again (PerMsgStatus.pm get_autolearn_points). */
struct learn_points {
	double points; /* rounded to three decimals */
	double head, body;
	double learned;        /* of rules with the flag learn */
	unsigned n_forced;     /* hits with autolearn_force */
	struct str_vec forced; /* their names */
};
const struct learn_points *scan_learn_points(struct scan *scan);

/* How a message that is only learnt is parsed: X-Spam-* headers of other filters count then. */
struct message_settings learner_message_settings(const struct prefs *prefs);
/* A message as far as learning needs it: plugins have enriched it, no rule has run. */
struct scan *scan_prepare(struct arena *arena, const struct prefs *prefs, struct mail *mail,
			  const struct scan_options *options);

bool scan_would_learn(struct scan *scan, enum learn_class as, unsigned flags);
enum learn_result scan_learn(struct scan *scan, enum learn_class as, unsigned flags,
			     struct why *why);
enum learn_result scan_forget(struct scan *scan, struct why *why);

/* For a classifier that forgets a message before it learns it as the opposite: the others forget it
 * as well, as in SpamAssassin. */
void scan_forget_elsewhere(struct scan *scan, const void *plugin);

/* The classifier of a configuration, or NULL; *plugin_out is its identity. */
const struct learner *prefs_learner(const struct prefs *prefs, const void **plugin_out);

/* Somebody learns, be it the classifier or not. */
bool prefs_can_learn(const struct prefs *prefs);
/* Every list of addresses is changed. STATUS_UNSUPPORTED: there is none. The first failure is
 * returned when all were asked. */
enum status prefs_list_address(struct arena *scan, const struct prefs *prefs,
			       const struct list_request *request, struct why *why);

#endif
