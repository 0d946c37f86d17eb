/* line: the line-wise questions that message parsing asks. */
#include "lib/message/limits.h"
#include "lib/message/parse.h"

bool line_next(struct str text, size_t *pos, struct str *line_out)
{
	if (*pos >= text.len)
		return false;
	const char *start = text.ptr + *pos;
	const char *end = memchr(start, '\n', text.len - *pos);
	size_t len = end ? (size_t)(end - start) + 1 : text.len - *pos;

	*line_out = str_make(start, len);
	*pos += len;
	return true;
}

bool line_is_header(struct str line, bool blanks_allowed)
{
	size_t i = 0;

	while (i < line.len && line.ptr[i] > ' ' && line.ptr[i] < 0x7f && line.ptr[i] != ':')
		i++;
	if (i == 0)
		return false;
	while (blanks_allowed && i < line.len && (line.ptr[i] == ' ' || line.ptr[i] == '\t'))
		i++;
	return i < line.len && line.ptr[i] == ':';
}

bool line_is_blank(struct str line)
{
	for (size_t i = 0; i < line.len; i++)
		if (!ascii_is_space((unsigned char)line.ptr[i]))
			return false;
	return true;
}

static bool has_long_line(struct str text)
{
	/* backwards from as far as a line may go: most bytes are never looked at */
	while (text.len > LIMIT_BODY_LINE_BYTES) {
		size_t end = str_rfind_char(str_sub(text, 0, LIMIT_BODY_LINE_BYTES), '\n');

		if (end == STR_NOT_FOUND)
			return true;
		text = str_from_at(text, end + 1);
	}
	return false;
}

struct str long_lines_broken(struct arena *scan, struct str text)
{
	struct buf out;
	struct str line;
	size_t pos = 0;

	if (!has_long_line(text))
		return text;
	buf_init(&out, scan);
	buf_reserve(&out, text.len + text.len / LIMIT_BODY_LINE_BYTES + 1);
	while (line_next(text, &pos, &line)) {
		while (line.len > LIMIT_BODY_LINE_BYTES) {
			buf_add(&out, line.ptr, LIMIT_BODY_LINE_BYTES);
			buf_add_char(&out, '\n');
			line = str_from_at(line, LIMIT_BODY_LINE_BYTES);
		}
		buf_add_str(&out, line);
	}
	return buf_str(&out);
}

struct str crlf_to_lf(struct arena *scan, struct str text)
{
	struct buf out;
	size_t pos = 0;
	const char *cr;

	if (!str_contains(text, "\r\n"))
		return text;
	buf_init(&out, scan);
	buf_reserve(&out, text.len);
	while ((cr = memchr(text.ptr + pos, '\r', text.len - pos))) {
		size_t at = (size_t)(cr - text.ptr);
		bool is_line_end = at + 1 < text.len && text.ptr[at + 1] == '\n';

		buf_add(&out, text.ptr + pos, at - pos + !is_line_end);
		pos = at + 1;
	}
	buf_add(&out, text.ptr + pos, text.len - pos);
	return buf_str(&out);
}
