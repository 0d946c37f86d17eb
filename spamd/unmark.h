/* unmark: a marked-up message as it was before (SpamAssassin.pm remove_spamassassin_markup;
 * sa-surface 4.6). */
#ifndef WHORL_SPAMD_UNMARK_H
#define WHORL_SPAMD_UNMARK_H

#include "rules/settings.h"

/* Undoes report_safe 1 and 2 by taking out the attached original, report_safe 0 by taking away
 * X-Spam-* fields and giving back X-Spam-Prev-* ones. A message without markup comes out as it is,
 * but for line ends of one kind. In the arena. */
struct str unmark_message(struct arena *arena, const struct message *message,
			  const struct settings *settings);
/* Parsed as it was before a filter marked it, or as it is when none has. */
struct message *unmark_parse(struct arena *arena, struct str raw, const struct settings *settings,
			     const struct message_settings *message_settings);

#endif
