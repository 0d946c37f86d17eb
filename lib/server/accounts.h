/*
 * accounts: what the name service says of users, kept for a few seconds. A child that serves each
 * request with its user's ids would read /etc/passwd, /etc/group and nsswitch.conf for every
 * message otherwise, or ask a directory server.
 */
#ifndef WHORL_SERVER_ACCOUNTS_H
#define WHORL_SERVER_ACCOUNTS_H

#include "lib/base/arena.h"
#include "lib/server/privileges.h"

/* A change of an account is seen after so long. */
enum { ACCOUNTS_KEPT_MS = 10 * 1000 };

struct accounts *accounts_new(struct arena *worker);
/* As privileges_find(), with the user's own group and all others. Only what was found is kept. */
enum status accounts_find(struct accounts *accounts, const char *user, struct privileges *out,
			  struct why *why);
/* It would be answered without the name service. */
bool accounts_knows(struct accounts *accounts, const char *user);
/* Name of the effective user id, as account_name(). */
struct str accounts_own_name(struct accounts *accounts, struct arena *scan);

#endif
