/* idn: internationalised host names to ASCII (Util.pm idn_to_ascii). */
#include "lib/base/buf.h"
#include "lib/base/encode.h"
#include "lib/message/uri_host.h"
#include "lib/message/uri_nameprep.h"

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

/* Label by label; false when one of them has no ASCII form. The last may be empty. */
static bool labels_to_ascii(struct arena *arena, struct str host, struct buf *out)
{
	struct str label;

	buf_init(out, arena);
	while (str_split_next(&host, '.', &label)) {
		if (!nameprep_label(arena, out, label))
			return false;
		if (host.ptr > label.ptr + label.len)
			buf_add_char(out, '.');
	}
	return out->len > 0;
}

/* libidn takes C strings, so a NUL is the end. */
static struct str until_nul(struct str host)
{
	return str_sub(host, 0, str_find_char(host, '\0'));
}

struct str uri_host_ascii(struct arena *arena, const struct registry *registry, struct str host)
{
	bool utf8, latin1;
	struct str converted;
	struct buf ascii;

	if (is_plain(host) || !registry_uses_idn(registry))
		return arena_lower(arena, host);
	utf8 = utf8_is_valid(host);
	latin1 = !utf8 && is_latin1_name(host);
	if ((!utf8 && !latin1) || host.len > HOST_MAX_BYTES)
		return arena_lower(arena, host);
	converted = to_utf8(arena, host, latin1);
	if (labels_to_ascii(arena, until_nul(converted), &ascii))
		return buf_str(&ascii);
	return utf8 ? converted : host;
}
