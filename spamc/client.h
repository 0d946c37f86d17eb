/*
 * client: one transaction with spamd: find a server, send, read the answer. Results are exit codes
 * of spamc(1).
 */
#ifndef WHORL_SPAMC_CLIENT_H
#define WHORL_SPAMC_CLIENT_H

#include "lib/wire/reply.h"
#include "spamc/args.h"

struct spamc_reply {
	struct wire_reply head;
	struct str body; /* of the length the head says, where it says one */
};

/* For errors: standard error (-l) or syslog, "spamc: TEXT". */
void spamc_say(const struct spamc_args *args, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Send message by args->mode and read the answer; retries as the options say. 0 or an exit code: 68
 * no such host, 69 cannot connect, 70 no such socket, 74 the answer ends early, 76 not the
 * protocol, 77 no permission; with an answer that is an error, its own code.
 */
int spamc_transact(struct arena *arena, const struct spamc_args *args, struct str message,
		   struct spamc_reply *reply_out);

#endif
