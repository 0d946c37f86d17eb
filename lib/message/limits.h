/* limits: the bounds of message parsing in one place (SpamAssassin's, where it has one). */
#ifndef WHORL_MESSAGE_LIMITS_H
#define WHORL_MESSAGE_LIMITS_H

enum {
	LIMIT_MIME_DEPTH = 20,
	LIMIT_PARTS_PER_MULTIPART = 1000,
	LIMIT_INVALID_HEADER_LINES = 3,   /* one more ends the header section */
	LIMIT_BLANK_LINES = 20,           /* in a row, in a body */
	LIMIT_ADDRESSES = 10000,          /* of one header value */
	LIMIT_NAMES_BYTES = 1048576,      /* all display names of one header value */
	LIMIT_PHRASE_PIECES = 256,        /* quoted and unquoted pieces of one display name */
	LIMIT_REPEATED_ENCLOSURES = 32,   /* <a@example.com> <a@example.com> ... */
	LIMIT_CLOSER_TRIES = 64,          /* ">" that might close one "<" */
	LIMIT_CHARSET_NAME_BYTES = 64,    /* longer names are no charset */
	LIMIT_CONTENT_TYPE_BYTES = 65536, /* parameters behind are not looked for */
	LIMIT_PARAMETER_PIECES = 1000,    /* name*0= ... name*999= */
	LIMIT_HEADER_NAME_BYTES = 256,
	LIMIT_HEADER_VALUE_BYTES = 8192,
	LIMIT_HEADERS_TOTAL_BYTES = 65536,
	LIMIT_BODY_LINE_BYTES = 2048,
	LIMIT_SCAN_CUT_WINDOW_BYTES = 1024,
	LIMIT_URI_BYTES = 8192,
	LIMIT_HTML_NESTING = 1000,
};

#endif
