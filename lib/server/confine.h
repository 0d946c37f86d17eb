/*
 * confine: what a process gives up before it reads its first byte of mail: new privileges by
 * running programs, memory and descriptors without end, core files with people's mail in them, and
 * the system calls that a spam filter never needs (libseccomp; the only file that includes it).
 * There is no way back.
 */
#ifndef WHORL_SERVER_CONFINE_H
#define WHORL_SERVER_CONFINE_H

#include <stddef.h>
#include "lib/base/why.h"

struct confinement {
	bool no_new_privs; /* PR_SET_NO_NEW_PRIVS */
	bool filter;     /* of system calls; without effect when confine_filter_version() is NULL */
	bool core_files; /* may be written */
	bool may_exec;   /* other programs: rules in force have need of them */
	bool may_switch; /* user and group ids: a child of root that serves each user as that user
			  */
	size_t memory_bytes; /* private writable memory, RLIMIT_DATA; 0: no limit */
	unsigned open_files; /* RLIMIT_NOFILE; 0: no limit */
};

/* For the process and all it will start. What the system refuses (no seccomp in the kernel, a hard
 * limit that is lower already) is STATUS_UNSUPPORTED or STATUS_IO; the rest is in force then. */
enum status confine(const struct confinement *confinement, struct why *why);

/* Built with libseccomp? "libseccomp 2.5.4", or NULL. */
const char *confine_filter_version(void);

#endif
