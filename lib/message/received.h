/*
 * received: what received_parse.c, received_shape.c and received_table.c share; nobody else
 *includes it.
 *
 * A shape is a Received line written down with its holes, and stands for a pattern:
 *
 *	{helo}       a run of non-blanks that becomes the field (ip: an address); {helo=rdns}: both
 *fields {helo?}      the same, may be empty {by:RE}      what RE matches becomes the field
 *	{-} {-?} {-:RE} {-ip}   the same without a field; {-local}: one of the names of the local
 *host
 *	{..}         at the front: anywhere in the line, not only at its beginning
 *	{(} {|} {)} {)?}        grouping; {$}: end of line
 *
 * Everything else stands for itself. Holes are greedy and give back, as in any pattern.
 */
#ifndef WHORL_MESSAGE_RECEIVED_H
#define WHORL_MESSAGE_RECEIVED_H

#include "lib/message/relays.h"

enum field {
	FIELD_NONE,
	FIELD_IP,
	FIELD_HELO,
	FIELD_RDNS,
	FIELD_BY,
	FIELD_IDENT,
	FIELD_ENVFROM,
	FIELD_ID,
	FIELD_AUTH,
	FIELD_ONE, /* of use to the row only */
	FIELD_TWO,
	FIELD_COUNT,
};

/* A line on its way through the tables. */
struct received_line {
	struct arena *scan;
	struct str text;
	struct str field[FIELD_COUNT]; /* ptr NULL until set */
	bool looks_up_names;           /* this MTA writes the client's name where it has one */
	struct received_state *state;
};

enum row_effect {
	ROW_NOTE,   /* take the fields and go on */
	ROW_RELAY,  /* take the fields; the line is understood */
	ROW_IGNORE, /* no hand-over of interest */
};

enum row_flag {
	ROW_LOOKS_UP = 1 << 0,
	ROW_NO_ID = 1 << 1,    /* what was taken for the id is none */
	ROW_NEEDS_IP = 1 << 2, /* ROW_RELAY only when an address is known by now, else ROW_NOTE */
	ROW_ALL_DETAILS =
		1 << 3, /* every row of details is tried, not only up to the first that fits */
};

/* One fact about how some MTA writes. Tables end with a row without a shape. */
struct received_row {
	const char *shape;
	enum row_effect effect;
	unsigned flags;      /* enum row_flag */
	const char *only_if; /* a shape that must fit somewhere as well */
	void (*after)(struct received_line *line);
	const struct received_row
		*details; /* further shapes for the same line; none needs to fit */
	const char *auth; /* value of the auth field; {1} {2}: fields one and two */
};

/* Rows for lines that bear one MTA's mark; of a list of families only the first with its mark
 * counts. */
struct received_family {
	const char *mark;
	const struct received_row *rows;
};

extern const struct received_row received_rows_chatter[]; /* ignored before anything else */
extern const struct received_row received_rows_hints[];   /* id, by */
extern const struct received_row received_rows_helo[];
extern const struct received_row received_rows_auth[];
extern const struct received_row received_rows_envelope[];
extern const struct received_row received_rows_webmail[];
extern const struct received_family received_families[]; /* ends with a family without a mark */
extern const struct received_row received_rows_common[];
extern const struct received_row received_rows_helo_guess[];
extern const struct received_row received_rows_upper[]; /* "FROM " lines */
extern const struct received_row received_rows_paren[]; /* "(from " lines */

struct shape;
struct shape *shape_compile(struct arena *keep, const char *text, bool anywhere);
bool shape_match(const struct shape *shape, struct str text, struct str field[FIELD_COUNT]);

/* Patterns of an address and of the local host's names, as sources for regex_compile(). */
extern const char received_ip_pattern[], received_local_pattern[];

#endif
