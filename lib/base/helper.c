/* helper: see helper.h. */
#include "lib/base/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/buf.h"

enum { CHUNK_BYTES = 8192, ERROR_BYTES_MAX = 4096 };

struct streams {
	int out[2], err[2]; /* [0] ours, [1] the helper's */
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_all(struct streams *streams)
{
	for (int i = 0; i < 2; i++) {
		close_fd(&streams->out[i]);
		close_fd(&streams->err[i]);
	}
}

/* --- in the child: only what is safe after a fork --- */

static bool drop_privileges(void)
{
	gid_t group = getegid();
	uid_t user = geteuid();

	return setresgid(group, group, group) == 0 && setresuid(user, user, user) == 0;
}

_Noreturn static void become(char *const *argv, const struct streams *streams)
{
	int nothing = open("/dev/null", O_RDONLY);

	setpgid(0, 0);
	alarm(0);
	if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(streams->out[1], 1) < 0 ||
	    dup2(streams->err[1], 2) < 0 || close_range(3, ~0U, 0) != 0 || !drop_privileges())
		_exit(HELPER_NOT_FOUND);
	execvp(argv[0], argv);
	_exit(HELPER_NOT_FOUND);
}

static void add_environment(const struct str_vec *env)
{
	/* putenv() keeps the texts; the process is about to be another. */
	for (size_t i = 0; i < env->n; i++)
		putenv((char *)(size_t)env->items[i].ptr);
}

/* The parent's signal handlers and mask are not for others. */
static void reset_signals(void)
{
	static const int signals[] = {SIGALRM, SIGCHLD, SIGHUP,  SIGINT, SIGPIPE,
				      SIGTERM, SIGUSR1, SIGUSR2, SIGQUIT};
	sigset_t none;

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		signal(signals[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* --- in the parent --- */

/* What is there to read, as far as it is wanted. False at the end. */
static bool read_some(int fd, struct buf *out, size_t max_bytes, bool *was_cut)
{
	char chunk[CHUNK_BYTES];
	ssize_t n = read(fd, chunk, sizeof chunk);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (out->len + (size_t)n > max_bytes) {
		*was_cut = true;
		n = (ssize_t)(max_bytes - out->len);
		buf_add(out, chunk, (size_t)n);
		return false;
	}
	buf_add(out, chunk, (size_t)n);
	return n > 0;
}

/* Until both streams end, the deadline passes, or there is too much. False: kill it. */
static bool read_streams(struct streams *streams, struct deadline deadline, size_t max_bytes,
			 struct buf *out, struct buf *err, struct helper_result *result)
{
	bool ignored = false;

	while (streams->out[0] >= 0 || streams->err[0] >= 0) {
		struct pollfd fds[] = {{streams->out[0], POLLIN, 0}, {streams->err[0], POLLIN, 0}};
		int ready = poll(fds, 2, deadline_left_ms(deadline));

		if (deadline_passed(deadline) || (ready < 0 && errno != EINTR)) {
			result->timed_out = true;
			return false;
		}
		if (ready <= 0)
			continue;
		if (fds[0].revents && !read_some(streams->out[0], out, max_bytes, &result->was_cut))
			close_fd(&streams->out[0]);
		if (fds[1].revents && !read_some(streams->err[0], err, ERROR_BYTES_MAX, &ignored))
			close_fd(&streams->err[0]);
		if (result->was_cut)
			return false;
	}
	return true;
}

/* One that closed its streams and goes on is waited for no longer than the deadline either. */
static int wait_for(pid_t pid, struct deadline deadline, bool kill_it, bool *timed_out)
{
	int status = 0;
	pid_t ended;

	while (!kill_it && (ended = waitpid(pid, &status, WNOHANG)) <= 0) {
		if (ended < 0 && errno != EINTR)
			return HELPER_NOT_FOUND;
		if (deadline_passed(deadline)) {
			*timed_out = true;
			kill_it = true;
			break;
		}
		poll(NULL, 0, 2);
	}
	if (kill_it) {
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static struct str first_line(struct str text)
{
	return str_sub(text, 0, str_find_char(text, '\n'));
}

enum status helper_run(struct arena *arena, const struct str_vec *argv, const struct str_vec *env,
		       struct deadline deadline, size_t max_bytes, struct helper_result *result_out,
		       struct why *why)
{
	struct streams streams = {{-1, -1}, {-1, -1}};
	char **words = ARENA_ARRAY(arena, char *, argv->n + 1);
	struct buf out, err;
	pid_t pid = -1;

	*result_out = (struct helper_result){0};
	for (size_t i = 0; i < argv->n; i++)
		words[i] = arena_cstr(arena, argv->items[i]);
	if (pipe2(streams.out, O_CLOEXEC) == 0 && pipe2(streams.err, O_CLOEXEC) == 0)
		pid = fork();
	if (pid < 0) {
		why_errno(why, STATUS_IO, "cannot run %s", words[0]);
		close_all(&streams);
		return STATUS_IO;
	}
	if (pid == 0) {
		reset_signals();
		add_environment(env);
		become(words, &streams);
	}
	setpgid(pid, pid);
	close_fd(&streams.out[1]);
	close_fd(&streams.err[1]);
	buf_init(&out, arena);
	buf_init(&err, arena);
	bool ended = read_streams(&streams, deadline, max_bytes, &out, &err, result_out);
	close_all(&streams);
	result_out->exit_code = wait_for(pid, deadline, !ended, &result_out->timed_out);
	result_out->output = buf_str(&out);
	result_out->error_line = first_line(buf_str(&err));
	return STATUS_OK;
}
