/*
 * options: command lines as Perl's Getopt::Long reads them with bundling, which is how spamd,
 * spamassassin and sa-learn read theirs: short letters combine ("-tL", "-p FILE", "-pFILE"), long
 * names take "=VALUE" or the next word, words that are no options may stand anywhere.
 */
#ifndef WHORL_BASE_OPTIONS_H
#define WHORL_BASE_OPTIONS_H

#include "lib/base/vec.h"

enum option_kind {
	OPTION_SET,         /* bool becomes true */
	OPTION_CLEAR,       /* bool becomes false */
	OPTION_SWITCH,      /* bool; "no" and "no-" in front make it false */
	OPTION_LETTER,      /* char becomes the first of names; the later of several wins */
	OPTION_IGNORED,     /* accepted, help is said */
	OPTION_REMOVED,     /* help is said, the program ends */
	OPTION_STRING,      /* const char *, needs a value */
	OPTION_MAY_STRING,  /* value is optional; without one "" */
	OPTION_LIST,        /* struct str_vec: as OPTION_STRING, collected */
	OPTION_MAY_LIST,    /* as OPTION_MAY_STRING, collected */
	OPTION_INT,         /* int, needs a whole number */
	OPTION_MAY_INT,     /* int; without a number behind it 0 */
	OPTION_MAY_IGNORED, /* as OPTION_IGNORED, with an optional value */
};

struct option_def {
	const char *names; /* separated by "|" */
	enum option_kind kind;
	size_t offset;    /* of the field in the target */
	const char *help; /* a line of --help, without the names; NULL: not listed there.
			     IGNORED, REMOVED: what is said on stderr instead */
};

struct option_table {
	const struct option_def *items;
	size_t n;
	bool abbreviations; /* long names may be cut short and are case-insensitive */
};

enum options_result {
	OPTIONS_OK,
	OPTIONS_USAGE,   /* complaints are on stderr */
	OPTIONS_REMOVED, /* an option that is gone since long */
};

/* Fields of target are set; strings are those of argv, or copies in keep. argv[0] is not looked at.
 * words_out: what is no option, in order; NULL: ignored. */
enum options_result options_parse(struct arena *keep, const struct option_table *table, int argc,
				  char *const *argv, void *target, struct str_vec *words_out);
/* The lines of --help. */
void options_print(const struct option_table *table, bool to_stdout);

#endif
