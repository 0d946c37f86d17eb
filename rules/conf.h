/*
 * conf: the configuration while it is read; private to rules/. load.c makes one for a rule set,
 * prefs.c one for a user's lines over a frozen rule set. Lines come in through conf_read_text()
 * (read.c), go to a keyword (keyword.c, keywords_*.c) or a conditional (cond.c), and leave rules
 * and notes about rules behind, which finish.c puts together.
 */
#ifndef WHORL_RULES_CONF_H
#define WHORL_RULES_CONF_H

#include "rules/load.h"

enum {
	CONF_FILE_BYTES_MAX = 64 << 20,
	CONF_INCLUDE_DEPTH_MAX = 100,
	CONF_RULE_NAME_MAX = 100,    /* longer names are refused (Conf/Parser.pm add_test) */
	CONF_RULE_NAME_ADVISED = 40, /* longer ones are told of under --lint */
};

/* The version that conditions, require_version and the rules' directory know. */
#define CONF_SPAMASSASSIN_VERSION "4.000001"

/* What the configuration says about a rule's name, whether it is defined, will be, or never. */
struct rule_notes {
	struct str name;
	double scores[4];
	bool has_score;
	struct conf_position score_where; /* of the last line that changed it */
	struct str describe, tflags;
	int priority;
	bool has_priority;    /* also by being defined (0), as in SpamAssassin */
	bool touched_by_user; /* in user preferences: changed here */
	struct rule *rule;    /* NULL while not defined */
};

/* Words and classes known so far. Frozen with the rule set; user preferences read with it. */
struct dictionary {
	struct map *core;          /* keyword → const struct keyword_def * */
	struct map *shipped_words; /* keyword → const struct keyword_def * of classes in `classes`
				      that the host has not */
	struct map *shipped_evals; /* eval function → const struct shipped_class *, of the same
				      classes */
	struct map *eval_types; /* eval function → type of rule it must be used with (const char *),
				   of `classes` */
	struct map *classes;    /* plugin classes that loaded */
	struct map *compat;     /* enable_compat NAME */
	struct map *versions;   /* file → UPDATE version, struct str * */
};

struct if_frame {
	const char *keyword; /* "if", "ifplugin" */
	bool skipped_before;
	unsigned line;
	struct str condition;
};
VEC_OF(if_frame_vec, struct if_frame);

struct conf {
	struct arena *arena; /* keep, or the scan arena of user preferences */
	struct ruleset
		*ruleset; /* being built; in user mode a copy made when it is first changed */
	const struct ruleset *shared; /* user mode: the frozen one */
	struct settings *settings;
	struct dictionary *dictionary;
	struct registry *registry; /* user mode: NULL until the user clears it */
	const struct extension *extension;
	const struct load_options *options;
	struct diag_sink *diags;
	bool lint, user_mode;
	bool has_user_rules; /* user mode: ruleset is a copy */
	void *plugin_confs;  /* user mode: extension->conf_copy's, made on first use */
	struct map *notes;   /* rule name → struct rule_notes * */
	struct map *owned;   /* user mode: addresses of lists already copied */
	/* the place being read */
	struct str file; /* "(no file)" at first */
	const char *file_cstr;
	struct map *line_numbers; /* file → unsigned * */
	struct str_vec file_stack;
	struct if_frame_vec ifs;
	bool skipping;
	struct map *condition_cache; /* "ifplugin plugin (X)" → &yes or &no */
	struct map *files_read; /* path → anything; shared by all reads of one configuration */
	unsigned include_depth;
	struct str lang;      /* "en_US" */
	struct str line_text; /* the line being read, trimmed */
};

/* --- find.c: where configuration is --- */
struct str find_rules_path(struct arena *arena, const struct load_options *options);
struct str find_site_path(struct arena *arena, const struct load_options *options);
/* Files of a directory that end in suffix, in SpamAssassin's order; a file is itself. */
void find_files(struct conf *conf, struct str path, const char *suffix, struct str_vec *out);

/* --- read.c --- */
void conf_read_file(struct conf *conf, struct str path);
/* Files of path that were not read or claimed before; a file is read once, by whoever claims it
 * first. */
void conf_claim_files(struct conf *conf, struct str path, const char *suffix, struct str_vec *out);
/* Lines as if they stood in a file NAME. */
void conf_read_named_text(struct conf *conf, struct str name, struct str text);
/* A file or all .pre/.cf files of a directory. */
void conf_read_path(struct conf *conf, struct str path, const char *suffix);
struct str conf_locale(struct arena *arena, const char *locale);
struct conf_position conf_here(const struct conf *conf);
/* The diagnostic of a line that fails; message NULL: the general one. */
void conf_fail_line(struct conf *conf, const char *keyword, const char *message);
void conf_diag(struct conf *conf, enum diag_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
struct str conf_relative_path(struct conf *conf, struct str path);

/* --- cond.c --- */
/* Evaluate; pushes the frame. */
void cond_begin(struct conf *conf, const char *keyword, struct str condition);
bool conf_class_is_loaded(const struct conf *conf, struct str class_name);
/* "Dmarc" and other old names of classes. */
struct str conf_class_alias(struct str class_name);
/* Next token of a condition or a meta (Constants.pm ARITH_EXPRESSION_LEXER); what it does not know
 * is skipped. */
bool cond_token_next(struct str *rest, struct str *token_out);

/* --- keyword.c --- */
void keyword_line(struct conf *conf, struct str key, struct str value);
void keyword_index(struct dictionary *dictionary, struct arena *arena);
void value_set(struct keyword_line *line, const char *name, struct str value);
void value_append(struct keyword_line *line, const char *name, struct str value);
void value_clear(struct keyword_line *line, const char *name);
bool text_is_number(struct str s); /* [+-]?\d+(\.\d*)? */
bool text_is_digits(struct str s);

/* --- rule_def.c, score.c --- */
struct rule_notes *conf_notes(struct conf *conf, struct str name);
bool rule_name_is_valid(struct str name);
/* A rule known by name only, unless it is defined already. */
void rule_define_empty(struct conf *conf, struct str name);
/* An eval rule as keywords of unavailable plugins define them. */
void rule_define_eval(struct conf *conf, struct str name, enum rule_view view, struct str function,
		      struct str args_text);
/* \bWORD\b in text, case-sensitive. */
bool text_has_word(struct str text, const char *word);

/* --- shipped.c: classes that SpamAssassin ships and the host has not --- */
bool shipped_load(struct conf *conf, struct str class_name); /* false: no such class */
bool shipped_has_method(struct str class_name, struct str method);
/* Directives that are known by shape, of loaded classes; false when it is none. */
bool shipped_parse_line(struct conf *conf, struct keyword_line *line);
/* Name of the rule type ("header", "body", ...) a function must be used with; NULL: any or unknown.
 */
const char *shipped_eval_type(const struct conf *conf, struct str function);
bool shipped_has_eval(const struct conf *conf, struct str function);
/* Notes the types of its functions, whether the host or nobody has it. */
void shipped_note_types(struct conf *conf, struct str class_name);

/* --- finish.c, plan.c, networks.c --- */
void conf_init(struct conf *conf, struct arena *arena);
void conf_finish(struct conf *conf);
void conf_merge_notes(struct conf *conf);
void conf_resolve_evals(struct conf *conf);
void conf_lint_networks(struct conf *conf);
void conf_add_networks(struct keyword_line *line, struct netset *set, struct str value);
void prefs_init(struct ruleset *ruleset);
/* scores NULL: the rules' own. */
struct plan *plan_make(struct arena *arena, const struct ruleset *ruleset, const struct map *scores,
		       int score_set);
struct netset *netset_with_loopback(struct arena *arena, const char *name, bool loopback);

#endif
