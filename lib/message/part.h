/* part: decoded and rendered forms of a part, made once (struct part_cache). */
#ifndef WHORL_MESSAGE_PART_H
#define WHORL_MESSAGE_PART_H

#include "lib/message/message.h"

struct part_cache {
	bool has_decoded, has_text, text_is_unicode;
	bool has_rendering; /* part_render_as() */
	struct str decoded;
	struct str rendering;
	struct str text;
};

#endif
