/* mime_gmime: the little that is left to GMime and iconv. */
#ifndef WHORL_MESSAGE_MIME_GMIME_H
#define WHORL_MESSAGE_MIME_GMIME_H

#include "lib/base/buf.h"

/* Base64 digits only, padded to a multiple of four. */
void gmime_base64_decode(struct buf *out, struct str digits);

/* A conversion to UTF-8; NULL when iconv does not know the charset. gmime_iconv_close(). */
void *gmime_iconv_open(const char *charset);
/* Appends what converts; returns how many bytes did (all of them, or up to the first fault). */
size_t gmime_iconv_run(void *conversion, struct buf *out, struct str bytes);
void gmime_iconv_close(void *conversion);

#endif
