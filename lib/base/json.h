/* json: text of RFC 8259, written as it comes. */
#ifndef WHORL_BASE_JSON_H
#define WHORL_BASE_JSON_H

#include <stdint.h>

#include "lib/base/buf.h"

enum { JSON_DEPTH_MAX = 64 };

struct json {
	struct buf *out;
	bool has_item[JSON_DEPTH_MAX + 1]; /* by depth: a comma comes before the next */
	unsigned depth;
};

void json_init(struct json *json, struct buf *out);
/* name NULL: an item of a list, or the whole text. */
void json_open(struct json *json, const char *name, char bracket /* '{' or '[' */);
void json_close(struct json *json, char bracket /* '}' or ']' */);
/* Bytes that are no UTF-8 become \u00XX. */
void json_string(struct json *json, const char *name, struct str value);
void json_number(struct json *json, const char *name, double value);
void json_bool(struct json *json, const char *name, bool value);

#endif
