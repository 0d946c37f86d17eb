/*
 * wire: what both ends of the spamd protocol share: verbs, result codes, bounds. The folder knows
 * bytes only; it opens no sockets.
 */
#ifndef WHORL_WIRE_WIRE_H
#define WHORL_WIRE_WIRE_H

#include "lib/base/str.h"

enum {
	WIRE_PORT = 783,
	WIRE_LINE_BYTES = 8192,  /* one line of a request's or reply's head, its end included */
	WIRE_HEADER_LINES = 256, /* spamd reads no more, the empty line included */
};

enum wire_verb {
	WIRE_VERB_NONE,
	WIRE_VERB_CHECK,
	WIRE_VERB_SYMBOLS,
	WIRE_VERB_REPORT,
	WIRE_VERB_REPORT_IFSPAM,
	WIRE_VERB_PROCESS,
	WIRE_VERB_HEADERS,
	WIRE_VERB_TELL,
	WIRE_VERB_PING,
	WIRE_VERB_SKIP,
};

/* Result codes are those of sysexits(3), and one more. */
enum wire_code {
	WIRE_OK = 0,
	WIRE_USAGE = 64,
	WIRE_DATAERR = 65,
	WIRE_NOINPUT = 66,
	WIRE_NOUSER = 67,
	WIRE_NOHOST = 68,
	WIRE_UNAVAILABLE = 69,
	WIRE_SOFTWARE = 70,
	WIRE_OSERR = 71,
	WIRE_OSFILE = 72,
	WIRE_CANTCREAT = 73,
	WIRE_IOERR = 74,
	WIRE_TEMPFAIL = 75,
	WIRE_PROTOCOL = 76,
	WIRE_NOPERM = 77,
	WIRE_CONFIG = 78,
	WIRE_TIMEOUT = 79,
};

/* What reading a head has come to. */
enum wire_progress {
	WIRE_MORE,     /* needs more bytes */
	WIRE_GOT_LINE, /* the first line is known; call again for the rest */
	WIRE_GOT_HEAD, /* complete; what follows is the body */
	WIRE_FAULT,    /* not what the protocol allows; the reader's fault has the text */
};

/* "CHECK"; never NULL ("NONE"). */
const char *wire_verb_name(enum wire_verb verb);

#endif
