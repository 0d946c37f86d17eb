/*
 * exposures: tallies of keys that have come by (seen.h), in a file of fixed size in the state
 * folder. Who keeps the state writes it, others may read. Keys that came once give way to others
 * first; when the file is lost, counting begins anew: nothing that is in the ledger depends on it.
 */
#ifndef WHORL_REPUTATION_EXPOSURES_H
#define WHORL_REPUTATION_EXPOSURES_H

#include "lib/base/arena.h"
#include "lib/base/why.h"
#include "reputation/seen.h"
#include "reputation/trust.h"

struct exposures;

enum exposures_mode { EXPOSURES_READ, EXPOSURES_WRITE /* creates it when absent or unsound */ };

/* Unmapped with the arena. STATUS_NOT_FOUND, STATUS_INVALID, STATUS_IO. */
enum status exposures_open(struct arena *arena, const char *state, enum exposures_mode mode,
			   struct exposures **exposures_out, struct why *why);
/* The key is asked for soon: its place is read into the caches meanwhile. */
void exposures_expect(const struct exposures *exposures, struct trust_key_id id);
void exposures_add(struct exposures *exposures, struct trust_key_id id,
		   const struct seen_mail *mail);
/* All zero, but for the day, when nothing is known of the key. */
struct seen exposures_at(const struct exposures *exposures, struct trust_key_id id, int64_t now_s);
/* The same of n keys; in arena. */
struct seen *exposures_of(struct arena *arena, const struct exposures *exposures,
			  const struct trust_key_id *keys, size_t n, int64_t now_s);

#endif
