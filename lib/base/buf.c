/* buf: see buf.h */
#include "lib/base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "lib/base/must.h"

enum { FIRST_CAP = 64 };

void buf_init(struct buf *buf, struct arena *arena)
{
	*buf = (struct buf){.arena = arena};
}

void buf_free(struct buf *buf)
{
	if (!buf->arena)
		free(buf->ptr);
	buf_init(buf, buf->arena);
}

void buf_clear(struct buf *buf)
{
	buf_truncate(buf, 0);
}

char *buf_reserve(struct buf *buf, size_t extra_bytes)
{
	must(extra_bytes < SIZE_MAX / 4 && buf->len < SIZE_MAX / 4);
	size_t need = buf->len + extra_bytes + 1; /* the NUL */
	if (need > buf->cap) {
		size_t cap = buf->cap ? buf->cap * 2 : FIRST_CAP;
		if (cap < need)
			cap = need;
		if (buf->arena) {
			buf->ptr = arena_grow(buf->arena, buf->ptr, buf->cap, cap);
		} else {
			buf->ptr = realloc(buf->ptr, cap);
			must(buf->ptr != NULL);
		}
		buf->cap = cap;
		buf->ptr[buf->len] = '\0';
	}
	return buf->ptr + buf->len;
}

void buf_commit(struct buf *buf, size_t added_bytes)
{
	if (added_bytes == 0)
		return;
	must(added_bytes < buf->cap - buf->len);
	buf->len += added_bytes;
	buf->ptr[buf->len] = '\0';
}

void buf_add_growing(struct buf *buf, const void *data, size_t len)
{
	if (len == 0)
		return;
	memcpy(buf_reserve(buf, len), data, len);
	buf_commit(buf, len);
}

void buf_add_str(struct buf *buf, struct str s)
{
	buf_add(buf, s.ptr, s.len);
}

void buf_add_cstr(struct buf *buf, const char *cstr)
{
	buf_add(buf, cstr, strlen(cstr));
}

void buf_add_utf8(struct buf *buf, unsigned codepoint)
{
	if (codepoint > 0x10FFFF || (codepoint >= 0xD800 && codepoint <= 0xDFFF))
		codepoint = 0xFFFD;
	if (codepoint < 0x80) {
		buf_add_char(buf, (char)codepoint);
		return;
	}
	if (codepoint < 0x800) {
		buf_add_char(buf, (char)(0xC0 | codepoint >> 6));
	} else {
		if (codepoint < 0x10000) {
			buf_add_char(buf, (char)(0xE0 | codepoint >> 12));
		} else {
			buf_add_char(buf, (char)(0xF0 | codepoint >> 18));
			buf_add_char(buf, (char)(0x80 | (codepoint >> 12 & 0x3F)));
		}
		buf_add_char(buf, (char)(0x80 | (codepoint >> 6 & 0x3F)));
	}
	buf_add_char(buf, (char)(0x80 | (codepoint & 0x3F)));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	size_t room = buf->cap - buf->len;
	int len = vsnprintf(room ? buf->ptr + buf->len : NULL, room, format, args);
	va_end(args);
	must(len >= 0);
	if ((size_t)len >= room) {
		buf_reserve(buf, (size_t)len);
		va_start(args, format);
		vsnprintf(buf->ptr + buf->len, (size_t)len + 1, format, args);
		va_end(args);
	}
	buf_commit(buf, (size_t)len);
}

void buf_truncate(struct buf *buf, size_t len)
{
	if (len >= buf->len)
		return;
	buf->len = len;
	buf->ptr[len] = '\0';
}

const char *buf_cstr(struct buf *buf)
{
	return buf->ptr ? buf->ptr : "";
}
