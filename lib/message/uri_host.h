/* uri_host: host names inside URIs, for this folder and for plugins that compare hosts (Util.pm
 * idn_to_ascii, is_fqdn_valid; RegistryBoundaries.pm). */
#ifndef WHORL_MESSAGE_URI_HOST_H
#define WHORL_MESSAGE_URI_HOST_H

#include "lib/message/uri.h"

/* Lower case, IDN labels in their ASCII form where that is wanted and can be had. */
struct str uri_host_ascii(struct arena *arena, const struct registry *registry, struct str host);
/* Two labels or more, each well-formed. */
bool uri_host_is_fqdn(struct str host);
/* Ends in "." and a known top-level domain. */
bool uri_host_has_tld(const struct registry *registry, struct str host);
/* Printable escapes decoded, unprintable characters escaped (Util.pm url_encode). */
struct str uri_respell(struct arena *arena, struct str uri, bool characters);

/* Where a URI is cut: behind LIMIT_URI_BYTES characters, or bytes. Its length when it is shorter.
 */
size_t uri_limit(struct str uri, bool characters);

#endif
