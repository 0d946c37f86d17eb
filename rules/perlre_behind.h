/* perlre_behind: look-behinds of varying length, which PCRE2 before 10.43 does not take. */
#ifndef WHORL_RULES_PERLRE_BEHIND_H
#define WHORL_RULES_PERLRE_BEHIND_H

#include "rules/perlre.h"

/* A body for the look-behind whose alternatives have one length each. STATUS_INVALID: longer than
 * Perl takes. */
enum status perlre_fix_behind(struct arena *arena, const struct re_node *look,
			      const struct re_node **body_out, struct why *why);

#endif
