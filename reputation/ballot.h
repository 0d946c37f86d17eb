/* ballot: the votes kept of a key or a campaign. For the files of this folder. */
#ifndef WHORL_REPUTATION_BALLOT_H
#define WHORL_REPUTATION_BALLOT_H

#include "reputation/trust.h"

/*
 * One vote a reporter; one of the other kind takes its place. When there is no room, one of the
 * same kind goes, so that a flood of reports drives no revoke out, nor the reverse: revokes have a
 * quarter of the room. It is one of the group with the most votes of the kind, since a group's
 * evidence is capped and loses least, and there the one that weighs least at the vote's time, the
 * oldest of equals; the new one counts as one of them. False when nothing changed.
 */
bool ballot_add(struct trust *trust, struct trust_vote *votes, uint8_t *n, size_t max,
		const struct trust_vote *vote);

#endif
