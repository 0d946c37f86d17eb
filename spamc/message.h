/* message: reading standard input, BSMTP envelopes, and delivering the result without losing any of
 * it. */
#ifndef WHORL_SPAMC_MESSAGE_H
#define WHORL_SPAMC_MESSAGE_H

#include "spamc/args.h"

struct spamc_message {
	struct str raw;           /* all that was read */
	struct str body;          /* what is sent to spamd: raw, or unstuffed from BSMTP */
	struct str before, after; /* BSMTP envelope around it */
	bool too_big; /* more than max_size_bytes; the rest is still on standard input */
};

/* Reads fd. 0; 65 for BSMTP without an envelope; 74 when reading fails (raw has what came) or
 * nothing comes.
 */
int spamc_message_read(struct arena *arena, int fd, const struct spamc_args *args,
		       struct spamc_message *message_out);
/* result in its envelope. */
struct str spamc_message_wrap(struct arena *arena, const struct spamc_args *args,
			      const struct spamc_message *message, struct str result);
/*
 * Write data to standard output, or feed it to the -e command: then this process becomes the
 * command, and the call returns only on failure (71). rest: also copy what is left on standard
 * input. 0, or 74.
 */
int spamc_deliver(const struct spamc_args *args, struct str data, bool rest);

#endif
