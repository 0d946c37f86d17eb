/* parse: what the files of message parsing share; for nobody else. */
#ifndef WHORL_MESSAGE_PARSE_H
#define WHORL_MESSAGE_PARSE_H

#include "lib/base/buf.h"
#include "lib/message/message.h"

/* One part that waits to be parsed: SpamAssassin's parse_queue (breadth first). */
struct pending_part {
	struct part *part;
	struct str boundary; /* inherited from the parent when the part has none; ptr NULL = none */
	struct str body;
	unsigned levels; /* how many more levels may be opened below */
};
VEC_OF(pending_vec, struct pending_part);

/* One message with everything embedded in it being parsed. */
struct parser {
	struct arena *scan;
	struct message *outer; /* collects the oddities of all multiparts */
	const struct message_settings *settings;
	struct pending_vec queue;
	size_t next_pending;
	struct map *open_boundaries; /* boundary → long *: 0 when what was opened was closed */
};

/* Reads the head of one message, queues its body. outermost: drop X-Spam-*. */
struct message *message_read_head(struct parser *parser, struct str raw, unsigned levels,
				  struct part *parent);
/* Splits the body of a multipart into children and queues them. */
void multipart_split(struct parser *parser, const struct pending_part *pending);

/* A Content-Type value taken apart (Util.pm parse_content_type); ptr NULL = absent. */
struct content_type {
	struct str type, boundary, charset, name;
	bool missing; /* nothing usable: type is the default */
};
struct content_type content_type_parse(struct arena *scan, struct str value);
/* The name of a Content-Disposition value or ptr NULL. */
struct str disposition_name(struct str value);

struct part *part_new(struct parser *parser, struct part *parent);
void part_append(struct part *parent, struct part *child);

void headers_add(struct parser *parser, struct headers *headers, struct str name, struct str raw);
/* Lines: the next one with its end; false at the end of text. */
bool line_next(struct str text, size_t *pos, struct str *line_out);
/* "Name:" with printable ASCII; blanks_allowed before the colon. */
bool line_is_header(struct str line, bool blanks_allowed);
/* Nothing but white space. */
bool line_is_blank(struct str line);

/* Text with every line over LIMIT_BODY_LINE_BYTES broken; a view when there is none. */
struct str long_lines_broken(struct arena *scan, struct str text);

/* SpamAssassin's two transfer decodings (Util.pm base64_decode, qp_decode). */
struct str base64_mail_decode(struct arena *scan, struct str text);
struct str qp_mail_decode(struct arena *scan, struct str text);
struct str crlf_to_lf(struct arena *scan, struct str text);

#endif
