/* confine: what is given up is gone, what is left works. Each case in a process of its own. */
#include "lib/server/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unit.h"

/* Runs check() confined; 0 when all was as it should be, else the number of what was not. */
static int confined(const struct confinement *confinement, int (*check)(void))
{
	int wait_status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		struct why why;
		/* What the kernel of the test's machine refuses shows in the checks. */
		(void)confine(confinement, &why);
		_exit(check());
	}
	assert_int_equal(waitpid(pid, &wait_status, 0), pid);
	return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

static bool has_status(const char *line)
{
	char text[4096];
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return strstr(text, line) != NULL;
}

static int check_limits(void)
{
	struct rlimit core, files;

	if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0)
		return 1;
	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_max != 100)
		return 2;
	return has_status("NoNewPrivs:\t1\n") ? 0 : 3;
}

static void limits_and_privileges(void **state)
{
	const struct confinement all = {.no_new_privs = true, .open_files = 100};

	(void)state;
	assert_int_equal(confined(&all, check_limits), 0);
}

static int check_nothing_new(void)
{
	return has_status("NoNewPrivs:\t0\n") && has_status("Seccomp:\t0\n") ? 0 : 1;
}

static void nothing_is_nothing(void **state)
{
	const struct confinement none = {.core_files = true, .may_exec = true, .may_switch = true};

	(void)state;
	assert_int_equal(confined(&none, check_nothing_new), 0);
}

static bool family_is_there(int family)
{
	int fd = socket(family, SOCK_DGRAM, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool runs_a_program(void)
{
	int wait_status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(77);
	}
	return waitpid(pid, &wait_status, 0) == pid && WIFEXITED(wait_status) &&
	       WEXITSTATUS(wait_status) == 0;
}

static int check_filter(void)
{
	if (!has_status("Seccomp:\t2\n"))
		return 1;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != -1 || errno != EPERM)
		return 2;
	if (socket(AF_PACKET, SOCK_RAW, 0) != -1 || errno != EAFNOSUPPORT)
		return 3;
	if (setuid(getuid()) != -1 || errno != EPERM)
		return 4;
	if (runs_a_program())
		return 5;
	return family_is_there(AF_UNIX) && family_is_there(AF_INET) && malloc(100000) ? 0 : 6;
}

static int check_allowed(void)
{
	return setuid(getuid()) == 0 && runs_a_program() ? 0 : 1;
}

static void system_calls(void **state)
{
	struct confinement filter = {.no_new_privs = true, .filter = true};

	(void)state;
	if (!confine_filter_version())
		skip();
	assert_int_equal(confined(&filter, check_filter), 0);
	filter.may_exec = filter.may_switch = true;
	assert_int_equal(confined(&filter, check_allowed), 0);
}

UNIT_MAIN(cmocka_unit_test(limits_and_privileges), cmocka_unit_test(nothing_is_nothing),
	  cmocka_unit_test(system_calls))
