/* mime_gmime: the only file that knows GMime. */
#include "lib/message/mime_gmime.h"

#include <gmime/gmime.h>

void gmime_base64_decode(struct buf *out, struct str digits)
{
	unsigned char *to = (unsigned char *)buf_reserve(out, digits.len / 4 * 3 + 4);
	guint32 save = 0;
	int state = 0;

	buf_commit(out, g_mime_encoding_base64_decode_step((const unsigned char *)digits.ptr,
							   digits.len, to, &state, &save));
}

void gmime_fold(struct buf *out, struct str text)
{
	gchar *folded = g_utf8_casefold(text.ptr ? text.ptr : "", (gssize)text.len);
	gchar *normal = g_utf8_normalize(folded, -1, G_NORMALIZE_NFKC);
	gchar *again = normal ? g_utf8_casefold(normal, -1) : NULL;
	gchar *result = again ? g_utf8_normalize(again, -1, G_NORMALIZE_NFKC) : NULL;

	if (result)
		buf_add_cstr(out, result);
	g_free(result);
	g_free(again);
	g_free(normal);
	g_free(folded);
}

bool gmime_is_word(unsigned codepoint)
{
	if (codepoint == 0x200c || codepoint == 0x200d || /* joiners, letters in circles */
	    (codepoint >= 0x24b6 && codepoint <= 0x24e9))
		return true;
	switch (g_unichar_type(codepoint)) {
	case G_UNICODE_LOWERCASE_LETTER:
	case G_UNICODE_UPPERCASE_LETTER:
	case G_UNICODE_TITLECASE_LETTER:
	case G_UNICODE_MODIFIER_LETTER:
	case G_UNICODE_OTHER_LETTER:
	case G_UNICODE_NON_SPACING_MARK:
	case G_UNICODE_SPACING_MARK:
	case G_UNICODE_ENCLOSING_MARK:
	case G_UNICODE_DECIMAL_NUMBER:
	case G_UNICODE_LETTER_NUMBER:
	case G_UNICODE_CONNECT_PUNCTUATION:
		return true;
	default:
		return false;
	}
}
