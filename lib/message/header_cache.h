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

/* Not known yet: NULL. The text is that of a spec ("From:addr"). */
struct header_answer *header_cache_find(const struct header_cache *cache,
					const struct header_spec *spec);
struct header_answer *header_cache_find_text(const struct header_cache *cache, const char *text);
void header_cache_put(struct header_cache *cache, struct header_answer *answer);
/* The answer, which the cache may or may not have, is also that to the text. */
void header_cache_put_text(struct header_cache *cache, const char *text,
			   struct header_answer *answer);

/* Lists of addresses out of several headers, kept likewise; *result NULL: not known yet. */
enum header_list { HEADER_LIST_FROM, HEADER_LIST_TO, HEADER_LISTS };
struct str_vec **header_cache_list(struct header_cache *cache, enum header_list list);

#endif
