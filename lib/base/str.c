/* str: see str.h */
#include "lib/base/str.h"

#include <stdint.h>

struct str str_sub(struct str s, size_t from, size_t len)
{
	if (from >= s.len)
		return str_from_at(s, s.len);
	if (len > s.len - from)
		len = s.len - from;
	return (struct str){s.ptr + from, len};
}

struct str str_from_at(struct str s, size_t from)
{
	if (from > s.len)
		from = s.len;
	return (struct str){from ? s.ptr + from : s.ptr, s.len - from};
}

/* --- comparison ------------------------------------------------------------------------------- */

static bool equal_bytes(const char *a, const char *b, size_t len)
{
	return len == 0 || memcmp(a, b, len) == 0;
}

static bool equal_ci(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (ascii_lower(a[i]) != ascii_lower(b[i]))
			return false;
	return true;
}

bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && equal_bytes(a.ptr, b.ptr, a.len);
}

bool str_eq_ci(struct str a, struct str b)
{
	return a.len == b.len && equal_ci(a.ptr, b.ptr, a.len);
}

bool str_eq_c(struct str a, const char *cstr)
{
	return str_eq(a, str_from(cstr));
}

bool str_eq_ci_c(struct str a, const char *cstr)
{
	return str_eq_ci(a, str_from(cstr));
}

static int compare_lengths(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

int str_cmp(struct str a, struct str b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common ? memcmp(a.ptr, b.ptr, common) : 0;
	return order ? order : compare_lengths(a.len, b.len);
}

int str_cmp_ci(struct str a, struct str b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	for (size_t i = 0; i < common; i++) {
		unsigned char x = (unsigned char)ascii_lower(a.ptr[i]);
		unsigned char y = (unsigned char)ascii_lower(b.ptr[i]);
		if (x != y)
			return x < y ? -1 : 1;
	}
	return compare_lengths(a.len, b.len);
}

bool str_has_prefix(struct str s, const char *prefix)
{
	size_t len = strlen(prefix);
	return s.len >= len && equal_bytes(s.ptr, prefix, len);
}

bool str_has_prefix_ci(struct str s, const char *prefix)
{
	size_t len = strlen(prefix);
	return s.len >= len && equal_ci(s.ptr, prefix, len);
}

bool str_has_suffix_ci(struct str s, const char *suffix)
{
	size_t len = strlen(suffix);
	return s.len >= len && (len == 0 || equal_ci(s.ptr + s.len - len, suffix, len));
}

/* --- search ----------------------------------------------------------------------------------- */

size_t str_find(struct str s, struct str needle)
{
	if (needle.len == 0)
		return 0;
	if (needle.len > s.len)
		return STR_NOT_FOUND;
	const char *hit = memmem(s.ptr, s.len, needle.ptr, needle.len);
	return hit ? (size_t)(hit - s.ptr) : STR_NOT_FOUND;
}

size_t str_find_ci(struct str s, struct str needle)
{
	if (needle.len == 0)
		return 0;
	if (needle.len > s.len)
		return STR_NOT_FOUND;
	char first = ascii_lower(needle.ptr[0]);
	size_t last = s.len - needle.len;
	for (size_t i = 0; i <= last; i++)
		if (ascii_lower(s.ptr[i]) == first &&
		    equal_ci(s.ptr + i + 1, needle.ptr + 1, needle.len - 1))
			return i;
	return STR_NOT_FOUND;
}

size_t str_find_char(struct str s, char c)
{
	const char *hit = s.len ? memchr(s.ptr, c, s.len) : NULL;
	return hit ? (size_t)(hit - s.ptr) : STR_NOT_FOUND;
}

size_t str_rfind_char(struct str s, char c)
{
	const char *hit = s.len ? memrchr(s.ptr, c, s.len) : NULL;
	return hit ? (size_t)(hit - s.ptr) : STR_NOT_FOUND;
}

bool str_is_ascii(struct str s)
{
	unsigned char bits = 0;

	for (size_t i = 0; i < s.len; i++)
		bits |= (unsigned char)s.ptr[i];
	return bits < 0x80;
}

bool str_contains(struct str s, const char *needle)
{
	return str_find(s, str_from(needle)) != STR_NOT_FOUND;
}

bool str_contains_ci(struct str s, const char *needle)
{
	return str_find_ci(s, str_from(needle)) != STR_NOT_FOUND;
}

bool str_has_8bit(struct str s)
{
	uint64_t word;
	size_t i = 0;

	for (; i + sizeof word <= s.len; i += sizeof word) {
		memcpy(&word, s.ptr + i, sizeof word);
		if (word & 0x8080808080808080u)
			return true;
	}
	for (; i < s.len; i++)
		if ((unsigned char)s.ptr[i] >= 0x80)
			return true;
	return false;
}

/* --- trimming and splitting ------------------------------------------------------------------- */

struct str str_trim(struct str s)
{
	return str_trim_left(str_trim_right(s));
}

struct str str_trim_left(struct str s)
{
	size_t i = 0;
	while (i < s.len && ascii_is_space((unsigned char)s.ptr[i]))
		i++;
	return str_from_at(s, i);
}

struct str str_trim_right(struct str s)
{
	while (s.len && ascii_is_space((unsigned char)s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool str_split_next(struct str *rest, char separator, struct str *piece_out)
{
	if (rest->len == 0)
		return false;
	size_t at = str_find_char(*rest, separator);
	if (at == STR_NOT_FOUND) {
		*piece_out = *rest;
		*rest = str_from_at(*rest, rest->len);
	} else {
		*piece_out = str_sub(*rest, 0, at);
		*rest = str_from_at(*rest, at + 1);
	}
	return true;
}

bool str_word_next(struct str *rest, struct str *word_out)
{
	*rest = str_trim_left(*rest);
	size_t len = 0;
	while (len < rest->len && !ascii_is_space((unsigned char)rest->ptr[len]))
		len++;
	*word_out = str_sub(*rest, 0, len);
	*rest = str_from_at(*rest, len);
	return len > 0;
}

bool str_line_next(struct str *rest, struct str *line_out)
{
	return str_split_next(rest, '\n', line_out);
}
