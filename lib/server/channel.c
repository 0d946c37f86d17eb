/* channel: see channel.h. */
#include "lib/server/channel.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
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

union control {
	char room[CMSG_SPACE(sizeof(int))];
	struct cmsghdr header; /* for its alignment */
};

bool channel_send_fd(int fd, enum channel_word word, int passed_fd)
{
	char byte = (char)word;
	struct iovec data = {&byte, 1};
	union control control = {0};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
	ssize_t n;

	if (passed_fd >= 0) {
		message.msg_control = control.room;
		message.msg_controllen = sizeof control.room;
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof passed_fd);
		memcpy(CMSG_DATA(header), &passed_fd, sizeof passed_fd);
	}
	do
		n = sendmsg(fd, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == 1;
}

bool channel_send(int fd, enum channel_word word)
{
	return channel_send_fd(fd, word, -1);
}

/* Without waiting. */
static enum status take(int fd, enum channel_word *word_out, int *passed_fd_out)
{
	char byte;
	struct iovec data = {&byte, 1};
	union control control;
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = control.room,
				 .msg_controllen = sizeof control.room};

	*passed_fd_out = -1;
	ssize_t n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return STATUS_TIMEOUT;
	if (n != 1)
		return STATUS_CLOSED;
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		memcpy(passed_fd_out, CMSG_DATA(header), sizeof *passed_fd_out);
	*word_out = (enum channel_word)byte;
	return STATUS_OK;
}

enum status channel_receive_fd(int fd, struct deadline deadline, enum channel_word *word_out,
			       int *passed_fd_out)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	enum status status;

	/* mostly there is a word already: the caller knows from poll(2) */
	while ((status = take(fd, word_out, passed_fd_out)) == STATUS_TIMEOUT) {
		int ready = poll(&poll_fd, 1, deadline_left_ms(deadline));

		if (ready == 0)
			return STATUS_TIMEOUT;
		if (ready < 0 && errno != EINTR)
			return STATUS_CLOSED;
	}
	return status;
}

enum status channel_receive(int fd, struct deadline deadline, enum channel_word *word_out)
{
	int passed_fd;
	enum status status = channel_receive_fd(fd, deadline, word_out, &passed_fd);

	if (passed_fd >= 0)
		close(passed_fd);
	return status;
}
