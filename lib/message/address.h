/* address: what the two address parsers share; for lib/message's own files. */
#ifndef WHORL_MESSAGE_ADDRESS_H
#define WHORL_MESSAGE_ADDRESS_H

#include "lib/base/buf.h"
#include "lib/message/message.h"

/* By the grammar of RFC 5322 with its obsolete forms (as Email::Address::XS reads them). Faulty
 * ones count too. */
void addresses_parse_strict(struct arena *scan, struct str text, struct address_vec *out);

/* A host name of at least two sound labels (Util.pm is_fqdn_valid). */
bool address_host_is_sound(struct str host);
/* Not so broken as to be no address at all (Util.pm _valid_parsed_address). */
bool address_is_plausible(struct str address);

#endif
