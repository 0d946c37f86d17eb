/* request: see request.h. */
#include "lib/wire/request.h"

#include <inttypes.h>

#include "lib/base/number.h"
#include "lib/wire/line.h"

void wire_request_reader_init(struct wire_request_reader *reader, struct arena *arena)
{
	*reader = (struct wire_request_reader){.arena = arena};
}

/* --- the first line ----------------------------------------------------------------------------
 */

/* The verb's place when " SPAMC/" follows its name there. */
static size_t find_verb(struct str line, enum wire_verb verb, size_t *version_out)
{
	struct str name = str_from(wire_verb_name(verb));
	size_t from = 0;

	for (;;) {
		struct str rest = str_from_at(line, from);
		size_t at = str_find(rest, name);
		if (at == STR_NOT_FOUND)
			return STR_NOT_FOUND;
		if (str_has_prefix(str_from_at(rest, at + name.len), " SPAMC/")) {
			*version_out = from + at + name.len + strlen(" SPAMC/");
			return from + at;
		}
		from += at + 1;
	}
}

/* spamd looks for one group of verbs after the other; within a group the leftmost wins. */
static const enum wire_verb verb_groups[][7] = {
	{WIRE_VERB_PROCESS, WIRE_VERB_CHECK, WIRE_VERB_SYMBOLS, WIRE_VERB_REPORT, WIRE_VERB_HEADERS,
	 WIRE_VERB_REPORT_IFSPAM, WIRE_VERB_NONE},
	{WIRE_VERB_TELL, WIRE_VERB_NONE},
	{WIRE_VERB_SKIP, WIRE_VERB_PING, WIRE_VERB_NONE},
};

static enum wire_verb leftmost_verb(struct str line, const enum wire_verb *group,
				    size_t *version_out)
{
	enum wire_verb best = WIRE_VERB_NONE;
	size_t best_at = STR_NOT_FOUND;

	for (; *group != WIRE_VERB_NONE; group++) {
		size_t version_at = 0, at = find_verb(line, *group, &version_at);
		if (at < best_at) {
			best = *group;
			best_at = at;
			*version_out = version_at;
		}
	}
	return best;
}

static bool parse_first_line(struct wire_request *request)
{
	for (size_t i = 0; i < sizeof verb_groups / sizeof *verb_groups; i++) {
		size_t version_at = 0;
		request->verb = leftmost_verb(request->line, verb_groups[i], &version_at);
		if (request->verb != WIRE_VERB_NONE) {
			request->version = number_perl(str_from_at(request->line, version_at));
			return true;
		}
	}
	return false;
}

bool wire_request_has_fields(const struct wire_request *request)
{
	switch (request->verb) {
	case WIRE_VERB_TELL:
		return true;
	case WIRE_VERB_PING:
	case WIRE_VERB_SKIP:
		return request->version >= 1.5;
	default:
		return request->version > 1.0;
	}
}

/* --- fields ------------------------------------------------------------------------------------
 */

static enum wire_progress fault(struct wire_request_reader *reader, struct str text)
{
	reader->fault = arena_str(reader->arena, text);
	return WIRE_FAULT;
}

/* One line end is not part of a value (Perl's $ matches in front of it). */
static struct str without_newline(struct str s)
{
	if (s.len > 0 && s.ptr[s.len - 1] == '\n')
		s.len--;
	return s;
}

static enum wire_progress take_length(struct wire_request_reader *reader, struct str value)
{
	struct wire_request *request = &reader->request;
	struct str digits = without_newline(value);

	for (size_t i = 0; i < digits.len; i++) {
		if (!ascii_is_digit((unsigned char)digits.ptr[i]))
			return fault(reader,
				     STR_LIT("(Content-Length contains non-numeric bytes)"));
	}
	request->has_length = true;
	request->length_text = arena_str(reader->arena, digits);
	request->length = 0;
	if (digits.len > 0 && !number_u64(digits, &request->length))
		request->length = UINT64_MAX;
	return WIRE_MORE;
}

static enum wire_progress take_user(struct wire_request_reader *reader, struct str value)
{
	struct str user = without_newline(value);

	for (size_t i = 0; i < user.len; i++) {
		if ((unsigned char)user.ptr[i] < 0x20)
			return fault(reader, STR_LIT("(User header contains control chars)"));
	}
	reader->request.has_user = true;
	reader->request.user = arena_str(reader->arena, user);
	return WIRE_MORE;
}

static enum wire_progress take_compress(struct wire_request_reader *reader, struct str value)
{
	if (!str_contains_ci(value, "zlib")) {
		reader->fault = arena_printf(
			reader->arena, "(compression type not supported: %.*s)", STR_ARG(value));
		return WIRE_FAULT;
	}
	reader->request.zlib = true;
	return WIRE_MORE;
}

static enum wire_progress take_field(struct wire_request_reader *reader, struct str name,
				     struct str value)
{
	struct wire_request *request = &reader->request;

	if (str_eq_c(name, "Content-length"))
		return take_length(reader, value);
	if (str_eq_c(name, "User"))
		return take_user(reader, value);
	if (str_eq_c(name, "Compress"))
		return take_compress(reader, value);
	if (str_eq_c(name, "Message-class")) {
		request->message_class = arena_str(reader->arena, value);
	} else if (str_eq_c(name, "Set")) {
		request->set_local = str_contains_ci(value, "local");
		request->set_remote = str_contains_ci(value, "remote");
	} else if (str_eq_c(name, "Remove")) {
		request->remove_local = str_contains_ci(value, "local");
		request->remove_remote = str_contains_ci(value, "remote");
	}
	return WIRE_MORE;
}

/* WIRE_GOT_HEAD for the empty line. */
static enum wire_progress take_header_line(struct wire_request_reader *reader, struct str line)
{
	if (line.len >= 2 && memcmp(line.ptr + line.len - 2, "\r\n", 2) == 0)
		line.len -= 2;
	if (line.len == 0)
		return WIRE_GOT_HEAD;
	size_t colon = str_find_char(line, ':');
	if (colon == STR_NOT_FOUND)
		return fault(reader, STR_LIT("(header not in 'Name: value' format)"));
	enum wire_progress progress = take_field(reader, str_sub(line, 0, colon),
						 str_trim_left(str_from_at(line, colon + 1)));
	if (progress == WIRE_MORE && ++reader->n_header_lines >= WIRE_HEADER_LINES)
		return fault(reader, STR_LIT("(too many headers)"));
	return progress;
}

/* --- reading -----------------------------------------------------------------------------------
 */

static enum wire_progress take_first_line(struct wire_request_reader *reader, struct str line)
{
	struct wire_request *request = &reader->request;

	line = without_newline(line);
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	request->line = arena_str(reader->arena, line);
	reader->has_line = true;
	if (!parse_first_line(request))
		return fault(reader, request->line);
	return WIRE_GOT_LINE;
}

enum wire_progress wire_request_read(struct wire_request_reader *reader, struct str bytes,
				     bool at_end, size_t *used_out)
{
	*used_out = 0;
	if (reader->has_line && !wire_request_has_fields(&reader->request))
		return WIRE_GOT_HEAD;
	for (;;) {
		struct str line;
		switch (wire_line_take(str_from_at(bytes, *used_out), at_end, &line)) {
		case WIRE_LINE_NONE_YET:
			return WIRE_MORE;
		case WIRE_LINE_TOO_LONG:
			return fault(reader, STR_LIT("(header line too long)"));
		case WIRE_LINE_END:
			return fault(reader, reader->has_line ? STR_LIT("(EOF during headers)")
							      : STR_LIT("(closed before headers)"));
		case WIRE_LINE_READ:
			break;
		}
		*used_out += line.len;
		if (!reader->has_line)
			return take_first_line(reader, line);
		enum wire_progress progress = take_header_line(reader, line);
		if (progress != WIRE_MORE)
			return progress;
	}
}

/* --- writing -----------------------------------------------------------------------------------
 */

static void write_places(struct buf *out, const char *name, bool local, bool remote)
{
	if (local || remote)
		buf_printf(out, "%s: %s%s%s\r\n", name, local ? "local" : "",
			   local && remote ? "," : "", remote ? "remote" : "");
}

void wire_request_write(struct buf *out, const struct wire_request *request)
{
	buf_printf(out, "%s SPAMC/1.5\r\n", wire_verb_name(request->verb));
	if (request->verb == WIRE_VERB_TELL) {
		if (request->message_class.len > 0)
			buf_printf(out, "Message-class: %.*s\r\n", STR_ARG(request->message_class));
		write_places(out, "Set", request->set_local, request->set_remote);
		write_places(out, "Remove", request->remove_local, request->remove_remote);
	}
	if (request->has_user)
		buf_printf(out, "User: %.*s\r\n", STR_ARG(request->user));
	if (request->zlib)
		buf_add_cstr(out, "Compress: zlib\r\n");
	if (request->has_length)
		buf_printf(out, "Content-length: %" PRIu64 "\r\n", request->length);
	buf_add_cstr(out, "\r\n");
}
