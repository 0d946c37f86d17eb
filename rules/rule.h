/*
 * rule: one rule as it stands after loading. A rule set is built by the reader, compiled, then
 * frozen: from then on everything here is const and shared by all children.
 */
#ifndef WHORL_RULES_RULE_H
#define WHORL_RULES_RULE_H

#include "lib/base/regex.h"
#include "lib/message/mail.h"

enum rule_kind {
	RULE_EMPTY,  /* known by name only, or `meta X ()`: hits only when a plugin says so */
	RULE_HEADER, /* regex or exists: over a header */
	RULE_BODY,
	RULE_RAWBODY,
	RULE_FULL,
	RULE_URI,
	RULE_META,
	RULE_EVAL, /* eval function, of a plugin or the core; rule.view tells with which group it
		      runs */
};

enum rule_view { VIEW_HEADER, VIEW_BODY, VIEW_URI, VIEW_RAWBODY, VIEW_FULL, VIEW_COUNT };

enum rule_flag {
	RULE_IS_SUBRULE = 1 << 0, /* name begins with "__": no score, not in reports */
	RULE_IS_TEST = 1 << 1,    /* name begins with "T_" */
	RULE_NET = 1 << 2,
	RULE_NICE = 1 << 3,
	RULE_LEARN = 1 << 4,
	RULE_USERCONF = 1 << 5,
	RULE_NOAUTOLEARN = 1 << 6,
	RULE_MULTIPLE = 1 << 7,
	RULE_NOSUBJECT = 1 << 8,
	RULE_NOLOG = 1 << 9,
	RULE_AUTOLEARN_FORCE = 1 << 10,
	RULE_AUTOLEARN_BODY = 1 << 11,
	RULE_AUTOLEARN_HEADER = 1 << 12,
	RULE_NOAWL = 1 << 13,
	RULE_PRIVILEGED_USER = 1 << 14, /* defined in user preferences */
	RULE_IS_RBL = 1 << 15, /* header eval:check_rbl.../check_dns...: runs when the look-ups are
				* launched, whatever its priority, and never without network
				* (SpamAssassin's TYPE_RBL_EVALS) */
	RULE_IS_CAPTURE = 1 << 16, /* its named groups publish tags */
};

struct conf_position {
	const char *file; /* as given to the reader, or "(--cf)" and the like; NULL for built-ins */
	unsigned line;    /* 1-based */
};

struct factors;
struct front;

/* A Perl regex of a rule, translated and compiled. What a scan reads comes first. */
struct pattern {
	struct regex
		*regex;     /* NULL while it waits for %{TAG} captures: compiled per message then */
	struct regex *wide; /* the same for text of characters: of `uri` rules; or NULL */
	const struct front *front; /* where no match can begin (rules/front.h); NULL: not known */
	size_t width_min;          /* bytes of every match */
	double try_byte_ns;        /* what trying it takes for each byte of text */
	struct str_vec needs;      /* names of %{TAG} captures in it */
	const struct factors *factors; /* what is in every match (rules/factor.h); NULL: no promise
					*/
	struct str perl;               /* between its delimiters, after ReplaceTags */
	struct str flags;              /* modifiers as written */
};

struct eval_call;
struct expr;

/* What a scan reads of each rule that it tries comes first, in one line of the cache. */
struct rule {
	unsigned id; /* index in ruleset.rules, stable after freezing */
	enum rule_kind kind;
	enum rule_view view;
	unsigned flags;
	/* RULE_HEADER without exists, BODY, RAWBODY, FULL, URI */
	struct pattern *pattern;
	/* RULE_EVAL */
	struct eval_call *eval;
	/* RULE_META */
	struct expr *expr;
	unsigned max_hits; /* of `multiple`; 0 = unlimited */
	/* RULE_HEADER */
	bool negate; /* !~ */
	bool exists;
	bool has_if_unset;
	bool has_score; /* set by the configuration, not by default */
	struct str name;
	double scores[4]; /* by score set; 0 in the set in force: the rule is not run */
	int priority;
	struct str tflags;                /* as written, for plugins with words of their own */
	struct conf_position score_where; /* of the `score` line in force; file NULL: by default */
	struct str describe;
	struct conf_position where;
	struct header_spec header;
	struct str if_unset;
	struct str expr_text;
};
VEC_OF(rule_vec, struct rule *);

#endif
