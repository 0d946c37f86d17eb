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
