/*
 * spell: how what a row of nodes matches begins, spelled out as short sequences of byte sets, one
 * for each way that the tree allows. Look-arounds and anchors are left out; what is not understood
 * may be anything.
 */
#ifndef WHORL_RULES_SPELL_H
#define WHORL_RULES_SPELL_H

#include "lib/base/multiscan.h"
#include "rules/perlre.h"

enum { SPELL_BYTES = 4 };

struct spelling {
	unsigned n_bytes;   /* of each beginning, SPELL_BYTES at most */
	unsigned steps_max; /* that may be taken; more is failure */
	/* Told of each beginning: the first n sets of prefix; what comes behind may be anything. */
	void (*tell)(struct spelling *spelling, unsigned n);
	void *data;
	struct byte_set prefix[SPELL_BYTES]; /* not folded */
	unsigned n_steps;
	bool failed; /* may be set by tell() */
};

/* The node and those behind it. */
void spell_row(struct spelling *spelling, const struct re_node *node);

#endif
