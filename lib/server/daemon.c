/* daemon: see daemon.h. */
#include "lib/server/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Exit status of the process in the foreground. */
static int wait_until_ready(int fd, pid_t background)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	char byte;
	int ready;

	do
		ready = poll(&poll_fd, 1, DAEMON_READY_MS);
	while (ready < 0 && errno == EINTR);
	if (ready > 0 && read(fd, &byte, 1) == 1)
		return 0;
	fprintf(stderr, "spamd: child process [%ld] exited or timed out without becoming ready\n",
		(long)background);
	return 1;
}

static enum status leave_terminal(struct why *why)
{
	if (setsid() < 0)
		return why_errno(why, STATUS_IO, "cannot start new session");
	if (chdir("/") != 0)
		return why_errno(why, STATUS_IO, "cannot chdir to /");
	int null = open("/dev/null", O_RDWR);
	if (null < 0)
		return why_errno(why, STATUS_IO, "cannot open /dev/null");
	for (int fd = 0; fd <= 2; fd++) {
		if (dup2(null, fd) < 0)
			return why_errno(why, STATUS_IO, "cannot redirect to /dev/null");
	}
	if (null > 2)
		close(null);
	return STATUS_OK;
}

enum status daemon_start(struct daemon *daemon, struct why *why)
{
	int fds[2];

	daemon->ready_fd = -1;
	if (pipe2(fds, O_CLOEXEC) != 0)
		return why_errno(why, STATUS_IO, "pipe");
	pid_t pid = fork();
	if (pid < 0)
		return why_errno(why, STATUS_IO, "cannot fork");
	if (pid > 0) {
		close(fds[1]);
		_exit(wait_until_ready(fds[0], pid));
	}
	close(fds[0]);
	daemon->ready_fd = fds[1];
	return leave_terminal(why);
}

void daemon_ready(struct daemon *daemon)
{
	if (daemon->ready_fd < 0)
		return;
	/* Nobody to tell any more is no reason to stop. */
	if (write(daemon->ready_fd, "r", 1) != 1)
		errno = 0;
	close(daemon->ready_fd);
	daemon->ready_fd = -1;
}
