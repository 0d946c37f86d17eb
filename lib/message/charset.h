/* charset: bytes of a named charset → UTF-8, with the results of Perl's Encode; for lib/message's
 * own files. */
#ifndef WHORL_MESSAGE_CHARSET_H
#define WHORL_MESSAGE_CHARSET_H

#include <stdint.h>
#include "lib/base/buf.h"

struct charset_single {
	const char *name;
	struct {
		uint8_t byte;
		uint16_t to;
	} low[6]; /* bytes below 0x80 that are not ASCII; the rest zero */
	uint16_t high[128];
};
const struct charset_single *charset_single_find(struct str name);

/* Codes (one to three bytes, big-endian) that Encode maps otherwise than iconv; to 0: undefined
 * there. */
struct charset_range {
	uint32_t from, upto, to;
};
struct charset_double {
	const char *name, *iconv;
	uint8_t leads[5][2];                /* ranges of lead bytes; the rest zero */
	const struct charset_range *ranges; /* ascending */
	size_t n_ranges;
};
const struct charset_double *charset_double_find(struct str name);

/* What becomes of bytes that are not of the charset. */
enum charset_faults {
	CHARSET_FAULT_FAILS,    /* the whole decoding fails */
	CHARSET_FAULT_REPLACED, /* U+FFFD */
	CHARSET_FAULT_QUOTED,   /* \xHH as text */
};

/* Encode's own name of what a mail calls a charset (Encode::find_encoding with its aliases); ptr
 * NULL when unknown. */
struct str charset_resolve(struct arena *scan, struct str name);
/* encoding comes from charset_resolve(). False when faults fail it; out then holds rubbish. */
bool charset_decode(struct buf *out, struct str bytes, struct str encoding,
		    enum charset_faults faults);

bool charset_decode_double(struct buf *out, struct str bytes, const struct charset_double *charset,
			   enum charset_faults faults);
/* UTF-7, UTF-16, UTF-32, UCS-2, HZ and the ISO 2022 family; false for names of another kind, too.
 */
bool charset_decode_shifting(struct buf *out, struct str bytes, struct str encoding,
			     enum charset_faults faults);
/* Handles one faulty byte; false when that fails the decoding. */
bool charset_fault(struct buf *out, unsigned char byte, enum charset_faults faults);

/* Encode's strict UTF-8: no surrogates, no noncharacters, nothing above U+10FFFF. */
bool charset_is_strict_utf8(struct str text);
bool charset_decode_utf8(struct buf *out, struct str text, enum charset_faults faults);

#endif
