/* wrap: folding of text the way SpamAssassin folds headers and descriptions (Util.pm wrap). Lengths
 * are bytes, a tab counts 8. */
#ifndef WHORL_SPAMD_WRAP_H
#define WHORL_SPAMD_WRAP_H

#include "lib/base/arena.h"

enum wrap_break {
	WRAP_AT_SPACE,          /* white space is a piece of its own */
	WRAP_AFTER_SPACE_COMMA, /* break behind white space and commas */
};

struct wrap_style {
	const char *first;  /* in front of the first line */
	const char *prefix; /* in front of the others */
	size_t width_bytes;
	bool overflow; /* a line may grow past the width by its last piece */
	enum wrap_break at;
};

struct str wrap_text(struct arena *arena, struct str text, const struct wrap_style *style);

#endif
