/*
 * words: how core and plugins define the words of the rule language: eval functions and
 * configuration keywords. Definition (const, static tables) against instance (one use in a
 * configuration). Core words use the same tables.
 */
#ifndef WHORL_RULES_WORDS_H
#define WHORL_RULES_WORDS_H

#include "rules/rule.h"

struct scan; /* one message under evaluation: rules/scan.h */
struct eval_call;
struct conf; /* configuration being read: rules/load.h */

enum { EVAL_NOT_READY = -1 }; /* an answer is pending; dependants wait */

struct eval_def {
	const char *name; /* the function's name in SpamAssassin; NULL ends a table */
	/* Check and digest call->args into call->data when rules load; may be NULL. STATUS_INVALID
	 * drops the rule. */
	enum status (*prepare)(struct arena *keep, struct eval_call *call, struct why *why);
	/* Number of hits (0 none, 1 usually) or EVAL_NOT_READY. Reads call->conf and the scan,
	 * writes nothing but the scan. */
	int (*run)(struct scan *scan, const struct eval_call *call);
};

/*
 * An eval function that depends on nothing but its arguments and the mail (not on hits, tags,
 * points, the time) and does nothing but answer: so sub-rules with it may wait until somebody needs
 * them (rules/later.c), the dearer the later.
 */
struct eval_wait {
	const char *function; /* NULL ends a table */
	unsigned cost_ns;     /* about what a call takes; not 0 */
};

struct eval_call {
	const struct eval_def *def; /* NULL: function not available; the rule never hits */
	struct str function;
	struct str args_text; /* between the parentheses, as written */
	struct str_vec args;  /* unquoted, numbers as text */
	const void *plugin; /* identity of the owning plugin, for plugin_conf() and plugin_slot() */
	void *data;         /* prepare()'s */
	unsigned waits_ns;  /* eval_wait.cost_ns; 0: it runs in its turn */
	const struct rule *rule;
};

enum keyword_who {
	WHO_USER,       /* anywhere */
	WHO_PRIVILEGED, /* user preferences only with allow_user_rules */
	WHO_ADMIN,      /* never from user preferences */
};

enum keyword_type {
	KEYWORD_CUSTOM,     /* parse() does it */
	KEYWORD_BOOL,       /* bool at offset */
	KEYWORD_NUMBER,     /* double */
	KEYWORD_DURATION,   /* double seconds */
	KEYWORD_STRING,     /* struct str */
	KEYWORD_TEMPLATE,   /* struct str, lines appended */
	KEYWORD_STRINGLIST, /* struct str_vec, words appended */
	KEYWORD_ADDRLIST,   /* struct addr_list * (rules/addrlist.h) */
	KEYWORD_HASH,       /* "key rest", rest required; only with KEYWORD_IN_VALUES or parse() */
	KEYWORD_NOARGS,     /* parse(), when there is one, is called; any value is an error */
};

/* As keyword_def.offset: checked by its type, then the text is kept in settings.values under the
 * name; of STRINGLIST, ADDRLIST and HASH all lines are kept, joined by "\n". */
#define KEYWORD_IN_VALUES ((size_t)-1)

/* What a keyword's parse makes of a line; the reader words the diagnostic as SpamAssassin does. */
enum keyword_result { KEYWORD_OK, KEYWORD_INVALID_VALUE, KEYWORD_MISSING_VALUE, KEYWORD_NOT_MINE };

/* One line of configuration on its way to its keyword. */
struct keyword_line {
	struct conf *conf;
	struct arena *arena; /* where values live */
	struct str keyword;  /* canonical: lower case, '-' → '_' */
	struct str value;    /* trimmed */
	struct conf_position where;
	bool from_user; /* user preferences */
	void *target; /* the struct that offset points into: settings, or the plugin's configuration
		       */
	struct why why; /* parse may say more here */
};

struct keyword_def {
	const char *name;  /* NULL ends a table */
	const char *alias; /* second spelling or NULL */
	enum keyword_who who;
	enum keyword_type type;
	size_t offset; /* of the value in the target; unused for CUSTOM and NOARGS */
	enum keyword_result (*parse)(struct keyword_line *line);
};

#endif
