/*
 * json_read: text of RFC 8259 read in order, by whoever knows what should be there: one value after
 * the other, nothing is built. The first fault makes the reader fail for good; every call may then
 * still be made, and says false. Strings come out as UTF-8, escapes resolved.
 */
#ifndef WHORL_BASE_JSON_READ_H
#define WHORL_BASE_JSON_READ_H

#include <stdint.h>
#include "lib/base/buf.h"

enum { JSON_READ_DEPTH_MAX = 64 };

struct json_reader {
	struct arena *arena; /* of the strings */
	struct str text;
	size_t at;
	unsigned depth;
	bool is_first; /* in the object or list that was opened last */
	bool failed;
};

void json_read_init(struct json_reader *reader, struct arena *arena, struct str text);
/* An object or a list begins here: '{' or '['. */
bool json_read_open(struct json_reader *reader, char bracket);
/* The next member's name; false at the end of the object, which is then behind. */
bool json_read_member(struct json_reader *reader, struct str *name_out);
/* Whether the list goes on; false at its end, which is then behind. */
bool json_read_item(struct json_reader *reader);
bool json_read_string(struct json_reader *reader, struct str *out);
bool json_read_i64(struct json_reader *reader, int64_t *out); /* whole numbers only */
bool json_read_bool(struct json_reader *reader, bool *out);
/* One value of any kind. */
bool json_read_skip(struct json_reader *reader);
/* Nothing failed and nothing is left. */
bool json_read_end(struct json_reader *reader);

#endif
