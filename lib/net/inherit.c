/* inherit: see inherit.h. The protocol is small and fixed, and needs no library. */
#include "lib/net/inherit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/number.h"

enum { FIRST_FD = 3, FDS_MAX = 64 };

static bool is_listening_stream(int fd)
{
	int type = 0, accepts = 0;
	socklen_t type_size = sizeof type, accepts_size = sizeof accepts;

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size) == 0 && type == SOCK_STREAM &&
	       getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &accepts_size) == 0 && accepts;
}

static enum status adopt(struct arena *arena, int fd, struct str name,
			 struct listener_vec *listeners, struct why *why)
{
	struct listener listener = {.fd = fd, .is_inherited = true};

	if (!is_listening_stream(fd))
		return why_set(why, STATUS_INVALID,
			       "descriptor %d, inherited, is no listening stream socket", fd);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		return why_errno(why, STATUS_IO, "descriptor %d", fd);
	listener_name(arena, &listener);
	listener.tls = !listener.is_unix && (str_eq_c(name, "ssl") || str_eq_c(name, "tls"));
	vec_push(arena, listeners, listener);
	return STATUS_OK;
}

enum status net_inherit(struct arena *arena, struct listener_vec *listeners, struct why *why)
{
	static const char *const variables[] = {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"};
	bool is_ours = number_in_environment("LISTEN_PID") == (uint64_t)getpid();
	uint64_t n = is_ours ? number_in_environment("LISTEN_FDS") : 0;
	const char *names_text = getenv("LISTEN_FDNAMES");
	struct str names = arena_str(arena, str_from(names_text ? names_text : "")), name;
	enum status status = STATUS_OK;

	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
		unsetenv(variables[i]);
	if (n > FDS_MAX)
		return why_set(why, STATUS_INVALID, "more than %d inherited sockets", FDS_MAX);
	for (int i = 0; i < (int)n && status == STATUS_OK; i++) {
		if (!str_split_next(&names, ':', &name))
			name = STR_NONE;
		status = adopt(arena, FIRST_FD + i, name, listeners, why);
	}
	return status;
}
