/*
 * mailbox: where a command's messages come from: files, folders, mbox and mbx mailboxes, named as
 * "class:format:location" or by location alone (ArchiveIterator.pm; sa-surface 4.8). Files may be
 * compressed by gzip, or by bzip2, xz, lz4, lzip, lzop when these programs are installed.
 */
#ifndef WHORL_MESSAGE_MAILBOX_H
#define WHORL_MESSAGE_MAILBOX_H

#include <stdint.h>

#include "lib/base/vec.h"
#include "lib/base/why.h"

/* One message. */
struct mail_source {
	char class;       /* 's' or 'h' */
	const char *path; /* of the file it is in */
	bool is_whole;    /* the file is the message; otherwise these bytes of it: */
	uint64_t offset_bytes, length_bytes;
};
VEC_OF(mail_source_vec, struct mail_source);

/* "class:format:location" stays, anything else becomes ":FORMAT:location". */
struct str mailbox_target(struct arena *arena, struct str text, const char *format);
/*
 * Append the messages of a target. format: "detect" (folder; mbox when the name contains ".mbox";
 * else file), "file", "dir" (Maildir, Cyrus, MH), "mbox", "mbx" (files or a folder of them). What
 * cannot be read is logged as a warning and left out; so is the rest of a broken mbx.
 */
void mailbox_scan(struct arena *arena, struct str target, struct mail_source_vec *out);
/* The bytes of a message, decompressed. STATUS_NOT_FOUND: it is gone by now. */
enum status mailbox_read(struct arena *arena, const struct mail_source *source, size_t max_bytes,
			 struct str *text_out, struct why *why);

#endif
