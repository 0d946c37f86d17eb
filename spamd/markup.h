/* markup: values of added headers: tags, folding, RFC 2047 (PerMsgStatus.pm _process_header,
 * mime_encode_header). */
#ifndef WHORL_SPAMD_MARKUP_H
#define WHORL_SPAMD_MARKUP_H

#include "spamd/verdict.h"

/* The value of X-Spam-NAME from its template, folded as fold_headers says. */
struct str markup_value(struct arena *arena, const struct verdict *verdict, struct str name,
			struct str template);
/* Bytes that are not printable ASCII as RFC 2047 encoded words, Q or B whichever is shorter. */
struct str markup_encode(struct arena *arena, struct str value);

#endif
