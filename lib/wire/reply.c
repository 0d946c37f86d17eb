/* reply: see reply.h. */
#include "lib/wire/reply.h"

#include "lib/base/number.h"
#include "lib/wire/line.h"

/* --- writing -----------------------------------------------------------------------------------
 */

void wire_reply_ok(struct buf *out, const char *version)
{
	buf_printf(out, "SPAMD/%s 0 EX_OK\r\n", version);
}

static const char *fault_words(enum wire_code code)
{
	switch (code) {
	case WIRE_PROTOCOL:
		return "Bad header line";
	case WIRE_UNAVAILABLE:
		return "Service Unavailable";
	case WIRE_TIMEOUT:
		return "Timeout";
	case WIRE_TEMPFAIL:
		return "Temporary Failure";
	default:
		return "Error";
	}
}

void wire_reply_fault(struct buf *out, enum wire_code code, struct str text)
{
	buf_printf(out, "SPAMD/1.0 %d %s: ", (int)code, fault_words(code));
	buf_add_str(out, text);
	buf_add_cstr(out, "\r\n");
}

void wire_reply_pong(struct buf *out)
{
	buf_add_cstr(out, "SPAMD/1.5 0 PONG\r\n");
}

void wire_reply_length(struct buf *out, size_t length)
{
	buf_printf(out, "Content-length: %zu\r\n", length);
}

void wire_reply_spam(struct buf *out, const char *word, struct str score, struct str required)
{
	buf_printf(out, "Spam: %s ; %.*s / %.*s\r\n", word, STR_ARG(score), STR_ARG(required));
}

void wire_reply_end(struct buf *out)
{
	buf_add_cstr(out, "\r\n");
}

/* --- reading -----------------------------------------------------------------------------------
 */

void wire_reply_reader_init(struct wire_reply_reader *reader, struct arena *arena)
{
	*reader = (struct wire_reply_reader){.arena = arena};
}

static enum wire_progress fault(struct wire_reply_reader *reader, struct str text)
{
	reader->fault = arena_str(reader->arena, text);
	return WIRE_FAULT;
}

static struct str without_line_end(struct str line)
{
	if (line.len > 0 && line.ptr[line.len - 1] == '\n')
		line.len--;
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* "SPAMD/VERSION CODE TEXT" */
static enum wire_progress take_status_line(struct wire_reply_reader *reader, struct str line)
{
	struct wire_reply *reply = &reader->reply;
	struct str rest, word;
	uint64_t code;

	reply->status_line = arena_str(reader->arena, without_line_end(line));
	reader->has_line = true;
	rest = reply->status_line;
	if (!str_word_next(&rest, &word) || !str_has_prefix(word, "SPAMD/"))
		return fault(reader, STR_LIT("no status line of spamd"));
	reply->version = str_from_at(word, strlen("SPAMD/"));
	if (number_perl(reply->version) < 1.0)
		return fault(reader, STR_LIT("no version of the protocol in the status line"));
	if (!str_word_next(&rest, &word) || !number_u64(word, &code) || code > 999)
		return fault(reader, STR_LIT("no result code in the status line"));
	reply->code = (int)code;
	reply->text = str_trim(rest);
	return WIRE_GOT_LINE;
}

/* The number in front, none being 0; as a float, which is what libspamc has always kept it in. */
static double score_of(struct str text)
{
	return (double)(float)number_perl(text);
}

/* "WORD ; SCORE / REQUIRED". Anything else is a field we do not know. */
static void take_spam(struct wire_reply_reader *reader, struct str value)
{
	struct wire_reply *reply = &reader->reply;
	struct str rest = value, word, sep, score, slash, required;

	if (!str_word_next(&rest, &word) || !str_word_next(&rest, &sep) || !str_eq_c(sep, ";") ||
	    !str_word_next(&rest, &score) || !str_word_next(&rest, &slash) ||
	    !str_eq_c(slash, "/") || !str_word_next(&rest, &required))
		return;
	reply->has_spam = true;
	reply->is_spam = str_eq_ci_c(word, "true") || str_eq_ci_c(word, "yes");
	reply->score = score_of(score);
	reply->required = score_of(required);
	reply->score_text = arena_str(reader->arena, score);
	reply->required_text = arena_str(reader->arena, required);
}

/* False when the field is none of ours. */
static bool take_field(struct wire_reply_reader *reader, struct str name, struct str value)
{
	struct wire_reply *reply = &reader->reply;

	if (str_eq_c(name, "Spam")) {
		take_spam(reader, value);
	} else if (str_eq_c(name, "Content-length")) {
		reply->has_length = number_u64(value, &reply->length);
	} else if (str_eq_c(name, "DidSet")) {
		reply->did_set_local = str_contains(value, "local");
		reply->did_set_remote = str_contains(value, "remote");
	} else if (str_eq_c(name, "DidRemove")) {
		reply->did_remove_local = str_contains(value, "local");
		reply->did_remove_remote = str_contains(value, "remote");
	} else {
		return false;
	}
	return true;
}

static enum wire_progress take_header_line(struct wire_reply_reader *reader, struct str line)
{
	line = without_line_end(line);
	if (line.len == 0)
		return WIRE_GOT_HEAD;
	size_t colon = str_find_char(line, ':');
	if (colon == STR_NOT_FOUND ||
	    !take_field(reader, str_sub(line, 0, colon), str_trim(str_from_at(line, colon + 1))))
		vec_push(reader->arena, &reader->reply.others, arena_str(reader->arena, line));
	if (++reader->n_header_lines >= WIRE_HEADER_LINES)
		return fault(reader, STR_LIT("too many header fields"));
	return WIRE_MORE;
}

enum wire_progress wire_reply_read(struct wire_reply_reader *reader, struct str bytes, bool at_end,
				   size_t *used_out)
{
	*used_out = 0;
	for (;;) {
		struct str line;
		switch (wire_line_take(str_from_at(bytes, *used_out), at_end, &line)) {
		case WIRE_LINE_NONE_YET:
			return WIRE_MORE;
		case WIRE_LINE_TOO_LONG:
			return fault(reader, STR_LIT("header line too long"));
		case WIRE_LINE_END:
			return fault(reader, STR_LIT("connection ended in the header"));
		case WIRE_LINE_READ:
			break;
		}
		*used_out += line.len;
		enum wire_progress progress = reader->has_line ? take_header_line(reader, line)
							       : take_status_line(reader, line);
		if (progress != WIRE_MORE)
			return progress;
	}
}
