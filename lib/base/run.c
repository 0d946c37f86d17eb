/* run: see run.h. */
#include "lib/base/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/buf.h"

enum { READ_BYTES = 16 * 1024, NOT_STARTED = 127, POLL_MS = 10 };

static _Noreturn void become_program(const char *const *argv, int output_fd)
{
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (null < 0 || dup2(null, 0) < 0 || dup2(output_fd, 1) < 0 || dup2(null, 2) < 0)
		_exit(NOT_STARTED);
	execv(argv[0], (char *const *)(size_t)argv);
	_exit(NOT_STARTED);
}

/* Up to the end of the stream, the limit or the deadline. */
static enum status collect(int fd, struct deadline deadline, size_t max_bytes, struct buf *out,
			   struct why *why)
{
	while (out->len < max_bytes) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		int n_ready = poll(&ready, 1, deadline_left_ms(deadline));
		if (n_ready < 0 && errno == EINTR)
			continue;
		if (n_ready == 0)
			return why_set(why, STATUS_TIMEOUT, "took too long");
		size_t room = max_bytes - out->len < READ_BYTES ? max_bytes - out->len : READ_BYTES;
		ssize_t n = read(fd, buf_reserve(out, room), room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return why_errno(why, STATUS_IO, "cannot read");
		if (n == 0)
			break;
		buf_commit(out, (size_t)n);
	}
	return STATUS_OK;
}

/* Whoever has closed its output but not ended is waited for, until the deadline. */
static enum status await_end(pid_t pid, struct deadline deadline, int *exit_out, struct why *why)
{
	int state;
	pid_t ended;

	while ((ended = waitpid(pid, &state, WNOHANG)) == 0 && !deadline_passed(deadline))
		poll(NULL, 0, POLL_MS);
	if (ended == 0) {
		kill(pid, SIGKILL);
		waitpid(pid, &state, 0);
		return why_set(why, STATUS_TIMEOUT, "took too long");
	}
	*exit_out = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
	return STATUS_OK;
}

enum status run_program(struct arena *arena, const char *const *argv, struct deadline deadline,
			size_t max_bytes, struct str *output_out, int *exit_out, struct why *why)
{
	struct buf output;
	int fds[2], state;

	buf_init(&output, arena);
	if (access(argv[0], X_OK) != 0 || pipe2(fds, O_CLOEXEC) != 0)
		return why_errno(why, STATUS_IO, "cannot run %s", argv[0]);
	pid_t pid = fork();
	if (pid == 0)
		become_program(argv, fds[1]);
	close(fds[1]);
	enum status status = pid < 0 ? why_errno(why, STATUS_IO, "fork")
				     : collect(fds[0], deadline, max_bytes, &output, why);
	close(fds[0]);
	if (pid > 0 && status == STATUS_OK)
		status = await_end(pid, deadline, exit_out, why);
	else if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, &state, 0);
	}
	*output_out = buf_str(&output);
	return status == STATUS_OK ? status : why_context(why, "%s", argv[0]);
}
