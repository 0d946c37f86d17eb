/*
 * bayes: what the files of the plugin share. tokens.h makes tokens, bayes_store.h keeps their
 * counts, combine.c makes one probability of many, options.c reads the directives, learn.c learns
 * and forgets, maintain.c serves the learning command, bayes.c answers rules and tags.
 */
#ifndef WHORL_BAYES_H
#define WHORL_BAYES_H

#include "plugins/Bayes/batch.h"
#include "plugins/Bayes/bayes_store.h"
#include "plugins/Bayes/uses.h"

enum {
	SIGNIFICANT_TOKENS = 150,
	TOUCH_AGE_S = 3600, /* access times are moved when they are older than this */
	FUTURE_MAX_S = 86400,
};

/* The directives, digested. Lives as long as the settings they are from. */
struct bayes_options {
	const struct settings *settings; /* that they were made of */
	struct token_options tokens;
	bool use_hapaxes, auto_expire;
	double min_ham, min_spam, max_tokens;
	struct addr_list *ignore_from, *ignore_to;
	struct str path, store_module, sql_dsn, sql_username, sql_password, sql_override_username;
	int64_t token_ttl_s, seen_ttl_s; /* 0: for ever */
	unsigned file_mode;
};

/* What a process has open. */
struct bayes_process {
	struct bayes_store *store;
	char name[1024];     /* which: kind, path, user */
	int pid;             /* who opened it; a store does not survive a fork */
	bool writable;       /* the transaction under way */
	struct batch *batch; /* NULL: each message is written at once */
	struct uses *uses;   /* of tokens of the open store; NULL: none yet */
};

struct bayes_conf {
	double longest_bytes;
	struct str_vec languages; /* bayes_stopword_languages */
	bool languages_given;
	struct map *stopwords; /* language → struct stopwords * */
	const struct token_patterns *patterns;
	struct bayes_options shared; /* for the rule set's own settings */
	struct bayes_process *process;
};

/* One message under evaluation. */
struct bayes_scan {
	bool asked; /* is_usable() was */
	bool usable, scored, has_score;
	struct bayes_totals totals;
	double score;
	size_t n_tokens, n_learned;
	struct token_vec touched;
	struct significant_vec *hammy, *spammy;
};

/* A token that took part in the score. */
struct significant {
	struct token token;
	double probability;
	struct token_record record;
};
VEC_OF(significant_vec, struct significant);

/* --- options.c --- */
extern const struct keyword_def bayes_keywords[];
void bayes_conf_init(void *conf, struct arena *keep);
enum keyword_result bayes_parse_line(struct keyword_line *line);
enum status bayes_config_read(void *conf, struct conf *reader, struct ruleset *ruleset,
			      struct arena *keep, struct why *why);
/* Those in force for these preferences. */
const struct bayes_options *bayes_options_of(struct arena *scan, const struct prefs *prefs,
					     const void *plugin);
struct bayes_process *bayes_process_of(const struct prefs *prefs, const void *plugin);

/* --- open.c --- */
/* Whose store it is. */
struct bayes_owner {
	struct str user;      /* in databases that many share */
	struct str state_dir; /* what __userstate__ stands for; empty: in the home of the process */
};
struct bayes_owner bayes_owner_of(const struct scan *scan);
/* The store of the user, opened when it is not; without create STATUS_NOT_FOUND when there is none.
 */
enum status bayes_open(struct arena *scan, struct bayes_process *process,
		       const struct bayes_options *options, struct bayes_owner owner, bool create,
		       struct bayes_store **store_out, struct why *why);
void bayes_close(struct bayes_process *process);
/* bayes_path with what stands for the user's directory replaced. */
struct str bayes_path(struct arena *arena, const struct bayes_options *options,
		      struct str state_dir);

/* --- combine.c --- */
/* Whether one token's counts say anything, and what (Bayes.pm _compute_prob_for_all_tokens). */
bool token_probability(const struct token_record *record, const struct bayes_totals *totals,
		       bool use_hapaxes, double *probability_out);
bool token_is_significant(double probability);
/* Bayes/CombineChi.pm; false when there are none. */
bool probabilities_combine(const struct bayes_totals *totals, const double *probabilities, size_t n,
			   double *score_out);
/* How many more messages of the other kind would make the token say nothing. */
long declassification_distance(const struct bayes_totals *totals, const struct token_record *record,
			       double probability, bool use_hapaxes);

/* --- scan.c --- */
struct bayes_scan *bayes_scan_of(struct scan *scan, const void *plugin);
bool bayes_is_ignored(struct scan *scan, const struct bayes_options *options);
bool bayes_is_usable(struct scan *scan, const void *plugin);
/* Scores the message, once; false when it has no score. */
bool bayes_score(struct scan *scan, const void *plugin, double *score_out);
/* When the answer is out: access times, expiry. */
void bayes_after(struct scan *scan, const void *plugin);
/* Uses of tokens that are noted go into the store. */
void bayes_idle(const void *conf);

/* --- learn.c --- */
bool bayes_would_learn(struct scan *scan, const void *plugin, enum learn_class as, unsigned flags);
enum learn_result bayes_learn(struct scan *scan, const void *plugin, enum learn_class as,
			      unsigned flags, struct why *why);
enum learn_result bayes_forget(struct scan *scan, const void *plugin, struct why *why);
enum status bayes_batch_begin(const struct prefs *prefs, const void *plugin, struct str user,
			      struct why *why);
enum status bayes_batch_end(const struct prefs *prefs, const void *plugin, struct why *why);

/* --- import.c --- */
/* Into an empty store, in a transaction that writes; what was read is said on out, if any. */
enum status bayes_import(struct arena *arena, struct bayes_store *store, struct str path,
			 struct bayes_totals *totals, FILE *out, struct why *why);

/* --- expire.c --- */
bool bayes_expiry_is_due(const struct bayes_totals *totals, double max_tokens, int64_t now_s);
/* Opens transactions of its own; the result is said on out, if any. */
enum status bayes_expire(struct bayes_store *store, double max_tokens, FILE *out, struct why *why);
/* The same by a helper process, while this one goes on. */
void bayes_expire_aside(struct bayes_process *process, const struct bayes_options *options,
			struct bayes_owner owner);

/* --- maintain.c --- */
void bayes_totals_add(struct bayes_totals *totals, const struct token_record *record);
enum status bayes_maintain(struct arena *scan, const struct prefs *prefs, const void *plugin,
			   struct str user, const struct learner_request *request, struct why *why);

#endif
