/* authres: one Authentication-Results header (RFC 8601); for AuthRes only. */
#ifndef WHORL_PLUGINS_AUTHRES_H
#define WHORL_PLUGINS_AUTHRES_H

#include "plugins/args.h"

struct authres_regexes {
	const struct regex *token, *word, *name, *digits, *quoted_or_token, *quoted_or_value;
};

struct authres_result {
	struct str method, result; /* method in lower case; both of the known ones */
};
VEC_OF(authres_result_vec, struct authres_result);

struct authres_filter {
	const struct map *trusted, *ignored; /* sets of authserv-ids; trusted empty: all are */
};

void authres_regexes_make(struct arena *keep, struct authres_regexes *regexes);
/* is_arc: ARC-Authentication-Results, with its instance in front. False: the header does not count,
 * out is as before. */
bool authres_parse(struct arena *scan, const struct authres_regexes *regexes,
		   const struct authres_filter *filter, struct str value, bool is_arc,
		   struct authres_result_vec *out);

#endif
