/*
 * reply: the head of a reply, written on the server's side and read on the client's
 * (sa-surface 3.3, 3.5; libspamc: _handle_spamd_header).
 */
#ifndef WHORL_WIRE_REPLY_H
#define WHORL_WIRE_REPLY_H

#include <stdint.h>
#include "lib/base/buf.h"
#include "lib/base/vec.h"
#include "lib/wire/wire.h"

/* --- the server's side -------------------------------------------------------------------------
 */

/* "SPAMD/1.1 0 EX_OK\r\n" */
void wire_reply_ok(struct buf *out, const char *version);
/* The one line of a fault, "SPAMD/1.0 76 Bad header line: (...)\r\n": the words in front of the
 * colon belong to the code (76, 69, 79, 75). */
void wire_reply_fault(struct buf *out, enum wire_code code, struct str text);
void wire_reply_pong(struct buf *out);
void wire_reply_length(struct buf *out, size_t length);
/* "Spam: WORD ; SCORE / REQUIRED\r\n" */
void wire_reply_spam(struct buf *out, const char *word, struct str score, struct str required);
void wire_reply_end(struct buf *out);

/* --- the client's side -------------------------------------------------------------------------
 */

struct wire_reply {
	struct str status_line; /* without its end */
	struct str version;     /* "1.1" */
	int code;               /* number in the status line */
	struct str text;        /* behind the code: "EX_OK", "PONG" */
	bool has_length;
	uint64_t length;
	bool has_spam, is_spam;               /* is_spam: "True" or "Yes", in any case */
	struct str score_text, required_text; /* as written */
	double score, required;
	struct str_vec others; /* lines of fields that are none of these, without their ends */
	bool did_set_local, did_set_remote, did_remove_local, did_remove_remote;
};

struct wire_reply_reader {
	struct arena *arena;
	struct wire_reply reply;
	bool has_line;
	unsigned n_header_lines;
	struct str fault;
};

void wire_reply_reader_init(struct wire_reply_reader *reader, struct arena *arena);
/* As wire_request_read(). WIRE_GOT_LINE after the status line; a caller that expects no fields
 * (PING, an error) stops there. Names are case-sensitive; unknown and malformed fields and
 * lines are ignored, as libspamc does. At the end of
 * the stream before the empty line: WIRE_FAULT. */
enum wire_progress wire_reply_read(struct wire_reply_reader *reader, struct str bytes, bool at_end,
				   size_t *used_out);

#endif
