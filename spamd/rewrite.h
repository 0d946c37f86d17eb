/* rewrite: the marked-up message (PerMsgStatus.pm rewrite_mail; sa-surface 4.4, 4.6). The only
 * place that changes bytes of mail. */
#ifndef WHORL_SPAMD_REWRITE_H
#define WHORL_SPAMD_REWRITE_H

#include "spamd/verdict.h"

/* The body of PROCESS: headers added, or wrapped by report_safe. mbox line first when there was
 * one. */
struct str rewrite_message(struct arena *arena, const struct verdict *verdict);
/* The body of HEADERS: the same, cut after the first empty line. */
struct str rewrite_headers(struct arena *arena, const struct verdict *verdict);
/* "X-Spam-NAME: value\n" for every add_header of the list (_ADDEDHEADER_). */
struct str rewrite_added_headers(struct arena *arena, const struct verdict *verdict, bool spam_set);

#endif
