/*
 * config: spamd.conf, for what Perl spamd has no switch for (libconfuse; the only file that
 * includes it). Every setting has a default, so the file need not exist.
 */
#ifndef WHORL_SPAMD_CONFIG_H
#define WHORL_SPAMD_CONFIG_H

#include <stddef.h>
#include "lib/base/regex.h"
#include "lib/base/vec.h"
#include "lib/base/why.h"
#include "lib/server/confine.h"
#include "reputation/trust.h"

#define CONFIG_DEFAULT_PATH WHORL_SYSCONFDIR "/whorl/spamd.conf"

/* reporter "NAME" { class, group, quota } of the reputation section. */
struct reporter_config {
	struct str name, group;
	enum trust_class class;
	uint64_t quota; /* reports and revokes a day; 0: as many as they like */
};

/* reputation { state, default_class, reporter ... }. */
struct reputation_config {
	const char *state; /* NULL: there is no such section, and no fingerprint layer */
	enum trust_class default_class;
	uint64_t default_quota;
	VEC_OF(, struct reporter_config) reporters;
};

struct config {
	struct reputation_config reputation;
	size_t max_message_bytes; /* max_message_mib: a longer request is refused */
	size_t scan_memory_bytes; /* scan_memory_mib: one scan that needs more is given up */
	int linger_ms;       /* how long a client may keep the connection open behind the answer */
	int send_timeout_ms; /* send_timeout_s: for the client to take the answer */
	int patience_ms; /* with others in the queue a client that makes a child wait longer goes to
			  * the waiting room; 0: there is none */
	int stop_grace_ms; /* stop_grace_s: for scans under way at SIGTERM */
	/* no_new_privileges, system_call_filter, core_files, child_memory_mib, child_open_files;
	 * what a child may run and become is not set here */
	struct confinement confinement;
	bool email_address_xs,
		libidn;        /* perl_email_address_xs, perl_libidn: what SpamAssassin had */
	unsigned metrics_port; /* on 127.0.0.1; 0: none */
	struct regex_limits regex_limits; /* regex_match_limit, regex_depth_limit, regex_heap_kib */
};

/* Strings live in keep. path NULL: the default path, which may be absent. STATUS_NOT_FOUND,
 * STATUS_INVALID: what is wrong is in why, the first complaint of several. */
enum status config_read(struct arena *keep, const char *path, struct config *config_out,
			struct why *why);

#endif
