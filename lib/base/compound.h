/*
 * compound: streams of a compound file (OLE2, [MS-CFB]) in memory, as old office documents and the
 * macro projects of new ones are. Every chain and count is bounded by the file's size.
 */
#ifndef WHORL_BASE_COMPOUND_H
#define WHORL_BASE_COMPOUND_H

#include "lib/base/vec.h"

enum { COMPOUND_STREAMS_MAX = 1000, COMPOUND_STREAM_BYTES_MAX = 8 << 20 };

struct compound_stream {
	struct str name;     /* ASCII; other characters are "?" */
	struct str contents; /* in the arena; what can't be read is left out */
};
VEC_OF(compound_stream_vec, struct compound_stream);

bool compound_is(struct str data);
/* False: no compound file. Streams that are empty or longer than the limit are left out. */
bool compound_read(struct arena *arena, struct str data, struct compound_stream_vec *out);

/* A compressed container ([MS-OVBA] 2.4.1); what came out before a fault. */
struct str compound_unpack(struct arena *arena, struct str packed, size_t max_bytes);
/* Source text of a Visual Basic module wherever it begins in a stream; empty
 * without one. At most max_bytes. */
struct str compound_macro(struct arena *arena, struct str stream, size_t max_bytes);

#endif
