/*
 * message: bytes → a parsed message (structure, headers, decoded parts), with SpamAssassin's notion
 * of structure (Message.pm, Message/Node.pm). Everything is allocated in the scan arena; views into
 * the raw bytes are borrowed, so the raw buffer must live as long. Parsing never fails: strange
 * mail only sets oddities.
 */
#ifndef WHORL_MESSAGE_MESSAGE_H
#define WHORL_MESSAGE_MESSAGE_H

#include <stdint.h>
#include "lib/base/map.h"
#include "lib/base/vec.h"

enum oddity { /* bits of message.oddities */
	      ODDITY_TRUNCATED_HEADER = 1 << 0,
	      ODDITY_MISSING_HEAD_BODY_SEPARATOR = 1 << 1,
	      ODDITY_MISSING_MIME_HEAD_BODY_SEPARATOR = 1 << 2,
	      ODDITY_MISSING_MIME_HEADERS = 1 << 3,
	      ODDITY_MIME_EPILOGUE_EXISTS = 1 << 4,
	      ODDITY_MIMEPART_LIMIT = 1 << 5,
	      ODDITY_MISSING_MIME_BOUNDARY =
		      1 << 6, /* a boundary was opened and not closed, or the reverse */
};

struct header {
	struct str name; /* as written, without blanks before the colon */
	struct str raw;  /* value from behind the colon, folds kept, CRLF as LF when that is the
			    message's  line end; ends in "\n" unless cut or last without one; what
			    :raw gives */
	struct str
		decoded; /* RFC 2047 decoded, unfolded, trimmed, UTF-8 octets, without final "\n" */
};
VEC_OF(header_vec, struct header);

struct headers {
	struct header_vec list; /* as in the message, X-Spam-* of upstream filters left out */
	struct map *index;  /* name (case ignored) → struct header_index; NULL when there are no
			       headers */
	uint64_t name_bits; /* what names there may be; see headers.c */
};
struct header_index {
	VEC_OF(, size_t) at; /* indices into list */
};

enum transfer_encoding { ENCODING_NONE, ENCODING_QP, ENCODING_BASE64, ENCODING_UNKNOWN };

struct part {
	struct part *parent, *first_child, *last_child, *next;
	unsigned number;        /* pre-order, root is 0 */
	unsigned depth;         /* root is 0 */
	struct headers headers; /* of the root: the message's own */
	struct str type; /* lower case, as SpamAssassin computes it: "text/plain" by default */
	struct str charset, boundary, name; /* parameters; name = file name by SpamAssassin's
					       precedence; ptr NULL = absent */
	enum transfer_encoding encoding;
	struct str encoding_text; /* as written, lower case */
	struct str raw_body; /* undecoded bytes of a leaf (after SpamAssassin's line treatment) */
	bool is_leaf;        /* false for multiparts (even without children) and parsed messages */
	bool is_multipart;
	struct message *embedded; /* of message/rfc822 and message/global: the inner message; its
				     root is first_child */
	const struct message_settings *settings;
	struct part_cache *cache; /* decoded and rendered forms; see part.h */
};

struct message_settings {
	bool normalize_charset;         /* default true */
	size_t body_part_scan_bytes;    /* 50,000 */
	size_t rawbody_part_scan_bytes; /* 500,000 */
	bool parse_dkim_uris;           /* default true */
	bool email_address_xs;  /* default false: address lists as SpamAssassin reads them with
				   Perl's Email::Address::XS there */
	bool keep_spam_headers; /* X-Spam-* of upstream filters stay: for learning; default false */
};
extern const struct message_settings message_settings_default;

struct message {
	struct str raw;       /* all bytes as received */
	struct str mbox_line; /* leading "From " line with its end (made up for MBX), or empty */
	struct str pristine;  /* raw behind the mbox line; bare LFs in a CRLF head mended as
				 SpamAssassin does */
	struct str pristine_headers; /* pristine up to and with the separator line, as SpamAssassin
					keeps it */
	struct str pristine_body;    /* the rest, line ends as received */
	struct str all_headers;      /* what `header X ALL:raw` sees */
	const char *line_end; /* "\n" or "\r\n": SpamAssassin's guess, used for added headers */
	struct part *root;
	struct headers *headers; /* == &root->headers */
	unsigned oddities;
	unsigned n_parts;
	int64_t received_at_s; /* wall time of the scan, for date rules */
	const struct message_settings *settings;
	struct map *metadata; /* what plugins found in it, for `header` rules: lower-case name →
				 struct str *; NULL: nothing */
};

/* Never fails. subparse limits and flags are in limits.h. settings must outlive the message. */
struct message *message_parse(struct arena *scan, struct str raw,
			      const struct message_settings *settings);

/* A header for rules that is none of the message (Message.pm put_metadata); copied. */
void message_metadata_set(struct arena *scan, struct message *message, const char *name,
			  struct str value);

/* Parts in SpamAssassin's find_parts order (depth first). Embedded messages are walked through. */
VEC_OF(part_vec, struct part *);
void message_parts(struct arena *scan, const struct message *message, bool leaves_only,
		   struct part_vec *out);

/* Transfer-decoded bytes of a leaf (Node.pm decode); computed once, kept in the part. */
struct str part_decoded(struct arena *scan, struct part *part);
/* Decoded text in UTF-8 octets by SpamAssassin's charset rules (Node.pm _normalize); what rendering
 * starts from. The bytes come back unchanged when normalize_charset is off or the text is plain
 * ASCII. Computed once. */
struct str part_text(struct arena *scan, struct part *part,
		     const struct message_settings *settings);
/* Is the leaf text to rules without anybody's help: text/plain, text/html, also by its name? */
bool part_is_rendered(const struct part *part);
/* The leaf is rendered as this plain text from now on (Node.pm set_rendered). Not copied. */
void part_render_as(struct arena *scan, struct part *part, struct str text);
/* Whether a plugin has done so. */
bool part_has_rendering(const struct part *part);
/* Whether part_text() is characters to Perl (UTF-8 here): false for plain ASCII and for undecoded
 * bytes. */
bool part_text_is_unicode(struct arena *scan, struct part *part,
			  const struct message_settings *settings);

/* All instances in order; NULL when there is none. */
const struct header_index *headers_find(const struct headers *headers, struct str name);
/* Decoded value of the last instance (SpamAssassin's scalar get_header) or ptr NULL. */
struct str headers_last(const struct headers *headers, const char *name);

/* Unfold, trim, charset guess and RFC 2047 for one raw header value (Node.pm header,
 * _decode_header). name decides whether encoded words are decoded (not in Received, Message-Id,
 * Date, ...). */
struct str header_decode(struct arena *scan, struct str name, struct str raw,
			 const struct message_settings *settings);

/* The same without unfolding, for a value that is no header (an address phrase). */
struct str header_decode_words(struct arena *scan, struct str text,
			       const struct message_settings *settings);

/* RFC 5322 addresses and display names of a raw header value (Util.pm parse_header_addresses). */
struct address {
	struct str address, host; /* ptr NULL when absent */
	struct str phrase; /* display name (or comment) undecoded, what :name:raw gives; ptr NULL
			      when absent */
	struct str name; /* what :name gives: phrase decoded, blanks collapsed, outer ' ' dropped */
};
VEC_OF(address_vec, struct address);
void addresses_parse(struct arena *scan, struct str raw_value,
		     const struct message_settings *settings, struct address_vec *out);

/* RFC 822 date → Unix seconds as SpamAssassin's Util.pm parse_rfc822_date does; false when it gives
 * up. */
bool date_parse(struct str text, int64_t *out);

/* Any charset to UTF-8 as part_text and header_decode do it (Node.pm _normalize). insist: the
 * declared charset wins even over valid UTF-8 and its faults become U+FFFD, as in encoded words;
 * else UTF-8 is tried first and a fault leads on to guessing. *is_unicode_out (may be NULL): the
 * result was decoded, false when it is plain ASCII. */
struct str charset_to_utf8(struct arena *scan, struct str bytes, struct str charset, bool insist,
			   bool *is_unicode_out);
/* The same as mail programs do it, where SpamAssassin takes the charset for none or for another
 * (UTF-16 with a byte order mark, "x-gbk", "hz-gb-2312"); false for all others, and *out is left
 * alone. */
bool charset_as_read(struct arena *scan, struct str bytes, struct str charset, struct str *out);
/* Once, in a process that reads many messages or is about to fork such: the C library's converters
 * of double-byte charsets, which it loads and forgets by the message, stay loaded until keep goes.
 */
void charset_keep_converters(struct arena *keep);

#endif
