/*
 * exchange: reports as text, for backups and for other machines: one JSON object a line, in the
 * order of the log, behind a line that tells what the file is. doc/reports.md has the format, which
 * is stable. A reporter beyond this machine is named by its ed25519 key ("ed25519:" and 64 hex
 * digits) and signs what it says; nobody believes such a name without its signature.
 */
#ifndef WHORL_REPUTATION_EXCHANGE_H
#define WHORL_REPUTATION_EXCHANGE_H

#include "lib/base/buf.h"
#include "lib/base/sign.h"
#include "reputation/ledger.h"

#define EXCHANGE_KEY_PREFIX "ed25519:"
enum { EXCHANGE_VERSION = 1, EXCHANGE_LINE_BYTES_MAX = 256 * 1024, EXCHANGE_HEX_BYTES = 65 };

/* What tells a report from others, and is the same when the same is said again: who, what, of which
 * keys, and the day (UTC). Hex, NUL-terminated. */
void exchange_id(const struct ledger_report *report, char out[EXCHANGE_HEX_BYTES]);

/* The first line. network_key: may be NULL, then it is left out. network_id: what tells one network
 * key from others without giving it away. */
void exchange_write_head(struct buf *out, const char *network_id, const char *network_key_hex);
void exchange_write(struct buf *out, const struct ledger_report *report);

struct exchange_head {
	struct str network_id, network_key_hex; /* empty: not there */
};
/* STATUS_INVALID: not such a line, or another version. Strings live in arena. */
enum status exchange_read_head(struct arena *arena, struct str line, struct exchange_head *out,
			       struct why *why);
enum status exchange_read(struct arena *arena, struct str line, struct ledger_report *out,
			  struct why *why);

/* --- keys --- */

/* "ed25519:…" of a key; lives in arena. */
struct str exchange_key_name(struct arena *arena, const struct sign_key *key);
bool exchange_is_key(struct str reporter);
/* The public key that such a name is of; false when it is none. */
bool exchange_key_of(struct str reporter, unsigned char out[SIGN_PUBLIC_BYTES]);
/* Sets the report's signature; its reporter must be the key's name. */
void exchange_sign(struct arena *arena, const struct sign_key *key, struct ledger_report *report);
/* STATUS_REFUSED unless a key's report bears the key's signature and the id that belongs to what it
 * says: then it can be told again, but not told anew. Reports of names are all right. */
enum status exchange_check(struct arena *arena, const struct ledger_report *report,
			   struct why *why);

#endif
