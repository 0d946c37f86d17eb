/* html_target: relative references against a base (HTML.pm target_uri; RFC 3986 5.2 with its
 * deviations). For this folder. */
#ifndef WHORL_MESSAGE_HTML_TARGET_H
#define WHORL_MESSAGE_HTML_TARGET_H

#include "lib/base/buf.h"

struct str html_target(struct arena *scan, struct str base, struct str reference);

#endif
