/* lists: the lists of addresses that plugins (AWL, TxRep) keep, changed by commands as the
 * spamassassin command does. */
#ifndef WHORL_WHORL_LISTS_H
#define WHORL_WHORL_LISTS_H

#include "rules/learner.h"
#include "whorl/engine.h"

/* One address, or what the plugin takes for one. What was done is printed, what failed is logged;
 * false when it did. */
bool lists_change_address(struct engine *engine, enum list_change change, struct str address);
/* All addresses of a message, in its headers and its text; of LIST_BLOCK only those of From. */
bool lists_change_message(struct engine *engine, enum list_change change, const struct mail *mail);

#endif
