/* commands: what each verb does (spamd: accept_a_conn; sa-surface 3.2). */
#ifndef WHORL_SPAMD_COMMANDS_H
#define WHORL_SPAMD_COMMANDS_H

#include "spamd/session.h"

/* The head has been read. Answers the client, or says in the log why it does not. */
void command_run(struct session *session);

#endif
