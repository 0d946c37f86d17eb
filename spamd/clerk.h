/*
 * clerk: reports of spam on their way from a child to the disk. A helper process of spamd keeps the
 * state folder of the fingerprint layer: it takes reports at a socket there, writes them into the
 * ledger and folds them. It sees keys, never mail.
 */
#ifndef WHORL_SPAMD_CLERK_H
#define WHORL_SPAMD_CLERK_H

#include "plugins/fingerprint/plugin.h"
#include "spamd/service.h"

/* The helper: until SIGTERM or the end of control_fd (lib/server/server.h). */
void clerk_run(struct service *service, int control_fd);

/* In a child, with the rights of the service. -1: the helper does not come to the door (logged), or
 * there is no fingerprint layer. Closed by the caller. */
int clerk_call(const struct service *service);

/*
 * Report or revoke the message in the name of the reporter; STATUS_OK when the ledger has it on the
 * disk. STATUS_NOT_FOUND: nothing in the message makes a key; STATUS_REFUSED: not in that name;
 * STATUS_TIMEOUT, STATUS_CLOSED, STATUS_IO: nobody knows whether it is there. It may be said again.
 */
enum status clerk_report(int fd, struct arena *scan, const struct fingerprint_settings *settings,
			 const struct mail *mail, struct str reporter, enum trust_kind kind,
			 struct why *why);

#endif
