/* locales: which charsets the languages of ok_locales are written in (facts of SpamAssassin's
 * Locales.pm, Util.pm get_my_locales). */
#ifndef WHORL_MESSAGE_LOCALES_H
#define WHORL_MESSAGE_LOCALES_H

#include "lib/base/arena.h"

/* May a mail in charset be read by whom ok_locales and the process's own locale describe? Always
 * with "all" among them, and for the charsets that every mail program shows. */
bool locales_allow(struct arena *scan, struct str ok_locales, struct str charset);

#endif
