/* parcel: see parcel.h. */
#include "lib/server/parcel.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"

enum {
	MAX_FDS = 2,
	BYTES_MAX = 0x7fffffff, /* more than any message that is let in */
};

union control {
	char room[CMSG_SPACE(MAX_FDS * sizeof(int))];
	struct cmsghdr header; /* for its alignment */
};

enum status parcel_pair(int *write_fd_out, int *read_fd_out, struct why *why)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0)
		return why_errno(why, STATUS_IO, "socketpair");
	*write_fd_out = fds[0];
	*read_fd_out = fds[1];
	return STATUS_OK;
}

/* -1: no memory. */
static int memory_file(struct str bytes)
{
	int fd = memfd_create("parcel", MFD_CLOEXEC);

	if (fd >= 0 && fd_write_all(fd, bytes, NULL) != STATUS_OK) {
		close(fd);
		return -1;
	}
	return fd;
}

bool parcel_send_file(int fd, const struct parcel *parcel, int conn_fd, int bytes_fd)
{
	struct parcel copy = *parcel;
	struct iovec data = {&copy, sizeof copy};
	union control control;
	int fds[MAX_FDS] = {conn_fd, bytes_fd};
	size_t n_fds = bytes_fd >= 0 ? 2 : 1;
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = control.room,
				 .msg_controllen = CMSG_SPACE(n_fds * sizeof(int))};

	memset(&control, 0, sizeof control);
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
	memcpy(CMSG_DATA(header), fds, n_fds * sizeof(int));
	ssize_t n;
	do
		n = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof copy;
}

bool parcel_send(int fd, const struct parcel *parcel, int conn_fd, struct str bytes)
{
	if (bytes.len == 0)
		return parcel_send_file(fd, parcel, conn_fd, -1);
	int bytes_fd = memory_file(bytes);
	if (bytes_fd < 0)
		return false;
	bool sent = parcel_send_file(fd, parcel, conn_fd, bytes_fd);
	close(bytes_fd);
	return sent;
}

static size_t take_fds(struct msghdr *message, int fds[MAX_FDS])
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);

	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
		return 0;
	size_t n = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(header), (n < MAX_FDS ? n : MAX_FDS) * sizeof(int));
	return n;
}

static bool read_memory(int fd, struct buf *bytes)
{
	struct stat info;
	size_t done = 0;

	if (fstat(fd, &info) != 0)
		return false;
	if (info.st_size > BYTES_MAX)
		return false;
	size_t size = (size_t)info.st_size;
	char *room = buf_reserve(bytes, size);
	while (done < size) {
		ssize_t n = pread(fd, room + done, size - done, (off_t)done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	buf_commit(bytes, size);
	return true;
}

static bool make_sound(struct parcel *parcel)
{
	parcel->host[sizeof parcel->host - 1] = '\0';
	parcel->tls[sizeof parcel->tls - 1] = '\0';
	return parcel->peer.len <= sizeof parcel->peer.storage;
}

enum status parcel_receive(int fd, struct parcel *parcel_out, int *conn_fd_out, struct buf *bytes,
			   struct why *why)
{
	struct iovec data = {parcel_out, sizeof *parcel_out};
	union control control;
	int fds[MAX_FDS] = {-1, -1};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = control.room,
				 .msg_controllen = sizeof control.room};
	ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return why_set(why, STATUS_TIMEOUT, "no parcel");
	if (n == 0)
		return why_set(why, STATUS_CLOSED, "nobody sends parcels");
	if (n < 0)
		return why_errno(why, STATUS_IO, "recvmsg");
	size_t n_fds = take_fds(&message, fds);
	bool whole = n == (ssize_t)sizeof *parcel_out && make_sound(parcel_out) && n_fds >= 1 &&
		     (n_fds == 1 || read_memory(fds[1], bytes));
	if (fds[1] >= 0)
		close(fds[1]);
	*conn_fd_out = fds[0];
	if (whole)
		return STATUS_OK;
	if (fds[0] >= 0)
		close(fds[0]);
	return why_set(why, STATUS_IO, "half a parcel");
}
