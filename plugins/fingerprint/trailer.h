/*
 * trailer: what others hang at the end of a message behind a line of dashes: signatures, the
 * instructions of a mailing list, a mail provider's advertisement. It stands in spam and ham alike,
 * so that its words are no property of the text above it.
 */
#ifndef WHORL_PLUGINS_FINGERPRINT_TRAILER_H
#define WHORL_PLUGINS_FINGERPRINT_TRAILER_H

#include "lib/base/str.h"

/* Where the trailer begins: at the first rule among the last 16 lines and 60 words. text.len when
 * there is none. may_be_all: nothing need stand above it, as in the part that a list appends. */
size_t trailer_start(struct str text, bool may_be_all);

#endif
