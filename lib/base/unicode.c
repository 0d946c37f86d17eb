/* The only file that knows libutf8proc. */
#include "lib/base/unicode.h"

#include <utf8proc.h>

static bool is_between(unsigned c, unsigned first, unsigned last)
{
	return c >= first && c <= last;
}

/* Han, kana, Thai, Lao, Tibetan, Myanmar, Khmer. */
static bool is_ideograph(unsigned c)
{
	return is_between(c, 0x4e00, 0x9fff) || is_between(c, 0x3400, 0x4dbf) ||
	       is_between(c, 0x3041, 0x30ff) || is_between(c, 0x31f0, 0x31ff) ||
	       is_between(c, 0x0e01, 0x0eff) || is_between(c, 0x0f40, 0x0fbc) ||
	       is_between(c, 0x1000, 0x109f) || is_between(c, 0x1780, 0x17ff) ||
	       is_between(c, 0xf900, 0xfaff) || is_between(c, 0x20000, 0x3ffff);
}

static enum unicode_kind kind_of_category(utf8proc_category_t category, unsigned c)
{
	switch (category) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
		return is_ideograph(c) ? UNICODE_IDEOGRAPH : UNICODE_LETTER;
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return UNICODE_DIGIT;
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ME:
	case UTF8PROC_CATEGORY_CF:
		return UNICODE_IGNORABLE;
	default:
		return UNICODE_SEPARATOR;
	}
}

enum unicode_kind unicode_kind(unsigned codepoint)
{
	const utf8proc_property_t *property = utf8proc_get_property((utf8proc_int32_t)codepoint);

	if (property->ignorable)
		return UNICODE_IGNORABLE;
	return kind_of_category((utf8proc_category_t)property->category, codepoint);
}

size_t unicode_fold(unsigned codepoint, unsigned out[UNICODE_FOLD_MAX])
{
	utf8proc_int32_t points[UNICODE_FOLD_MAX];
	int boundary = 0;

	if (is_between(codepoint, 0xac00, 0xd7a3)) {
		out[0] = codepoint;
		return 1;
	}
	utf8proc_ssize_t n =
		utf8proc_decompose_char((utf8proc_int32_t)codepoint, points, UNICODE_FOLD_MAX,
					UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
						UTF8PROC_IGNORE | UTF8PROC_STRIPMARK,
					&boundary);
	if (n < 0 || n > UNICODE_FOLD_MAX)
		return 0;
	for (utf8proc_ssize_t i = 0; i < n; i++)
		out[i] = (unsigned)points[i];
	return (size_t)n;
}
