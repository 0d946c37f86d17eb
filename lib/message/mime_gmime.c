/* mime_gmime: the only file that knows GMime. */
#include "lib/message/mime_gmime.h"

#include <errno.h>
#include <gmime/gmime.h>

void gmime_base64_decode(struct buf *out, struct str digits)
{
	unsigned char *to = (unsigned char *)buf_reserve(out, digits.len / 4 * 3 + 4);
	guint32 save = 0;
	int state = 0;

	buf_commit(out, g_mime_encoding_base64_decode_step((const unsigned char *)digits.ptr, digits.len,
							   to, &state, &save));
}

void *gmime_iconv_open(const char *charset)
{
	iconv_t conversion;

	g_mime_init();
	conversion = g_mime_iconv_open("UTF-8", charset);
	return conversion == (iconv_t)-1 ? NULL : (void *)conversion;
}

size_t gmime_iconv_run(void *conversion, struct buf *out, struct str bytes)
{
	char *from = (char *)bytes.ptr;
	size_t left = bytes.len, result;

	g_mime_iconv((iconv_t)conversion, NULL, NULL, NULL, NULL);
	do {
		size_t room = left * 2 + 16, space = room;
		char *to = buf_reserve(out, room);

		result = g_mime_iconv((iconv_t)conversion, &from, &left, &to, &space);
		buf_commit(out, room - space);
	} while (result == (size_t)-1 && errno == E2BIG);
	return bytes.len - left;
}

void gmime_iconv_close(void *conversion)
{
	g_mime_iconv_close((iconv_t)conversion);
}
