/* tell: TELL: a message is learnt, forgotten or reported (spamd: dotell; sa-surface 3.4). The
 * answer says what was done, not what was asked for. */
#ifndef WHORL_SPAMD_TELL_H
#define WHORL_SPAMD_TELL_H

#include "spamd/session.h"

void tell(struct session *session);

#endif
