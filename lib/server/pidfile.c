/* pidfile: see pidfile.h. */
#include "lib/server/pidfile.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum status pidfile_write(const char *path, struct why *why)
{
	char text[32];
	int len = snprintf(text, sizeof text, "%ld\n", (long)getpid());
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return why_errno(why, STATUS_IO, "cannot write to PID file %s", path);
	bool written = write(fd, text, (size_t)len) == len;
	if (close(fd) != 0 || !written)
		return why_errno(why, STATUS_IO, "cannot write to PID file %s", path);
	return STATUS_OK;
}

enum status pidfile_remove(const char *path, struct why *why)
{
	if (unlink(path) != 0)
		return why_errno(why, STATUS_IO, "cannot unlink %s", path);
	return STATUS_OK;
}
