/* tags: _NAME_ and _NAME(argument)_ in templates (PerMsgStatus.pm _replace_tags, get_tag_raw;
 * sa-surface 4.3). */
#ifndef WHORL_SPAMD_TAGS_H
#define WHORL_SPAMD_TAGS_H

#include "spamd/verdict.h"

/* Unknown tags stay as they are. The result is octets. */
struct str tags_replace(struct arena *arena, const struct verdict *verdict, struct str text);

/* SpamAssassin's version that we answer as, and its date: _VERSION_, _SUBVERSION_. */
#define COMPAT_VERSION    "4.0.1"
#define COMPAT_SUBVERSION "2024-03-25"

/* The same with what version_tag adds. In the arena. */
struct str tags_version(struct arena *arena, const struct settings *settings);

#endif
