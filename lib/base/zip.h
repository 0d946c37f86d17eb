/*
 * zip: names and contents of a ZIP archive in memory (PKWARE APPNOTE 6.3: end record, central
 * directory, local headers; methods stored and deflate). For looking into attachments: nothing is
 * written anywhere, every count and size is bounded.
 */
#ifndef WHORL_BASE_ZIP_H
#define WHORL_BASE_ZIP_H

#include <stdint.h>

#include "lib/base/vec.h"
#include "lib/base/why.h"

enum { ZIP_ENTRIES_MAX = 10000 };

struct zip_entry {
	struct str name; /* as in the directory */
	bool encrypted;
	unsigned method;
	uint32_t bytes, crc; /* of what was packed, as the directory says */
	struct str packed;   /* ptr NULL: outside of the archive */
};
VEC_OF(zip_entry_vec, struct zip_entry);

/* STATUS_INVALID: no archive. Entries borrow data; those before a fault in the directory are kept.
 */
enum status zip_read(struct arena *arena, struct str data, struct zip_entry_vec *out,
		     struct why *why);
/* Unpacked, in arena. STATUS_UNSUPPORTED: method or encryption; STATUS_TOO_LARGE beyond max_bytes.
 */
enum status zip_contents(struct arena *arena, const struct zip_entry *entry, size_t max_bytes,
			 struct str *out, struct why *why);

#endif
