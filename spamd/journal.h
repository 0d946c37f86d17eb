/* journal: the log lines of a scan that logwatch, munin and the like read (sa-surface 1.5). */
#ifndef WHORL_SPAMD_JOURNAL_H
#define WHORL_SPAMD_JOURNAL_H

#include "spamd/session.h"
#include "spamd/verdict.h"

/* "<id>" as spamd shows it (spamd: parse_msgids): without comments, odd bytes as "?". Empty when
 * there is none. */
struct str journal_message_id(struct arena *arena, struct str raw);

/* "checking message <id> for USER:UID" */
void journal_begin(struct session *session, const struct message *message);
/* "clean message (S/T) for ...", then "result: ..." */
void journal_result(const struct session *session, const struct verdict *verdict);

#endif
