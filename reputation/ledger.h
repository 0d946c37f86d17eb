/*
 * ledger: reports and what has been made of them, in an SQL database in the state folder. A report
 * that ledger_append() has taken is on the disk. Records of keys, reporters and campaigns are
 * derived from the reports by the fold and can be made again from them (ledger_forget_derived, then
 * fold from the start).
 */
#ifndef WHORL_REPUTATION_LEDGER_H
#define WHORL_REPUTATION_LEDGER_H

#include "lib/base/vec.h"
#include "lib/base/why.h"
#include "lib/store/database.h"
#include "reputation/trust.h"

struct ledger;

struct ledger_report {
	struct str id; /* tells the report from others: the same is not taken twice */
	struct str reporter, group;
	int64_t at_s;
	enum trust_class class;
	enum trust_kind kind;
	const struct trust_key_id *keys;
	size_t n_keys;
	const struct seen *seen; /* exposures of each key as they were known; NULL: not counted */
	struct str signature;    /* of the reporter's key; empty when it is a name */
};

enum { LEDGER_KEYS_MAX = 256, LEDGER_NAME_BYTES_MAX = 255 };

/* create: make it when it is not there; else STATUS_NOT_FOUND. Closed with the arena. */
enum status ledger_open(struct arena *arena, const char *state, bool create,
			struct ledger **ledger_out, struct why *why);
/* *is_new_out: false when the id is known; that is no error. *sequence_out: of this report or of
 * the one before it with this id. */
enum status ledger_append(struct ledger *ledger, const struct ledger_report *report,
			  uint64_t *sequence_out, bool *is_new_out, struct why *why);
/* The same within the caller's transaction: several reports, all or none. */
enum status ledger_add(struct ledger *ledger, const struct ledger_report *report,
		       uint64_t *sequence_out, bool *is_new_out, struct why *why);
enum status ledger_begin(struct ledger *ledger, struct why *why);
enum status ledger_commit(struct ledger *ledger, struct why *why);
void ledger_roll_back(struct ledger *ledger);

/* For files of this folder that ask it other things. */
struct database *ledger_database(struct ledger *ledger);
/* Keys as reports hold them; in arena. */
struct trust_key_id *ledger_unpack_keys(struct arena *arena, struct str bytes, size_t *n_out);

/* --- for the keeper --- */

/* Changes when another process has appended. */
int64_t ledger_version(struct ledger *ledger);
enum status ledger_folded(struct ledger *ledger, uint64_t *sequence_out, struct why *why);
enum status ledger_set_folded(struct ledger *ledger, uint64_t sequence, struct why *why);
/* The first report behind `after`; false when there is none. Keys live in arena. */
enum status ledger_next(struct ledger *ledger, struct arena *arena, uint64_t after,
			struct trust_report *report_out, bool *found_out, struct why *why);
/* Unsettled campaigns that are due. */
VEC_OF(ledger_id_vec, uint32_t);
enum status ledger_due(struct ledger *ledger, struct arena *arena, int64_t now_s,
		       struct ledger_id_vec *out, struct why *why);
const struct trust_backing *ledger_backing(struct ledger *ledger);
/* Write all that the trust says has changed. */
enum status ledger_save(struct ledger *ledger, struct trust *trust, struct why *why);
enum status ledger_forget_derived(struct ledger *ledger, struct why *why);
/* The derived records of the ledger at this path in the place of this one's, within the caller's
 * transaction; attached before it begins, detached when it has ended. */
enum status ledger_attach(struct ledger *ledger, const char *path, struct why *why);
enum status ledger_adopt_attached(struct ledger *ledger, struct why *why);
void ledger_detach(struct ledger *ledger);
/* Counts the adoptions: records that were loaded before one are not to be saved behind it. */
enum status ledger_generation(struct ledger *ledger, int64_t *out, struct why *why);

/* *sequence_out: of the report with this id; 0 when there is none. */
enum status ledger_find(struct ledger *ledger, struct str id, uint64_t *sequence_out,
			struct why *why);
/* How many reports of this reporter are dated since_s or later: for quotas. */
enum status ledger_count_since(struct ledger *ledger, struct str reporter, int64_t since_s,
			       uint64_t *n_out, struct why *why);

#endif
