/* header_cache: answers of mail_header() kept for one mail; mail_header.c and mail_address.c
 * include it. */
#ifndef WHORL_MESSAGE_HEADER_CACHE_H
#define WHORL_MESSAGE_HEADER_CACHE_H

#include "lib/message/mail.h"

/* What is kept of an answer. */
struct header_answer {
	struct header_spec spec;
	struct str_vec values;
	struct str joined; /* as a header rule matches it */
	bool is_joined;
};

/* Not known yet: NULL. */
struct header_answer *header_cache_find(const struct header_cache *cache,
					const struct header_spec *spec);
void header_cache_put(struct header_cache *cache, struct header_answer *answer);
/* False: it is not among the mail's metadata, which have not changed since it was asked first.
 */
bool header_cache_may_be_metadata(struct header_cache *cache, const struct map *metadata,
				  const struct header_spec *spec);

/* They change; what else is known stays. */
void header_cache_forget_metadata(struct header_cache *cache);

/* Lists of addresses out of several headers, kept likewise; *result NULL: not known yet. */
enum header_list { HEADER_LIST_FROM, HEADER_LIST_TO, HEADER_LISTS };
struct str_vec **header_cache_list(struct header_cache *cache, enum header_list list);

#endif
