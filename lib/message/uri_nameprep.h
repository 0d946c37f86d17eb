/* uri_nameprep: one label of a host name to ASCII by IDNA 2003 (RFC 3490 4.1, RFC 3491), as GNU
 * libidn does it, which SpamAssassin asks first; for uri_idn.c. */
#ifndef WHORL_MESSAGE_URI_NAMEPREP_H
#define WHORL_MESSAGE_URI_NAMEPREP_H

#include <stdint.h>
#include "lib/base/buf.h"

struct nameprep_range {
	uint32_t from, upto;
};
extern const struct nameprep_range nameprep_unassigned[];
extern const size_t nameprep_n_unassigned;

/* label is valid UTF-8. False when it has no ASCII form; out then holds rubbish. */
bool nameprep_label(struct arena *scan, struct buf *out, struct str label);

#endif
