/* line: see line.h. */
#include "lib/wire/line.h"

enum wire_line wire_line_take(struct str bytes, bool at_end, struct str *line_out)
{
	struct str window = str_sub(bytes, 0, WIRE_LINE_BYTES);
	size_t newline = str_find_char(window, '\n');

	if (newline != STR_NOT_FOUND) {
		*line_out = str_sub(bytes, 0, newline + 1);
		return WIRE_LINE_READ;
	}
	if (bytes.len >= WIRE_LINE_BYTES)
		return WIRE_LINE_TOO_LONG;
	if (!at_end)
		return WIRE_LINE_NONE_YET;
	*line_out = bytes;
	return bytes.len > 0 ? WIRE_LINE_READ : WIRE_LINE_END;
}
