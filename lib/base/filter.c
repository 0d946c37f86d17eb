/* filter: see filter.h. */
#include "lib/base/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/buf.h"

enum { CHUNK_BYTES = 64 * 1024 };

struct filter {
	pid_t pid;
	int in, out; /* our ends; -1: closed */
};

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static enum status spawn(struct filter *filter, const char *const *argv, const int in[2],
			 const int out[2], struct why *why)
{
	extern char **environ;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t defaults;
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	int error = posix_spawnp(&filter->pid, argv[0], &actions, &attributes,
				 (char *const *)(uintptr_t)argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	if (!error)
		return STATUS_OK;
	errno = error;
	return why_errno(why, error == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, "cannot run %s",
			 argv[0]);
}

static enum status start(struct filter *filter, const char *const *argv, struct why *why)
{
	int in[2], out[2];
	/* told here too: where spawning is emulated (valgrind), the child finds out alone */
	if (strchr(argv[0], '/') && access(argv[0], F_OK) != 0)
		return why_errno(why, STATUS_NOT_FOUND, "cannot run %s", argv[0]);
	if (pipe2(in, O_CLOEXEC) != 0)
		return why_errno(why, STATUS_IO, "pipe");
	if (pipe2(out, O_CLOEXEC) != 0) {
		close(in[0]);
		close(in[1]);
		return why_errno(why, STATUS_IO, "pipe");
	}
	enum status status = spawn(filter, argv, in, out, why);
	close(in[0]);
	close(out[1]);
	filter->in = in[1];
	filter->out = out[0];
	(void)fcntl(filter->in, F_SETFL, O_NONBLOCK);
	return status;
}

/* A program that has read enough closes its end: no fault. */
static void give(struct filter *filter, struct str *input)
{
	ssize_t n = write(filter->in, input->ptr, input->len);
	if (n > 0)
		*input = str_from_at(*input, (size_t)n);
	if (input->len == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_end(&filter->in);
}

static void take(struct filter *filter, struct buf *output)
{
	ssize_t n = read(filter->out, buf_reserve(output, CHUNK_BYTES), CHUNK_BYTES);
	if (n > 0)
		buf_commit(output, (size_t)n);
	else if (n == 0 || errno != EINTR)
		close_end(&filter->out);
}

static enum status pump(struct filter *filter, struct str input, struct deadline deadline,
			size_t max_bytes, struct buf *output, struct why *why)
{
	if (input.len == 0)
		close_end(&filter->in);
	while (filter->out >= 0) {
		struct pollfd fds[2] = {{filter->out, POLLIN, 0}, {filter->in, POLLOUT, 0}};
		int n = poll(fds, 2, deadline_left_ms(deadline));
		if (n < 0 && errno != EINTR)
			return why_errno(why, STATUS_IO, "poll");
		if (n == 0)
			return why_set(why, STATUS_TIMEOUT, "timed out");
		if (n > 0 && filter->in >= 0 && fds[1].revents)
			give(filter, &input);
		if (n > 0 && fds[0].revents)
			take(filter, output);
		if (output->len > max_bytes)
			return why_set(why, STATUS_TOO_LARGE, "more than %zu bytes", max_bytes);
	}
	return STATUS_OK;
}

/* The child is gone afterwards: killed when it did not end its output by itself. */
static bool finish(struct filter *filter, bool kill_it)
{
	int state = 0;
	close_end(&filter->in);
	close_end(&filter->out);
	if (kill_it)
		kill(filter->pid, SIGKILL);
	while (waitpid(filter->pid, &state, 0) < 0 && errno == EINTR)
		continue;
	return WIFEXITED(state) && WEXITSTATUS(state) == 0;
}

enum status filter_run(struct arena *arena, const char *const *argv, struct str input,
		       struct deadline deadline, size_t max_bytes, struct str *output_out,
		       struct why *why)
{
	struct filter filter = {.pid = -1, .in = -1, .out = -1};
	struct buf output;
	enum status status = start(&filter, argv, why);
	buf_init(&output, arena);
	if (status != STATUS_OK) {
		close_end(&filter.in);
		close_end(&filter.out);
		return status;
	}
	struct sigaction ignore = {.sa_handler = SIG_IGN}, saved;
	sigaction(SIGPIPE, &ignore, &saved);
	status = pump(&filter, input, deadline, max_bytes, &output, why);
	sigaction(SIGPIPE, &saved, NULL);
	bool succeeded = finish(&filter, status != STATUS_OK);
	*output_out = buf_str(&output);
	if (status != STATUS_OK) {
		why_context(why, "%s", argv[0]);
		return status;
	}
	return succeeded ? STATUS_OK : why_set(why, STATUS_INVALID, "%s failed", argv[0]);
}
