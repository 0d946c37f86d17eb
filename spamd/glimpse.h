/*
 * glimpse: keys of scanned mails on their way from the children to the reputation helper, who
 * counts them. A ring in shared memory: a child writes its keys and goes on, without a lock, a
 * system call or a wait; when the helper does not keep up the oldest are lost, and counts are a
 * little low.
 */
#ifndef WHORL_SPAMD_GLIMPSE_H
#define WHORL_SPAMD_GLIMPSE_H

#include "lib/base/why.h"
#include "reputation/trust.h"

enum { GLIMPSE_KEYS_MAX = 64 };

struct glimpse {
	uint16_t mark, n_keys; /* mark: of the recipient's group, seen_mark() */
	uint8_t algorithms[GLIMPSE_KEYS_MAX];
	uint64_t keys[GLIMPSE_KEYS_MAX];
};

struct glimpses;

/* Before the first fork. STATUS_NO_MEMORY. */
enum status glimpses_new(struct glimpses **glimpses_out, struct why *why);
void glimpses_put(struct glimpses *glimpses, const struct glimpse *glimpse);
/* For the one reader; false: there is none at present. */
bool glimpses_take(struct glimpses *glimpses, struct glimpse *out);

#endif
