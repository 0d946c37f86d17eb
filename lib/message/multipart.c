/*
 * multipart: the body of a multipart → its children, by SpamAssassin's rules (Message.pm
 * _parse_multipart), which forgive more than RFC 2046: a preamble ends at the first opening
 * boundary, a missing end is tolerated, a part may lack its blank line, a nested multipart may
 * reuse the boundary.
 */
#include "lib/base/span.h"
#include "lib/message/limits.h"
#include "lib/message/parse.h"

enum boundary_line { BOUNDARY_NONE, BOUNDARY_OPEN, BOUNDARY_CLOSE };

static enum boundary_line boundary_line(struct str line, struct str boundary)
{
	if (line.len < 2 + boundary.len || line.ptr[0] != '-' || line.ptr[1] != '-' ||
	    memcmp(line.ptr + 2, boundary.ptr, boundary.len) != 0)
		return BOUNDARY_NONE;
	struct str rest = str_from_at(line, 2 + boundary.len);
	if (line_is_blank(rest))
		return BOUNDARY_OPEN;
	return str_has_prefix(rest, "--") && line_is_blank(str_from_at(rest, 2)) ? BOUNDARY_CLOSE
										 : BOUNDARY_NONE;
}

struct splitter {
	struct parser *parser;
	const struct pending_part *pending;
	struct str text;
	size_t pos; /* behind the current line */
	size_t last_line_at;
	struct part *part; /* being read */
	bool in_body, has_body;
	size_t body_at; /* where the part's body starts */
	bool has_header;
	size_t header_at, header_end; /* the header being collected */
	bool is_boundary_reused;      /* by a multipart inside this one */
	unsigned n_parts;
};

/*
 * In a body only two kinds of lines matter: what begins as a boundary does, and the last one, with
 * which the text ends. The offset of the next, from the start of a line on.
 */
static size_t next_that_matters(const struct splitter *s, size_t at)
{
	const struct str text = s->text;

	for (; at < s->last_line_at; at++) {
		at = span_until_either(text, at, '-', '-');
		if (at + 1 < text.len && text.ptr[at + 1] == '-' &&
		    (at == 0 || text.ptr[at - 1] == '\n'))
			return at;
	}
	return at < s->last_line_at ? at : s->last_line_at;
}

/* How often this boundary is open: 1 by its opening line, one less by its end, as SpamAssassin
 * counts. */
static long *open_count(struct splitter *s)
{
	struct str boundary = s->pending->boundary;
	long *count = map_find(s->parser->open_boundaries, boundary);

	if (!count) {
		count = ARENA_NEW(s->parser->scan, long);
		map_put(s->parser->open_boundaries, boundary, count);
	}
	return count;
}

static void start_part(struct splitter *s)
{
	s->part = part_new(s->parser, NULL);
	s->in_body = s->has_body = s->has_header = false;
}

/* Whether the next line is there and no header: a part without headers starts with it. */
static bool next_line_is_no_header(const struct splitter *s)
{
	struct str line;
	size_t pos = s->pos;

	return line_next(s->text, &pos, &line) && !line_is_header(line, false);
}

/* Skips the preamble and its boundary line; without one all of the text stays. */
static void skip_preamble(struct splitter *s)
{
	struct str line, boundary = s->pending->boundary;
	size_t pos = 0;

	while (line_next(s->text, &pos, &line)) {
		if (boundary_line(line, boundary) != BOUNDARY_OPEN)
			continue;
		*open_count(s) = 1;
		s->pos = pos;
		if (next_line_is_no_header(s))
			s->parser->outer->oddities |= ODDITY_MISSING_MIME_HEADERS;
		return;
	}
}

static void store_header(struct splitter *s, struct str *name_out)
{
	struct str text = str_sub(s->text, s->header_at, s->header_end - s->header_at);
	size_t colon = str_find_char(text, ':');

	*name_out = str_sub(text, 0, colon);
	headers_add(s->parser, &s->part->headers, *name_out,
		    str_trim_left(str_from_at(text, colon + 1)));
	s->has_header = false;
}

/* The last header of the part is complete. */
static void end_headers(struct splitter *s)
{
	struct content_type ct;
	struct str name;

	s->in_body = true;
	if (!s->has_header)
		return;
	store_header(s, &name);
	if (!str_eq_ci_c(name, "content-type"))
		return;
	ct = content_type_parse(s->parser->scan, headers_last(&s->part->headers, "content-type"));
	if (ct.boundary.ptr && str_eq(ct.boundary, s->pending->boundary))
		s->is_boundary_reused = true;
}

/* True when the line belongs to the headers or ends them. */
static bool take_header_line(struct splitter *s, struct str line, size_t line_at)
{
	struct str name;

	if (line_is_header(line, true)) {
		if (s->has_header)
			store_header(s, &name);
		s->has_header = true;
		s->header_at = line_at;
		s->header_end = line_at + line.len;
		return true;
	}
	if ((line.ptr[0] == ' ' || line.ptr[0] == '\t') && s->has_header) {
		s->header_end = line_at + line.len;
		return true;
	}
	end_headers(s);
	if (str_eq_c(line, "\n") || str_eq_c(line, "\r\n") || str_eq_c(line, "\r"))
		return true;
	s->parser->outer->oddities |= ODDITY_MISSING_MIME_HEAD_BODY_SEPARATOR;
	return false;
}

static void start_body(struct splitter *s, size_t line_at)
{
	if (!s->has_body)
		s->body_at = line_at;
	s->has_body = true;
}

/* What a part without a Content-Type is. */
static void set_type(struct splitter *s, struct part *part, struct content_type *ct)
{
	*ct = content_type_parse(s->parser->scan, headers_last(&part->headers, "content-type"));
	part->type = ct->type;
	if (ct->missing && str_eq_c(s->pending->part->type, "multipart/digest"))
		part->type = STR_LIT("message/rfc822");
}

/* The part is complete: its body ends at end (before the newline that belongs to the boundary). */
static void finish_part(struct splitter *s, size_t end, bool at_boundary)
{
	struct arena *scan = s->parser->scan;
	struct pending_part child = {.part = s->part, .levels = s->pending->levels - 1};
	struct content_type ct;

	if (s->has_body)
		child.body =
			long_lines_broken(scan, str_sub(s->text, s->body_at, end - s->body_at));
	if (at_boundary && child.body.len && child.body.ptr[child.body.len - 1] == '\n')
		child.body.len--;
	set_type(s, s->part, &ct);
	child.boundary =
		ct.boundary.ptr && !str_eq_c(ct.boundary, "0") ? ct.boundary : s->pending->boundary;
	part_append(s->pending->part, s->part);
	vec_push(scan, &s->parser->queue, child);
}

static void look_for_epilogue(const struct splitter *s)
{
	for (size_t i = s->pos; i < s->text.len; i++)
		if (s->text.ptr[i] != '.' && !ascii_is_space((unsigned char)s->text.ptr[i])) {
			s->parser->outer->oddities |= ODDITY_MIME_EPILOGUE_EXISTS;
			return;
		}
}

/* The part ends with this line. False when the multipart does too. */
static bool end_part(struct splitter *s, size_t line_at, enum boundary_line kind, bool is_boundary)
{
	unsigned *oddities = &s->parser->outer->oddities;

	if (!is_boundary)
		start_body(s, line_at);
	finish_part(s, is_boundary ? line_at : s->pos, is_boundary);
	if (kind == BOUNDARY_CLOSE) {
		--*open_count(s);
		return false;
	}
	if (next_line_is_no_header(s))
		*oddities |= ODDITY_MISSING_MIME_HEADERS;
	if (++s->n_parts == LIMIT_PARTS_PER_MULTIPART) {
		*oddities |= ODDITY_MIMEPART_LIMIT;
		s->pos = s->text.len;
		return false;
	}
	start_part(s);
	return true;
}

void multipart_split(struct parser *parser, const struct pending_part *pending)
{
	struct splitter s = {.parser = parser, .pending = pending, .text = pending->body};
	struct str line;

	if (s.text.len > 1)
		s.last_line_at = str_rfind_char(str_sub(s.text, 0, s.text.len - 1), '\n') + 1;
	pending->part->is_leaf = false;
	skip_preamble(&s);
	start_part(&s);
	for (size_t at = s.pos; line_next(s.text, &s.pos, &line); at = s.pos) {
		enum boundary_line kind = boundary_line(line, pending->boundary);
		bool is_boundary = kind != BOUNDARY_NONE;

		if (is_boundary && s.is_boundary_reused) {
			is_boundary = false;
			s.is_boundary_reused = kind != BOUNDARY_CLOSE;
		}
		if (is_boundary || s.pos >= s.text.len) {
			if (!end_part(&s, at, kind, is_boundary))
				break;
			continue;
		}
		if (!s.in_body && take_header_line(&s, line, at))
			continue;
		start_body(&s, at);
		s.pos = next_that_matters(&s, s.pos);
	}
	look_for_epilogue(&s);
}
