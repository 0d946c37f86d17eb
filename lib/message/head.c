/*
 * head: from the bytes of a message to its headers and its body, as SpamAssassin reads them
 * (Message.pm new): mbox and MBX lines off, line end guessed, headers collected until the separator
 * or something that cannot be a header, the body's line ends and blank runs tidied.
 */
#include <stdint.h>
#include "lib/message/limits.h"
#include "lib/message/parse.h"

/* --- mailbox separators --------------------------------------------------------------------- */

/* "From " of an mbox; "From:" and "From :" are headers. */
static bool is_mbox_line(struct str line)
{
	if (!str_has_prefix(line, "From") || line.len < 5 ||
	    !ascii_is_space((unsigned char)line.ptr[4]))
		return false;
	return line.len == 5 || line.ptr[5] != ':';
}

/* Each character of pattern stands for: d digit, b blank or digit, a letter, s blank, else itself.
 */
static bool has_shape(struct str s, const char *pattern)
{
	for (size_t i = 0; pattern[i]; i++) {
		unsigned char c = i < s.len ? (unsigned char)s.ptr[i] : 0;

		if (i >= s.len || !(pattern[i] == 'd'   ? ascii_is_digit(c)
				    : pattern[i] == 'b' ? ascii_is_digit(c) || ascii_is_space(c)
				    : pattern[i] == 'a' ? ascii_is_alpha(c)
				    : pattern[i] == 's' ? ascii_is_space(c)
							: c == (unsigned char)pattern[i]))
			return false;
	}
	return true;
}

static bool all_of(struct str s, bool (*is)(unsigned char))
{
	for (size_t i = 0; i < s.len; i++)
		if (!is((unsigned char)s.ptr[i]))
			return false;
	return true;
}

static bool is_lower_hex(unsigned char c)
{
	return ascii_is_digit(c) || (c >= 'a' && c <= 'f');
}

/* The separator of Washington's MBX: " 1-Jan-2001 01:02:03 +0000,SIZE;USERFLAGS___-STATUS__" */
static bool is_mbx_line(struct str line)
{
	static const char date[] = "bd-aaa-ddddsdd:dd:dd";

	if (!has_shape(line, date))
		return false;
	if (line.len && line.ptr[line.len - 1] == '\n')
		line.len--;
	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	size_t comma = str_rfind_char(line, ',');
	if (comma == STR_NOT_FOUND || comma < sizeof date - 1)
		return false;
	struct str tail = str_from_at(line, comma + 1);
	size_t digits = str_find_char(tail, ';');
	if (digits == STR_NOT_FOUND || digits == 0 || tail.len != digits + 22)
		return false;
	return all_of(str_sub(tail, 0, digits), ascii_is_digit) &&
	       all_of(str_sub(tail, digits + 1, 12), is_lower_hex) &&
	       tail.ptr[digits + 13] == '-' && all_of(str_sub(tail, digits + 14, 8), ascii_is_word);
}

/* The address of the first From: line. */
static struct str mbx_sender(struct str text)
{
	struct str line;
	size_t pos = 0;

	while (line_next(text, &pos, &line)) {
		if (!str_has_prefix(line, "From:"))
			continue;
		struct str rest = str_from_at(line, 5);
		size_t open = str_find_char(rest, '<');
		if (open != STR_NOT_FOUND) {
			struct str inner = str_from_at(rest, open + 1);
			size_t close = str_find_char(inner, '>');
			if (close != STR_NOT_FOUND && close > 0)
				return str_sub(inner, 0, close);
		}
		rest = str_trim_left(rest);
		size_t end = 0;
		while (end < rest.len && !ascii_is_in(rest.ptr[end], "<> "))
			end++;
		if (end > 0)
			return str_sub(rest, 0, end);
	}
	return STR_NONE;
}

static const char *week_day(struct arena *scan, struct str day, struct str month, struct str year)
{
	static const char names[7][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
	int64_t seconds = 0;

	date_parse(
		arena_printf(scan, "%.*s %.*s %.*s", STR_ARG(day), STR_ARG(month), STR_ARG(year)),
		&seconds);
	return names[seconds / 86400 % 7];
}

/* An mbox line made from an MBX one, so that the date in it can be read. */
static struct str mbox_from_mbx(struct arena *scan, struct str line, struct str rest)
{
	struct str day = str_sub(line, 0, 2), month = str_sub(line, 3, 3),
		   year = str_sub(line, 7, 4);
	struct str sender = mbx_sender(rest);

	return arena_printf(scan, "From %.*s %s %.*s %.*s %.*s %.*s\n", STR_ARG(sender),
			    week_day(scan, day, month, year), STR_ARG(month), STR_ARG(day),
			    STR_ARG(str_sub(line, 12, 8)), STR_ARG(year));
}

/* Takes the separator off the front; returns what stands behind. */
static struct str take_mailbox_line(struct arena *scan, struct str text, struct str *mbox_line_out)
{
	struct str line;
	size_t pos = 0;

	*mbox_line_out = STR_NONE;
	if (!line_next(text, &pos, &line))
		return text;
	if (is_mbox_line(line)) {
		*mbox_line_out = line;
		return str_from_at(text, pos);
	}
	if (is_mbx_line(line)) {
		*mbox_line_out = mbox_from_mbx(scan, line, str_from_at(text, pos));
		return str_from_at(text, pos);
	}
	return text;
}

/* --- line ends -------------------------------------------------------------------------------- */

/* CRLF when the first or the last line says so. */
static const char *guess_line_end(struct str text)
{
	struct str first = STR_NONE;
	size_t pos = 0;

	line_next(text, &pos, &first);
	if (str_contains(first, "\r\n"))
		return "\r\n";
	return text.len >= 2 && memcmp(text.ptr + text.len - 2, "\r\n", 2) == 0 ? "\r\n" : "\n";
}

static bool lacks_cr(struct str line)
{
	return line.len && line.ptr[line.len - 1] == '\n' &&
	       (line.len == 1 || line.ptr[line.len - 2] != '\r');
}

/* Milters break folded headers: give the first lines (up to offset end) the CR they lack. */
static struct str mend_line_ends(struct arena *scan, struct str text, size_t end)
{
	struct buf out;
	struct str line;
	size_t pos = 0;

	buf_init(&out, scan);
	buf_reserve(&out, text.len + 64);
	while (pos < end && line_next(text, &pos, &line)) {
		bool mend = lacks_cr(line);

		buf_add(&out, line.ptr, line.len - mend);
		if (mend)
			buf_add(&out, "\r\n", 2);
	}
	buf_add_str(&out, str_from_at(text, pos));
	return buf_str(&out);
}

/* --- the header section ------------------------------------------------------------------------
 */

struct head {
	struct parser *parser;
	struct message *message;
	bool is_outermost, is_crlf, needs_mending;
	struct str text;
	size_t body_at; /* where the body starts in text */
	size_t read_to; /* behind the last line looked at */
};

/* X-Spam-* of an upstream filter must not be seen by rules (PerMsgStatus.pm check). */
static bool is_upstream_markup(const struct message_settings *settings, struct str name)
{
	return !settings->keep_spam_headers && str_has_prefix_ci(name, "X-Spam-") &&
	       str_find_char(name, '\n') == STR_NOT_FOUND;
}

/* One header with its continuations, as collected. Without a colon it is dropped. */
static void add_collected(struct head *head, struct str collected)
{
	size_t colon = str_find_char(collected, ':');
	unsigned *oddities = &head->message->oddities;

	if (colon == STR_NOT_FOUND)
		return;
	struct str name = str_sub(collected, 0, colon);
	struct str value = str_from_at(collected, colon + 1);

	if (head->is_crlf)
		value = crlf_to_lf(head->parser->scan, value);
	while (name.len && (name.ptr[name.len - 1] == ' ' || name.ptr[name.len - 1] == '\t'))
		name.len--;
	if (name.len > LIMIT_HEADER_NAME_BYTES || value.len > LIMIT_HEADER_VALUE_BYTES)
		*oddities |= ODDITY_TRUNCATED_HEADER;
	name = str_sub(name, 0, LIMIT_HEADER_NAME_BYTES);
	value = str_sub(value, 0, LIMIT_HEADER_VALUE_BYTES);
	if (!head->is_outermost || !is_upstream_markup(head->parser->settings, name))
		headers_add(head->parser, head->message->headers, name, value);
}

/* Where the header section ends: *is_separated_out tells whether a proper empty line does it. */
static size_t find_head_end(struct head *head, bool *is_separated_out)
{
	struct str line, line_end = str_from(head->message->line_end);
	size_t pos = 0, start;
	unsigned invalid = 0;

	*is_separated_out = false;
	for (start = 0; line_next(head->text, &pos, &line); start = pos) {
		head->read_to = pos;
		head->needs_mending |= head->is_crlf && lacks_cr(line);
		if (line.ptr[0] == ' ' || line.ptr[0] == '\t')
			continue;
		if (str_eq(line, line_end) || (head->is_crlf && str_eq_c(line, "\n"))) {
			*is_separated_out = true;
			return start;
		}
		if (str_has_prefix(line, "--"))
			return start;
		if (!line_is_header(line, true) && ++invalid > LIMIT_INVALID_HEADER_LINES)
			return start;
	}
	return start;
}

static void collect_headers(struct head *head, struct str section)
{
	struct str line;
	size_t pos = 0, start = 0;

	for (size_t at = 0; line_next(section, &pos, &line); at = pos)
		if (at > start && line.ptr[0] != ' ' && line.ptr[0] != '\t') {
			add_collected(head, str_sub(section, start, at - start));
			start = at;
		}
	if (start < section.len)
		add_collected(head, str_from_at(section, start));
}

/* What header ALL:raw sees: from the first line that is no continuation to the last header that
 * ends in a newline. */
static struct str all_headers(struct str section)
{
	struct str line;
	size_t pos = 0, from = 0, end = 0;
	bool has_begun = false;

	for (size_t at = 0; line_next(section, &pos, &line); at = pos) {
		bool is_continuation = line.ptr[0] == ' ' || line.ptr[0] == '\t';

		if (is_continuation && !has_begun)
			from = pos;
		if (is_continuation)
			continue;
		has_begun = true;
		end = at;
	}
	if (section.len && section.ptr[section.len - 1] == '\n')
		end = section.len;
	return end > from ? str_sub(section, from, end - from) : STR_NONE;
}

static void read_section(struct head *head)
{
	struct message *message = head->message;
	bool is_separated;
	size_t end = find_head_end(head, &is_separated);

	if (head->needs_mending) {
		head->text = mend_line_ends(head->parser->scan, head->text, head->read_to);
		head->needs_mending = false;
		end = find_head_end(head, &is_separated);
	}
	if (!is_separated)
		message->oddities |= ODDITY_MISSING_HEAD_BODY_SEPARATOR;
	head->body_at = is_separated ? end + strlen(message->line_end) : end;
	message->pristine = head->text;
	message->pristine_headers = str_sub(head->text, 0, head->body_at);
	message->pristine_body = str_from_at(head->text, head->body_at);
	message->all_headers = all_headers(head->is_crlf ? message->pristine_headers
							 : str_sub(head->text, 0, end));
	collect_headers(head, str_sub(head->text, 0, end));
}

/* --- the body ------------------------------------------------------------------------------------
 */

/* Copies lines first..n-1 of a run of blank lines but for those that are too many. */
static void add_blank_run(struct buf *out, struct str run, size_t n, bool is_at_start, bool squash)
{
	size_t excess = 0, kept = is_at_start ? 2 : 1, pos = 0, i = 0;
	struct str line;

	if (n > LIMIT_BLANK_LINES + (size_t)is_at_start)
		excess = n - is_at_start - LIMIT_BLANK_LINES;
	for (; line_next(run, &pos, &line); i++) {
		bool is_crlf =
			squash && line.len >= 2 && memcmp(line.ptr + line.len - 2, "\r\n", 2) == 0;

		if (i >= kept && i < kept + excess)
			continue;
		buf_add(out, line.ptr, line.len - (is_crlf ? 2 : 0));
		if (is_crlf)
			buf_add_char(out, '\n');
	}
}

/*
 * So many blank lines are more bytes of white space in a row than that. Whether there are as many
 * is seen by looking at one byte of each so many.
 */
static bool has_long_space(struct str body)
{
	enum { RUN = LIMIT_BLANK_LINES + 1 };

	for (size_t i = RUN - 1; i < body.len; i += RUN) {
		size_t from = i, end = i;

		if (!ascii_is_space((unsigned char)body.ptr[i]))
			continue;
		while (from > 0 && ascii_is_space((unsigned char)body.ptr[from - 1]) &&
		       end - from < RUN)
			from--;
		while (end < body.len && ascii_is_space((unsigned char)body.ptr[end]) &&
		       end - from < RUN)
			end++;
		if (end - from >= RUN)
			return true;
	}
	return false;
}

static bool has_long_blank_run(struct str body)
{
	struct str line;
	size_t pos = 0, run = 0;

	if (!has_long_space(body))
		return false;
	while (line_next(body, &pos, &line)) {
		run = line_is_blank(line) ? run + 1 : 0;
		if (run > LIMIT_BLANK_LINES)
			return true;
	}
	return false;
}

/* CRLF to LF, and no more than 20 blank lines in a row. */
static struct str tidy_body(struct arena *scan, struct str body, bool squash)
{
	struct buf out;
	struct str line;
	size_t pos = 0, run_at = 0, run = 0;

	if (!has_long_blank_run(body))
		return squash ? crlf_to_lf(scan, body) : body;
	buf_init(&out, scan);
	buf_reserve(&out, body.len);
	for (size_t at = 0; line_next(body, &pos, &line); at = pos) {
		if (line_is_blank(line)) {
			run_at = run++ ? run_at : at;
			continue;
		}
		add_blank_run(&out, str_sub(body, run_at, at - run_at), run, run_at == 0, squash);
		run = 0;
		run_at = pos;
		add_blank_run(&out, line, 1, false, squash);
	}
	if (run)
		add_blank_run(&out, str_from_at(body, run_at), run, run_at == 0, squash);
	return buf_str(&out);
}

/* A multipart whose body starts with neither blank line nor boundary gets a blank line, lest its
 * first lines be taken for MIME headers. */
static struct str separate_body(struct arena *scan, struct str body, const struct content_type *ct)
{
	struct str line = STR_NONE;
	struct buf out;
	size_t pos = 0;

	if (!str_has_prefix(ct->type, "multipart/") || !line_next(body, &pos, &line) ||
	    pos == body.len || line_is_blank(line))
		return body;
	if (ct->boundary.ptr && str_has_prefix(line, "--") &&
	    str_eq(str_sub(line, 2, ct->boundary.len), ct->boundary))
		return body;
	buf_init(&out, scan);
	buf_reserve(&out, body.len + 1);
	buf_add_char(&out, '\n');
	buf_add_str(&out, body);
	return buf_str(&out);
}

struct message *message_read_head(struct parser *parser, struct str raw, unsigned levels,
				  struct part *parent)
{
	struct arena *scan = parser->scan;
	struct message *message = ARENA_NEW(scan, struct message);
	struct head head = {.parser = parser, .message = message, .is_outermost = !parent};

	if (!parser->outer)
		parser->outer = message;
	message->raw = raw;
	message->settings = parser->settings;
	message->root = part_new(parser, parent);
	message->headers = &message->root->headers;
	head.text = take_mailbox_line(scan, raw.len ? raw : STR_LIT("\n"), &message->mbox_line);
	message->line_end = guess_line_end(head.text);
	head.is_crlf = message->line_end[0] == '\r';
	read_section(&head);

	struct content_type ct =
		content_type_parse(scan, headers_last(message->headers, "content-type"));
	struct str body = tidy_body(scan, message->pristine_body, head.is_crlf);
	struct pending_part pending = {.part = message->root,
				       .boundary = ct.boundary,
				       .body = separate_body(scan, body, &ct),
				       .levels = levels};
	message->root->type = ct.type;
	vec_push(scan, &parser->queue, pending);
	return message;
}
