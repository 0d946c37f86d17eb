/* idn: internationalised host names to ASCII (the only file that includes libidn2; UTS 46
 * non-transitional as SpamAssassin asks for). */
#include <idn2.h>
#include <stdlib.h>

#include "lib/base/buf.h"
#include "lib/base/encode.h"
#include "lib/message/uri_host.h"

enum { HOST_MAX_BYTES = 1024 };

static bool is_plain(struct str host)
{
	for (size_t i = 0; i < host.len; i++) {
		unsigned char c = (unsigned char)host.ptr[i];

		if (!ascii_is_word(c) && !strchr(".:[]-", c))
			return false;
		if (c == 0)
			return false;
	}
	return true;
}

static bool is_latin1_name(struct str host)
{
	for (size_t i = 0; i < host.len; i++) {
		unsigned char c = (unsigned char)host.ptr[i];

		if (!ascii_is_word(c) && c != '.' && c != '-' &&
		    (c < 0xc0 || c == 0xd7 || c == 0xdf || c == 0xf7 || c == 0xff))
			return false;
	}
	return true;
}

/* U+3002, U+FF0E and U+FF61 separate labels too (RFC 3490 3.1). Latin-1 becomes UTF-8. */
static struct str to_utf8(struct arena *arena, struct str host, bool latin1)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < host.len;) {
		unsigned codepoint = (unsigned char)host.ptr[i],
			 length = latin1 ? 1 : utf8_decode(str_from_at(host, i), &codepoint);

		if (codepoint == 0x3002 || codepoint == 0xff0e || codepoint == 0xff61)
			codepoint = '.';
		buf_add_utf8(&out, codepoint);
		i += length ? length : 1;
	}
	return buf_str(&out);
}

static bool is_ascii(struct str host)
{
	for (size_t i = 0; i < host.len; i++)
		if ((unsigned char)host.ptr[i] >= 0x80)
			return false;
	return true;
}

struct str uri_host_ascii(struct arena *arena, struct str host)
{
	bool utf8, latin1;
	char *result = NULL;
	struct str converted;

	if (is_plain(host))
		return arena_lower(arena, host);
	if (is_ascii(host)) /* IDNA 2003 leaves such labels alone, whatever they hold */
		return host;
	utf8 = utf8_is_valid(host);
	latin1 = !utf8 && is_latin1_name(host);
	if ((!utf8 && !latin1) || host.len > HOST_MAX_BYTES ||
	    str_find_char(host, '\0') != STR_NOT_FOUND)
		return arena_lower(arena, host);
	converted = to_utf8(arena, host, latin1);
	if (idn2_to_ascii_8z(arena_cstr(arena, converted), &result,
			     IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK &&
	    result)
		converted = arena_str(arena, str_from(result));
	else
		converted = utf8 ? converted : host;
	if (result)
		idn2_free(result);
	return converted;
}
