/* confine: see confine.h. */
#include <config.h> /* not ours: the one that configure makes */

#include "lib/server/confine.h"

#include <errno.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#ifdef HAVE_SECCOMP
#include <seccomp.h>
#endif

/* AddressSanitizer reserves terabytes, which such a limit would count. */
#if defined(__SANITIZE_ADDRESS__)
#define SHADOW_MEMORY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SHADOW_MEMORY 1
#endif
#endif

/* --- limits ------------------------------------------------------------------------------------
 */

static enum status limit(int resource, const char *name, rlim_t most, struct why *why)
{
	struct rlimit now;

	if (getrlimit((__rlimit_resource_t)resource, &now) != 0)
		return why_errno(why, STATUS_IO, "%s", name);
	if (now.rlim_max != RLIM_INFINITY && now.rlim_max < most)
		most = now.rlim_max;
	now = (struct rlimit){most, most};
	return setrlimit((__rlimit_resource_t)resource, &now) == 0
		       ? STATUS_OK
		       : why_errno(why, STATUS_IO, "%s", name);
}

static enum status set_limits(const struct confinement *confinement, struct why *why)
{
	enum status status = STATUS_OK;

	if (!confinement->core_files)
		status = limit(RLIMIT_CORE, "RLIMIT_CORE", 0, why);
	if (status == STATUS_OK && confinement->open_files > 0)
		status = limit(RLIMIT_NOFILE, "RLIMIT_NOFILE", confinement->open_files, why);
#ifndef SHADOW_MEMORY
	if (status == STATUS_OK && confinement->memory_bytes > 0)
		status = limit(RLIMIT_DATA, "RLIMIT_DATA", confinement->memory_bytes, why);
#endif
	return status;
}

/* --- system calls ------------------------------------------------------------------------------
 * A list of what is refused, not of what is allowed: name services, database drivers and plugins of
 * third parties call what they like, and a filter must not depend on the C library's version. */

#ifdef HAVE_SECCOMP

static const int never[] = {
	/* other processes */
	SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(kcmp),
	SCMP_SYS(pidfd_getfd),
	/* the kernel's insides */
	SCMP_SYS(bpf), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup),
	SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register), SCMP_SYS(add_key),
	SCMP_SYS(request_key), SCMP_SYS(keyctl), SCMP_SYS(init_module), SCMP_SYS(finit_module),
	SCMP_SYS(delete_module), SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(syslog),
	SCMP_SYS(personality),
	/* the file tree and namespaces */
	SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
	SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(open_tree), SCMP_SYS(move_mount),
	SCMP_SYS(fsopen), SCMP_SYS(fsmount), SCMP_SYS(name_to_handle_at),
	SCMP_SYS(open_by_handle_at), SCMP_SYS(mknod), SCMP_SYS(mknodat), SCMP_SYS(quotactl),
	SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(acct),
	/* the machine */
	SCMP_SYS(reboot), SCMP_SYS(sethostname), SCMP_SYS(setdomainname), SCMP_SYS(settimeofday),
	SCMP_SYS(clock_settime), SCMP_SYS(adjtimex), SCMP_SYS(clock_adjtime), SCMP_SYS(iopl),
	SCMP_SYS(ioperm), SCMP_SYS(vhangup), SCMP_SYS(modify_ldt)};

static const int exec_calls[] = {SCMP_SYS(execve), SCMP_SYS(execveat)};

static const int switch_calls[] = {SCMP_SYS(setuid),   SCMP_SYS(setgid),    SCMP_SYS(setreuid),
				   SCMP_SYS(setregid), SCMP_SYS(setresuid), SCMP_SYS(setresgid),
				   SCMP_SYS(setfsuid), SCMP_SYS(setfsgid),  SCMP_SYS(setgroups),
				   SCMP_SYS(capset)};

/* 0, or a negative errno as the library has it. Calls that this architecture lacks are skipped by
 * it. */
static int refuse(scmp_filter_ctx filter, const int *calls, size_t n)
{
	int error = 0;

	for (size_t i = 0; i < n && error == 0; i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), calls[i], 0);
	return error;
}

/* Unix, IPv4, IPv6, and netlink, by which the resolver learns of interfaces. */
static int refuse_families(scmp_filter_ctx filter)
{
	struct scmp_arg_cmp family = {.arg = 0, .op = SCMP_CMP_EQ};
	int error = 0;

	for (; family.datum_a <= AF_NETLINK && error == 0; family.datum_a++) {
		if (family.datum_a != AF_UNIX && family.datum_a != AF_INET &&
		    family.datum_a != AF_INET6 && family.datum_a != AF_NETLINK)
			error = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT),
						       SCMP_SYS(socket), 1, &family);
	}
	family = (struct scmp_arg_cmp){.arg = 0, .op = SCMP_CMP_GT, .datum_a = AF_NETLINK};
	return error ? error
		     : seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT),
					      SCMP_SYS(socket), 1, &family);
}

static int fill_filter(scmp_filter_ctx filter, const struct confinement *confinement)
{
	int error = refuse(filter, never, sizeof never / sizeof *never);

	/* A tree instead of a list of comparisons; older libraries go on with the list. */
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (error == 0 && !confinement->no_new_privs)
		error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
	if (error == 0 && !confinement->may_exec)
		error = refuse(filter, exec_calls, sizeof exec_calls / sizeof *exec_calls);
	if (error == 0 && !confinement->may_switch)
		error = refuse(filter, switch_calls, sizeof switch_calls / sizeof *switch_calls);
	return error ? error : refuse_families(filter);
}

static enum status install_filter(const struct confinement *confinement, struct why *why)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int error = filter ? fill_filter(filter, confinement) : -ENOMEM;

	if (error == 0)
		error = seccomp_load(filter);
	seccomp_release(filter);
	if (error == 0)
		return STATUS_OK;
	errno = -error;
	return why_errno(why, STATUS_UNSUPPORTED, "filter of system calls");
}

const char *confine_filter_version(void)
{
	static char text[48];
	const struct scmp_version *version = seccomp_version();

	snprintf(text, sizeof text, "libseccomp %u.%u.%u", version->major, version->minor,
		 version->micro);
	return text;
}

#else

static enum status install_filter(const struct confinement *confinement, struct why *why)
{
	(void)confinement;
	(void)why;
	return STATUS_OK;
}

const char *confine_filter_version(void)
{
	return NULL;
}

#endif

/* --- all of it ---------------------------------------------------------------------------------
 */

enum status confine(const struct confinement *confinement, struct why *why)
{
	enum status status = STATUS_OK;

	if (confinement->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		status = why_errno(why, STATUS_UNSUPPORTED, "no new privileges");
	if (set_limits(confinement, why) != STATUS_OK)
		status = why->status;
	if (confinement->filter && install_filter(confinement, why) != STATUS_OK)
		status = why->status;
	return status;
}
