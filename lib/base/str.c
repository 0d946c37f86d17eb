/* str: see str.h */
#include "lib/base/str.h"

#include <stdint.h>
#include "lib/base/span.h"

/* --- comparison ------------------------------------------------------------------------------- */

/* Each byte that is a letter of A-Z gets the bit of the small ones (0x20). */
static uint64_t lower_word(uint64_t word)
{
	const uint64_t each = 0x0101010101010101, high = 0x80 * each;
	uint64_t low = word & ~high; /* sums of seven bits stay within their byte */
	uint64_t from_a = low + (0x80 - 'A') * each, behind_z = low + (0x7f - 'Z') * each;
	return word | (((from_a ^ behind_z) & ~word & high) >> 2);
}

void str_lower_into(char *to, struct str s)
{
	size_t i = 0;
	for (uint64_t word; i + sizeof word <= s.len; i += sizeof word) {
		memcpy(&word, s.ptr + i, sizeof word);
		word = lower_word(word);
		memcpy(to + i, &word, sizeof word);
	}
	for (; i < s.len; i++)
		to[i] = ascii_lower(s.ptr[i]);
}

bool str_eq_bytes_ci(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (a[i] != b[i] && ascii_lower(a[i]) != ascii_lower(b[i]))
			return false;
	return true;
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

/* --- search ----------------------------------------------------------------------------------- */

enum { SHORT_NEEDLE = 16 };

/* From one occurrence of the first byte to the next: what memmem(3) sets up costs more than most
 * searches here. */
static const char *find_short(struct str s, struct str needle)
{
	const char *at = s.ptr, *last = s.ptr + (s.len - needle.len);
	while (at <= last && (at = memchr(at, needle.ptr[0], (size_t)(last - at) + 1))) {
		if (memcmp(at + 1, needle.ptr + 1, needle.len - 1) == 0)
			return at;
		at++;
	}
	return NULL;
}

size_t str_find(struct str s, struct str needle)
{
	if (needle.len == 0)
		return 0;
	if (needle.len > s.len)
		return STR_NOT_FOUND;
	const char *hit = needle.len <= SHORT_NEEDLE ? find_short(s, needle)
						     : memmem(s.ptr, s.len, needle.ptr, needle.len);
	return hit ? (size_t)(hit - s.ptr) : STR_NOT_FOUND;
}

size_t str_find_ci(struct str s, struct str needle)
{
	if (needle.len == 0)
		return 0;
	if (needle.len > s.len)
		return STR_NOT_FOUND;
	size_t last = needle.len - 1;
	const char first_of[] = {ascii_lower(needle.ptr[0]), ascii_upper(needle.ptr[0])};
	const char last_of[] = {ascii_lower(needle.ptr[last]), ascii_upper(needle.ptr[last])};
	for (size_t at = 0; (at = span_until_pair(s, at, first_of, last, last_of)) < s.len; at++)
		if (str_eq_bytes_ci(s.ptr + at, needle.ptr, last))
			return at;
	return STR_NOT_FOUND;
}

size_t str_rfind_char(struct str s, char c)
{
	const char *hit = s.len ? memrchr(s.ptr, c, s.len) : NULL;
	return hit ? (size_t)(hit - s.ptr) : STR_NOT_FOUND;
}

bool str_is_ascii(struct str s)
{
	return span_ascii(s, 0) == s.len;
}

bool str_has_8bit(struct str s)
{
	return !str_is_ascii(s);
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
	static const struct byteset spaces = {{BYTESET_SPACES}};
	size_t from = span_of(*rest, 0, &spaces), end = span_until(*rest, from, &spaces);
	*word_out = str_sub(*rest, from, end - from);
	*rest = str_from_at(*rest, end);
	return end > from;
}

bool str_line_next(struct str *rest, struct str *line_out)
{
	return str_split_next(rest, '\n', line_out);
}
