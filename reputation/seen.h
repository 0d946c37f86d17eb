/*
 * seen: how often a key has come by, reported or not. What was exposed to many groups for days and
 * drew no complaint is legitimate; what a few groups report while many others got it and keep
 * silent is in doubt. A tally is what is counted; struct seen is what a report carries of it into
 * the log, so that the fold stays a pure function of the log.
 */
#ifndef WHORL_REPUTATION_SEEN_H
#define WHORL_REPUTATION_SEEN_H

#include <stdint.h>
#include "lib/base/buf.h"

enum {
	SEEN_GROUPS_MAX = 56,    /* the first that got it; others count as silent */
	SEEN_PAUSE_S = 6 * 3600, /* without an exposure: the next is another mailing's first */
	SEEN_DAYS_YOUNG = 3, /* today and two more: what is older is old enough to mean something */
};

/* Exposures of one group, up to 65535. */
struct seen_group {
	uint16_t mark, n;
};

struct seen {
	uint32_t n, n_old;  /* exposures; those before the young days */
	uint32_t n_late;    /* exposures so long behind the first of this mailing, see seen_add() */
	uint32_t n_context; /* in mails whose links all go to hosts that are legitimate */
	uint16_t n_groups, day; /* day: of the observation, since 1970 */
	struct seen_group groups[SEEN_GROUPS_MAX];
};

/* n of struct seen with what it takes to grow old. Its bytes are stored as they are. */
struct seen_tally {
	int64_t first_s;                 /* of this mailing; 0: none yet */
	struct seen seen;                /* n_old: as of the day */
	uint32_t young[SEEN_DAYS_YOUNG]; /* today, yesterday, the day before */
	int32_t day;                     /* since 1970; the last one counted */
	uint32_t last_after_s;           /* the latest, behind first_s */
};

/* Of a group's name; never 0. */
uint16_t seen_mark(struct str group);
/* One mail. It is late when it comes late_s or more behind the first since the last pause: what
 * keeps coming does, today's issue of a newsletter does not. */
struct seen_mail {
	uint16_t mark; /* of the group that gets it */
	bool in_context;
	int64_t at_s, late_s;
};
void seen_add(struct seen_tally *tally, const struct seen_mail *mail);
/* What is known at now_s. */
struct seen seen_at(const struct seen_tally *tally, int64_t now_s);
/* As bytes, for n keys one after the other, little end first; and back: NULL when they are not n
 * such. Lives in arena. */
void seen_pack(struct buf *out, const struct seen *seen, size_t n);
struct seen *seen_unpack(struct arena *arena, struct str bytes, size_t n);
/* So many old exposures, of so many groups. */
bool seen_is_settled(const struct seen *seen, uint32_t n_min, unsigned groups_min);

#endif
