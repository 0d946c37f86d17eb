/* channel: see channel.h. */
#include "lib/server/channel.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum status channel_open(int *parent_fd_out, int *child_fd_out, struct why *why)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return why_errno(why, STATUS_IO, "socketpair");
	*parent_fd_out = fds[0];
	*child_fd_out = fds[1];
	return STATUS_OK;
}

bool channel_send(int fd, enum channel_word word)
{
	char byte = (char)word;
	ssize_t n;

	do
		n = send(fd, &byte, 1, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == 1;
}

enum status channel_receive(int fd, struct deadline deadline, enum channel_word *word_out)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	char byte;
	int ready;

	do
		ready = poll(&poll_fd, 1, deadline_left_ms(deadline));
	while (ready < 0 && errno == EINTR);
	if (ready == 0)
		return STATUS_TIMEOUT;
	if (ready < 0 || read(fd, &byte, 1) != 1)
		return STATUS_CLOSED;
	*word_out = (enum channel_word)byte;
	return STATUS_OK;
}
