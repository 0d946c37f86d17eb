/* inflate: zlib and deflate streams (the only file that includes zlib). */
#ifndef WHORL_BASE_INFLATE_H
#define WHORL_BASE_INFLATE_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/why.h"

/* STATUS_INVALID: no zlib stream, or it does not end within the data; why has spamd's words for
 * that. STATUS_TOO_LARGE: more than max_bytes come out. What follows the stream's end is ignored.
 */
enum status zlib_inflate(struct str data, size_t max_bytes, struct buf *out, struct why *why);
/* A bare deflate stream (RFC 1951), as in ZIP archives. */
enum status raw_inflate(struct str data, size_t max_bytes, struct buf *out, struct why *why);
/* gzip members, one behind the other (RFC 1952). */
enum status gzip_inflate(struct str data, size_t max_bytes, struct buf *out, struct why *why);
/* A zlib stream at level 3, as spamc -z sends it. */
enum status zlib_deflate(struct str data, struct buf *out, struct why *why);

/* CRC-32 as ZIP and gzip keep it of what they pack (RFC 1952, section 8). */
uint32_t data_crc(struct str data);

#endif
