/*
 * buf: bytes that grow. Backed by an arena (the result lives as long as that) or, with a NULL
 * arena, by malloc (then buf_free()). Always has a NUL behind its last byte that does not count.
 */
#ifndef WHORL_BASE_BUF_H
#define WHORL_BASE_BUF_H

#include <string.h>

#include "lib/base/arena.h"

struct buf {
	char *ptr;
	size_t len, cap;
	struct arena *arena;
};

void buf_init(struct buf *buf, struct arena *arena);
void buf_free(struct buf *buf);
/* Length 0, room kept. */
void buf_clear(struct buf *buf);
/* Room for extra more bytes; returns where they go. buf_commit() then counts them. */
char *buf_reserve(struct buf *buf, size_t extra_bytes);
void buf_commit(struct buf *buf, size_t added_bytes);

void buf_add_growing(struct buf *buf, const void *data, size_t len); /* for buf_add() */
static inline void buf_add(struct buf *buf, const void *data, size_t len)
{
	if (len == 0 || len >= buf->cap - buf->len) {
		buf_add_growing(buf, data, len);
		return;
	}
	memcpy(buf->ptr + buf->len, data, len);
	buf->len += len;
	buf->ptr[buf->len] = '\0';
}
void buf_add_str(struct buf *buf, struct str s);
void buf_add_cstr(struct buf *buf, const char *cstr);
static inline void buf_add_char(struct buf *buf, char c)
{
	if (buf->cap - buf->len < 2)
		buf_reserve(buf, 1);
	buf->ptr[buf->len++] = c;
	buf->ptr[buf->len] = '\0';
}
void buf_add_utf8(struct buf *buf, unsigned codepoint); /* invalid → U+FFFD */
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_truncate(struct buf *buf, size_t len);

/* A view: valid until the buffer grows. */
static inline struct str buf_str(const struct buf *buf)
{
	return (struct str){buf->ptr, buf->len};
}
/* NUL-terminated contents, never NULL. */
const char *buf_cstr(struct buf *buf);

#endif
