/* uri_find: the text linkifier, for the files of this folder. */
#ifndef WHORL_MESSAGE_URI_FIND_H
#define WHORL_MESSAGE_URI_FIND_H

#include "lib/message/uri.h"

enum uri_found_kind { URI_FOUND_URL, URI_FOUND_ADDRESS, URI_FOUND_BARE };

struct uri_found {
	enum uri_found_kind kind;
	struct str text; /* as in the text, nothing trimmed */
	struct str host; /* of URI_FOUND_BARE */
};

/* The next one at or after *at, which moves behind it. False at the end of the text. Linear but for
 * a bounded look-ahead. */
bool uri_find_next(const struct registry *registry, struct str text, size_t *at,
		   struct uri_found *out);

#endif
