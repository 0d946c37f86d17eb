/* ask: what stands in a ledger, for people and for exports. */
#ifndef WHORL_REPUTATION_ASK_H
#define WHORL_REPUTATION_ASK_H

#include "reputation/ledger.h"

struct ask;

/* Lives in arena, which may not outlive the ledger's. */
enum status ask_new(struct arena *arena, struct ledger *ledger, struct ask **ask_out,
		    struct why *why);

/* Name of a reporter or a group; lives in arena. Empty when unknown. */
struct str ask_name(struct ask *ask, struct arena *arena, uint32_t id);
uint32_t ask_find_name(struct ask *ask, struct str name); /* 0: unknown */

struct ask_counts {
	uint64_t reports, revokes, keys, reporters, campaigns, settled;
	uint64_t waiting; /* reports that are not folded yet */
};
enum status ask_counts(struct ask *ask, struct ask_counts *out, struct why *why);

/* What one reporter has said. */
struct ask_reporter_counts {
	uint64_t reports, revokes;
	int64_t first_s, last_s; /* 0: nothing */
};
enum status ask_count_of(struct ask *ask, uint32_t reporter, struct ask_reporter_counts *out,
			 struct why *why);

/* Visitors say false to stop. */
struct ask_filter {
	uint32_t reporter; /* 0: all */
	int64_t since_s;
	bool newest_first;
};
/* What a visitor is given lives until it returns. */
enum status ask_reports(struct ask *ask, const struct ask_filter *filter,
			bool (*visit)(void *data, const struct ledger_report *report), void *data,
			struct why *why);
/* Keys in order of their last report, the newest first. */
enum status ask_keys(struct ask *ask, bool (*visit)(void *data, const struct trust_key *key),
		     void *data, struct why *why);
enum status ask_reporters(struct ask *ask,
			  bool (*visit)(void *data, const struct trust_reporter *reporter),
			  void *data, struct why *why);

#endif
