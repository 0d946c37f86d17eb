/*
 * request: the head of a request, read on the server's side and written on the client's. Reading is
 * exactly as tolerant as spamd 4.0.1 (spamd: accept_a_conn, parse_headers; sa-surface 3.1): the
 * verb is searched anywhere in the first line, names of fields are case-sensitive, unknown ones are
 * ignored, the last of several wins, a bare LF ends any line but does not make the empty line.
 */
#ifndef WHORL_WIRE_REQUEST_H
#define WHORL_WIRE_REQUEST_H

#include <stdint.h>
#include "lib/base/buf.h"
#include "lib/wire/wire.h"

struct wire_request {
	enum wire_verb verb;
	struct str line; /* the first line, without its end */
	double version;  /* of the client's protocol; 0 when it is not a number */
	bool has_user;
	struct str user;
	bool has_length;
	uint64_t length;        /* Content-length; UINT64_MAX when it is larger than that */
	struct str length_text; /* as written: it is shown in the mismatch fault */
	bool zlib;
	/* TELL */
	struct str message_class;
	bool set_local, set_remote, remove_local, remove_remote;
};

/*
 * Feeds on bytes as they come:
 *	wire_request_reader_init(&reader, arena);
 *	do wire_request_read(&reader, unread bytes, at end of stream, &used); while (WIRE_MORE or
 *WIRE_GOT_LINE) Strings of the request are copies in the arena.
 */
struct wire_request_reader {
	struct arena *arena;
	struct wire_request request;
	bool has_line;
	unsigned n_header_lines;
	struct str fault; /* the text behind "Bad header line: " */
};

void wire_request_reader_init(struct wire_request_reader *reader, struct arena *arena);
/* Uses up whole lines of bytes and says how many bytes those were. at_end: nothing follows, an
 * unfinished line counts as a line. Never WIRE_MORE at the end. */
enum wire_progress wire_request_read(struct wire_request_reader *reader, struct str bytes,
				     bool at_end, size_t *used_out);

/* Does a request of this verb and version have fields and an empty line behind its first line? */
bool wire_request_has_fields(const struct wire_request *request);

/* The head as spamc 4.0.1 writes it, version 1.5 (libspamc: message_filter, message_tell): fields
 * that are unset stay away; PING and SKIP have none. The body, of request->length bytes, is the
 * caller's. */
void wire_request_write(struct buf *out, const struct wire_request *request);

#endif
