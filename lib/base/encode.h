/* encode: hex, base64, quoted-printable and RFC 2047 *encoding* (decoding of mail is
 * lib/message's). */
#ifndef WHORL_BASE_ENCODE_H
#define WHORL_BASE_ENCODE_H

#include "lib/base/buf.h"

void encode_hex(struct buf *out, struct str bytes);
bool decode_hex(struct buf *out, struct str text);
/* One line, padded. */
void encode_base64(struct buf *out, struct str bytes);
/* Well-formed base64 only (tokens, keys); mail is decoded more tolerantly elsewhere. */
bool decode_base64(struct buf *out, struct str text);
/* %XX decoding; malformed escapes stay. */
void decode_percent(struct buf *out, struct str text);
/* Length of the valid UTF-8 sequence at s (1-4), 0 when there is none; *codepoint_out when not
 * NULL. */
unsigned utf8_decode(struct str s, unsigned *codepoint_out);
bool utf8_is_valid(struct str s);

#endif
