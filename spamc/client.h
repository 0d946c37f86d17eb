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

/* A random number below n; 0 when the system has none to give. */
size_t spamc_random_below(size_t n);

/* The servers to try: one for each name, with all its addresses; or a Unix socket. */
struct spamc_host {
	struct net_address_vec addresses;
};
VEC_OF(spamc_host_vec, struct spamc_host);

/*
 * Ask the resolver for args->hosts; randomize (-H) turns the list by a random amount, and without
 * the safe fallback (-x) only its first is kept. 0; 68 no such host; 75 the resolver asks to try
 * again. With a Unix socket: 0 and no hosts.
 */
int spamc_find_hosts(struct arena *arena, const struct spamc_args *args,
		     struct spamc_host_vec *hosts_out);

/*
 * Send message by args->mode and read the answer; retries as the options say. 0 or an exit code: 69
 * cannot connect, 70 no such socket, 74 the answer ends early, 76 not the protocol, 77 no
 * permission; with an answer that is an error, its own code.
 */
int spamc_transact(struct arena *arena, const struct spamc_args *args,
		   const struct spamc_host_vec *hosts, struct str message,
		   struct spamc_reply *reply_out);

#endif
