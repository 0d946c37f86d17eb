/* mail_header: what the files behind mail_header() share; nobody else includes it. */
#ifndef WHORL_MESSAGE_MAIL_HEADER_H
#define WHORL_MESSAGE_MAIL_HEADER_H

#include "lib/message/mail.h"

/* The spec that the text says ("From:addr"); a wrong text is our bug. Parsed once in the life of
 * the process, or else into scan. */
const struct header_spec *header_spec_known(struct arena *scan, const char *text);

/* ALL, ALL-TRUSTED and the like (mail_all.c): one header an element, each with its "\n". */
void mail_all_headers(struct arena *scan, const struct mail *mail, enum header_kind kind, bool raw,
		      struct str_vec *out);

/* The :host, :domain, :ip and :revip of a value (mail_host.c); false when it has none.
 * from_address: the value is an address already. */
bool mail_host_of(struct arena *scan, const struct mail *mail, struct str value, bool from_address,
		  bool only_domain, struct str *host_out);
bool mail_ip_of(struct arena *scan, const struct mail *mail, struct str value, bool reversed,
		struct str *ip_out);

#endif
