/* checksums: whether a word is a wallet or an account by its own check digits. */
#ifndef WHORL_PLUGINS_FINGERPRINT_CHECKSUMS_H
#define WHORL_PLUGINS_FINGERPRINT_CHECKSUMS_H

#include "lib/base/str.h"

bool checksum_bitcoin(struct str word);  /* Base58Check, 25 bytes, first letter 1 or 3 */
bool checksum_bech32(struct str word);   /* "bc1...", BIP 173 and 350 */
bool checksum_ethereum(struct str word); /* 0x and 40 hex digits */
bool checksum_iban(struct str word);     /* ISO 13616, without blanks */

#endif
