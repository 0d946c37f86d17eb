/* account: whom this process acts for. */
#ifndef WHORL_BASE_ACCOUNT_H
#define WHORL_BASE_ACCOUNT_H

#include "lib/base/arena.h"

/* Name of the effective user id; empty when the system knows none. */
struct str account_name(struct arena *arena);

#endif
