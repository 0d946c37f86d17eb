/*
 * str: a borrowed view of bytes. Not NUL-terminated, may hold NULs, never freed through the view.
 * An empty view may have a NULL pointer. Comparison is bytewise; "_ci" folds ASCII A-Z only.
 */
#ifndef WHORL_BASE_STR_H
#define WHORL_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
	const char *ptr;
	size_t len;
};

#define STR_LIT(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_NONE         ((struct str){NULL, 0})
/* For "%.*s". It takes s twice: no calls that do work. */
#define STR_ARG(s)    (int)(s).len, str_text(s)
#define STR_NOT_FOUND ((size_t)-1)

/* Where it begins; not NULL. */
static inline const char *str_text(struct str s)
{
	return s.ptr ? s.ptr : "";
}
/* View of a NUL-terminated string; NULL gives the empty view. */
static inline struct str str_from(const char *cstr)
{
	return (struct str){cstr, cstr ? strlen(cstr) : 0};
}

static inline struct str str_make(const char *ptr, size_t len)
{
	return (struct str){ptr, len};
}

/* The view from offset (clamped) to the end. */
static inline struct str str_from_at(struct str s, size_t from)
{
	if (from > s.len)
		from = s.len;
	return (struct str){from ? s.ptr + from : s.ptr, s.len - from};
}

/* Clamped sub-view: from and len are cut to what s has. */
static inline struct str str_sub(struct str s, size_t from, size_t len)
{
	struct str rest = str_from_at(s, from);
	return (struct str){rest.ptr, len < rest.len ? len : rest.len};
}

/* Equal in so many bytes; _ci: but for the case of A-Z. */
static inline bool str_eq_bytes(const char *a, const char *b, size_t len)
{
	return len == 0 || memcmp(a, b, len) == 0;
}
bool str_eq_bytes_ci(const char *a, const char *b, size_t len);

static inline bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && str_eq_bytes(a.ptr, b.ptr, a.len);
}
static inline bool str_eq_ci(struct str a, struct str b)
{
	return a.len == b.len && str_eq_bytes_ci(a.ptr, b.ptr, a.len);
}
/* With a literal, its length is known when this is compiled. */
static inline bool str_eq_c(struct str a, const char *cstr)
{
	return str_eq(a, str_from(cstr));
}
static inline bool str_eq_ci_c(struct str a, const char *cstr)
{
	return str_eq_ci(a, str_from(cstr));
}
/* Like memcmp, shorter first on a common prefix. */
int str_cmp(struct str a, struct str b);
int str_cmp_ci(struct str a, struct str b);

static inline bool str_has_prefix(struct str s, const char *prefix)
{
	size_t len = strlen(prefix);
	return s.len >= len && str_eq_bytes(s.ptr, prefix, len);
}
static inline bool str_has_prefix_ci(struct str s, const char *prefix)
{
	size_t len = strlen(prefix);
	return s.len >= len && str_eq_bytes_ci(s.ptr, prefix, len);
}
static inline bool str_has_suffix_ci(struct str s, const char *suffix)
{
	size_t len = strlen(suffix);
	return s.len >= len && (len == 0 || str_eq_bytes_ci(s.ptr + s.len - len, suffix, len));
}

/* Offset of the first occurrence, or STR_NOT_FOUND. */
size_t str_find(struct str s, struct str needle);
size_t str_find_ci(struct str s, struct str needle);
static inline size_t str_find_char(struct str s, char c)
{
	const char *hit = s.len ? (const char *)memchr(s.ptr, c, s.len) : NULL;
	return hit ? (size_t)(hit - s.ptr) : STR_NOT_FOUND;
}
size_t str_rfind_char(struct str s, char c);
bool str_is_ascii(struct str s);
bool str_has_8bit(struct str s); /* a byte beyond ASCII */
static inline bool str_contains(struct str s, const char *needle)
{
	return str_find(s, str_from(needle)) != STR_NOT_FOUND;
}
static inline bool str_contains_ci(struct str s, const char *needle)
{
	return str_find_ci(s, str_from(needle)) != STR_NOT_FOUND;
}

/* In lower case (ASCII); to has room for s.len bytes, may be those of s, and gets no NUL. */
void str_lower_into(char *to, struct str s);

/* Without leading/trailing ASCII white space (space \t \n \v \f \r). */
struct str str_trim(struct str s);
struct str str_trim_left(struct str s);
struct str str_trim_right(struct str s);

/*
 * Next piece up to separator; advances *rest behind the separator. False when *rest is spent.
 * "a,,b" by ',' gives "a", "", "b"; a trailing separator gives no empty last piece.
 */
bool str_split_next(struct str *rest, char separator, struct str *piece_out);
/* Next run of non-white-space characters. False when none is left. */
bool str_word_next(struct str *rest, struct str *word_out);
/* Next line without its "\n" (a "\r" before it stays). False when *rest is spent. */
bool str_line_next(struct str *rest, struct str *line_out);

/* ASCII only, independent of the locale. */
static inline bool ascii_is_space(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}
static inline bool ascii_is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}
static inline bool ascii_is_alpha(unsigned char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26;
}
static inline bool ascii_is_upper(unsigned char c)
{
	return c >= 'A' && c <= 'Z';
}
static inline bool ascii_is_lower(unsigned char c)
{
	return c >= 'a' && c <= 'z';
}
static inline bool ascii_is_alnum(unsigned char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c);
}
static inline bool ascii_is_hex(unsigned char c)
{
	return ascii_is_digit(c) || (unsigned char)((c | 0x20) - 'a') < 6;
}
static inline bool ascii_is_word(unsigned char c) /* Perl's \w under /aa */
{
	return ascii_is_alnum(c) || c == '_';
}
/* One of the characters of set; a NUL never is. */
static inline bool ascii_is_in(char c, const char *set)
{
	size_t n = strlen(set);

	if (c == '\0')
		return false;
	if (__builtin_constant_p(n) && n <= 4) /* a short literal: no call */
		return (n > 0 && c == set[0]) || (n > 1 && c == set[1]) || (n > 2 && c == set[2]) ||
		       (n > 3 && c == set[3]);
	return strchr(set, c) != NULL;
}
static inline char ascii_lower(char c)
{
	return (c >= 'A' && c <= 'Z') ? (char)(c | 0x20) : c;
}
static inline char ascii_upper(char c)
{
	return (c >= 'a' && c <= 'z') ? (char)(c & ~0x20) : c;
}

#endif
