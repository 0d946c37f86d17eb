/*
 * service: what a spamd process works with: its switches, its settings, the rule set in force, and
 * in a child the memory of the scan under way. The parent makes and swaps rule sets; children only
 * read them.
 */
#ifndef WHORL_SPAMD_SERVICE_H
#define WHORL_SPAMD_SERVICE_H

#include "lib/net/tls.h"
#include "lib/server/custody.h"
#include "lib/server/privileges.h"
#include "rules/load.h"
#include "spamd/args.h"
#include "spamd/config.h"
#include "spamd/glimpse.h"
#include "spamd/metrics.h"

/* A rule set and the memory it lives in; replaced as a whole. */
struct rules_in_force {
	struct arena *keep;
	struct ruleset *ruleset;
	struct diag_sink diags;
};

struct service {
	struct arena *keep;
	const struct args *args;
	struct config config;
	struct arena *reporters_keep; /* of config.reputation since it was read anew; NULL: keep */
	struct netset *allowed;       /* who may connect */
	struct str hostname;          /* fully qualified */
	bool switches_user; /* root without -u: each request runs with the ids of its user */
	struct listener_vec listeners;
	struct tls_context *tls; /* of the listeners that are TLS; NULL without any */
	struct rules_in_force rules;
	const struct privileges *privileges; /* of children and helper; NULL: stay as we are */
	struct glimpses *glimpses;           /* to the reputation helper; NULL: there is none */
	struct metrics *metrics;             /* NULL: nobody asks */
	int to_room_fd, from_room_fd; /* parcels to and from the waiting room; -1: there is none */
	/* in a child */
	struct arena *scan;
	struct custody *custody;   /* of the request it serves; NULL: none */
	int channel_fd;            /* to the parent */
	struct accounts *accounts; /* of users whose mail came lately */
	struct privileges ids;     /* that are taken, still from the request before; user "": own */
	struct net_address peer;   /* the last one looked up, and its name */
	char peer_name[ADDRESS_HOST_BYTES];
	int64_t watched_s;    /* when a watchdog was set for it (monotonic); 0: there is none */
	char message_id[256]; /* of the message being scanned or scanned last, for SIGUSR2 */
};

/* Everything but rules. STATUS_INVALID: the administrator erred, why says how. */
enum status service_init(struct service *service, struct arena *keep, const struct args *args,
			 struct why *why);
/* Take the sockets the process was started with, bind what -i and --socketpath name (without any of
 * these: localhost), and read certificates. saved_errno tells a taken port. */
enum status service_listen(struct service *service, struct why *why);
/* Read certificate and key aside and put them in force, when there is a TLS listener; on failure
 * the old ones stay. */
enum status service_load_certificates(struct service *service, struct why *why);
/* Read reporters anew, at SIGHUP and in the reputation helper; on failure the old ones stay. */
enum status service_load_reporters(struct service *service, struct why *why);
/* Load a rule set aside and put it in force; on failure the old one stays. */
enum status service_load_rules(struct service *service, struct why *why);
/* In a process that scans nothing: the rule set's memory would be kept from the others' reload. */
void service_forget_rules(struct service *service);
/* In a child, once. */
enum status service_child_start(struct service *service, struct why *why);
/* Nobody waits: what was put off is done. */
void service_child_idle(struct service *service);
/* "TCP [127.0.0.1]:783, UNIX domain socket /run/spamd.sock" */
struct str service_listen_text(struct arena *arena, const struct service *service);
/* Somebody is in the queue: who keeps a child waiting keeps others waiting. */
bool service_is_in_demand(const struct service *service);
bool service_allows(const struct service *service, const struct conn *conn);
/* Host name of a client, "localhost" for Unix sockets; the last answer is kept. */
const char *service_peer_name(struct service *service, const struct conn *conn);

#endif
