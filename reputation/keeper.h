/*
 * keeper: the one who folds. Holds the lock of the state folder, takes new reports from the ledger,
 * folds them, settles campaigns that are due and writes the table that scans read. A helper process
 * of spamd does it all the time; without one, whoever has reported does it once.
 */
#ifndef WHORL_REPUTATION_KEEPER_H
#define WHORL_REPUTATION_KEEPER_H

#include "reputation/ledger.h"
#include "reputation/table.h"

struct keeper;

/* STATUS_REFUSED: another process keeps this state. Lives in arena; the lock goes with it. The
 * folder is made when absent. */
enum status keeper_open(struct arena *arena, const char *state,
			const struct trust_constants *constants, struct keeper **keeper_out,
			struct why *why);
struct ledger *keeper_ledger(struct keeper *keeper);
struct table *keeper_table(struct keeper *keeper);
/* All that is new and due by now_s, in bounded transactions. *n_out (may be NULL): reports folded.
 */
enum status keeper_work(struct keeper *keeper, int64_t now_s, size_t *n_out, struct why *why);
/* The table as of now_s: evidence fades though nobody says a word, and keys of which nobody has
 * spoken for long are forgotten with their campaigns. A round goes over all keys in bounded steps;
 * *is_done_out: this was the last of it. */
enum status keeper_refresh(struct keeper *keeper, int64_t now_s, bool *is_done_out,
			   struct why *why);
/* Whether there may be something new; costs next to nothing. */
bool keeper_has_work(struct keeper *keeper, int64_t now_s);
/* One of those transactions; *n_out: reports folded, fewer than KEEPER_BATCH when it was the last.
 */
enum status keeper_step(struct keeper *keeper, int64_t now_s, size_t *n_out, struct why *why);
enum { KEEPER_BATCH = 1000 };

/* For rebuild.h: nothing derived is left, and the reports are those of another ledger. */
enum status keeper_start_over(struct keeper *keeper, struct ledger *source, struct why *why);

#endif
