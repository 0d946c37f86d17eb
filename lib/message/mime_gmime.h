/* mime_gmime: the little that is left to GMime; the structure, which is SpamAssassin's and not
 * MIME's, is not. */
#ifndef WHORL_MESSAGE_MIME_GMIME_H
#define WHORL_MESSAGE_MIME_GMIME_H

#include "lib/base/buf.h"

/* Base64 digits only, padded to a multiple of four. */
void gmime_base64_decode(struct buf *out, struct str digits);

/* Case folded, compatibility forms (GLib's): text without NULs, valid UTF-8. */
void gmime_fold(struct buf *out, struct str text);

/* Part of a word to Perl (\w with Unicode rules). */
bool gmime_is_word(unsigned codepoint);

#endif
