/*
 * txrep: what the files of the plugin share. options.c reads the directives, reputation.c looks one
 * identity of a sender up and keeps its history, message.c goes through all identities of a
 * message, txrep.c answers rules, learners and commands.
 */
#ifndef WHORL_TXREP_H
#define WHORL_TXREP_H

#include "plugins/senders.h"

/* What a sender is known by. */
enum identity_kind {
	IDENTITY_EMAIL_IP, /* address and network */
	IDENTITY_EMAIL,
	IDENTITY_DOMAIN,
	IDENTITY_IP,
	IDENTITY_HELO,
	IDENTITY_MSG_ID, /* not the sender: the message itself, for when it comes again */
	IDENTITY_KINDS,
};

struct identity {
	enum identity_kind kind;
	struct str id, ip; /* ip empty: none */
	struct str signed_by;
};

/* The directives, digested. */
struct txrep_options {
	bool on, tracks, by_spf, tells_signers;
	double factor, penalty, bonus, autolearn, outgoing, ratio;
	unsigned v4_bits, v6_bits, details;
	double weights[IDENTITY_KINDS];
};

enum txrep_task { TASK_SCAN, TASK_LEARN, TASK_FORGET };
enum { LISTS_MAX = 2 };

struct txrep_conf {
	struct senders_process *processes[LISTS_MAX];
	const struct origin_patterns *patterns;
};

/* One message, or one command, at work. */
struct txrep {
	struct scan *scan; /* NULL: a command */
	struct list_owner owner;
	struct txrep_options options;
	const struct txrep_conf *conf;
	struct senders *lists[LISTS_MAX]; /* the user's and everybody's, or one */
	size_t n_lists, main_list;        /* main: the one the directives name */
	enum txrep_task task;
	bool forgets;     /* set within a task that learns, too */
	double lesson;    /* points that learning gives */
	bool is_outgoing; /* sent from inside: recipients gain */
	/* of the identity looked up last */
	struct sender_entry entry;
	double total_weight;
	struct why why;
	enum status status; /* of the lists; the first failure ends the work */
};

/* --- options.c --- */
void txrep_options_read(const struct list_owner *owner, struct txrep_options *out);

/* --- reputation.c --- */
/* Key of an identity in the lists. */
struct sender_key txrep_key(const struct txrep *txrep, struct str id, struct str ip,
			    struct str signed_by);
/* What the identity's history says of a message with these points (NAN: none are added), weighted;
 * the points join the history, or leave it. */
double txrep_reputation(struct txrep *txrep, const struct identity *identity, double points);
/* The history begins anew with points, or ends (NAN). */
void txrep_reset(struct txrep *txrep, struct str id, struct str signed_by, double points);

/* --- message.c --- */
void txrep_message(struct txrep *txrep);

/* --- lists.c --- */
/* Opens the lists that the directives name. */
enum status txrep_open(struct txrep *txrep, const struct list_owner *owner, const void *plugin,
		       struct deadline deadline, struct why *why);
/* Ends what was done; the first failure of all is returned. */
enum status txrep_close(struct txrep *txrep, struct why *why);

#endif
