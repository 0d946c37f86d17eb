/* extracttext: what ExtractText's files share: the configured programs, and running one of them. */
#ifndef WHORL_PLUGINS_EXTRACTTEXT_H
#define WHORL_PLUGINS_EXTRACTTEXT_H

#include "plugins/plugin.h"

struct extract_tool {
	struct str name;
	struct str_vec command; /* "{}" stands for the file */
	struct str_vec env;     /* "NAME=value", NUL-terminated */
};

/* What tool makes of data, or false when it failed. What it printed before the deadline counts. */
bool extract_run(struct arena *scan, const struct extract_tool *tool, struct str data,
		 struct deadline deadline, struct str *text_out);

#endif
