/* line: one line off the front of unread bytes; for the readers of this folder. */
#ifndef WHORL_WIRE_LINE_H
#define WHORL_WIRE_LINE_H

#include "lib/wire/wire.h"

enum wire_line { WIRE_LINE_NONE_YET, WIRE_LINE_READ, WIRE_LINE_END, WIRE_LINE_TOO_LONG };

/* The line with its "\n"; at the end of the stream also the unfinished rest; WIRE_LINE_END when
 * there is nothing at all then. */
enum wire_line wire_line_take(struct str bytes, bool at_end, struct str *line_out);

#endif
